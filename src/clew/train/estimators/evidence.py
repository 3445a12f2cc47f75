"""How quickly likeness fades along each column: the parameters of a Gaussian process, by its evidence."""

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clew.train.estimators.base import Floats
from clew.train.estimators.kernel import MATERN, likeness

#: Bounds of the logarithms of stretches, amplitude and noise (as shares of the target's variance).
_STRETCH, _AMPLITUDE, _NOISE = (-14.0, 6.0), (-4.0, 6.0), (-9.0, 2.0)
#: Added to the diagonal, so that equal rows do no harm.
JITTER = 1e-8


@dataclass(frozen=True)
class Evidence:
    """What the evidence says.

    Parameters
    ----------
    stretch : ndarray, shape (columns,)
        1 / squared length scale of each number, mark and categorical column.
    amplitude : float
        Variance of the function; that of the target is 1.
    noise : float
        Variance of what is no function.
    """

    stretch: Floats
    amplitude: float
    noise: float


def most_evident(
    points: Floats,
    owner: NDArray[np.int64],
    columns: int,
    targets: Floats,
    weight: Floats,
    *,
    max_iter: int,
    deadline: float | None,
) -> Evidence:
    """Return the parameters with the greatest evidence (Rasmussen & Williams 2006, 5.4), length scales held by a prior.

    The prior of the length scales is log-normal and grows with the root of the number of columns (Hvarfner, Hellsten &
    Nardi 2024): without it, few rows and many columns fit noise.

    Parameters
    ----------
    points : ndarray, shape (n, c)
        Coordinates, one-hot for categories.
    owner : ndarray of int64, shape (c,)
        Which of the stretches each coordinate takes.
    columns : int
        Number of stretches.
    targets : ndarray, shape (n, k)
        Centred; their variances are 1 together.
    weight : ndarray, shape (n,)
        A row with weight w has 1 / w of the noise.
    max_iter : int
        Most iterations of L-BFGS.
    deadline : float, optional
        Value of `time.monotonic` after which no further iteration starts.
    """
    from scipy.optimize import minimize

    middle = np.log(max(1, columns)) + 2.0 * np.sqrt(2.0)
    # A stretch is 1 / length², so that the logarithm's prior has twice the spread, on the other side of 0.
    prior_mean, prior_variance = -middle, 4.0 * 3.0

    def cost(flat: Floats) -> tuple[float, Floats]:
        value, slope = _minus_evidence(flat, points, owner, targets, weight)
        away = flat[:columns] - prior_mean
        slope[:columns] += away / prior_variance
        return value + 0.5 * float(away @ away) / prior_variance, slope

    def watch(_: Floats) -> None:
        if deadline is not None and time.monotonic() >= deadline:
            raise StopIteration

    start = np.concatenate([np.full(columns, -np.log(max(1, columns)) - 1.0), [0.0, np.log(0.2)]])
    bounds = [*([_STRETCH] * columns), _AMPLITUDE, _NOISE]
    options = {"maxiter": max_iter, "ftol": 1e-6}
    found = minimize(cost, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options, callback=watch).x
    return Evidence(np.exp(found[:columns]), float(np.exp(found[-2])), float(np.exp(found[-1])))


def squared_distances(first: Floats, second: Floats) -> Floats:
    """Return squared distances between all rows of two sets of points, shape (n, m)."""
    squared: Floats = -2.0 * (first @ second.T)
    squared += (first**2).sum(axis=1)[:, None]
    squared += (second**2).sum(axis=1)
    return np.maximum(squared, 0.0, out=squared)


def _minus_evidence(
    flat: Floats, points: Floats, owner: NDArray[np.int64], targets: Floats, weight: Floats
) -> tuple[float, Floats]:
    from scipy.linalg import cho_solve, cholesky

    stretch, amplitude, noise = np.exp(flat[:-2]), float(np.exp(flat[-2])), float(np.exp(flat[-1]))
    placed = points * np.sqrt(stretch[owner])
    squared = squared_distances(placed, placed)
    alike = amplitude * likeness(squared, MATERN)
    total = alike.copy()
    total[np.diag_indices_from(total)] += noise / weight + JITTER
    lower = cholesky(total, lower=True, overwrite_a=True)
    solved = cho_solve((lower, True), targets)
    inverse = cho_solve((lower, True), np.eye(len(points)))
    outputs = targets.shape[1]
    value = 0.5 * float((targets * solved).sum()) + outputs * float(np.log(np.diag(lower)).sum())
    # Slope of minus the evidence towards each entry of the kernel.
    towards = 0.5 * (outputs * inverse - solved @ solved.T)
    root = np.sqrt(5.0 * squared)
    by_distance = towards * (amplitude * (-5.0 / 6.0) * (1.0 + root) * np.exp(-root))
    rows = by_distance.sum(axis=1)
    each = 2.0 * (rows @ placed**2 - np.einsum("nc,nc->c", placed, by_distance @ placed))
    by_column = np.bincount(owner, each, minlength=len(stretch))
    by_amplitude = float((towards * alike).sum())
    by_noise = float((np.diag(towards) * noise / weight).sum())
    return value, np.concatenate([by_column, [by_amplitude, by_noise]])
