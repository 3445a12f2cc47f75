"""Curves of straight pieces between knots."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from clew.train.estimators.base import Floats

#: Least distance of two knots, as a part of all, that the penalty of a bend reckons with.
_LEAST_WIDTH = 1e-4


@dataclass(frozen=True)
class Curves:
    """The knots of one curve for each column; beyond them a curve stays level.

    Parameters
    ----------
    knots : ndarray, shape (p, most)
        Ascending; a column with fewer is filled up with infinity, and a constant one has a single knot.
    """

    knots: Floats

    @classmethod
    def fit(cls, columns: Floats, most: int) -> "Curves":
        """Put knots at quantiles of training rows.

        Parameters
        ----------
        columns : ndarray, shape (n, p)
            Numbers, none missing.
        most : int
            Knots of a curve, at most.
        """
        knots = np.full((columns.shape[1], most), np.inf)
        for position, column in enumerate(columns.T):
            values = np.unique(column)
            if len(values) > most:
                # By rank among rows and among values: neither a heap of equal values nor a far one takes all.
                by_row = np.quantile(column, np.linspace(0, 1, most))
                by_value = np.quantile(values, np.linspace(0, 1, most))
                values = np.unique((by_row + by_value) / 2.0)
            knots[position, : len(values)] = values
        return cls(knots)

    @property
    def terms(self) -> int:
        """Knots of all curves together."""
        return int(self._counts.sum())

    def each(self) -> Iterator[Floats]:
        """Yield the knots of each curve."""
        for knots, count in zip(self.knots, self._counts, strict=True):
            yield knots[:count]

    def hats(self, columns: Floats) -> Floats:
        """Return how much each knot counts for each row, shape (n, terms): 1 at the knot, 0 at its neighbours."""
        parts = [np.empty((len(columns), 0))]
        for column, knots in zip(columns.T, self.each(), strict=True):
            hat = np.zeros((len(column), len(knots)))
            left, share = _piece(column, knots)
            rows = np.arange(len(column))
            hat[rows, left] = 1.0 - share
            hat[rows, np.minimum(left + 1, len(knots) - 1)] += share
            parts.append(hat)
        return np.concatenate(parts, axis=1)

    def padded(self, coefficients: Floats) -> Floats:
        """Return coefficients of `hats` as values at knots, shape (p, most, k); the last one repeated."""
        values = np.empty((*self.knots.shape, coefficients.shape[1]))
        start = 0
        for position, count in enumerate(self._counts):
            values[position, :count] = coefficients[start : start + count]
            values[position, count:] = values[position, count - 1]
            start += count
        return values

    def heights(self, columns: Floats, values_at: Floats) -> Iterator[Floats]:
        """Yield the value of each curve for each row, shape (n, k)."""
        for position, (column, knots) in enumerate(zip(columns.T, self.each(), strict=True)):
            left, share = _piece(column, knots)
            low, high = values_at[position, left], values_at[position, np.minimum(left + 1, len(knots) - 1)]
            yield low + share[:, None] * (high - low)

    def heights_row(self, numbers: Floats, values_at: Floats) -> Floats:
        """Return the value of each curve for one row, shape (p, k)."""
        every, last, widths = self._walk
        left = np.minimum((self.knots <= numbers[:, None]).sum(axis=1) - 1, last)
        left = np.maximum(left, 0)
        right = np.minimum(left + 1, self._counts - 1)
        share = np.clip((numbers - self.knots[every, left]) / widths[every, left], 0.0, 1.0)
        low, high = values_at[every, left], values_at[every, right]
        heights: Floats = low + share[:, None] * (high - low)
        return heights

    @cached_property
    def _counts(self) -> NDArray[np.int64]:
        counts: NDArray[np.int64] = np.isfinite(self.knots).sum(axis=1)
        return counts

    @cached_property
    def _walk(self) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
        """Positions of the columns, the last piece of each, and the width of each piece; 1 where there is none."""
        with np.errstate(invalid="ignore"):
            widths = np.diff(self.knots, axis=1, append=np.inf)
        return np.arange(len(self.knots)), np.maximum(self._counts - 2, 0), np.where(np.isfinite(widths), widths, 1.0)


def _piece(column: Floats, knots: Floats) -> tuple[NDArray[np.int64], Floats]:
    """Return the knot to the left of each value, and how far on the way to the next it is, 0 to 1."""
    left = np.clip(np.searchsorted(knots, column, side="right") - 1, 0, max(len(knots) - 2, 0))
    widths = np.diff(knots) if len(knots) > 1 else np.ones(1)
    return left, np.clip((column - knots[left]) / widths[left], 0.0, 1.0)


def roughness(knots: Floats) -> Floats:
    """Return the quadratic form of a curve's bends: squared changes of slope over the way they take.

    Parameters
    ----------
    knots : ndarray, shape (m,)
        Ascending.

    Returns
    -------
    ndarray, shape (m, m)
        Zeros where there are fewer than three knots.
    """
    count = len(knots)
    if count < 3:
        return np.zeros((count, count))
    # Knots that nearly coincide would outweigh everything else by rounding alone.
    widths = np.maximum(np.diff(knots), _LEAST_WIDTH * (knots[-1] - knots[0]))
    slopes = np.zeros((count - 1, count))
    rows = np.arange(count - 1)
    slopes[rows, rows], slopes[rows, rows + 1] = -1.0 / widths, 1.0 / widths
    bends = np.diff(slopes, axis=0)
    way = (widths[1:] + widths[:-1]) / 2.0
    form: Floats = bends.T @ (bends / way[:, None])
    return form
