"""Metrics of predicted labels: accuracy, balanced accuracy, precision, recall, F1."""

import math
from collections.abc import Callable

import numpy as np

from clew.core.predictions import Predictions
from clew.define.scoring.inputs import FloatArray, IntArray, Labels, Statistic, labels_of, ratio

#: Weight of hits, truths and predictions of each class, each of shape (b, k).
_Totals = tuple[FloatArray, FloatArray, FloatArray]
#: The same three → the figure of each class, shape (b, k).
_PerClass = Callable[[FloatArray, FloatArray, FloatArray], FloatArray]
#: Up to so many pairs of truth and prediction are all counted; above, only those that occur.
_MAX_PAIRS = 4096


def accuracy(predictions: Predictions) -> Statistic:
    """Share of the weight on rightly predicted rows."""
    labels = labels_of(predictions)
    right = (labels.truth == labels.prediction).astype(np.float64)
    return lambda weights: ratio(weights @ right, weights.sum(axis=1))


def balanced_accuracy(predictions: Predictions) -> Statistic:
    """Mean recall over the classes that occur in the truth."""
    totals = _totals(labels_of(predictions))

    def compute(weights: FloatArray) -> FloatArray:
        hits, truths, _ = totals(weights)
        present = truths > 0
        return ratio(ratio(hits, truths, 0.0).sum(axis=1), present.sum(axis=1).astype(np.float64))

    return compute


def precision(predictions: Predictions) -> Statistic:
    """Share of the rows predicted as a class that are of it."""
    return _of_class(predictions, lambda hits, _, predicted: ratio(hits, predicted, 0.0))


def recall(predictions: Predictions) -> Statistic:
    """Share of the rows of a class that are predicted as it."""
    undefined = 0.0 if predictions.positive is None else math.nan
    return _of_class(predictions, lambda hits, truths, _: ratio(hits, truths, undefined))


def f1(predictions: Predictions) -> Statistic:
    """Harmonic mean of precision and recall."""
    return _of_class(predictions, lambda hits, truths, predicted: ratio(2 * hits, truths + predicted))


def _of_class(predictions: Predictions, figure: _PerClass) -> Statistic:
    """Take the figure of the positive class, or the mean over the classes that occur in truth or prediction."""
    labels = labels_of(predictions)
    totals = _totals(labels)

    def compute(weights: FloatArray) -> FloatArray:
        hits, truths, predicted = totals(weights)
        figures = figure(hits, truths, predicted)
        if labels.positive is not None:
            return figures[:, labels.positive]
        present = truths + predicted > 0
        total = np.where(present, figures, 0.0).sum(axis=1)
        return ratio(total, present.sum(axis=1).astype(np.float64))

    return compute


def _totals(labels: Labels) -> Callable[[FloatArray], _Totals]:
    """Add up each pair of truth and prediction once, and the classes from the pairs."""
    size = len(labels.names)
    pair_of_row = labels.truth * size + labels.prediction
    pairs = np.arange(size * size)
    if size * size > _MAX_PAIRS:
        pairs, pair_of_row = np.unique(pair_of_row, return_inverse=True)
    truth, prediction = np.divmod(pairs, size)
    hit = np.flatnonzero(truth == prediction)

    def compute(weights: FloatArray) -> _Totals:
        sums = sums_by_code(pair_of_row, weights, len(pairs))
        return (
            sums_by_code(truth[hit], sums[:, hit], size),
            sums_by_code(truth, sums, size),
            sums_by_code(prediction, sums, size),
        )

    return compute


def sums_by_code(codes: IntArray, weights: FloatArray, size: int) -> FloatArray:
    """Add up weights by code.

    Parameters
    ----------
    codes : ndarray, shape (n,)
        From 0 to size - 1.
    weights : ndarray, shape (b, n)
        What is added up.
    size : int
        Number of codes.

    Returns
    -------
    ndarray, shape (b, size)
    """
    return np.stack([np.bincount(codes, row, minlength=size) for row in weights])
