"""The verb of clustering: from a dataset to its clusters, how many there are, and what sets each apart."""

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from clew.collect.dataset import Dataset
from clew.core.errors import DataError
from clew.core.finding import Finding
from clew.core.progress import Progress, silent
from clew.core.schema import Role, Schema
from clew.train.cluster.algorithms import MOST_ROWS, Fit, hdbscan, with_k
from clew.train.cluster.assign import Assigner, Labels, Mixture, Nearest
from clew.train.cluster.beside import beside
from clew.train.cluster.cluster_count import ClusterCount, choose, numbers
from clew.train.cluster.clusters import Clusters
from clew.train.cluster.profile import profiles
from clew.train.cluster.result import ClusterResult
from clew.train.cluster.spec import ClusterSpec
from clew.train.cluster.stability import FitHalf, found_again
from clew.train.codes import finding
from clew.train.points.picture import picture
from clew.train.points.points import distinct_rows, fit_points
from clew.train.points.sampling import draw
from clew.train.points.terms import Floats
from clew.train.threads import one_thread

#: Rows that criteria are asked about.
_JUDGED_ROWS = 2_000
#: Standard deviations up to which a number counts: one wild value must not be a cluster.
_LIMIT = 4.0
#: Below these figures clusters are hardly more than slices of one heap.
_LEAST_SILHOUETTE, _LEAST_STABILITY = 0.2, 0.6
#: From here on clusters stand apart (Kaufman and Rousseeuw 1990), whatever the gap statistic prefers.
_CLEAR_SILHOUETTE = 0.7


def cluster(dataset: Dataset, spec: ClusterSpec | None = None, *, progress: Progress = silent) -> ClusterResult:
    """Find groups of rows that are alike.

    Parameters
    ----------
    dataset : Dataset
        The rows. A target takes no part but is described; identifiers are neither compared nor described.
    spec : ClusterSpec, optional
        How; k-means with a chosen number of clusters by default.
    progress : Progress, optional
        Called with a message and the share that is done.

    Returns
    -------
    ClusterResult

    Raises
    ------
    DataError
        If the rows are too few or too alike, or no column tells them apart.
    """
    started = time.monotonic()
    spec = spec or ClusterSpec()
    progress("preparing", 0.0)
    fitted = fit_points(
        dataset, recipe=spec.recipe, columns=spec.columns, spelling="indicators", limit=_LIMIT, seed=spec.seed
    )
    values = fitted.values
    learnt = draw(len(values), MOST_ROWS[spec.algorithm], spec.seed)
    judged = values[draw(len(values), _JUDGED_ROWS, spec.seed)]
    with one_thread():
        chosen = _chosen(spec, judged, progress)
        choice = chosen[1] if chosen else None
        progress("final clusters", 0.8)
        assigner = _fit(values[learnt], _of_part(spec, len(learnt) / len(values)), chosen)
        assigner, labels = _ordered(assigner, values)
        count = int(labels.max()) + 1
        silhouette = _silhouette(judged, assigner.assign(judged))
        drawn = picture(values, labels, spec.seed)
        half = _half(_of_part(spec, len(judged) / len(values)), chosen)
        least = choice.k if choice else 2
        sure = found_again(judged, assigner.assign(judged), count, half, spec.seed, least=least)
    progress("profiles", 0.9)
    schema = fitted.points.schema
    told = profiles(dataset.frame, fitted.points, values, labels, sure)
    sampled = [_sampled(len(learnt), len(values))] if len(learnt) < len(values) else []
    return ClusterResult(
        clusters=Clusters(spec.algorithm, fitted.points, assigner, told),
        labels=labels,
        choice=choice,
        silhouette=silhouette,
        picture=drawn,
        beside=beside(dataset.frame, schema, labels, _shown(schema), len(told)),
        findings=(*fitted.findings, *sampled, *_fewer(choice, count), *_doubts(choice, silhouette, labels, sure)),
        seconds=time.monotonic() - started,
    )


def _of_part(spec: ClusterSpec, share: float) -> ClusterSpec:
    """Return the spec for a share of the rows, of which a cluster has as much less."""
    least = spec.min_cluster_size
    return spec if least is None else replace(spec, min_cluster_size=max(2, round(least * share)))


def _chosen(spec: ClusterSpec, judged: Floats, progress: Progress) -> tuple[Fit, ClusterCount] | None:
    """Return what finds a number of clusters, and that number; None where the algorithm finds the number itself."""
    if spec.algorithm == "hdbscan":
        return None
    if spec.k is not None:
        fit = with_k(spec.algorithm, judged, (spec.k,), spec.seed)
        return fit, ClusterCount(spec.k, (), (), f"{spec.k} were asked for.", len(judged))
    ks = numbers(judged, spec.k_max)
    fit = with_k(spec.algorithm, judged, (1, *ks), spec.seed)  # the BIC may say 1
    return fit, choose(judged, fit, ks, spec.seed, progress)


