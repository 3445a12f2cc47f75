"""What a splitter has to know about rows, and how it is told to split them."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.core.errors import DataError
from clew.core.schema import Role, Schema
from clew.define.problem import Problem


@dataclass(frozen=True, slots=True)
class SplitSpec:
    """How to split.

    Parameters
    ----------
    holdout : float, default 0.2
        Share of the rows kept for the final judgement, between 0 and 1.
    folds : int, default 5
        Number of folds of a cross-validation, at least 2.
    stratify : bool, default True
        Whether every part gets its share of each class, where the task has classes.
    gap : str, optional
        Least distance in time between learning and judging: a length of time (``"1d"``, ``"12h"``), or a plain number
        where the time column holds numbers.
    """

    holdout: float = 0.2
    folds: int = 5
    stratify: bool = True
    gap: str | None = None


@dataclass(frozen=True, slots=True)
class Structure:
    """What a splitter has to know about the rows.

    Parameters
    ----------
    rows : int
        Number of rows.
    target : ndarray of int64, shape (rows,), optional
        Class of each row as a code; only used to stratify.
    groups : ndarray of int64, shape (rows,), optional
        Group of each row as a code.
    time : ndarray, shape (rows,), optional
        Moment of each row, datetime64[us] or numbers.
    stratify : bool, default False
        Whether the target has classes.
    """

    rows: int
    target: NDArray[Any] | None = None
    groups: NDArray[Any] | None = None
    time: NDArray[Any] | None = None
    stratify: bool = False

    def take(self, rows: NDArray[Any]) -> Self:
        """Return the structure of some rows, by positions (int) or by a mask (bool, shape (rows,))."""

        def pick(values: NDArray[Any] | None) -> NDArray[Any] | None:
            return None if values is None else values[rows]

        count = int(np.count_nonzero(rows)) if rows.dtype == bool else len(rows)
        return type(self)(count, pick(self.target), pick(self.groups), pick(self.time), self.stratify)


@dataclass(frozen=True, slots=True)
class Split:
    """Positions of the rows that learn and of the rows that judge, each ascending.

    Parameters
    ----------
    train, test : ndarray of int64
        Disjoint positions.
    """

    train: NDArray[np.int64]
    test: NDArray[np.int64]


def structure_of(frame: pl.DataFrame, schema: Schema, problem: Problem | None = None) -> Structure:
    """Read the structure off a table: groups and time from the roles, classes from the problem.

    Several group columns together make one group per combination. A row without a group is a group of its own.

    Parameters
    ----------
    frame : polars.DataFrame
        The rows.
    schema : Schema
        Their columns.
    problem : Problem, optional
        Names the target; without it nothing is stratified.

    Raises
    ------
    DataError
        If a time is missing, or the time column holds neither moments nor numbers, or there are two time columns.
    """
    stratify = problem is not None and problem.task.is_classification and problem.target in frame.columns
    target = _codes(frame[[problem.target]]) if problem is not None and stratify else None
    names = [column.name for column in schema.by_role(Role.GROUP) if column.name in frame.columns]
    groups = _codes(frame[names]) if names else None
    if groups is not None:
        alone = frame[names].select(pl.all_horizontal(pl.all().is_null())).to_series().to_numpy()
        groups = groups.copy()
        groups[alone] = groups.max(initial=0) + 1 + np.arange(int(alone.sum()))
    return Structure(frame.height, target, groups, _time(frame, schema), stratify)


def ranks(values: pl.Series) -> NDArray[np.int64]:
    """Return the rank of each value among the distinct ones, from 0; there must be no missing value."""
    if values.dtype.is_signed_integer() and len(values):
        low, high = int(values.min()), int(values.max())  # type: ignore[arg-type]
        if high - low < len(values):  # few whole numbers are counted rather than sorted
            steps = (values.cast(pl.Int64) - low).to_numpy()
            return np.asarray((np.cumsum(np.bincount(steps) > 0) - 1)[steps])
    return values.rank("dense").cast(pl.Int64).to_numpy() - 1


def _codes(frame: pl.DataFrame) -> NDArray[np.int64]:
    """Return a number for each distinct row, by the order of values, so that the order of rows does not matter."""
    rank = pl.struct(pl.all()).rank("dense") if frame.width > 1 else pl.all().rank("dense")
    return frame.select(rank.fill_null(0).cast(pl.Int64).alias("code"))["code"].to_numpy()


def _time(frame: pl.DataFrame, schema: Schema) -> NDArray[Any] | None:
    names = [column.name for column in schema.by_role(Role.TIME) if column.name in frame.columns]
    if not names:
        return None
    if len(names) > 1:
        shown = " and ".join(repr(name) for name in names)
        raise DataError(
            f"The columns {shown} both have the role time; a row has one moment.", hint="Keep the role for one."
        )
    values = frame[names[0]]
    if missing := values.null_count():
        raise DataError(
            f"The time column {names[0]!r} is missing in {missing} of {len(values)} rows.",
            hint="Fill or remove these rows: a row without a moment cannot be put before or after others.",
        )
    if values.dtype == pl.Date:
        values = values.cast(pl.Datetime("us"))
    if isinstance(values.dtype, pl.Datetime):
        return values.dt.convert_time_zone("UTC").dt.replace_time_zone(None).dt.cast_time_unit("us").to_numpy()
    if values.dtype.is_numeric():
        return values.to_numpy()
    raise DataError(
        f"The time column {names[0]!r} holds {values.dtype}; moments or numbers are needed.",
        hint="State its date format in the domain, or choose another column.",
    )
