"""What was learnt: the rows it was learnt from, the engine that answers, and the answer for all classes."""

import json
from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.prepare.matrix import Matrix
from clew.train.estimators.shared import Shared

Floats = NDArray[np.float64]
#: File that says what the engine's files beside it are.
HEAD = "estimator.json"


@dataclass(frozen=True, slots=True)
class Part:
    """Rows to learn from, or to stop by.

    Parameters
    ----------
    matrix : Matrix
        Features of ``n`` rows.
    target : ndarray, shape (n,)
        Class indices (int64) or numbers (float64).
    weight : ndarray, shape (n,), optional
        Weight of each row, float64.

    Attributes
    ----------
    shared : Shared
        What libraries make of these rows, for all fits that learn from them or stop by them.
    """

    matrix: Matrix
    target: NDArray[Any]
    weight: Floats | None = None
    # A part with other targets begins anew.
    shared: Shared = field(default_factory=Shared, init=False, compare=False, repr=False)

    def __len__(self) -> int:
        return len(self.target)

    def take(self, rows: NDArray[np.int64]) -> "Part":
        """Return the part with these rows only, by position."""
        weight = None if self.weight is None else self.weight[rows]
        return Part(take(self.matrix, rows), self.target[rows], weight)


class Engine(ABC):
    """A fitted algorithm in its own format: knows the classes that it has seen, and nothing of tasks.

    `values` and `values_row` give the same bits for the same row, whatever the number of rows or threads, may be called
    from several threads at once, and change nothing.
    """

    cut_short: bool = False
    """Whether the clock kept it from learning more, though it was done before its deadline."""

    @property
    def rounds(self) -> int | None:
        """Rounds learnt, where the algorithm learns in rounds."""
        return None

    @abstractmethod
    def values(self, matrix: Matrix, threads: int) -> Floats:
        """Return probabilities, shape (n, classes seen), or numbers, shape (n,)."""

    @abstractmethod
    def values_row(self, numeric: NDArray[np.float32], codes: NDArray[np.int32]) -> Floats:
        """Return probabilities, shape (1, classes seen), or a number, shape (1,), of one row."""

    def release(self) -> None:  # noqa: B027 - most make nothing
        """Let go of what answering has made and can make again, where that takes much memory."""

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Write the engine's files into an existing folder."""


@dataclass(frozen=True)
class FittedEstimator:
    """A fitted algorithm that answers for all classes of the problem.

    Parameters
    ----------
    algorithm : str
        Name in `ESTIMATORS`.
    engine : Engine
        What was learnt.
    classes : int
        Number of classes of the problem, 0 for a regression.
    seen : tuple of int
        Indices of the classes that occurred among the training rows, ascending; empty for a regression.
    floor : float
        Share of probability that each class without a training row receives.
    unit : float, default 1
        For a regression: the prediction is what the engine says times this.
    cut_short : bool, default False
        Whether the clock left no time for more rounds, or to learn from the rows that had said when to stop.
    """

    algorithm: str
    engine: Engine
    classes: int
    seen: tuple[int, ...]
    floor: float
    unit: float = 1.0
    cut_short: bool = False

    @property
    def rounds(self) -> int | None:
        """Rounds learnt, where the algorithm learns in rounds; None elsewhere."""
        return self.engine.rounds

    def predict(self, matrix: Matrix, *, threads: int = 1) -> Floats:
        """Answer for many rows.

        Parameters
        ----------
        matrix : Matrix
            Features of ``n`` rows, in the layout of the training rows.
        threads : int, default 1
            Threads to use; the result does not depend on it.

        Returns
        -------
        ndarray, shape (n, classes) or (n,)
            Probabilities, whose rows sum to 1, or numbers; float64.
        """
        if len(matrix.numeric) == 0:
            return np.empty((0, self.classes) if self.classes else 0)
        return self._widen(self.engine.values(matrix, threads))

    def predict_row(self, numeric: NDArray[np.float32], codes: NDArray[np.int32]) -> Floats:
        """Answer for one row, with the same bits as `predict`.

        Parameters
        ----------
        numeric : ndarray, shape (p,)
            Numeric features, float32.
        codes : ndarray, shape (q,)
            Category codes, int32.

        Returns
        -------
        ndarray, shape (1, classes) or (1,)
            As of `predict` for a single row.
        """
        return self._widen(self.engine.values_row(numeric, codes))

    def save(self, folder: Path) -> None:
        """Write the estimator into a folder, made if need be: ``estimator.json`` and the engine's own files.

        Parameters
        ----------
        folder : Path
            Where; files of the same names are replaced.
        """
        folder.mkdir(parents=True, exist_ok=True)
        head = {"algorithm": self.algorithm, "classes": self.classes, "seen": self.seen, "floor": self.floor}
        if self.unit != 1.0:
            head["unit"] = self.unit
        (folder / HEAD).write_text(json.dumps(head), encoding="utf-8")
        self.engine.save(folder)

    def _widen(self, values: Floats) -> Floats:
        """Give every class of the problem its column, and numbers the unit of the target."""
        if not self.classes:
            return values if self.unit == 1.0 else values * self.unit
        if len(self.seen) == self.classes:
            return values
        wide = np.full((len(values), self.classes), self.floor)
        left = 1.0 - self.floor * (self.classes - len(self.seen))
        wide[:, list(self.seen)] = values * left
        return wide


class Certain(Engine):
    """The answer where only one class was seen: that class."""

    def values(self, matrix: Matrix, threads: int) -> Floats:  # noqa: ARG002 - nothing to divide
        """Return ones."""
        return np.ones((len(matrix.numeric), 1))

    def values_row(self, numeric: NDArray[np.float32], codes: NDArray[np.int32]) -> Floats:  # noqa: ARG002
        """Return a one."""
        return np.ones((1, 1))

    def save(self, folder: Path) -> None:
        """Write nothing: there is nothing to keep."""


def take(matrix: Matrix, rows: NDArray[np.int64]) -> Matrix:
    """Return the matrix with these rows only, by position."""
    return replace(matrix, numeric=matrix.numeric[rows], codes=matrix.codes[rows])
