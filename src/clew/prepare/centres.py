"""Centres of k-means on one column: found exactly among cells, then moved until they stand."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
#: Rounds of k-means at most; on one column it stands after a few dozen.
_ROUNDS = 300
#: This many cells of equal size, and of equal width, among which the best bins are found first.
_CELLS = 200


def k_means(values: Floats, count: int) -> Floats:
    """Return centres close to their values, rising.

    Parameters
    ----------
    values : ndarray, shape (rows,)
        Rising, around zero, at least two different ones.
    count : int
        Number of centres; fewer come where there are fewer different values.
    """
    return _centred(values, _best(values, count))


def middles(points: Floats) -> Floats:
    """Return what lies halfway between neighbours."""
    halfway: Floats = points[1:] * 0.5 + points[:-1] * 0.5
    return halfway


def _best(values: Floats, count: int) -> Floats:
    """Return the best centres of all where sorted values are kept together in some hundred cells.

    On one line the best bins are found exactly, by dynamic programming (Wang and Song 2011).
    """
    places = np.linspace(0, len(values), _CELLS + 1).astype(np.int64)
    even = np.searchsorted(values, np.linspace(values[0], values[-1], _CELLS + 1), side="right")
    borders = np.unique(np.concatenate([places, even, [0, len(values)]]))
    # A border within equal values would tear them apart.
    borders = np.unique(np.searchsorted(values, values[borders[:-1]], side="left"))
    borders = np.append(borders, len(values))
    sums, squares = (np.concatenate([[0.0], np.cumsum(part)])[borders] for part in (values, values**2))
    rows = borders[None, :] - borders[:, None]
    total = sums[None, :] - sums[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        within = np.where(rows > 0, squares[None, :] - squares[:, None] - total**2 / rows, np.inf)
    best, before = within[0], []
    for _ in range(min(count, len(borders) - 1) - 1):
        tried = best[:, None] + within
        before.append(tried.argmin(axis=0))
        best = tried.min(axis=0)
    end, centres = len(borders) - 1, []
    for start in [*(choice for choice in reversed(before)), np.zeros(len(borders), dtype=np.int64)]:
        first = int(start[end])
        centres.append(total[first, end] / rows[first, end])
        end = first
    return np.unique(centres)


def _centred(values: Floats, centres: Floats) -> Floats:
    """Return centres moved to the means of their values until they stand (Lloyd 1982).

    Sorted values need no distances: the bins are stretches, and sums over a stretch are differences of running sums.
    """
    sums = np.concatenate([[0.0], np.cumsum(values)])
    ends = np.array([-1])
    for _ in range(_ROUNDS):
        moved = np.searchsorted(values, middles(centres), side="right")
        if np.array_equal(moved, ends):
            break
        ends = moved
        starts, stops = np.concatenate([[0], ends]), np.concatenate([ends, [len(values)]])
        counts = stops - starts
        centres = ((sums[stops] - sums[starts]) / np.maximum(counts, 1))[counts > 0]
    return centres
