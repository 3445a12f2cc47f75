"""The terms of a linear model: standardised numbers, marks of missing ones, and one-hot categories."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.prepare.matrix import Matrix
from clew.train.estimators.base import Floats

#: Standard deviations up to which a number counts; one wild value must not decide.
_LIMIT = 8.0


@dataclass(frozen=True)
class Scaling:
    """How numbers become terms, learnt from training rows.

    Terms stand in this order: every number, a mark for each number that was missing in training, every category with
    one more per column for what is missing or unseen.

    Parameters
    ----------
    middle, mean, inverse : ndarray of float64, shape (p,)
        Median, mean, and 1 / standard deviation of the filled column; 0 where the column is constant.
    marked : ndarray of int64
        Numeric columns with a missing value in training.
    starts : ndarray of int64, shape (q + 1,)
        Where the terms of each categorical column start, and the number of terms.
    """

    middle: Floats
    mean: Floats
    inverse: Floats
    marked: NDArray[np.int64]
    starts: NDArray[np.int64]

    @classmethod
    def fit(cls, matrix: Matrix) -> "Scaling":
        """Learn from training rows; a column without any value counts as constant."""
        numeric = matrix.numeric.astype(np.float64)
        missing = np.isnan(numeric)
        middle = np.zeros(numeric.shape[1])
        known = ~missing.all(axis=0)
        if known.any():
            middle[known] = np.nanmedian(numeric[:, known], axis=0)
        filled = np.where(missing, middle, numeric)
        mean, spread = filled.mean(axis=0), filled.std(axis=0)
        # A spread far below the values' own precision is rounding, not information.
        constant = spread <= 1e-7 * np.abs(mean)
        inverse = np.divide(1.0, spread, out=np.zeros_like(spread), where=~constant)
        marked = np.flatnonzero(missing.any(axis=0))
        sizes = [len(levels) + 1 for levels in matrix.layout.levels]
        starts = numeric.shape[1] + len(marked) + np.cumsum([0, *sizes])
        return cls(middle, mean, inverse, marked.astype(np.int64), starts.astype(np.int64))

    def columns(self, matrix: Matrix) -> Iterator[Floats]:
        """Yield the terms of the numbers, then the marks, each of shape (n,)."""
        for position, values in enumerate(matrix.numeric.T):
            value = values.astype(np.float64)
            value = np.where(np.isnan(value), self.middle[position], value)
            scaled = (value - self.mean[position]) * self.inverse[position]
            yield np.clip(scaled, -_LIMIT, _LIMIT)
        for position in self.marked:
            yield np.isnan(matrix.numeric[:, position]).astype(np.float64)

    def row(self, numeric: NDArray[np.float32]) -> Floats:
        """Return what `columns` yields for one row, shape (p + marks,)."""
        value = numeric.astype(np.float64)
        missing = np.isnan(value)
        scaled = (np.where(missing, self.middle, value) - self.mean) * self.inverse
        return np.concatenate([np.clip(scaled, -_LIMIT, _LIMIT), missing[self.marked].astype(np.float64)])

    def category_positions(self, codes: NDArray[np.int32]) -> NDArray[np.int64]:
        """Return the term that each category switches on, shape (n, q)."""
        sizes = np.diff(self.starts)
        known = (codes >= 0) & (codes < sizes - 1)
        return np.where(known, codes + 1, 0) + self.starts[:-1]


@dataclass(frozen=True)
class Design:
    """The terms of many rows, dense for numbers and sparse for categories.

    Parameters
    ----------
    dense : ndarray, shape (n, p + marks)
        Numbers and marks.
    sparse : scipy.sparse.csr_array, shape (n, categories)
        One-hot categories.
    """

    dense: Floats
    sparse: Any

    @classmethod
    def of(cls, matrix: Matrix, scaling: Scaling) -> "Design":
        """Compute the terms."""
        from scipy.sparse import csr_array

        rows, columns = matrix.codes.shape
        dense = np.empty((rows, int(scaling.starts[0])))
        for position, column in enumerate(scaling.columns(matrix)):
            dense[:, position] = column
        positions = (scaling.category_positions(matrix.codes) - scaling.starts[0]).ravel()
        bounds = np.arange(rows + 1) * columns
        shape = (rows, int(scaling.starts[-1] - scaling.starts[0]))
        return cls(dense, csr_array((np.ones(rows * columns), positions, bounds), shape=shape))

    @property
    def terms(self) -> int:
        """Number of terms."""
        return int(self.dense.shape[1] + self.sparse.shape[1])

    def times(self, coefficients: Floats) -> Floats:
        """Return the terms times the coefficients, shape (n, k)."""
        split = self.dense.shape[1]
        product: Floats = self.dense @ coefficients[:split] + self.sparse @ coefficients[split:]
        return product

    def transposed_times(self, values: Floats) -> Floats:
        """Return the transposed terms times one row of values per row, shape (terms, k)."""
        return np.concatenate([self.dense.T @ values, self.sparse.T @ values])
