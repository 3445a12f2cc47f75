"""How far two samples are apart: distances over counts in the same cells, and the tests that belong to them.

Every function takes the counts of the baseline (``m`` rows) and of the rows now (``n`` rows) in the same cells.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.float64]

#: Added to every cell before a logarithm is taken (Krichevsky and Trofimov, 1981), so that an empty cell is finite.
_HALF_A_ROW = 0.5


def shares(counts: Counts) -> Counts:
    """Return the share of each cell, shape (k,); zeros where there is no row."""
    total = counts.sum()
    return counts / total if total else np.zeros(len(counts))


def population_stability(baseline: Counts, now: Counts) -> float:
    """Return the population stability index, ``sum((q - p) * ln(q / p))``: 0 where nothing moved, without upper bound.

    Parameters
    ----------
    baseline, now : ndarray, shape (k,)
        Counts per cell; half a row is added to each cell that either sample fills.

    References
    ----------
    N. Siddiqi (2006), *Credit Risk Scorecards*; it is the symmetric divergence of H. Jeffreys (1946).
    """
    used = (baseline > 0) | (now > 0)
    p, q = shares(baseline[used] + _HALF_A_ROW), shares(now[used] + _HALF_A_ROW)
    return float(np.sum((q - p) * np.log(q / p)))


def jensen_shannon(baseline: Counts, now: Counts) -> float:
    """Return the Jensen-Shannon distance: 0 where nothing moved, 1 where no value is shared.

    Parameters
    ----------
    baseline, now : ndarray, shape (k,)
        Counts per cell.

    References
    ----------
    J. Lin (1991), *Divergence measures based on the Shannon entropy*; D. Endres and J. Schindelin (2003) show that its
    square root is a metric. Logarithms to base 2.
    """
    p, q = shares(baseline), shares(now)
    middle = (p + q) / 2
    divergence = (_relative_entropy(p, middle) + _relative_entropy(q, middle)) / 2
    return math.sqrt(min(1.0, max(0.0, divergence)))


def _relative_entropy(p: Counts, q: Counts) -> float:
    filled = p > 0
    return float(np.sum(p[filled] * np.log2(p[filled] / q[filled])))


def chi_square(baseline: Counts, now: Counts) -> tuple[float, float]:
    """Test whether two samples of labels come from one distribution (Pearson's test of homogeneity).

    Parameters
    ----------
    baseline, now : ndarray, shape (k,)
        Counts per cell.

    Returns
    -------
    statistic, p_value : float
        0 and 1 where fewer than two cells are filled.
    """
    from scipy.special import chdtrc

    used = (baseline > 0) | (now > 0)
    table = np.stack([baseline[used], now[used]])
    if table.shape[1] < 2 or not np.all(table.sum(axis=1)):
        return 0.0, 1.0
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    statistic = float(np.sum((table - expected) ** 2 / expected))
    return statistic, float(chdtrc(table.shape[1] - 1, statistic))


def cramers_v(baseline: Counts, now: Counts) -> float:
    """Return Cramér's V of the table of both samples, as if they were equally large: 0 to 1.

    With two samples it is also Cohen's w, of which 0.1 is called a small, 0.3 a medium and 0.5 a large effect.

    Parameters
    ----------
    baseline, now : ndarray, shape (k,)
        Counts per cell.

    References
    ----------
    H. Cramér (1946), *Mathematical Methods of Statistics*, chapter 21; J. Cohen (1988), *Statistical Power Analysis for
    the Behavioral Sciences*, chapter 7.
    """
    used = (baseline > 0) | (now > 0)
    p, q = shares(baseline[used]), shares(now[used])
    return math.sqrt(float(np.sum((q - p) ** 2 / (p + q))) / 2)


def kolmogorov_smirnov(baseline: Counts, now: Counts, rows_baseline: int, rows_now: int) -> tuple[float, float]:
    """Compare two samples of numbers by the largest gap between their distribution functions.

    Parameters
    ----------
    baseline, now : ndarray, shape (g,)
        Share of the rows at or below each of g points, 0 to 1.
    rows_baseline, rows_now : int
        Rows behind them.

    Returns
    -------
    statistic, p_value : float
        The gap at the points given: between two points it may be larger by the baseline's step at most, so the
        statistic is a lower bound and the p-value (asymptotic, Kolmogorov 1933; Smirnov 1948) an upper one.
    """
    from scipy.special import kolmogorov

    if not (rows_baseline and rows_now and len(baseline)):
        return 0.0, 1.0
    statistic = float(np.max(np.abs(now - baseline)))
    scale: Any = math.sqrt(rows_baseline * rows_now / (rows_baseline + rows_now))
    return statistic, float(kolmogorov(scale * statistic))
