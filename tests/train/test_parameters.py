"""One algorithm with all of its library's own parameters."""

import numpy as np
import pytest

from clew.core.errors import DataError, UsageError
from clew.define.problem import Task
from clew.testing.estimator import rows, table
from clew.train.automl import train
from clew.train.estimators import ESTIMATORS
from clew.train.estimators.shared import Shared

BOOSTERS = ("xgboost", "lightgbm", "catboost")
SKLEARN = ("tree", "random_forest", "extra_trees", "hist_gradient_boosting")


def _answers(name, task=Task.REGRESSION, **params):
    part, classes = table(task)
    if not classes:  # some objectives are for counts
        part = type(part)(part.matrix, np.maximum(0.0, np.round(part.target)))
    spec = ESTIMATORS[name]
    fitted = spec.fit(
        part.matrix,
        part.target,
        task=task,
        classes=classes,
        params=({spec.max_rounds: 30, "learning_rate": 0.1} if spec.max_rounds else {}) | params,
    )
    answers = fitted.predict(part.matrix)
    assert answers.tobytes() == rows(fitted, part.matrix).tobytes()
    return answers, part.target


@pytest.mark.parametrize(
    ("name", "spelt", "kept"),
    [
        ("xgboost", "eta", "learning_rate"),
        ("xgboost", "lambda", "reg_lambda"),
        ("xgboost", "num_round", "n_estimators"),
        ("xgboost", "num_parallel_tree", "num_parallel_tree"),
        ("lightgbm", "shrinkage_rate", "learning_rate"),
        ("lightgbm", "min_data_in_leaf", "min_child_samples"),
        ("lightgbm", "lambda_l1", "reg_alpha"),
        ("lightgbm", "max_delta_step", "max_delta_step"),
        ("catboost", "max_depth", "depth"),
        ("catboost", "od_wait", "early_stopping_rounds"),
        ("catboost", "auto_class_weights", "auto_class_weights"),
        ("hist_gradient_boosting", "n_iter_no_change", "early_stopping_rounds"),
        ("hist_gradient_boosting", "interaction_cst", "interaction_cst"),
        ("random_forest", "bootstrap", "bootstrap"),
        ("extra_trees", "min_impurity_decrease", "min_impurity_decrease"),
        ("tree", "splitter", "splitter"),
    ],
)
def test_every_spelling_of_the_library_is_taken(name, spelt, kept):
    assert ESTIMATORS[name].named({spelt: 3}) == {kept: 3}


@pytest.mark.parametrize("name", [*BOOSTERS, *SKLEARN])
def test_default_keeps_its_name_in_the_list_of_the_library(name):
    spec = ESTIMATORS[name]
    words = spec.vocabulary()
    assert {default: words.names.get(default) for default in spec.defaults} == {d: d for d in spec.defaults}


@pytest.mark.parametrize(
    ("name", "params", "words"),
    [
        ("xgboost", {"max_dept": 3}, "Did you mean 'max_depth'"),
        ("xgboost", {"eta": 0.1, "learning_rate": 0.1}, "'eta' and 'learning_rate' are one parameter"),
        ("xgboost", {"nthread": 4}, "'nthread' is set by Clew itself.*--cpus"),
        ("lightgbm", {"random_state": 4}, "'random_state' is set by Clew itself.*--seed"),
        ("lightgbm", {"min_data_in_leav": 4}, "Did you mean 'min_data_in_leaf'"),
        ("catboost", {"cat_features": [1]}, "'cat_features' is set by Clew itself"),
        ("tree", {"monotonic_cst": [1]}, "'monotonic_cst' is set by Clew itself.*`monotonic`"),
        ("random_forest", {"oob_score": True}, "'oob_score' is set by Clew itself.*The folds"),
        ("random_forest", {"n_jobs": 2}, "'n_jobs' is set by Clew itself.*--cpus"),
        ("hist_gradient_boosting", {"early_stopping": True}, "'early_stopping' is set by Clew itself"),
        ("hist_gradient_boosting", {"l2": 1.0, "qantile": 1}, "has no parameter 'l2'"),
        ("linear", {"alpa": 1}, "Did you mean 'alpha'"),
    ],
)
def test_other_parameters_are_refused_with_the_way_out(name, params, words):
    with pytest.raises(UsageError, match=words):
        ESTIMATORS[name].check(params)


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("xgboost", {"objective": "count:poisson"}),
        ("xgboost", {"objective": "reg:tweedie", "tweedie_variance_power": 1.3}),
        ("xgboost", {"booster": "dart", "rate_drop": 0.1}),
        ("lightgbm", {"objective": "poisson"}),
        ("lightgbm", {"boosting_type": "dart", "bagging_fraction": 0.9}),
        ("catboost", {"loss_function": "Poisson", "iterations": 150}),
        ("catboost", {"objective": "Huber:delta=20", "bootstrap_type": "MVS"}),
        ("hist_gradient_boosting", {"loss": "poisson"}),
        ("hist_gradient_boosting", {"loss": "absolute_error", "tol": 1e-4}),
    ],
)
def test_objectives_and_boosters_of_the_library_learn(name, params):
    answers, target = _answers(name, **params)
    assert np.corrcoef(answers, target)[0, 1] > 0.5
    assert abs(answers.mean() - target.mean()) < 0.3 * target.mean()  # and not the logarithm of a count, say


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("xgboost", {"scale_pos_weight": 8.0}),
        ("lightgbm", {"scale_pos_weight": 8.0}),
        ("catboost", {"class_weights": [1, 8]}),
    ],
)
def test_weight_of_a_class_reaches_the_library(name, params):
    assert _answers(name, Task.BINARY, **params)[0][:, 1].mean() > _answers(name, Task.BINARY)[0][:, 1].mean() + 0.05


