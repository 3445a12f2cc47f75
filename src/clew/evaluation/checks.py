"""What deserves attention in an evaluation: one function a code, each a finding or None."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from clew.core.finding import Finding, Severity
from clew.core.predictions import Predictions
from clew.core.readable import number, part, percent
from clew.define.problem import Task
from clew.define.resampling import units_of
from clew.define.scoring.inputs import labels_of
from clew.define.uncertainty import Interval
from clew.evaluation.baseline import Baseline
from clew.evaluation.calibration import Calibration
from clew.evaluation.codes import CODES
from clew.evaluation.coverage import Coverage
from clew.evaluation.importance import Importance
from clew.evaluation.residuals import Residuals

#: ME001: fewer rows (or groups) than this, or fewer rows of some class.
MIN_ROWS, MIN_CLASS_ROWS = 100, 10
#: ME003: a calibration error whose lower limit is above this.
MAX_CALIBRATION_ERROR = 0.03
#: ME004: one column's share of all importance.
MAX_IMPORTANCE_SHARE = 0.8
#: ME010: how much less often than they say intervals may hold the truth, beyond doubt.
MAX_UNCOVERED = 0.01
#: ME008: mean residual as a share of the RMSE.
MAX_BIAS = 0.1
#: ME009: metric → the figure from which on it is too good.
PERFECT = {"roc_auc": 0.999, "balanced_accuracy": 0.999, "r2": 0.999}
#: Labels or rows named in a sentence.
_SHOWN = 5


def few_rows(predictions: Predictions, task: Task) -> Finding | None:
    """ME001: too few rows for a firm judgement."""
    units, groups = units_of(predictions)
    rare = _rare_classes(predictions) if task.is_classification else {}
    if units >= MIN_ROWS and not rare:
        return None
    many = f"{len(predictions):,} labelled row{'' if len(predictions) == 1 else 's'}"
    within = f" in {units:,} group{'' if units == 1 else 's'}" if groups is not None else ""
    parts = [f"Figures rest on {many}{within}."] if units < MIN_ROWS else []
    if rare:
        shown = ", ".join(f"{label!r} ({rows})" for label, rows in list(rare.items())[:_SHOWN])
        parts.append(f"Under {MIN_CLASS_ROWS} rows are of {shown}{' …' if len(rare) > _SHOWN else ''}.")
    evidence = {"rows": len(predictions), "groups": units if groups is not None else None}
    classes = {str(label): rows for label, rows in list(rare.items())[:20]}
    return _finding("ME001", " ".join(parts), {**evidence, "rare_classes": classes})


def _rare_classes(predictions: Predictions) -> dict[Any, int]:
    labels = labels_of(predictions, with_prediction=False)
    counts = np.bincount(labels.truth, minlength=len(labels.names)).tolist()
    return {label: rows for label, rows in zip(labels.names, counts, strict=True) if rows < MIN_CLASS_ROWS}


def no_gain(baseline: Baseline, metrics: Mapping[str, Interval]) -> Finding | None:
    """ME002: not better than a constant answer."""
    gain = baseline.gain
    if gain.low > 0 or np.isnan(gain.value):
        return None
    own, constant = metrics[baseline.metric].value, baseline.metrics[baseline.metric]
    told = f"{baseline.metric} is {number(own)}, and {number(constant)} for the same answer to every row"
    evidence = {"gain": gain.to_dict(), "metric": baseline.metric, "value": own, "constant_answer": constant}
    if gain.value <= 0:
        return _finding("ME002", f"{told}.", evidence)
    detail = f"{told}; on {gain.rows:,} rows such a gain may be chance."
    return _finding("ME002", detail, evidence, Severity.WARNING)


def poor_calibration(calibration: Calibration | None) -> Finding | None:
    """ME003: poorly calibrated."""
    if calibration is None or not calibration.error.low > MAX_CALIBRATION_ERROR:
        return None
    worst = max(calibration.bins, key=lambda item: abs(item.predicted - item.observed.value))
    detail = (
        f"Probabilities are off by {number(calibration.error.value, 2)} on average "
        f"(95 %: {number(calibration.error.low, 2)} to {number(calibration.error.high, 2)}); "
        f"most where {percent(worst.predicted)} is claimed and {percent(worst.observed.value)} came true."
    )
    return _finding("ME003", detail, {"error": calibration.error.to_dict(), "worst_bin": worst.to_dict()})


def dominance(importance: Importance | None) -> Finding | None:
    """ME004: one feature decides nearly alone."""
    if importance is None or len(importance.features) < 2:
        return None
    top = importance.features[0]
    total = sum(max(item.value, 0.0) for item in importance.features if not np.isnan(item.value))
    if not (top.low > 0 and top.value >= MAX_IMPORTANCE_SHARE * total):
        return None
    detail = (
        f"{top.feature!r} has {percent(top.value / total)} of all importance: "
        f"without it, {importance.metric} gets worse by {number(top.value)}."
    )
    return _finding("ME004", detail, {"share": top.value / total, "importance": top.to_dict()}, column=top.feature)


def never_predicted(predictions: Predictions) -> Finding | None:
    """ME005: a class is never predicted."""
    labels = labels_of(predictions)
    truths = np.bincount(labels.truth, minlength=len(labels.names))
    said = np.bincount(labels.prediction, minlength=len(labels.names))
    # Labels that the model never learnt are another matter (ME007).
    codes = [code for code in range(len(predictions.classes)) if truths[code] and not said[code]]
    if not codes:
        return None
    shown = ", ".join(f"{labels.names[code]!r} ({truths[code]} rows)" for code in codes[:_SHOWN])
    detail = f"No row is predicted as {shown}{' …' if len(codes) > _SHOWN else ''}."
    return _finding("ME005", detail, {"rows_by_class": {str(labels.names[c]): int(truths[c]) for c in codes[:20]}})


def left_out(dropped: int, rows: int) -> Finding | None:
    """ME006: rows without truth were left out."""
    if not dropped:
        return None
    return _finding(
        "ME006", f"The target is missing in {part(dropped, dropped + rows)}.", {"dropped": dropped, "rows": rows}
    )


def unknown_labels(predictions: Predictions) -> Finding | None:
    """ME007: labels that the model does not know."""
    labels = labels_of(predictions, with_prediction=False)
    known = len(predictions.classes)
    new = labels.names[known:]
    if not known or not new:
        return None
    rows = int((labels.truth >= known).sum())
    shown = ", ".join(repr(label) for label in new[:_SHOWN])
    detail = f"{rows:,} rows are of {shown}{' …' if len(new) > _SHOWN else ''}, which the model never learnt."
    return _finding("ME007", detail, {"labels": [str(label) for label in new[:20]], "rows": rows})


def bias(residuals: Residuals | None, metrics: Mapping[str, Interval]) -> Finding | None:
    """ME008: predictions are too high or too low throughout."""
    if residuals is None:
        return None
    mean, rmse = residuals.mean, metrics["rmse"].value
    sure = mean.low > 0 or mean.high < 0
    if not (sure and abs(mean.value) > MAX_BIAS * rmse):
        return None
    side = "low" if mean.value > 0 else "high"
    detail = (
        f"Predictions are too {side} by {number(abs(mean.value))} on average "
        f"(95 % limits of the mean residual: {number(mean.low)} to {number(mean.high)}); the RMSE is {number(rmse)}."
    )
    return _finding("ME008", detail, {"mean_residual": mean.to_dict(), "rmse": rmse})


def too_good(metrics: Mapping[str, Interval]) -> Finding | None:
    """ME009: too good to be true."""
    for name, limit in PERFECT.items():
        if name in metrics and metrics[name].value >= limit and metrics[name].rows >= MIN_ROWS:
            value = metrics[name]
            detail = f"{name} is {number(value.value, 5)} on {value.rows:,} rows."
            return _finding("ME009", detail, {"metric": name, **value.to_dict()})
    return None


def overconfident(coverage: Coverage | None) -> Finding | None:
    """ME010: intervals hold the truth less often than they say."""
    if coverage is None or not coverage.inside.high < coverage.share - MAX_UNCOVERED:
        return None
    inside = coverage.inside
    detail = (
        f"Intervals for {100 * coverage.share:g} % of rows hold the truth of {percent(inside.value)} "
        f"(95 %: {percent(inside.low)} to {percent(inside.high)}) of {inside.rows:,} rows; it lies below them in "
        f"{percent(coverage.below.value)}, above in {percent(coverage.above.value)}."
    )
    return _finding("ME010", detail, coverage.to_dict())


def _finding(
    code: str,
    detail: str,
    evidence: Mapping[str, Any],
    severity: Severity | None = None,
    *,
    column: str | None = None,
) -> Finding:
    title, usual, _ = CODES[code]
    return Finding(code, severity or usual, title, detail, column=column, evidence=evidence)
