"""Numbers as people write them: signs, thousands, decimal commas, currencies and percent signs.

A text is brought to a plain spelling (``-1234.5e3``) first and then converted by the language's own correctly rounding
parser, so a table and a single row give the same bits.
"""

import re
from dataclasses import dataclass
from functools import cached_property

import polars as pl

_GAP = "[ \u00a0\u202f\u2009]"
#: Spelling → separator of thousands and decimal mark, as regular expressions.
STYLES = {
    "1,234.5": (",", r"\."),
    "1.234,5": (r"\.", ","),
    "1 234,5": (_GAP, ","),
    "1 234.5": (_GAP, r"\."),
    "1'234.5": ("['\u2019]", r"\."),
}

#: ISO 4217 code → symbols that stand for it; a dollar sign without a country is read as the US dollar.
CURRENCIES = {
    "USD": ("US$", "$"),
    "EUR": ("€",),
    "GBP": ("£",),
    "JPY": ("¥",),
    "INR": ("₹",),
    "KRW": ("₩",),
    "RUB": ("₽",),
    "TRY": ("₺",),
    "UAH": ("₴",),
    "ILS": ("₪",),
    "VND": ("₫",),
    "NGN": ("₦",),
    "BRL": ("R$",),
    "CAD": ("C$", "CA$"),
    "AUD": ("A$", "AU$"),
    "NZD": ("NZ$",),
    "PLN": ("zł",),
    "CZK": ("Kč",),
    **dict.fromkeys(("CHF", "CNY", "SEK", "NOK", "DKK", "HUF", "RON", "MXN", "ZAR", "SGD", "HKD", "THB"), ()),
}
_EXPONENT = "(?:[eE][+-]?[0-9]+)?"
_PLAIN = rf"(?:[0-9]+\.?[0-9]*|\.[0-9]+){_EXPONENT}"
_INFINITE = "[iI][nN][fF](?:[iI][nN][iI][tT][yY])?"
_WHOLE = re.compile("[+-]?[0-9]+")
_NAN = re.compile("[+-]?[nN][aA][nN]")


def marks(unit: str | None) -> tuple[str, ...]:
    """Return the signs that may stand beside a number of this unit, longest first."""
    if unit in {"share", "%"}:
        return ("%",)
    if unit not in CURRENCIES:
        return ()
    return tuple(sorted((*CURRENCIES[unit], unit), key=lambda mark: (-len(mark), mark)))


def mark_pattern(signs: tuple[str, ...]) -> str:
    """Return the regular expression for one of the signs."""
    return "(?:" + "|".join(re.escape(sign) for sign in signs) + ")"


@dataclass(frozen=True)
class Numbers:
    """How a column spells its numbers.

    Parameters
    ----------
    style : str, optional
        A key of `STYLES`; by default digits with a decimal point only. Another format is no number's and counts as
        the default.
    unit : str, optional
        ``"share"`` (a percent sign divides by 100), ``"%"`` or an ISO currency code: its signs may stand beside the
        number. Other units have no sign.
    """

    style: str | None = None
    unit: str | None = None

    @cached_property
    def pattern(self) -> str:
        """Regular expression of a whole text, with the groups sign, sign, digits."""
        style = STYLES.get(self.style or "")
        body = f"{_PLAIN}|{_INFINITE}"
        if style:
            thousands, decimal = style
            whole = f"(?:[1-9][0-9]{{0,2}}(?:{thousands}[0-9]{{3}})+|[0-9]+)"
            body = f"(?:{whole}(?:{decimal}[0-9]*)?|{decimal}[0-9]+){_EXPONENT}|{_INFINITE}"
        signs = marks(self.unit)
        mark = mark_pattern(signs) if signs else ""
        before, after = (f"(?:{mark}{_GAP}?)?", f"(?:{_GAP}?{mark})?") if mark else ("", "")
        return f"([+-]?){before}([+-]?)({body}){after}" if mark else f"([+-]?)()({body})"

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern)

    @cached_property
    def _thousands(self) -> re.Pattern[str] | None:
        return re.compile(STYLES[self.style][0]) if self.style in STYLES else None

    @property
    def _is_plain(self) -> bool:
        return self.style not in STYLES and not marks(self.unit)

    @property
    def _decimal_comma(self) -> bool:
        return self.style in STYLES and STYLES[self.style][1] == ","

    def spell(self, text: pl.Series) -> pl.Series:
        """Return the plain spelling of stripped texts, null where a text is no number.

        For the plain style the texts are handed through, as the conversion itself decides there.
        """
        if self._is_plain:
            return text
        anchored = f"^(?:{self.pattern})$"
        plain = pl.col("text").str.replace(anchored, "${1}${2}${3}")
        if self.style in STYLES:
            plain = plain.str.replace_all(STYLES[self.style][0], "")
        if self._decimal_comma:
            plain = plain.str.replace(",", ".", literal=True)
        fits = pl.col("text").str.contains(anchored)
        return text.alias("text").to_frame().select(pl.when(fits).then(plain)).to_series()

    def shares(self, text: pl.Series) -> pl.Series | None:
        """Tell which texts carry a percent sign that divides by 100; None where the unit has none."""
        return text.str.ends_with("%").fill_null(value=False) if self.unit == "share" else None

    def read(self, text: str) -> int | float | None:
        """Read one stripped text.

        Returns
        -------
        int, float or None
            An int for a text of digits alone, NaN for ``nan``, None where the text is no number or is beyond the range
            of a float.
        """
        found = self._compiled.fullmatch(text)
        if found is None:
            return float("nan") if _NAN.fullmatch(text) else None
        plain = f"{found[1]}{found[2]}{found[3]}"
        if self._thousands is not None:
            plain = self._thousands.sub("", plain)
            if self._decimal_comma:
                plain = plain.replace(",", ".", 1)
        if found[1] and found[2]:
            return None
        percent = self.unit == "share" and text.endswith("%")
        if not percent and _WHOLE.fullmatch(plain) and len(plain) <= 40:
            return int(plain)
        value = float(plain)
        if value in (float("inf"), float("-inf")) and "n" not in plain.lower():
            return None
        return value / 100 if percent else value


def to_floats(plain: pl.Series) -> pl.Series:
    """Convert plain spellings to Float64: null where the text is no number or beyond the range, NaN for ``nan``."""
    values = plain.cast(pl.Float64, strict=False)
    infinite = values.is_infinite().fill_null(value=False)
    if not infinite.any():
        return values
    beyond = infinite & ~plain.str.contains("[nN]")
    return values.set(beyond, None) if beyond.any() else values


def is_whole(plain: pl.Series) -> pl.Series:
    """Tell which plain spellings are digits alone, with a sign at most."""
    return plain.str.contains("^[+-]?[0-9]+$")
