import numpy as np
import pytest

from clew.core.predictions import Predictions
from clew.define.metrics import METRICS
from clew.define.problem import Problem, Task
from clew.define.uncertainty import Interval
from clew.monitor.performance import Figure, check_performance, estimate, measure

BINARY = Problem("y", Task.BINARY, "roc_auc", ("no", "yes"), "yes")


def calibrated(rows: int, seed: int = 0) -> Predictions:
    """Predictions whose probabilities come true."""
    random = np.random.default_rng(seed)
    p = random.beta(0.6, 0.9, rows)
    labels = np.array(["no", "yes"], dtype=object)
    return Predictions(
        prediction=labels[(p >= 0.5).astype(int)],
        probabilities=np.stack([1 - p, p], axis=1),
        classes=("no", "yes"),
        positive="yes",
        truth=labels[(random.random(rows) < p).astype(int)],
    )


@pytest.mark.parametrize("metric", ["accuracy", "roc_auc", "log_loss", "brier", "f1"])
def test_an_estimate_without_labels_is_what_labels_say(metric):
    predictions = calibrated(20_000)
    problem = Problem("y", Task.BINARY, metric, ("no", "yes"), "yes")
    found = estimate(predictions, problem)
    assert found == {metric: {"value": pytest.approx(METRICS[metric](predictions), abs=0.01), "rows": 20_000}}


@pytest.mark.parametrize(("classes", "rows"), [(40, 5000), (51, 0)])
def test_an_estimate_of_many_classes_looks_at_evenly_spaced_rows(classes, rows):
    random = np.random.default_rng(0)
    probabilities = random.dirichlet(np.full(classes, 0.05), 6000)
    names = tuple(f"c{number:03d}" for number in range(classes))
    labels = np.array(names, dtype=object)
    predictions = Predictions(labels[probabilities.argmax(axis=1)], probabilities, names)
    found = estimate(predictions, Problem("y", Task.MULTICLASS, "accuracy", names))
    if rows:
        expected = pytest.approx(probabilities.max(axis=1).mean(), abs=0.01)
        assert found == {"accuracy": {"value": expected, "rows": rows}}
    else:
        assert found == {}


def test_rows_count_by_their_weight():
    predictions = Predictions(
        np.array(["yes", "no"], dtype=object),
        np.array([[0.1, 0.9], [0.5, 0.5]]),
        ("no", "yes"),
        "yes",
        weight=np.array([3.0, 1.0]),
    )
    problem = Problem("y", Task.BINARY, "accuracy", ("no", "yes"), "yes")
    assert estimate(predictions, problem)["accuracy"]["value"] == pytest.approx((3 * 0.9 + 0.5) / 4)


def test_a_regression_says_nothing_about_its_own_error():
    assert estimate(Predictions(np.array([1.0])), Problem("y", Task.REGRESSION, "rmse")) == {}
    assert estimate(calibrated(0), BINARY) == {}


def test_only_rows_with_a_label_are_measured():
    predictions = calibrated(100)
    predictions.truth[:40] = None
    figures = measure(predictions, BINARY, {})
    assert {figure.now.rows for figure in figures} == {60}
    predictions.truth[:] = None
    assert measure(predictions, BINARY, {}) == []
    numbers = Predictions(np.arange(5.0), truth=np.array([0, np.nan, 2, 3, np.nan]))
    assert measure(numbers, Problem("y", Task.REGRESSION, "rmse"), {})[0].now.rows == 3


@pytest.mark.parametrize(
    ("metric", "before", "now", "worse"),
    [
        ("roc_auc", (0.90, 0.88, 0.92), (0.80, 0.77, 0.83), True),
        ("roc_auc", (0.90, 0.80, 0.95), (0.80, 0.77, 0.83), False),
        ("roc_auc", (0.90, 0.89, 0.91), (0.88, 0.87, 0.885), False),
        ("roc_auc", (0.90, 0.88, 0.92), (0.95, 0.94, 0.96), False),
        ("rmse", (10, 9, 11), (14, 12, 16), True),
        ("rmse", (10, 9, 11), (6, 5, 7), False),
        ("rmse", (0, 0, 0), (14, 12, 16), False),
        ("roc_auc", (0.90, None, None), (0.80, 0.77, 0.83), True),
        ("roc_auc", (None, None, None), (0.80, 0.77, 0.83), False),
        ("roc_auc", (0.90, 0.88, 0.92), (float("nan"), float("nan"), float("nan")), False),
    ],
)
def test_a_figure_is_worse_if_it_dropped_by_much_and_beyond_chance(metric, before, now, worse):
    baseline = dict(zip(("value", "low", "high"), before, strict=True)) | {"rows": 100}
    figure = Figure(METRICS[metric], Interval(*now, 100), baseline)
    assert bool(list(check_performance([figure], metric, 0.05))) is worse
    assert not list(check_performance([figure], "another", 0.05))
    assert not list(check_performance([figure], metric, None))
