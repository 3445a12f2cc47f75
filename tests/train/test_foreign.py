"""Estimators of the user's own, in Python and by name."""

import json
import subprocess
import sys

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler
from sklearn.svm import LinearSVC

import clew
from clew.core.errors import ArtifactError, ConfigError, DataError, UsageError
from clew.define.problem import Task
from clew.testing.estimator import table
from clew.train.automl import train
from clew.train.estimator import AutoClassifier, AutoRegressor
from clew.train.estimators.described import build, describe_estimator
from clew.train.estimators.foreign import Foreign

QUICK = {"trials": 2, "cpus": 1}


class Prior(ClassifierMixin, BaseEstimator):
    """Learns how often each class occurs, and says so whatever is asked."""

    def __init__(self, sure=1.0):
        self.sure = sure

    def fit(self, X, y):
        self.classes_, counts = np.unique(y, return_counts=True)
        self.shares_ = counts / counts.sum()
        return self

    def predict_proba(self, X):
        return np.tile(self.shares_, (len(X), 1))

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


class Broken(Prior):
    def fit(self, X, y):
        raise RuntimeError("no luck today")


NAME = f"{Prior.__module__}.Prior"
POLYNOMIAL = make_pipeline(StandardScaler(), PolynomialFeatures(2), LogisticRegression(C=0.5))


def test_instance_joins_the_search_and_the_bundle(binary, tmp_path):
    model = AutoClassifier(algorithms=("linear", KNeighborsClassifier(9, weights="distance")), **QUICK)
    model.fit(binary.frame, target="y")
    board = model.leaderboard_
    assert {"sklearn.neighbors.KNeighborsClassifier_1", "linear_2"} <= set(board["model"])
    stated = board["params"].to_list()[board["algorithm"].to_list().index("sklearn.neighbors.KNeighborsClassifier")]
    assert json.loads(stated) == {"n_neighbors": 9, "weights": "distance"}
    clew.save(model, tmp_path / "bundle")
    asked = binary.frame.head(20)
    assert (clew.load(tmp_path / "bundle").predict(asked).probabilities == model.predict_proba(asked)).all()


@pytest.mark.parametrize(
    "estimator",
    [
        GaussianNB,
        POLYNOMIAL,
        CalibratedClassifierCV(LinearSVC(), cv=3),
    ],
    ids=lambda item: getattr(item, "__name__", type(item).__name__),
)
def test_one_row_answers_as_among_many_and_after_saving(estimator, multiclass, tmp_path):
    model = AutoClassifier(algorithms=(estimator,), **QUICK).fit(multiclass.frame, target="y").model_
    clew.save(model, tmp_path / "bundle")
    loaded = clew.load(tmp_path / "bundle").model
    batch = loaded.predict(multiclass.frame).probabilities
    assert batch.tobytes() == model.predict(multiclass.frame).probabilities.tobytes()
    rows = [loaded.predict_row(row).probabilities for row in multiclass.frame.head(25).to_dicts()]
    np.testing.assert_allclose(np.stack(rows), batch[:25], rtol=0, atol=1e-12)
    assert (batch.argmax(axis=1) == [model.classes.index(label) for label in multiclass.frame["y"]]).mean() > 0.5


def test_same_seed_same_answers_and_the_open_seed_is_set(regression, tmp_path):
    def learnt(seed):
        model = AutoRegressor(algorithms=(RandomForestRegressor(5),), seed=seed, **QUICK)
        return model.fit(regression.frame, target="y").predict(regression.frame)

    assert (learnt(3) == learnt(3)).all()
    assert (learnt(3) != learnt(4)).any()


def test_description_holds_what_was_stated_and_nothing_else():
    told = describe_estimator(POLYNOMIAL)
    assert told.name == "sklearn.pipeline.Pipeline"
    assert json.loads(json.dumps(told.params)) == told.params
    assert repr(build(told.name, told.params)) == repr(POLYNOMIAL)
    assert describe_estimator(Ridge(alpha=2)).params == {"alpha": 2}
    with pytest.raises(UsageError, match=r"LogisticRegression.C holds a function"):
        describe_estimator(LogisticRegression(C=lambda: 1))
    with pytest.raises(UsageError, match="int is no estimator"):
        describe_estimator(3)


def test_parameters_of_a_class_are_checked_by_the_class(binary, problem_of, quick_spec):
    def spec(**params):
        return quick_spec(trials=1, algorithms=("sklearn.neighbors.KNeighborsClassifier",), params=params)

    result = train(binary, problem_of(binary), spec(n_neighbors=7))
    assert result.model.members[0].params == {"n_neighbors": 7}
    with pytest.raises(UsageError, match="no parameter 'n_neighbours'.*'n_neighbors'"):
        spec(n_neighbours=7).check()
    with pytest.raises(UsageError, match="holds no class 'KNeighborClassifier'"):
        quick_spec(algorithms=("sklearn.neighbors.KNeighborClassifier",)).check()


