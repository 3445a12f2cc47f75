"""Points drawn in two directions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.train.points.sampling import draw
from clew.train.points.terms import Floats

#: Rows that are drawn.
_MOST = 1_500


@dataclass(frozen=True, eq=False)
class Picture:
    """Some rows along the two directions in which rows differ most.

    Parameters
    ----------
    rows : ndarray of int64, shape (m,)
        Positions of the rows.
    x, y : ndarray, shape (m,)
        Along the first and second principal component.
    groups : ndarray of int64, shape (m,)
        What each is coloured by.
    explained : tuple of float
        Share of the variance along each.
    """

    rows: NDArray[np.int64]
    x: Floats
    y: Floats
    groups: NDArray[np.int64]
    explained: tuple[float, float]


def picture(values: Floats, groups: NDArray[Any], seed: int, always: Sequence[int] = ()) -> Picture:
    """Place rows along their first two principal components.

    Parameters
    ----------
    values : ndarray, shape (n, terms)
        Points.
    groups : ndarray, shape (n,)
        What each is coloured by.
    seed : int
        Of the rows that are drawn where there are many.
    always : sequence of int
        Rows that are drawn in any case.
    """
    from sklearn.utils.extmath import randomized_svd

    rows = np.union1d(draw(len(values), _MOST, seed), np.asarray(always, dtype=np.int64))
    seen = values[rows] - values[rows].mean(axis=0)
    if seen.shape[1] == 1:
        seen = np.column_stack([seen, np.zeros(len(seen))])
    count = min(2, *seen.shape)
    left, sizes, _ = randomized_svd(seen, count, n_iter=4, random_state=seed)
    along = left * sizes
    if count < 2:
        along, sizes = np.column_stack([along, np.zeros(len(along))]), np.append(sizes, 0.0)
    total = max(float((seen**2).sum()), 1e-300)
    explained = float(sizes[0] ** 2 / total), float(sizes[1] ** 2 / total)
    return Picture(rows, along[:, 0], along[:, 1], np.asarray(groups)[rows].astype(np.int64), explained)
