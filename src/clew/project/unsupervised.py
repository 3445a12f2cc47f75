"""Learning without a target for the command line: clusters, anomalies, components; found anew, or applied."""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from clew.collect.address import Address
from clew.collect.dataset import Dataset
from clew.collect.sink import check_ending
from clew.collect.source import write
from clew.core.errors import UsageError
from clew.core.progress import Progress, silent
from clew.prepare.recipe import Recipe
from clew.store.files import place_of_page
from clew.store.folders import check_place
from clew.train.anomaly.anomalies import anomalies as find_anomalies
from clew.train.anomaly.detector import MARKER as DETECTOR
from clew.train.anomaly.detector import Detector, marked
from clew.train.anomaly.result import AnomalyResult
from clew.train.anomaly.spec import AnomalySpec
from clew.train.cluster.cluster import cluster as find_clusters
from clew.train.cluster.clusters import MARKER as CLUSTERS
from clew.train.cluster.clusters import Clusters, labelled
from clew.train.cluster.result import ClusterResult
from clew.train.cluster.spec import ClusterSpec
from clew.train.points.naming import free_name
from clew.train.reduce.reduce import reduce as find_components
from clew.train.reduce.reduction import MARKER as REDUCTION
from clew.train.reduce.reduction import Reduction
from clew.train.reduce.result import ReduceResult
from clew.train.reduce.spec import ReduceSpec


@dataclass(frozen=True)
class Outputs:
    """Where results go.

    Parameters
    ----------
    rows : Path, optional
        File for the rows with what was found about each; its ending says the format.
    report : Path, optional
        File for the HTML report.
    save : Path, optional
        Folder for what is applied to new rows.
    """

    rows: Path | None = None
    report: Path | None = None
    save: Path | None = None

    def __post_init__(self) -> None:
        if self.rows is not None:
            check_ending(self.rows)
        if self.report is not None:
            place_of_page(self.report, "report")
        named = [place.absolute() for place in (self.rows, self.report, self.save) if place is not None]
        if len(set(named)) < len(named):
            raise UsageError("Two outputs have the same name.", hint="Write them to different places.")

    def to_dict(self) -> dict[str, str | None]:
        """Return the places, JSON-ready."""
        places = {"out": self.rows, "report": self.report, "saved": self.save}
        return {name: None if place is None else str(place) for name, place in places.items()}

    def check(self, marker: str) -> None:
        """Refuse a folder of something else, before anything is learnt; `marker` says what may be replaced."""
        if self.save is not None:
            check_place(self.save, marker=marker)

    def write(
        self, frame: pl.DataFrame | None, result: ClusterResult | AnomalyResult | ReduceResult, keep: Any
    ) -> None:
        """Write what is wanted: rows, report, and what is kept."""
        if self.rows is not None and frame is not None:
            write(frame, self.rows)
        if self.report is not None:
            result.save(self.report)
        if self.save is not None:
            keep.save(self.save)


def read_recipe(path: Path | None, trust: Sequence[str] = ()) -> Recipe | None:
    """Read the recipe that an option names; None where none is."""
    return None if path is None else Recipe.from_file(path).trusting(*trust)


def cluster(data: Dataset, spec: ClusterSpec, outputs: Outputs, *, progress: Progress = silent) -> dict[str, Any]:
    """Find clusters, and write what is wanted.

    Parameters
    ----------
    data : Dataset
        The rows.
    spec : ClusterSpec
        How.
    outputs : Outputs
        Where results go.
    progress : Progress, optional
        Called with a message and the share that is done.

    Returns
    -------
    dict
        ``k``, ``silhouette``, ``clusters[]``, ``choice``, ``findings``, and where results are.
    """
    outputs.check(CLUSTERS)
    result = find_clusters(data, spec, progress=progress)
    result = replace(result, findings=(*data.findings, *result.findings))
    outputs.write(labelled(data.frame, result.labels, result.profiles), result, result.clusters)
    return {**result.to_dict(), **outputs.to_dict()}


