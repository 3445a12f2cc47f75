"""The parts of a search: lists, costs, clock, splits, preparation."""

import time
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from clew.collect.dataset import Dataset
from clew.collect.split import SplitSpec
from clew.core.errors import DataError, UsageError
from clew.core.schema import Column, Kind, Role, Schema
from clew.define.problem import define_problem
from clew.prepare.recipe import Recipe
from clew.prepare.steps.columns import Drop
from clew.prepare.steps.interactions import Pairs
from clew.train.automl import train
from clew.train.codes import CODES
from clew.train.constraints.monotone import prove_monotone
from clew.train.ensemble.choice import Budget
from clew.train.ensemble.judge import Judge
from clew.train.estimators import ESTIMATORS, get_estimator
from clew.train.estimators.patience import Stopper, rounds_to_wait
from clew.train.finish.latency import measured_alone, quickest_of_the_good
from clew.train.finish.limits import Costs, member_ms
from clew.train.folds.preparation import Folds, left_out_findings
from clew.train.folds.rows import encode_target, rows_of
from clew.train.folds.splits import all_splits
from clew.train.job import job_of
from clew.train.search import costs
from clew.train.search.clock import MODELS_KEPT, ClockPlan, Size
from clew.train.search.fit import FitRequest, fit_all, fit_stopping, run_fold
from clew.train.search.journal import versions
from clew.train.search.portfolio import configurations
from clew.train.search.run import divided
from clew.train.search.trial import Configuration, Outcome, Trial
from clew.train.space import Choice, Number, draw
from clew.train.spec import TrainSpec
from clew.train.threads import resolve_cpus

ALL = tuple(ESTIMATORS)


def test_every_code_has_title_severity_and_explanation():
    assert all(code.startswith("ME1") and title and text.endswith(".") for code, (title, _, text) in CODES.items())


@pytest.mark.parametrize("algorithm", ALL)
def test_drawn_parameters_exist_and_are_in_range(algorithm):
    spec = get_estimator(algorithm)
    for seed in range(20):
        params = draw(spec.space, np.random.default_rng(seed))
        spec.check(params)
        for name, value in params.items():
            domain = spec.space[name]
            if isinstance(domain, Choice):
                assert value in domain.values
            else:
                assert domain.low * 0.999 <= value <= domain.high * 1.001


def test_whole_numbers_are_drawn_whole():
    values = [Number(2, 5, whole=True).draw(np.random.default_rng(seed)) for seed in range(50)]
    assert set(values) == {2, 3, 4, 5}


@pytest.mark.parametrize("algorithm", ALL)
def test_costs_grow_with_the_table(algorithm):
    small, large = (costs.fit_seconds(algorithm, {}, rows, 10, 0) for rows in (100, 100_000))
    assert 0 < small < large
    assert costs.predict_ms(algorithm, 100, {}, 10, 0) > 0


def test_costs_follow_the_parameters():
    slow = costs.fit_seconds("lightgbm", {"learning_rate": 0.01}, 10_000, 10, 0)
    assert slow > costs.fit_seconds("lightgbm", {"learning_rate": 0.1}, 10_000, 10, 0)
    few, many = (costs.predict_ms("xgboost", rounds, {}, 10, 0) for rounds in (10, 1000))
    assert few < many


def test_unknown_algorithm_gets_a_suggestion():
    with pytest.raises(UsageError, match="Did you mean 'catboost'"):
        get_estimator("catbost")


def test_cpus_are_those_that_may_be_used():
    assert resolve_cpus() >= 1
    assert resolve_cpus(3) == 3


@pytest.mark.parametrize(
    ("cpus", "rows", "expected"), [(8, 1000, (8, 1)), (8, 5_000_000, (2, 4)), (1, 5_000_000, (1, 1))]
)
def test_small_fits_run_side_by_side(cpus, rows, expected):
    assert divided(cpus, rows, 10) == expected


def test_stopper_waits_and_remembers_the_best():
    stopper = Stopper(patience=2)
    assert [stopper.done(loss) for loss in (3.0, 2.0, 2.5, 2.2)] == [False, False, False, True]
    assert (stopper.best_round, stopper.rounds) == (2, 4)


def test_stopper_ends_at_the_deadline():
    assert Stopper(patience=99, deadline=time.monotonic() - 1).done(None)
    assert rounds_to_wait(0.01) > rounds_to_wait(0.1)


def _plan(end_in_s: float, workers: int = 2) -> ClockPlan:
    return ClockPlan(
        configurations(ALL, 0),
        Size(1000, 10, 0),
        end=time.monotonic() + end_in_s,
        limit_s=end_in_s,
        folds=5,
        workers=workers,
        loss=lambda trial: float(trial.scores.mean()),
        speed=1.0,
        prepare_s=0.1,
    )


