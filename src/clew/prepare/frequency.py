"""Regular moments: so many seconds, days or months apart, on the clock of their time zone."""

from datetime import UTC, datetime, timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo

import polars as pl

from clew.core.errors import ConfigError

Frequency = Literal["second", "minute", "hour", "day", "week", "month", "quarter", "year"]
#: What Polars calls each.
_POLARS = dict(zip(get_args(Frequency), ("s", "m", "h", "d", "w", "mo", "q", "y"), strict=True))
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
