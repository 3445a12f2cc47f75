"""Calibrated probabilities: learnt on held-out answers, kept only where they prove themselves."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.define.problem import Problem, Task
from clew.train.ensemble.calibration import choose_calibrator
from clew.train.ensemble.calibrators import (
    Platt,
    Temperature,
    calibrator_of,
    fit_platt,
    fit_temperature,
    row_losses,
    soft_targets,
)
from clew.train.ensemble.judge import Judge


def softmax(values):
    powers = np.exp(values - values.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def claims(factor, classes, rows=3000, seed=0):
    """Return probabilities whose log odds are `factor` times those that come true, and what came true."""
    random = np.random.default_rng(seed)
    logits = random.normal(size=(rows, classes)) * 1.5
    truth = (softmax(logits).cumsum(axis=1) < random.random((rows, 1))).sum(axis=1)
    return softmax(logits * factor), truth


def judge_of(truth, classes, **columns):
    task = Task.BINARY if classes == 2 else Task.MULTICLASS
    positive = 1 if classes == 2 else None
    problem = Problem("y", task, "log_loss", tuple(range(classes)), positive)
    return Judge.of(problem, truth, columns.get("weight"), columns.get("group"))


@pytest.mark.parametrize("classes", [2, 4])
def test_overconfidence_is_found_and_taken_away(classes):
    scores, truth = claims(2.0, classes)
    found = choose_calibrator(scores, judge_of(truth, classes), np.arange(len(truth)) % 5)
    assert found is not None
    fresh, answers = claims(2.0, classes, seed=1)
    targets = soft_targets(answers, classes, None)
    assert row_losses(found(fresh), targets).mean() < row_losses(fresh, targets).mean() * 0.95
    assert fit_temperature(scores, truth, None).value == pytest.approx(2.0, rel=0.1)


@pytest.mark.parametrize("classes", [2, 4])
def test_what_comes_true_already_is_left_alone(classes):
    left = [
        choose_calibrator(s, judge_of(t, classes), np.arange(len(t)) % 5)
        for s, t in (claims(1.0, classes, rows=400, seed=seed) for seed in range(8))
    ]
    assert sum(found is None for found in left) >= 6


def test_few_rows_get_no_calibrator():
    scores, truth = claims(3.0, 2, rows=90)
    assert choose_calibrator(scores, judge_of(truth, 2), np.arange(90) % 5) is None


def test_copies_of_a_row_in_one_group_are_no_further_proof():
    # Few rows show too little; thirty copies of each would show it thirty times.
    alone, many = 0, 0
    for seed in range(12):
        scores, truth = claims(1.0, 2, rows=100, seed=seed)
        copies, answers = np.repeat(scores, 30, axis=0), np.repeat(truth, 30)
        group = np.repeat(np.arange(100), 30)
        parts = group % 5
        alone += choose_calibrator(copies, judge_of(answers, 2, group=group), parts) is not None
        many += choose_calibrator(copies, judge_of(answers, 2), parts) is not None
    assert alone < many


def test_platt_moves_the_level_too():
    scores, truth = claims(1.0, 2)
    shifted = Platt(1.0, 1.5)(scores)
    undone = fit_platt(shifted, truth, None)
    assert (undone.slope, undone.intercept) == (pytest.approx(1.0, abs=0.1), pytest.approx(-1.5, abs=0.2))
    assert fit_platt(scores[:, ::-1], truth, None) is None  # the order would be turned round


def test_weights_count():
    scores, truth = claims(1.0, 2)
    weight = np.where(truth == 1, 3.0, 1.0)
    assert fit_platt(scores, truth, weight).intercept == pytest.approx(np.log(3.0), abs=0.2)


@given(st.integers(0, 999), st.floats(0.25, 4.0), st.integers(2, 5))
def test_temperature_keeps_the_order_of_the_classes_and_the_bits_of_a_row(seed, value, classes):
    scores = softmax(np.random.default_rng(seed).normal(size=(33, classes)) * 5)
    found = Temperature(value)(scores)
    assert (found.argmax(axis=1) == scores.argmax(axis=1)).all()
    assert np.abs(found.sum(axis=1) - 1).max() < 1e-12
    for row in range(len(scores)):
        assert Temperature(value)(scores[row : row + 1]).tobytes() == found[row].tobytes()


@given(st.integers(0, 999), st.floats(0.1, 5.0), st.floats(-3.0, 3.0))
def test_platt_keeps_the_order_of_the_rows_and_their_bits(seed, slope, intercept):
    second = np.sort(np.random.default_rng(seed).random(33))
    scores = np.stack([1 - second, second], axis=1)
    found = Platt(slope, intercept)(scores)
    assert (np.diff(found[:, 1]) >= 0).all()
    for row in range(len(scores)):
        assert Platt(slope, intercept)(scores[row : row + 1]).tobytes() == found[row].tobytes()


@pytest.mark.parametrize("calibrator", [None, Temperature(1.3), Platt(0.8, -0.1)])
def test_a_calibrator_survives_being_written_down(calibrator):
    told = None if calibrator is None else json.loads(json.dumps(calibrator.to_dict()))
    assert calibrator_of(told) == calibrator


@pytest.mark.parametrize(
    "told", [{"kind": "magic"}, {"kind": "temperature", "value": 0.0}, {"kind": "platt", "slope": -1, "intercept": 0},
             {"kind": "temperature", "value": float("nan")}],
)  # fmt: skip
def test_what_is_no_calibrator_is_refused(told):
    with pytest.raises((ValueError, KeyError)):
        calibrator_of(told)


def test_certain_and_impossible_answers_stay_finite():
    scores = np.array([[0.0, 1.0], [1.0, 0.0], [0.5, 0.5]])
    for calibrator in (Temperature(0.5), Temperature(4.0), Platt(2.0, 1.0)):
        assert np.isfinite(calibrator(scores)).all()


@pytest.mark.parametrize("classes", [2, 3])
def test_rows_that_are_all_answered_rightly_prove_no_certainty(classes):
    random = np.random.default_rng(0)
    truth = random.integers(0, classes, 200)
    scores = np.full((200, classes), 0.02 / (classes - 1))
    scores[np.arange(200), truth] = 0.98
    assert 0.8 < fit_temperature(scores, truth, None).value < 1.2
    found = choose_calibrator(scores, judge_of(truth, classes), np.arange(200) % 5)
    # One wrong answer in two hundred must not cost more than all others.
    wrong = scores if found is None else found(scores)
    assert -np.log(wrong.min()) < 6


def test_soft_targets_are_nearly_the_truth_where_rows_are_many():
    truth = np.repeat([0, 1, 2], [2, 8, 100_000])
    targets = soft_targets(truth, 3, None)
    assert targets.sum(axis=1) == pytest.approx(1.0)
    assert targets[[0, 2, -1], truth[[0, 2, -1]]] == pytest.approx([3 / 4, 9 / 10, 1.0], abs=1e-4)
    assert (soft_targets(truth, 3, np.full(len(truth), 7.0)) == targets).all()