@pytest.mark.parametrize("name", SKLEARN)
def test_classes_balanced_by_scikit_learn_are_as_likely(name):
    usual, truth = _answers(name, Task.BINARY, min_samples_leaf=40)
    balanced, _ = _answers(name, Task.BINARY, min_samples_leaf=40, class_weight="balanced")
    assert truth.mean() < 0.45
    assert balanced[:, 1].mean() > usual[:, 1].mean() + 0.01


def test_quantile_of_scikit_learn_is_a_quantile():
    answers, target = _answers("hist_gradient_boosting", loss="quantile", quantile=0.9)
    assert 0.8 < (target <= answers).mean() < 0.97


@pytest.mark.parametrize("named", [{1: 4.0}, "balanced_subsample"])
def test_weights_of_classes_by_number_are_refused(named):
    with pytest.raises(UsageError, match="it takes 'balanced'.*"):
        _answers("random_forest", Task.BINARY, class_weight=named)
    with pytest.raises(UsageError, match="a regression has no classes"):
        _answers("random_forest", class_weight=named)


@pytest.mark.parametrize(("name", "bagged"), [("random_forest", True), ("extra_trees", False)])
def test_forest_draws_rows_or_takes_all(name, bagged):
    usual, _ = _answers(name, n_estimators=10)
    assert (usual == _answers(name, n_estimators=10, bootstrap=bagged)[0]).all()
    assert (usual != _answers(name, n_estimators=10, bootstrap=not bagged)[0]).any()


def test_rows_that_a_tree_draws_are_a_number_or_a_share():
    by_number, _ = _answers("random_forest", n_estimators=10, max_samples=60)
    by_share, _ = _answers("random_forest", n_estimators=10, max_samples=0.25)  # of 240 rows
    assert (by_number == by_share).all()
    for wrong in (0, -0.5, 1.5, 241, True):
        with pytest.raises(UsageError, match="`max_samples` is .*240 rows to draw from"):
            _answers("random_forest", n_estimators=3, max_samples=wrong)


def test_objective_without_an_answer_of_the_task_is_refused():
    with pytest.raises(UsageError, match="'rank:pairwise' gives no answer of this task"):
        _answers("xgboost", objective="rank:pairwise")
    with pytest.raises(UsageError, match="'gblinear' grows no trees"):
        _answers("xgboost", booster="gblinear")


@pytest.mark.parametrize("name", BOOSTERS)
@pytest.mark.parametrize("value", ["deep", [1]])
def test_value_of_a_wrong_kind_is_an_error_of_ours(name, value):
    with pytest.raises((DataError, UsageError), match="refused 240 rows"):
        _answers(name, learning_rate=value)


@pytest.mark.parametrize("name", BOOSTERS)
def test_rounds_are_kept_to_the_letter_unless_it_is_said_when_to_stop(name, make_table, problem_of, quick_spec):
    table = make_table(rows=400)
    rounds = ESTIMATORS[name].max_rounds

    def learnt(**params):
        spec = quick_spec(trials=1, algorithms=(name,), params=params)
        return train(table, problem_of(table), spec).model.members[0].estimator.rounds

    assert learnt(**{rounds: 35, "learning_rate": 0.3}) == 35
    assert learnt(**{rounds: 400, "learning_rate": 0.3, "early_stopping_rounds": 5}) < 60


