"""Compare later rows with those that a model was trained on."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from clew.core.errors import UsageError
from clew.core.predictions import Predictions
from clew.core.progress import Progress, silent
from clew.core.readable import number, percent
from clew.core.schema import Schema
from clew.deploy.baseline import describe_predictions
from clew.deploy.bundle import Bundle
from clew.explore.statistics import TableStatistics, describe
from clew.monitor.drift import MEASURES, ColumnDrift, compare
from clew.monitor.performance import check_performance, estimate, measure
from clew.monitor.quality import (
    check_columns,
    check_domain,
    check_missing,
    check_new_values,
    check_readable,
    check_row_rules,
    outside_seen,
)
from clew.monitor.report import MonitorReport
from clew.monitor.rows import Rows, gather
from clew.monitor.spec import MonitorSpec
from clew.monitor.violation import Violation

__all__ = ["MonitorReport", "MonitorSpec", "monitor"]

#: Checks of one column that may alarm by chance: up to three distances, the share of missing and of new values.
_CHECKS_PER_COLUMN = 5


def monitor(
    bundle: Bundle,
    data: Any,
    *,
    labels: Any = None,
    spec: MonitorSpec | None = None,
    progress: Progress = silent,
) -> MonitorReport:
    """Compare later rows with those that a model was trained on.

    Parameters
    ----------
    bundle : Bundle
        The model, with the statistics of its training rows.
    data : Dataset, frame or path
        Whatever `clew.read` takes; a folder in which a server captured what it was asked is one of them.
    labels : Dataset, frame or path, optional
        What really was, in the column of the target: one for each row in their order, or with a column that says which
        row is meant (``clew_request_id`` and, if need be, ``clew_row`` of captured rows, or the column whose role is
        ``id``). By default the target's column of `data`, where it has one.
    spec : MonitorSpec, optional
        What is looked at, and the limits.
    progress : Progress, default silent
        Called with a message and the share that is done.

    Returns
    -------
    MonitorReport

    Raises
    ------
    UsageError
        If the bundle holds no statistics of its training rows.
    DataError
        If the rows or labels cannot be read, or do not belong together.
    """
    spec = spec or MonitorSpec()
    baseline = bundle.baseline
    if baseline is None:
        raise UsageError(
            f"The bundle {bundle.path} holds no statistics of its training rows.",
            hint="Save it with `baseline=describe(frame, schema)`, as `clew train` does.",
        )
    progress("reading rows")
    rows = gather(bundle, data, labels)
    judged = Schema(
        tuple(
            column
            for column in bundle.schema.features
            if column.name in rows.frame.columns and column.name in baseline and column.name not in spec.ignore
        )
    )
    now = describe(rows.frame, judged, progress=progress)
    alpha = spec.chance / (_CHECKS_PER_COLUMN * len(judged) + 2)
    columns = tuple(compare(baseline[name], now[name], spec.for_column(name), alpha) for name in judged.names)
    predictions = _predictions(bundle, rows, progress)
    said, notices = _compare_predictions(bundle, predictions, spec, alpha)
    progress("measuring")
    figures = measure(predictions, bundle.problem, _figures(bundle)) if predictions is not None else []
    found = [
        *_about_rows(rows, spec),
        *check_columns(rows, spec),
        *check_readable(rows, spec),
        *_about_columns(rows, columns, spec, alpha),
        *check_domain(rows.frame, judged.columns, now, spec, alpha),
        *check_row_rules(rows.frame, bundle.rules, spec, alpha),
        *notices,
        *(_shifted(item, "DR012") for item in said if item.measures[0].violated),
        *check_performance(figures, bundle.problem.metric, spec.performance),
    ]
    return MonitorReport.of(
        found,
        model_id=bundle.id,
        rows=len(rows),
        baseline_rows=baseline.rows,
        columns=columns,
        predictions=said,
        performance=tuple(figures),
        estimated=estimate(predictions, bundle.problem) if predictions is not None else {},
        outside_seen=_outside_seen(rows, baseline, judged),
        spec=spec,
    )


def _figures(bundle: Bundle) -> Mapping[str, Mapping[str, Any]]:
    """Return how good the model was: as evaluated, or else as training estimated the metric that decides."""
    evaluated: Mapping[str, Mapping[str, Any]] = bundle.evaluation.get("metrics") or {}
    estimated = bundle.manifest.metadata.get("score")
    if evaluated or not isinstance(estimated, Mapping):
        return evaluated
    return {bundle.problem.metric: estimated}


def _about_rows(rows: Rows, spec: MonitorSpec) -> Iterator[Violation]:
    """Yield DR014 and DR015: too few rows, and rows of another model."""
    if len(rows) < spec.min_rows:
        detail = f"There are {len(rows)} rows; distributions are compared from {spec.min_rows} on."
        yield Violation("DR014", None, len(rows), spec.min_rows, detail)
    if rows.others:
        detail = f"{number(rows.others)} captured rows were answered by another model and are left out."
        yield Violation("DR015", None, rows.others, None, detail)


def _about_columns(
    rows: Rows, columns: tuple[ColumnDrift, ...], spec: MonitorSpec, alpha: float
) -> Iterator[Violation]:
    for item in columns:
        limits = spec.for_column(item.column)
        yield from (_shifted(item, measure.code) for measure in item.measures if measure.violated)
        if len(rows) >= spec.min_rows:
            yield from check_missing(item.baseline, item.now, limits, alpha)
            yield from check_new_values(rows.frame[item.column], item.baseline, limits, alpha)


def _shifted(item: ColumnDrift, code: str) -> Violation:
    """Return the violation of a distance; DR012 is about the first, the stability index."""
    measure = next((measure for measure in item.measures if measure.code == code), item.measures[0])
    evidence: dict[str, Any] = {"measure": measure.name}
    if measure.p_value is not None:
        evidence["p_value"] = measure.p_value
    where = ""
    if item.cells is not None:
        label, before, later = item.cells.largest_change()
        evidence |= {"cell": label, "baseline_share": before, "share": later}
        where = f" Most changed: “{label}”, {percent(before)} then, {percent(later)} now."
    detail = f"The {MEASURES[measure.name]} of {item.column!r} is {number(measure.value)}.{where}"
    return Violation(code, item.column, measure.value, measure.limit, detail, evidence=evidence)


def _predictions(bundle: Bundle, rows: Rows, progress: Progress) -> Predictions | None:
    """Return what was answered, or would be; None where a column is missing."""
    if rows.predictions is not None:
        return replace(rows.predictions, truth=rows.truth)
    if rows.missing or not len(rows):
        return None
    progress("predicting")
    return replace(bundle.model.predict(rows.frame), truth=rows.truth)


def _compare_predictions(
    bundle: Bundle, predictions: Predictions | None, spec: MonitorSpec, alpha: float
) -> tuple[tuple[ColumnDrift, ...], list[Violation]]:
    """Compare predictions with those for rows that the model had not learnt from."""
    if predictions is None:
        return (), []
    if bundle.prediction_baseline is None:
        detail = "The bundle does not know what was predicted at training time, so predictions are not compared."
        return (), [Violation("DR016", None, None, None, detail)]
    # One limit decides about predictions; the other distances are told without one.
    limits = replace(spec, psi=spec.prediction, js=None, ks=None, cramers_v=None, columns={})
    now = describe_predictions(predictions)
    before = bundle.prediction_baseline
    names = [name for name in before.columns if name in now]
    compared = (compare(before[name], now[name], limits, alpha) for name in names)
    return tuple(item for item in compared if item.measures), []


def _outside_seen(rows: Rows, baseline: TableStatistics, judged: Schema) -> dict[str, float]:
    shares = {name: outside_seen(rows.frame[name], baseline[name]) for name in judged.names}
    return {name: share for name, share in shares.items() if share is not None}
