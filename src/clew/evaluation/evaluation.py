"""Is the model good: every figure of its task with an interval, and what deserves attention."""

from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
import polars as pl

from clew.collect.conform import conform
from clew.collect.dataset import Dataset
from clew.core.errors import DataError, SchemaError
from clew.core.finding import Finding
from clew.core.predictions import Predictions
from clew.core.progress import Progress, silent
from clew.define.metrics import Metric, get_metric, metric_of, metrics_for
from clew.define.problem import DEFAULT_METRIC, Task
from clew.define.scoring.inputs import truth_of, weights_of
from clew.define.shares import Mask
from clew.define.uncertainty import bootstrap_all
from clew.evaluation import checks
from clew.evaluation.baseline import baseline
from clew.evaluation.calibration import calibration
from clew.evaluation.confusion import confusion
from clew.evaluation.coverage import SHARE, coverage
from clew.evaluation.curves import curves, threshold_table
from clew.evaluation.importance import Importance, Model, permutation_importance
from clew.evaluation.residuals import residuals
from clew.evaluation.result import Evaluation

__all__ = ["Evaluation", "evaluate", "evaluate_predictions"]


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
        Called with a message and the share that is done.

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
    predictions = _answers(model, frame)
    metric = metric_of(problem)
    measured = None
    if importance:
        known = _has_truth(predictions)
        judged = _judged(predictions, known, problem.target)
        rows = np.flatnonzero(known)
        measured = permutation_importance(model, frame, judged, rows, metric, seed=seed, progress=progress)
    progress("measuring", 1.0)
    return evaluate_predictions(
        predictions,
        problem.task,
        metric=metric.name,
        importance=measured,
        threshold=getattr(model, "threshold", None),
        target=problem.target,
        seed=seed,
    )


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
    judged = _judged(predictions, known, target)
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


def _answers(model: Model, frame: pl.DataFrame) -> Predictions:
    """Return the answers, with intervals where the model gives them."""
    tail = (1.0 - SHARE) / 2.0
    spread = getattr(model, "spread", None)
    known = spread is not None and spread.reaches((tail, 1.0 - tail))
    return model.predict(frame, interval=SHARE) if known else model.predict(frame)


def _measurable(predictions: Predictions, task: Task) -> list[Metric]:
    available = {"prediction"} | ({"probabilities"} if predictions.probabilities is not None else set())
    return [metric for metric in metrics_for(task) if metric.needs in available]


def _details(predictions: Predictions, task: Task, threshold: float | None, seed: int) -> dict[str, Any]:
    """Measure what only some kinds of task have."""
    if not task.is_classification:
        return {"residuals": residuals(predictions, seed=seed), "coverage": coverage(predictions)}
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
        checks.overconfident(result.coverage),
    ]
    if result.task.is_classification:
        found += [checks.never_predicted(judged), checks.unknown_labels(judged)]
    return tuple(sorted((finding for finding in found if finding), key=lambda finding: finding.code))


def _has_truth(predictions: Predictions) -> Mask:
    truth = truth_of(predictions)
    if truth.dtype.kind == "O":
        # NaN is the only value that differs from itself.
        return np.array([value is not None and value == value for value in truth.tolist()], dtype=bool)
    return ~np.isnan(truth) if truth.dtype.kind == "f" else np.ones(len(truth), dtype=bool)


def _judged(predictions: Predictions, known: Mask, target: str | None) -> Predictions:
    """Return the rows with a truth, named by their position where they have no id."""
    named = predictions if predictions.row_id is not None else replace(predictions, row_id=np.arange(len(known)))
    judged = named.take(known)
    if len(judged) == 0:
        what = f"The target {target!r}" if target else "The truth"
        raise DataError(f"{what} is missing in every row.", hint="Give rows whose answer is known.")
    if not weights_of(judged).sum() > 0:
        raise DataError("The weight of every row is 0.", hint="Give at least one row a weight.")
    return judged
