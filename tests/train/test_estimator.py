"""`AutoClassifier` and `AutoRegressor` keep scikit-learn's contract."""

import numpy as np
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.utils.estimator_checks import parametrize_with_checks

from clew.core.errors import ClewError, UsageError
from clew.prepare.recipe import Recipe
from clew.train.estimator import AutoClassifier, AutoRegressor

_QUICK = {"trials": 1, "algorithms": ("tree",), "recipe": Recipe(()), "cpus": 1}
#: Checks of scikit-learn that do not hold, with the reason.
_NOT_KEPT = {"check_estimators_pickle": "a fitted model is saved as a bundle, which runs no code when it is read"}


def _not_kept(estimator):
    return _NOT_KEPT


@parametrize_with_checks([AutoClassifier(**_QUICK), AutoRegressor(**_QUICK)], expected_failed_checks=_not_kept)
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


def test_validation_rows_judge(binary, make_table):
    model = AutoClassifier(**_QUICK).fit(binary.frame, target="y", validation=make_table(rows=90, seed=3).frame)
    assert model.result_.score.rows == 90


def test_fitted_model_says_how_to_save_it(table):
    import pickle

    with pytest.raises(TypeError, match="Save it as a bundle"):
        pickle.dumps(AutoClassifier(**_QUICK).fit(*table))


def test_both_answers_are_refused(table):
    X, y = table
    with pytest.raises(UsageError, match="Both `y` and `target`"):
        AutoClassifier(**_QUICK).fit(X, y, target="c")


def test_options_that_do_not_go_together_are_refused(binary, table):
    X, y = table
    with pytest.raises(UsageError, match="`sample_weight` goes with `y`"):
        AutoClassifier(**_QUICK).fit(binary.frame, target="y", sample_weight=np.ones(240))
    with pytest.raises(UsageError, match="`validation` goes with `target`"):
        AutoClassifier(**_QUICK).fit(X, y, validation=binary.frame)


def test_error_is_ours_and_a_value_error(table):
    X, _ = table
    with pytest.raises(ValueError, match="at least 10 rows") as error:
        AutoClassifier(**_QUICK).fit(X.head(6), ["no", "yes"] * 3)
    assert isinstance(error.value, ClewError)
