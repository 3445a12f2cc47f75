"""`Clusterer`: clustering behind scikit-learn's estimator contract."""

from collections.abc import Collection
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClusterMixin
from sklearn.utils.validation import check_is_fitted

from clew.prepare.recipe import Recipe
from clew.train.cluster.cluster import cluster
from clew.train.cluster.clusters import Clusters
from clew.train.cluster.result import ClusterResult
from clew.train.cluster.spec import ClusterSpec
from clew.train.points.shell import PointsEstimator, listed, refusing


class Clusterer(ClusterMixin, PointsEstimator):  # type: ignore[misc]
    """Groups of rows that are alike, as a scikit-learn estimator.

    Parameters
    ----------
    algorithm : {"k_means", "gaussian_mixture", "agglomerative", "hdbscan"}
        What finds them.
    k : int, optional
        Number of clusters; chosen by several criteria if None.
    k_max, min_cluster_size, columns, recipe, seed
        As in `clew.train.cluster.spec.ClusterSpec`.

    Attributes
    ----------
    labels_ : ndarray of int64, shape (n,)
        Cluster of each row, from 0 on, the largest first; -1 for none.
    result_ : ClusterResult
        What each cluster is like, and why there are so many.
    clusters_ : Clusters
        What assigns new rows, and is saved.
    k_ : int
        Number of clusters.
    n_features_in_, feature_names_in_
        As in scikit-learn.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> X, _ = load_iris(return_X_y=True)
    >>> model = Clusterer(k=3).fit(X)
    >>> model.k_, model.predict(X[:2]).tolist() == model.labels_[:2].tolist()
    (3, True)
    """

    def __init__(
        self,
        *,
        algorithm: str = "k_means",
        k: int | None = None,
        k_max: int = 10,
        min_cluster_size: int | None = None,
        columns: tuple[str, ...] | None = None,
        recipe: Recipe | None = None,
        seed: int = 0,
    ) -> None:
        self.algorithm = algorithm
        self.k = k
        self.k_max = k_max
        self.min_cluster_size = min_cluster_size
        self.columns = columns
        self.recipe = recipe
        self.seed = seed

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002 - scikit-learn hands it over
        """Find the clusters.

        Parameters
        ----------
        X : Dataset, frame, path or array of shape (n, p)
            The rows.
        y : object, optional
            Not looked at.

        Raises
        ------
        FitError
            If the rows are too few or too alike.
        UsageError
            If a parameter makes no sense.
        """
        spec = ClusterSpec(
            algorithm=self.algorithm,
            k=self.k,
            k_max=self.k_max,
            min_cluster_size=self.min_cluster_size,
            columns=listed(self.columns),
            recipe=self.recipe,
            seed=self.seed,
        )
        with refusing():
            self.result_: ClusterResult = cluster(self._rows_to_learn(X), spec)
        self.labels_ = self.result_.labels
        self.k_ = self.result_.k
        return self

    def predict(self, X: Any) -> NDArray[np.int64]:
        """Return the cluster of each row, shape (n,); -1 for none."""
        check_is_fitted(self, "result_")
        with refusing():
            return self.clusters_.assign(self._rows_to_answer(X))

    @property
    def clusters_(self) -> Clusters:
        """What assigns new rows."""
        check_is_fitted(self, "result_")
        return self.result_.clusters

    def save(self, folder: Path | str) -> Path:
        """Write what assigns new rows into a folder: JSON and arrays, nothing that runs."""
        return self.clusters_.save(folder)

    @staticmethod
    def load(folder: Path | str, *, trust: Collection[str] = ()) -> Clusters:
        """Read what `save` wrote; nothing in it is executed but code of its recipe that is trusted by name."""
        return Clusters.load(folder, trust=trust)
