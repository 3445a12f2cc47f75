"""The algorithms: from points and a number of clusters to what assigns points to clusters."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from clew.train.cluster.assign import NOISE, Assigner, Labels, Mixture, Nearest
from clew.train.points.terms import Floats

#: Starts of k-means and of the mixture; the best one counts.
_STARTS, _MIXTURE_STARTS = 4, 2
#: Added to variances, so that rows which agree exactly do not become a component without width.
_LEAST_VARIANCE = 1e-3
#: A mixture has full covariances up to this many terms, and with this many rows for each of their parameters at least;
#: half of the rows then still has one.
_MOST_FULL, _ROWS_A_PARAMETER = 25, 2
#: Rows of which HDBSCAN makes a cluster at least: this share of them, but never fewer than this number.
_LEAST_SHARE, _LEAST_ROWS = 0.02, 5

#: Takes points, the number of clusters, and a seed.
Fit = Callable[[Floats, int, int], Assigner]


def k_means(values: Floats, k: int, seed: int, *, starts: int = _STARTS) -> Nearest:
    """Find k centres whose rows lie close (Lloyd 1982; first centres by k-means++, Arthur and Vassilvitskii 2007)."""
    from sklearn.cluster import KMeans

    found = KMeans(n_clusters=k, n_init=starts, random_state=seed).fit(values)
    return Nearest.centre(np.ascontiguousarray(found.cluster_centers_, dtype=np.float64))


def gaussian_mixture(values: Floats, k: int, seed: int, *, shape: str) -> Mixture:
    """Find k normal distributions by expectation-maximisation; their covariances are ``diag`` or ``full``."""
    found = _mixture(values, k, seed, shape)
    return Mixture(np.log(found.weights_), found.means_, found.precisions_cholesky_)


def mixtures_by_bic(values: Floats, ks: Sequence[int], seed: int) -> tuple[str, list[float]]:
    """Return the shape of covariances with the lowest BIC of all, and its BIC for each number of components.

    The shape is one for all numbers, so that these alone are compared: full where the rows suffice for the most
    components, and where that is better.
    """
    found = {
        shape: [float(_mixture(values, k, seed, shape).bic(values)) for k in ks] for shape in _shapes(values, max(ks))
    }
    best = min(found, key=lambda shape: min(found[shape]))
    return best, found[best]


def _shapes(values: Floats, k: int) -> tuple[str, ...]:
    rows, terms = values.shape
    full = 1 < terms <= _MOST_FULL and rows >= _ROWS_A_PARAMETER * k * terms * (terms + 3) / 2
    return ("diag", "full") if full else ("diag",)


def _mixture(values: Floats, k: int, seed: int, shape: str) -> Any:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    mixture = GaussianMixture(
        k, covariance_type=shape, n_init=_MIXTURE_STARTS, random_state=seed, reg_covar=_LEAST_VARIANCE
    )
    with warnings.catch_warnings():
        # Close to the best mixture is good enough, and the criteria say how good.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return mixture.fit(values)


def agglomerative(values: Floats, k: int, seed: int) -> Nearest:  # noqa: ARG001 - nothing in it is random
    """Join the rows, two groups at a time, such that the variance within groups grows least (Ward 1963).

    A new point belongs where the nearest of these rows does.
    """
    from scipy.cluster.hierarchy import fcluster, ward

    labels = fcluster(ward(values), k, criterion="maxclust") - 1
    return Nearest(values, labels.astype(np.int64), np.full(int(labels.max()) + 1, np.inf))


def hdbscan(values: Floats, least_rows: int | None = None) -> Nearest:
    """Find dense groups of any shape; rows between them belong to none (Campello, Moulavi and Sander 2013).

    A new point belongs where the nearest row does, unless that row is further away than rows of its cluster lie from
    their own neighbours.
    """
    from sklearn.cluster import HDBSCAN

    least = least_rows if least_rows is not None else max(_LEAST_ROWS, round(_LEAST_SHARE * len(values)))
    least = max(2, min(least, len(values)))
    neighbours = min(_LEAST_ROWS, least, len(values))
    found = HDBSCAN(min_cluster_size=least, min_samples=neighbours, copy=True).fit(values)
    labels = np.where(found.labels_ >= 0, found.labels_, NOISE).astype(np.int64)
    return Nearest(values, labels, _reach(values, labels, neighbours))


def _reach(values: Floats, labels: Labels, neighbours: int) -> Floats:
    """Return per cluster the largest distance of one of its rows to this many others of it."""
    from scipy.spatial import cKDTree

    reach = []
    for label in range(int(labels.max()) + 1):
        own = values[labels == label]
        distance, _ = cKDTree(own).query(own, k=min(neighbours + 1, len(own)), workers=1)
        reach.append(float(distance[:, -1].max()))
    return np.array(reach)


def with_k(algorithm: str, values: Floats, ks: Sequence[int], seed: int) -> Fit:
    """Return what finds a number of clusters, the same for all fits of a run.

    Parameters
    ----------
    algorithm : str
        One that is told the number of clusters.
    values : ndarray, shape (n, terms)
        Points, some thousand at most; the shape of a mixture's covariances is settled with them.
    ks : sequence of int
        Numbers of clusters that will be asked for.
    seed : int
        Of whatever is random.
    """
    if algorithm == "k_means":
        return k_means
    if algorithm == "agglomerative":
        return agglomerative
    several = len(_shapes(values, max(ks))) > 1
    return partial(gaussian_mixture, shape=mixtures_by_bic(values, ks, seed)[0] if several else "diag")


#: Rows that an algorithm looks at; the others are assigned.
MOST_ROWS: Mapping[str, int] = {
    "k_means": 50_000,
    "gaussian_mixture": 20_000,
    "agglomerative": 4_000,
    "hdbscan": 5_000,
}
