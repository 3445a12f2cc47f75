"""What to make of moments: parts that come round, waves, and the time between two of them."""

from collections.abc import Iterator, Sequence

import polars as pl

from clew.core.schema import Column, Kind, Role
from clew.explore.column import ColumnStatistics
from clew.prepare.advice.seen import Advice, Seen
from clew.prepare.advice.words import are, chosen, listed, names, quoted
from clew.prepare.dtypes import family, is_moment, zone_of
from clew.prepare.parts import PARTS, Part
from clew.prepare.steps import DateDifference, DateParts, Fourier

#: Days after which each part of a date has come round twice, so that it can repeat.
_PERIODS: dict[Part, int] = {
    "hour": 2,
    "minute": 2,
    "weekday": 14,
    "is_weekend": 14,
    "day": 62,
    "month": 730,
    "day_of_year": 730,
}
_OF_TIME = {"hour", "minute"}
#: Seasons that a linear model follows by waves, and their length in days.
_SEASONS = {"1d": 1.0, "7d": 7.0, "365.25d": 365.25}
#: Waves per season: enough for a morning and an evening peak.
_WAVES = 3
#: With more moments than this, the time between them would be too many columns.
_MOST_MOMENTS = 5


def between(seen: Seen) -> Iterator[Advice]:
    """Count the time from the row's own time, or else from the first moment, to the others."""
    times, moments = _moments(seen)
    start = next(iter((*times, *moments)), None)
    if start is None or len(moments) > _MOST_MOMENTS:
        return
    others = [c for c in moments if c is not start and (zone_of(c.dtype) is None) == (zone_of(start.dtype) is None)]
    if others:
        timed = any(family(column.dtype) == "Datetime" for column in (start, *others))
        yield Advice(
            DateDifference(chosen(others), since=start.name, unit="hours" if timed else "days"),
            f"How long after {quoted(start.name)} {names(others)} {are(others)} says more than either moment alone.",
        )


def trend(seen: Seen) -> Iterator[Advice]:
    """Count days for a linear model, which has no other way to follow a trend.

    Where rows are split by time, later rows would lie outside of what was learnt.
    """
    times, moments = _moments(seen)
    if moments and not times and seen.for_model == "linear":
        yield Advice(
            DateDifference(chosen(moments), reference="first"),
            f"Days since the first {names(moments)} of the training rows let a linear model follow a trend.",
        )


def parts(seen: Seen) -> Iterator[Advice]:
    """Take moments apart; where rows are split by time, only into parts that came round often enough."""
    times, moments = _moments(seen)
    endings = [f"_{part}" for part in PARTS] + [f"_{season}_sin_1" for season in _SEASONS]
    both = [column for column in (*moments, *times) if seen.is_free(column, *endings)]
    if not both:
        return
    verb = "holds" if len(both) == 1 else "hold"
    what = f"{names(both)} {verb} moments, and a count of seconds cannot be learnt from"
    if seen.for_model == "linear":
        yield from _waves(seen, both, what)
        return
    if not times:
        parts_can = "the parts that vary in the training rows (month, weekday, hour …) can."
        yield Advice(DateParts(chosen(both)), f"{what}; {parts_can}")
        return
    days = min(_days(seen.statistics[column.name]) for column in both)
    timed = all(family(column.dtype) == "Datetime" for column in both)
    possible = [part for part, period in _PERIODS.items() if days >= period and (timed or part not in _OF_TIME)]
    found = [part for part in possible if any(_varies(seen.frame[column.name], part) for column in both)]
    if found:
        yield Advice(
            DateParts(chosen(both), parts=tuple(found)),
            f"{what}; over {days:.0f} days {listed(found)} came round often enough to repeat in later rows.",
        )


def _waves(seen: Seen, moments: Sequence[Column], what: str) -> Iterator[Advice]:
    """Place moments on the circles of the seasons that came round twice."""
    fitting: dict[tuple[str, ...], list[Column]] = {}
    for column in moments:
        days = _days(seen.statistics[column.name])
        timed = family(column.dtype) == "Datetime"
        fits = tuple(name for name, length in _SEASONS.items() if days >= 2 * length and (timed or name != "1d"))
        fitting.setdefault(fits, []).append(column)
    waves = _WAVES if 2 * _WAVES * sum(len(s) * len(c) for s, c in fitting.items()) <= seen.room else 1
    for seasons, columns in fitting.items():
        if seasons:
            yield Advice(
                Fourier(chosen(columns), period=seasons, order=waves, keep=False),
                f"{what}; waves of {listed(seasons)} let a linear model follow the seasons that came round.",
            )


def _moments(seen: Seen) -> tuple[list[Column], list[Column]]:
    """Return the row's own times, and the features that are moments."""
    times = [c for c in seen.schema.by_role(Role.TIME) if c.name in seen.statistics]
    found = [c for c in (*times, *seen.schema.features) if c.kind is Kind.DATETIME and is_moment(c.dtype)]
    found = [column for column in found if seen.statistics[column.name].present]
    return [c for c in found if c.role is Role.TIME], [c for c in found if c.role is Role.FEATURE]


def _days(stats: ColumnStatistics) -> float:
    first, last = stats.quantile(0.0), stats.quantile(1.0)
    return 0.0 if first is None or last is None else (last - first) / 86400.0


def _varies(values: pl.Series, part: str) -> bool:
    moments = values.dt
    read = {"day_of_year": moments.ordinal_day, "is_weekend": moments.weekday}.get(part) or getattr(moments, part)
    return bool(read().n_unique() > 1)
