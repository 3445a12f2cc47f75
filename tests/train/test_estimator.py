"""`AutoClassifier` and `AutoRegressor` keep scikit-learn's contract."""

import pickle
from copy import deepcopy

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.model_selection import cross_validate
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import parametrize_with_checks

import clew
from clew.collect.source import read
from clew.collect.structure import structure_of
from clew.core.errors import ClewError, UsageError
from clew.define.domain import Domain
from clew.prepare.recipe import Recipe
from clew.train.arrays import with_answer
from clew.train.estimator import AutoClassifier, AutoRegressor

_QUICK = {"trials": 1, "algorithms": ("tree",), "recipe": Recipe(()), "cpus": 1}
#: What scikit-learn's own checks are put to.
_CHECKED = {**_QUICK, "trials": 2}


@parametrize_with_checks([AutoClassifier(**_CHECKED), AutoRegressor(**_CHECKED)])
def test_contract(estimator, check):
    check(estimator)


@pytest.fixture
def table(binary):
    return binary.frame.drop("y"), binary.frame["y"].to_numpy()


def test_frame_with_named_target_and_features_beside_target_agree(binary, table):
    X, y = table
    one = AutoClassifier(**_QUICK).fit(X, y)
    other = AutoClassifier(**_QUICK).fit(binary.frame, target="y")
    assert (one.predict_proba(X) == other.predict_proba(X)).all()
    assert one.feature_names_in_.tolist() == other.feature_names_in_.tolist() == ["a", "b", "c"]
    assert one.classes_.tolist() == ["no", "yes"]


@pytest.mark.parametrize("kind", ["polars", "pandas", "arrow"])
def test_any_frame(table, kind):
    X, y = table
    X = {"polars": X, "pandas": X.to_pandas(), "arrow": X.to_arrow()}[kind]
    assert AutoClassifier(**_QUICK).fit(X, y).score(X, y) > 0.7


def test_labels_keep_their_type():
    X = np.random.default_rng(0).normal(size=(60, 2))
    for labels in (np.array([3, 7]), np.array([False, True]), np.array(["x", "y"])):
        y = labels[(X[:, 0] > 0).astype(int)]
        model = AutoClassifier(**_QUICK).fit(X, y)
        assert model.classes_.dtype == model.predict(X).dtype == labels.dtype


def test_leaderboard_is_a_frame(table):
    board = AutoClassifier(**_QUICK | {"trials": 2, "algorithms": ("tree", "linear")}).fit(*table).leaderboard_
    assert isinstance(board, pl.DataFrame)
    assert board["model"][0] == "ensemble"
    assert board.height == 3


def test_clone_forgets_what_was_learnt(table):
    model = AutoClassifier(**_QUICK).fit(*table)
    copy = clone(model)
    assert copy.get_params()["trials"] == 1
    assert not hasattr(copy, "result_")


def test_regression_learns(regression):
    model = AutoRegressor(**_QUICK).fit(regression.frame, target="y")
    assert model.score(regression.frame, regression.frame["y"].to_numpy()) > 0.5


def test_weights_reach_the_model(table):
    X, y = table
    plain, pulled = (
        AutoClassifier(**_QUICK).fit(X, y, sample_weight=weight) for weight in (None, np.where(y == "yes", 30.0, 1.0))
    )
    assert pulled.predict_proba(X)[:, 1].mean() > plain.predict_proba(X)[:, 1].mean() + 0.1


def test_weights_and_groups_are_routed(table):
    X, y = table
    groups = np.arange(240) % 3
    with config_context(enable_metadata_routing=True):
        model = AutoClassifier(**_QUICK).set_fit_request(sample_weight=True, groups=True)
        routed = make_pipeline(model).fit(X, y, sample_weight=np.where(y == "yes", 30.0, 1.0), groups=groups)[-1]
    assert "3 folds" in routed.result_.score_from
    assert routed.predict_proba(X)[:, 1].mean() > AutoClassifier(**_QUICK).fit(X, y).predict_proba(X)[:, 1].mean() + 0.1


