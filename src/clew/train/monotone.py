"""Whether a fitted model keeps the declared directions, row by row along a grid."""

from dataclasses import dataclass

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
class Violation:
    """What was found for one column.

    Parameters
    ----------
    column : str
        Raw column with a constraint.
    rows : int
        Rows looked at.
    broken : int
        Rows whose prediction moves against the direction somewhere.
    largest : float
        Largest such move, in probability or in the unit of the target.
    """

    column: str
    rows: int
    broken: int
    largest: float


def constrained(schema: Schema) -> tuple[Column, ...]:
    """Return the features with a monotone constraint."""
    return tuple(column for column in schema.features if column.monotonic)


def check_monotone(model: FittedModel, frame: pl.DataFrame, *, seed: int = 0) -> list[Finding]:
    """Move rows along each constrained column and look at every step of the prediction.

    Parameters
    ----------
    model : FittedModel
        Of a binary task or a regression.
    frame : DataFrame
        Rows with the schema's types, e.g. the training rows; up to 100 of them are drawn.
    seed : int, default 0
        Of the draw.

    Returns
    -------
    list of Finding
        ``ME105`` for each column whose direction some row does not keep; empty where all is well.
    """
    found = []
    for column in constrained(model.schema):
        result = _along(model, frame, column, seed)
        if result.broken:
            detail = (
                f"The prediction should be {column.monotonic} in {column.name!r}, and moves against it by up to "
                f"{result.largest:.3g} for {result.broken} of {result.rows} rows."
            )
            found.append(finding("ME105", detail, column=column.name, rows=result.broken, largest=result.largest))
    return found


def _along(model: FittedModel, frame: pl.DataFrame, column: Column, seed: int) -> Violation:
    values = frame[column.name].drop_nulls().unique().sort()
    if values.dtype.is_float():
        values = values.filter(values.is_finite())
    if len(values) < 2 or frame.height == 0:
        return Violation(column.name, frame.height, 0, 0.0)
    places = np.unique(np.linspace(0, len(values) - 1, _GRID).round().astype(int))
    grid = values[places.tolist()]
    rows = frame.sample(min(_ROWS, frame.height), seed=seed)
    tiled = _tiled(rows, column.name, grid)
    scores = _score(model, tiled).reshape(rows.height, len(grid))
    sign = 1.0 if column.monotonic == "increasing" else -1.0
    against = -(np.diff(scores, axis=1) * sign).min(axis=1)
    scale = 1.0 if model.problem.task is Task.BINARY else max(1.0, float(np.abs(scores).max()))
    broken = against > _TOLERANCE * scale
    return Violation(column.name, rows.height, int(broken.sum()), float(max(0.0, against.max())))


def _tiled(rows: pl.DataFrame, name: str, grid: pl.Series) -> pl.DataFrame:
    """Return each row once for each value of the grid, row after row."""
    positions = np.repeat(np.arange(rows.height), len(grid))
    return rows[positions].with_columns(pl.concat([grid] * rows.height).alias(name))


def _score(model: FittedModel, frame: pl.DataFrame) -> Floats:
    scores = model.scores(frame)
    if model.problem.task is Task.BINARY:
        return scores[:, model.classes.index(model.problem.positive)]
    return scores
