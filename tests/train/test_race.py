"""Racing: hopeless configurations stop after the first folds, and nothing depends on who is quicker."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from clew.core.progress import silent
from clew.define.problem import Problem, Task
from clew.train.automl import train
from clew.train.ensemble.judge import Judge
from clew.train.search.board import Board
from clew.train.search.fit import run_fold
from clew.train.search.plan import ListPlan
from clew.train.search.race import Race
from clew.train.search.trial import Configuration, Outcome

TRUTH = np.random.default_rng(0).normal(size=400)


def _judge(count: int) -> Judge:
    problem = Problem("y", Task.REGRESSION, "rmse")
    return Judge.of(problem, np.tile(TRUTH, count), None, None)


def _answers(noise: float, seed: int) -> np.ndarray:
    return TRUTH + noise * np.random.default_rng(seed).normal(size=len(TRUTH))


@pytest.fixture
def field():
    """Return the answers of ten configurations whose errors have a part in common."""
    common = np.random.default_rng(99).normal(size=len(TRUTH))
    return {number: _answers(0.05, number) + 0.5 * common for number in range(10)}


def _hopeless(scores: dict[int, np.ndarray], judge: Judge | None = None) -> bool:
    return Race([judge or _judge(1)]).hopeless(10, 0, scores, scores.__getitem__)


def test_answers_worse_than_all_and_of_no_help_are_hopeless(field):
    assert _hopeless({**field, 10: _answers(9.0, 10)})


def test_one_of_the_best_is_not_hopeless(field):
    assert not _hopeless({**field, 10: _answers(0.01, 10)})


def test_worse_answers_with_other_errors_are_not_hopeless(field):
    other = _answers(0.8, 10)
    losses = [_judge(1).loss(scores) for scores in field.values()]
    assert _judge(1).loss(other) > max(losses)
    assert not _hopeless({**field, 10: other})


def test_nothing_is_hopeless_beside_a_few(field):
    few = {number: field[number] for number in range(5)}
    assert not _hopeless({**few, 10: _answers(9.0, 10)})


def test_nothing_is_hopeless_where_the_metric_has_no_value():
    problem = Problem("y", Task.BINARY, "roc_auc", classes=("no", "yes"), positive="yes")
    judge = Judge.of(problem, np.zeros(len(TRUTH), dtype=np.int64), None, None)
    random = np.random.default_rng(0)
    share = {number: random.random(len(TRUTH)) for number in range(11)}
    assert not _hopeless({number: np.column_stack([1 - one, one]) for number, one in share.items()}, judge)


def _raced(workers: int) -> tuple[list[int], list[tuple[int, int]]]:
    """Race twenty configurations, every third of them bad; each task takes as long as chance has it."""
    listed = [Configuration(number, "tree", {}, 0) for number in range(20)]
    board = Board(ListPlan(listed), 3, Race([_judge(1), _judge(2)]), None, silent, {})

    def work(seed: int) -> None:
        random = np.random.default_rng([workers, seed])
        while (task := board.next()) is not None:
            configuration, position = task
            time.sleep(0.003 * random.random())
            noise = 9.0 if configuration.number % 3 == 0 else 0.1
            scores = _answers(noise, 100 * position + configuration.number)
            board.take(task, Outcome(scores, None, 0.1, complete=True))

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, range(workers)))
    found = board.found()
    stopped = [(trial.configuration.number, len(trial.outcomes)) for trial in found.stopped]
    return [trial.configuration.number for trial in found.trials], stopped


def test_result_does_not_depend_on_who_is_quicker():
    finished, stopped = _raced(1)
    assert [number for number, _ in stopped] == [9, 12, 15, 18]
    assert {folds for _, folds in stopped} == {1}
    assert sorted(finished + [number for number, _ in stopped]) == list(range(20))
    assert all(_raced(workers) == (finished, stopped) for workers in (2, 3, 8))


def test_raced_training_is_the_same_on_any_number_of_cpus_and_after_a_kill(
    regression, problem_of, quick_spec, tmp_path, monkeypatch
):
    spec = quick_spec(trials=24, algorithms=("linear", "tree"))
    problem = problem_of(regression)
    one, three = (
        train(regression, problem, quick_spec(trials=24, algorithms=("linear", "tree"), cpus=n)) for n in (1, 3)
    )
    assert one.stopped > 0
    assert one.trials + one.stopped == 24
    assert (one.stopped, one.model.fingerprint) == (three.stopped, three.model.fingerprint)

    def killed(configuration, folds, position, **named):
        if configuration.number == 18:
            raise KeyboardInterrupt
        return run_fold(configuration, folds, position, **named)

    kept = replace(spec, journal=tmp_path, cpus=1)
    with monkeypatch.context() as patch:
        patch.setattr("clew.train.search.run.run_fold", killed)
        with pytest.raises(KeyboardInterrupt):
            train(regression, problem, kept)
    resumed = train(regression, problem, kept)
    assert (resumed.stopped, resumed.model.fingerprint) == (one.stopped, one.model.fingerprint)


def test_log_says_what_the_seconds_were_spent_on(binary, problem_of, quick_spec):
    result = train(binary, problem_of(binary), quick_spec(cpus=1))
    fits = [entry for entry in result.log if entry.what == "fit"]
    assert len(fits) == 15
    assert {entry.algorithm for entry in fits} == {"linear", "tree", "lightgbm"}
    assert {"prepare", "judge", "choose", "refit", "score"} <= {entry.what for entry in result.log}
    assert sum(entry.seconds for entry in result.log) <= result.fit_s
    assert [entry.start_s for entry in result.log] == sorted(entry.start_s for entry in result.log)
    assert result.to_dict()["log"][0].keys() == {"start_s", "seconds", "what", "algorithm", "model"}
    assert "Seconds spent on" in result._repr_html_()
