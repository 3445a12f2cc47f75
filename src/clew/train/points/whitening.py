"""Distances in the scale of a covariance, the same to the last bit for a point by itself and in a table."""

import numpy as np

from clew.train.points.terms import Floats

#: Points whose distances are computed at one go.
_CHUNK = 4096


def squared_distances(values: Floats, centres: Floats, whitening: Floats) -> Floats:
    """Return the squared Mahalanobis distance of points to centres, shape (n, k).

    Sums are made term by term, so that the bits do not depend on how many points are asked about.

    Parameters
    ----------
    values : ndarray, shape (n, terms)
        Points.
    centres : ndarray, shape (k, terms)
        Centres.
    whitening : ndarray, shape (k, terms, terms) or (k, terms)
        Cholesky factor of each precision matrix; its diagonal only, where covariances are diagonal.
    """
    made = np.empty((len(values), len(centres)))
    for start in range(0, len(values), _CHUNK):
        part = slice(start, start + _CHUNK)
        made[part] = _distances(values[part], centres, whitening)
    return made


def _distances(values: Floats, centres: Floats, whitening: Floats) -> Floats:
    total = np.zeros((len(values), len(centres)))
    if whitening.ndim == 2:
        for term in range(values.shape[1]):
            total += ((values[:, term, None] - centres[:, term]) * whitening[:, term]) ** 2
        return total
    white = np.zeros((len(values), *centres.shape))
    for term in range(values.shape[1]):
        white += (values[:, term, None] - centres[:, term])[:, :, None] * whitening[:, term, :]
    for term in range(values.shape[1]):
        total += white[:, :, term] ** 2
    return total
