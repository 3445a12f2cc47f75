"""The verb of anomaly detection: from a dataset to how odd each row is, and why."""

import time
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from clew.collect.dataset import Dataset
from clew.core.finding import Finding
from clew.core.progress import Progress, silent
from clew.core.readable import percent
from clew.prepare.advice.words import listed
from clew.train.anomaly.covariance import RobustCovariance, why_unused
from clew.train.anomaly.detector import Detector
from clew.train.anomaly.result import AnomalyResult
from clew.train.anomaly.scorer import fit_scorer, most_rows
from clew.train.anomaly.spec import AnomalySpec
from clew.train.anomaly.threshold import threshold, wanted
from clew.train.codes import finding
from clew.train.points.picture import picture
from clew.train.points.points import Points, fit_points
from clew.train.points.sampling import draw
from clew.train.points.terms import Floats
from clew.train.points.usual import usual_values
from clew.train.threads import one_thread


def anomalies(dataset: Dataset, spec: AnomalySpec | None = None, *, progress: Progress = silent) -> AnomalyResult:
    """Find rows unlike the others.

    Parameters
    ----------
    dataset : Dataset
        The rows. A target takes no part, and neither do identifiers.
    spec : AnomalySpec, optional
        How; an isolation forest by default.
    progress : Progress, optional
        Called with a message and the share that is done.

    Returns
    -------
    AnomalyResult

    Raises
    ------
    DataError
        If the rows are too few or too alike, or no column tells them apart.
    """
    started = time.monotonic()
    spec = spec or AnomalySpec()
    progress("preparing", 0.0)
    fitted = fit_points(dataset, recipe=spec.recipe, columns=spec.columns, spelling="surprise", seed=spec.seed)
    points, values = fitted.points, fitted.values
    learnt = draw(len(values), most_rows(spec.algorithm, values.shape[1]), spec.seed)
    progress("fitting", 0.2)
    with one_thread():
        scorer = fit_scorer(values[learnt], spec)
        progress("scoring", 0.5)
        raw = scorer.score(values)
    limit = threshold(raw, spec.contamination)
    usual = usual_values(dataset.frame, points.schema, points.compared)
    detector = Detector(spec.algorithm, points, scorer, limit, usual)
    scores = limit - raw
    progress("reasons", 0.7)
    oddest = detector.oddest(dataset.frame, values, scores, spec.shown)
    found: list[Finding] = [*fitted.findings]
    if len(learnt) < len(values):
        detail = f"The algorithm looked at {len(learnt):,} of {len(values):,} rows, drawn at random."
        found.append(finding("ME141", detail, rows=len(values), learnt=len(learnt)))
    if isinstance(scorer, RobustCovariance):
        found.extend(_not_in_covariance(points, scorer, values[learnt]))
    found.extend(_few(scores, raw == limit, spec.contamination))
    groups = np.where(scores < 0, 1, -1)
    with one_thread():
        drawn = picture(values, groups, spec.seed, [item.row for item in oddest])
    return AnomalyResult(detector, scores, oddest, drawn, tuple(found), time.monotonic() - started)


def _not_in_covariance(points: Points, scorer: RobustCovariance, values: Floats) -> Iterator[Finding]:
    """Say of which columns a covariance does not speak; why is what its first term says."""
    used = {name for term in scorer.used for name in points.terms.blocks[term]}
    why: dict[str, str] = {}
    for term, block in zip(values.T, points.terms.blocks, strict=True):
        cause = why_unused(term)
        if cause is not None:
            why |= {name: cause for name in block if name not in used and name not in why}
    for cause in dict.fromkeys(why.values()):
        columns = [name for name, own in why.items() if own == cause]
        detail = f"A covariance cannot speak of columns with {cause}: {listed([repr(name) for name in columns])}."
        yield finding("ME140", detail, columns=columns)


def _few(scores: Floats, tied: NDArray[np.bool_], contamination: float | None) -> Iterator[Finding]:
    """Say where no row is anomalous, or fewer than were asked for."""
    count, rows = int((scores < 0).sum()), len(scores)
    if contamination is None:
        if not count:
            yield finding("ME144", f"None of {rows:,} rows has a score far beyond the others.")
    elif count < wanted(contamination, rows):
        yield finding(
            "ME146",
            f"{count:,} of {rows:,} rows are anomalous, and {percent(contamination)} were asked for: the next "
            f"{int(tied.sum()):,} rows have one score, and no threshold parts them.",
            anomalous=count,
            wanted=wanted(contamination, rows),
        )
