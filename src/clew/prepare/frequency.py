"""Regular moments: this many seconds, days or months apart, on the clock of their time zone."""

from datetime import UTC, datetime, timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo

import polars as pl

from clew.core.errors import ConfigError
from clew.prepare.dtypes import family, stored_type, zone_of

Frequency = Literal["second", "minute", "hour", "day", "week", "month", "quarter", "year"]
#: What Polars calls each.
_POLARS = dict(zip(get_args(Frequency), ("s", "m", "h", "d", "w", "mo", "q", "y"), strict=True))
#: Length of each in seconds, where it varies the shortest.
SHORTEST_S: dict[str, int] = {
    "second": 1,
    "minute": 60,
    "hour": 3600,
    "day": 86_400,
    "week": 7 * 86_400,
    "month": 28 * 86_400,
    "quarter": 90 * 86_400,
    "year": 365 * 86_400,
}
_MICROSECOND = timedelta(microseconds=1)
#: Those that last equally long everywhere.
_EVEN = {"second": timedelta(seconds=1), "minute": timedelta(minutes=1), "hour": timedelta(hours=1)}


def check_frequency(op: str, quantity: int) -> None:
    """Raise `ConfigError` if a quantity of units makes no sense."""
    if quantity < 1:
        raise ConfigError(f"{op} has quantity {quantity}; at least 1 is needed.", hint="Use e.g. `quantity: 1`.")


def every(unit: Frequency, quantity: int) -> str:
    """Return a length of the calendar as Polars spells it, e.g. ``"3mo"``."""
    return f"{quantity}{_POLARS[unit]}"


def lasts_alike(unit: Frequency) -> bool:
    """Whether a unit lasts equally long everywhere: an hour does, and a day does not where clocks change."""
    return unit in _EVEN


def regular(start: datetime, position: pl.Expr, unit: Frequency, quantity: int, zone: str | None) -> pl.Expr:
    """Return the moment at each position of a regular series.

    Parameters
    ----------
    start : datetime
        The moment at position 0; with a zone exactly if `zone` is given.
    position : polars expression
        Whole numbers.
    unit, quantity
        What lies between one moment and the next. From days on, the clock shows the same time of day; at the end of a
        shorter month, its last day.
    zone : str, optional
        Time zone of the series.

    Returns
    -------
    polars expression
        Datetime(us) or Datetime(us, zone).
    """
    if unit in _EVEN:
        instant = start if zone is None else start.astimezone(UTC).replace(tzinfo=None)
        moments = pl.lit(instant, dtype=pl.Datetime("us")) + position * (_EVEN[unit] * quantity)
        return moments if zone is None else moments.dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    local = start if zone is None else start.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    steps = pl.format("{}" + _POLARS[unit], position * quantity)
    moments = pl.lit(local, dtype=pl.Datetime("us")).dt.offset_by(steps)
    return moments if zone is None else on_clock(moments, zone)


def on_clock(local: pl.Expr, zone: str) -> pl.Expr:
    """Return moments that a clock shows, in its time zone.

    Where the clock shows a time twice, the first is meant; a time that it skips is told as much later as is skipped.
    """
    shifts = [local, local.dt.offset_by("1h"), local.dt.offset_by("1d")]
    return pl.coalesce(s.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null") for s in shifts)


def floored(moment: pl.Expr, unit: Frequency, quantity: int, dtype: str) -> pl.Expr:
    """Return the regular moment at or before each one.

    Parameters
    ----------
    moment : polars expression
        Moments of the type below.
    unit, quantity
        What lies between one regular moment and the next. Up to hours, they are counted from a midnight of the zone in
        1970, and all steps are equally long; from days on they follow the clock, and weeks begin on Monday.
    dtype : str
        Type of the moments.
    """
    zone = zone_of(dtype)
    if unit in _EVEN:
        step, start = _EVEN[unit] * quantity // _MICROSECOND, _midnight(zone)
        return from_counts((moment.dt.timestamp("us") - start) // step, unit, quantity, dtype)
    local = moment if zone is None else moment.dt.replace_time_zone(None)
    whole = local.dt.truncate(every(unit, quantity))
    return whole if zone is None else on_clock(whole, zone)


def counts_between(first: pl.Expr, last: pl.Expr, unit: Frequency, quantity: int, dtype: str) -> pl.Expr:
    """Return lists of all steps from one regular moment to another, as `from_counts` reads them."""
    zone = zone_of(dtype)
    if unit in _EVEN:
        step, start = _EVEN[unit] * quantity // _MICROSECOND, _midnight(zone)
        low, high = ((end.dt.timestamp("us") - start) // step for end in (first, last))
        return pl.int_ranges(low, high + 1, dtype=pl.Int64)
    if family(dtype) == "Date":
        return pl.date_ranges(first, last, every(unit, quantity))
    # A midnight that the clock skips is told as a later time; on the clock it is the midnight still.
    low, high = (end if zone is None else end.dt.replace_time_zone(None) for end in (first, last))
    length = every(unit, quantity)
    return pl.datetime_ranges(low.dt.truncate(length), high.dt.truncate(length), length)


def from_counts(count: pl.Expr, unit: Frequency, quantity: int, dtype: str) -> pl.Expr:
    """Return the regular moments that steps stand for."""
    zone = zone_of(dtype)
    if unit in _EVEN:
        instants = (count * (_EVEN[unit] * quantity // _MICROSECOND) + _midnight(zone)).cast(pl.Datetime("us"))
        moments = instants if zone is None else instants.dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    else:
        moments = count if zone is None else on_clock(count, zone)
    return moments.cast(stored_type(dtype))


def _midnight(zone: str | None) -> int:
    """Return the first midnight of 1970 in a zone, in microseconds of UTC."""
    offset = timedelta() if zone is None else ZoneInfo(zone).utcoffset(datetime(1970, 1, 1))  # noqa: DTZ001
    return -((offset or timedelta()) // _MICROSECOND)
