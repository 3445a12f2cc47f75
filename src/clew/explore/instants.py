"""When rows happened, in little memory and mergeable: which stretches of time have rows, and in what order rows came.

Different moments are kept exactly while there are at most `CAPACITY` of them. Beyond, time is cut into buckets of
2^shift microseconds, and of each bucket with rows the first and last moment are kept; the shift grows until the buckets
fit. Whatever the shift, the time between the last moment of a bucket and the first of the next one with rows is exact,
so every stretch without rows that is longer than two buckets is found with its true ends.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Buckets kept.
CAPACITY = 1 << 16
#: Lengths, in microseconds, of which moments may be whole multiples.
TICKS = (1, 1_000, 1_000_000, 60_000_000, 3_600_000_000)

Moments = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Instants:
    """Moments seen, in microseconds.

    Parameters
    ----------
    first, last : ndarray of int64, shape (k,)
        First and last moment of each bucket with rows, ascending; equal while `exact`.
    shift : int
        Buckets are 2^shift microseconds long; 0 while every different moment is kept.
    tick : int
        Longest of `TICKS` of which all moments are whole multiples.
    rows : int
        Rows with a moment.
    start, stop : int, optional
        Moment of the first and of the last row, in the order of the rows.
    later, earlier : int
        Rows whose moment is after, before that of the row above (among rows with one).
    """

    first: Moments
    last: Moments
    shift: int = 0
    tick: int = TICKS[-1]
    rows: int = 0
    start: int | None = None
    stop: int | None = None
    later: int = 0
    earlier: int = 0

    @classmethod
    def of(cls, moments: Moments) -> "Instants":
        """Look at moments, shape (n,), in the order of the rows.

        The result is exact whatever their number; `merge` cuts it down.
        """
        if not len(moments):
            return cls(moments, moments)
        steps = np.diff(moments)
        later, earlier = int(np.count_nonzero(steps > 0)), int(np.count_nonzero(steps < 0))
        ordered = moments if not earlier else np.sort(moments)
        distinct = ordered[np.concatenate(([True], ordered[1:] != ordered[:-1]))] if later < len(steps) else ordered
        ends = int(moments[0]), int(moments[-1])
        return cls(distinct, distinct, 0, _tick(distinct), len(moments), *ends, later, earlier)

    @property
    def exact(self) -> bool:
        """Whether every different moment is there."""
        return self.shift == 0

    def merge(self, other: "Instants") -> "Instants":
        """Return what is known of both together; the rows of `other` come after."""
        if self.stop is None or other.start is None:
            return other if self.stop is None else self
        shift = max(self.shift, other.shift)
        buckets = _together([(self.first, self.last), (other.first, other.last)], shift)
        while len(buckets[0]) > CAPACITY:
            shift = _grown(buckets, shift)
            buckets = _together([buckets], shift)
        return Instants(
            *buckets,
            shift=shift,
            tick=min(self.tick, other.tick),
            rows=self.rows + other.rows,
            start=self.start,
            stop=other.stop,
            later=self.later + other.later + (other.start > self.stop),
            earlier=self.earlier + other.earlier + (other.start < self.stop),
        )


def _tick(moments: Moments) -> int:
    return next(tick for tick in reversed(TICKS) if tick == 1 or not (moments % tick).any())


def _grown(buckets: tuple[Moments, Moments], shift: int) -> int:
    """Return a larger shift: at once near the one that the span asks for, then one by one."""
    span = int(buckets[1][-1] - buckets[0][0])
    dense = max(0, (span // (CAPACITY * 4)).bit_length())
    return max(shift + 1, min(dense, shift + 8))


def _together(parts: list[tuple[Moments, Moments]], shift: int) -> tuple[Moments, Moments]:
    """Put moments of several parts into common buckets."""
    first, last = (np.concatenate([part[end] for part in parts]) for end in (0, 1))
    order = np.argsort(first, kind="stable")
    first, last = first[order], last[order]
    starts = np.flatnonzero(np.concatenate(([True], np.diff(first >> shift) != 0)))
    return first[starts], np.maximum.reduceat(last, starts)
