"""Metrics of predicted probabilities that add up over rows: log loss and Brier score."""

import numpy as np

from clew.core.predictions import Predictions
from clew.define.scoring.inputs import FloatArray, Statistic, labels_of, probabilities_of, ratio

#: A true label that was given a smaller probability counts as if it had been given this one.
SMALLEST_PROBABILITY = float(np.finfo(np.float64).eps)


def log_loss(predictions: Predictions) -> Statistic:
    """Mean of -ln(probability given to the true label)."""
    labels = labels_of(predictions, with_prediction=False)
    given = probabilities_of(predictions, labels)[np.arange(len(predictions)), labels.truth]
    return mean_of(-np.log(np.clip(given, SMALLEST_PROBABILITY, 1.0)))


def brier(predictions: Predictions) -> Statistic:
    """Mean squared distance of the probabilities from what happened."""
    labels = labels_of(predictions, with_prediction=False)
    given = probabilities_of(predictions, labels)
    if labels.positive is not None:
        return mean_of((given[:, labels.positive] - (labels.truth == labels.positive)) ** 2)
    of_truth = given[np.arange(len(predictions)), labels.truth]
    return mean_of((given**2).sum(axis=1) - of_truth**2 + (1.0 - of_truth) ** 2)


def mean_of(values: FloatArray) -> Statistic:
    """Return the weighted mean of fixed values as a statistic; NaN where no row has weight."""
    return lambda weights: ratio(weights @ values, weights.sum(axis=1))
