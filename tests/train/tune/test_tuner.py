"""Tuning small trees: strategies, rules, goals, and that the same comes out again."""

import math
import sys
from dataclasses import replace

import numpy as np
import pytest

from clew.collect.split import SplitSpec
from clew.core.errors import ConfigError, DataError, InputError, UsageError
from clew.core.progress import silent
from clew.core.schema import Role
from clew.define.custom_metric import metric
from clew.define.problem import Task
from clew.prepare.recipe import Recipe
from clew.train.estimators import ESTIMATORS
from clew.train.job import job_of
from clew.train.spec import TrainSpec
from clew.train.tune.campaign import Campaign, Course
from clew.train.tune.completion import Completion
from clew.train.tune.crew import crew_of
from clew.train.tune.goals import goals_of
from clew.train.tune.pipeline import pipeline_of
from clew.train.tune.prepared import PreparedFolds
from clew.train.tune.reading import dimensions_of
from clew.train.tune.result import TunedTrial
from clew.train.tune.rungs import best_of_rung, close_to_best, ladder_of, not_hopeless
from clew.train.tune.space import Space
from clew.train.tune.spec import Resource, Stopping, Strategy, TuneSpec
from clew.train.tune.study import Sampler
from clew.train.tune.tuner import _broken, _check_finished, tune

SPACE = {"max_depth": {"low": 1, "high": 8}, "min_samples_leaf": {"low": 1, "high": 60, "scale": "log"}}
STRATEGIES = [Strategy.BAYESIAN, Strategy.RANDOM, Strategy.CMAES, Strategy.HYPERBAND]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_same_seed_gives_the_same_trials_whatever_the_number_of_workers(look_for, shown, strategy):
    one = look_for(strategy=strategy, trials=10, cpus=1)
    assert shown(look_for(strategy=strategy, trials=10, cpus=3)) == shown(one)
    assert len(one.trials) == 10
    assert shown(look_for(strategy=strategy, trials=10, seed=1)) != shown(one)
    best = one.best
    assert best.state == "complete"
    assert best.figures["roc_auc"] == max(t.figures["roc_auc"] for t in one.trials if t.state == "complete")


def test_a_longer_tuning_begins_like_a_shorter_one(look_for, shown):
    assert shown(look_for(trials=8))[0][:4] == shown(look_for(trials=4))[0]


def test_a_grid_tries_everything_once(look_for):
    space = {"max_depth": [1, 3], "min_samples_leaf": {"low": 2, "high": 50, "scale": "log", "points": 3}}
    result = look_for(strategy=Strategy.GRID, space=space, trials=None)
    assert len({tuple(trial.params.items()) for trial in result.trials}) == len(result.trials) == 6
    assert result.ended == "the whole grid was tried"
    assert look_for(strategy=Strategy.GRID, space=space, trials=4).ended == "4 trials were made"


def test_a_trial_is_judged_as_cross_validation_judges_it(look_for, make_table, problem_of):
    """The figure is the mean over the folds of a model fitted without the fold."""
    from clew.collect.split import folds
    from clew.train.estimators import get_estimator
    from clew.train.folds.preparation import prepare
    from clew.train.folds.rows import rows_of
    from clew.train.search.portfolio import trial_seed

    data = make_table()
    result = look_for(data=data, trials=1)
    rows, split = rows_of(data, problem_of(data)), SplitSpec(folds=3)
    spec, values = get_estimator("tree"), []
    for one in folds(rows.structure, split, 0, 3):
        ready = prepare(rows.take(one.train), Recipe(()), split, seed=0)
        fitted = spec.fit(
            ready.learn.matrix, ready.learn.target, task=rows.problem.task, classes=2,
            params=result.trials[0].params, seed=trial_seed(0, 0),
        )  # fmt: skip
        judged = rows.take(one.test)
        loss = judged.judge(np.arange(len(judged))).loss(fitted.predict(ready.matrix(judged)))
        values.append(-loss)
    assert result.trials[0].folds == pytest.approx(values, abs=0)


def test_cmaes_follows_a_number_whose_condition_always_holds(look_for):
    space = {"criterion": "gini", "max_depth": {"low": 1, "high": 8, "when": {"criterion": "gini"}}, "min_samples_leaf": {"low": 1, "high": 60}}  # fmt: skip
    assert len(look_for(space=space, strategy=Strategy.CMAES, trials=14).trials) == 14


