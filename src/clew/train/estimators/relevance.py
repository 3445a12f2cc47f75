"""How much each column by itself says about the target: the weight of a column in a distance."""

import numpy as np
from numpy.typing import NDArray

from clew.train.estimators.base import Floats

#: Parts of equal size into which a column is cut.
_PARTS = 10
#: Weight of a column that says nothing by itself: it may still matter together with others.
_LEAST = 0.1


def relevance(columns: Floats, answers: Floats, weight: Floats) -> Floats:
    """Return the correlation ratio of each column, cut into tenths, with the answers.

    Parameters
    ----------
    columns : ndarray, shape (n, p)
        Numbers, none missing.
    answers : ndarray, shape (n, k)
        The target: one number, or a mark for each class.
    weight : ndarray, shape (n,)
        Weight of each row.

    Returns
    -------
    ndarray, shape (p,)
        From 0.1 to 1, less what chance alone gives (adjusted as R² is).
    """
    deviation = answers - np.average(answers, axis=0, weights=weight)
    total = float((weight[:, None] * deviation**2).sum())
    told = [_between(column, deviation, weight, total) for column in columns.T]
    return np.maximum(np.sqrt(np.array(told, dtype=np.float64)), _LEAST)


def _between(column: Floats, deviation: Floats, weight: Floats, total: float) -> float:
    edges = np.unique(np.quantile(column, np.linspace(0, 1, _PARTS + 1)[1:-1]))
    parts: NDArray[np.int64] = np.searchsorted(edges, column, side="right")
    masses = np.bincount(parts, weight, minlength=len(edges) + 1)
    sums = np.stack([np.bincount(parts, weight * part, minlength=len(masses)) for part in deviation.T], axis=1)
    explained = float(np.sum(sums**2 / np.maximum(masses, 1e-12)[:, None])) / max(total, 1e-300)
    free = max(1, len(column) - int(np.count_nonzero(masses)))
    return max(0.0, 1.0 - (1.0 - explained) * (len(column) - 1) / free)
