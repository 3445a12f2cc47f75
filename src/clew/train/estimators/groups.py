"""Which categories have a coefficient of their own."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clew.prepare.matrix import Matrix
from clew.train.estimators.base import Floats

#: Rows from which on a category has its own coefficient, and such categories of a column, unless told otherwise.
_FEWEST_ROWS, MOST_LEVELS = 5, 60


@dataclass(frozen=True)
class Groups:
    """Which coefficient each category takes: frequent ones their own, the others, missing and unseen ones a common one.

    Parameters
    ----------
    position : ndarray of int64, shape (levels of all columns + q,)
        Term of each category, column after column, each column ending with what is missing or unseen.
    starts : ndarray of int64, shape (q + 1,)
        Where each column starts in `position`.
    terms : ndarray, shape ()
        Number of terms.
    """

    position: NDArray[np.int64]
    starts: NDArray[np.int64]
    terms: NDArray[np.int64]

    @classmethod
    def fit(cls, matrix: Matrix, most: int = MOST_LEVELS) -> "Groups":
        """Count the training rows of each category.

        Parameters
        ----------
        matrix : Matrix
            The training rows.
        most : int, default 60
            Categories of a column with a coefficient of their own, at most.
        """
        positions, terms = [np.empty(0, dtype=np.int64)], 0
        for codes, names in zip(matrix.codes.T, matrix.layout.levels, strict=True):
            rows = np.bincount(codes[codes >= 0], minlength=len(names))
            common = np.sort(np.argsort(-rows, kind="stable")[:most])
            common = common[rows[common] >= _FEWEST_ROWS]
            own = np.full(len(names) + 1, terms + len(common))
            own[common] = terms + np.arange(len(common))
            positions.append(own)
            terms += len(common) + 1
        sizes = [len(names) + 1 for names in matrix.layout.levels]
        starts = np.cumsum([0, *sizes]).astype(np.int64)
        return cls(np.concatenate(positions), starts, np.array(terms, dtype=np.int64))

    def of(self, codes: NDArray[np.int32]) -> NDArray[np.int64]:
        """Return the term that each category takes, for one row or many."""
        sizes = np.diff(self.starts) - 1
        known = (codes >= 0) & (codes < sizes)
        return self.position[self.starts[:-1] + np.where(known, codes, sizes)]

    def one_hot(self, matrix: Matrix) -> Floats:
        """Return a column for each term, shape (n, terms)."""
        hot = np.zeros((len(matrix.codes), int(self.terms)))
        for taken in self.of(matrix.codes).T:
            hot[np.arange(len(hot)), taken] = 1.0
        return hot
