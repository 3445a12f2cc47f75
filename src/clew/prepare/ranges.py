"""Sums, extremes and spreads over stretches of a long column, many stretches at a time or one.

A segment tree: level 0 holds the values, each further level what two neighbours below it give together, so that any
stretch is made of a few nodes per level. Nothing is ever subtracted, so that small values behind large ones keep their
digits, which differences of running sums would lose. Both ways combine the same nodes in the same order, with the same
arithmetic: they agree bit by bit.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
#: One or more figures, each as an array or as a plain number.
Node: TypeAlias = tuple[Any, ...]


class Stretches(Protocol):
    """Gives the figures of stretches."""

    def over(self, starts: Ints, ends: Ints) -> tuple[Floats, ...]:
        """Return the figures of many stretches, each from `start` up to but without `end`."""

    def over_one(self, low: int, high: int) -> Node:
        """Return the figures of one stretch, as plain numbers."""


@dataclass(frozen=True, eq=False)
class Running:
    """The figures of stretches that all begin where their group begins: one for each place where they may end.

    Parameters
    ----------
    figures : tuple of ndarray, shape (rows,)
        Of the stretch that ends with each row.
    empty : tuple of float
        The figures of nothing.
    """

    figures: tuple[Floats, ...]
    empty: tuple[float, ...]

    def over(self, starts: Ints, ends: Ints) -> tuple[Floats, ...]:
        """Return the figures of many stretches."""
        some = ends > starts
        if not some.any():
            return tuple(np.full(len(ends), none) for none in self.empty)
        return tuple(
            np.where(some, part[np.maximum(ends - 1, 0)], none)
            for part, none in zip(self.figures, self.empty, strict=True)
        )

    def over_one(self, low: int, high: int) -> Node:
        """Return the figures of one stretch, as plain numbers."""
        return tuple(part.item(high - 1) for part in self.figures) if high > low else self.empty


@dataclass(frozen=True, eq=False)
class Ranges:
    """Figures that can be combined, over every stretch of a column.

    Parameters
    ----------
    levels : sequence of tuple of ndarray
        Per level the figures of its nodes; level 0 has one node per value.
    empty : tuple of float
        The figures of nothing.
    merge, merge_one : callable
        Combine the figures of a stretch and of the one behind it: arrays, and plain numbers.
    """

    levels: Sequence[tuple[Floats, ...]]
    empty: tuple[float, ...]
    merge: Callable[[Node, Node], Node]
    merge_one: Callable[[Node, Node], Node]

    @classmethod
    def sums(cls, values: Floats) -> Self:
        """Offer number and sum of the values that are no NaN."""
        there = ~np.isnan(values)
        return cls._built((there.astype(np.float64), np.where(there, values, 0.0)), (0.0, 0.0), _added, _added)

    @classmethod
    def smallest(cls, values: Floats) -> Self:
        """Offer the smallest value that is no NaN; infinity where there is none."""
        known = np.where(np.isnan(values), np.inf, values)
        return cls._built((known,), (np.inf,), lambda a, b: (np.minimum(a[0], b[0]),), lambda a, b: (min(a[0], b[0]),))

    @classmethod
    def largest(cls, values: Floats) -> Self:
        """Offer the largest value that is no NaN; minus infinity where there is none."""
        known = np.where(np.isnan(values), -np.inf, values)
        return cls._built((known,), (-np.inf,), lambda a, b: (np.maximum(a[0], b[0]),), lambda a, b: (max(a[0], b[0]),))

    @classmethod
    def spreads(cls, values: Floats) -> Self:
        """Offer number, mean, and sum of squared distances from it, of values that are no NaN (Chan et al. 1979)."""
        there = ~np.isnan(values)
        nodes = (there.astype(np.float64), np.where(there, values, 0.0), np.zeros(len(values)))
        return cls._built(nodes, (0.0, 0.0, 0.0), _spread, _spread)

    @classmethod
    def _built(
        cls,
        level: tuple[Floats, ...],
        empty: tuple[float, ...],
        merge: Callable[[Node, Node], Node],
        merge_one: Callable[[Node, Node], Node],
    ) -> Self:
        levels = [level]
        while len(level[0]) > 1:
            if len(level[0]) % 2:
                level = tuple(np.append(part, none) for part, none in zip(level, empty, strict=True))
                levels[-1] = level
            level = merge(tuple(part[0::2] for part in level), tuple(part[1::2] for part in level))
            levels.append(level)
        return cls(tuple(levels), empty, merge, merge_one)

    def over(self, starts: Ints, ends: Ints) -> tuple[Floats, ...]:
        """Return the figures of many stretches.

        Parameters
        ----------
        starts, ends : ndarray of int64, shape (stretches,)
            Each from `start` up to but without `end`.

        Returns
        -------
        tuple of ndarray, shape (stretches,)
        """
        low, high = starts.copy(), ends.copy()
        left, right = (tuple(np.full(len(starts), none) for none in self.empty) for _ in range(2))
        open_ = np.flatnonzero(low < high)
        for level in self.levels:
            if not len(open_):
                break
            at = open_[low[open_] % 2 == 1]
            self._put(left, at, tuple(part[low[at]] for part in level), behind=True)
            low[at] += 1
            at = open_[high[open_] % 2 == 1]
            high[at] -= 1
            self._put(right, at, tuple(part[high[at]] for part in level), behind=False)
            low[open_] //= 2
            high[open_] //= 2
            open_ = open_[low[open_] < high[open_]]
        return self.merge(left, right)

    def _put(self, figures: tuple[Floats, ...], at: Ints, node: Node, *, behind: bool) -> None:
        """Combine figures in some places with a node behind or before what is there."""
        there = tuple(part[at] for part in figures)
        made = self.merge(there, node) if behind else self.merge(node, there)
        for part, new in zip(figures, made, strict=True):
            part[at] = new

    def over_one(self, low: int, high: int) -> Node:
        """Return the figures of one stretch, as plain numbers."""
        left: Node = self.empty
        right: Node = self.empty
        for level in self.levels:
            if low >= high:
                break
            if low % 2:
                left = self.merge_one(left, tuple(part.item(low) for part in level))
                low += 1
            if high % 2:
                high -= 1
                right = self.merge_one(tuple(part.item(high) for part in level), right)
            low //= 2
            high //= 2
        return self.merge_one(left, right)


def _added(first: Node, second: Node) -> Node:
    return first[0] + second[0], first[1] + second[1]


def _spread(first: Node, second: Node) -> Node:
    one, other = first[0], second[0]
    count = one + other
    divisor = count + (count == 0)
    distance = second[1] - first[1]
    mean = first[1] + distance * (other / divisor)
    # The share comes first: it is zero where one side is empty, and a large distance must not overflow then.
    return count, mean, first[2] + second[2] + one * other / divisor * distance * distance
