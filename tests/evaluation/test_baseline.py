import numpy as np
import pytest
from tests.evaluation.made import MADE, binary, from_scores, multiclass, regression

from clew.core.predictions import Predictions
from clew.define.metrics import METRICS, metrics_for
from clew.define.problem import Task
from clew.evaluation.baseline import baseline, constant_answer


def test_no_constant_does_better_by_its_metric():
    random = np.random.default_rng(0)
    predictions = Predictions(np.zeros(101), truth=random.gamma(1, 5, 101), weight=random.random(101))
    for name in ("mae", "rmse", "r2"):
        metric = METRICS[name]
        best = metric(constant_answer(predictions, Task.REGRESSION, metric))
        others = [
            metric(Predictions(np.full(101, value), truth=predictions.truth, weight=predictions.weight))
            for value in np.linspace(0, 20, 81)
        ]
        assert not any(metric.better(other, best + (1e-9 if metric.greater_is_better else -1e-9)) for other in others)


def test_a_classification_answers_the_most_frequent_label_with_the_shares_of_the_classes():
    predictions = from_scores([0, 0, 0, 1], [0.2, 0.2, 0.6, 0.9])
    constant = constant_answer(predictions, Task.BINARY, METRICS["log_loss"])
    assert constant.prediction.tolist() == ["no"] * 4
    assert constant.probabilities.tolist() == [[0.75, 0.25]] * 4
    found = baseline(predictions, Task.BINARY, METRICS["roc_auc"])
    assert found.answer == "no"
    assert found.metrics["accuracy"] == 0.75
    assert found.metrics["roc_auc"] == 0.5


@pytest.mark.parametrize("task", list(Task))
def test_a_good_model_gains_whatever_the_direction(task):
    predictions = MADE[task](400)
    for metric in metrics_for(task):
        found = baseline(predictions, task, metric)
        assert found.gain.value > 0, metric.name
        assert found.gain.low < found.gain.value < found.gain.high, metric.name


def test_the_gain_is_the_distance_of_the_two_figures():
    predictions = regression(300)
    found = baseline(predictions, Task.REGRESSION, METRICS["rmse"])
    assert found.gain.value == pytest.approx(found.metrics["rmse"] - METRICS["rmse"](predictions))
    assert found.metrics["r2"] == 0.0


def test_recall_is_no_yardstick_against_a_constant():
    found = baseline(binary(200, share=0.7), Task.BINARY, METRICS["recall"])
    assert found.metric == "f1"
    assert found.metrics["recall"] == 1.0


def test_weights_decide_which_label_is_frequent():
    predictions = from_scores([0, 0, 0, 1], [0.1] * 4, weight=np.array([1.0, 1.0, 1.0, 9.0]))
    assert baseline(predictions, Task.BINARY, METRICS["accuracy"]).answer == "yes"


def test_labels_that_the_model_does_not_know_are_counted():
    predictions = multiclass(60)
    truth = predictions.truth.copy()
    truth[:40] = "new"
    from dataclasses import replace

    found = baseline(replace(predictions, truth=truth), Task.MULTICLASS, METRICS["accuracy"])
    assert found.answer == "new"
    assert found.metrics["accuracy"] == pytest.approx(40 / 60)
