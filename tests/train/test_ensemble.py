"""Choosing members: greedy, within budgets, judged on rows without a part in the choice."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.define.problem import Problem, Task
from clew.train.ensemble.choice import Budget, Candidate, choose
from clew.train.ensemble.judge import Judge
from clew.train.ensemble.settling import settle
from clew.train.finish.leaderboard import held_out_labels


def judge_of(truth, metric="rmse", task=Task.REGRESSION):
    classes = {Task.REGRESSION: (), Task.BINARY: ("no", "yes"), Task.MULTICLASS: ("a", "b", "c")}[task]
    positive = "yes" if task is Task.BINARY else None
    return Judge.of(Problem("y", task, metric, classes, positive), truth, None, None)


def both(positive):
    return np.stack([1 - positive, positive], axis=1)


def test_two_that_err_in_opposite_ways_share_the_answer():
    truth = np.arange(100.0)
    error = np.random.default_rng(0).normal(size=100)
    candidates = [Candidate("a", truth + error), Candidate("b", truth - error), Candidate("c", truth + 9)]
    choice = choose(candidates, judge_of(truth))
    assert dict(zip(choice.members, choice.weights, strict=True)) == {0: 0.5, 1: 0.5}
    assert choice.scores(candidates) == pytest.approx(truth)


def test_single_best_stands_alone():
    truth = np.arange(50.0)
    choice = choose([Candidate("a", truth + 5), Candidate("b", truth)], judge_of(truth))
    assert (choice.members, choice.weights) == ((1,), (1.0,))


def test_budget_keeps_the_dear_one_out():
    truth = np.arange(100.0)
    error = np.random.default_rng(0).normal(size=100)
    candidates = [Candidate("a", truth + error, (0.4,)), Candidate("b", truth - error, (0.7,))]
    assert set(choose(candidates, judge_of(truth), budgets=(Budget(1.2),)).members) == {0, 1}
    assert len(choose(candidates, judge_of(truth), budgets=(Budget(1.0),)).members) == 1
    assert choose(candidates, judge_of(truth), budgets=(Budget(0.1),)).members == (0,)


@given(st.integers(0, 1000), st.integers(1, 6))
def test_weights_sum_to_one_and_the_choice_is_no_worse_than_the_best(seed, count):
    random = np.random.default_rng(seed)
    truth = random.normal(size=60)
    candidates = [Candidate(str(i % 3), truth + random.normal(size=60)) for i in range(count)]
    judge = judge_of(truth)
    choice = choose(candidates, judge)
    assert sum(choice.weights) == pytest.approx(1.0)
    assert judge.loss(choice.scores(candidates)) <= min(judge.loss(c.scores) for c in candidates) + 1e-9


def test_judged_rows_have_no_part_in_the_choice():
    random = np.random.default_rng(0)
    truth = random.normal(size=90)
    parts = np.repeat([0, 1], 45)
    # One candidate knows the first half by heart, the other the second: each is chosen where it is useless.
    first, second = truth.copy(), truth.copy()
    first[45:], second[:45] = 0.0, 0.0
    candidates = [Candidate("a", first, (1.0,)), Candidate("b", second, (1.0,))]
    found = settle(candidates, judge_of(truth), parts, budgets=(Budget(1.0),)).predictions
    assert (found.prediction == 0.0).all()


def test_threshold_is_chosen_with_the_members():
    random = np.random.default_rng(0)
    truth = (random.random(400) < 0.1).astype(np.int64)
    positive = np.clip(0.1 + 0.2 * truth + 0.05 * random.normal(size=400), 0, 1)
    judge = judge_of(truth, "f1", Task.BINARY)
    settled = settle([Candidate("a", both(positive))], judge, np.arange(400) % 2)
    choice = settled.choice
    said = choice.scores([Candidate("a", both(positive))])
    assert judge.loss(said, choice.threshold) < judge.loss(both(positive), 0.5)
    assert set(np.unique(settled.predictions.prediction)) == {0, 1}


@pytest.mark.parametrize("metric", ["roc_auc", "log_loss", "precision", "recall"])
def test_threshold_stays_one_half_for_other_metrics(metric):
    truth = np.array([0, 1] * 20)
    settled = settle([Candidate("a", both(truth * 0.4))], judge_of(truth, metric, Task.BINARY), np.arange(40) % 5)
    assert settled.choice.threshold == 0.5


def test_many_rows_are_thinned_out():
    random = np.random.default_rng(0)
    truth = random.normal(size=30_000)
    candidates = [Candidate("a", truth + random.normal(size=30_000)) for _ in range(4)]
    choice = choose(candidates, judge_of(truth))
    assert set(choice.members) == {0, 1, 2, 3}


def test_multiclass_log_loss():
    random = np.random.default_rng(0)
    truth = random.integers(0, 3, 300)
    good = np.eye(3)[truth] * 0.7 + 0.1
    flat = np.full((300, 3), 1 / 3)
    choice = choose([Candidate("a", flat), Candidate("b", good)], judge_of(truth, "log_loss", Task.MULTICLASS))
    assert choice.members == (1,)


def test_labels_of_the_board_come_from_thresholds_of_other_rows():
    random = np.random.default_rng(0)
    truth, parts = random.integers(0, 2, 300), np.arange(300) % 5
    scores = both(np.clip(0.2 * truth + 0.4 * random.random(300), 0, 1))
    first = parts % 2 == 0
    labels = held_out_labels(scores, judge_of(truth, "f1", Task.BINARY), parts)
    turned = held_out_labels(scores, judge_of(np.where(first, 1 - truth, truth), "f1", Task.BINARY), parts)
    assert (labels[first] == turned[first]).all()
    assert (labels[~first] != turned[~first]).any()


def test_a_threshold_that_saves_in_a_few_groups_is_not_sure():
    truth = np.repeat([1, 0, 0, 1, 0, 0, 1, 0], 50)
    scores = both(np.repeat([0.9, 0.05, 0.6, 0.4, 0.3, 0.2, 0.3, 0.55], 50))
    problem = Problem(
        "y", Task.BINARY, "roc_auc", classes=(0, 1), positive=1, costs={"false_positive": 1.0, "false_negative": 1.0}
    )
    alone = Judge.of(problem, truth, None, None)
    together = Judge.of(problem, truth, None, np.repeat(np.arange(8), 50))
    assert alone.best_threshold(scores) != alone.costs.threshold
    assert together.best_threshold(scores) == together.costs.threshold


def test_a_single_model_may_cost_what_several_may_not():
    truth = np.linspace(0, 1, 40)
    ups, downs = truth + 0.1, truth - 0.1
    candidates = [Candidate("a", ups, (0.45,)), Candidate("b", downs, (0.45,))]
    assert len(choose(candidates, judge_of(truth), budgets=(Budget(1.0),)).members) == 2
    assert len(choose(candidates, judge_of(truth), budgets=(Budget(1.0, together=1.5),)).members) == 1
