"""How many rows equal an earlier one, estimated in little memory.

The rows with the smallest hashes are a sample of the *different* rows, and how often each of them occurred is counted
(distinct sampling: P. Gibbons 2001, *Distinct sampling for highly-accurate answers to distinct values queries*). The
share of repeats among these is the share among all. While every hash fits, nothing is estimated.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

#: Hashes kept; the error of the share p is sqrt(p (1 - p) / 65536), at most 0.2 % of the rows.
CAPACITY = 1 << 16

_Hashes = NDArray[np.uint64]


@dataclass(frozen=True, slots=True, eq=False)
class Repeats:
    """Different rows with the smallest hashes, and how often each occurred.

    Parameters
    ----------
    hashes : ndarray of uint64, shape (k,)
        Ascending, without repetition.
    counts : ndarray of int64, shape (k,)
        Rows with each.
    rows : int
        Rows seen.
    exact : bool
        Whether every row seen has its hash here.
    """

    hashes: _Hashes
    counts: NDArray[np.int64]
    rows: int = 0
    exact: bool = True

    @classmethod
    def of(cls, frame: pl.DataFrame) -> "Repeats":
        """Look at rows; nested columns are not compared."""
        names = [name for name, dtype in frame.schema.items() if not dtype.is_nested() and dtype != pl.Object]
        if not names:
            return cls(np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.int64), len(frame))
        hashes = frame.select(names).hash_rows(seed=0).to_numpy()
        if len(hashes) > 4 * CAPACITY:
            # Sorting all of a million hashes to keep some of them would be a waste.
            limit = np.partition(hashes, 2 * CAPACITY)[2 * CAPACITY]
            smallest = hashes[hashes < limit]
            values, counts = np.unique(smallest, return_counts=True)
            if len(values) >= CAPACITY:
                return _limited(values, counts, len(frame), exact=False)
        return _limited(*np.unique(hashes, return_counts=True), len(frame), exact=True)

    def merge(self, other: "Repeats") -> "Repeats":
        """Return what is known of the rows of both together."""
        values, place = np.unique(np.concatenate((self.hashes, other.hashes)), return_inverse=True)
        counts = np.zeros(len(values), dtype=np.int64)
        np.add.at(counts, place, np.concatenate((self.counts, other.counts)))
        # Beyond the largest hash of a part that was cut, that part knows nothing.
        limit = min((part.hashes[-1] for part in (self, other) if not part.exact), default=None)
        if limit is not None:
            known = values <= limit
            values, counts = values[known], counts[known]
        return _limited(values, counts, self.rows + other.rows, exact=limit is None)

    @property
    def repeated(self) -> int:
        """Rows that equal an earlier one; an estimate unless `exact`."""
        looked_at = int(self.counts.sum())
        if not looked_at:
            return 0
        return round(self.rows * (1 - len(self.hashes) / looked_at))


def _limited(values: _Hashes, counts: NDArray[np.int64], rows: int, *, exact: bool) -> Repeats:
    fits = len(values) <= CAPACITY
    return Repeats(values[:CAPACITY], counts[:CAPACITY].astype(np.int64), rows, exact and fits)
