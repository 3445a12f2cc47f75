"""Functions of dates and date-times."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import narwhals.stable.v2 as nw

from clew.core.expr.spec import Function, Language, beside, one_of, strict

_MICROSECOND = timedelta(microseconds=1)
#: Units of fixed length, in microseconds.
_LENGTHS = {
    "second": 1_000_000,
    "minute": 60_000_000,
    "hour": 3_600_000_000,
    "day": 86_400_000_000,
    "week": 604_800_000_000,
}
_TRUNCATE = {
    "second": "1s",
    "minute": "1m",
    "hour": "1h",
    "day": "1d",
    "week": "1w",
    "month": "1mo",
    "quarter": "1q",
    "year": "1y",
}


def _weekday(value: date) -> int:
    return value.isoweekday()


def _day_of_year(value: date) -> int:
    return value.timetuple().tm_yday


def _part(name: str) -> Callable[[date], int]:
    def part(value: date) -> int:
        return int(getattr(value, name)) if isinstance(value, datetime) or name in {"year", "month", "day"} else 0

    return part


def _since_1970(value: date) -> int:
    """Return microseconds since 1970 in UTC; a moment without a zone counts as one there."""
    moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day, tzinfo=UTC)
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // _MICROSECOND


def _difference_of(F: Language, unit: str, start: Any, end: Any) -> Any:
    if isinstance(start, date) and isinstance(end, date):
        return F.lit(_difference(unit, start, end))
    later, earlier = (_counted_of(F, unit, moment) for moment in (end, start))
    if unit in _LENGTHS:
        # Arrow refuses to cast a whole number that float64 cannot hold exactly, but divides it.
        elapsed = (later - earlier) / 1
        return elapsed / beside(F, elapsed, float(_LENGTHS[unit]))
    return later - earlier


def _counted_of(F: Language, unit: str, moment: Any) -> Any:
    """Return microseconds, months or years since a moment that is the same for all, on a frame or as a plain number."""
    if isinstance(moment, date):
        return _counted(unit, moment)
    if unit in _LENGTHS:
        return moment.dt.timestamp("us")
    years = moment.dt.year().cast(F.Int64)
    return years if unit == "year" else years * 12 + moment.dt.month().cast(F.Int64)


def _counted(unit: str, moment: date) -> int:
    if unit in _LENGTHS:
        return _since_1970(moment)
    return moment.year if unit == "year" else moment.year * 12 + moment.month


def _difference(unit: str, start: date, end: date) -> float:
    elapsed = _counted(unit, end) - _counted(unit, start)
    return float(elapsed) / float(_LENGTHS[unit]) if unit in _LENGTHS else elapsed


def _truncated_of(F: Language, unit: str, moment: Any) -> Any:
    if unit != "week" or F is not nw:
        return moment.dt.truncate(_TRUNCATE[unit])
    # narwhals knows no weeks: the day, and back to Monday by the days since.
    day, weekday = moment.dt.truncate("1d"), moment.dt.weekday()
    monday = F.when((weekday == 7) | (weekday == 0)).then(day.dt.offset_by("-6d")).otherwise(day)
    for since in range(1, 6):
        monday = F.when(weekday == since + 1).then(day.dt.offset_by(f"-{since}d")).otherwise(monday)
    return monday


def _truncated(unit: str, value: date) -> date:
    if isinstance(value, datetime):
        names = ("microsecond", "second", "minute", "hour")
        cleared = {"second": 1, "minute": 2, "hour": 3}.get(unit, 4)
        value = value.replace(**dict.fromkeys(names[:cleared], 0))  # type: ignore[arg-type]
    if unit == "week":
        return value - timedelta(days=value.weekday())
    if unit in {"month", "quarter", "year"}:
        first = {"month": value.month, "quarter": (value.month - 1) // 3 * 3 + 1, "year": 1}[unit]
        return value.replace(month=first, day=1)
    return value


def _difference_sql(unit: str, start: str, end: str) -> str:
    """Return the time between two moments in DuckDB's dialect."""
    if unit in _LENGTHS:
        return f"((epoch_us({end}) - epoch_us({start}))::DOUBLE / {_LENGTHS[unit]}.0::DOUBLE)"
    return f"date_diff('{unit}', {start}, {end})"


def _whole(part: str) -> Callable[[Language, Any], Any]:
    """Return a part of a moment as a number that does not wrap where one goes on calculating with it."""
    return lambda F, x: getattr(x.dt, part)().cast(F.Int64)


MOMENTS: dict[str, Function] = {
    "year": Function((1, 1), _whole("year"), strict(_part("year")), "year({0})", "year of a date"),
    "month": Function((1, 1), _whole("month"), strict(_part("month")), "month({0})", "month, 1 to 12"),
    "day": Function((1, 1), _whole("day"), strict(_part("day")), "day({0})", "day of the month"),
    "hour": Function((1, 1), _whole("hour"), strict(_part("hour")), "hour({0})", "hour of a date-time, 0 to 23"),
    "minute": Function(
        (1, 1), _whole("minute"), strict(_part("minute")), "minute({0})", "minute of a date-time, 0 to 59"
    ),
    "second": Function(
        (1, 1), _whole("second"), strict(_part("second")), "second({0})", "second of a date-time, 0 to 59"
    ),
    "weekday": Function(
        (1, 1),
        _whole("weekday"),
        strict(_weekday),
        "isodow({0})",
        "day of the week, Monday 1 to Sunday 7",
    ),
    "day_of_year": Function(
        (1, 1), _whole("ordinal_day"), strict(_day_of_year), "dayofyear({0})", "day of the year, 1 to 366"
    ),
    "date_diff": Function(
        (3, 3),
        _difference_of,
        strict(_difference),
        _difference_sql,
        "time from one moment to another: with fractions in seconds, minutes, hours, days or weeks; whole months or "
        "years that begin between them",
        written={0: one_of(*_LENGTHS, "month", "year")},
        plain=frozenset({1, 2}),
        copies=4,
    ),
    "date_trunc": Function(
        (2, 2),
        _truncated_of,
        strict(_truncated),
        lambda unit, x: f"date_trunc('{unit}', {x})",
        "start of the second, minute, hour, day, week (Monday), month, quarter or year",
        written={0: one_of(*_TRUNCATE)},
        copies=8,
    ),
}