def test_cmaes_learns_from_whole_trials(look_for):
    result = look_for(strategy=Strategy.CMAES, trials=24, generation=2)
    assert {trial.state for trial in result.trials} == {"complete"}


def test_the_median_rule_ends_hopeless_trials_and_never_the_best(look_for):
    raced = look_for(trials=24, strategy=Strategy.RANDOM)
    whole = look_for(trials=24, strategy=Strategy.RANDOM, stopping=Stopping.NONE)
    stopped = [trial for trial in raced.trials if trial.state == "stopped"]
    assert stopped
    assert raced.fits < whole.fits == 24 * 3
    assert {trial.number for trial in raced.trials if len(trial.folds) < 3} == {trial.number for trial in stopped}
    assert all(trial.state == "complete" for trial in whole.trials)
    assert [t.params for t in raced.trials] == [t.params for t in whole.trials]


def test_hyperband_gives_more_rows_to_fewer_trials(look_for, make_table):
    result = look_for(data=make_table(rows=600), strategy=Strategy.HYPERBAND, trials=9)
    course = [len(trial.steps) for trial in result.trials]
    assert sorted(course, reverse=True) == [3, 2, 2, 1, 1, 1, 1, 1, 1]
    assert [trial.state for trial in result.trials].count("complete") == 1


def test_a_share_has_the_same_step_in_every_bracket(make_table, problem_of):
    spec, goals = TuneSpec(("tree",), strategy=Strategy.HYPERBAND), goals_of(problem_of(make_table()), (), ())
    ladders = [ladder_of(spec, goals, 3, generation, 4) for generation in range(3)]
    steps = [{rung.step: rung.rows for rung in ladder.rungs} for ladder in ladders]
    assert steps == [{1: 1 / 9, 2: 1 / 3, 3: 1.0}, {2: 1 / 3, 3: 1.0}, {3: 1.0}]


def test_a_trial_that_breaks_a_bound_goes_on_after_those_that_keep_it():
    assert best_of_rung({1: (0.5, 0.1), 2: (0.0, 0.9), 3: (0.0, 0.8), 4: (0.2, 0.0)}, 2) == [2, 3]


def test_the_sampler_hears_which_bounds_a_stopped_trial_broke(make_table, problem_of):
    goals = goals_of(problem_of(make_table()), (), ("latency_ms <= 1",))
    sampler = Sampler(TuneSpec(("tree",), seed=0), Space(dimensions_of(SPACE)), goals)
    trial, _ = sampler.ask(0)
    sampler.tell(trial, {"roc_auc": 0.6, "latency_ms": 3.0}, [(1, -0.6)], stopped=True)
    told = sampler.study.trials[0]
    assert told.state.name == "PRUNED"
    assert told.constraints == {"latency_ms <= 1": 2.0}


def test_hyperband_gives_more_rounds_to_fewer_trials(look_for):
    space = {"num_leaves": {"low": 3, "high": 30}, "n_estimators": 27}
    result = look_for(
        algorithms=("lightgbm",), space=space, strategy=Strategy.HYPERBAND, resource=Resource.ROUNDS, trials=9
    )
    rounds = {len(trial.steps): trial.rounds for trial in result.trials}
    assert rounds == {1: 3, 2: 9, 3: 27}


def test_asynchronous_halving_ends_most_trials_early(look_for):
    result = look_for(strategy=Strategy.HYPERBAND, asynchronous=True, trials=12, cpus=2)
    assert sorted(trial.number for trial in result.trials) == list(range(12))
    states = [trial.state for trial in result.trials]
    assert "complete" in states
    assert "stopped" in states


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"target_score": 0.6}, "roc_auc reached 0.6"),
        ({"patience": 3}, "brought nothing better"),
        ({"converged": 0.5}, "can be expected to improve"),
    ],
)
def test_each_rule_ends_the_tuning_and_says_so(look_for, rule, said):
    result = look_for(trials=60, **rule)
    assert said in result.ended
    assert len(result.trials) < 60


def test_a_limit_in_seconds_ends_the_tuning(look_for, make_table):
    result = look_for(data=make_table(rows=2000), trials=None, time_limit_s=1.0, refit=False)
    assert result.ended == "the 1 seconds were over"
    assert result.trials


