"""Permutation importance of raw columns: what the model loses when a column says nothing.

A column's values are shuffled among the rows *before* the recipe, so that everything derived from the column loses its
meaning together, and the model is measured again (Breiman 2001, Random forests; Fisher, Rudin and Dominici 2019, All
models are wrong, but many are useful). The loss tells what this model uses, not what the field could use: of two
columns that say the same, each may look unimportant.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import polars as pl

from clew.core.predictions import Predictions
from clew.core.progress import Progress, silent
from clew.core.schema import Schema
from clew.define.metrics import Metric
from clew.define.problem import Problem
from clew.define.resampling import replicates, units_of
from clew.define.scoring.inputs import FloatArray, IntArray
from clew.define.uncertainty import Interval, limits, on_draws
from clew.evaluation.views import importance_view

#: At most this many rows are measured.
MAX_ROWS = 5_000
#: Times that each column is shuffled.
REPEATS = 5
#: On tables with so many columns that this is passed, fewer rows are measured, then with fewer repeats.
_MAX_PREDICTIONS = 600_000
_MIN_ROWS = 1_000
_RESAMPLES = 100


class Model(Protocol):
    """What can be evaluated: `clew.train.model.FittedModel`, or anything that answers in the same way."""

    @property
    def problem(self) -> Problem:
        """What is decided."""

    @property
    def schema(self) -> Schema:
        """The raw table that it was trained on."""

    @property
    def features(self) -> tuple[str, ...]:
        """Raw columns that it reads."""

    @property
    def online(self) -> bool:
        """Whether it answers for a row by that row alone."""

    def predict(self, data: Any, /, *, interval: float | None = None) -> Predictions:
        """Answer for every row of a dataset or frame, in order; an interval is only asked for where it has `spread`."""


@dataclass(frozen=True, slots=True)
class FeatureImportance:
    """What one column is worth to the model.

    Parameters
    ----------
    feature : str
        The raw column.
    value : float
        By how much the metric gets worse without it, in units of the metric; below 0 by chance, or where the column
        misleads.
    low, high : float
        Limits of 95 %, over other rows and other shuffles.
    """

    feature: str
    value: float
    low: float
    high: float

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready; limits that are not defined are None."""
        interval = Interval(self.value, self.low, self.high, 0).to_dict()
        return {"feature": self.feature, "value": interval["value"], "low": interval["low"], "high": interval["high"]}


@dataclass(frozen=True, slots=True)
class Importance:
    """Permutation importance of every column that a model reads.

    Parameters
    ----------
    features : tuple of FeatureImportance
        The most important first.
    metric : str
        In whose units it is measured.
    rows, repeats : int
        Rows measured, and times each column was shuffled.
    """

    features: tuple[FeatureImportance, ...]
    metric: str
    rows: int
    repeats: int

    def __repr__(self) -> str:
        return f"Importance({len(self.features)} columns, loss of {self.metric}, {self.rows} rows)"

    def _repr_html_(self) -> str:
        return importance_view(self)


def permutation_importance(
    model: Model,
    frame: pl.DataFrame,
    predictions: Predictions,
    rows: IntArray,
    metric: Metric,
    *,
    seed: int = 0,
    progress: Progress = silent,
) -> Importance:
    """Measure what each raw column is worth to a model.

    Parameters
    ----------
    model : Model
        What is measured.
    frame : DataFrame
        The table, with all columns that the model reads.
    predictions : Predictions
        Of the rows that can be judged.
    rows : ndarray of int
        Where they stand in `frame`.
    metric : Metric
        What gets worse.
    seed : int, default 0
        Of sample, shuffles and draws.
    progress : Progress, optional
        Told after each column.

    Returns
    -------
    Importance
        Measured on at most 5 000 rows with 5 shuffles; fewer where the table has very many columns.
    """
    size, repeats = _extent(len(model.features), len(rows))
    of_rows, of_repeats, *of_columns = np.random.SeedSequence(seed).spawn(2 + len(model.features))
    sample = np.sort(np.random.default_rng(of_rows).choice(len(rows), size, replace=False))
    judged = predictions.take(sample)
    # A model that looks at neighbouring rows needs them all, in order; the sample is then taken from its answers.
    table, places = (frame[rows[sample]], np.arange(size)) if model.online else (frame, rows[sample])
    (base,) = _on_draws(metric, [judged], judged, seed)
    drawn = np.random.default_rng(of_repeats).integers(0, repeats, (repeats, _RESAMPLES))
    features = []
    for position, (feature, stream) in enumerate(zip(model.features, of_columns, strict=True)):
        progress(f"importance of {feature}", position / len(model.features))
        shuffled = _without(model, table, feature, places, judged, repeats, np.random.default_rng(stream))
        losses = (base - _on_draws(metric, shuffled, judged, seed)) * (1 if metric.greater_is_better else -1)
        # Each draw of rows goes with a draw of shuffles, so that the limits cover both.
        spread = np.take_along_axis(losses, drawn, axis=0).mean(axis=0)
        features.append(_figures(feature, metric, judged, shuffled, spread))
    features.sort(key=lambda item: -item.value if not np.isnan(item.value) else np.inf)
    return Importance(tuple(features), metric.name, size, repeats)


def _on_draws(metric: Metric, answers: Sequence[Predictions], judged: Predictions, seed: int) -> FloatArray:
    """Measure several answers on the same draws; shape (answers, draws)."""
    functions = [on_draws(metric, answer) for answer in answers]
    return replicates(functions, judged, resamples=_RESAMPLES, seed=seed)


def _extent(features: int, rows: int) -> tuple[int, int]:
    """Rows and repeats that keep the work within bounds on wide tables."""
    repeats = REPEATS if features * REPEATS * _MIN_ROWS <= _MAX_PREDICTIONS else 2
    affordable = max(_MIN_ROWS, _MAX_PREDICTIONS // max(1, features * repeats))
    return min(rows, MAX_ROWS, affordable), repeats


def _without(
    model: Model,
    table: pl.DataFrame,
    feature: str,
    places: IntArray,
    judged: Predictions,
    repeats: int,
    random: np.random.Generator,
) -> list[Predictions]:
    """Predictions with one column shuffled, once for each repeat."""
    tables = [table.with_columns(table[feature].gather(random.permutation(table.height))) for _ in range(repeats)]
    if model.online:
        # One pass over all repeats is much quicker than one for each.
        whole = model.predict(pl.concat(tables))
        answers = [whole.take(np.arange(table.height) + table.height * repeat) for repeat in range(repeats)]
    else:
        answers = [model.predict(item).take(places) for item in tables]
    return [_in_place_of(answer, judged) for answer in answers]


def _in_place_of(answer: Predictions, judged: Predictions) -> Predictions:
    """Give new answers to the rows judged: their truth and weight stay, whatever column was shuffled."""
    return replace(judged, prediction=answer.prediction, probabilities=answer.probabilities)


def _figures(
    feature: str, metric: Metric, judged: Predictions, shuffled: Sequence[Predictions], spread: FloatArray
) -> FeatureImportance:
    base = metric.function(judged)
    losses = [base - metric.function(item) for item in shuffled]
    value = float(np.mean(losses)) * (1 if metric.greater_is_better else -1)
    low, high = limits(spread, value, units_of(judged)[0])
    return FeatureImportance(feature, value, low, high)
