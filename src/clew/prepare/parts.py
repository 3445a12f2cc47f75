"""What a moment is part of: year, month, week, day, hour …, read alike from a column and from one moment.

Polars has words of its own for some of them, which are quicker; for other engines they are put together from those that
all engines know.
"""

from calendar import isleap, monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, get_args

import polars as pl

from clew.prepare.table import Language

Part = Literal[
    "year", "quarter", "month", "week", "day", "weekday", "day_of_year", "hour", "minute", "second",
    "is_weekend", "is_month_start", "is_month_end", "is_leap_year",
]  # fmt: skip
#: All of them, from long to short.
PARTS: tuple[Part, ...] = get_args(Part)


@dataclass(frozen=True, slots=True)
class Reading:
    """How one part is read.

    Parameters
    ----------
    frame : callable
        Takes the language and an expression of moments, returns an expression of whole numbers or truth values.
    row : callable
        Takes a date or moment.
    timed : bool, default False
        Whether it needs a time of day.
    cycle : tuple of int, optional
        First value and number of values, where it comes round again.
    """

    frame: Callable[[Language, Any], Any]
    row: Callable[[Any], int]
    timed: bool = False
    cycle: tuple[int, int] | None = None


def _weekday(F: Language, column: Any) -> Any:
    """Return Monday 1 to Sunday 7; one engine counts Sunday as 0."""
    number = column.dt.weekday()
    return F.when(number == 0).then(F.lit(7)).otherwise(number)


def _day_of_year(moment: date) -> int:
    return moment.toordinal() - date(moment.year, 1, 1).toordinal() + 1


def _rest(number: Any, divisor: int) -> Any:
    # One engine knows no remainder.
    return number - number // divisor * divisor


def _is_leap(year: Any) -> Any:
    return (_rest(year, 4) == 0) & ((_rest(year, 100) != 0) | (_rest(year, 400) == 0))


def _is_month_end(F: Language, column: Any) -> Any:
    if F is pl:
        return column.dt.day() == column.dt.days_in_month()
    month, day = column.dt.month(), column.dt.day()
    short = ((month == 4) | (month == 6) | (month == 9) | (month == 11)) & (day == 30)
    february = (month == 2) & ((day == 29) | ((day == 28) & ~_is_leap(column.dt.year().cast(F.Int64))))
    return (day == 31) | short | february


def _is_leap_year(F: Language, column: Any) -> Any:
    return column.dt.is_leap_year() if F is pl else _is_leap(column.dt.year().cast(F.Int64))


def _quarter(F: Language, column: Any) -> Any:
    return (column.dt.month().cast(F.Int64) + 2) // 3


def _week(F: Language, column: Any) -> Any:
    """Return the week by ISO 8601: weeks begin on Monday, and belong to the year that has their Thursday."""
    if F is pl:
        return column.dt.week()
    thursday = column.dt.ordinal_day().cast(F.Int64) - _weekday(F, column).cast(F.Int64) + 4
    year = column.dt.year().cast(F.Int64)
    days, before = _days_in(F, year), _days_in(F, year - 1)
    inside = F.when(thursday > days).then(thursday - days).otherwise(thursday)
    return (F.when(thursday < 1).then(thursday + before).otherwise(inside) + 6) // 7


def _days_in(F: Language, year: Any) -> Any:
    return F.when(_is_leap(year)).then(F.lit(366)).otherwise(F.lit(365))


#: How each part is read.
READINGS: Mapping[Part, Reading] = {
    "year": Reading(lambda _, column: column.dt.year(), lambda moment: moment.year),
    "quarter": Reading(_quarter, lambda moment: (moment.month + 2) // 3, cycle=(1, 4)),
    "month": Reading(lambda _, column: column.dt.month(), lambda moment: moment.month, cycle=(1, 12)),
    "week": Reading(_week, lambda moment: moment.isocalendar()[1], cycle=(1, 53)),
    "day": Reading(lambda _, column: column.dt.day(), lambda moment: moment.day, cycle=(1, 31)),
    "weekday": Reading(_weekday, lambda moment: moment.isoweekday(), cycle=(1, 7)),
    "day_of_year": Reading(lambda _, column: column.dt.ordinal_day(), _day_of_year, cycle=(1, 366)),
    "hour": Reading(lambda _, column: column.dt.hour(), lambda moment: moment.hour, timed=True, cycle=(0, 24)),
    "minute": Reading(lambda _, column: column.dt.minute(), lambda moment: moment.minute, timed=True, cycle=(0, 60)),
    "second": Reading(lambda _, column: column.dt.second(), lambda moment: moment.second, timed=True, cycle=(0, 60)),
    "is_weekend": Reading(lambda F, column: _weekday(F, column) >= 6, lambda moment: moment.isoweekday() >= 6),
    "is_month_start": Reading(lambda _, column: column.dt.day() == 1, lambda moment: moment.day == 1),
    "is_month_end": Reading(_is_month_end, lambda moment: moment.day == monthrange(moment.year, moment.month)[1]),
    "is_leap_year": Reading(_is_leap_year, lambda moment: isleap(moment.year)),
}
