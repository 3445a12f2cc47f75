"""Local regression of points at equal distances."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def loess(values: Floats, window: int, weights: Floats | None = None, *, beyond: int = 0) -> Floats:
    """Smooth a series by a weighted straight line through the nearest points of each (Cleveland 1979).

    Points weigh by the tricube of their distance. A window wider than the series reaches further, and so flattens it.

    Parameters
    ----------
    values : ndarray, shape (n,)
        The series.
    window : int
        Points that count for each, at least 2.
    weights : ndarray, shape (n,), optional
        How much each point counts besides; 1 if None.
    beyond : int, default 0
        Steps before the first and after the last point for which the line is drawn as well.

    Returns
    -------
    ndarray, shape (n + 2 * beyond,)
        The smooth; a point stays as it is (the nearest one, beyond the ends) where nothing near it has weight.
    """
    count = len(values)
    near = min(window, count)
    at = np.arange(-beyond, count + beyond)
    first = np.clip(at - (near - 1) // 2, 0, count - near)
    places = first[:, None] + np.arange(near)
    # Reach: the farthest point of the window, and half of what a window wider than the series lacks.
    reach = np.maximum(at - first, first + near - 1 - at) + max(window - count, 0) // 2
    distance = np.abs(places - at[:, None]) / np.maximum(reach, 1)[:, None]
    # What is practically here weighs 1, what is practically at the edge nothing.
    weight = np.where(distance <= 0.001, 1.0, np.where(distance > 0.999, 0.0, (1 - distance**3) ** 3))
    if weights is not None:
        weight *= weights[places]
    total = weight.sum(axis=1)
    known = total > 0
    weight[known] /= total[known, None]
    mean = (weight * places).sum(axis=1)
    spread = (weight * (places - mean[:, None]) ** 2).sum(axis=1)
    # Where the weight is all in one place a line has no slope.
    sloped = known & (np.sqrt(spread) > 0.001 * (count - 1))
    slope = np.divide(at - mean, spread, out=np.zeros(len(at)), where=sloped)
    smooth = (weight * (1 + slope[:, None] * (places - mean[:, None])) * values[places]).sum(axis=1)
    return np.where(known, smooth, values[np.clip(at, 0, count - 1)])
