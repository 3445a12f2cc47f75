"""Metrics of predicted numbers: MAE, RMSE, R² and MAPE."""

import numpy as np

from clew.core.predictions import Predictions
from clew.define.scoring.inputs import FloatArray, Statistic, numbers_of, ratio
from clew.define.scoring.probabilities import mean_of

#: A spread of the truth below this share of its size is rounding, not variation.
_ROUNDING = 1e-12


def mae(predictions: Predictions) -> Statistic:
    """Mean absolute error."""
    truth, prediction = numbers_of(predictions)
    return mean_of(np.abs(prediction - truth))


def rmse(predictions: Predictions) -> Statistic:
    """Root of the mean squared error."""
    truth, prediction = numbers_of(predictions)
    mean_square = mean_of((prediction - truth) ** 2)
    return lambda weights: np.sqrt(mean_square(weights))


def r2(predictions: Predictions) -> Statistic:
    """Share of the truth's variance that the prediction explains; NaN where the truth does not vary."""
    truth, prediction = numbers_of(predictions)
    # Distances from the median keep the variance of any resample free of cancellation, and are exactly 0 for a
    # constant truth.
    centred = truth - (np.median(truth) if len(truth) else 0.0)
    parts = np.column_stack([np.ones(len(truth)), centred, centred**2, (prediction - truth) ** 2])

    def compute(weights: FloatArray) -> FloatArray:
        total, first, second, error = (weights @ parts).T
        spread = second - ratio(first**2, total, 0.0)
        return 1.0 - ratio(error, np.where(spread > _ROUNDING * second, spread, 0.0))

    return compute


def mape(predictions: Predictions) -> Statistic:
    """Mean absolute error as a share of the truth, over the rows whose truth is not 0."""
    truth, prediction = numbers_of(predictions)
    counted = (truth != 0).astype(np.float64)
    share = ratio(np.abs(prediction - truth), np.abs(truth), 0.0)
    return lambda weights: ratio(weights @ share, weights @ counted)
