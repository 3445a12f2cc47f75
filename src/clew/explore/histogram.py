"""Bins for looking at and for comparing distributions."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.explore.quantiles import Distribution

#: Fewest bins between the outer fences, and so 50 at most, for numbers that are not whole.
BINS = 20
#: Below this a width divided by the number of bins is no number any more.
_TINY = 1e-290
_NICE = (10.0, 5.0, 2.0, 1.0)


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts in bins.

    Bins between the outer fences (three interquartile ranges beyond the quartiles) have equal widths and round edges.
    Where values lie beyond, the first or last bin reaches out to the smallest or largest of them, so that one wild
    value does not squeeze all others into a single bin.

    Parameters
    ----------
    edges : tuple of float
        k + 1 edges, ascending; a bin contains its left edge, the last one both.
    counts : tuple of int
        k counts.
    open_left, open_right : bool, default False
        Whether the first, the last bin is such a collecting one.
    """

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    open_left: bool = False
    open_right: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready values."""
        return {
            "edges": list(self.edges),
            "counts": list(self.counts),
            "open_left": self.open_left,
            "open_right": self.open_right,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Histogram":
        """Rebuild from `to_dict`."""
        return cls(tuple(data["edges"]), tuple(data["counts"]), data["open_left"], data["open_right"])


def histogram(distribution: Distribution, *, low: float, high: float, whole: bool) -> Histogram | None:
    """Bin a distribution.

    Parameters
    ----------
    distribution : Distribution
        Values and their rows.
    low, high : float
        Smallest and largest value.
    whole : bool
        Whether the values are whole numbers: edges then lie half-way between them.

    Returns
    -------
    Histogram or None
        None where there is no row, or where the range is too wide for a number.
    """
    if not distribution.rows or not math.isfinite(high - low):
        return None
    start, stop = _core(distribution, low, high)
    edges = _edges(start, stop, whole=whole)
    open_left, open_right = bool(low < edges[0]), bool(high > edges[-1])
    if open_left:
        edges = np.concatenate(([low], edges))
    if open_right:
        edges = np.concatenate((edges, [high]))
    below = distribution.below(edges)
    below[-1] = distribution.rows
    return Histogram(tuple(float(edge) for edge in edges), tuple(int(n) for n in np.diff(below)), open_left, open_right)


def _core(distribution: Distribution, low: float, high: float) -> tuple[float, float]:
    first, third = (float(value) for value in distribution.quantiles(np.array([0.25, 0.75])))
    reach = 3 * (third - first)
    if reach <= 0:  # more than half of the rows are equal: look at the whole
        return low, high
    return max(low, first - reach), min(high, third + reach)


def _edges(start: float, stop: float, *, whole: bool) -> NDArray[np.float64]:
    span = stop - start
    if span <= 0:
        half = 0.5 if whole else max(abs(start) * 0.05, 0.5)
        return np.array([start - half, start + half])
    if span < _TINY:
        return np.array([start, stop])
    power = 10.0 ** math.floor(math.log10(span / BINS))
    step = next(nice * power for nice in _NICE if nice * power * BINS <= span * 1.001)
    if whole:
        step = max(1.0, round(step))
        first, last = math.floor((start + 0.5) / step), math.floor((stop + 0.5) / step) + 1
        return np.unique(_multiples(first, last, step) - 0.5)
    first, last = math.floor(start / step), max(math.ceil(stop / step), math.floor(start / step) + 1)
    edges = _multiples(first, last, step)
    decimals = 1 - math.floor(math.log10(step))
    # Multiples of 0.1 carry noise in their last digit, which nobody wants to read.
    return np.unique(np.round(edges, decimals) if 0 < decimals <= 15 else edges)


def _multiples(first: int, last: int, step: float) -> NDArray[np.float64]:
    with np.errstate(over="ignore"):  # the round number after the largest of all may not exist
        return np.nan_to_num(np.arange(first, last + 1, dtype=np.float64) * step)