@pytest.mark.parametrize(("name", "params"), [("xgboost", {"booster": "dart"}), ("lightgbm", {"boosting": "dart"})])
def test_trees_that_change_their_weight_do_not_stop_early(name, params, make_table, problem_of, quick_spec):
    table = make_table(rows=400)
    with pytest.raises(UsageError, match="'dart' changes earlier trees.*name the rounds"):
        train(table, problem_of(table), quick_spec(trials=1, algorithms=(name,), params=params))


def test_patience_that_is_no_number_of_rounds_is_refused():
    with pytest.raises(UsageError, match="`early_stopping_rounds` is -3"):
        _answers("lightgbm", early_stopping_rounds=-3)


def test_what_makes_no_sense_together_is_refused():
    with pytest.raises(UsageError, match="without `bootstrap` it draws none"):
        _answers("random_forest", n_estimators=3, bootstrap=False, max_samples=0.5)
    for wrong in (0, "fast", None, True):
        with pytest.raises(UsageError, match="`learning_rate` of LightGBM is .*above 0"):
            ESTIMATORS["lightgbm"].rounds_unwatched({"learning_rate": wrong})


def test_counts_keep_the_safeguard_of_the_library_unless_it_is_named():
    part, _ = table(Task.REGRESSION)
    counts = np.random.default_rng(0).poisson(0.05, len(part)).astype(float)
    counts[3] = 10_000.0
    usual = {"objective": "count:poisson", "n_estimators": 60}
    answers = [
        ESTIMATORS["xgboost"].fit(part.matrix, counts, task=Task.REGRESSION, params=params).predict(part.matrix)
        for params in (usual, usual | {"max_delta_step": 0.7}, usual | {"max_delta_step": 0.1})
    ]
    assert np.isfinite(answers[0]).all()
    assert (answers[0] == answers[1]).all()
    assert (answers[0] != answers[2]).any()


def test_parameters_in_units_of_the_target_are_taken_as_they_are():
    part, _ = table(Task.REGRESSION)
    small = type(part)(part.matrix, part.target / part.target.std() * 0.01)
    fitted = ESTIMATORS["lightgbm"].fit(
        small.matrix,
        small.target,
        task=Task.REGRESSION,
        params={"objective": "huber", "alpha": 0.005, "n_estimators": 5},
    )
    assert fitted.unit == 1.0
    assert ESTIMATORS["lightgbm"].fit(small.matrix, small.target, task=Task.REGRESSION).unit == 0.01


@pytest.mark.parametrize(
    ("name", "gain", "value"),
    [("xgboost", "min_split_loss", 20.0), ("lightgbm", "min_gain_to_split", 20.0), ("tree", "ccp_alpha", 0.2)],
)
def test_least_gain_means_what_it_means_to_the_library_whatever_the_unit(name, gain, value):
    part, _ = table(Task.REGRESSION)
    usual, spec = 4.0 * part.target / part.target.std(), ESTIMATORS[name]
    brief = {spec.max_rounds: 20} if spec.max_rounds else {}

    def fitted(target, **named):
        return spec.fit(part.matrix, target, task=Task.REGRESSION, params=brief | named)

    small = fitted(1e-3 * usual, **{gain: 1e-6 * value})
    assert small.unit == 1e-3
    answers = fitted(usual, **{gain: value}).predict(part.matrix)
    np.testing.assert_allclose(1e3 * small.predict(part.matrix), answers, rtol=1e-4)
    assert len(np.unique(answers)) < len(np.unique(fitted(usual).predict(part.matrix)))


def test_least_gain_of_another_loss_switches_the_unit_off():
    part, _ = table(Task.REGRESSION)
    target, gain = 0.02 * part.target / part.target.std(), {"ccp_alpha": 1e-4}
    for named, unit in ((gain, 0.01), (gain | {"criterion": "absolute_error"}, 1.0)):
        assert ESTIMATORS["tree"].fit(part.matrix, target, task=Task.REGRESSION, params=named).unit == unit


@pytest.mark.parametrize(("name", "objective"), [("xgboost", "reg:squarederror"), ("lightgbm", "regression")])
def test_tables_of_targets_in_other_units_are_not_shared(name, objective):
    part, _ = table(Task.REGRESSION)
    target, shared, usual = 0.004 * part.target / part.target.std(), Shared(), {"n_estimators": 20}

    def answers(**given):
        spec = ESTIMATORS[name]
        return spec.fit(part.matrix, target, task=Task.REGRESSION, **given).predict(part.matrix)

    named = {"params": usual | {"objective": objective}}
    answers(params=usual, shared=shared)
    assert (answers(**named, shared=shared) == answers(**named)).all()
