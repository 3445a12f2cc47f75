"""Metrics of the user's own: a function over truth and answers, and its direction.

>>> from clew.define.custom_metric import metric
>>> @metric(greater_is_better=False)
... def late_parcels(truth, prediction):
...     return float((prediction < truth - 2).mean())
>>> late_parcels.greater_is_better
False
"""

import inspect
import math
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import NDArray

from clew.core.callables import spelt
from clew.core.errors import UsageError
from clew.core.fingerprint import of_json
from clew.core.predictions import Predictions
from clew.define.metrics import METRICS, Metric
from clew.define.problem import Problem, Task

Function = Callable[..., float]
Needs = Literal["prediction", "probabilities"]
_HOW = "Put @metric(greater_is_better=True) or False above it, from clew.define.custom_metric."


@overload
def metric(function: Function, *, greater_is_better: bool, needs: Needs = ..., name: str | None = ...) -> Metric: ...
@overload
def metric(*, greater_is_better: bool, needs: Needs = ..., name: str | None = ...) -> Callable[[Function], Metric]: ...
def metric(
    function: Function | None = None,
    *,
    greater_is_better: bool,
    needs: Needs = "prediction",
    name: str | None = None,
) -> Metric | Callable[[Function], Metric]:
    """Make a metric of a function; also a decorator.

    Parameters
    ----------
    function : callable
        ``function(truth, answers)`` or ``function(truth, answers, sample_weight=None)`` → a number, as in
        scikit-learn: `truth` holds labels as they are in the data, or numbers, shape (n,). Where it takes no
        ``sample_weight``, rows with weights are refused. A ValueError says that it is not defined on these rows.
    greater_is_better : bool
        Whether a higher figure is a better one.
    needs : {"prediction", "probabilities"}, default "prediction"
        What `answers` are: labels or numbers, shape (n,); or probabilities of the label of interest, shape (n,), with
        more than two classes of each, shape (n, classes).
    name : str, optional
        By default ``"module:function"``, or the function's name where its module is a script or a notebook.

    Returns
    -------
    Metric
        Give it as `metric` to `AutoClassifier` and `AutoRegressor`.

    Raises
    ------
    UsageError
        If the name is that of one of Clew's own metrics, or `needs` is something else.
    """
    if function is None:
        return lambda given: metric(given, greater_is_better=greater_is_better, needs=needs, name=name)
    if needs not in ("prediction", "probabilities"):
        raise UsageError(f"`needs` of a metric is {needs!r}.", hint="Use 'prediction' or 'probabilities'.")
    label = getattr(function, "__name__", type(function).__name__)
    module = getattr(function, "__module__", "__main__")
    named = name or (label if module == "__main__" or not label.isidentifier() else f"{module}:{label}")
    if named in METRICS:
        raise UsageError(f"Clew has a metric {named!r} of its own.", hint="Give another `name`.")
    tasks = frozenset(Task) if needs == "prediction" else frozenset({Task.BINARY, Task.MULTICLASS})
    asked = _Asked(function, named, needs)
    return Metric(named, label, tasks, greater_is_better, needs, asked, labelled=True)


def as_metric(value: Any) -> Metric:
    """Return a metric as it is, or a function that declares its direction as one.

    Parameters
    ----------
    value : Metric or callable
        A function has an attribute ``greater_is_better``, and may have ``needs``.

    Raises
    ------
    UsageError
        If it is neither, or declares no direction.
    """
    if isinstance(value, Metric):
        return value
    direction = getattr(value, "greater_is_better", None)
    if not callable(value) or not isinstance(direction, bool):
        name = getattr(value, "__name__", repr(value))
        raise UsageError(f"The metric {name!r} does not say which direction is better.", hint=_HOW)
    return metric(value, greater_is_better=direction, needs=getattr(value, "needs", "prediction"))


def metric_named(name: str) -> Metric:
    """Import a metric; its module's code runs, so its name must be trusted.

    Parameters
    ----------
    name : str
        As ``"package.module:function"``.

    Raises
    ------
    UsageError
        If it cannot be imported, or is no metric.
    """
    module, _, last = name.partition(":")
    try:
        found = getattr(import_module(module), last)
    except (ImportError, ValueError, AttributeError) as error:
        raise UsageError(f"The metric {name!r} cannot be imported: {error}.") from error
    return replace(as_metric(found), name=name)


def fingerprint_of(known: Metric) -> str:
    """Return a name for what a metric does: another one once its code, a value bound to it, or the direction changes.

    Parameters
    ----------
    known : Metric
        Whatever it is.
    """
    function = known.function.function if isinstance(known.function, _Asked) else known.function
    return of_json([known.name, known.greater_is_better, known.needs, spelt(function)])


def with_labels(known: Metric, problem: Problem) -> Metric:
    """Return a metric for predictions whose labels are class indices.

    Parameters
    ----------
    known : Metric
        Whatever it is.
    problem : Problem
        With its classes.
    """
    if not (known.labelled and problem.task.is_classification):
        return known
    labels = np.array([*problem.classes, None], dtype=object)[:-1]

    def function(predictions: Predictions) -> float:
        truth = None if predictions.truth is None else labels[predictions.truth]
        told = {"prediction": labels[predictions.prediction], "truth": truth}
        return known(replace(predictions, classes=problem.classes, positive=problem.positive, **told))

    return replace(known, function=function)


class _Asked:
    """A function over arrays as one over predictions."""

    def __init__(self, function: Function, name: str, needs: Needs) -> None:
        self.function, self._name, self._needs = function, name, needs
        self._weighs = _takes_weights(function)

    def __call__(self, predictions: Predictions) -> float:
        if predictions.truth is None:
            raise UsageError(f"The metric {self._name!r} needs the truth.", hint="Give rows with the target.")
        answers = _plain(predictions.prediction)
        if self._needs == "probabilities":
            binary = predictions.positive is not None
            answers = predictions.positive_probability if binary else np.asarray(predictions.probabilities)
        weights = {} if predictions.weight is None else {"sample_weight": predictions.weight}
        if weights and not self._weighs:
            raise UsageError(
                f"The rows have weights, and the metric {self._name!r} takes none.",
                hint="Give its function a parameter sample_weight.",
            )
        try:
            value = self.function(_plain(predictions.truth), answers, **weights)
        except ValueError:
            return math.nan
        except Exception as error:
            raise UsageError(f"The metric {self._name!r} failed: {type(error).__name__}: {error}.") from error
        if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.integer | np.floating):
            raise UsageError(f"The metric {self._name!r} returned {value!r}.", hint="Return one number.")
        return float(value)


def _takes_weights(function: Function) -> bool:
    try:
        return "sample_weight" in inspect.signature(function).parameters
    except (TypeError, ValueError):
        return False


def _plain(values: NDArray[Any]) -> NDArray[Any]:
    """Return labels with a type of their own rather than as objects: scikit-learn's functions look at it."""
    return np.asarray(values.tolist()) if values.dtype == object else values
