"""Whether probabilities come true: reliability bins and the expected calibration error.

In a binary task the probability of the positive label is held against how often it occurs; in a multiclass one, the
probability of the predicted label against how often it is right (confidence calibration; Guo et al. 2017, On
calibration of modern neural networks, ICML).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from clew.core.predictions import Predictions
from clew.define.resampling import replicates, units_of
from clew.define.scoring.inputs import FloatArray, IntArray, Statistic, labels_of, probabilities_of, ratio, weights_of
from clew.define.scoring.labels import sums_by_code
from clew.define.shares import Mask, share_of
from clew.define.uncertainty import Interval, limits
from clew.evaluation.views import calibration_view

#: Bins, each with about as many rows as the others.
BINS = 10
#: Fewer rows than this a bin would say nothing; fewer bins are made.
MIN_BIN_ROWS = 10
_SIMULATIONS = 200


@dataclass(frozen=True, slots=True)
class Bin:
    """Rows of like probability.

    Parameters
    ----------
    predicted : float
        Mean probability.
    observed : Interval
        Share that came true.
    """

    predicted: float
    observed: Interval

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        return {"predicted": self.predicted, "observed": self.observed.to_dict()}


@dataclass(frozen=True, slots=True)
class Calibration:
    """How far probabilities are from what comes true.

    Parameters
    ----------
    of : object
        The positive label of a binary task; None where the predicted label is meant.
    error : Interval
        Expected calibration error: the distance between predicted and observed, averaged over the rows.
    chance : float
        Calibrated probabilities would show a smaller error on such rows 97.5 times of 100.
    bins : tuple of Bin
        By probability, from low to high.
    """

    of: Any
    error: Interval
    chance: float
    bins: tuple[Bin, ...]

    def __repr__(self) -> str:
        return f"Calibration(error={self.error.value:.4g}, {self.error.rows} rows, {len(self.bins)} bins)"

    def _repr_html_(self) -> str:
        return calibration_view(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        return {
            "of": self.of,
            "error": self.error.to_dict(),
            "chance": self.chance,
            "bins": [item.to_dict() for item in self.bins],
        }


def calibration(predictions: Predictions, *, seed: int = 0) -> Calibration | None:
    """Measure calibration.

    Parameters
    ----------
    predictions : Predictions
        Of a classification, with truth and probabilities.
    seed : int, default 0
        Of the bootstrap draws.

    Returns
    -------
    Calibration or None
        None where a probability is NaN or there is no row. The limits of the error are those of the bootstrap; since
        noise can only raise the error, the lower one also allows for what chance would do to calibrated
        probabilities.

    Raises
    ------
    UsageError
        If truth or probabilities are missing.
    """
    score, came_true = _claims(predictions)
    if len(score) == 0 or np.isnan(score).any():
        return None
    codes = _bins(score)
    weight = weights_of(predictions)
    error = _error(score - came_true, codes)
    value = float(error(weight[None, :])[0])
    draws = replicates([lambda counts: error(counts * weight)], predictions, resamples=200, seed=seed)[0]
    low, high = limits(draws, value, units_of(predictions)[0])
    chance = _chance(score, codes, weight, seed)
    low = min(low, value - chance)
    members = [codes == code for code in range(codes.max() + 1)]
    return Calibration(
        of=predictions.positive,
        error=Interval(value, max(low, 0.0), min(high, 1.0), len(score)),
        chance=chance,
        bins=tuple(_bin(score, came_true, among, predictions) for among in members),
    )


def _claims(predictions: Predictions) -> tuple[FloatArray, Mask]:
    """Return the probability claimed for each row, and whether it came true."""
    labels = labels_of(predictions)
    given = probabilities_of(predictions, labels)
    if labels.positive is not None:
        return given[:, labels.positive], labels.truth == labels.positive
    return given[np.arange(len(given)), labels.prediction], labels.truth == labels.prediction


def _bins(score: FloatArray) -> IntArray:
    """Bin of each row; equal probabilities share a bin, and bins hold about equally many rows."""
    count = int(np.clip(len(score) // MIN_BIN_ROWS, 1, BINS))
    edges = np.quantile(score, np.linspace(0, 1, count + 1)[1:-1], method="inverted_cdf")
    codes = np.searchsorted(np.unique(edges), score, side="left")
    return np.unique(codes, return_inverse=True)[1]


def _error(gap: FloatArray, codes: IntArray) -> Statistic:
    # Weight times distance of a bin is the absolute sum of its rows' differences.
    size = int(codes.max()) + 1

    def compute(weights: FloatArray) -> FloatArray:
        total = weights.sum(axis=1)
        distance = np.abs(sums_by_code(codes, weights * gap, size)).sum(axis=1)
        return ratio(distance, total)

    return compute


def _chance(score: FloatArray, codes: IntArray, weight: FloatArray, seed: int) -> float:
    """Return what the error stays below, 97.5 times of 100, if every row comes true with just its probability."""
    random = np.random.default_rng(seed)
    errors = [
        _error(score - (random.random(len(score)) < score), codes)(weight[None, :])[0] for _ in range(_SIMULATIONS)
    ]
    return float(np.quantile(errors, 0.975))


def _bin(score: FloatArray, came_true: Mask, among: Mask, predictions: Predictions) -> Bin:
    weight = weights_of(predictions)[among]
    total = weight.sum()
    predicted = float(weight @ score[among] / total) if total > 0 else float(score[among].mean())
    return Bin(predicted, share_of(came_true, among, predictions))
