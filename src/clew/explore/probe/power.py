"""How much predictions say about the target, and how much they would say by chance."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clew.core.predictions import Predictions

#: Times the target is shuffled.
SHUFFLES = 200

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Power:
    """Predictive power of predictions, on the scale of `clew.explore.associations`.

    Parameters
    ----------
    value : float
        0 (no better than a guess) to 1 (certainty): for labels twice the area under the ROC curve minus 1, averaged
        over the labels; for numbers the squared rank correlation of prediction and truth.
    chance : float
        What a target that has nothing to do with the features reaches in one of 20 cases.
    p_value : float
        How often a shuffled target is told as well as the real one.
    rows : int
        Rows that were judged.
    """

    value: float
    chance: float
    p_value: float
    rows: int

    @property
    def beyond_chance(self) -> float:
        """Power beyond what chance reaches, as a share of what it leaves, from 0 to 1."""
        return max(0.0, (self.value - self.chance) / (1 - self.chance)) if self.chance < 1 else 0.0

    def to_dict(self) -> dict[str, float | int]:
        """Return the fields and ``beyond_chance`` as JSON-ready values."""
        return {
            "power": self.value,
            "chance": self.chance,
            "beyond_chance": self.beyond_chance,
            "p_value": self.p_value,
            "rows": self.rows,
        }


def power_of(predictions: Predictions, *, seed: int = 0) -> Power:
    """Measure the power of predictions for rows that had no say, against that for a shuffled target.

    The truth of the judged rows is dealt anew 200 times. Since no model saw it, that is the distribution of the figure
    for features without any relation to the target (permutation test; Ojala and Garriga 2010, JMLR 11).

    Parameters
    ----------
    predictions : Predictions
        With truth; probabilities for labels.
    seed : int, default 0
        Of the shuffles.
    """
    scores, truth = _ranked(predictions)
    random = np.random.default_rng(seed)
    drawn = np.array([_figure(scores, truth[random.permutation(len(truth))]) for _ in range(SHUFFLES)])
    value = _figure(scores, truth)
    as_good = 1 + int((drawn >= value).sum())
    clipped = np.clip(drawn, 0.0, 1.0)
    return Power(
        float(np.clip(value, 0.0, 1.0)), float(np.quantile(clipped, 0.95)), as_good / (SHUFFLES + 1), len(truth)
    )


def _ranked(predictions: Predictions) -> tuple[Floats, Floats]:
    """Return ranks of the scores, and truth as 0 and 1 per label or as ranks, each of shape (n, k)."""
    from scipy.stats import rankdata

    if predictions.probabilities is None:
        return rankdata(predictions.prediction)[:, None], rankdata(np.asarray(predictions.truth, np.float64))[:, None]
    labels = np.array([predictions.classes.index(label) for label in np.asarray(predictions.truth)])
    scores = rankdata(predictions.probabilities, axis=0)
    flags: Floats = np.eye(len(predictions.classes))[labels]
    # Two labels mirror each other.
    return (scores[:, 1:], flags[:, 1:]) if flags.shape[1] == 2 else (scores, flags)


def _figure(scores: Floats, truth: Floats) -> float:
    if not np.all((truth == 0) | (truth == 1)):
        return _rank_correlation(scores[:, 0], truth[:, 0])
    rows, positive = len(truth), truth.sum(axis=0)
    pairs = positive * (rows - positive)
    known = pairs > 0
    # The area under the ROC curve from the sum of ranks (Mann and Whitney 1947).
    sums = np.einsum("ij,ij->j", scores, truth)
    areas = (sums[known] - positive[known] * (positive[known] + 1) / 2) / pairs[known]
    return 2 * float(areas.mean()) - 1 if known.any() else 0.0


def _rank_correlation(scores: Floats, truth: Floats) -> float:
    """Return the squared correlation, 0 where it is negative: a prediction that points the wrong way says nothing."""
    if not scores.std() or not truth.std():
        return 0.0
    return max(float(np.corrcoef(scores, truth)[0, 1]), 0.0) ** 2
