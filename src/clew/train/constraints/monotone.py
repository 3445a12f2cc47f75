"""Whether a fitted model keeps the declared directions, row by row along a grid."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl

from clew.core.finding import Finding
from clew.core.schema import Column, Schema
from clew.define.problem import Task
from clew.train.codes import finding
from clew.train.estimators.base import Floats
from clew.train.model import FittedModel

#: Rows that are moved along the grid, and values of the grid.
_ROWS, _GRID = 100, 25
#: Sums of members round in the last bits, and float32 members in theirs.
_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class Direction:
    """Whether the prediction follows one column as declared.

    Parameters
    ----------
    column : str
        Raw column with a constraint.
    declared : {"increasing", "decreasing"}
        Its direction.
    rows, values : int
        Rows looked at, each with this many values of the column.
    broken : int
        Rows whose prediction moves against the direction somewhere.
    largest : float
        Largest such move, in probability or in the unit of the target.
    """

    column: str
    declared: str
    rows: int
    values: int
    broken: int
    largest: float

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        return asdict(self)

    def findings(self) -> list[Finding]:
        """Return ``ME105`` where some row does not keep the direction."""
        if not self.broken:
            return []
        detail = (
            f"The prediction should be {self.declared} in {self.column!r}, and moves against it by up to "
            f"{self.largest:.3g} for {self.broken} of {self.rows} rows."
        )
        return [finding("ME105", detail, column=self.column, rows=self.broken, largest=self.largest)]


def constrained(schema: Schema) -> tuple[Column, ...]:
    """Return the features with a monotone constraint."""
    return tuple(column for column in schema.features if column.monotonic)


def prove_monotone(
    model: FittedModel, frame: pl.DataFrame, *, seed: int = 0, threads: int = 1
) -> tuple[Direction, ...]:
    """Move rows along each constrained column and look at every step of the prediction.

    Parameters
    ----------
    model : FittedModel
        Of a binary task or a regression.
    frame : DataFrame
        Rows with the schema's types, e.g. the training rows; up to 100 of them are drawn.
    seed : int, default 0
        Of the draw.
    threads : int, default 1
        Threads to use; the rows are few.

    Returns
    -------
    tuple of Direction
        One for each constrained column.
    """
    return tuple(_along(model, frame, column, seed, threads) for column in constrained(model.schema))


def _along(model: FittedModel, frame: pl.DataFrame, column: Column, seed: int, threads: int) -> Direction:
    declared = str(column.monotonic)
    values = frame[column.name].drop_nulls().unique().sort()
    if values.dtype.is_float():
        values = values.filter(values.is_finite())
    if len(values) < 2 or frame.height == 0:
        return Direction(column.name, declared, frame.height, len(values), 0, 0.0)
    places = np.unique(np.linspace(0, len(values) - 1, _GRID).round().astype(int))
    grid = values[places.tolist()]
    rows = frame.sample(min(_ROWS, frame.height), seed=seed)
    tiled = _tiled(rows, column.name, grid)
    scores = _score(model, tiled, threads).reshape(rows.height, len(grid))
    sign = 1.0 if declared == "increasing" else -1.0
    against = -(np.diff(scores, axis=1) * sign).min(axis=1)
    scale = 1.0 if model.problem.task is Task.BINARY else max(1.0, float(np.abs(scores).max()))
    broken = against > _TOLERANCE * scale
    return Direction(column.name, declared, rows.height, len(grid), int(broken.sum()), float(max(0.0, against.max())))


def _tiled(rows: pl.DataFrame, name: str, grid: pl.Series) -> pl.DataFrame:
    """Return each row once for each value of the grid, row after row."""
    positions = np.repeat(np.arange(rows.height), len(grid))
    return rows[positions].with_columns(pl.concat([grid] * rows.height).alias(name))


def _score(model: FittedModel, frame: pl.DataFrame, threads: int) -> Floats:
    scores = model.scores(frame, threads=threads)
    if model.problem.task is Task.BINARY:
        return scores[:, model.classes.index(model.problem.positive)]
    return scores
