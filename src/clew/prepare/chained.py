"""Chained regressions: each column with gaps is predicted from the others, again and again, until they agree.

The method is that of multivariate imputation by chained equations (van Buuren and Groothuis-Oudshoorn 2011) with the
Bayesian ridge regression of MacKay (1992), as in scikit-learn's ``IterativeImputer``. Here it works on sums of products
instead of rows: for p columns, a regression costs p² per *incomplete* row and nothing for the others.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Of the fixed point that a Bayesian ridge regression searches: steps at most, when it stands, and its vague priors.
_STEPS, _STANDS, _PRIOR = 300, 1e-3, 1e-6
_EPSILON = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, slots=True, eq=False)
class Regression:
    """How one column follows from the others in one round.

    Parameters
    ----------
    column : int
        Position of the column.
    intercept : float
        Constant part.
    weights : tuple of float
        One per column; its own is 0.
    """

    column: int
    intercept: float
    weights: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """Chained regressions, learnt.

    Parameters
    ----------
    start : tuple of float or None
        First guess per column, its mean; None for a column that cannot be guessed.
    low, high : tuple of float
        Smallest and largest value seen per column.
    rounds : tuple of tuple of Regression
        What is predicted, in order, in each round.
    agreed : bool
        Whether the last round changed nothing that matters.
    """

    start: tuple[float | None, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    rounds: tuple[tuple[Regression, ...], ...]
    agreed: bool


def learn(values: Floats, *, alpha: float | None, max_iter: int, tol: float, bounded: bool) -> Chain:
    """Learn chained regressions.

    Parameters
    ----------
    values : ndarray, shape (rows, columns)
        Training rows; what is not finite counts as missing.
    alpha : float, optional
        Strength of a ridge regression on standardised columns; Bayesian ridge, which finds its own, if None.
    max_iter : int
        Rounds at most.
    tol : float
        Rounds end when the guesses of no row, taken together, move by more than this share of the largest standardised
        value.
    bounded : bool
        Whether guesses are kept between the smallest and the largest value seen.
    """
    there = np.isfinite(values)
    count = there.sum(axis=0)
    with np.errstate(over="ignore", invalid="ignore"):
        low = np.where(there, values, np.inf).min(axis=0, initial=np.inf)
        high = np.where(there, values, -np.inf).max(axis=0, initial=-np.inf)
        mean = np.where(there, values, 0.0).sum(axis=0) / np.maximum(count, 1)
        spread = np.sqrt((np.where(there, values - mean, 0.0) ** 2).sum(axis=0) / np.maximum(count, 1))
    known = np.flatnonzero((count > 0) & np.isfinite(mean) & np.isfinite(spread))
    unit = np.where((spread > 0) & np.isfinite(spread), spread, 1.0)
    start = tuple(float(mean[j]) if j in set(known.tolist()) else None for j in range(values.shape[1]))
    low, high = np.where(count > 0, low, 0.0), np.where(count > 0, high, 0.0)
    rounds: list[tuple[Regression, ...]] = []
    agreed = len(known) < 2
    if not agreed:
        scaled = np.where(there[:, known], (values[:, known] - mean[known]) / unit[known], 0.0)
        edges = ((low - mean) / unit, (high - mean) / unit) if bounded else (None, None)
        table = _Table(scaled, ~there[:, known], *(None if edge is None else edge[known] for edge in edges))
        for fitted, change in table.rounds(alpha, max_iter):
            rounds.append(tuple(_raw(item, known, mean, unit) for item in fitted))
            agreed = change < tol * table.largest
            if agreed:
                break
    return Chain(start, tuple(low.tolist()), tuple(high.tolist()), tuple(rounds), agreed)


class _Table:
    """Standardised columns with their gaps filled so far, and the sums of products over all rows."""

    def __init__(self, values: Floats, gaps: NDArray[np.bool_], low: Floats | None, high: Floats | None) -> None:
        # A leading column of ones: its sums are the counts and totals that a regression centres by.
        self.values = np.hstack([np.ones((len(values), 1)), values])
        self.products = self.values.T @ self.values
        self.gaps = [np.flatnonzero(gaps[:, j]) for j in range(gaps.shape[1])]
        self.low, self.high = low, high
        self.largest = float(np.abs(values).max(initial=0.0))

    def rounds(self, alpha: float | None, count: int) -> Iterator[tuple[list[Regression], float]]:
        """Yield the regressions of each round, and how far the guesses of a row, taken together, moved at most."""
        # Columns with few gaps first: they are the surest help for the others.
        order = np.argsort([len(rows) for rows in self.gaps], kind="stable")
        for _ in range(count):
            moved = np.zeros(len(self.values))
            yield [self._predict(int(j), alpha, moved) for j in order], float(moved.max(initial=0.0))

    def _predict(self, j: int, alpha: float | None, moved: Floats) -> Regression:
        rows = self.gaps[j]
        others = np.array([k for k in range(len(self.gaps)) if k != j])
        incomplete = self.values[rows]
        products = self.products - incomplete.T @ incomplete
        if 2 * len(rows) > len(self.values):
            # Few rows are left: their sums are exact, the difference of two large ones is not.
            rest = np.delete(self.values, rows, axis=0)
            products = rest.T @ rest
        weights, intercept = _regress(products, others + 1, j + 1, alpha)
        full = np.zeros(len(self.gaps))
        full[others] = weights
        guesses = intercept + incomplete[:, 1:] @ full
        if self.low is not None and self.high is not None:
            guesses = np.clip(guesses, self.low[j], self.high[j])
        change = guesses - incomplete[:, j + 1]
        self.values[rows, j + 1] = guesses
        self._update(incomplete, change, guesses, j + 1)
        moved[rows] += np.abs(change)
        return Regression(j, intercept, tuple(full.tolist()))

    def _update(self, before: Floats, change: Floats, guesses: Floats, place: int) -> None:
        """Correct the sums of products for new guesses in one column."""
        moved = before.T @ change
        squares = float(guesses @ guesses) - float(before[:, place] @ before[:, place])
        self.products[:, place] += moved
        self.products[place, :] += moved
        self.products[place, place] += squares - 2.0 * moved[place]


def _regress(products: Floats, others: NDArray[np.int64], own: int, alpha: float | None) -> tuple[Floats, float]:
    """Return weights and intercept from sums of products, whose first row and column belong to a column of ones."""
    rows = products[0, 0]
    if rows <= 0:
        return np.zeros(len(others)), 0.0
    means, mean = products[0, others] / rows, products[0, own] / rows
    inner = products[np.ix_(others, others)] - rows * np.outer(means, means)
    outer = products[others, own] - rows * means * mean
    square = max(float(products[own, own] - rows * mean * mean), 0.0)
    values, vectors = np.linalg.eigh(inner)
    values, along = np.maximum(values, 0.0), vectors.T @ outer
    weights = _bayes(values, vectors, along, inner, outer, square, float(rows)) if alpha is None else None
    if weights is None:
        shrunk = values + (alpha or 0.0)
        weights = vectors @ np.divide(along, shrunk, out=np.zeros_like(along), where=shrunk > 0)
    return weights, float(mean - means @ weights)


def _bayes(
    values: Floats, vectors: Floats, along: Floats, inner: Floats, outer: Floats, square: float, rows: float
) -> Floats:
    """Return the weights of a Bayesian ridge regression: the precision of noise and of weights is found from the rows.

    Parameters
    ----------
    values, vectors : ndarray
        Eigenvalues and eigenvectors of `inner`.
    along : ndarray, shape (columns,)
        `outer` in the directions of the eigenvectors.
    inner, outer, square, rows : ndarray and float
        Centred sums of products: columns with columns, columns with the target, the target with itself; number of rows.
    """
    noise, weight = 1.0 / (square / rows + _EPSILON), 1.0
    before = None
    for _ in range(_STEPS):
        weights: Floats = vectors @ (along / (values + weight / noise))
        error = max(square - 2.0 * float(outer @ weights) + float(weights @ inner @ weights), 0.0)
        used = float((noise * values / (weight + noise * values)).sum())
        weight = (used + 2.0 * _PRIOR) / (float(weights @ weights) + 2.0 * _PRIOR)
        noise = (rows - used + 2.0 * _PRIOR) / (error + 2.0 * _PRIOR)
        if before is not None and np.abs(before - weights).sum() < _STANDS:
            break
        before = weights
    final: Floats = vectors @ (along / (values + weight / noise))
    return final


def _raw(item: Regression, known: NDArray[np.int64], mean: Floats, unit: Floats) -> Regression:
    """Return a regression among standardised columns as one among the columns themselves."""
    own = int(known[item.column])
    weights = np.zeros(len(mean))
    weights[known] = np.array(item.weights) * unit[own] / unit[known]
    intercept = mean[own] + item.intercept * unit[own] - float(weights[known] @ mean[known])
    return Regression(own, float(intercept), tuple(weights.tolist()))


def guess(chain: Chain, columns: Sequence[Floats], *, bounded: bool) -> list[Floats]:
    """Return columns with what is NaN in them replaced by its guess.

    Every figure is computed in the order in which `guess_row` computes it, so that both give the same bits.

    Parameters
    ----------
    chain : Chain
        What was learnt.
    columns : sequence of ndarray, shape (rows,)
        NaN where a value is missing.
    bounded : bool
        Whether guesses are kept between the smallest and the largest value seen.
    """
    gaps = [np.flatnonzero(np.isnan(values)) for values in columns]
    helping = [_helping(values, start) for values, start in zip(columns, chain.start, strict=True)]
    with np.errstate(over="ignore", invalid="ignore"):
        for regressions in chain.rounds:
            for item in regressions:
                rows = gaps[item.column]
                if len(rows):
                    total = np.full(len(rows), item.intercept)
                    for k, weight in enumerate(item.weights):
                        if weight:
                            total = total + weight * helping[k][rows]
                    helping[item.column][rows] = _kept(total, chain, item.column, bounded=bounded)
    result = []
    for values, rows, helped, start in zip(columns, gaps, helping, chain.start, strict=True):
        values = values.copy()
        if start is not None:
            values[rows] = helped[rows]
        result.append(values)
    return result


def guess_row(chain: Chain, values: Sequence[float | None], *, bounded: bool) -> tuple[float | None, ...]:
    """Return one row with what is None in it replaced by its guess; as `guess`."""
    gaps = {j for j, value in enumerate(values) if value is None}
    if not gaps:
        return tuple(values)
    helping = [
        (start if start is not None else 0.0) if value is None or value - value != 0.0 else value
        for value, start in zip(values, chain.start, strict=True)
    ]
    for regressions in chain.rounds:
        for item in regressions:
            j = item.column
            if j in gaps:
                total = item.intercept
                for k, weight in enumerate(item.weights):
                    if weight:
                        total = total + weight * helping[k]
                if total != total:
                    total = chain.start[j] or 0.0
                if bounded:
                    total = min(max(total, chain.low[j]), chain.high[j])
                helping[j] = total
    return tuple(helping[j] if j in gaps and chain.start[j] is not None else value for j, value in enumerate(values))


def _helping(values: Floats, start: float | None) -> Floats:
    """Return what a column contributes to the guesses for others: its first guess where it is missing or infinite."""
    return np.where(np.isfinite(values), values, 0.0 if start is None else start)


def _kept(total: Floats, chain: Chain, j: int, *, bounded: bool) -> Floats:
    total = np.where(np.isnan(total), chain.start[j] or 0.0, total)
    return np.minimum(np.maximum(total, chain.low[j]), chain.high[j]) if bounded else total
