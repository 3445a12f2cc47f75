"""The final choice: as many models as there is something to gain from, a second layer where it pays, scores that are honest."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.define.problem import Problem, Task
from clew.train.ensemble.choice import Budget, Candidate
from clew.train.ensemble.judge import Judge
from clew.train.ensemble.pooling import Pool, blend, fit_pool, shares_of
from clew.train.ensemble.settling import forms_of, settle


def judge_of(truth, metric, task, **columns):
    classes = () if task is Task.REGRESSION else tuple(range(int(truth.max()) + 1))
    problem = Problem("y", task, metric, classes, 1 if task is Task.BINARY else None)
    return Judge.of(problem, truth, columns.get("weight"), columns.get("group"))


def parts(rows):
    return np.arange(rows) % 5


def both(odds):
    second = 1 / (1 + np.exp(-odds))
    return np.stack([1 - second, second], axis=1)


def cautious(rows=2000, members=4, seed=0):
    """Return members that each see another part of the truth: together they may be surer than any of them."""
    random = np.random.default_rng(seed)
    seen = random.normal(size=(members, rows))
    truth = (random.random(rows) < 1 / (1 + np.exp(-seen.sum(axis=0) * 1.5))).astype(np.int64)
    return [Candidate(str(i), both(seen[i])) for i in range(members)], truth


def test_members_that_know_different_things_get_a_second_layer():
    candidates, truth = cautious()
    judge = judge_of(truth, "log_loss", Task.BINARY)
    settled = settle(candidates, judge, parts(len(truth)))
    assert settled.choice.pool is not None
    assert set(settled.choice.members) == {0, 1, 2, 3}
    fresh, answers = cautious(seed=1)
    mean = blend([c.scores for c in fresh], (0.25,) * 4)
    again = judge_of(answers, "log_loss", Task.BINARY)
    assert again.loss(settled.choice.scores(fresh)) < again.loss(mean) - 0.05


def test_the_honest_score_is_what_fresh_rows_give():
    candidates, truth = cautious(rows=4000)
    settled = settle(candidates, judge_of(truth, "log_loss", Task.BINARY), parts(len(truth)))
    judge = judge_of(truth, "log_loss", Task.BINARY)
    fresh, answers = cautious(rows=4000, seed=1)
    told = judge.metric(settled.predictions)
    assert told == pytest.approx(
        judge_of(answers, "log_loss", Task.BINARY).loss(settled.choice.scores(fresh)), abs=0.02
    )


def test_noise_does_not_make_an_ensemble():
    random = np.random.default_rng(0)
    truth = random.normal(size=1000)
    good = (truth + 0.3 * random.normal(size=1000)) / 1.09  # as close as anybody can come
    worse = [good + random.normal(size=1000) for _ in range(5)]
    candidates = [Candidate("a", good), *(Candidate("b", other) for other in worse)]
    choice = settle(candidates, judge_of(truth, "rmse", Task.REGRESSION), parts(1000)).choice
    assert choice.members == (0,)
    assert choice.pool is None


def test_many_that_are_as_good_answer_together():
    random = np.random.default_rng(0)
    truth = random.normal(size=150)
    candidates = [Candidate(str(i), truth + random.normal(size=150)) for i in range(30)]
    choice = settle(candidates, judge_of(truth, "rmse", Task.REGRESSION), parts(150)).choice
    assert len(choice.members) >= 8
    few = [Candidate(c.algorithm, c.scores, (0.3,)) for c in candidates]
    bound = settle(few, judge_of(truth, "rmse", Task.REGRESSION), parts(150), budgets=(Budget(1.0),)).choice
    assert 1 < len(bound.members) <= 3


def test_what_is_bad_does_not_join_because_it_is_quick():
    random = np.random.default_rng(0)
    truth = random.normal(size=300)
    good = [Candidate(str(i), truth + 0.5 * random.normal(size=300), (0.3,)) for i in range(15)]
    quick = [Candidate("quick", random.normal(size=300), (0.01,)) for _ in range(15)]
    judge = judge_of(truth, "rmse", Task.REGRESSION)
    broad = forms_of([*quick, *good], judge, ["broad"], budgets=(Budget(1.0),))["broad"]
    assert len(broad.members) == 3
    assert min(broad.members) >= 15


def test_without_a_signal_the_score_promises_none():
    random = np.random.default_rng(0)
    truth = random.integers(0, 2, 300)
    candidates = [Candidate(str(i), both(random.normal(size=300))) for i in range(30)]
    judge = judge_of(truth, "roc_auc", Task.BINARY)
    settled = settle(candidates, judge, parts(300))
    assert abs(judge.metric(settled.predictions) - 0.5) < 0.07
    # The choice itself looks better on the rows that it was made on.
    assert judge.metric(judge.predictions(settled.choice.scores(candidates))) > 0.55


def test_members_of_a_pool_keep_the_budget():
    candidates, truth = cautious()
    dear = [Candidate(c.algorithm, c.scores, (0.4,)) for c in candidates]
    choice = settle(dear, judge_of(truth, "log_loss", Task.BINARY), parts(len(truth)), budgets=(Budget(0.9),)).choice
    assert len(choice.members) == 2


def test_calibrator_is_learnt_with_the_choice():
    random = np.random.default_rng(0)
    odds = random.normal(size=3000)
    truth = (random.random(3000) < 1 / (1 + np.exp(-odds))).astype(np.int64)
    settled = settle([Candidate("a", both(odds * 3))], judge_of(truth, "log_loss", Task.BINARY), parts(3000))
    assert settled.choice.calibrator is not None
    assert settled.choice.scores([Candidate("a", both(odds * 3))]) == pytest.approx(both(odds), abs=0.03)


def test_few_rows_and_three_labels():
    random = np.random.default_rng(0)
    truth = np.array([0, 1, 2] * 4)
    candidates = [Candidate(str(i), random.dirichlet([1, 1, 1], 12)) for i in range(3)]
    settled = settle(candidates, judge_of(truth, "log_loss", Task.MULTICLASS), parts(12))
    assert (settled.choice.pool, settled.choice.calibrator) == (None, None)
    assert np.isfinite(settled.predictions.probabilities).all()


def test_a_pool_of_numbers_undoes_a_shrinkage():
    random = np.random.default_rng(0)
    truth = 50 + 10 * random.normal(size=500)
    members = [50 + 0.3 * (truth - 50) + random.normal(size=500) for _ in range(3)]
    pool = fit_pool(members, truth, None)
    assert sum(pool.coefficients) == pytest.approx(3.2, abs=0.3)
    assert np.abs(pool(members) - truth).std() < np.abs(np.mean(members, axis=0) - truth).std()


@given(st.integers(0, 999), st.integers(2, 4), st.booleans())
def test_a_row_has_the_same_bits_alone_and_follows_every_member(seed, members, numbers):
    random = np.random.default_rng(seed)
    pool = Pool(tuple(random.random(members) * 2), 3.0 if numbers else 0.0)
    odds = np.sort(random.normal(size=(members, 21)), axis=1)
    answers = list(odds) if numbers else [both(row) for row in odds]
    weights = (1.0, *[0.0] * (members - 1))
    found = blend(answers, weights, pool)
    for row in range(21):
        assert blend([a[row : row + 1] for a in answers], weights, pool).tobytes() == found[row].tobytes()
    # Every member rises along the rows, so the pool does.
    assert (np.diff(found if numbers else found[:, 1]) >= -1e-12).all()
    assert sum(shares_of(weights, pool)) == pytest.approx(1.0)


def test_a_pool_survives_being_written_down():
    pool = Pool((0.5, 0.0, 1.25), 7.5, 0.5)
    assert Pool.from_dict(json.loads(json.dumps(pool.to_dict()))) == pool
    for wrong in ({"coefficients": [-1.0]}, {"share": 2.0}, {"centre": float("nan")}):
        with pytest.raises(ValueError, match="pool"):
            Pool.from_dict(pool.to_dict() | wrong)
