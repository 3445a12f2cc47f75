"""Metrics of the order that probabilities put rows in: area under the ROC and the precision-recall curve."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from clew.core.predictions import Predictions
from clew.define.scoring.inputs import FloatArray, IntArray, Statistic, labels_of, probabilities_of, ratio

#: Scores and a mask of the positive rows, each of shape (n,) → statistic.
_Curve = Callable[[FloatArray, NDArray[np.bool_]], Statistic]


def roc_auc(predictions: Predictions) -> Statistic:
    """Probability that a positive row is ranked above a negative one, ties counting half."""
    return _one_or_macro(predictions, area_under_roc)


def pr_auc(predictions: Predictions) -> Statistic:
    """Average precision: precision at each score, weighted by the step in recall."""
    return _one_or_macro(predictions, average_precision)


def _one_or_macro(predictions: Predictions, curve: _Curve) -> Statistic:
    """Measure the positive class, or each class against the rest, averaged over those that can be measured."""
    labels = labels_of(predictions, with_prediction=False)
    given = probabilities_of(predictions, labels)
    if labels.positive is not None:
        return curve(given[:, labels.positive], labels.truth == labels.positive)
    present = [code for code in range(len(labels.names)) if (labels.truth == code).any()]
    statistics = [curve(given[:, code], labels.truth == code) for code in present]

    def compute(weights: FloatArray) -> FloatArray:
        total, count = np.zeros(len(weights)), np.zeros(len(weights))
        for statistic in statistics:
            figure = statistic(weights)
            defined = ~np.isnan(figure)
            total += np.where(defined, figure, 0.0)
            count += defined
        return ratio(total, count)

    return compute


def area_under_roc(scores: FloatArray, positive: NDArray[np.bool_]) -> Statistic:
    """Return the area under the ROC curve as a statistic; NaN where a class has no weight.

    With rows sorted upwards, the weight below the middle of a positive row's run of ties counts positives too; over
    all positive rows those make exactly half the square of their weight, whatever the order. So one running sum over
    all rows and a look-up for the positive ones are enough.
    """
    if np.isnan(scores).any():
        return _undefined
    runs = _Runs.of(scores, positive)

    def area(weights: FloatArray) -> float:
        reached = runs.running(weights)
        hits = weights[runs.positives]
        total = hits.sum()
        pairs = total * (reached[-1] - total)
        if not pairs > 0:
            return math.nan
        middle = reached[runs.starts] + reached[runs.ends]
        return float((hits @ middle - total**2) / (2 * pairs))

    return lambda weights: np.array([area(row) for row in weights])


def average_precision(scores: FloatArray, positive: NDArray[np.bool_]) -> Statistic:
    """Return average precision as a statistic; NaN where a class has no weight."""
    if np.isnan(scores).any():
        return _undefined
    runs = _Runs.of(-scores, positive)
    last = np.searchsorted(runs.ends, runs.ends, side="right")

    def area(weights: FloatArray) -> float:
        reached = runs.running(weights)
        hits = np.concatenate([[0.0], np.cumsum(weights[runs.positives])])
        if not 0 < hits[-1] < reached[-1]:
            return math.nan
        precision = ratio(hits[last], reached[runs.ends], 0.0)
        return float(np.diff(hits) @ precision / hits[-1])

    return lambda weights: np.array([area(row) for row in weights])


@dataclass(frozen=True, slots=True)
class _Runs:
    """Rows sorted upwards by score, seen from the positive ones.

    Parameters
    ----------
    order : ndarray, shape (n,)
        Positions of the rows from the lowest score to the highest.
    positives : ndarray, shape (p,)
        Positions of the positive rows, in that order.
    starts, ends : ndarray, shape (p,)
        Number of rows below the run of equal scores each of them belongs to, and below or within it.
    """

    order: IntArray
    positives: IntArray
    starts: IntArray
    ends: IntArray

    @classmethod
    def of(cls, scores: FloatArray, positive: NDArray[np.bool_]) -> Self:
        order, starts = tied(scores)
        ends = np.append(starts[1:], len(order))
        places = np.flatnonzero(positive[order])
        run = np.searchsorted(starts, places, side="right") - 1
        return cls(order, order[places], starts[run], ends[run])

    def running(self, weights: FloatArray) -> FloatArray:
        """Weight of the first 0, 1, … n rows; shape (n + 1,)."""
        reached = np.empty(len(self.order) + 1)
        reached[0] = 0.0
        np.cumsum(weights[self.order], out=reached[1:])
        return reached


def tied(scores: FloatArray) -> tuple[IntArray, IntArray]:
    """Sort scores upwards and say where each run of equal ones begins.

    Returns
    -------
    order : ndarray, shape (n,)
        Positions of the rows from the lowest score to the highest.
    starts : ndarray, shape (m,)
        Where in `order` each of the m distinct scores begins.
    """
    order = np.argsort(scores)
    ordered = scores[order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = ordered[1:] != ordered[:-1]
    return order, np.flatnonzero(new)


def _undefined(weights: FloatArray) -> FloatArray:
    return np.full(len(weights), np.nan)
