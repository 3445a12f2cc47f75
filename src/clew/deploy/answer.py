"""What a model says, as plain values and as columns: the one place where classes get their names."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from clew.core.predictions import Predictions


def label_text(label: Any) -> str:
    """Spell a class in a column name or key: as CSV and JSON would write the value."""
    return str(label).lower() if isinstance(label, bool | np.bool_) else str(label)


def probability_columns(classes: Iterable[Any]) -> tuple[str, ...]:
    """Return the names of the columns that hold the probability of each class."""
    return tuple(f"probability_{label_text(label)}" for label in classes)


def label_type(classes: tuple[Any, ...]) -> type[pl.DataType]:
    """Return the storage type of predictions: that of the labels, Float64 where there are none."""
    if not classes or all(isinstance(label, float) for label in classes):
        return pl.Float64
    if all(isinstance(label, bool) for label in classes):
        return pl.Boolean
    return pl.Int64 if all(isinstance(label, int) for label in classes) else pl.String


def to_frame(predictions: Predictions) -> pl.DataFrame:
    """Return predictions as a table.

    Parameters
    ----------
    predictions : Predictions
        Of ``n`` rows.

    Returns
    -------
    DataFrame, shape (n, 1 + k)
        ``prediction``, and for a classification ``probability_<class>`` for each of its k classes, or where an
        interval was asked for ``low`` and ``high``.
    """
    columns = [pl.Series("prediction", predictions.prediction.tolist(), dtype=label_type(predictions.classes))]
    if predictions.probabilities is not None:
        names = probability_columns(predictions.classes)
        columns += [pl.Series(name, predictions.probabilities[:, place]) for place, name in enumerate(names)]
    ends = (("low", predictions.low), ("high", predictions.high))
    columns += [pl.Series(name, values) for name, values in ends if values is not None]
    return pl.DataFrame(columns)


@dataclass(frozen=True, slots=True)
class Answer:
    """Predictions for the rows of a request, as plain Python values.

    Parameters
    ----------
    predictions : list
        A label or number per row.
    probabilities : list of list of float, optional
        Per row the probability of each class; None for a regression.
    classes : tuple
        Labels in the order of the probabilities; empty for a regression.
    intervals : list of (float, float), optional
        Per row the numbers between which the truth lies, where an interval was asked for.
    """

    predictions: list[Any]
    probabilities: list[list[float]] | None
    classes: tuple[Any, ...]
    intervals: list[tuple[float, float]] | None = None

    def __len__(self) -> int:
        return len(self.predictions)
