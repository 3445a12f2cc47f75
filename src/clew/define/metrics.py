"""The metrics: how good predictions are, as pure functions over `Predictions`.

Binary tasks are measured relative to the positive label; multiclass precision, recall and F1 are averaged over classes
with equal weight (macro), areas under curves are averaged over each class against the rest. Row weights are honoured
everywhere. A metric that is not defined on these rows is NaN, never an error: the area under a curve where the truth
has a single class, recall where no row is positive, R² where the truth is constant. docs/reference/metrics.md states
formula, source and such rules one by one.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np

from clew.core.errors import UsageError, did_you_mean
from clew.core.predictions import Predictions
from clew.define.problem import DEFAULT_METRIC, Problem, Task
from clew.define.scoring import labels, numbers, probabilities, ranking
from clew.define.scoring.inputs import Statistic, weights_of

_CLASSIFICATION = frozenset({Task.BINARY, Task.MULTICLASS})
_REGRESSION = frozenset({Task.REGRESSION})


@dataclass(frozen=True, slots=True)
class Metric:
    """One way to say how good predictions are.

    Parameters
    ----------
    name : str
        As it stands in ``clew.yaml``, on the command line and in results.
    label : str
        For people, e.g. ``"ROC AUC"``.
    tasks : frozenset of Task
        Kinds of answer it can judge.
    greater_is_better : bool
        Whether a higher figure is a better one.
    needs : {"prediction", "probabilities"}
        What it reads beside the truth.
    function : callable
        Predictions → float. Raises UsageError where the truth or what it `needs` is not there.
    statistic : callable, optional
        Predictions → the metric for any weights (see `clew.define.scoring`), which makes resampling fast. Without it,
        `function` is called on each resample.
    share : bool, default False
        Whether the figure lies between 0 (all wrong) and 1 (perfect).
    per_class : bool, default False
        Whether a class counts however rare it is, so that the rarest decides how sure the figure is.
    leaves_out_zero : bool, default False
        Whether rows whose truth is 0 have no part in it.
    labelled : bool, default False
        Whether it reads labels as they are in the data, as the user's own do; the others only compare them.
    """

    name: str
    label: str
    tasks: frozenset[Task]
    greater_is_better: bool
    needs: Literal["prediction", "probabilities"]
    function: Callable[[Predictions], float]
    statistic: Callable[[Predictions], Statistic] | None = None
    share: bool = False
    per_class: bool = False
    leaves_out_zero: bool = False
    labelled: bool = False

    def rows(self, predictions: Predictions) -> int:
        """Return how many rows have a part in the figure."""
        if self.leaves_out_zero and predictions.truth is not None:
            return int(np.count_nonzero(predictions.truth))
        return len(predictions)

    def __call__(self, predictions: Predictions) -> float:
        """Return the figure for these predictions; NaN where it is not defined."""
        return self.function(predictions)

    def better(self, first: float, second: float) -> bool:
        """Return whether the first figure is better than the second; any number is better than NaN."""
        if math.isnan(second):
            return not math.isnan(first)
        return first > second if self.greater_is_better else first < second


def accuracy(predictions: Predictions) -> float:
    """Return the share of rows whose label is predicted rightly."""
    return _value(labels.accuracy, predictions)


def balanced_accuracy(predictions: Predictions) -> float:
    """Return the mean recall over the classes that occur in the truth."""
    return _value(labels.balanced_accuracy, predictions)


def precision(predictions: Predictions) -> float:
    """Return the share of predicted positives that are positive; 0 where nothing is predicted positive."""
    return _value(labels.precision, predictions)


def recall(predictions: Predictions) -> float:
    """Return the share of positives that are predicted positive; NaN where nothing is positive."""
    return _value(labels.recall, predictions)


def f1(predictions: Predictions) -> float:
    """Return the harmonic mean of precision and recall; NaN where nothing is or is predicted positive."""
    return _value(labels.f1, predictions)


def roc_auc(predictions: Predictions) -> float:
    """Return the area under the ROC curve; NaN where the truth has a single class."""
    return _value(ranking.roc_auc, predictions)


def pr_auc(predictions: Predictions) -> float:
    """Return average precision; NaN where the truth has a single class."""
    return _value(ranking.pr_auc, predictions)


def log_loss(predictions: Predictions) -> float:
    """Return the mean of -ln(probability of the true label), in nats."""
    return _value(probabilities.log_loss, predictions)


def brier(predictions: Predictions) -> float:
    """Return the Brier score: binary within 0 and 1, multiclass (summed over the classes) within 0 and 2."""
    return _value(probabilities.brier, predictions)


def mae(predictions: Predictions) -> float:
    """Return the mean absolute error, in the unit of the target."""
    return _value(numbers.mae, predictions)


def rmse(predictions: Predictions) -> float:
    """Return the root mean squared error, in the unit of the target."""
    return _value(numbers.rmse, predictions)


def r2(predictions: Predictions) -> float:
    """Return the coefficient of determination; NaN where the truth is constant."""
    return _value(numbers.r2, predictions)


def mape(predictions: Predictions) -> float:
    """Return the mean absolute error as a share of the truth, over rows whose truth is not 0; NaN if all are 0."""
    return _value(numbers.mape, predictions)


def _value(statistic: Callable[[Predictions], Statistic], predictions: Predictions) -> float:
    return float(statistic(predictions)(weights_of(predictions)[None, :])[0])


def _share(name: str, label: str, function: Callable[[Predictions], float]) -> Metric:
    """Describe a metric within 0 and 1 that judges labels or the order of rows."""
    ranks = function in (roc_auc, pr_auc)
    return Metric(
        name,
        label,
        _CLASSIFICATION,
        greater_is_better=True,
        needs="probabilities" if ranks else "prediction",
        function=function,
        statistic=getattr(ranking if ranks else labels, name),
        share=True,
        per_class=function is not accuracy,
    )


def _loss(name: str, label: str, function: Callable[[Predictions], float]) -> Metric:
    """Describe a metric of probabilities that is better when smaller."""
    statistic = getattr(probabilities, name)
    return Metric(
        name,
        label,
        _CLASSIFICATION,
        greater_is_better=False,
        needs="probabilities",
        function=function,
        statistic=statistic,
    )


def _error(name: str, label: str, function: Callable[[Predictions], float]) -> Metric:
    """Describe a metric of numbers."""
    return Metric(
        name,
        label,
        _REGRESSION,
        greater_is_better=function is r2,
        needs="prediction",
        function=function,
        statistic=getattr(numbers, name),
        leaves_out_zero=function is mape,
    )


_ALL = (
    _share("accuracy", "Accuracy", accuracy),
    _share("balanced_accuracy", "Balanced accuracy", balanced_accuracy),
    _share("precision", "Precision", precision),
    _share("recall", "Recall", recall),
    _share("f1", "F1", f1),
    _share("roc_auc", "ROC AUC", roc_auc),
    _share("pr_auc", "PR AUC", pr_auc),
    _loss("log_loss", "Log loss", log_loss),
    _loss("brier", "Brier score", brier),
    _error("mae", "MAE", mae),
    _error("rmse", "RMSE", rmse),
    _error("r2", "R²", r2),
    _error("mape", "MAPE", mape),
)

#: Every metric by name, in the order in which results list them.
METRICS: Mapping[str, Metric] = MappingProxyType({metric.name: metric for metric in _ALL})


def metrics_for(task: Task) -> tuple[Metric, ...]:
    """Return the metrics that can judge a kind of answer, in the order of `METRICS`."""
    return tuple(metric for metric in METRICS.values() if task in metric.tasks)


def metric_of(problem: Problem) -> Metric:
    """Return the metric of a problem; the task's usual one where it is one of the user's own, which is not at hand.

    Parameters
    ----------
    problem : Problem
        As a bundle states it, say.
    """
    known = problem.metric in METRICS
    return get_metric(problem.metric if known else DEFAULT_METRIC[problem.task], problem.task)


def get_metric(name: str, task: Task) -> Metric:
    """Return a metric by name.

    Parameters
    ----------
    name : str
        One of `METRICS`.
    task : Task
        Kind of answer it has to judge.

    Raises
    ------
    UsageError
        If there is no such metric, or it cannot judge this task.
    """
    metric = METRICS.get(name)
    known = [candidate.name for candidate in metrics_for(task)]
    if metric is None:
        raise UsageError(f"There is no metric {name!r}.", hint=did_you_mean(name, known))
    if task not in metric.tasks:
        shown = ", ".join(repr(candidate) for candidate in known)
        raise UsageError(f"The metric {name!r} cannot judge a {task.value} task.", hint=f"Choose from {shown}.")
    return metric
