"""Costs of errors: what is stated, the threshold that follows, the cost of rows."""

import numpy as np
import pytest

from clew.core.errors import ConfigError
from clew.define.error_costs import ErrorCosts
from clew.define.problem import Problem, Task


def problem(costs, task=Task.BINARY):
    return Problem("y", task, "roc_auc", ("no", "yes"), "yes", costs=costs)


def test_a_missed_case_that_costs_four_alarms_is_worth_an_alarm_from_a_fifth_on():
    assert ErrorCosts.of(problem({"false_positive": 1, "false_negative": 4})).threshold == pytest.approx(0.2)


def test_gains_of_right_answers_count():
    costs = ErrorCosts.of(problem({"false_positive": 1, "false_negative": 4, "true_positive": -5}))
    assert costs.threshold == pytest.approx(0.1)


def test_each_row_has_its_cost():
    costs = ErrorCosts(1.0, 4.0, -2.0, 0.5)
    positive, said = np.array([True, True, False, False]), np.array([True, False, True, False])
    assert costs.of_rows(positive, said).tolist() == [-2.0, 4.0, 1.0, 0.5]


def test_no_costs_are_none():
    assert ErrorCosts.of(problem({})) is None


@pytest.mark.parametrize(
    ("costs", "words"),
    [
        ({"false_postive": 1, "false_negative": 2}, "Did you mean 'false_positive'"),
        ({"false_positive": 1}, "what a false negative costs"),
        ({"false_positive": "one", "false_negative": 1}, "a cost is a finite number"),
        ({"false_positive": float("inf"), "false_negative": 1}, "a cost is a finite number"),
        ({"false_positive": -1, "false_negative": 1}, "no more than the right answer"),
    ],
)
def test_senseless_costs_are_refused(costs, words):
    with pytest.raises(ConfigError, match=words):
        ErrorCosts.of(problem(costs))


def test_a_regression_has_no_two_errors():
    with pytest.raises(ConfigError, match="binary task, and this one is regression"):
        ErrorCosts.of(problem({"false_positive": 1, "false_negative": 1}, Task.REGRESSION))
