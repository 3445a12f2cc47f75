"""Values that neither season nor trend explain."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.core.jsonable import plain
from clew.core.schema import Column, Kind, Role
from clew.explore.checks.table import EXAMPLES, Table
from clew.explore.families import axis_of
from clew.explore.series.axis import TimeAxis
from clew.explore.series.stl import stl

#: Moments, the latest ones, and columns that are taken apart.
MAX_MOMENTS, MAX_COLUMNS = 2_000, 6
#: A rest is anomalous if it lies more than this many robust standard deviations from the usual one.
THRESHOLD = 6.0
#: More missing moments than this share are not bridged.
_MOST_BRIDGED = 0.1
#: Numbers with fewer different values are parts of the moment itself, such as the hour, or labels.
_LEAST_VALUES = 60
_HOUR_S, _DAY_S = 3_600.0, 86_400.0
#: Step in seconds → steps of its natural season: a day of hours, a week of days, a year of weeks, months, quarters.
_SEASONS = ((60.0, 60), (_HOUR_S, 24), (_DAY_S, 7), (7 * _DAY_S, 52), (30.4375 * _DAY_S, 12), (91.3125 * _DAY_S, 4))

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SeriesPart:
    """How a column goes with time.

    Parameters
    ----------
    column : str
        Its name.
    period : int
        Steps of its season.
    points : int
        Moments looked at: the latest ones.
    seasonal, trending : float
        Strength of season and trend, from 0 to 1 (Wang, Smith and Hyndman 2006): the share of what is left without the
        other that it explains.
    anomalies : tuple of dict
        ``moment``, ``row`` (the first at that moment), ``value``, ``expected`` and ``distance`` (of the rest, in robust
        standard deviations), the farthest first.
    count : int
        Number of anomalies.
    """

    column: str
    period: int
    points: int
    seasonal: float
    trending: float
    anomalies: tuple[dict[str, Any], ...]
    count: int

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready values."""
        result: dict[str, Any] = plain({name: getattr(self, name) for name in self.__slots__})
        return result


def seasonal_parts(table: Table, axis: TimeAxis) -> tuple[SeriesPart, ...]:
    """Take the target and the most telling numbers apart into season, trend and rest.

    Several rows at one moment count with their mean. The season is the natural one of the step: a day of hours, a week
    of days, a year of months.

    Parameters
    ----------
    table : Table
        The rows and what is known about them.
    axis : TimeAxis
        Their order in time.

    Returns
    -------
    tuple of SeriesPart
        Empty where there is no step with a natural season, fewer than three seasons, or more than a tenth of the
        moments is missing.
    """
    period = _period(axis.step)
    covered = axis.covered
    if period is None or axis.step is None or axis.by or covered is None or covered < 1 - _MOST_BRIDGED:
        return ()
    names = [column.name for column in _candidates(table) if column.name != axis.column][:MAX_COLUMNS]
    grid = _grid(table.frame, axis.column, names, axis.step)
    if len(grid) < 3 * period:
        return ()
    parts = (_part(grid, table.frame[axis.column], name, period) for name in names)
    return tuple(part for part in parts if part is not None)


def _period(step: float | None) -> int | None:
    near = (period for length, period in _SEASONS if step is not None and abs(step / length - 1) < 0.01)
    return next(near, None)


def _candidates(table: Table) -> list[Column]:
    """Return the numeric target, and the numeric features, the most telling first."""
    power = {item.feature: item.power for item in table.associations}
    chosen = [
        (column, known)
        for column, known in table.columns(Role.TARGET, Role.FEATURE)
        if column.kind is Kind.NUMERIC and known.moments is not None and (known.distinct or 0) > _LEAST_VALUES
    ]
    ranked = sorted(chosen, key=lambda item: (item[0].role is not Role.TARGET, -power.get(item[0].name, 0.0)))
    return [column for column, _ in ranked]


def _grid(frame: pl.DataFrame, time: str, names: list[str], step: float) -> pl.DataFrame:
    """Return the mean of each column at each step, bridged where nothing is there, with the first row of the moment."""
    known = frame[time].is_not_null()
    moments = axis_of(frame[time])
    place = np.round((moments - np.nanmin(moments)) / step).astype(np.int64)
    finite = [pl.col(name).cast(pl.Float64).fill_nan(None) for name in names]
    listed = frame.with_row_index("row").filter(known).select("row", *finite).with_columns(place=pl.Series(place))
    usable = [pl.when(pl.col(name).is_finite()).then(pl.col(name)).mean().alias(name) for name in names]
    grouped = listed.group_by("place").agg(pl.col("row").min(), *usable).sort("place")
    last = int(place.max())
    whole = pl.DataFrame({"place": np.arange(max(0, last - MAX_MOMENTS + 1), last + 1)})
    return whole.join(grouped, on="place", how="left", maintain_order="left")


def _part(grid: pl.DataFrame, moments: pl.Series, name: str, period: int) -> SeriesPart | None:
    values = grid[name].interpolate().fill_null(strategy="forward").fill_null(strategy="backward")
    if grid[name].null_count() > 2 * _MOST_BRIDGED * len(grid) or values.null_count():
        return None
    numbers = values.to_numpy()
    scale = float(np.ptp(numbers))
    if not scale > 0:
        return None
    found = stl(numbers, period, outer=2)
    distance = _distance(found.rest, scale)
    there = grid["row"].is_not_null().to_numpy() & grid[name].is_not_null().to_numpy()
    far = np.flatnonzero((np.abs(distance) > THRESHOLD) & there)
    ranked = far[np.argsort(-np.abs(distance[far]), kind="stable")]
    shown = []
    for place in ranked[:EXAMPLES].tolist():
        row = int(grid["row"][place])
        expected = float(found.season[place] + found.trend[place])
        anomaly = {"moment": moments[row], "row": row, "value": float(numbers[place]), "expected": expected}
        shown.append({**anomaly, "distance": float(distance[place])})
    return SeriesPart(
        column=name,
        period=period,
        points=len(grid),
        seasonal=_strength(found.rest, found.season),
        trending=_strength(found.rest, found.trend),
        anomalies=tuple(shown),
        count=len(far),
    )


def _distance(rest: Floats, scale: float) -> Floats:
    """Return how far each rest lies from the usual one in robust standard deviations (1.4826 median deviations)."""
    centred = rest - np.median(rest)
    usual = 1.4826 * float(np.median(np.abs(centred)))
    # A rest that is mostly rounding makes nothing an anomaly.
    distances: Floats = centred / max(usual, 1e-6 * scale)
    return distances


def _strength(rest: Floats, part: Floats) -> float:
    whole = float(np.var(rest + part))
    return max(0.0, 1 - float(np.var(rest)) / whole) if whole else 0.0