def assign(data: Dataset | Address, fitted: Path, out: Path | None, *, trust: Collection[str] = ()) -> dict[str, Any]:
    """Assign rows to clusters that were saved.

    Parameters
    ----------
    data : Dataset or Address
        The rows; an address is read by the schema of the clusters.
    fitted : Path
        The folder.
    out : Path, optional
        File for the rows with their cluster.
    trust : collection of str
        Code that steps of the recipe may run, by name.

    Returns
    -------
    dict
        ``k``, ``rows``, ``clusters[]{cluster, name, size, profile}``: the size among these rows.
    """
    started = time.monotonic()
    places = Outputs(rows=out)
    clusters = Clusters.load(fitted, trust=trust)
    frame = clusters.points.frame(data)
    labels = clusters.assigner.assign(clusters.points.of(frame))
    if out is not None:
        write(labelled(frame, labels, clusters.profiles), out)
    sizes = np.bincount(labels[labels >= 0], minlength=clusters.k).tolist()
    told = [{**p.to_dict(), "size": size} for p, size in zip(clusters.profiles, sizes, strict=True)]
    for item, size in zip(told, sizes, strict=True):
        item["share"] = size / len(labels) if len(labels) else 0.0
        item["typical_row"] = None
    return {
        "algorithm": clusters.algorithm,
        "rows": len(labels),
        "columns": list(clusters.points.compared),
        "k": clusters.k,
        "silhouette": None,
        "without_cluster": int((labels < 0).sum()),
        "clusters": told,
        "choice": None,
        "findings": [],
        "seconds": round(time.monotonic() - started, 3),
        **places.to_dict(),
    }


def anomalies(data: Dataset, spec: AnomalySpec, outputs: Outputs, *, progress: Progress = silent) -> dict[str, Any]:
    """Find anomalies, and write what is wanted; parameters as of `cluster`.

    Returns
    -------
    dict
        ``anomalous``, ``share``, ``anomalies[]{row, score, anomalous, reasons}``, ``findings``, and where results are.
    """
    outputs.check(DETECTOR)
    result = find_anomalies(data, spec, progress=progress)
    result = replace(result, findings=(*data.findings, *result.findings))
    outputs.write(marked(data.frame, result.scores), result, result.detector)
    return {**result.to_dict(), **outputs.to_dict()}


def score(
    data: Dataset | Address, fitted: Path, out: Path | None, *, trust: Collection[str] = (), shown: int = 20
) -> dict[str, Any]:
    """Score rows with a detector that was saved.

    Parameters
    ----------
    data, fitted, out, trust
        As of `assign`.
    shown : int, default 20
        Rows that get reasons, the oddest first.

    Returns
    -------
    dict
        As of `anomalies`.
    """
    started = time.monotonic()
    places = Outputs(rows=out)
    detector = Detector.load(fitted, trust=trust)
    frame = detector.points.frame(data)
    values = detector.points.of(frame)
    scores = detector.of_points(values)
    if out is not None:
        write(marked(frame, scores), out)
    odd = int((scores < 0).sum())
    return {
        "algorithm": detector.algorithm,
        "rows": len(scores),
        "columns": list(detector.points.compared),
        "anomalous": odd,
        "share": odd / len(scores) if len(scores) else 0.0,
        "anomalies": [item.to_dict() for item in detector.oddest(frame, values, scores, shown)],
        "findings": [],
        "seconds": round(time.monotonic() - started, 3),
        **places.to_dict(),
    }


def reduce(data: Dataset, spec: ReduceSpec, outputs: Outputs, *, progress: Progress = silent) -> dict[str, Any]:
    """Reduce rows to few numbers, and write what is wanted; parameters as of `cluster`.

    Returns
    -------
    dict
        ``components[]{component, explained, cumulative, weights}``, ``explained``, and where results are.
    """
    outputs.check(REDUCTION)
    result = find_components(data, spec, progress=progress)
    result = replace(result, findings=(*data.findings, *result.findings))
    outputs.write(_beside(data.frame, result.frame), result, result.reduction)
    return {**result.to_dict(), **outputs.to_dict()}


def project(data: Dataset | Address, fitted: Path, out: Path | None, *, trust: Collection[str] = ()) -> dict[str, Any]:
    """Reduce rows with what was saved; parameters as of `assign`.

    Returns
    -------
    dict
        As of `reduce`.
    """
    started = time.monotonic()
    places = Outputs(rows=out)
    reduction = Reduction.load(fitted, trust=trust)
    frame = reduction.points.frame(data)
    numbers = pl.DataFrame(reduction.of_points(reduction.points.of(frame)), schema=list(reduction.names))
    if out is not None:
        write(_beside(frame, numbers), out)
    told: list[Mapping[str, Any]] = [component.to_dict() for component in reduction.components]
    return {
        "rows": len(frame),
        "columns": list(reduction.points.compared),
        "components": told,
        "explained": told[-1]["cumulative"] if told else 0.0,
        "findings": [],
        "seconds": round(time.monotonic() - started, 3),
        **places.to_dict(),
    }


def _beside(frame: pl.DataFrame, numbers: pl.DataFrame) -> pl.DataFrame:
    """Return the numbers beside the rows, under names that the rows do not have yet."""
    return frame.hstack(numbers.rename(lambda name: free_name(name, frame.columns)))
