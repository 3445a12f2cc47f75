"""The algorithms: from points and a number of clusters to what assigns points to clusters."""

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from clew.train.cluster.assign import NOISE, Assigner, Labels, Mixture, Nearest
from clew.train.points.terms import Floats

#: Starts of k-means and of the mixture; the best one counts.
_STARTS, _MIXTURE_STARTS = 4, 2
#: Added to variances, so that rows which agree exactly do not become a component without width.
_LEAST_VARIANCE = 1e-3
#: A mixture has full covariances up to this many terms, and with this many rows for each of their parameters at least.
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


def gaussian_mixture(values: Floats, k: int, seed: int) -> Mixture:
    """Find k normal distributions by expectation-maximisation, with full or diagonal covariances by the lower BIC."""
    best = min(mixtures(values, k, seed), key=lambda found: float(found.bic(values)))
    return Mixture(np.log(best.weights_), best.means_, best.precisions_cholesky_)


def mixtures(values: Floats, k: int, seed: int) -> list[Any]:
    """Return scikit-learn's mixtures of k components, one per shape of the covariances that the rows allow."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    rows, terms = values.shape
    full = terms <= _MOST_FULL and rows >= _ROWS_A_PARAMETER * k * terms * (terms + 3) / 2
    made = []
    for shape in ("diag", "full") if full and terms > 1 else ("diag",):
        mixture = GaussianMixture(
            k, covariance_type=shape, n_init=_MIXTURE_STARTS, random_state=seed, reg_covar=_LEAST_VARIANCE
        )
        with warnings.catch_warnings():
            # Close to the best mixture is good enough, and the criteria say how good.
            warnings.simplefilter("ignore", ConvergenceWarning)
            made.append(mixture.fit(values))
    return made


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


#: Algorithms that are told the number of clusters.
WITH_K: Mapping[str, Fit] = {
    "k_means": k_means,
    "gaussian_mixture": gaussian_mixture,
    "agglomerative": agglomerative,
}
#: Rows that an algorithm looks at; the others are assigned.
MOST_ROWS: Mapping[str, int] = {
    "k_means": 50_000,
    "gaussian_mixture": 20_000,
    "agglomerative": 4_000,
    "hdbscan": 5_000,
}