def test_a_row_of_weight_three_is_three_rows(make_table):
    table_ = make_table(rows=120).frame
    X, y = table_.select("a", "b").fill_null(0.0).to_numpy(), table_["y"].to_numpy()
    weight = np.arange(120) % 4
    spec = {"trials": 3, "algorithms": ("lightgbm", "linear"), "cpus": 1}
    once = AutoClassifier(**spec).fit(X, y, sample_weight=weight)
    often = AutoClassifier(**spec).fit(np.repeat(X, weight, axis=0), np.repeat(y, weight))
    assert (once.predict_proba(X) == often.predict_proba(X)).all()
    assert once.result_.score == often.result_.score


def test_weights_of_a_column_count_for_copies_too(make_table):
    table_ = make_table(rows=120).frame
    X, y = table_.select("a", "b").fill_null(0.0), table_["y"].to_numpy()
    weight, copies = np.arange(120) % 3 + 1.0, np.repeat(np.arange(120), 2)
    spec = {"trials": 3, "algorithms": ("lightgbm", "linear"), "cpus": 1}
    named = Domain({"w": {"role": "weight"}})
    rows = clew.read(X.with_columns(w=weight)[copies].with_columns(w=pl.col("w") / 2), domain=named)
    stated = AutoClassifier(**spec).fit(rows, y[copies])
    given = AutoClassifier(**spec).fit(X, y, sample_weight=weight)
    assert (stated.predict_proba(X) == given.predict_proba(X)).all()
    assert stated.result_.score == given.result_.score
    with pytest.raises(UsageError, match="`sample_weight` is given, and 'w' has the role weight"):
        AutoClassifier(**spec).fit(clew.read(X.with_columns(w=weight), domain=named), y, sample_weight=weight)


def test_two_columns_of_weights_are_refused(table):
    X, y = table
    rows = clew.read(
        X.with_columns(y=y, v=1.0, w=2.0), domain=Domain({"v": {"role": "weight"}, "w": {"role": "weight"}})
    )
    with pytest.raises(ClewError, match="'v' and 'w' both have the role weight; a row has one weight"):
        AutoClassifier(**_QUICK).fit(rows, target="y")


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA], ids=repr)
def test_rows_without_a_group_are_groups_of_their_own(table, missing):
    X, y = table
    groups = np.array([1.0] * 100 + [missing] * 140, dtype=object)
    rows = with_answer(read(X), y, None, groups=groups)
    codes = structure_of(rows.frame, rows.schema).groups
    assert len(np.unique(codes[:100])) == 1
    assert len(np.unique(codes)) == 141


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA], ids=repr)
def test_rows_without_a_label_are_left_out(table, missing):
    X, y = table
    holed = y.astype(object)
    holed[:7] = missing
    model = AutoClassifier(**_QUICK).fit(X, holed)
    assert model.classes_.tolist() == ["no", "yes"]
    assert [f.evidence["rows"] for f in model.result_.findings if f.code == "ME101"] == [7]
    assert (model.predict_proba(X) == AutoClassifier(**_QUICK).fit(X[7:], y[7:]).predict_proba(X)).all()
    with pytest.raises(ValueError, match="`y` has no label in any of 240 rows"):
        AutoClassifier(**_QUICK).fit(X, np.full(240, missing, dtype=object))


def test_time_makes_a_search_irreproducible_and_the_tags_say_so():
    assert get_tags(AutoClassifier(time_limit_s=5)).non_deterministic
    assert not get_tags(AutoClassifier(trials=5)).non_deterministic


def test_validation_rows_judge(binary, make_table):
    model = AutoClassifier(**_QUICK).fit(binary.frame, target="y", validation=make_table(rows=90, seed=3).frame)
    assert model.result_.score.rows == 90


