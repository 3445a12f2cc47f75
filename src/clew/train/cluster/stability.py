"""Whether other rows of the same kind would make the same clusters."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from clew.train.cluster.assign import Assigner, Labels
from clew.train.points.terms import Floats

#: Times that the rows are halved.
_HALVINGS = 6

#: Takes some of the points and a seed.
FitHalf = Callable[[Floats, int], Assigner]


def stability(values: Floats, fit: FitHalf, k: int, seed: int) -> float | None:
    """Return how alike the clusters are that two halves of the rows make of all of them.

    Both assign every row, and the adjusted Rand index compares: 1 is the same clusters, 0 what chance would do (after
    Lange, Roth, Braun and Buhmann 2004).

    Parameters
    ----------
    values : ndarray, shape (n, terms)
        Points.
    fit : callable
        Finds clusters among some of them.
    k : int
        Points that must differ in each half.
    seed : int
        Of the halves.

    Returns
    -------
    float or None
        The mean over six halvings; None where a half has too few different points.
    """
    from sklearn.metrics import adjusted_rand_score

    scores = []
    for number, (one, other) in enumerate(_halves(len(values), seed)):
        if min(len(np.unique(values[half], axis=0)) for half in (one, other)) < k:
            continue
        first, second = (fit(values[half], seed + number).assign(values) for half in (one, other))
        scores.append(float(adjusted_rand_score(first, second)))
    return float(np.mean(scores)) if scores else None


def found_again(
    values: Floats, labels: Labels, clusters: int, fit: FitHalf, seed: int, *, least: int
) -> tuple[float | None, ...]:
    """Return for each cluster how much of it is found again from half of the rows.

    The cluster is compared with the most similar one that a half makes of all rows, by the rows in both over the rows
    in either (Hennig 2007): 1 is the same rows; below 0.6 it had better not be relied on.

    Parameters
    ----------
    values : ndarray, shape (n, terms)
        Points.
    labels : ndarray, shape (n,)
        Their clusters.
    clusters : int
        How many there are.
    fit : callable
        Finds clusters among some of the points.
    seed : int
        Of the halves.
    least : int
        Points that must differ in each half, e.g. the number of clusters that is looked for.

    Returns
    -------
    tuple of float or None
        Per cluster the mean over twelve halves; None where it has none of these points, or no half has enough.
    """
    shares: list[list[float]] = [[] for _ in range(clusters)]
    for number, halves in enumerate(_halves(len(values), seed)):
        for half in halves:
            if len(np.unique(values[half], axis=0)) < max(clusters, least):
                continue
            again = fit(values[half], seed + number).assign(values)
            for label in range(clusters):
                own = labels == label
                if own.any():
                    shares[label].append(_best_match(own, again))
    return tuple(float(np.mean(found)) if found else None for found in shares)


def _halves(rows: int, seed: int) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    for number in range(_HALVINGS):
        order = np.random.default_rng((seed, number)).permutation(rows)
        yield np.sort(order[: rows // 2]), np.sort(order[rows // 2 :])


def _best_match(own: NDArray[np.bool_], again: Labels) -> float:
    kept = again >= 0
    both = np.bincount(again[own & kept], minlength=1)
    sizes = np.bincount(again[kept], minlength=len(both))
    both = np.pad(both, (0, len(sizes) - len(both)))
    return float((both / (sizes + own.sum() - both)).max())