def _trial(configuration: Configuration, seconds: float, loss: float = 1.0) -> Trial:
    return Trial(configuration, tuple(Outcome(np.full(2, loss), None, seconds, complete=True) for _ in range(5)))


def test_clock_hands_out_the_first_whatever_the_time():
    assert _plan(0.01).next() is not None


def test_clock_says_whose_models_nobody_will_need():
    plan = _plan(60.0)
    losses = [5.0, 3.0, 9.0, 1.0, 2.0, 8.0, 4.0, 0.5]
    spare = []
    for loss in losses:
        trial = plan.next()
        plan.learn(_trial(trial, 0.1, loss))
        spare += plan.spare()
    assert [losses[number] for number in spare] == [9.0, 8.0]
    assert len(losses) - len(spare) == MODELS_KEPT


def test_clock_hands_out_nothing_that_does_not_fit():
    plan = _plan(2.0)
    first = plan.next()
    plan.learn(_trial(first, 500.0))
    assert plan.next() is None


def test_clock_passes_over_the_dear_for_the_cheap():
    plan = _plan(120.0)
    first = plan.next()
    assert first.algorithm == "catboost"
    plan.learn(_trial(Configuration(1, "lightgbm", {}, 0), 400.0, loss=9.0))
    for seconds in (0.01, 0.02, 0.03, 0.04):
        plan.learn(_trial(first, seconds))
    following = [plan.next() for _ in range(4)]
    assert None not in following
    assert "lightgbm" not in {configuration.algorithm for configuration in following}


def test_clock_tries_what_costs_next_to_nothing_before_the_dear():
    plan = _plan(60.0)
    plan.learn(_trial(plan.next(), 1.0))
    cheap = [plan.next().algorithm for _ in range(8)]
    assert len(set(cheap)) == 8
    assert {"linear", "knn", "svm"} <= set(cheap)


def test_clock_keeps_time_for_refitting_the_best():
    plan = _plan(100.0)
    before = plan.reserve()
    plan.learn(_trial(plan.next(), 10.0))
    assert plan.reserve() > before + 10.0
    assert plan.deadline(1) < time.monotonic() + 90.0


def test_later_stretches_come_first(regression, problem_of):
    frame = regression.frame.with_columns(pl.Series("day", range(240)))
    schema = regression.schema.with_columns(Column("day", "Int64", Kind.NUMERIC, Role.TIME))
    rows = rows_of(Dataset.of(frame, schema, "made up"), problem_of(regression))
    splits = all_splits(rows, SplitSpec(folds=3), 0, validation=None)
    assert [len(split.train) for split in splits] == [180, 120, 60]


def test_one_group_cannot_be_split(binary, problem_of):
    frame = binary.frame.with_columns(pl.lit(1).alias("g"))
    schema = binary.schema.with_columns(Column("g", "Int32", Kind.NUMERIC, Role.GROUP))
    rows = rows_of(Dataset.of(frame, schema, "made up"), problem_of(binary))
    with pytest.raises(DataError, match="single group"):
        all_splits(rows, SplitSpec(), 0, validation=None)


def test_recipe_learns_from_the_learning_side_only(regression, problem_of):
    rows = rows_of(regression, problem_of(regression))
    recipe = Recipe.from_yaml("- op: scale\n  columns: [a]\n")
    splits = all_splits(rows, SplitSpec(folds=2), 0, validation=None)
    folds = Folds(rows, recipe, splits, SplitSpec(folds=2), seed=0)
    for split, fold in zip(splits, (folds[0], folds[1]), strict=True):
        scaled = fold.prepared.learn.matrix.numeric[:, 0]
        assert abs(scaled.mean()) < 1e-6
        assert len(scaled) == len(split.train)
        assert len(fold.judged.numeric) == len(split.test)


def test_stopping_rows_are_learning_rows(regression, problem_of, make_table):
    dataset = make_table("regression", rows=500)
    rows = rows_of(dataset, problem_of(dataset))
    folds = Folds(rows, Recipe(()), all_splits(rows, SplitSpec(), 0, validation=None), SplitSpec(), seed=0)
    stop = folds[0].stop
    assert len(stop.train) + len(stop.test) == len(folds[0].prepared.learn) == 400


def test_folds_are_prepared_once(regression, problem_of):
    rows = rows_of(regression, problem_of(regression))
    folds = Folds(rows, Recipe(()), all_splits(rows, SplitSpec(), 0, validation=None), SplitSpec(), seed=0)
    assert folds[1] is folds[1]
    assert folds.first(2)[1] is folds[1]


