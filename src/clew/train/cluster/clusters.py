"""Fitted clusters: what assigns new rows, a table or one row at a time."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import polars as pl

from clew.store.artifacts import load_arrays, save_arrays
from clew.train.cluster.assign import NOISE, Assigner, Labels, assigner_of, kind_of
from clew.train.cluster.profile import Profile
from clew.train.points.naming import free_name
from clew.train.points.points import Points
from clew.train.points.stored import expect, reading, writing

#: File that says that a folder holds clusters.
MARKER = "clusters.json"
_ARRAYS = "assigner.npz"


@dataclass(frozen=True, eq=False)
class Clusters:
    """Clusters of training rows, ready for new rows; never changed, and safe to use from several threads.

    Parameters
    ----------
    algorithm : str
        What found them.
    points : Points
        From raw rows to points.
    assigner : Assigner
        From points to clusters.
    profiles : tuple of Profile
        What sets each cluster apart.
    """

    algorithm: str
    points: Points
    assigner: Assigner
    profiles: tuple[Profile, ...]

    @property
    def k(self) -> int:
        """Number of clusters."""
        return len(self.profiles)

    def assign(self, data: Any) -> Labels:
        """Return the cluster of each row.

        Parameters
        ----------
        data : Dataset, frame or path
            Whatever `clew.read` takes, with the columns that rows are compared by.

        Returns
        -------
        ndarray of int64, shape (rows,)
            From 0 on; -1 for a row that belongs to none.

        Raises
        ------
        SchemaError
            If a column is missing, or a cell cannot be read.
        """
        return self.assigner.assign(self.points.of(self.points.frame(data)))

    def assign_row(self, row: Mapping[str, Any]) -> int:
        """Return the cluster of one raw row, the same as in a table; errors as of `assign`."""
        return int(self.assigner.assign(self.points.of_row(row))[0])

    def label(self, data: Any) -> pl.DataFrame:
        """Return the rows with their ``cluster`` and its ``cluster_name``; parameters and errors as of `assign`."""
        frame = self.points.frame(data)
        labels = self.assigner.assign(self.points.of(frame))
        return labelled(frame, labels, self.profiles)

    def save(self, folder: Path | str) -> Path:
        """Write them into a folder: JSON and arrays, nothing that runs.

        Raises
        ------
        UsageError
            If the folder holds something else.
        DataError
            If it cannot be written.
        """
        with writing(folder, MARKER) as (aside, facts):
            facts["algorithm"] = self.algorithm
            facts["assigner"] = kind_of(self.assigner)
            facts["profiles"] = [profile.to_dict() for profile in self.profiles]
            facts["points"] = self.points.save(aside)
            save_arrays(aside / _ARRAYS, self.assigner.to_arrays())
        return Path(folder)

    @classmethod
    def load(cls, folder: Path | str, *, trust: Collection[str] = ()) -> Self:
        """Read what `save` wrote; nothing in it is executed but what is trusted.

        Parameters
        ----------
        folder : path-like
            As of `save`.
        trust : collection of str
            Code that steps of its recipe may run, by name.

        Raises
        ------
        ArtifactError
            If the folder holds no clusters, or was changed.
        """
        with reading(folder, MARKER, "clusters") as (place, facts):
            points = Points.load(place, facts["points"], trust)
            assigner = assigner_of(facts["assigner"], load_arrays(place / _ARRAYS))
            profiles = tuple(Profile.from_dict(item) for item in facts["profiles"])
            numbered = [profile.cluster for profile in profiles] == list(range(len(profiles)))
            expect("the clusters", fits=numbered and assigner.fits(len(points.terms), len(profiles)))
            return cls(facts["algorithm"], points, assigner, profiles)

    def __repr__(self) -> str:
        return f"Clusters({self.k}, by {self.algorithm}, over {len(self.points.compared)} columns)"


def labelled(frame: pl.DataFrame, labels: Labels, profiles: tuple[Profile, ...]) -> pl.DataFrame:
    """Return rows with their cluster and its name as new columns, under names that the rows do not have yet."""
    names = {profile.cluster: profile.name for profile in profiles} | {NOISE: "none"}
    cluster = pl.Series(free_name("cluster", frame.columns), labels)
    name = pl.Series(
        free_name("cluster_name", frame.columns), [names[label] for label in labels.tolist()], dtype=pl.String
    )
    return frame.with_columns(cluster, name)
