"""A series as season, trend and rest.

STL (R. B. Cleveland, W. S. Cleveland, McRae and Terpenning 1990, Journal of Official Statistics 6): the season is
smoothed for each of its positions, the trend over all of it, in turns; points with a large rest lose their weight, so
that an outlier bends neither. Why our own: docs/decisions/0004-stl-of-our-own.md.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clew.explore.series.loess import loess

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Decomposition:
    """A series as the sum of three.

    Parameters
    ----------
    season, trend, rest : ndarray, shape (n,)
        The parts.
    weights : ndarray, shape (n,)
        How much each point counted in the last round, from 0 to 1.
    """

    season: Floats
    trend: Floats
    rest: Floats
    weights: Floats


def stl(values: Floats, period: int, *, seasonal: int = 7, inner: int = 2, outer: int = 5) -> Decomposition:
    """Take a series apart.

    Parameters
    ----------
    values : ndarray, shape (n,)
        At equal steps, nothing missing; at least two periods.
    period : int
        Steps of a season, at least 2.
    seasonal : int, default 7
        Periods that the smooth of each position of the season looks at; odd, at least 7.
    inner : int, default 2
        Turns of season and trend in a round.
    outer : int, default 5
        Rounds after the first in which outliers lose weight; 0 lets them count.
    """
    # The narrowest trend that leaves no season in it, and the low-pass that takes the trend out of the season.
    trending, passing = _odd(1.5 * period / (1 - 1.5 / seasonal)), _odd(period)
    trend, season = np.zeros(len(values)), np.zeros(len(values))
    weights: Floats | None = None
    for turn in range(outer + 1):
        for _ in range(inner):
            cycle = _by_position(values - trend, period, seasonal, weights)
            slow = loess(_moving(_moving(_moving(cycle, period), period), 3), passing)
            season = cycle[period:-period] - slow
            trend = loess(values - season, trending, weights)
        if turn < outer:
            weights = _credible(values - season - trend)
    rest = values - season - trend
    return Decomposition(season, trend, rest, np.ones(len(values)) if weights is None else weights)


def _odd(least: float) -> int:
    whole = int(np.ceil(least))
    return whole + 1 - whole % 2


def _by_position(values: Floats, period: int, window: int, weights: Floats | None) -> Floats:
    """Smooth each position of the season over the periods, with one more period at both ends, shape (n + 2 period,)."""
    smooth = np.empty(len(values) + 2 * period)
    for position in range(period):
        own = None if weights is None else weights[position::period]
        smooth[position::period] = loess(values[position::period], window, own, beyond=1)
    return smooth


def _moving(values: Floats, length: int) -> Floats:
    """Return the moving average, shape (n - length + 1,)."""
    summed = np.cumsum(np.concatenate(([0.0], values)))
    average: Floats = (summed[length:] - summed[:-length]) / length
    return average


def _credible(rest: Floats) -> Floats:
    """Return the bisquare weight of each point: none beyond six times the median size of the rest."""
    size = np.abs(rest)
    limit = 6 * float(np.median(size))
    if limit <= 0:
        return np.ones(len(rest))
    ratio = size / limit
    return np.where(ratio <= 0.001, 1.0, np.where(ratio > 0.999, 0.0, (1 - ratio**2) ** 2))
