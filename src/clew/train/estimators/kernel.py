"""Models that weigh how alike a row is to training rows: the distance of mixed columns, and the engine that answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.prepare.matrix import Matrix
from clew.store.artifacts import load_arrays, save_arrays
from clew.train.estimators.base import Engine, Floats
from clew.train.estimators.link import linked
from clew.train.estimators.robust import RobustScale

_FILE = "kernel.npz"
#: Kernels as they are stored: exp(-d²), and Matérn's with smoothness 5/2 (Rasmussen & Williams 2006, 4.2).
GAUSSIAN, MATERN = 0, 1


def likeness(squared: Floats, kind: NDArray[Any] | int) -> Floats:
    """Return the kernel of squared distances, number by number.

    Parameters
    ----------
    squared : ndarray
        Squared distances; overwritten where the kernel is the Gaussian one.
    kind : int or ndarray of shape ()
        `GAUSSIAN` or `MATERN`.
    """
    if kind == GAUSSIAN:
        np.negative(squared, out=squared)
        return np.exp(squared, out=squared)
    root = np.sqrt(5.0 * squared)
    result: Floats = (1.0 + root + (5.0 / 3.0) * squared) * np.exp(-root)
    return result


@dataclass(frozen=True)
class Space:
    """Where rows of mixed columns lie: scaled numbers, marks of missing ones, and categories.

    The squared distance of two rows sums the squared differences of the numbers and marks, each times its stretch, and
    for each categorical column in which they differ its stretch; what is missing or unseen is a category of its own.

    Parameters
    ----------
    scale : RobustScale
        Of the numbers.
    marked : ndarray of int64
        Numeric columns with a missing value in training.
    levels : ndarray of int64, shape (q,)
        Number of categories of each column.
    """

    scale: RobustScale
    marked: NDArray[np.int64]
    levels: NDArray[np.int64]

    @classmethod
    def fit(cls, matrix: Matrix) -> "Space":
        """Learn from training rows."""
        marked = np.flatnonzero(np.isnan(matrix.numeric).any(axis=0)).astype(np.int64)
        levels = np.array([len(names) for names in matrix.layout.levels], dtype=np.int64)
        return cls(RobustScale.fit(matrix.numeric), marked, levels)

    @property
    def coordinates(self) -> int:
        """Numbers and marks."""
        return len(self.scale.middle) + len(self.marked)

    def numbers(self, numeric: NDArray[np.float32]) -> Floats:
        """Return numbers and marks of one row or of many, shape (…, coordinates)."""
        marks = np.isnan(numeric[..., self.marked]).astype(np.float64)
        return np.concatenate([self.scale.apply(numeric), marks], axis=-1)

    def categories(self, codes: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the codes of one row or of many, -1 where missing or unseen."""
        known = (codes >= 0) & (codes < self.levels)
        return np.where(known, codes, np.int32(-1))

    def flat(self, matrix: Matrix) -> tuple[Floats, NDArray[np.int64]]:
        """Return coordinates with the same distances, one-hot for categories, and which stretch each one takes.

        Returns
        -------
        coordinates : ndarray, shape (n, c)
        stretch : ndarray of int64, shape (c,)
            Position among numbers, marks, and categorical columns.
        """
        parts, owners = [self.numbers(matrix.numeric)], [np.arange(self.coordinates)]
        for position, codes in enumerate(self.categories(matrix.codes).T):
            hot = np.zeros((len(codes), int(self.levels[position]) + 1))
            hot[np.arange(len(codes)), codes] = np.sqrt(0.5)
            used = hot.any(axis=0)
            parts.append(hot[:, used])
            owners.append(np.full(int(used.sum()), self.coordinates + position))
        return np.concatenate(parts, axis=1), np.concatenate(owners).astype(np.int64)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return what `of_arrays` reads."""
        return {**self.scale.arrays(), "marked": self.marked, "levels": self.levels}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> "Space":
        """Rebuild from `arrays`."""
        return cls(RobustScale.of_arrays(arrays), arrays["marked"], arrays["levels"])


_OWN = ("stretch", "numbers", "codes", "coefficients", "intercept", "kind", "answer")


@dataclass(frozen=True)
class KernelEngine(Engine):
    """A weighted sum of how alike a row is to each of the training rows kept.

    A table is answered row by row: the work is in the comparison with all rows kept, and a row has the same bits
    wherever it stands.

    Parameters
    ----------
    space : Space
        Where rows lie.
    stretch : ndarray, shape (coordinates + q,)
        Weight of each number, mark and categorical column in the squared distance.
    numbers : ndarray, shape (coordinates, m)
        Numbers and marks of the rows kept, times the roots of their stretches.
    codes : ndarray of int32, shape (q, m)
        Their categories.
    coefficients : ndarray, shape (m, k)
        Their weights.
    intercept : ndarray, shape (k,)
        What is added.
    kind, answer : ndarray, shape ()
        Kernel, and kind of answer as in `link`.
    """

    space: Space
    stretch: Floats
    numbers: Floats
    codes: NDArray[np.int32]
    coefficients: Floats
    intercept: Floats
    kind: NDArray[Any]
    answer: NDArray[Any]

    @classmethod
    def of(
        cls, space: Space, matrix: Matrix, stretch: Floats, coefficients: Floats, intercept: Floats, **kinds: Any
    ) -> "KernelEngine":
        """Keep training rows.

        Parameters
        ----------
        space : Space
            Where rows lie.
        matrix : Matrix
            The ``m`` rows kept.
        stretch, coefficients, intercept : ndarray
            As of the engine.
        **kinds
            `kind` and `answer`.
        """
        roots = np.sqrt(stretch[: space.coordinates])
        numbers = np.ascontiguousarray((space.numbers(matrix.numeric) * roots).T)
        codes = np.ascontiguousarray(space.categories(matrix.codes).T)
        coefficients = np.ascontiguousarray(coefficients)
        return cls(space, stretch, numbers, codes, coefficients, np.asarray(intercept, dtype=np.float64), **kinds)

    def values(self, matrix: Matrix, threads: int) -> Floats:  # noqa: ARG002 - bound by memory, not by arithmetic
        """Return probabilities or numbers of many rows."""
        return linked(self.sums(matrix), self.answer)

    def values_row(self, numeric: NDArray[np.float32], codes: NDArray[np.int32]) -> Floats:
        """Return probabilities or a number of one row."""
        return linked(self._sum(*self._placed(numeric, codes))[None, :], self.answer)

    def sums(self, matrix: Matrix) -> Floats:
        """Return what is added up for each row, shape (n, k)."""
        numbers, codes = self._placed(matrix.numeric, matrix.codes)
        total = np.empty((len(numbers), len(self.intercept)))
        for row in range(len(numbers)):
            total[row] = self._sum(numbers[row], codes[row])
        return total

    def save(self, folder: Path) -> None:
        """Write the arrays."""
        save_arrays(folder / _FILE, {**{name: getattr(self, name) for name in _OWN}, **self.space.arrays()})

    @classmethod
    def load(cls, folder: Path) -> "KernelEngine":
        """Read what `save` wrote."""
        arrays = load_arrays(folder / _FILE)
        return cls(Space.of_arrays(arrays), **{name: arrays[name] for name in _OWN})

    def _placed(self, numeric: NDArray[np.float32], codes: NDArray[np.int32]) -> tuple[Floats, NDArray[np.int32]]:
        roots = np.sqrt(self.stretch[: self.space.coordinates])
        return self.space.numbers(numeric) * roots, self.space.categories(codes)

    def _sum(self, numbers: Floats, codes: NDArray[np.int32]) -> Floats:
        apart = self.numbers - numbers[:, None]
        squared: Floats = np.einsum("pm,pm->m", apart, apart)
        for position, code in enumerate(codes):
            squared += self.stretch[self.space.coordinates + position] * (self.codes[position] != code)
        alike = likeness(squared, self.kind)
        total: Floats = np.einsum("m,mk->k", alike, self.coefficients) + self.intercept
        return total