def test_with_two_objectives_none_of_the_front_is_beaten(look_for):
    result = look_for(algorithms=("lightgbm",), space=_ROUNDS, objectives=("roc_auc", "latency_ms"), trials=8)
    front = result.front
    losses = [result.goals.losses(trial.figures) for trial in front]
    for one in losses:
        assert not any(other != one and all(a <= b for a, b in zip(other, one, strict=True)) for other in losses)
    assert result.best in front
    assert result.best.figures["roc_auc"] == max(trial.figures["roc_auc"] for trial in result.trials)
    assert "front" in result.to_dict()


def test_the_best_trial_keeps_the_constraints(look_for):
    free = look_for(algorithms=("lightgbm",), space=_ROUNDS, trials=8)
    bound = sorted(trial.figures["latency_ms"] for trial in free.trials)[2]
    result = look_for(algorithms=("lightgbm",), space=_ROUNDS, trials=8, constraints=(f"latency_ms <= {bound}",))
    assert result.best.figures["latency_ms"] <= bound
    assert any(not trial.feasible for trial in result.trials)
    with pytest.raises(DataError, match="None of 8 trials keeps"):
        look_for(algorithms=("lightgbm",), space=_ROUNDS, trials=8, constraints=("latency_ms <= 0.000001",))


_ROUNDS = {"n_estimators": {"low": 2, "high": 60, "scale": "log"}, "num_leaves": [3, 7]}


def test_recipe_and_model_are_tuned_together(look_for):
    steps = [{"op": "fill_missing", "columns": ["b"]}, {"op": "bin", "columns": ["a"], "n_bins": 3}]
    space = {"max_depth": [2, 6], "recipe": {"bin.n_bins": [2, 12], "fill_missing.disabled": [True, False]}}
    result = look_for(space=space, recipe=Recipe.from_dict(steps), strategy=Strategy.GRID, trials=None)
    assert len(result.trials) == 8
    by_bins = {n: max(t.figures["roc_auc"] for t in result.trials if t.params["recipe.2.n_bins"] == n) for n in (2, 12)}
    assert by_bins[12] > by_bins[2]
    assert result.pipeline.recipe_of(result.best.params).to_dict()[1]["n_bins"] == 12


def test_what_did_not_change_is_not_fitted_again(make_table, problem_of, monkeypatch):
    """Folds of a known recipe are at hand, and first steps that recipes have in common are fitted once."""
    from clew.collect.split import SplitSpec
    from clew.prepare.steps.missing import FillMissing
    from clew.train.folds.preparation import Folds
    from clew.train.job import job_of
    from clew.train.spec import TrainSpec
    from clew.train.tune.prepared import PreparedFolds

    data = make_table()
    fits = []
    fit = FillMissing.fit

    def counted(self, *given, **named):
        fits.append(1)
        return fit(self, *given, **named)

    monkeypatch.setattr(FillMissing, "fit", counted)
    spec = TrainSpec(trials=1, recipe=Recipe(()), split=SplitSpec(folds=2))
    job = job_of(data, problem_of(data), spec, validation=None, started=0.0)
    folds = PreparedFolds(job.folds)

    def recipe(method):
        return Recipe.from_dict(
            [{"op": "fill_missing", "columns": ["b"]}, {"op": "scale", "columns": ["b"], "method": method}]
        )

    first = folds.get(recipe("standard"), 0)
    assert folds.get(recipe("standard"), 0) is first
    folds.get(recipe("robust"), 0)
    assert len(fits) == 1
    other = folds.get(recipe("robust"), 1)
    assert len(fits) == 2
    folds.get(recipe("standard"), 1)
    assert len(fits) == 2
    anew = Folds(job.rows, recipe("robust"), job.folds.splits, job.folds.spec, seed=0)[1]
    assert other.fold.judged.numeric.tobytes() == anew.judged.numeric.tobytes()
    assert other.fold.prepared.learn.matrix.numeric.tobytes() == anew.prepared.learn.matrix.numeric.tobytes()


def test_several_algorithms_are_tuned_at_once(look_for):
    space = {"tree": {"max_depth": [1, 5]}, "linear": {"alpha": {"low": 0.1, "high": 10, "scale": "log"}}}
    result = look_for(algorithms=("tree", "linear"), space=space, trials=12, strategy=Strategy.RANDOM)
    assert {trial.algorithm for trial in result.trials} == {"tree", "linear"}
    assert all(("linear.alpha" in t.params) == (t.algorithm == "linear") for t in result.trials)


