"""The verb of anomaly detection: from a dataset to how odd each row is, and why."""

import time

import numpy as np

from clew.collect.dataset import Dataset
from clew.core.errors import DataError
from clew.core.finding import Finding
from clew.core.progress import Progress, silent
from clew.train.anomaly.covariance import RobustCovariance
from clew.train.anomaly.detector import Detector
from clew.train.anomaly.result import AnomalyResult
from clew.train.anomaly.scorer import MOST_ROWS, fit_scorer
from clew.train.anomaly.spec import AnomalySpec
from clew.train.anomaly.threshold import threshold
from clew.train.codes import finding
from clew.train.points.picture import picture
from clew.train.points.points import fit_points
from clew.train.points.sampling import draw
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
    if (values == values[0]).all():
        raise DataError(
            f"All {len(values):,} rows are alike.", hint="Compare the rows by other columns, or give more rows."
        )
    learnt = draw(len(values), MOST_ROWS[spec.algorithm], spec.seed)
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
        used = {name for term in scorer.used for name in points.terms.blocks[term]}
        left = ", ".join(repr(name) for name in points.compared if name not in used)
        if left:
            found.append(finding("ME140", f"A covariance cannot speak of columns with few different values: {left}."))
    if not (scores < 0).any():
        found.append(finding("ME144", f"None of {len(values):,} rows has a score far beyond the others."))
    groups = np.where(scores < 0, 1, -1)
    with one_thread():
        drawn = picture(values, groups, spec.seed, [item.row for item in oddest])
    return AnomalyResult(detector, scores, oddest, drawn, tuple(found), time.monotonic() - started)
