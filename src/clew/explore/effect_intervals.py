"""95 % intervals of Cramér's V and of the correlation ratio, both corrected for chance as in `correlation_measures`.

Both are roots of a share of explained variation. Its error has two parts: what it varies by where there is an effect,
by the delta method from the very rows (so heavy tails count), and what chance varies by where there is none,
``2 df / rows²``, the variance of chi-square; the second takes over where the first vanishes. The tests count how often
the intervals hold the true value.
"""

import math
from statistics import NormalDist

import numpy as np

from clew.explore.correlation_measures import Codes, Floats

_REACH = NormalDist().inv_cdf(0.975)


def cramers_v_interval(table: Floats) -> tuple[float, float]:
    """Return the 95 % interval of Cramér's V.

    Parameters
    ----------
    table : ndarray, shape (labels of one, labels of other)
        Rows of each pair of labels; every label occurs.

    Returns
    -------
    low, high : float
        0 to 1; NaN without two of each label.

    References
    ----------
    Y. M. M. Bishop, S. E. Fienberg and P. W. Holland (1975), *Discrete Multivariate Analysis*, chapter 11, for the
    error; W. Bergsma (2013) for the correction.
    """
    rows, (high, wide) = float(table.sum()), table.shape
    if min(high, wide) < 2 or rows < 2:
        return math.nan, math.nan
    share = table / rows
    one, other = share.sum(axis=1), share.sum(axis=0)
    ratio = share / np.outer(one, other)
    squared = float((share * ratio).sum()) - 1
    free = (high - 1) * (wide - 1)
    # The derivative of sum(p_ij² / (p_i. p_.j)) by each p_ij.
    slope = 2 * ratio - ((share * ratio).sum(axis=1) / one)[:, None] - ((share * ratio).sum(axis=0) / other)[None, :]
    spread = float((share * slope**2).sum() - (share * slope).sum() ** 2)
    error = math.sqrt(max(spread, 0.0) / rows + 2 * free / rows**2)
    squared -= free / (rows - 1)
    least = min(high - (high - 1) ** 2 / (rows - 1), wide - (wide - 1) ** 2 / (rows - 1)) - 1
    return _roots(squared, error, least) if least > 0 else (math.nan, math.nan)


def correlation_ratio_interval(codes: Codes, numbers: Floats) -> tuple[float, float]:
    """Return the 95 % interval of the correlation ratio.

    Parameters
    ----------
    codes : ndarray of int64, shape (rows,)
        Label of each row, from 0.
    numbers : ndarray, shape (rows,)
        Its number, finite.

    Returns
    -------
    low, high : float
        0 to 1; NaN where no label repeats or nothing varies.
    """
    rows = len(codes)
    counts = np.bincount(codes)
    groups = int((counts > 0).sum())
    if groups < 2 or groups >= rows:
        return math.nan, math.nan
    spread = np.abs(numbers).max()
    scaled = numbers / spread if spread > 0 else numbers
    means = np.bincount(codes, weights=scaled) / np.maximum(counts, 1)
    inside, around = (scaled - means[codes]) ** 2, (scaled - scaled.mean()) ** 2
    within, total = float(inside.mean()), float(around.mean())
    if not total > 1e-15 * float((scaled**2).mean()):
        return math.nan, math.nan
    left = within / total
    influence = (left * around - inside) / total
    error = math.sqrt(float((influence**2).mean()) / rows + 2 * (groups - 1) / rows**2)
    return _roots(1 - left * (rows - 1) / (rows - groups), error, 1.0)


def _roots(squared: float, error: float, largest: float) -> tuple[float, float]:
    low, high = ((squared + side * _REACH * error) / largest for side in (-1, 1))
    return math.sqrt(min(1.0, max(0.0, low))), math.sqrt(min(1.0, max(0.0, high)))
