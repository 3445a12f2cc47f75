"""Is the model good: every figure of its task with an interval, and what deserves attention."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from clew.collect.conform import conform
from clew.collect.dataset import Dataset
from clew.core.errors import DataError, SchemaError
from clew.core.finding import Finding, Severity
from clew.core.jsonable import plain
from clew.core.predictions import Predictions
from clew.core.progress import Progress, silent
from clew.define.metrics import Metric, get_metric, metrics_for
from clew.define.problem import DEFAULT_METRIC, Task
from clew.define.scoring.inputs import truth_of, weights_of
from clew.define.uncertainty import Interval, bootstrap_all
from clew.evaluate import checks
from clew.evaluate.baseline import Baseline, baseline
from clew.evaluate.calibration import Calibration, calibration
from clew.evaluate.confusion import Confusion, confusion
from clew.evaluate.curves import Curves, Threshold, curves, threshold_table
from clew.evaluate.importance import Importance, Model, permutation_importance
from clew.evaluate.residuals import Residuals, residuals
from clew.evaluate.shares import Mask
from clew.store.files import write_atomic


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """How good predictions are on rows whose truth is known.

    Parameters
    ----------
    task : Task
        Kind of answer.
    metric : str
        The metric that decides.
    metrics : mapping of str to Interval
        Every metric of the task.
    baseline : Baseline
        What a constant answer scores, and how much better the model is.
    predictions : Predictions
        The judged rows.
    dropped : int
        Rows that were left out because their truth is missing.
    confusion : Confusion, optional
        Of a classification.
    curves : Curves, optional
        Of a classification with probabilities.
    thresholds : tuple of Threshold
        Of a binary task with probabilities; else empty.
    calibration : Calibration, optional
        Of a classification with probabilities.
    residuals : Residuals, optional
        Of a regression.
    importance : Importance, optional
        Where it was measured.
    findings : tuple of Finding
        What deserves attention (codes ``ME…``).
    target : str, optional
        The column that was predicted.
    """

    task: Task
    metric: str
    metrics: Mapping[str, Interval]
    baseline: Baseline
    predictions: Predictions
    dropped: int = 0
    confusion: Confusion | None = None
    curves: Curves | None = None
    thresholds: tuple[Threshold, ...] = ()
    calibration: Calibration | None = None
    residuals: Residuals | None = None
    importance: Importance | None = None
    findings: tuple[Finding, ...] = ()
    target: str | None = None

    def __len__(self) -> int:
        return len(self.predictions)

    def __repr__(self) -> str:
        score = self.metrics[self.metric]
        return (
            f"Evaluation({self.metric}={score.value:.4g} [{score.low:.4g}, {score.high:.4g}], {len(self)} rows, "
            f"{len(self.findings)} findings)"
        )

    def figures(self) -> dict[str, float]:
        """Return the flat dictionary that gates are judged by.

        Returns
        -------
        dict
            ``NAME``, ``NAME_low``, ``NAME_high`` and ``baseline_NAME`` for each metric; ``gain``, ``gain_low``,
            ``gain_high`` over the constant answer in the metric that decides; ``rows``, ``rows_dropped``;
            ``calibration_error`` or ``mean_residual`` with ``_low`` and ``_high``; ``findings_error`` and
            ``findings_warning``. NaN where a figure is not defined.
        """
        intervals = dict(self.metrics) | {"gain": self.baseline.gain}
        if self.calibration is not None:
            intervals["calibration_error"] = self.calibration.error
        if self.residuals is not None:
            intervals["mean_residual"] = self.residuals.mean
        result: dict[str, float] = {"rows": len(self), "rows_dropped": self.dropped}
        for name, interval in intervals.items():
            result |= {name: interval.value, f"{name}_low": interval.low, f"{name}_high": interval.high}
        result |= {f"baseline_{name}": value for name, value in self.baseline.metrics.items()}
        for severity in (Severity.ERROR, Severity.WARNING):
            found = sum(finding.severity is severity for finding in self.findings)
            result[f"findings_{severity.value}"] = found
        return result

    def to_dict(self) -> dict[str, Any]:
        """Return all figures as JSON-ready values; what was not measured is None."""
        measured = self.importance
        result = {
            "task": self.task.value,
            "target": self.target,
            "metric": self.metric,
            "rows": len(self),
            "rows_dropped": self.dropped,
            "metrics": {name: interval.to_dict() for name, interval in self.metrics.items()},
            "baseline": self.baseline.to_dict(),
            "confusion": self.confusion and self.confusion.to_dict(),
            "curves": self.curves and self.curves.to_dict(),
            "thresholds": [item.to_dict() for item in self.thresholds],
            "calibration": self.calibration and self.calibration.to_dict(),
            "residuals": self.residuals and self.residuals.to_dict(),
            "importance": [item.to_dict() for item in measured.features] if measured else None,
            "importance_rows": measured.rows if measured else None,
            "importance_repeats": measured.repeats if measured else None,
            "findings": [finding.to_dict() for finding in self.findings],
        }
        plained: dict[str, Any] = plain(result)
        return plained

    def save(self, path: str | Path) -> Path:
        """Write a report as one HTML file that needs nothing else.

        Parameters
        ----------
        path : path-like
            The file; its folder is made if need be.

        Returns
        -------
        Path
            The file.
        """
        from clew.evaluate.report import render

        file = Path(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(file, render(self))
        return file

    def _repr_html_(self) -> str:
        from clew.evaluate.report import summary

        return summary(self)


def evaluate(
    model: Model, dataset: Dataset, *, importance: bool = True, seed: int = 0, progress: Progress = silent
) -> Evaluation:
    """Judge a model on labelled rows that it has not learnt from.

    Parameters
    ----------
    model : FittedModel
        What is judged.
    dataset : Dataset
        Rows with the target; those whose target is missing are left out and counted.
    importance : bool, default True
        Whether to measure what each raw column is worth.
    seed : int, default 0
        Of resampling and shuffling; same seed, same result.
    progress : Progress, optional
        Who listens.

    Returns
    -------
    Evaluation

    Raises
    ------
    SchemaError
        If the target column is absent, or the model cannot read the table.
    DataError
        If no row has a target.
    """
    problem = model.problem
    if problem.target not in dataset.frame.columns:
        raise SchemaError(
            f"The target {problem.target!r} is no column of {dataset.source}, and judging needs the truth.",
            hint="Give rows that have it; `clew predict` works without.",
        )
    progress("predicting", 0.0)
    frame = conform(dataset.frame, model.schema)
    everything = model.predict(frame)
    judged = np.flatnonzero(_has_truth(everything))
    predictions = _named(everything).take(judged)
    _require_rows(predictions, problem.target)
    metric = get_metric(problem.metric, problem.task)
    measured = None
    if importance:
        measured = permutation_importance(model, frame, predictions, judged, metric, seed=seed, progress=progress)
    progress("measuring", 0.95)
    result = evaluate_predictions(
        predictions,
        problem.task,
        metric=metric.name,
        importance=measured,
        threshold=getattr(model, "threshold", None),
        target=problem.target,
        seed=seed,
    )
    dropped = len(everything) - len(judged)
    found = checks.left_out(dropped, len(judged))
    return replace(result, dropped=dropped, findings=(*result.findings, *([found] if found else [])))


def evaluate_predictions(
    predictions: Predictions,
    task: Task,
    *,
    metric: str | None = None,
    importance: Importance | None = None,
    threshold: float | None = None,
    target: str | None = None,
    seed: int = 0,
) -> Evaluation:
    """Judge predictions, wherever they come from: a model, cross-validation, or a service in use.

    Parameters
    ----------
    predictions : Predictions
        With truth; rows whose truth is missing are left out and counted.
    task : Task
        Kind of answer.
    metric : str, optional
        The metric that decides; by default the task's.
    importance : Importance, optional
        If it was measured.
    threshold : float, optional
        The decision threshold of a binary task.
    target : str, optional
        Name of the target, for the report.
    seed : int, default 0
        Of resampling.

    Returns
    -------
    Evaluation

    Raises
    ------
    UsageError
        If there is no truth, or the metric cannot judge the task.
    DataError
        If no row has a truth.
    """
    decisive = get_metric(metric or DEFAULT_METRIC[task], task)
    known = _has_truth(predictions)
    judged = _named(predictions).take(known)
    _require_rows(judged, target)
    suitable = _measurable(judged, task)
    intervals = bootstrap_all(suitable, judged, seed=seed)
    result = Evaluation(
        task=task,
        metric=decisive.name,
        metrics=MappingProxyType({item.name: value for item, value in zip(suitable, intervals, strict=True)}),
        baseline=baseline(judged, task, decisive, seed=seed),
        predictions=judged,
        dropped=int((~known).sum()),
        importance=importance,
        target=target,
    )
    result = replace(result, **_details(judged, task, threshold, seed))
    return replace(result, findings=_findings(result))


def _measurable(predictions: Predictions, task: Task) -> list[Metric]:
    available = {"prediction"} | ({"probabilities"} if predictions.probabilities is not None else set())
    return [metric for metric in metrics_for(task) if metric.needs in available]


def _details(predictions: Predictions, task: Task, threshold: float | None, seed: int) -> dict[str, Any]:
    """What only one kind of task has."""
    if not task.is_classification:
        return {"residuals": residuals(predictions, seed=seed)}
    details: dict[str, Any] = {"confusion": confusion(predictions)}
    if predictions.probabilities is not None:
        details["curves"] = curves(predictions)
        details["calibration"] = calibration(predictions, seed=seed)
        if task is Task.BINARY and predictions.positive is not None:
            details["thresholds"] = threshold_table(predictions, threshold)
    return details


def _findings(result: Evaluation) -> tuple[Finding, ...]:
    judged, metrics = result.predictions, result.metrics
    found = [
        checks.few_rows(judged, result.task),
        checks.no_gain(result.baseline, metrics),
        checks.poor_calibration(result.calibration),
        checks.dominance(result.importance),
        checks.left_out(result.dropped, len(judged)),
        checks.bias(result.residuals, metrics),
        checks.too_good(metrics),
    ]
    if result.task.is_classification:
        found += [checks.never_predicted(judged), checks.unknown_labels(judged)]
    return tuple(sorted((finding for finding in found if finding), key=lambda finding: finding.code))


def _has_truth(predictions: Predictions) -> Mask:
    truth = truth_of(predictions)
    if truth.dtype.kind == "O":
        # NaN is the only value that differs from itself.
        return np.array([value is not None and value == value for value in truth.tolist()], dtype=bool)  # noqa: PLR0124
    return ~np.isnan(truth) if truth.dtype.kind == "f" else np.ones(len(truth), dtype=bool)


def _named(predictions: Predictions) -> Predictions:
    """Name rows by position, before some are left out."""
    return predictions if predictions.row_id is not None else replace(predictions, row_id=np.arange(len(predictions)))


def _require_rows(predictions: Predictions, target: str | None) -> None:
    what = f"The target {target!r}" if target else "The truth"
    if len(predictions) == 0:
        raise DataError(f"{what} is missing in every row.", hint="Give rows whose answer is known.")
    if not weights_of(predictions).sum() > 0:
        raise DataError("The weight of every row is 0.", hint="Give at least one row a weight.")
