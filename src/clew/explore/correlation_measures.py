"""Measures of how two columns go together, for numbers, for labels, and for one of each.

Labels come as codes from 0, -1 where missing; numbers as floats, NaN where missing. A pair is judged on the rows in
which both are there.
"""

import math
from itertools import combinations
from statistics import NormalDist

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


def product_moments(numbers: Floats) -> tuple[Floats, Floats]:
    """Return Pearson's correlation of all pairs of columns, and the rows behind each.

    Parameters
    ----------
    numbers : ndarray, shape (rows, columns)
        NaN where missing.

    Returns
    -------
    correlation, rows : ndarray, shape (columns, columns)
        NaN where fewer than three rows have both, or where nothing varies.
    """
    there = np.isfinite(numbers)
    centred, known = standardised(numbers), there.astype(np.float64)
    rows: Floats = known.T @ known
    sums, squares, products = centred.T @ known, (centred**2).T @ known, centred.T @ centred
    with np.errstate(invalid="ignore", divide="ignore"):
        covariance = products - sums * sums.T / rows
        spread = _spread(squares, sums, rows)
        result = covariance / np.sqrt(spread * spread.T)
    result[(rows < 3) | ~np.isfinite(result)] = np.nan
    return np.asarray(np.clip(result, -1.0, 1.0), dtype=np.float64), rows


def _spread(squares: Floats, sums: Floats, rows: Floats) -> Floats:
    """Return the sum of squares around the mean; what rounding leaves of a constant is no spread."""
    spread = squares - sums**2 / rows
    return np.asarray(np.where(spread > 1e-12 * squares, spread, 0.0), dtype=np.float64)


def standardised(numbers: Floats) -> Floats:
    """Bring columns, shape (rows, columns), to mean 0 and spread 1, so that large ones lose no digits; 0 for NaN."""
    there = np.isfinite(numbers)
    result = np.where(there, numbers, 0.0)
    count = np.maximum(there.sum(axis=0), 1)
    with np.errstate(over="ignore", invalid="ignore"):
        largest = np.abs(result).max(axis=0, initial=0.0)
        result = np.divide(result, largest, out=np.zeros_like(result), where=largest > 0)
        result = np.where(there, result - result.sum(axis=0) / count, 0.0)
        spread = np.sqrt((result**2).sum(axis=0) / count)
    return np.asarray(np.divide(result, spread, out=np.zeros_like(result), where=spread > 0), dtype=np.float64)


def ranks(numbers: Floats) -> Floats:
    """Return the ranks of each column, shape (rows, columns), ties averaged; NaN stays."""
    if not numbers.size:
        return numbers
    ranked = pl.DataFrame(numbers).with_columns(pl.all().fill_nan(None).rank("average"))
    return np.asarray(ranked.cast(pl.Float64).to_numpy(), dtype=np.float64)


def rank_correlations(numbers: Floats) -> Floats:
    """Return Spearman's correlation of all pairs of columns, each ranked over the rows in which both are there.

    Parameters
    ----------
    numbers : ndarray, shape (rows, columns)
        NaN where missing.

    Returns
    -------
    ndarray, shape (columns, columns)
        NaN as for `product_moments`.
    """
    result, _ = product_moments(ranks(numbers))
    there = np.isfinite(numbers)
    alike: dict[bytes, list[int]] = {}
    for column in range(numbers.shape[1]):
        alike.setdefault(there[:, column].tobytes(), []).append(column)
    # Columns that lack values in the same rows are ranked over the same rows already.
    for one, other in combinations(alike.values(), 2):
        both = there[:, one[0]] & there[:, other[0]]
        shared, _ = product_moments(ranks(numbers[both][:, [*one, *other]]))
        block = shared[: len(one), len(one) :]
        result[np.ix_(one, other)], result[np.ix_(other, one)] = block, block.T
    return result


def fisher_interval(correlation: float, rows: float, *, of_ranks: bool) -> tuple[float, float]:
    """Return the 95 % interval of a correlation.

    Parameters
    ----------
    correlation : float
        Pearson's, or Spearman's of ranks.
    rows : float
        Rows behind it.
    of_ranks : bool
        Whether it is Spearman's.

    References
    ----------
    R. A. Fisher (1921), *On the probable error of a coefficient of correlation*; for ranks the wider error of
    D. G. Bonett and T. A. Wright (2000, *Psychometrika* 65).
    """
    if rows <= 3:
        return -1.0, 1.0
    if abs(correlation) >= 1:
        return correlation, correlation
    error = math.sqrt((1 + correlation**2 / 2 if of_ranks else 1.0) / (rows - 3))
    reach, at = NormalDist().inv_cdf(0.975) * error, math.atanh(correlation)
    return math.tanh(at - reach), math.tanh(at + reach)


