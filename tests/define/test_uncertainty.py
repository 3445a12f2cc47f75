"""Intervals hold what they promise, on many rows, on few, on groups and where a figure is not defined."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from clew.core.errors import UsageError
from clew.core.predictions import Predictions
from clew.define.metrics import METRICS, Metric, metrics_for
from clew.define.problem import Task
from clew.define.resampling import draws
from clew.define.uncertainty import _expanded_share, bootstrap, bootstrap_all, limits, paired_bootstrap, wilson


def binary(rows, seed=0, skill=1.0, **details):
    random = np.random.default_rng(seed)
    truth = (random.random(rows) < 0.4).astype(int)
    score = 1 / (1 + np.exp(-(skill * (2 * truth - 1) + random.normal(size=rows)).round(1)))
    return Predictions((score >= 0.5).astype(int), np.column_stack([1 - score, score]), (0, 1), 1, truth, **details)


def multiclass(rows, seed=0, **details):
    random = np.random.default_rng(seed)
    truth = random.choice(3, rows, p=[0.5, 0.3, 0.2])
    given_ = random.random((rows, 3)) + 0.5 * np.eye(3)[truth]
    given_ /= given_.sum(axis=1, keepdims=True)
    return Predictions(given_.argmax(axis=1), given_, (0, 1, 2), None, truth, **details)


def regression(rows, seed=0, **details):
    random = np.random.default_rng(seed)
    truth = 3 + random.normal(size=rows)
    return Predictions(truth + random.standard_t(5, size=rows), truth=truth, **details)


MAKERS = {Task.BINARY: binary, Task.MULTICLASS: multiclass, Task.REGRESSION: regression}
CASES = [(task, metric) for task in Task for metric in metrics_for(task)]
IDS = [f"{task.value}-{metric.name}" for task, metric in CASES]


@pytest.mark.parametrize(("task", "metric"), CASES, ids=IDS)
@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_weights_give_what_drawing_rows_gives(task, metric, grouped, weighted):
    random = np.random.default_rng(5)
    details = {
        "group": random.integers(0, 12, 60) if grouped else None,
        "weight": random.random(60) + 0.1 if weighted else None,
    }
    predictions = MAKERS[task](60, **details)
    by_weights = bootstrap(metric, predictions, resamples=30)
    by_rows = bootstrap(replace(metric, statistic=None), predictions, resamples=30)
    assert by_weights.low < by_weights.value < by_weights.high
    assert by_weights.to_dict() == pytest.approx(by_rows.to_dict(), rel=1e-9)


@pytest.mark.parametrize("task", list(Task))
def test_metrics_together_give_what_each_gives_alone(task):
    predictions = MAKERS[task](80)
    together = bootstrap_all(metrics_for(task), predictions, seed=3)
    assert together == tuple(bootstrap(metric, predictions, seed=3) for metric in metrics_for(task))
    assert all(interval.rows == 80 for interval in together)


def test_the_seed_decides_alone():
    one = bootstrap(METRICS["roc_auc"], binary(300), seed=1)
    assert one == bootstrap(METRICS["roc_auc"], binary(300), seed=1)
    assert one != bootstrap(METRICS["roc_auc"], binary(300), seed=2)


def test_draws_do_not_depend_on_the_block():
    whole = np.concatenate(list(draws(50, 21, 21, seed=4)))
    assert np.array_equal(whole, np.concatenate(list(draws(50, 21, 4, seed=4))))
    assert (whole.sum(axis=1) == 50).all()


def coverage(metric, make, truth, repeats=200):
    inside = 0
    for seed in range(repeats):
        interval = bootstrap(metric, make(seed), seed=seed)
        inside += interval.low <= truth <= interval.high
    return inside / repeats


@pytest.mark.parametrize(
    ("task", "name", "rows"),
    [
        (Task.BINARY, "accuracy", 60),
        (Task.BINARY, "roc_auc", 60),
        (Task.BINARY, "log_loss", 150),
        (Task.MULTICLASS, "balanced_accuracy", 150),
        (Task.REGRESSION, "mae", 30),
        (Task.REGRESSION, "r2", 150),
    ],
)
def test_intervals_hold_the_true_figure_about_as_often_as_they_say(task, name, rows):
    true = METRICS[name](MAKERS[task](300_000, seed=99))
    covered = coverage(METRICS[name], lambda seed: MAKERS[task](rows, seed=1000 + seed), true)
    # 200 repeats of a 95 % interval: 0.91 to 0.985 is the sampling error of the coverage itself.
    assert 0.895 <= covered <= 0.99


def grouped(seed):
    """20 people with 10 rows each; whether a model is right depends on the person."""
    random = np.random.default_rng(seed)
    skill = random.random(20) < 0.7
    right = np.where(random.random(200) < 0.95, np.repeat(skill, 10), ~np.repeat(skill, 10))
    return Predictions(right.astype(int), None, (0, 1), 1, np.ones(200, dtype=int), group=np.repeat(np.arange(20), 10))


def test_groups_are_drawn_whole_because_their_rows_say_the_same():
    true = 0.7 * 0.95 + 0.3 * 0.05
    accuracy = METRICS["accuracy"]
    assert 0.89 <= coverage(accuracy, grouped, true) <= 0.99
    assert coverage(accuracy, lambda seed: replace(grouped(seed), group=None), true) < 0.7


def test_few_rows_widen_the_interval_beyond_the_percentiles():
    # Hesterberg (2015), table of adjusted shares for 95 %: 0.0010 for 5 rows, 0.0086 for 10, 0.0159 for 20.
    assert [round(_expanded_share(units, 0.95), 4) for units in (5, 10, 20)] == [0.0010, 0.0086, 0.0159]
    assert _expanded_share(10**6, 0.95) == pytest.approx(0.025, abs=1e-5)
    wide = bootstrap(METRICS["mae"], regression(1000), confidence=0.99)
    narrow = bootstrap(METRICS["mae"], regression(1000), confidence=0.8)
    assert wide.low < narrow.low < narrow.value < narrow.high < wide.high


def test_five_rows_give_an_interval_that_says_how_little_is_known():
    predictions = Predictions(np.array([1, 1, 0, 0, 1]), None, (0, 1), 1, np.array([1, 0, 0, 0, 1]))
    interval = bootstrap(METRICS["accuracy"], predictions)
    assert interval.value == 0.8
    assert interval.low <= 0.4
    assert interval.high == 1.0


@pytest.mark.parametrize(("task", "metric"), CASES, ids=IDS)
@pytest.mark.parametrize("rows", [0, 1])
def test_no_row_and_one_row_have_no_limits(task, metric, rows):
    interval = bootstrap(metric, MAKERS[task](30).take(np.arange(rows)))
    assert math.isnan(interval.low)
    assert math.isnan(interval.high)
    assert interval.rows == rows


def test_one_group_has_no_limits():
    interval = bootstrap(METRICS["accuracy"], binary(30, group=np.zeros(30)))
    assert interval.to_dict() == {"value": interval.value, "low": None, "high": None, "rows": 30}


def test_draws_without_a_class_are_left_out():
    truth = np.array([1] + [0] * 9)
    score = np.linspace(0.8, 0.1, 10) + np.where(np.arange(10) == 4, 0.5, 0)
    predictions = Predictions(truth, np.column_stack([1 - score, score]), (0, 1), 1, truth)
    # A third of the draws lacks the only positive row; where it is drawn, it ranks second in all but few.
    interval = bootstrap(METRICS["roc_auc"], predictions)
    assert interval.value == pytest.approx(8 / 9)
    assert 0.3 < interval.low < interval.high == 1.0


def test_a_figure_that_is_mostly_undefined_has_no_limits():
    truth = np.array([0, 1] * 20)
    score = np.linspace(0, 1, 40)
    groups = np.where(truth == 1, 0, np.arange(40) % 2 + np.arange(40))
    predictions = Predictions(truth, np.column_stack([1 - score, score]), (0, 1), 1, truth, group=groups)
    interval = bootstrap(METRICS["roc_auc"], replace(predictions, group=np.zeros(40)))
    assert not math.isnan(interval.value)
    assert math.isnan(interval.low)
    # All positive rows are one group, missing from 36 % of the draws: enough are left.
    assert not math.isnan(bootstrap(METRICS["roc_auc"], predictions).low)


def test_one_class_and_constant_truth_are_nan_throughout():
    one_class = replace(binary(30), truth=np.zeros(30, dtype=int))
    constant = replace(regression(30), truth=np.full(30, 0.1))
    for interval in (bootstrap(METRICS["roc_auc"], one_class), bootstrap(METRICS["r2"], constant)):
        assert interval.to_dict() == {"value": None, "low": None, "high": None, "rows": 30}


def test_a_perfect_score_is_not_taken_for_certainty():
    truth = np.array([0] * 45 + [1] * 5)
    given_ = np.eye(2)[truth]
    perfect = Predictions(truth, given_, (0, 1), 1, truth)
    accuracy, auc = (bootstrap(METRICS[name], perfect) for name in ("accuracy", "roc_auc"))
    assert (accuracy.value, accuracy.high) == (auc.value, auc.high) == (1.0, 1.0)
    assert accuracy.low == pytest.approx(stats.binomtest(50, 50).proportion_ci(method="wilson").low)
    assert auc.low == pytest.approx(stats.binomtest(5, 5).proportion_ci(method="wilson").low)
    reversed_ = replace(perfect, prediction=1 - truth)
    assert bootstrap(METRICS["accuracy"], reversed_).high == pytest.approx(1 - accuracy.low)


def test_a_metric_of_ones_own_needs_no_more_than_a_function():
    own = Metric(
        "misses", "Misses", frozenset({Task.REGRESSION}), greater_is_better=False, needs="prediction",
        function=lambda p: float(np.median(np.abs(p.truth - p.prediction))),
    )  # fmt: skip
    interval = bootstrap(own, regression(100))
    assert interval.low < interval.value < interval.high


@pytest.mark.parametrize(
    ("option", "message"), [({"resamples": 5}, "at least 20"), ({"confidence": 95}, "between 0 and 1")]
)
def test_options_out_of_range_are_refused(option, message):
    with pytest.raises(UsageError, match=message):
        bootstrap(METRICS["mae"], regression(30), **option)


@pytest.mark.parametrize(("task", "metric"), CASES, ids=IDS)
def test_a_model_does_not_differ_from_itself(task, metric):
    difference = paired_bootstrap(metric, MAKERS[task](60), MAKERS[task](60), resamples=50)
    assert difference.to_dict() == {
        "difference": {"value": 0.0, "low": 0.0, "high": 0.0, "rows": 60},
        "p_value": 1.0,
    }


def test_a_better_model_is_told_apart_on_the_same_rows():
    good = binary(400, skill=1.5)
    poor = replace(good, probabilities=binary(400, skill=0.4).probabilities)
    difference = paired_bootstrap(METRICS["roc_auc"], good, poor)
    expected = METRICS["roc_auc"](good) - METRICS["roc_auc"](poor)
    assert difference.interval.value == pytest.approx(expected)
    assert 0 < difference.interval.low < expected < difference.interval.high
    assert difference.p_value == pytest.approx(2 / 1001)
    turned = paired_bootstrap(METRICS["roc_auc"], poor, good)
    assert turned.p_value == difference.p_value
    assert turned.interval.value == -difference.interval.value


def test_pairing_sees_a_difference_that_two_intervals_would_not():
    good = regression(200)
    poor = replace(good, prediction=good.prediction + 0.1 * np.sign(good.prediction - good.truth))
    apart = [bootstrap(METRICS["mae"], predictions) for predictions in (good, poor)]
    assert apart[0].high > apart[1].low
    assert paired_bootstrap(METRICS["mae"], poor, good).p_value < 0.01


def test_equal_models_are_seldom_called_different():
    called = 0
    for seed in range(120):
        first = regression(60, seed=seed)
        noise = np.random.default_rng(10_000 + seed).standard_t(5, size=60)
        second = replace(first, prediction=first.truth + noise)
        called += paired_bootstrap(METRICS["mae"], first, second, resamples=200, seed=seed).p_value <= 0.05
    assert 0 < called <= 14  # 6 are expected; more than 14 come in 1 of 1000 such runs


def test_weights_and_groups_of_the_first_hold_for_both():
    first = binary(100, group=np.arange(100) // 10, weight=np.linspace(0.1, 2, 100))
    second = replace(binary(100), prediction=1 - first.prediction)
    assert paired_bootstrap(METRICS["accuracy"], first, second) == paired_bootstrap(
        METRICS["accuracy"], first, replace(second, weight=first.weight, group=first.group)
    )


def test_limits_hold_the_value_and_leave_out_what_is_not_defined():
    draws = np.array([0.2, 0.3, 0.4, np.nan, np.inf] * 20)
    assert limits(draws, 0.5, 100) == (0.2, 0.5)
    assert limits(draws, 0.1, 100) == (0.1, 0.4)
    assert all(math.isnan(limit) for limit in limits(np.where(draws < 0.4, np.nan, draws), 0.5, 100))
    assert all(math.isnan(limit) for limit in limits(draws, math.inf, 100))


def test_other_rows_cannot_be_paired():
    with pytest.raises(UsageError, match="needs the same rows"):
        paired_bootstrap(METRICS["mae"], regression(30), regression(30, seed=1))
    first, second = regression(30, row_id=np.arange(30)), regression(30, row_id=np.arange(1, 31))
    with pytest.raises(UsageError, match="needs the same rows"):
        paired_bootstrap(METRICS["mae"], first, second)


@settings(deadline=None, max_examples=60)
@given(trials=st.integers(1, 500), share=st.floats(0, 1), confidence=st.sampled_from([0.8, 0.95, 0.99]))
def test_wilson_equals_scipy(trials, share, confidence):
    successes = round(share * trials)
    low, high = wilson(np.array([float(successes)]), np.array([float(trials)]), confidence)
    expected = stats.binomtest(successes, trials).proportion_ci(confidence, method="wilson")
    assert (low[0], high[0]) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_wilson_knows_nothing_without_trials():
    low, high = wilson(np.zeros(1), np.zeros(1))
    assert (low[0], high[0]) == (0.0, 1.0)