def test_class_of_another_package_needs_trust_to_be_fitted_and_to_be_read(binary, problem_of, quick_spec, tmp_path):
    with pytest.raises(UsageError, match=f'trust=."{NAME}",'):
        quick_spec(algorithms=(NAME,)).check()
    model = train(binary, problem_of(binary), quick_spec(trials=1, algorithms=(NAME,), trust=(NAME,))).model
    clew.save(model, tmp_path / "bundle")
    with pytest.raises(ArtifactError, match="may run code when it is read"):
        clew.load(tmp_path / "bundle")
    assert clew.load(tmp_path / "bundle", trust=(NAME,)).predict(binary).prediction.tolist() == ["no"] * 240


def test_instance_handed_over_is_trusted(binary):
    model = AutoClassifier(algorithms=(Prior(sure=0.5),), **QUICK).fit(binary.frame, target="y")
    assert model.model_.members[0].params == {"sure": 0.5}


def test_what_it_cannot_do_is_said(binary, problem_of, quick_spec):
    def fit(estimator, data=binary, **spec):
        named = quick_spec(
            trials=1, algorithms=(describe_estimator(estimator),), trust=(NAME, f"{Broken.__module__}.Broken"), **spec
        )
        return train(data, problem_of(data), named)

    with pytest.raises(UsageError, match="gives labels and no probabilities.*CalibratedClassifierCV"):
        fit(LinearSVC())
    with pytest.raises(DataError, match="Broken refused .* rows with its defaults: no luck today"):
        fit(Broken())


def test_weights_reach_every_part_that_takes_them():
    part, classes = table(Task.BINARY)
    heavy = np.where(part.target == 1, 9.0, 1.0)

    def share(estimator, weight):
        told = describe_estimator(estimator)
        spec = Foreign(told.name)
        fitted = spec.fit(
            part.matrix, part.target, task=Task.BINARY, classes=classes, params=told.params, weight=weight
        )
        return fitted.predict(part.matrix)[:, 1].mean()

    for estimator in (GaussianNB(), POLYNOMIAL):
        assert share(estimator, heavy) > share(estimator, None) + 0.04
    with pytest.raises(UsageError, match="KNeighborsClassifier takes no weights"):
        share(KNeighborsClassifier(), heavy)


def test_constraint_keeps_strangers_out(binary, problem_of, quick_spec):
    bound = binary.schema.with_facts("a", monotonic="increasing")
    data = type(binary).of(binary.frame, bound, "made up")
    with pytest.raises(ConfigError, match="sklearn.naive_bayes.GaussianNB cannot promise that"):
        train(data, problem_of(data), quick_spec(algorithms=("lightgbm", "sklearn.naive_bayes.GaussianNB")))


def test_wide_category_and_missing_values_are_taken(make_table, problem_of, quick_spec):
    table_ = make_table(rows=600)
    many = table_.frame.with_columns(c=table_.frame["c"] + (table_.frame.with_row_index()["index"] % 80).cast(str))
    data = type(table_).of(many, table_.schema, "made up")
    spec = quick_spec(trials=1, algorithms=("sklearn.linear_model.LogisticRegression",))
    assert train(data, problem_of(data), spec).score.value > 0.6


def test_with_a_limit_in_seconds_the_user_s_own_comes_first(binary, problem_of, quick_spec):
    own = ("sklearn.naive_bayes.GaussianNB",)
    result = train(binary, problem_of(binary), quick_spec(trials=None, time_limit_s=5, algorithms=own))
    assert [row.algorithm for row in result.leaderboard] == ["ensemble", "sklearn.naive_bayes.GaussianNB"]


@pytest.mark.full
def test_command_line_names_a_class(binary, tmp_path):
    binary.frame.write_csv(tmp_path / "rows.csv")
    (tmp_path / "mine.py").write_text(
        "from sklearn.naive_bayes import GaussianNB\n\n\nclass Mine(GaussianNB):\n    pass\n"
    )
    words = "train rows.csv --target y --trials 2 --algorithms mine.Mine,linear --cpus 1 --out bundle --format json"
    command = [sys.executable, "-m", "clew", *words.split()]

    def run(*more):
        return subprocess.run([*command, *more], cwd=tmp_path, capture_output=True, text=True, check=False)

    refused = run()
    assert refused.returncode == 2
    assert "--trust mine.Mine" in refused.stderr
    done = run("--trust", "mine.Mine")
    assert done.returncode == 0, done.stderr
    assert {row["algorithm"] for row in json.loads(done.stdout)["leaderboard"]} == {"ensemble", "mine.Mine", "linear"}


class Narrow(RandomForestClassifier):
    """A forest that takes no more than 200 rows."""

    def fit(self, X, y, sample_weight=None):
        if len(X) > 200:
            raise ValueError("too many rows")
        return super().fit(X, y, sample_weight)


def test_a_member_that_refuses_all_rows_leaves_the_answer_to_the_others(binary):
    forest = Narrow(50, min_samples_leaf=3)
    model = AutoClassifier(algorithms=("linear", forest), **QUICK).fit(binary.frame, target="y")
    (found,) = [finding for finding in model.result_.findings if finding.code == "ME110"]
    assert "too many rows" in found.detail
    assert {member.algorithm for member in model.model_.members} == {"linear"}
