"""Which rows a costly look takes: all of them, or as many as the budget allows, drawn at random."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Sample:
    """Some rows of a table.

    Parameters
    ----------
    frame : DataFrame
        The rows.
    rows : ndarray of int64, shape (n,)
        Their positions in the table, ascending.
    of : int
        Rows that there were to choose from.
    """

    frame: pl.DataFrame
    rows: NDArray[np.int64]
    of: int

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def complete(self) -> bool:
        """Whether no row was left out."""
        return len(self.rows) == self.of


def rows_within(rows: int, columns: int, *, cells: int) -> int:
    """Return how many rows a look may take: at most `rows`, and at most `cells` divided by the columns.

    Parameters
    ----------
    rows : int
        Rows that are enough for any table.
    columns : int
        Columns that are looked at.
    cells : int
        Rows times columns that the look may cost.
    """
    return max(1, min(rows, cells // max(columns, 1)))


def draw(frame: pl.DataFrame, limit: int, *, seed: int, allowed: NDArray[np.bool_] | None = None) -> Sample:
    """Take rows at random, without replacement, in the order of the table.

    Parameters
    ----------
    frame : DataFrame
        The table.
    limit : int
        At most this many rows; all of them where there are no more.
    seed : int
        Same seed, same rows.
    allowed : ndarray of bool, shape (rows,), optional
        Rows that may be taken; all if None.
    """
    positions = np.arange(len(frame)) if allowed is None else np.flatnonzero(allowed)
    available = len(positions)
    if available > limit:
        positions = np.sort(np.random.default_rng(seed).choice(positions, limit, replace=False))
    chosen = frame if len(positions) == len(frame) else frame[positions]
    return Sample(chosen, positions.astype(np.int64), available)
