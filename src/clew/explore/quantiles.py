"""Quantiles: exactly from counted values, or from a small sketch that can be merged.

The sketch follows Karnin, Lang and Liberty (2016, *Optimal quantile approximation in streams*): level *i* holds values
that stand for 2^i rows each; a level that grows too large is sorted, every other value is promoted to the next level,
and levels shrink by 2/3 downwards. Two things differ. A whole column arrives at once, so it is compacted in one go by
keeping the middle of every run of 2^i sorted values, which errs by half a run at most. And the coin that decides which
half survives is drawn from a generator seeded with the number of rows and the level: equal input gives equal
output.

Up to 1024 rows the sketch holds every value and is exact. Beyond, a rank is wrong by less than `RANK_ERROR` of the
rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clew.explore.encoding import array_from_text, array_to_text

#: Capacity of the largest level.
CAPACITY = 1024
#: A rank taken from a sketch, however often merged, is off by less than this share of the rows (99 % of the time).
RANK_ERROR = 0.005
_SHRINK = 2 / 3
_SMALLEST_LEVEL = 8

#: Values looked at together: few enough for the processor's cache.
_BLOCK = 1 << 15

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Distribution:
    """Sorted values and how many rows lie at or below each.

    Parameters
    ----------
    values : ndarray, shape (k,)
        Sorted ascending, finite.
    cumulative : ndarray of int64, shape (k,)
        Rows at or below each value; the last is the number of rows.
    """

    values: Floats
    cumulative: NDArray[np.int64]

    @classmethod
    def of(cls, values: Floats, counts: NDArray[np.int64]) -> "Distribution":
        """Build from values, shape (k,), in any order, and the rows that each stands for, shape (k,)."""
        order = np.argsort(values, kind="stable")
        return cls(values[order], np.cumsum(counts[order]))

    @property
    def rows(self) -> int:
        """Number of rows."""
        return int(self.cumulative[-1]) if len(self.cumulative) else 0

    def quantiles(self, probabilities: Floats) -> Floats:
        """Return quantiles, interpolated linearly between neighbouring rows (numpy's default method).

        Parameters
        ----------
        probabilities : ndarray, shape (p,)
            Each in 0 to 1.

        Returns
        -------
        ndarray, shape (p,)
            Empty where there is no row.
        """
        if not self.rows:
            return np.empty(0)
        position = probabilities * (self.rows - 1)
        lower = np.floor(position).astype(np.int64)
        share = position - lower
        at = np.searchsorted(self.cumulative, lower, side="right")
        above = np.searchsorted(self.cumulative, np.minimum(lower + 1, self.rows - 1), side="right")
        # Weighted instead of "low + share * (high - low)": the difference of two huge numbers may overflow.
        return np.asarray(self.values[at] * (1 - share) + self.values[above] * share, dtype=np.float64)

    def below(self, edges: Floats, *, inclusive: bool = False) -> NDArray[np.int64]:
        """Count the rows below each edge, shape (e,); with `inclusive` also those equal to it."""
        at = np.searchsorted(self.values, edges, side="right" if inclusive else "left")
        if not len(self.cumulative):
            return np.zeros(len(edges), dtype=np.int64)
        return np.where(at > 0, self.cumulative[at - 1], 0)

    def clipped_std(self, low: float, high: float) -> float:
        """Return the standard deviation, with the divisor n, of the values clipped to two limits; infinite if huge."""
        if not self.rows:
            return 0.0
        start, stop = (int(at) for at in np.searchsorted(self.values, (low, high), side="left"))
        below, above = (int(self.cumulative[at - 1]) if at else 0 for at in (start, stop))
        with np.errstate(over="ignore", invalid="ignore"):  # squares of huge distances are infinite
            total = _sums(np.array([low, high]), np.array([below, self.rows - above]), low)
            for at in range(start, stop, _BLOCK):
                end = min(stop, at + _BLOCK)
                counts = np.diff(self.cumulative[at:end], prepend=self.cumulative[at - 1] if at else 0)
                total = total + _sums(self.values[at:end], counts, low)
            mean, square = total / self.rows
            variance = square - mean * mean
        return float(np.sqrt(max(variance, 0.0))) if np.isfinite(variance) else float("inf")


def _sums(values: Floats, counts: NDArray[np.int64], origin: float) -> Floats:
    """Return the sums of the distances from a value and of their squares, shape (2,)."""
    weighted = (values - origin) * counts
    return np.array([weighted.sum(), (weighted * (values - origin)).sum()])


@dataclass(frozen=True, slots=True, eq=False)
class QuantileSketch:
    """A sample in levels; see the module.

    Parameters
    ----------
    levels : tuple of ndarray
        Level i holds finite values, sorted, each standing for 2^i rows.
    """

    levels: tuple[Floats, ...] = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, QuantileSketch) and self.to_list() == other.to_list()

    def __hash__(self) -> int:
        return hash(tuple(self.to_list()))

    @classmethod
    def of(cls, distribution: Distribution) -> "QuantileSketch":
        """Sketch a column whose values have been counted."""
        rows = distribution.rows
        if not rows:
            return cls()
        top = max(0, int(np.ceil(np.log2(rows / CAPACITY)))) if rows > CAPACITY else 0
        levels: list[Floats] = [np.empty(0)] * (top + 1)
        start = 0
        for level in range(top, -1, -1):
            runs = (rows - start) >> level
            middle = start + (np.arange(runs, dtype=np.int64) << level) + ((1 << level) >> 1)
            levels[level] = distribution.values[np.searchsorted(distribution.cumulative, middle, side="right")]
            start += runs << level
        return cls(tuple(levels))

    @property
    def rows(self) -> int:
        """Rows that the sketch stands for."""
        return sum(len(values) << level for level, values in enumerate(self.levels))

    @property
    def exact(self) -> bool:
        """Whether every value is still there."""
        return len(self.levels) <= 1

    def merge(self, other: "QuantileSketch") -> "QuantileSketch":
        """Return the sketch of both parts together."""
        height = max(len(self.levels), len(other.levels))
        levels = [
            np.sort(np.concatenate([part.levels[level] for part in (self, other) if level < len(part.levels)]))
            for level in range(height)
        ]
        return QuantileSketch(tuple(_compact(levels)))

    def distribution(self) -> Distribution:
        """Return the values with the rows they stand for."""
        if not self.levels:
            return Distribution(np.empty(0), np.empty(0, dtype=np.int64))
        weights = [np.full(len(values), 1 << level, dtype=np.int64) for level, values in enumerate(self.levels)]
        return Distribution.of(np.concatenate(self.levels), np.concatenate(weights))

    def to_list(self) -> list[str]:
        """Return the levels as base64."""
        return [array_to_text(values) for values in self.levels]

    @classmethod
    def from_list(cls, data: Sequence[str]) -> "QuantileSketch":
        """Rebuild from `to_list`."""
        return cls(tuple(array_from_text(text, np.float64) for text in data))


def _capacity(level: int, height: int) -> int:
    return max(_SMALLEST_LEVEL, int(np.ceil(CAPACITY * _SHRINK ** (height - 1 - level))))


def _compact(levels: Sequence[Floats]) -> list[Floats]:
    """Promote every other value of the lowest overfull level until the whole fits its budget."""
    result = list(levels)
    rows = sum(len(values) << level for level, values in enumerate(result))
    while sum(map(len, result)) > sum(_capacity(level, len(result)) for level in range(len(result))):
        level = next(i for i, values in enumerate(result) if len(values) > _capacity(i, len(result)))
        if level + 1 == len(result):
            result.append(np.empty(0))
        values = result[level]
        coin, odd = int(np.random.default_rng([rows, level]).integers(2)), len(values) % 2
        result[level] = values[len(values) - odd :]
        result[level + 1] = np.sort(np.concatenate((result[level + 1], values[coin : len(values) - odd : 2])))
    return result