def contingency(one: Codes, other: Codes) -> Floats:
    """Count how often each pair of labels occurs together, shape (labels of one, labels of other)."""
    both = (one >= 0) & (other >= 0)
    if not both.any():
        return np.zeros((0, 0))
    one, other = one[both], other[both]
    wide = int(other.max()) + 1
    counts = np.bincount(one * wide + other, minlength=(int(one.max()) + 1) * wide).reshape(-1, wide)
    used: Floats = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0].astype(np.float64)
    return used


def cramers_v(table: Floats) -> float:
    """Return Cramér's V of a table of counts, corrected for what chance adds: 0 to 1; NaN without two of each label.

    References
    ----------
    H. Cramér (1946); W. Bergsma (2013), *A bias-correction for Cramér's V and Tschuprow's T*, Journal of the Korean
    Statistical Society 42.
    """
    rows, (high, wide) = table.sum(), table.shape
    if min(high, wide) < 2 or rows < 2:
        return math.nan
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / rows
    squared = float(((table - expected) ** 2 / expected).sum() / rows)
    squared = max(0.0, squared - (high - 1) * (wide - 1) / (rows - 1))
    high_left, wide_left = high - (high - 1) ** 2 / (rows - 1), wide - (wide - 1) ** 2 / (rows - 1)
    least = min(high_left, wide_left) - 1
    return math.sqrt(min(1.0, squared / least)) if least > 0 else math.nan


def mutual_information(table: Floats) -> float:
    """Return how much of the smaller entropy two labels share: 0 to 1; NaN without two of each label.

    It is the mutual information divided by the smaller of both entropies, so 1 means that one label follows from the
    other. What chance adds on average, (labels - 1)(labels - 1) / (2 rows), is taken off first.

    References
    ----------
    G. A. Miller (1955), *Note on the bias of information estimates*.
    """
    rows, (high, wide) = table.sum(), table.shape
    if min(high, wide) < 2:
        return math.nan
    across, down, joint = (_entropy(part / rows) for part in (table.sum(axis=1), table.sum(axis=0), table.ravel()))
    shared = across + down - joint - (high - 1) * (wide - 1) / (2 * rows)
    return float(min(1.0, max(0.0, shared / min(across, down))))


def _entropy(shares: Floats) -> float:
    filled = shares[shares > 0]
    return float(-(filled * np.log(filled)).sum())


def correlation_ratios(codes: Codes, centred: Floats, there: NDArray[np.bool_]) -> tuple[Floats, Codes]:
    """Return how much of each number's variance a label explains, as a root: 0 to 1; and the rows with both.

    Corrected for what chance adds, so that many labels with few rows each explain nothing.

    Parameters
    ----------
    codes : ndarray, shape (rows,)
        The label.
    centred : ndarray, shape (rows, columns)
        Numbers, as of `standardised`.
    there : ndarray of bool, shape (rows, columns)
        Where they are not missing.

    Returns
    -------
    values : ndarray, shape (columns,)
        NaN where no label repeats or nothing varies.
    rows : ndarray of int64, shape (columns,)
        Rows with label and number.

    References
    ----------
    K. Pearson (1905) and R. A. Fisher (1925) for eta; T. L. Kelley (1935), *An unbiased correlation ratio measure*,
    Proceedings of the National Academy of Sciences 21.
    """
    known = np.flatnonzero(codes >= 0)
    if not len(known) or not centred.shape[1]:
        return np.full(centred.shape[1], np.nan), np.zeros(centred.shape[1], dtype=np.int64)
    order = known[np.argsort(codes[known], kind="stable")]
    starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
    values = centred[order]
    sums = np.add.reduceat(values, starts, axis=0)
    counts = np.add.reduceat(there[order], starts, axis=0, dtype=np.float64)
    rows, groups = counts.sum(axis=0), (counts > 0).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        total = _spread((values**2).sum(axis=0), sums.sum(axis=0), rows)
        between = np.nansum(sums**2 / counts, axis=0) - sums.sum(axis=0) ** 2 / rows
        within = np.maximum(total - between, 0.0)
        explained = 1 - within / (rows - groups) * (rows - 1) / total
        result = np.sqrt(np.clip(explained, 0.0, 1.0))
    result[(groups < 2) | (groups >= rows) | (total <= 0)] = np.nan
    return result, rows.astype(np.int64)
