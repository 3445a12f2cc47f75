"""Dates and times by a stated format, in the directives of Python's ``strptime``.

The format is turned into one regular expression, by which a whole column and a single text are read alike. Month names
and AM/PM are English, in upper or lower case, whatever the machine's language; digits are 0 to 9. What a format does
not name is what Python takes: the year 1900, the first of January, midnight. A two-digit year lies in 1969 to 2068.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import polars as pl

from clew.collect.moments import assembled
from clew.core.errors import ConfigError

_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_HALVES = ("am", "pm")


def _any_case(words: tuple[str, ...]) -> str:
    # Letter by letter: with a flag, some engines take letters of other alphabets for their lower case.
    return "|".join("".join(f"[{letter}{letter.upper()}]" for letter in word) for word in words)


def _short(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word[:3] for word in words)


#: What each directive matches. Longer numbers come first, so that ``%Y%m%d`` needs nothing between its parts.
_PATTERNS: Mapping[str, str] = {
    "Y": "[0-9]{4}",
    "y": "[0-9]{2}",
    "m": "1[0-2]|0[1-9]|[1-9]",
    "b": _any_case(_short(_MONTHS)),
    "B": _any_case(_MONTHS),
    "d": "3[01]|[12][0-9]|0[1-9]|[1-9]| [1-9]",
    "j": "36[0-6]|3[0-5][0-9]|[12][0-9]{2}|0[1-9][0-9]|00[1-9]|[1-9][0-9]|0[1-9]|[1-9]",
    "a": _any_case(_short(_DAYS)),
    "A": _any_case(_DAYS),
    "H": "2[0-3]|[01][0-9]|[0-9]",
    "I": "1[0-2]|0[1-9]|[1-9]",
    "M": "[0-5][0-9]|[0-9]",
    "S": "[0-5][0-9]|[0-9]",
    "f": "[0-9]{1,6}",
    "p": _any_case(_HALVES),
    "z": "Z|[+-](?:[01][0-9]|2[0-3]):?[0-5][0-9]",
}
_BLANK = "[\\t\\n\\x0b\\x0c\\r ]+"
_NUMBER_OF_MONTH = {month[:3]: number for number, month in enumerate(_MONTHS, start=1)}
_PIVOT = 69
_PIECES = r"%.?|\s+|[^%\s]+"
#: The directives of most formats, as most texts write them.
_PADDED: Mapping[str, str] = {
    "Y": "[0-9]{4}",
    "m": "(?:0[1-9]|1[0-2])",
    "d": "(?:0[1-9]|[12][0-9]|3[01])",
    "H": "(?:[01][0-9]|2[0-3])",
    "M": "[0-5][0-9]",
    "S": "[0-5][0-9]",
}


@dataclass(frozen=True)
class MomentFormat:
    """A format such as ``"%d/%m/%Y %H:%M"``.

    Parameters
    ----------
    text : str
        Directives ``%Y %y %m %b %B %d %j %a %A %H %I %p %M %S %f %z %%``, everything else as it stands.

    Raises
    ------
    ConfigError
        If a directive does not exist here, or comes twice.
    """

    text: str
    _pattern: str = field(init=False, repr=False, compare=False)
    _parts: tuple[str, ...] = field(init=False, repr=False, compare=False)
    _match: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        pattern, parts = _translated(self.text)
        object.__setattr__(self, "_pattern", pattern)
        object.__setattr__(self, "_parts", parts)
        object.__setattr__(self, "_match", re.compile(pattern))

    @property
    def zoned(self) -> bool:
        """Whether texts name their distance from UTC."""
        return "z" in self._parts

    def read(self, text: str) -> datetime | None:
        """Read one text.

        Parameters
        ----------
        text : str
            The text, without white space around it.

        Returns
        -------
        datetime or None
            Without a zone, in UTC where the format names one; None where the text has another form or names no day of
            the calendar.
        """
        found = self._match.fullmatch(text)
        if found is None:
            return None
        part = dict(zip(self._parts, found.groups(), strict=True))
        try:
            day = date(_year(part), _month(part), int(part.get("d", 1)))
            if "j" in part:
                day = date(day.year, 1, 1) + timedelta(days=int(part["j"]) - 1)
                if day.year != _year(part):
                    return None
            clock = (_hour(part), int(part.get("M", 0)), int(part.get("S", 0)), int(part.get("f", "0").ljust(6, "0")))
            return datetime(day.year, day.month, day.day, *clock) - _offset(part.get("z", "Z"))  # noqa: DTZ001
        except (ValueError, OverflowError):
            return None

    def read_column(self, text: pl.Series) -> pl.Series:
        """Read a column of texts; the same as `read` for each.

        Parameters
        ----------
        text : Series of String
            The texts.

        Returns
        -------
        Series of Datetime(us)
        """
        if not self._parts:
            nothing = pl.Series([datetime(1900, 1, 1)], dtype=pl.Datetime("us")).new_from_index(0, len(text))  # noqa: DTZ001
            return nothing.set(~(text == self.text.replace("%%", "%")).fill_null(value=False), None)
        quick = self._read_padded(text)
        if quick is not None:
            return quick
        groups = text.str.extract_groups(f"^(?:{self._pattern})$").struct.unnest()
        groups.columns = list(self._parts)
        return groups.select(**_columns(self._parts)).select(assembled()).to_series()

    def _read_padded(self, text: pl.Series) -> pl.Series | None:
        """Read a column of dates that are all written with leading zeros, as nearly all are, many times as fast.

        None if it is no such column, or if the format has other parts.
        """
        timed = {"H", "M"} <= set(self._parts)
        if not {"Y", "m", "d"} <= set(self._parts) or not set(self._parts) <= (_PADDED.keys() if timed else set("Ymd")):
            return None
        pieces = re.findall(_PIECES, self.text, re.DOTALL)
        pattern = "".join(_PADDED.get(p[1:], "%") if p[0] == "%" else re.escape(p) for p in pieces)
        if text.str.contains(f"^(?:{pattern})$").sum() != len(text) - text.null_count():
            return None
        read = text.str.to_datetime if timed else text.str.to_date
        moments = read(self.text, strict=False).cast(pl.Datetime("us"))
        early = moments.dt.year() < 1
        return moments.set(early, None) if early.any() else moments


def _translated(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the regular expression of a format, with a group per directive, and the directives."""
    pattern, parts = [], []
    for piece in re.findall(_PIECES, text, re.DOTALL):
        if piece[0] != "%":
            pattern.append(_BLANK if piece.isspace() else re.escape(piece))
        elif piece == "%%":
            pattern.append("%")
        elif piece[1:] not in _PATTERNS:
            raise ConfigError(
                f"The format {text!r} holds {piece!r}, which has no meaning here.",
                hint=f"Use {' '.join(f'%{name}' for name in _PATTERNS)} and %% for a percent sign.",
            )
        elif piece[1:] in parts:
            raise ConfigError(f"The format {text!r} holds {piece!r} twice.", hint="Name each part once.")
        else:
            parts.append(piece[1:])
            pattern.append(f"({_PATTERNS[piece[1:]]})")
    return "".join(pattern), tuple(parts)