def test_validation_rows_judge_instead_of_folds(look_for, make_table):
    result = look_for(validation=make_table(seed=5), trials=4)
    assert result.score_from == "validation data"
    assert {len(trial.folds) for trial in result.trials} == {1}


def test_the_best_combination_becomes_a_model_with_an_interval(look_for, make_table):
    result = look_for(refit=True, trials=4)
    assert result.trained is not None
    assert result.trained.score.low < result.trained.score.value < result.trained.score.high
    assert dict(result.trained.model.members[0].params) == dict(result.best.params)
    assert len(result.trained.model.predict(make_table(seed=9))) == 240


def test_the_model_is_made_for_the_first_objective(look_for):
    result = look_for(refit=True, trials=3, objectives=("latency_ms", "f1"))
    assert result.trained.metric == "f1"
    assert result.trained.model.threshold != 0.5
    assert look_for(refit=True, trials=3).trained.model.threshold == 0.5


def test_all_figures_of_labels_are_judged_at_one_threshold(look_for):
    usual = {"trials": 6, "stopping": "none", "strategy": "random"}
    alone = look_for(**usual, objectives=("accuracy",))
    beside = look_for(**usual, objectives=("f1",), constraints=("accuracy >= 0.1",))
    assert [trial.params for trial in beside.trials] == [trial.params for trial in alone.trials]
    pairs = [(a.figures["accuracy"], b.figures["accuracy"]) for a, b in zip(beside.trials, alone.trials, strict=True)]
    assert all(one <= best for one, best in pairs)
    assert any(one < best for one, best in pairs)


def test_a_bound_that_the_model_breaks_is_said(look_for, make_table, problem_of):
    trained = look_for(refit=True, trials=2).trained
    goals = goals_of(problem_of(make_table()), (), (f"roc_auc >= {trained.score.value + 0.01}", "latency_ms <= 0.001"))
    assert [finding.code for finding in _broken(trained, goals)] == ["ME153"]
    kept = goals_of(problem_of(make_table()), (), (f"roc_auc >= {trained.score.value - 0.01}",))
    assert _broken(trained, kept) == []


def test_an_own_metric_that_is_a_bound_only_judges_no_outer_fold(look_for):
    own = metric(lambda truth, told: float((truth == told).mean()), greater_is_better=True, name="right")
    result = look_for(nested=2, trials=2, metric=own, objectives=("f1",), constraints=("right >= 0.1",))
    assert result.nested.metric == "f1"
    assert result.nested.to_dict()["metric"] == "f1"


def test_an_outer_fold_that_fails_leaves_what_was_found(look_for, tmp_path):
    (tmp_path / "outer_2_of_2.jsonl").write_text("no journal\n")
    result = look_for(nested=2, trials=2, journal=tmp_path / "journal.jsonl")
    assert result.nested is None
    assert len(result.trials) == 2
    found = {finding.code: finding.detail for finding in result.findings}
    assert found["ME154"].startswith("In outer fold 2 of 2: ")
    assert "ME150" in found


def test_nested_folds_judge_the_whole_tuning(look_for):
    result = look_for(nested=2, trials=3)
    assert result.nested is not None
    assert len(result.nested.folds) == len(result.nested.params) == 2
    assert result.nested.score.rows == 240
    assert result.nested.score.low < result.nested.score.value
    assert not any(finding.code == "ME150" for finding in result.findings)


def test_a_regression_and_several_classes_are_tuned(look_for):
    assert look_for(task="regression", trials=3).metric == "rmse"
    assert look_for(task="multiclass", trials=3).metric == "log_loss"


def test_what_mattered_is_told(look_for):
    result = look_for(trials=20, stopping=Stopping.NONE)
    assert set(result.importances) == {"max_depth", "min_samples_leaf"}
    assert math.isclose(sum(result.importances.values()), 1.0, abs_tol=1e-6)
    assert look_for(trials=3).importances == {}


def test_trials_that_fail_are_counted_and_the_tuning_goes_on(look_for):
    result = look_for(space={"max_depth": [-3, 4], "min_samples_leaf": [2, 3]}, strategy=Strategy.GRID, trials=None)
    assert [trial.state for trial in result.trials].count("failed") == 2
    assert any(finding.code == "ME151" for finding in result.findings)
    assert result.best.params["max_depth"] == 4
    with pytest.raises(DataError, match="Every trial failed"):
        look_for(space={"max_depth": [-3, -4]}, trials=2)


