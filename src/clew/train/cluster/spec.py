"""What to cluster, and how."""

from dataclasses import dataclass
from enum import StrEnum

from clew.core.errors import UsageError, did_you_mean
from clew.prepare.recipe import Recipe
from clew.train.points.rules import at_least, some_names

#: Clusters that are tried at most where the number is chosen: each is fitted more than twenty times.
MOST_TRIED = 50


class ClusterAlgorithm(StrEnum):
    """What finds clusters."""

    K_MEANS = "k_means"
    GAUSSIAN_MIXTURE = "gaussian_mixture"
    AGGLOMERATIVE = "agglomerative"
    HDBSCAN = "hdbscan"


ALGORITHMS = tuple(algorithm.value for algorithm in ClusterAlgorithm)


@dataclass(frozen=True)
class ClusterSpec:
    """What to cluster, and how.

    Parameters
    ----------
    algorithm : {"k_means", "gaussian_mixture", "agglomerative", "hdbscan"}
        What finds the clusters.
    k : int, optional
        Number of clusters; chosen by several criteria if None. Not for ``hdbscan``, which finds it.
    k_max : int, default 10
        Clusters at most where the number is chosen; up to 50.
    min_cluster_size : int, optional
        Rows of the smallest cluster, for ``hdbscan``; by default 2 % of the rows, and 5 at least.
    columns : tuple of str, optional
        Raw columns to compare rows by; all features by default. The others are described too.
    recipe : Recipe, optional
        From raw columns to those that are compared; suggested by default.
    seed : int, default 0
        Of everything random: the same seed gives the same clusters.

    Raises
    ------
    UsageError
        If a parameter makes no sense.
    """

    algorithm: str = "k_means"
    k: int | None = None
    k_max: int = 10
    min_cluster_size: int | None = None
    columns: tuple[str, ...] | None = None
    recipe: Recipe | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if self.algorithm not in ALGORITHMS:
            raise UsageError(
                f"There is no algorithm {self.algorithm!r} for clusters.", hint=did_you_mean(self.algorithm, ALGORITHMS)
            )
        dense = self.algorithm == "hdbscan"
        if dense and self.k is not None:
            raise UsageError("`hdbscan` finds the number of clusters by itself.", hint="Leave `k` out.")
        if not dense and self.min_cluster_size is not None:
            raise UsageError(f"`min_cluster_size` is for hdbscan, not for {self.algorithm}.", hint="Leave it out.")
        at_least("k", self.k, 2)
        at_least("k_max", self.k_max, 2, MOST_TRIED)
        at_least("min_cluster_size", self.min_cluster_size, 2)
        at_least("seed", self.seed, 0)
        some_names("columns", self.columns)
