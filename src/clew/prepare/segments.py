"""Many arrays of numbers one behind the other, worked on all at once.

What comes out for an array depends on its own values alone, bit by bit, whatever stands before and behind it: sums are
made by NumPy segment by segment, and everything else is done value by value. So one array gives what it gives among a
million others.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Segments:
    """Arrays, one behind the other.

    Parameters
    ----------
    values : ndarray of float64, shape (n,)
        All values.
    sizes : ndarray of int64, shape (m,)
        How many of them each array has.
    """

    values: Floats
    sizes: Whole

    @cached_property
    def starts(self) -> Whole:
        """Where each array begins, shape (m,)."""
        return np.cumsum(self.sizes) - self.sizes

    @cached_property
    def owner(self) -> Whole:
        """Which array each value belongs to, shape (n,)."""
        return np.repeat(np.arange(len(self.sizes)), self.sizes)

    @cached_property
    def place(self) -> Whole:
        """Place of each value in its array, from 0, shape (n,)."""
        return np.arange(len(self.values)) - self.starts[self.owner]

    def reduced(self, ufunc: Any, terms: NDArray[Any], nothing: float = np.nan) -> Floats:
        """Reduce one term per value to one figure per array, shape (m,).

        Parameters
        ----------
        ufunc : numpy ufunc
            E.g. ``np.add``.
        terms : ndarray, shape (n,)
            What is reduced.
        nothing : float, default nan
            The figure of an array without values.
        """
        result = np.full(len(self.sizes), nothing)
        there = self.sizes > 0
        if there.any():
            # An empty segment would be given the first value of the next one.
            result[there] = ufunc.reduceat(terms, self.starts[there])
        return result

    def spread(self, figures: NDArray[Any]) -> NDArray[Any]:
        """Give each value the figure of its array."""
        return figures[self.owner]

    def pairs(self) -> "tuple[Segments, Whole]":
        """Return the arrays of what lies between neighbours, and the position of the second of each two."""
        second = np.flatnonzero(self.place > 0)
        changes = self.values[second] - self.values[second - 1]
        return Segments(changes, np.maximum(self.sizes - 1, 0)), second

    def in_order(self) -> Floats:
        """Return the values sorted within each array."""
        return self.values[np.lexsort((self.values, self.owner))]


def taken_apart(lists: pl.Series) -> tuple[Segments, NDArray[np.bool_]]:
    """Return lists of float64 as segments, missing values as NaN; a missing list is empty.

    Returns
    -------
    tuple
        The segments, and which lists are there.
    """
    sizes = lists.list.len().fill_null(0).cast(pl.Int64).to_numpy()
    values = lists.explode(empty_as_null=False, keep_nulls=False).to_numpy().astype(np.float64)
    return Segments(values, sizes), lists.is_not_null().to_numpy()


def put_together(segments: Segments, there: NDArray[np.bool_], name: str) -> pl.Series:
    """Return segments as lists of float64, NaN as missing."""
    offsets = np.concatenate([[0], np.cumsum(segments.sizes)])
    values = pa.array(segments.values, mask=np.isnan(segments.values))
    lists = pa.LargeListArray.from_arrays(pa.array(offsets, pa.int64()), values, mask=pa.array(~there))
    series = pl.from_arrow(lists)
    assert isinstance(series, pl.Series)  # noqa: S101 - it is one of an array
    return series.alias(name)
