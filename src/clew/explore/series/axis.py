"""Which column orders the rows in time, what its step is, and where it has gaps and repetitions."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.core.jsonable import plain
from clew.core.schema import Role
from clew.explore.checks.table import EXAMPLES, Table
from clew.explore.families import Family, axis_of

#: A series has a step if this share of the distances between neighbours is one step.
_REGULAR = 0.9
_LEAST_MOMENTS = 20
_DAY_S = 86_400.0
#: Distances of a month, a quarter and a year in days, which vary.
_CALENDAR = {30.4375: (28, 31), 91.3125: (90, 92), 365.25: (365, 366)}

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """The order of the rows in time.

    Parameters
    ----------
    column : str
        The column of moments, or of numbers that stand for them.
    declared : bool
        Whether it has the role ``time``; else it is the only column of moments, and the rows are in its order.
    by : tuple of str
        Columns that name the series a row belongs to; empty where there is one.
    moments : int
        Different moments, summed over the series.
    step : float, optional
        Usual distance of neighbours in seconds (in the column's own unit, where it holds numbers); None where there is
        none.
    missing : int
        Moments that are missing between the first and the last of each series; 0 without a step.
    gaps : tuple of dict
        ``after``, ``before``, ``missing`` and ``row`` (of the moment before) of the largest gaps.
    repeated : int
        Rows at a moment that an earlier row of the series has.
    repeated_rows : tuple of int
        The first of them.
    single : bool
        Whether a series has one row a moment, so that a repetition is conspicuous.
    """

    column: str
    declared: bool
    by: tuple[str, ...]
    moments: int
    step: float | None
    missing: int
    gaps: tuple[dict[str, Any], ...]
    repeated: int
    repeated_rows: tuple[int, ...]
    single: bool

    @property
    def covered(self) -> float | None:
        """Share of the expected moments that are there; None without a step."""
        return None if self.step is None else self.moments / (self.moments + self.missing)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready values."""
        result: dict[str, Any] = plain(
            {name: getattr(self, name) for name in self.__slots__} | {"covered": self.covered}
        )
        return result


def time_axis(table: Table) -> TimeAxis | None:
    """Find the column that orders the rows in time, and look at its distances.

    Parameters
    ----------
    table : Table
        The rows and what is known about them.

    Returns
    -------
    TimeAxis or None
        None where no column has the role ``time``, and there is not a single column of moments in whose order the rows
        are; or fewer than 20 moments.
    """
    name, declared = _column(table)
    if name is None:
        return None
    by = tuple(column.name for column in table.schema.by_role(Role.GROUP))
    rows = _sorted(table, name, by)
    # The first row of a series has no distance.
    distance = np.diff(rows["moment"].to_numpy())
    same = np.diff(rows["series"].to_numpy()) == 0
    apart = distance[same & (distance > 0)]
    starts = int(rows["series"].n_unique())
    if len(apart) + starts < _LEAST_MOMENTS:
        return None
    repeats = same & (distance == 0)
    step = _step(apart, calendar=table.frame[name].dtype.is_temporal())
    lacking = np.zeros(len(distance), dtype=np.int64)
    if step is not None:
        lacking[same] = np.maximum(np.round(distance[same] / step).astype(np.int64) - 1, 0)
    positions = rows["row"].to_numpy()
    return TimeAxis(
        column=name,
        declared=declared,
        by=by,
        moments=len(apart) + starts,
        step=step,
        missing=int(lacking.sum()),
        gaps=_gaps(table.frame[name], positions, lacking),
        repeated=int(repeats.sum()),
        repeated_rows=tuple(np.sort(positions[1:][repeats])[:EXAMPLES].tolist()),
        single=int(repeats.sum()) <= 0.05 * len(rows),
    )


def _column(table: Table) -> tuple[str | None, bool]:
    declared = [column.name for column, known in table.columns(Role.TIME) if _orders(known.family, known.present)]
    if declared:
        return (declared[0], True) if len(declared) == 1 else (None, True)
    moments = [column.name for column, known in table.features() if known.family is Family.MOMENT]
    if len(moments) != 1:
        return None, False
    values = table.frame[moments[0]]
    ordered = values.dtype != pl.Time and not values.null_count() and values.is_sorted() and values.n_unique() > 1
    return (moments[0], False) if ordered else (None, False)


def _orders(family: Family, present: int) -> bool:
    return family in {Family.MOMENT, Family.NUMBER} and present > 0


def _sorted(table: Table, name: str, by: tuple[str, ...]) -> pl.DataFrame:
    """Return ``series``, ``moment`` and ``row`` of the rows that have a moment, in the order of time."""
    values = table.frame[name]
    series = table.frame.select(pl.struct(by).rank("dense")).to_series() if by else pl.Series([0] * len(values))
    known = values.is_not_null()
    frame = pl.DataFrame(
        {
            "series": series.cast(pl.Int64).filter(known),
            "moment": axis_of(values),
            "row": pl.Series(np.arange(len(values))).filter(known),
        }
    )
    return frame.filter(pl.col("moment").is_finite()).sort("series", "moment", "row")


def _step(apart: Floats, *, calendar: bool) -> float | None:
    """Return the usual distance; None where too few neighbours are that far apart."""
    values, counts = np.unique(apart, return_counts=True)
    usual = float(values[counts.argmax()])
    if calendar:
        days = apart / _DAY_S
        for length, (low, high) in _CALENDAR.items():
            if ((days >= low) & (days <= high)).mean() >= _REGULAR:
                return length * _DAY_S
    return usual if (np.abs(apart / usual - 1) < 0.01).mean() >= _REGULAR else None


def _gaps(values: pl.Series, positions: NDArray[np.int64], lacking: NDArray[np.int64]) -> tuple[dict[str, Any], ...]:
    widest = [place for place in np.argsort(-lacking, kind="stable")[:EXAMPLES].tolist() if lacking[place]]
    return tuple(
        {
            "after": values[int(positions[place])],
            "before": values[int(positions[place + 1])],
            "missing": int(lacking[place]),
            "row": int(positions[place]),
        }
        for place in widest
    )