def test_constraint_turns_round_where_the_positive_class_is_the_first(binary, problem_of):
    schema = binary.schema.with_facts("a", monotonic="increasing")
    dataset = Dataset.of(binary.frame, schema, "made up")
    for positive, sign in (("yes", 1), ("no", -1)):
        rows = rows_of(dataset, problem_of(dataset, positive=positive))
        folds = Folds(rows, Recipe(()), all_splits(rows, SplitSpec(), 0, validation=None), SplitSpec(), seed=0)
        assert folds[0].prepared.learn.matrix.layout.monotone == (sign, 0)
        assert folds[0].prepared.layout.monotone == (1, 0)


def test_column_that_lost_the_order_of_a_constrained_one_is_left_out(binary, problem_of):
    schema = binary.schema.with_facts("a", monotonic="increasing")
    lost = schema.with_columns(Column("a_bin", "String", Kind.CATEGORICAL, sources=("a",)))
    found = left_out_findings(lost, problem_of(binary))
    assert [(finding.code, finding.column) for finding in found] == [("ME107", "a_bin")]


def test_broken_constraint_is_found(regression, problem_of, quick_spec):
    from clew.train.automl import train

    model = train(regression, problem_of(regression), quick_spec(trials=1, algorithms=("tree",))).model
    claimed = replace(model, schema=model.schema.with_facts("a", monotonic="decreasing"))
    (told,) = prove_monotone(claimed, regression.frame)
    (found,) = told.findings()
    assert (found.code, found.column, found.severity.value) == ("ME105", "a", "error")
    assert found.evidence["rows"] > 0
    assert prove_monotone(model, regression.frame) == ()


def test_target_becomes_indices(binary, problem_of):
    codes = encode_target(pl.Series("y", ["yes", None, "no"]), problem_of(binary))
    assert codes.tolist() == [1, -1, 0]


def test_every_code_is_documented():
    from pathlib import Path

    page = (Path(__file__).parents[2] / "docs" / "lifecycle" / "train.md").read_text(encoding="utf-8")
    assert all(f"| `{code}` |" in page for code in CODES)
    assert all(f"| `{name}` |" in page for name in ESTIMATORS)


def test_clock_leaves_an_algorithm_alone_that_only_fails():
    plan, seen = _plan(3600.0), []
    for _ in range(40):
        chosen = plan.next()
        assert chosen is not None
        seen.append(chosen.algorithm)
        if chosen.algorithm == "lightgbm":
            plan.drop(chosen, None)
        else:
            plan.learn(_trial(chosen, 0.1))
    assert seen.count("lightgbm") == 3


def test_cost_of_a_row_follows_the_rounds_of_all_folds():
    told = Configuration(0, "lightgbm", {}, 0)
    trial = Trial(told, tuple(Outcome(np.zeros(2), r, 1.0, complete=True, predict_ms=0.1) for r in (100, 300)))
    assert member_ms(trial, 10, 0, measured=True) == pytest.approx(0.2)


def _told(number: int, scores: list[float], ms: float) -> Trial:
    return Trial(
        Configuration(number, "tree", {}, 0), (Outcome(np.array(scores), 1, 1.0, complete=True, predict_ms=ms),)
    )


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([[1.0, 2.0, 3.0, 4.0], [1.1, 2.0, 3.0, 4.0]], 2.0),  # the best is the slowest
        ([[1.0, 2.0, 3.0, 4.0], [1.001, 2.0, 3.0, 4.0]], 1.0),  # another is about as good
        ([[9.0, -9.0, 9.0, -9.0], [19.0, -9.0, 9.0, -9.0]], 2.0),  # nothing is better than a constant
        ([[2.5, 2.5, 2.5, 2.5], [2.5, 2.5, 2.5, 2.5]], 1.0),
    ],
)
def test_quick_models_are_not_taken_at_any_price(answers, expected, regression, problem_of):
    judge = Judge.of(problem_of(regression), np.array([1.0, 2.0, 3.0, 4.0]), None, None)
    trials = [_told(number, scores, ms) for number, (scores, ms) in enumerate(zip(answers, (2.0, 1.0), strict=True))]
    assert quickest_of_the_good(trials, [2.0, 1.0], judge) == expected


