"""From which score on a row counts as anomalous."""

import numpy as np

from clew.train.points.terms import Floats

#: Robust deviations beyond the median (Iglewicz and Hoaglin 1993), and the share of rows that is never exceeded.
_DEVIATIONS, _MOST = 3.5, 0.05
#: Turns the median deviation of normal scores into their standard deviation.
_NORMAL = 1.4826


def threshold(scores: Floats, contamination: float | None) -> float:
    """Return the score beyond which a row is anomalous.

    Parameters
    ----------
    scores : ndarray, shape (n,)
        Of training rows: the higher, the odder.
    contamination : float, optional
        Share of the rows beyond it; fewer are where scores tie. By default it lies three and a half robust deviations
        above the median; the deviation is taken from the upper half of the rows, since scores lean to that side; and at
        the score that no more than 5 % of the rows exceed where that is higher.
    """
    ordered = np.sort(scores)
    if contamination is not None:
        return float(ordered[-1 - wanted(contamination, len(scores))])
    median = float(np.median(ordered))
    above = ordered[(len(ordered) + 1) // 2 :] - median
    deviation = _NORMAL * float(np.median(above)) if len(above) else 0.0
    return max(median + _DEVIATIONS * deviation, float(ordered[-1 - _part(_MOST, len(ordered))]))


def wanted(contamination: float, rows: int) -> int:
    """Return how many rows are to be anomalous: the share of them, rounded down, but one at least."""
    return max(1, _part(contamination, rows))


def _part(share: float, rows: int) -> int:
    # A share such as 0.29 of 100 must not become 28 for want of a last bit.
    return int(share * rows * (1 + 1e-12))
