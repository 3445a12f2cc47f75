"""Lists of different lengths, end to end in one array."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Ragged:
    """Lists of integers.

    Parameters
    ----------
    values : ndarray of int64, shape (m,)
        Those of the first list, of the second …
    starts : ndarray of int64, shape (lists + 1,)
        Where each list starts, and where the last one ends.
    """

    values: Ints
    starts: Ints

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def lengths(self) -> Ints:
        """Return the length of each list, shape (lists,)."""
        return np.diff(self.starts)

    @property
    def owners(self) -> Ints:
        """Return to which list each value belongs, shape (m,)."""
        return np.repeat(np.arange(len(self)), self.lengths)

    @classmethod
    def of_owners(cls, owners: Ints, values: Ints, lists: int) -> Self:
        """Return the lists of values whose owners ascend."""
        return cls(values, np.concatenate([[0], np.cumsum(np.bincount(owners, minlength=lists))]).astype(np.int64))

    @classmethod
    def joined(cls, parts: list[Self]) -> Self:
        """Return the lists of several, one after the other."""
        lengths = np.concatenate([np.empty(0, np.int64), *(part.lengths for part in parts)])
        values = np.concatenate([np.empty(0, np.int64), *(part.values for part in parts)])
        return cls(values, np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64))

    @classmethod
    def of_matrix(cls, matrix: Ints) -> Self:
        """Return the rows of a matrix, each in ascending order."""
        rows, columns = matrix.shape
        return cls(np.sort(matrix, axis=1).ravel(), np.arange(rows + 1, dtype=np.int64) * columns)

    def take(self, places: Ints) -> "Ragged":
        """Return the lists at some places, in their order."""
        lengths = self.lengths[places]
        ends = np.cumsum(lengths)
        at = np.repeat(self.starts[places] - (ends - lengths), lengths) + np.arange(lengths.sum())
        return Ragged(self.values[at], np.concatenate([[0], ends]).astype(np.int64))

    def named(self, names: pl.Series, name: str) -> pl.Series:
        """Return the lists as a column of lists of names, where the values are positions in `names`."""
        import pyarrow as pa

        lists = pa.LargeListArray.from_arrays(self.starts, names.gather(self.values).to_arrow())
        return pl.Series(name, pl.from_arrow(lists))
