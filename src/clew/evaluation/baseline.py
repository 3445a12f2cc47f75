"""The constant answer that any model has to beat."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.core.predictions import Predictions
from clew.define.metrics import METRICS, Metric, metrics_for
from clew.define.problem import Task
from clew.define.scoring.inputs import FloatArray, labels_of, numbers_of, weights_of
from clew.define.uncertainty import Interval, paired_bootstrap

#: Metrics that a constant answer makes perfect say nothing about a model; another one judges in their place.
_INSTEAD = {"recall": "f1"}
#: A constant is best by these at the median of the truth, by the other regression metrics at its mean.
_MEDIAN = frozenset({"mae", "mape"})


@dataclass(frozen=True, slots=True)
class Baseline:
    """A constant answer, made from the judged rows themselves, so that none could know better.

    Parameters
    ----------
    answer : object
        The most frequent label (probabilities are the shares of the classes), or the mean of the truth (for MAE and
        MAPE its median).
    metrics : mapping of str to float
        What it scores.
    metric : str
        By what the model is compared with it.
    gain : Interval
        By how much the model is better: positive where it is, whatever the direction of the metric.
    """

    answer: Any
    metrics: Mapping[str, float]
    metric: str
    gain: Interval

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        figures = {name: None if np.isnan(value) else value for name, value in self.metrics.items()}
        return {"answer": self.answer, "metrics": figures, "metric": self.metric, "gain": self.gain.to_dict()}


def baseline(predictions: Predictions, task: Task, metric: Metric, *, seed: int = 0) -> Baseline:
    """Measure a constant answer on the same rows, and compare.

    Parameters
    ----------
    predictions : Predictions
        Of the model, at least one row with truth.
    task : Task
        Kind of answer.
    metric : Metric
        What decides.
    seed : int, default 0
        Of the bootstrap draws.
    """
    by = METRICS[_INSTEAD.get(metric.name, metric.name)] if metric.name in METRICS else metric
    constants = {item.name: constant_answer(predictions, task, item) for item in metrics_for(task)}
    constant = constants.get(by.name, constant_answer(predictions, task, by))
    first, second = (predictions, constant) if by.greater_is_better else (constant, predictions)
    gain = paired_bootstrap(by, first, second, resamples=200, seed=seed).interval
    figures = {item.name: item.function(constants[item.name]) for item in metrics_for(task)}
    if "r2" in figures:
        # The mean explains nothing, by definition; what is left is rounding.
        figures["r2"] = round(figures["r2"], 12)
    answer = constant.prediction[:1].tolist()[0]
    return Baseline(answer, MappingProxyType(figures), by.name, gain)


def constant_answer(predictions: Predictions, task: Task, metric: Metric) -> Predictions:
    """Return predictions that give every row the same answer, the one that serves a metric best.

    Parameters
    ----------
    predictions : Predictions
        Gives the rows: truth, weight, group.
    task : Task
        Kind of answer.
    metric : Metric
        Decides between mean and median.
    """
    weight = weights_of(predictions)
    if not task.is_classification:
        truth, _ = numbers_of(predictions)
        best = _median(truth, weight) if metric.name in _MEDIAN else float(np.average(truth, weights=weight))
        return replace(predictions, prediction=np.full(len(truth), best))
    labels = labels_of(predictions, with_prediction=False)
    shares = np.bincount(labels.truth, weight, minlength=len(labels.names)) / weight.sum()
    answer: NDArray[Any] = np.empty(len(predictions), dtype=object)
    answer[:] = [labels.names[int(shares.argmax())]] * len(predictions)
    return replace(
        predictions,
        prediction=answer,
        probabilities=np.tile(shares, (len(predictions), 1)),
        classes=labels.names,
    )


def _median(values: FloatArray, weight: FloatArray) -> float:
    """Smallest value that half of the weight does not exceed."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weight[order])
    return float(values[order[np.searchsorted(reached, reached[-1] / 2)]])
