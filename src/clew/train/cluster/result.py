"""What clustering found."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from clew.core.finding import Finding
from clew.store.files import place_of_page, write_atomic
from clew.train.cluster.assign import Labels
from clew.train.cluster.beside import Beside
from clew.train.cluster.cluster_count import ClusterCount
from clew.train.cluster.clusters import Clusters
from clew.train.cluster.profile import Profile
from clew.train.cluster.view import cluster_page, cluster_view
from clew.train.points.picture import Picture


@dataclass(frozen=True, eq=False)
class ClusterResult:
    """Clusters, why there are so many, and what sets each apart.

    Parameters
    ----------
    clusters : Clusters
        What assigns new rows.
    labels : ndarray of int64, shape (rows,)
        Cluster of each row, from 0 on, the largest first; -1 for none.
    choice : ClusterCount, optional
        How the number was chosen; None where the algorithm finds it.
    silhouette : float, optional
        How much closer rows lie to their own cluster than to the next, -1 to 1, over 2,000 rows at most; None where
        there are not two clusters.
    picture : Picture
        Rows in two directions.
    beside : tuple of Beside
        The middle of each column in every cluster.
    findings : tuple of Finding
        Codes ``ME14…``; see `clew.train.codes`.
    seconds : float
        From start to end.
    """

    clusters: Clusters
    labels: Labels
    choice: ClusterCount | None
    silhouette: float | None
    picture: Picture
    beside: tuple[Beside, ...]
    findings: tuple[Finding, ...]
    seconds: float

    @property
    def k(self) -> int:
        """Number of clusters."""
        return self.clusters.k

    @property
    def profiles(self) -> tuple[Profile, ...]:
        """What each cluster is like, the largest first."""
        return self.clusters.profiles

    @property
    def table(self) -> pl.DataFrame:
        """A row per cluster: number, name, size, share, stability, and its profile in words."""
        rows = [{**p.to_dict(), "profile": "; ".join(p.sentences)} for p in self.profiles]
        names = ("cluster", "name", "size", "share", "stability", "profile")
        return pl.DataFrame([{name: row[name] for name in names} for row in rows])

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the labels, JSON-ready."""
        return {
            "algorithm": self.clusters.algorithm,
            "rows": len(self.labels),
            "columns": list(self.clusters.points.compared),
            "k": self.k,
            "silhouette": self.silhouette,
            "without_cluster": int((self.labels < 0).sum()),
            "clusters": [profile.to_dict() for profile in self.profiles],
            "choice": self.choice.to_dict() if self.choice else None,
            "findings": [finding.to_dict() for finding in self.findings],
            "seconds": round(self.seconds, 3),
        }

    def save(self, path: str | Path) -> Path:
        """Write a report as one HTML file that needs nothing else.

        Raises
        ------
        UsageError
            If the file would be of another type.
        """
        place = place_of_page(path, "report")
        write_atomic(place, cluster_page(self))
        return place

    def __repr__(self) -> str:
        said = f", silhouette {self.silhouette:.3f}" if self.silhouette is not None else ""
        return f"ClusterResult({self.k} clusters of {len(self.labels)} rows{said})"

    def _repr_html_(self) -> str:
        return cluster_view(self)