def test_model_that_seemed_slow_is_asked_again(regression, problem_of):
    problem = problem_of(regression)
    rows = rows_of(regression, problem)
    folds = Folds(rows, Recipe(()), all_splits(rows, SplitSpec(), 0, validation=None), SplitSpec(), seed=0)
    deadline = time.monotonic() + 60
    outcome = run_fold(Configuration(0, "tree", {}, 0), folds, 0, threads=1, deadline=deadline)
    busy = [Trial(Configuration(number, "tree", {}, 0), (replace(outcome, predict_ms=5.0),)) for number in range(2)]
    judged = folds[0].sides.judged
    assert all(one.predict_ms < 5.0 for one in measured_alone(busy, judged, above=0.35, seconds=10.0))
    assert all(one.predict_ms == 5.0 for one in measured_alone(busy, judged, above=10.0, seconds=10.0))
    assert all(one.predict_ms == 5.0 for one in measured_alone(busy, judged, above=0.35, seconds=0.0))
    again = busy[0].with_ms(1.0)
    assert (again.predict_ms, busy[0].predict_ms) == (1.0, 5.0)
    assert again.scores is busy[0].scores


def test_members_take_longer_one_after_the_other():
    costs_of_two = Costs([(0.1,), (0.2,)], (Budget(1.0),), [0.1, 0.2], 0.05)
    assert costs_of_two.model_ms((1,)) == pytest.approx(0.25)
    assert costs_of_two.model_ms((0, 1)) == pytest.approx(0.5)


def test_rounds_are_not_watched_by_rows_of_one_class():
    rows = 600
    day, noise = np.arange(rows), np.random.default_rng(0).normal(size=rows)
    y = np.where((day >= 380) & (noise > 0), "yes", "no")
    schema = Schema(
        (
            Column("day", "Int64", Kind.NUMERIC, Role.TIME),
            Column("x", "Float64", Kind.NUMERIC),
            Column("y", "String", Kind.CATEGORICAL, Role.TARGET),
        )
    )
    dataset = Dataset.of(pl.DataFrame({"day": day, "x": noise, "y": y}), schema, "made up")
    spec = TrainSpec(algorithms=("lightgbm",), trials=1, recipe=Recipe(()), max_latency_ms=None)
    result = train(dataset, define_problem(dataset.frame["y"], schema["y"]), spec)
    (member,) = result.model.members
    assert result.score.value > 0.95
    assert member.estimator.rounds < 500


@pytest.mark.parametrize(
    ("columns", "step", "left_out"),
    [
        (16, None, set()),
        (16, Pairs([f"x{j}" for j in range(16)]), {"gaussian_process", "knn"}),
        (120, None, {"gaussian_process", "knn"}),
        (120, Drop([f"x{j}" for j in range(60)]), set()),
    ],
)
def test_columns_that_the_recipe_makes_decide_which_algorithms_join(columns, step, left_out, problem_of):
    random = np.random.default_rng(0)
    frame = pl.DataFrame(random.normal(size=(60, columns)), schema=[f"x{j}" for j in range(columns)])
    target = Column("y", "Int64", Kind.CATEGORICAL, Role.TARGET)
    facts = [Column(name, "Float64", Kind.NUMERIC) for name in frame.columns]
    dataset = Dataset.of(frame.with_columns(y=pl.int_range(60) % 2), Schema((*facts, target)), "made up")
    spec = TrainSpec(trials=1, recipe=Recipe(() if step is None else (step,)))
    job = job_of(dataset, problem_of(dataset), spec, validation=None, started=0.0)
    assert set(ALL) - set(job.algorithms) == left_out
    named = replace(spec, algorithms=("knn", "tree"))
    assert set(job_of(dataset, problem_of(dataset), named, validation=None, started=0.0).algorithms) == {"knn", "tree"}


def test_a_fit_that_the_clock_left_no_time_to_finish_says_so(make_table, problem_of):
    dataset = make_table(rows=600)
    rows = rows_of(dataset, problem_of(dataset))
    splits = all_splits(rows, SplitSpec(folds=2), 0, validation=None)
    sides = Folds(rows, Recipe(()), splits, SplitSpec(folds=2), seed=0)[0].sides
    request = FitRequest(Configuration(0, "lightgbm", {}, 0), rows.problem.task, 2, 1, None)
    late = replace(request, deadline=time.monotonic())
    assert not fit_stopping(request, sides).cut_short
    assert fit_stopping(late, sides).cut_short
    assert not fit_all(late, sides.learn).cut_short


def test_versions_name_all_that_an_outcome_depends_on(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "own_trees.py").write_text("class Tree: ...")
    assert {"clew", "polars", "numpy", "xgboost"} <= set(versions())
    found = versions(["lightgbm", "sklearn.tree.DecisionTreeClassifier", "own_trees.Tree"])
    assert set(found) - set(versions()) == {"own_trees.Tree"}