def _year(part: Mapping[str, str]) -> int:
    if "Y" in part:
        return int(part["Y"])
    short = int(part["y"]) if "y" in part else None
    return 1900 if short is None else short + (1900 if short >= _PIVOT else 2000)


def _month(part: Mapping[str, str]) -> int:
    if "m" in part:
        return int(part["m"])
    name = part.get("b") or part.get("B")
    return 1 if name is None else _NUMBER_OF_MONTH[name[:3].lower()]


def _hour(part: Mapping[str, str]) -> int:
    if "H" in part or "I" not in part:
        return int(part.get("H", 0))
    return int(part["I"]) % 12 + (12 if part.get("p", "am").lower() == "pm" else 0)


def _offset(zone: str) -> timedelta:
    if zone == "Z":
        return timedelta()
    digits = zone[1:].replace(":", "")
    length = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return -length if zone[0] == "-" else length


def _columns(parts: tuple[str, ...]) -> dict[str, pl.Expr]:
    """Return how the groups of the regular expression become what `assembled` puts together."""
    there = pl.col(parts[0]).is_not_null()

    def number(name: str, missing: int) -> pl.Expr:
        return pl.col(name).str.strip_chars(" ").cast(pl.Int32) if name in parts else pl.when(there).then(missing)

    year = _year_column(number) if "y" in parts and "Y" not in parts else number("Y", 1900)
    name = next((name for name in ("b", "B") if name in parts), None)
    month = number("m", 1)
    if "m" not in parts and name is not None:
        month = pl.col(name).str.head(3).str.to_lowercase().replace_strict(_NUMBER_OF_MONTH, return_dtype=pl.Int32)
    hour = number("H", 0)
    if "H" not in parts and "I" in parts:
        late = pl.col("p").str.to_lowercase() == "pm" if "p" in parts else pl.lit(value=False)
        hour = number("I", 0) % 12 + 12 * late.cast(pl.Int32)
    shift, wrong = pl.duration(), pl.lit(value=False)
    if "j" in parts:
        leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
        shift, wrong = pl.duration(days=number("j", 1) - 1), (number("j", 1) == 366) & ~leap
    return {
        "year": year,
        "month": pl.when(there).then(1) if "j" in parts else month,
        "day": pl.when(there).then(1) if "j" in parts else number("d", 1),
        "hour": hour,
        "minute": number("M", 0),
        "second": number("S", 0),
        "microsecond": pl.col("f").str.pad_end(6, "0").cast(pl.Int32) if "f" in parts else pl.lit(0),
        "wrong": wrong,
        "shift": shift - _offset_column() if "z" in parts else shift,
    }


def _year_column(number: Callable[[str, int], pl.Expr]) -> pl.Expr:
    short = number("y", 0)
    return short + pl.when(short >= _PIVOT).then(1900).otherwise(2000)


def _offset_column() -> pl.Expr:
    digits, sign = pl.col("z").str.slice(1).str.replace(":", "", literal=True), pl.col("z").str.head(1)
    length = pl.duration(hours=digits.str.head(2).cast(pl.Int32), minutes=digits.str.slice(2).cast(pl.Int32))
    return pl.when(sign == "-").then(-length).when(sign == "+").then(length).otherwise(pl.duration())
