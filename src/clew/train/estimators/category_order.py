"""Categories in the order of what they say about the target, so that trees over numbers can split them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.prepare.matrix import Matrix
from clew.train.estimators.base import Floats, Order, Part

#: Rows of the average case that are mixed into each category: a rare one says little.
_PRIOR_ROWS = 10.0
#: A category with fewer rows stands where the average stands: its own rows would give away their answer.
_FEWEST_ROWS = 15


@dataclass(frozen=True)
class CategoryOrder:
    """A rank for each category of each column.

    With two classes or a number the order of the means finds the best split in two sets (Breiman et al. 1984); with
    more classes the first principal component of the classes' shares comes close (Coppersmith, Hong & Hosking 1999).

    Parameters
    ----------
    numeric : int
        Number of numeric columns, which come first.
    ranks : ndarray of float32, shape (levels of all columns,)
        Rank of each category, or the score that ranks it, column after column.
    starts : ndarray of int32, shape (q + 1,)
        Where each column starts in `ranks`, and its length.
    """

    numeric: int
    ranks: NDArray[np.float32]
    starts: NDArray[np.int32]

    @classmethod
    def fit(cls, part: Part, order: Order, *, scores: bool = False) -> "CategoryOrder":
        """Rank the categories by their training rows; a rare one stands where the average stands.

        With `scores` the number that ranks a category takes the rank's place, for algorithms that measure distances.
        """
        answers = _answers(part, order)
        weight = np.ones(len(part)) if part.weight is None else part.weight
        levels = [len(names) for names in part.matrix.layout.levels]
        columns = zip(part.matrix.codes.T, levels, strict=True)
        scored = [_scored(codes, count, answers, weight) for codes, count in columns]
        ranks = scored if scores else [_ranked(score) for score in scored]
        starts = np.cumsum([0, *levels]).astype(np.int32)
        return cls(part.matrix.numeric.shape[1], np.concatenate([np.empty(0), *ranks]).astype(np.float32), starts)

    @property
    def columns(self) -> int:
        """Number of columns of `table`."""
        return self.numeric + len(self.starts) - 1

    def table(self, matrix: Matrix) -> NDArray[np.float32]:
        """Return numbers and ranks side by side, shape (n, p + q); a missing or unseen category is NaN."""
        if len(self.starts) == 1:
            return matrix.numeric
        return np.concatenate([matrix.numeric, self._ranks_of(matrix.codes)], axis=1)

    def row(self, numeric: NDArray[np.float32], codes: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return one row as `table` does, shape (p + q,)."""
        return numeric if len(self.starts) == 1 else np.concatenate([numeric, self._ranks_of(codes)])

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return what `of_arrays` reads."""
        return {"ranks": self.ranks, "starts": self.starts, "numeric": np.array(self.numeric)}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> "CategoryOrder":
        """Rebuild an order from `arrays`."""
        return cls(int(arrays["numeric"]), arrays["ranks"], arrays["starts"])

    def _ranks_of(self, codes: NDArray[np.int32]) -> NDArray[np.float32]:
        known = (codes >= 0) & (codes < np.diff(self.starts))
        if not len(self.ranks):
            return np.full(codes.shape, np.nan, dtype=np.float32)
        ranks = self.ranks[np.where(known, codes + self.starts[:-1], 0)]
        return np.where(known, ranks, np.float32(np.nan))


def _answers(part: Part, order: Order) -> Floats:
    """Return the target as columns to be averaged, shape (n, 1) or (n, classes)."""
    if order.task.is_classification and order.classes > 2:
        return np.asarray(np.eye(order.classes)[part.target], dtype=np.float64)
    return np.asarray(part.target, dtype=np.float64)[:, None]


def _scored(codes: NDArray[np.int32], levels: int, answers: Floats, weight: Floats) -> Floats:
    seen = codes >= 0
    kept, mass = codes[seen], weight[seen]
    rows = np.bincount(kept, mass, minlength=levels)
    sums = np.stack([np.bincount(kept, mass * column[seen], minlength=levels) for column in answers.T], axis=1)
    average = (answers * weight[:, None]).sum(axis=0) / weight.sum()
    means: Floats = (sums + _PRIOR_ROWS * average) / (rows + _PRIOR_ROWS)[:, None]
    means[np.bincount(codes[seen], minlength=levels) < _FEWEST_ROWS] = average
    if means.shape[1] == 1:
        return np.ascontiguousarray(means[:, 0])
    spread = means - average
    _, axes = np.linalg.eigh((spread * rows[:, None]).T @ spread)
    first = axes[:, -1]
    score: Floats = spread @ (first * np.sign(first[np.argmax(np.abs(first))]))
    return score


def _ranked(score: Floats) -> NDArray[np.float32]:
    # Equal scores share a rank, so that no order is made up.
    return np.unique(np.round(score, 12), return_inverse=True)[1].astype(np.float32)