def test_trials_that_all_fail_for_one_reason_are_not_repeated(make_table, problem_of):
    table = make_table(rows=60)
    excluded = [replace(column, role=Role.EXCLUDE) for column in table.schema.features]
    bare = replace(table, schema=table.schema.with_columns(*excluded))
    told = []
    spec = TuneSpec(("tree",), trials=400, recipe=Recipe(()), split=SplitSpec(folds=3), cpus=1)
    with pytest.raises(DataError, match="Every trial failed; the first said: .*learn from"):
        tune(bare, problem_of(table), spec, progress=lambda *said: told.append(said[0]))
    assert told[-1].startswith("4 trials")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"algorithms": ()}, "No algorithm"),
        ({"algorithms": ("tre",)}, "Did you mean 'tree'"),
        ({"trials": 0}, "trials"),
        ({"patience": 2}, "from 3 on"),
        ({"nested": 1}, "from 2 on"),
        ({"converged": 2.0}, "share between 0 and 1"),
        ({"time_limit_s": 0.1}, "at least 1 second"),
        ({"objectives": ("f2",)}, "There is no figure 'f2'"),
        ({"constraints": ("latency <",)}, "cannot be read"),
        ({"constraints": ("speed <= 3",)}, "no figure 'speed'"),
        ({"compute": "cloud"}, "not known"),
        ({"strategy": Strategy.CMAES, "objectives": ("roc_auc", "latency_ms")}, "one objective"),
        ({"strategy": Strategy.CMAES, "space": {"max_depth": [1, 2]}}, "follows numbers"),
        ({"strategy": Strategy.CMAES, "constraints": ("latency_ms <= 9",)}, "no notice of constraints"),
        ({"strategy": Strategy.CMAES, "generation": 1}, "Use 2 or more"),
        ({"strategy": Strategy.CMAES, "space": {"criterion": ["gini", "entropy"], "max_depth": {"low": 1, "high": 8, "when": {"criterion": "gini"}}}}, "'max_depth' exists only sometimes"),
        ({"strategy": Strategy.HYPERBAND, "objectives": ("latency_ms", "latency_ms")}, "one objective"),
        ({"algorithms": ("autogluon",)}, "clew train --engine autogluon"),
        ({"asynchronous": True}, "is for hyperband"),
        ({"resource": Resource.ROUNDS}, "is for hyperband"),
        ({"transfer": True}, "none is named"),
        ({"strategy": Strategy.GRID, "space": {"max_depth": list(range(1, 900)), "min_samples_leaf": list(range(1, 900))}}, "combinations"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_with_a_way_out(look_for, changes, said):
    with pytest.raises(InputError, match=said) as caught:
        look_for(**changes)
    assert isinstance(caught.value, UsageError | ConfigError)


def test_rows_that_teach_nothing_are_refused(look_for, make_table):
    with pytest.raises(DataError, match="at least 10 rows"):
        look_for(data=make_table(rows=240).take(range(5)))


def test_the_median_rule_spares_what_is_close_to_the_best():
    best, near, far = [0.30, 0.32, 0.31], [0.31, 0.31, 0.33], [0.50, 0.52, 0.51]
    folds = [best, near, [0.32, 0.31, 0.31], far, far, far]
    behind = close_to_best(folds, 1)
    assert best[0] < behind < far[0]
    assert close_to_best(folds, 2) - np.mean(best[:2]) < behind - best[0]  # the more folds, the surer
    assert close_to_best(folds, 3) == pytest.approx(np.mean(best))
    earlier = [0.2, 0.2, 0.2, 0.3]
    assert not_hopeless({7: near[0], 8: far[0], 9: 0.1}, earlier, behind) == [7, 9]


def test_a_step_that_misses_the_defaults_is_kept(look_for):
    space = {"max_depth": {"low": 3, "high": 11, "step": 2}, "max_features": {"low": 0.1, "high": 1.0, "step": 1 / 3}}
    result = look_for(space=space, trials=14, stopping=Stopping.NONE)
    assert {trial.params["max_depth"] for trial in result.trials} <= {3, 5, 7, 9, 11}
    assert {trial.params["max_features"] for trial in result.trials} <= {0.1, 0.433333, 0.766667}
    assert result.importances


def test_a_tuning_in_which_nothing_counts_ends(look_for):
    with pytest.raises(DataError, match="None of .* trials keeps the constraints"):
        look_for(trials=None, patience=5, constraints=("roc_auc >= 0.9999",))


def test_one_bad_value_does_not_end_a_grid(look_for):
    space = {"max_depth": [-3, 4], "min_samples_leaf": [2, 3, 4, 5]}
    result = look_for(space=space, strategy=Strategy.GRID, trials=None)
    assert [trial.state for trial in result.trials].count("complete") == 4


def test_code_that_a_space_names_needs_trust(look_for, tmp_path):
    mark = tmp_path / "ran"
    popen = {"estimator": "subprocess.Popen", "params": {"args": ["touch", str(mark)]}}
    space = {"estimator": [popen], "n_estimators": [2, 3]}
    with pytest.raises(UsageError, match=r"The space names subprocess.Popen.*--trust subprocess.Popen"):
        look_for(algorithms=("sklearn.ensemble.BaggingClassifier",), space=space)
    assert not mark.exists()


def test_a_parameter_may_be_called_algorithm(look_for):
    space = {"algorithm": ["ball_tree", "kd_tree"], "n_neighbors": [5, 9]}
    found = look_for(
        algorithms=("sklearn.neighbors.KNeighborsClassifier",), space=space, strategy=Strategy.GRID, trials=None
    )
    assert {trial.params["algorithm"] for trial in found.trials} == {"ball_tree", "kd_tree"}
    assert {trial.algorithm for trial in found.trials} == {"sklearn.neighbors.KNeighborsClassifier"}


def test_an_estimator_that_cannot_answer_is_a_failed_trial(look_for):
    space = {"radius": [1e-9, 5.0]}
    found = look_for(
        algorithms=("sklearn.neighbors.RadiusNeighborsClassifier",), space=space, strategy=Strategy.GRID, trials=None
    )
    assert [trial.state for trial in found.trials] == ["failed", "complete"]
    assert "cannot answer" in found.trials[0].error


_OWN = """
from sklearn.tree import DecisionTreeClassifier

class Pair(DecisionTreeClassifier):
    def __init__(self, low, high, max_depth=3, random_state=None):
        if low > high:
            raise ValueError(f"{low} is above {high}")
        super().__init__(max_depth=max_depth, random_state=random_state)
        self.low, self.high = low, high

class Hungry(Pair):
    def fit(self, X, y):
        if self.high == 9:
            raise MemoryError
        return super().fit(X, y)
"""


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Return the name of a module with estimators of the user's own, which a search finds."""
    name = f"own_{tmp_path.name}".replace("-", "_")
    (tmp_path / f"{name}.py").write_text(_OWN)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    return name


def test_an_estimator_may_need_several_parameters_and_refuse_a_combination(look_for, own):
    space = {"low": [1, 5], "high": [3, 6]}
    found = look_for(
        algorithms=(f"{own}.Pair",), trust=(f"{own}.Pair",), space=space, strategy=Strategy.GRID, trials=None
    )
    assert [trial.state for trial in found.trials] == ["complete", "complete", "failed", "complete"]
    assert "5 is above 3" in found.trials[2].error
    with pytest.raises(UsageError, match="no part of Clew"):
        look_for(algorithms=(f"{own}.Pair",), space=space)


def test_want_of_memory_ends_the_run_and_is_not_kept(look_for, own, tmp_path):
    changes = {"algorithms": (f"{own}.Hungry",), "trust": (f"{own}.Hungry",), "strategy": Strategy.GRID, "trials": None}
    changes |= {"space": {"low": [1], "high": [3, 9]}, "journal": tmp_path / "j.jsonl", "generation": 1}
    with pytest.raises(DataError, match=r"not enough memory to fit .*run the same again"):
        look_for(**changes)
    told = (tmp_path / "j.jsonl").read_text()
    assert told.count('"fit"') == 3
    assert "not enough" not in told


def test_the_code_of_an_own_estimator_is_part_of_what_a_journal_is_of(look_for, own, tmp_path, monkeypatch):
    changes = {"algorithms": (f"{own}.Pair",), "trust": (f"{own}.Pair",), "trials": 2, "journal": tmp_path / "j.jsonl"}
    changes |= {"space": {"low": [1, 2], "high": [3]}}
    look_for(**changes)
    assert look_for(**changes).found == 6
    monkeypatch.delitem(sys.modules, own)
    (tmp_path / f"{own}.py").write_text(_OWN.replace("low > high", "low >= high"))
    with pytest.raises(UsageError, match="another version of Clew or of what it learns with"):
        look_for(**changes)


def test_a_fit_whose_time_is_over_is_not_begun(make_table, problem_of):
    data = make_table()
    spec = TuneSpec(("tree",), space=SPACE, recipe=Recipe(()), time_limit_s=9.0, cpus=1)
    pipeline, goals = pipeline_of(spec, Recipe(()), ESTIMATORS, Task.BINARY), goals_of(problem_of(data), (), ())
    job = job_of(data, problem_of(data), TrainSpec(trials=1, recipe=Recipe(())), validation=None, started=0.0)
    with crew_of("local", 1) as crew:
        sampler = Sampler(spec, pipeline.space, goals)
        told = {"threads": 1, "fixed": {}, "journal": None, "end": 0.0, "progress": silent}
        campaign = Campaign(spec, pipeline, goals, PreparedFolds(job.folds), sampler, crew, **told)
        trial = campaign.start(0, *sampler.ask(0))
        [first, *_] = campaign.requests(trial, ladder_of(spec, goals, 5, 0, 4).rungs[0])
        assert campaign.submit(trial, first) is None
    assert trial.late
    assert trial.error is None


def test_patience_is_tried_by_trials_that_were_judged(make_table, problem_of):
    goals = goals_of(problem_of(make_table()), (), ())
    spec, space = TuneSpec(("tree",), patience=3), Space(dimensions_of(SPACE))
    states = ["complete", "failed", "failed", "failed", "stopped", "complete", "stopped"]
    trials = [TunedTrial(n, "tree", {}, state, {"roc_auc": 0.9 - n / 100}) for n, state in enumerate(states)]
    completion = Completion(spec, space, goals)
    assert completion.reason(trials[:6], None) is None
    assert completion.reason(trials, None) == "the last 3 trials brought nothing better"


def test_a_tuning_without_a_whole_trial_says_why(look_for, make_table, problem_of):
    goals = goals_of(problem_of(make_table()), (), ())
    trials = (
        TunedTrial(0, "tree", {}, "stopped", {"roc_auc": 0.5}),
        TunedTrial(1, "tree", {}, "failed", {}, error="no way"),
    )
    with pytest.raises(DataError, match="1 were stopped early and 1 failed; trial 1 said: no way"):
        _check_finished(Course(trials, "2 trials were made", 4, 0), None, goals)


def test_rounds_may_be_spelt_as_the_library_spells_them(look_for):
    space = {"num_iterations": [12], "learning_rate": {"low": 0.1, "high": 0.3}}
    found = look_for(
        algorithms=("lightgbm",), space=space, trials=3, strategy=Strategy.HYPERBAND, resource=Resource.ROUNDS
    )
    assert "failed" not in {trial.state for trial in found.trials}


def test_nested_folds_beside_validation_rows_are_refused_at_once(look_for, make_table):
    with pytest.raises(UsageError, match="exclude each other"):
        look_for(nested=3, validation=make_table(rows=80, seed=2))


def test_trials_of_other_algorithms_and_folds_do_not_count(look_for, tmp_path):
    space = {"min_samples_leaf": {"low": 1, "high": 9}, "n_estimators": [5]}
    look_for(algorithms=("random_forest",), space=space, trials=4, journal=tmp_path / "journal.jsonl")
    found = look_for(algorithms=("extra_trees",), space=space, trials=2, warm_start=(tmp_path,))
    assert any(finding.code == "ME152" for finding in found.findings)
    with pytest.raises(UsageError, match="other seed, and so folds"):
        look_for(algorithms=("random_forest",), space=space, trials=2, warm_start=(tmp_path,), seed=1)


def test_asynchronous_trials_of_another_tuning_in_the_folder_do_not_count(look_for, tmp_path):
    journal = {"journal": tmp_path / "journal.jsonl", "strategy": Strategy.HYPERBAND, "asynchronous": True}
    space = {"min_samples_leaf": {"low": 1, "high": 9}, "n_estimators": [5]}
    look_for(algorithms=("random_forest",), space=space, trials=4, **journal)
    again = look_for(algorithms=("random_forest",), space=space, trials=4, **journal)
    assert again.fits == 0
    other = look_for(algorithms=("extra_trees",), space=space, trials=4, **journal)
    assert {trial.algorithm for trial in other.trials} == {"extra_trees"}
    assert len(other.trials) == 4


def test_asynchronous_trials_of_another_manner_do_not_count(look_for, tmp_path):
    place = {"journal": tmp_path / "journal.jsonl", "trials": 4}
    climb = {**place, "strategy": Strategy.HYPERBAND, "asynchronous": True}
    look_for(**place, strategy=Strategy.RANDOM)
    first = look_for(**climb)
    assert first.fits > 0
    look_for(**place, strategy=Strategy.HYPERBAND)
    assert look_for(**climb).fits == 0
    assert look_for(**climb, resource=Resource.ROUNDS).fits > 0
    assert look_for(**climb, objectives=("log_loss",)).fits > 0
    assert [trial.to_dict() for trial in look_for(**climb).trials] == [trial.to_dict() for trial in first.trials]


def test_asynchronous_trials_are_judged_by_the_bounds_of_now(look_for, tmp_path):
    climb = {"journal": tmp_path / "j.jsonl", "trials": 4, "strategy": Strategy.HYPERBAND, "asynchronous": True}
    look_for(**climb)
    with pytest.raises(DataError, match="None of 4 trials keeps"):
        look_for(**climb, constraints=("roc_auc >= 0.9999",))


def test_a_metric_that_was_changed_begins_anew(look_for, tmp_path):
    def of(factor):
        return metric(lambda t, a: float((t == a).mean()) * factor, greater_is_better=True, name="right")

    def other(truth, answers):
        return float((truth != answers).mean()) + 1.0

    place = {"journal": tmp_path, "trials": 3, "objectives": ("right",)}
    look_for(metric=of(1.0), **place)
    assert look_for(metric=of(1.0), **place).found > 0
    assert look_for(metric=of(2.0), **place).found == 0  # the same code, and another value bound to it
    changed = look_for(metric=metric(other, greater_is_better=True, name="right"), **place)
    assert changed.found == 0
    assert changed.best.figures["right"] >= 1.0


def test_algorithms_that_a_direction_leaves_out_are_not_tried(look_for, make_table):
    data = make_table()
    rising = replace(data.schema["a"], monotonic="increasing")
    bound = replace(data, schema=data.schema.with_columns(rising))
    space = {"linear": {"alpha": [0.1, 1.0]}, "xgboost": {"max_depth": [2, 3], "n_estimators": [5]}}
    found = look_for(data=bound, algorithms=("linear", "xgboost"), space=space, strategy=Strategy.GRID, trials=None)
    assert [trial.algorithm for trial in found.trials] == ["xgboost", "xgboost"]
    with pytest.raises(UsageError, match="'xgbost' at its top"):
        look_for(
            data=bound, algorithms=("linear", "xgboost"), space={"linear": {"alpha": [1, 2]}, "xgbost": {}}, trials=2
        )
    assert any(finding.code == "ME108" for finding in found.findings)


_WIDE = """
from sklearn.tree import DecisionTreeClassifier

class Few(DecisionTreeClassifier):
    def fit(self, X, y):
        if len(X) > 100:
            raise ValueError("too many rows")
        return super().fit(X, y)
"""


def test_an_asynchronous_trial_that_failed_on_its_way_up_is_taken_up_again(look_for, own, tmp_path):
    (tmp_path / f"{own}.py").write_text(_WIDE)
    climb = {"algorithms": (f"{own}.Few",), "trust": (f"{own}.Few",), "space": {"max_depth": [1, 2, 3]}, "trials": 3}
    climb |= {"strategy": Strategy.HYPERBAND, "asynchronous": True, "journal": tmp_path / "j.jsonl"}
    for _ in range(2):
        with pytest.raises(DataError, match="too many rows"):
            look_for(**climb, constraints=("latency_ms <= 100",))


def test_a_combination_that_is_refused_may_stand_first_in_the_lists(look_for, own):
    found = look_for(
        algorithms=(f"{own}.Pair",),
        trust=(f"{own}.Pair",),
        space={"low": [5, 1], "high": [3, 6]},
        strategy=Strategy.GRID,
        trials=None,
    )
    assert sorted(trial.state for trial in found.trials) == ["complete", "complete", "complete", "failed"]
    with pytest.raises(UsageError, match="no parameter 'lwo'"):
        look_for(algorithms=(f"{own}.Pair",), trust=(f"{own}.Pair",), space={"lwo": [5, 1], "high": [3, 6]})
