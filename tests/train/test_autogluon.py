"""AutoGluon as the engine: where it is not installed, and, in an environment of its own, for real (`make test-autogluon`)."""

import json
import os
from importlib.util import find_spec

import numpy as np
import pytest

import clew
from clew.cli import main
from clew.core.errors import ArtifactError, ConfigError, UsageError
from clew.store.artifacts import verify
from clew.train.automl import TrainSpec, train
from clew.train.estimators.autogluon import TRUSTED

THERE = find_spec("autogluon") is not None
pytestmark = pytest.mark.filterwarnings("default")  # it warns about its own code
installed = pytest.mark.skipif(
    not THERE and not os.environ.get("CLEW_TEST_AUTOGLUON"), reason="needs AutoGluon: make test-autogluon"
)


def spec(**changes) -> TrainSpec:
    return TrainSpec(**{"engine": "autogluon", "time_limit_s": 24.0, "max_latency_ms": None, "cpus": 2} | changes)


@pytest.mark.skipif(THERE, reason="AutoGluon is installed")
def test_what_is_not_installed_is_said_in_one_line():
    with pytest.raises(UsageError, match=r"AutoGluon is not installed here. Hint: .*pip install 'clew\[autogluon\]'"):
        spec().check()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"engine": "autogloun"}, "no engine 'autogloun'.*'autogluon'"),
        ({"algorithms": ("lightgbm",)}, "AutoGluon brings its own"),
        ({"trials": 3}, "counts seconds, not trials"),
    ],
)
def test_spec_that_makes_no_sense_is_refused_before_anything_is_imported(changes, words):
    with pytest.raises(UsageError, match=words):
        spec(**changes).check()


@installed
def test_parameters_that_clew_sets_are_refused():
    with pytest.raises(UsageError, match="'time_limit' is set by Clew itself.*--time-limit"):
        spec(params={"time_limit": 5}).check()


@installed
def test_constraint_is_refused(regression, problem_of):
    bound = regression.schema.with_facts("a", monotonic="increasing")
    data = type(regression).of(regression.frame, bound, "made up")
    with pytest.raises(ConfigError, match="'a' must be followed monotonically, and AutoGluon cannot promise that"):
        train(data, problem_of(data), spec())


@installed
@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_engine_learns_in_the_same_folds_and_is_read_with_trust_alone(task, make_table, problem_of, tmp_path):
    data, later = make_table(task, rows=400), make_table(task, rows=150, seed=5)
    # Two quick kinds of model, so that the test is quick.
    result = train(data, problem_of(data), spec(params={"hyperparameters": {"GBM": {}, "RF": {"n_estimators": 30}}}))
    assert [row.algorithm for row in result.leaderboard] == ["ensemble", "autogluon"]
    assert {finding.code for finding in result.findings} <= {"ME106", "ME114"}
    model = result.model
    clew.save(model, tmp_path / "bundle")
    with pytest.raises(ArtifactError, match="is pickled and may run code when it is read.*trust=True"):
        clew.load(tmp_path / "bundle")
    for trust in (True, (TRUSTED,)):
        loaded = clew.load(tmp_path / "bundle", trust=trust)
        answers = loaded.predict(later)
        assert (answers.prediction == model.predict(later).prediction).all()
    one = loaded.predict_row(later.frame.row(0, named=True))
    if task == "regression":
        assert np.isclose(one.prediction, answers.prediction[0], rtol=1e-5)
        assert clew.evaluate(loaded, later).metrics["r2"].value > 0.4
    else:
        np.testing.assert_allclose(one.probabilities, answers.probabilities[0], atol=1e-5)
        assert clew.evaluate(loaded, later).metrics["accuracy"].value > 0.6
    verify(tmp_path / "bundle")


@installed
def test_command_line(make_table, tmp_path, monkeypatch, capsys):
    make_table(rows=300).frame.write_csv(tmp_path / "rows.csv")
    (tmp_path / "own.yaml").write_text("hyperparameters: {GBM: {}}\n")
    monkeypatch.chdir(tmp_path)
    train_ = "train rows.csv --target y --engine autogluon --time-limit 12 --params own.yaml --out out --format json"
    for words, code in (
        (train_, 0),
        ("predict out rows.csv --out p.parquet --format json", 2),
        (f"predict out rows.csv --out p.parquet --trust {TRUSTED} --format json", 0),
    ):
        with pytest.raises(SystemExit) as ended:
            main(words.split())
        assert ended.value.code == code
        said = capsys.readouterr()
        if words == train_:
            assert json.loads(said.out)["leaderboard"][1]["algorithm"] == "autogluon"
