"""Dates and times as people write them.

Always understood, since nothing else can be meant: year first (``2024-01-31``, ``2024/1/31``), months by their
English names (``31 Jan 2024``, ``January 31, 2024``) and day first with dots (``31.01.2024``). ``01/02/2024`` is
understood only where the order of day and month is known for the column. A time of day may follow (``T10:30``,
``10:30:05.25``, ``3:05 PM``), and after it a zone (``Z``, ``+02:00``). Years have four digits, seconds at most six
decimals.
"""

import re
from datetime import datetime, timedelta

import polars as pl

#: Formats of a column in which day and month are both numbers.
DAY_FIRST, MONTH_FIRST = "DD/MM/YYYY", "MM/DD/YYYY"

_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
_BY_NAME = {month[:3]: number for number, month in enumerate(_MONTHS, start=1)}


def _any_case(word: str) -> str:
    return "".join(f"[{letter}{letter.upper()}]" for letter in word)


def _month(month: str) -> str:
    rest = _any_case(month[3:])
    extra = f"|{_any_case('t')}" if month == "september" else ""
    return _any_case(month[:3]) + (f"(?:{rest}{extra})?" if rest else "")


_NAME = "(" + "|".join(_month(month) for month in _MONTHS) + ")"
_DAY = "([0-9]{1,2})"
_YEAR = "([0-9]{4})"
_DATE = "|".join(
    (
        rf"{_YEAR}([-/.]){_DAY}[-/.]{_DAY}",  # year, separator, month, day
        rf"{_DAY}([-/.]){_DAY}[-/.]{_YEAR}",  # day or month, separator, the other, year
        rf"{_DAY}[- ]{_NAME}\.?,?[- ]{_YEAR}",
        rf"{_NAME}\.? {_DAY},? {_YEAR}",
    )
)
_CLOCK = (
    r"(?:[T ]([01]?[0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9])(?:[.,]([0-9]{1,6})0*)?)?(?: ?([aApP])[mM])?"
    r" ?(Z|UTC|GMT|([+-])([01][0-9]|2[0-3]):?([0-5][0-9])?)?)?"
)
#: The whole grammar; group numbers are used below.
PATTERN = f"(?:{_DATE}){_CLOCK}"
_COMPILED = re.compile(PATTERN)
_ANCHORED = f"^(?:{PATTERN})$"

_ISO_DATE = "^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])$"
_ISO_TIME = (
    "^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])[T ]"
    r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?$"
)


def read_moment(text: str, order: str | None) -> tuple[datetime, bool, bool] | None:
    """Read one stripped text.

    Parameters
    ----------
    text : str
        The text.
    order : str, optional
        `DAY_FIRST` or `MONTH_FIRST`, where the column is known to follow it.

    Returns
    -------
    tuple of datetime, bool, bool or None
        The moment without a zone (in UTC where the text names one), whether it names one, whether it has a time of
        day; None where the text is no date.
    """
    found = _COMPILED.fullmatch(text)
    if found is None:
        return None
    g = (text, *found.groups())
    year, month, day = _day_of(g, order)
    hour, clock12 = int(g[15] or 0), g[19]
    if clock12:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if clock12 in "pP" else 0)
    try:
        moment = datetime(year, month, day, hour, int(g[16] or 0), int(g[17] or 0))  # noqa: DTZ001 - zones are apart
        moment += timedelta(microseconds=int((g[18] or "0").ljust(6, "0")))
        if g[21]:
            offset = timedelta(hours=int(g[22]), minutes=int(g[23] or 0))
            moment = moment - offset if g[21] == "+" else moment + offset
    except (ValueError, OverflowError):
        return None
    return moment, g[20] is not None, g[15] is not None


def _day_of(g: tuple[str | None, ...], order: str | None) -> tuple[int, int, int]:
    """Return year, month and day of the matched groups; a month of 0 where the order is unknown."""
    if g[1]:
        return int(g[1]), int(g[3] or 0), int(g[4] or 0)
    if g[5]:
        first, second, year = int(g[5]), int(g[7] or 0), int(g[8] or 0)
        if order == MONTH_FIRST and g[6] != ".":
            return year, first, second
        return (year, second, first) if order == DAY_FIRST or g[6] == "." else (year, 0, first)
    if g[9]:
        return int(g[11] or 0), _BY_NAME[(g[10] or "")[:3].lower()], int(g[9])
    return int(g[14] or 0), _BY_NAME[(g[12] or "")[:3].lower()], int(g[13] or 0)


def looks_like_moments(text: pl.Series) -> pl.Series:
    """Tell which texts have the form of a date, whether or not there is such a day; much quicker than reading."""
    return text.str.contains(_ANCHORED)


def read_moments(text: pl.Series, order: str | None) -> pl.DataFrame:
    """Read a column of stripped texts; the same as `read_moment` for each.

    Parameters
    ----------
    text : Series of String
        The texts.
    order : str, optional
        `DAY_FIRST` or `MONTH_FIRST`.

    Returns
    -------
    DataFrame
        ``moment`` (Datetime(us), null where the text is no date), ``zoned`` and ``timed`` (Boolean).
    """
    iso = _read_iso(text)
    return iso if iso is not None else _read_any(text, order)


