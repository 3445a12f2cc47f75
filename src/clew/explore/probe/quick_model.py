"""A quick model: a floor of what can be achieved with these rows, before anybody has prepared or tuned anything."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from clew.core.jsonable import plain
from clew.core.predictions import Predictions
from clew.define.metrics import Metric, get_metric
from clew.define.problem import Task
from clew.define.scoring.inputs import Statistic, numbers_of
from clew.define.scoring.probabilities import mean_of
from clew.define.uncertainty import Interval, bootstrap_all
from clew.explore.probe.crossfit import CrossFit
from clew.explore.probe.power import Power, power_of
from clew.explore.probe.question import Question

_OF_LABELS = ("roc_auc", "accuracy", "balanced_accuracy", "precision", "recall", "f1")
_OF_NUMBERS = ("r2", "mae", "rmse")
#: Labels that the confusion matrix has room for; the others go together.
MAX_CONFUSED = 12


@dataclass(frozen=True, slots=True)
class QuickModel:
    """How well a small model tells the target.

    Parameters
    ----------
    task : Task
        Kind of answer.
    metrics : mapping of str to Interval
        Name → figure on rows that had no say, with its interval.
    power : Power
        Joint predictive power of all features, and what chance reaches.
    classes : tuple of dict
        For labels: ``label``, ``rows``, ``precision``, ``recall``, ``f1`` of each, the most frequent first.
    confusion : tuple of dict
        For labels: ``truth``, ``prediction``, ``rows`` of every pair that occurs.
    rows : int
        Rows judged.
    sampled_from : int
        Rows there were to choose from.
    forward : bool
        Whether the latest rows judged, rather than every row once.
    left_out : tuple of str
        Features that were not asked.
    gain : mapping of str to float
        Feature → its share of what all splits gained.
    positive : object, optional
        The class of interest of a binary task.
    """

    task: Task
    metrics: dict[str, Interval]
    power: Power
    classes: tuple[dict[str, Any], ...]
    confusion: tuple[dict[str, Any], ...]
    rows: int
    sampled_from: int
    forward: bool
    left_out: tuple[str, ...]
    gain: dict[str, float]
    positive: Any = None

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready values."""
        result: dict[str, Any] = plain(
            {
                "model": "LightGBM with default settings",
                "metrics": {name: interval.to_dict() for name, interval in self.metrics.items()},
                **self.power.to_dict(),
                "classes": self.classes,
                "confusion": self.confusion,
                "rows": self.rows,
                "sampled_from": self.sampled_from,
                "forward": self.forward,
                "left_out": self.left_out,
                "gain": self.gain,
                "positive": self.positive,
            }
        )
        return result


def quick_model(question: Question, fitted: CrossFit, *, seed: int = 0) -> QuickModel:
    """Judge the models of a cross-fit.

    Parameters
    ----------
    question : Question
        What was asked.
    fitted : CrossFit
        What the models said.
    seed : int, default 0
        Of the resampling behind the intervals.
    """
    predictions = fitted.predictions(question)
    metrics = _metrics(question.task)
    # Intervals of 100 resamples: they are for reading, not for deciding.
    intervals = bootstrap_all(metrics, predictions, resamples=100, seed=seed)
    found = {metric.name: interval for metric, interval in zip(metrics, intervals, strict=True)}
    labels = question.task.is_classification
    if not labels:
        found["max_error"] = _largest_error(predictions)
    confusion = _confusion(predictions) if labels else ()
    return QuickModel(
        task=question.task,
        metrics=found,
        power=power_of(predictions, seed=seed),
        classes=_per_class(predictions) if labels else (),
        confusion=confusion,
        rows=len(predictions),
        sampled_from=question.sample.of,
        forward=len(fitted.splits) == 1,
        left_out=question.left_out,
        gain=_gain(question, fitted),
        positive=question.problem.positive,
    )


def _metrics(task: Task) -> tuple[Metric, ...]:
    if task.is_classification:
        return tuple(get_metric(name, task) for name in _OF_LABELS)
    known = tuple(get_metric(name, task) for name in _OF_NUMBERS)
    return (
        *known,
        _error("mse", "MSE", _mean_square),
        _error("median_absolute_error", "Median absolute error", None),
    )


def _error(name: str, label: str, statistic: Callable[[Predictions], Statistic] | None) -> Metric:
    """Describe a metric of numbers that only the quick model reports."""
    return Metric(
        name,
        label,
        frozenset({Task.REGRESSION}),
        greater_is_better=False,
        needs="prediction",
        function=_mean_square_error if statistic else _median_absolute_error,
        statistic=statistic,
    )


def _mean_square(predictions: Predictions) -> Statistic:
    truth, said = numbers_of(predictions)
    return mean_of((said - truth) ** 2)


def _mean_square_error(predictions: Predictions) -> float:
    truth, said = numbers_of(predictions)
    return float(np.mean((said - truth) ** 2))


def _median_absolute_error(predictions: Predictions) -> float:
    truth, said = numbers_of(predictions)
    return float(np.median(np.abs(said - truth)))


def _largest_error(predictions: Predictions) -> Interval:
    """Return the largest error; an extreme of these rows says nothing sure about that of others."""
    truth, said = numbers_of(predictions)
    return Interval(float(np.abs(said - truth).max()), float("nan"), float("nan"), len(truth))


def _per_class(predictions: Predictions) -> tuple[dict[str, Any], ...]:
    truth, said = np.asarray(predictions.truth), predictions.prediction
    summary = []
    for label in predictions.classes:
        real, named = truth == label, said == label
        hits = int((real & named).sum())
        precision = hits / int(named.sum()) if named.any() else None
        recall = hits / int(real.sum()) if real.any() else None
        both = int(real.sum()) + int(named.sum())
        summary.append(
            {
                "label": label,
                "rows": int(real.sum()),
                "precision": precision,
                "recall": recall,
                "f1": 2 * hits / both if both else None,
            }
        )
    return tuple(sorted(summary, key=lambda item: (-item["rows"], str(item["label"]))))


def _confusion(predictions: Predictions) -> tuple[dict[str, Any], ...]:
    pairs: dict[tuple[Any, Any], int] = {}
    for pair in zip(np.asarray(predictions.truth).tolist(), predictions.prediction.tolist(), strict=True):
        pairs[pair] = pairs.get(pair, 0) + 1
    ordered = sorted(pairs.items(), key=lambda item: (str(item[0][0]), str(item[0][1])))
    return tuple({"truth": truth, "prediction": said, "rows": rows} for (truth, said), rows in ordered)


def _gain(question: Question, fitted: CrossFit) -> dict[str, float]:
    total = np.sum([model.gain for model in fitted.models], axis=0)
    shares = total / total.sum() if total.sum() else total
    summed: dict[str, float] = {}
    for source, share in zip(question.features.sources, shares.tolist(), strict=True):
        summed[source] = summed.get(source, 0.0) + share
    return dict(sorted(summed.items(), key=lambda item: -item[1]))