@pytest.mark.parametrize("algorithm", ["extra_trees", "catboost", GaussianNB()], ids=str)
def test_copy_answers_alike(table, algorithm):
    X, y = table
    model = AutoClassifier(**_QUICK | {"algorithms": (algorithm,), "recipe": None}).fit(X, y)
    carried = pickle.dumps(model)
    for copy in (pickle.loads(carried), deepcopy(model)):  # noqa: S301 - our own
        assert (copy.predict_proba(X) == model.predict_proba(X)).all()
        assert copy.model_.predict_row(X.row(0, named=True)).prediction == model.predict(X)[0]
        assert copy.model_.fingerprint == model.model_.fingerprint
        assert copy.model_.metadata == model.model_.metadata


@pytest.mark.full
def test_models_of_other_processes_come_back(table):
    X, y = table
    model = AutoClassifier(**_QUICK)
    done = cross_validate(model, X.to_pandas(), y, cv=2, n_jobs=2, return_estimator=True)
    assert (done["test_score"] > 0.6).all()
    assert all(one.predict(X).shape == (240,) for one in done["estimator"])


def test_both_answers_are_refused(table):
    X, y = table
    with pytest.raises(UsageError, match="Both `y` and `target`"):
        AutoClassifier(**_QUICK).fit(X, y, target="c")


def test_options_that_do_not_go_together_are_refused(binary, table):
    X, y = table
    with pytest.raises(UsageError, match="`sample_weight` goes with `y`"):
        AutoClassifier(**_QUICK).fit(binary.frame, target="y", sample_weight=np.ones(240))
    with pytest.raises(UsageError, match="`groups` goes with `y`"):
        AutoClassifier(**_QUICK).fit(binary.frame, target="y", groups=np.ones(240))
    with pytest.raises(UsageError, match="`validation` goes with `target`"):
        AutoClassifier(**_QUICK).fit(X, y, validation=binary.frame)


def test_error_is_ours_and_a_value_error(table):
    X, _ = table
    with pytest.raises(ValueError, match="at least 10 rows") as error:
        AutoClassifier(**_QUICK).fit(X.head(6), ["no", "yes"] * 3)
    assert isinstance(error.value, ClewError)


def test_numbers_with_fractions_are_no_labels():
    frame = pl.DataFrame({"x": [1.0, 2.0, 3.0, 4.0] * 10, "y": [0.5, 1.5, 2.0, None] * 10})
    with pytest.raises(ValueError, match="'y' holds numbers with fractions.*AutoRegressor"):
        AutoClassifier(trials=1).fit(frame, target="y")


@pytest.mark.parametrize(
    ("parameter", "words"),
    [({"costs": [1]}, r"`costs` is \[1\], and it takes one mapping"), ({"journal": 5}, "`journal` is 5")],
)
def test_parameters_of_another_type_are_refused(parameter, words):
    frame = pl.DataFrame({"x": [1.0, 2.0] * 20, "y": ["a", "b"] * 20})
    with pytest.raises(UsageError, match=words):
        AutoClassifier(trials=1, **parameter).fit(frame, target="y")


def test_a_gap_among_texts_is_no_class_and_no_group():
    rows = load_iris(as_frame=True).data.head(60)
    labels = [float("nan"), *(["no", "yes"] * 30)[1:]]
    model = AutoClassifier(trials=1, algorithms=("linear",), cpus=1).fit(rows, labels)
    assert list(model.classes_) == ["no", "yes"]
    groups = [float("nan") if place % 2 else f"g{place % 7}" for place in range(60)]
    model = AutoClassifier(trials=1, algorithms=("linear",), cpus=1).fit(rows, ["no", "yes"] * 30, groups=groups)
    assert model.result_.score.rows == 60


@pytest.mark.parametrize("form", ["pandas", "polars"])
def test_frames_of_earlier_steps_keep_their_names(form):
    rows, labels = load_iris(return_X_y=True, as_frame=True)
    last = AutoClassifier(trials=1, algorithms=("linear",), cpus=1)
    line = make_pipeline(StandardScaler(), last).set_output(transform=form).fit(rows, labels)
    assert line[-1].feature_names_in_.tolist() == rows.columns.tolist()
    assert line.score(rows, labels) > 0.9