def iso_form(text: pl.Series) -> str | None:
    """Return ``"Date"`` or ``"Datetime(us)"`` where every text is a day of the calendar in that one ISO form."""
    found = _read_iso(text)
    if found is None or found["moment"].null_count() > text.null_count():
        return None
    return "Datetime(us)" if found["timed"].any() else "Date"


def _read_iso(text: pl.Series) -> pl.DataFrame | None:
    """Read columns that hold one ISO form only, which is what nearly all hold, by the fast way."""
    present = len(text) - text.null_count()
    for pattern, timed in ((_ISO_DATE, False), (_ISO_TIME, True)):
        if text.str.contains(pattern).sum() != present:
            continue
        if timed:
            gap = text.str.replace("T", " ", literal=True) if text.str.contains("T", literal=True).any() else text
            moment = gap.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", strict=False, time_unit="us")
        else:
            moment = text.str.to_date("%Y-%m-%d", strict=False).cast(pl.Datetime("us"))
        early = moment.dt.year() < 1
        moment = moment.set(early, None) if early.any() else moment
        return moment.alias("moment").to_frame().with_columns(zoned=pl.lit(value=False), timed=pl.lit(timed))
    return None


def _number(group: int) -> pl.Expr:
    return pl.col(str(group)).cast(pl.Int32)


def _month_number(group: int) -> pl.Expr:
    short = pl.col(str(group)).str.head(3).str.to_lowercase()
    return short.replace_strict(_BY_NAME, default=None, return_dtype=pl.Int32)


def _read_any(text: pl.Series, order: str | None) -> pl.DataFrame:
    parts = text.str.extract_groups(_ANCHORED).struct.unnest()
    year_first, numeric, day_name = (pl.col(str(n)).is_not_null() for n in (1, 5, 9))
    dotted = pl.col("6") == "."
    if order == MONTH_FIRST:
        first_is_day: pl.Expr = dotted
        known = pl.lit(value=True)
    else:
        first_is_day = pl.lit(value=True)
        known = dotted | (order == DAY_FIRST)
    year = pl.coalesce(_number(1), _number(8), _number(11), _number(14))
    month = (
        pl.when(year_first).then(_number(3)).when(numeric & first_is_day & known).then(_number(7))
        .when(numeric & known).then(_number(5)).when(day_name).then(_month_number(10)).otherwise(_month_number(12))
    )  # fmt: skip
    day = (
        pl.when(year_first).then(_number(4)).when(numeric & first_is_day).then(_number(5))
        .when(numeric).then(_number(7)).when(day_name).then(_number(9)).otherwise(_number(13))
    )  # fmt: skip
    afternoon = pl.col("19").is_in(["p", "P"])
    twelve = pl.col("19").is_not_null()
    hour = pl.when(twelve).then(_number(15) % 12 + 12 * afternoon.cast(pl.Int32)).otherwise(_number(15))
    offset = pl.duration(hours=_number(22).fill_null(0), minutes=_number(23).fill_null(0))
    frame = parts.select(
        year.alias("year"),
        month.alias("month"),
        day.alias("day"),
        hour.fill_null(0).alias("hour"),
        _number(16).fill_null(0).alias("minute"),
        _number(17).fill_null(0).alias("second"),
        pl.col("18").fill_null("0").str.pad_end(6, "0").cast(pl.Int32).alias("microsecond"),
        (twelve & ~_number(15).is_between(1, 12)).fill_null(value=False).alias("wrong"),
        pl.when(pl.col("21") == "+").then(-offset).when(pl.col("21") == "-").then(offset).alias("shift"),
        pl.col("20").is_not_null().alias("zoned"),
        pl.col("15").is_not_null().alias("timed"),
    )
    return frame.select(assembled(), "zoned", "timed")


def assembled() -> pl.Expr:
    """Put parts together; null where they are no day of the calendar.

    The parts are the columns ``year``, ``month``, ``day``, ``hour``, ``minute``, ``second`` and ``microsecond`` (whole
    numbers), ``wrong`` (Boolean: no moment) and ``shift`` (Duration, null for none).
    """
    year, month, day = pl.col("year"), pl.col("month"), pl.col("day")
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    last = pl.when(month == 2).then(28 + leap.cast(pl.Int32)).when(month.is_in([4, 6, 9, 11])).then(30).otherwise(31)
    valid = year.is_between(1, 9999) & month.is_between(1, 12) & (day >= 1) & (day <= last) & ~pl.col("wrong")
    valid = valid.fill_null(value=False)
    parts = {name: pl.when(valid).then(pl.col(name)) for name in ("year", "month", "day", "hour", "minute", "second")}
    moment = pl.datetime(
        parts["year"], parts["month"], parts["day"], parts["hour"], parts["minute"], parts["second"],
        pl.col("microsecond"), time_unit="us",
    )  # fmt: skip
    shifted = moment + pl.col("shift").fill_null(timedelta())
    # Python's calendar ends with the year 9999, and a row must read like its table.
    return pl.when(shifted.dt.year().is_between(1, 9999)).then(shifted).alias("moment")
