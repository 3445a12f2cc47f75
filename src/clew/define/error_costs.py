"""What each kind of error of a binary task costs, and the threshold that follows from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from clew.core.errors import ConfigError, did_you_mean
from clew.core.predictions import Predictions
from clew.define.metrics import Metric
from clew.define.problem import Problem, Task
from clew.define.scoring.inputs import Statistic, labels_of, weights_of
from clew.define.scoring.probabilities import mean_of

_NAMES = ("false_positive", "false_negative", "true_positive", "true_negative")


@dataclass(frozen=True, slots=True)
class ErrorCosts:
    """Cost of one row of each kind, in any unit; a gain is a negative cost.

    Parameters
    ----------
    false_positive, false_negative : float
        Of the two errors.
    true_positive, true_negative : float, default 0
        Of the two right answers, each less than the error that stands against it.
    """

    false_positive: float
    false_negative: float
    true_positive: float = 0.0
    true_negative: float = 0.0

    @classmethod
    def of(cls, problem: Problem) -> Self | None:
        """Read the costs that a problem states; None where it states none.

        Raises
        ------
        ConfigError
            If they are not those of a binary task, one is unknown, missing or no number, or an error costs no more
            than the right answer.
        """
        stated = problem.costs
        if not stated:
            return None
        if problem.task is not Task.BINARY:
            raise ConfigError(
                f"`costs` weigh the two errors of a binary task, and this one is {problem.task.value}.",
                hint="Leave `costs` out, or name a target with two labels.",
            )
        _check_names(stated)
        costs = cls(**{name: float(value) for name, value in stated.items()})
        if costs.false_positive <= costs.true_negative or costs.false_negative <= costs.true_positive:
            raise ConfigError(
                f"`costs` {dict(stated)!r} make an error cost no more than the right answer.",
                hint="State e.g. {false_positive: 1, false_negative: 5}.",
            )
        return costs

    @property
    def threshold(self) -> float:
        """Probability from which on the positive label costs less on average (Elkan 2001, Cost-sensitive learning)."""
        alarm = self.false_positive - self.true_negative
        miss = self.false_negative - self.true_positive
        return alarm / (alarm + miss)

    def of_rows(self, positive: NDArray[np.bool_], said: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the cost of each row.

        Parameters
        ----------
        positive : ndarray of bool, shape (n,)
            Whether the true label is the positive one.
        said : ndarray of bool, shape (n,)
            Whether the predicted label is.
        """
        of_positive = np.where(said, self.true_positive, self.false_negative)
        of_negative = np.where(said, self.false_positive, self.true_negative)
        return np.where(positive, of_positive, of_negative)


def cost_metric(costs: ErrorCosts) -> Metric:
    """Return the mean cost of a row as a metric.

    Parameters
    ----------
    costs : ErrorCosts
        Of a binary task.
    """

    def statistic(predictions: Predictions) -> Statistic:
        labels = labels_of(predictions)
        rows = costs.of_rows(labels.truth == labels.positive, labels.prediction == labels.positive)
        return mean_of(rows)

    def value(predictions: Predictions) -> float:
        return float(statistic(predictions)(weights_of(predictions)[None, :])[0])

    return Metric(
        "cost",
        "Cost of a row",
        frozenset({Task.BINARY}),
        greater_is_better=False,
        needs="prediction",
        function=value,
        statistic=statistic,
    )


def _check_names(stated: Mapping[str, Any]) -> None:
    for name, value in stated.items():
        if name not in _NAMES:
            raise ConfigError(f"`costs` name {name!r}, which is no kind of answer.", hint=did_you_mean(name, _NAMES))
        if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
            raise ConfigError(f"`costs` give {name} {value!r}, and a cost is a finite number.")
    for name in _NAMES[:2]:
        if name not in stated:
            raise ConfigError(f"`costs` do not say what a {name.replace('_', ' ')} costs.", hint=f"Add {name}: 1.")