def _fit(values: Floats, spec: ClusterSpec, chosen: tuple[Fit, ClusterCount] | None) -> Assigner:
    different, k = distinct_rows(values), chosen[1].k if chosen else None
    if different < (k or 2):
        wanted = f"{k} clusters" if k else "clusters"
        raise DataError(
            f"There {'is' if different == 1 else 'are'} {different} different row{'' if different == 1 else 's'} "
            f"among {len(values):,}, too few for {wanted}.",
            hint="Ask for fewer clusters, or compare the rows by other columns.",
        )
    if chosen is None:
        return hdbscan(values, spec.min_cluster_size)
    fit, choice = chosen
    return fit(values, choice.k, spec.seed)


def _half(spec: ClusterSpec, chosen: tuple[Fit, ClusterCount] | None) -> FitHalf:
    if chosen is None:
        least = spec.min_cluster_size
        return lambda values, _: hdbscan(values, None if least is None else max(2, least // 2))
    fit, choice = chosen
    return lambda values, seed: fit(values, choice.k, seed)


def _ordered(assigner: Assigner, values: Floats) -> tuple[Assigner, Labels]:
    """Give the clusters numbers by their size, the largest first; one without rows falls away."""
    labels = assigner.assign(values)
    sizes = np.bincount(labels[labels >= 0], minlength=0)
    order = np.argsort(-sizes, kind="stable")
    order = order[sizes[order] > 0]
    if isinstance(assigner, Mixture):
        kept = Mixture(assigner.log_weights[order], assigner.means[order], assigner.whitening[order])
        return kept, kept.assign(values)
    assert isinstance(assigner, Nearest)  # noqa: S101 - there are these two
    new = np.full(max(int(assigner.labels.max()) + 1, len(sizes)) + 1, -1)
    new[order] = np.arange(len(order))
    there = (new[assigner.labels] >= 0) | (assigner.labels < 0)
    known = Nearest(assigner.known[there], new[assigner.labels[there]], assigner.reach[order])
    return known, known.assign(values)


def _shown(schema: Schema) -> list[str]:
    """Return the columns that are set side by side: those that rows are compared by, then the others."""
    columns = [column for column in schema if column.role is not Role.ID]
    return [column.name for column in sorted(columns, key=lambda column: column.role is not Role.FEATURE)]


def _silhouette(values: Floats, labels: Labels) -> float | None:
    """Return how much closer rows lie to their own cluster than to the next; rows of none are left out."""
    from sklearn.metrics import silhouette_score

    inside = labels >= 0
    count = len(np.unique(labels[inside]))
    if not 1 < count < int(inside.sum()):
        return None
    return float(silhouette_score(values[inside], labels[inside]))


def _sampled(learnt: int, rows: int) -> Finding:
    detail = f"The clusters were found among {learnt:,} of {rows:,} rows, drawn at random; the others were assigned."
    return finding("ME141", detail, rows=rows, learnt=learnt)


def _fewer(choice: ClusterCount | None, count: int) -> list[Finding]:
    if choice is None or count >= choice.k:
        return []
    detail = f"{choice.k} clusters were looked for, and {count} hold rows: others tie, or none is nearest to them."
    return [finding("ME145", detail, wanted=choice.k, found=count)]


def _doubts(
    choice: ClusterCount | None, silhouette: float | None, labels: Labels, sure: Sequence[float | None]
) -> list[Finding]:
    found = []
    none = int((labels < 0).sum())
    if none == len(labels):
        detail = "No group of rows is denser than the others: every row stands for itself."
        return [finding("ME142", detail, share_without_cluster=1.0)]
    clear = silhouette is not None and silhouette > _CLEAR_SILHOUETTE
    alone = choice is not None and choice.best("gap") == 1 and not clear
    loose = silhouette is not None and silhouette < _LEAST_SILHOUETTE
    if alone or loose:
        said = f"the silhouette is {silhouette:.2f} of 1" if silhouette is not None else "there is no silhouette"
        gap = "The gap statistic prefers a single cluster, and " if alone else "Clusters hardly stand apart: "
        found.append(finding("ME142", f"{gap}{said}.", silhouette=silhouette, gap=1 if alone else None))
    shaky = [number for number, share in enumerate(sure) if share is not None and share < _LEAST_STABILITY]
    if shaky:
        shown = ", ".join(str(number) for number in shaky)
        are = "Cluster {} is" if len(shaky) == 1 else "Clusters {} are"
        detail = f"{are.format(shown)} found again by less than {_LEAST_STABILITY:.0%} from half of the rows."
        found.append(finding("ME143", detail, clusters=shaky))
    return found
