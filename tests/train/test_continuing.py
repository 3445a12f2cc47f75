"""Boosters go on with new rows, through the recipe that the model has."""

import json
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

import clew
from clew.cli import main
from clew.collect.dataset import Dataset
from clew.collect.split import SplitSpec
from clew.core.errors import DataError, SchemaError, UsageError
from clew.core.schema import Column, Kind, Role, Schema
from clew.define.custom_metric import metric
from clew.train.automl import train
from clew.train.estimator import AutoClassifier

BOOSTERS = ("xgboost", "lightgbm", "catboost")
STEPS = {"linear": {}} | {name: {"learning_rate": 0.3} for name in BOOSTERS}
GOING_ON = {"algorithms": None, "recipe": None, "split": SplitSpec(folds=2)}


@pytest.fixture
def learnt(make_table, problem_of, quick_spec):
    """Return the maker of a model from 120 rows: task, algorithms → model of all of them."""

    def make(task, *algorithms):
        data = make_table(task, rows=120)
        specs = [
            quick_spec(trials=1, algorithms=(name,), params=STEPS[name], split=SplitSpec(folds=2))
            for name in algorithms
        ]
        models = [train(data, problem_of(data), spec).model for spec in specs]
        members = tuple(member for model in models for member in model.members)
        return replace(models[0], members=members, weights=(1 / len(members),) * len(members))

    return make


@pytest.mark.parametrize(
    ("name", "task"), [("xgboost", "multiclass"), ("lightgbm", "regression"), ("catboost", "binary")]
)
def test_further_rounds_from_new_rows_help(name, task, learnt, make_table, problem_of, quick_spec):
    model, new, later = learnt(task, name), make_table(task, rows=600, seed=1), make_table(task, rows=300, seed=2)
    result = train(new, problem_of(new), quick_spec(**GOING_ON, continue_from=model))
    member = result.model.members[0]
    assert member.estimator.rounds > model.members[0].estimator.rounds
    assert result.model.recipe is model.recipe
    assert [row.model for row in result.leaderboard] == ["ensemble", "before"]
    metric = model.problem.metric
    before, after = (clew.evaluate(m, later).metrics[metric].value for m in (model, result.model))
    assert after > before if result.greater_is_better else after < before
    assert "ME130" in {finding.code for finding in result.findings}


def test_same_seed_same_answers_and_the_old_model_stays(learnt, make_table, problem_of, quick_spec):
    model, new = learnt("binary", "lightgbm", "xgboost"), make_table(rows=300, seed=1)
    known, spec = model.fingerprint, quick_spec(**GOING_ON, continue_from=model)
    first, second = (train(new, problem_of(new), spec).model for _ in range(2))
    assert first.fingerprint == second.fingerprint != known
    answers = model.predict(new).probabilities
    del model.__dict__["fingerprint"]
    assert model.fingerprint == known
    assert (model.predict(new).probabilities == answers).all()


def test_rounds_can_be_named_and_weights_count(learnt, make_table, problem_of, quick_spec):
    model, new = learnt("binary", "lightgbm"), make_table(rows=240, seed=1)
    spec = quick_spec(**GOING_ON, continue_from=model, params={"num_boost_round": 7, "eta": 0.2})
    result = train(new, problem_of(new), spec)
    assert result.model.members[0].estimator.rounds == model.members[0].estimator.rounds + 7
    assert result.model.metadata["continued"]["rounds"] == [7]


def test_what_cannot_go_on_is_refused_with_the_way_out(learnt, make_table, problem_of, quick_spec):
    new = make_table(rows=240, seed=1)

    def go_on(model, data=new, **changes):
        spec = quick_spec(**GOING_ON | {"continue_from": model} | changes)
        return train(data, problem_of(data), spec)

    model = learnt("binary", "lightgbm")
    with pytest.raises(UsageError, match="linear_1 of the model cannot learn more: only xgboost"):
        go_on(learnt("binary", "linear"))
    with pytest.raises(UsageError, match="continued on the CPU"):
        go_on(model, device="cuda")
    with pytest.raises(UsageError, match="keeps its own algorithms"):
        go_on(model, algorithms=("lightgbm",))
    with pytest.raises(UsageError, match=r"predicts 'y' \(binary\), and the rows are to teach 'y' \(regression\)"):
        go_on(model, make_table("regression"))
    with pytest.raises(UsageError, match="`params` belong to one algorithm"):
        go_on(learnt("binary", "lightgbm", "catboost"), params={"learning_rate": 0.1})
    narrow = type(new).of(new.frame.drop("b"), new.schema.select(["a", "c", "y"]), "made up")
    with pytest.raises(SchemaError, match="'b'"):
        go_on(model, narrow)


def test_class_that_was_never_learnt_is_refused(learnt, make_table, problem_of, quick_spec):
    model, new = learnt("multiclass", "lightgbm"), make_table("multiclass", rows=240, seed=1)
    other = new.frame.with_columns(y=new.frame["y"].replace("top", "summit"))
    data = type(new).of(other, new.schema, "made up")
    with pytest.raises(clew.ClewError, match="'summit', which is none of the classes"):
        train(data, problem_of(data), quick_spec(**GOING_ON, continue_from=model))


def test_fewer_classes_in_the_new_rows_are_taken_or_refused(learnt, make_table, problem_of, quick_spec):
    for name in BOOSTERS:
        model, new = learnt("multiclass", name), make_table("multiclass", rows=300, seed=1)
        data = type(new).of(new.frame.filter(new.frame["y"] != "mid"), new.schema, "made up")
        spec = quick_spec(**GOING_ON, continue_from=model)
        if name == "catboost":
            with pytest.raises(DataError, match="only some of its 3 classes"):
                train(data, problem_of(data), spec)
            continue
        result = train(data, problem_of(data), spec)
        assert np.isfinite(result.model.predict(new).probabilities).all()


def test_estimator_and_command_line_go_on(make_table, tmp_path, monkeypatch, capsys):
    old, new = make_table(rows=200).frame, make_table(rows=200, seed=1).frame
    quick = {"trials": 1, "algorithms": ("lightgbm",), "cpus": 1}
    first = AutoClassifier(**quick).fit(old, target="y")
    second = AutoClassifier(cpus=1).fit(new, target="y", continue_from=first)
    assert second.model_.metadata["continued"]["from"] == first.model_.fingerprint
    monkeypatch.chdir(tmp_path)
    old.write_csv("old.csv")
    new.write_csv("new.csv")
    start = "train old.csv --target y --trials 1 --algorithms lightgbm --cpus 1 --out first --format json"
    for words, code, says in (
        (start, 0, '"lightgbm"'),
        ("train new.csv --target y --continue first --cpus 1 --out second --format json", 0, '"before"'),
        (
            "train old.csv --target y --continue first --cpus 1 --out third --format json",
            2,
            "learnt from these very rows",
        ),
    ):
        with pytest.raises(SystemExit) as ended:
            main(words.split())
        said = capsys.readouterr()
        assert ended.value.code == code, said.err
        assert says in said.out + said.err
    capsys.readouterr()
    second = json.loads((tmp_path / "second" / "bundle.json").read_text())
    assert second["metadata"]["continued"]["rounds"]
    assert second["lineage"]["continued_from"]
    assert (tmp_path / "second" / "baseline.json").exists()


def test_only_boosters_that_go_on_do(make_table, problem_of, quick_spec):
    for name in ("hist_gradient_boosting", "network"):
        data = make_table(rows=120)
        model = train(data, problem_of(data), quick_spec(trials=1, algorithms=(name,), split=SplitSpec(folds=2))).model
        new = make_table(rows=240, seed=1)
        with pytest.raises(UsageError, match="cannot learn more: only xgboost, lightgbm and catboost go on"):
            train(new, problem_of(new), quick_spec(**GOING_ON, continue_from=model))


def test_rows_that_have_taught_it_cannot_go_on_with_it(learnt, make_table, problem_of, quick_spec):
    data, new = make_table(rows=120), make_table(rows=240, seed=1)
    model = learnt("binary", "lightgbm")
    with pytest.raises(UsageError, match="has learnt from these very rows"):
        train(data, problem_of(data), quick_spec(**GOING_ON, continue_from=model))
    later = train(new, problem_of(new), quick_spec(**GOING_ON, continue_from=model)).model
    for known in (data, new):
        with pytest.raises(UsageError, match="has learnt from these very rows"):
            train(known, problem_of(known), quick_spec(**GOING_ON, continue_from=later))


def test_groups_and_weights_of_the_new_rows_count(learnt, make_table, problem_of, quick_spec):
    model, new = learnt("binary", "lightgbm"), make_table(rows=240, seed=1)
    frame = new.frame.with_columns(g=pl.int_range(pl.len()) // 60, w=pl.lit(1.0) + pl.int_range(pl.len()) % 3)
    columns = (Column("g", "Int64", Kind.NUMERIC, Role.GROUP), Column("w", "Float64", Kind.NUMERIC, Role.WEIGHT))
    stated = Dataset.of(frame, Schema((*new.schema, *columns)), "made up")
    spec = quick_spec(**GOING_ON, continue_from=model)
    plain, told = (train(rows, problem_of(rows), spec) for rows in (new, stated))
    assert plain.score.value != told.score.value
    assert told.score.high - told.score.low > plain.score.high - plain.score.low  # four groups say less than 240 rows


def test_a_metric_of_ones_own_is_given_again_or_left_out(make_table, problem_of, quick_spec):
    data, new = make_table(rows=120), make_table(rows=240, seed=1)
    right = metric(lambda truth, answers: float((truth == answers).mean()), greater_is_better=True, name="right")
    spec = quick_spec(trials=1, algorithms=("lightgbm",), metric=right, split=SplitSpec(folds=2))
    model = train(data, problem_of(data), spec).model
    again = train(new, problem_of(new), quick_spec(**GOING_ON, continue_from=model, metric=right))
    assert again.metric == "right"
    assert train(new, problem_of(new), quick_spec(**GOING_ON, continue_from=model)).metric == "roc_auc"
    with pytest.raises(UsageError, match="keeps its own journal"):
        train(new, problem_of(new), quick_spec(**GOING_ON, continue_from=model, journal="somewhere"))


def test_validation_rows_that_cannot_judge_are_refused(learnt, make_table, problem_of, quick_spec):
    model, data, new = learnt("binary", "lightgbm"), make_table(rows=120), make_table(rows=240, seed=1)
    other = make_table(rows=60, seed=2)

    def go_on(frame):
        judges = Dataset.of(frame, new.schema.select(frame.columns), "made up")
        return train(new, problem_of(new), quick_spec(**GOING_ON, continue_from=model), validation=judges)

    for frame, error, words in (
        (data.frame, UsageError, "has learnt from these very validation rows"),
        (new.frame, DataError, "very rows that teach"),
        (other.frame.filter(pl.col("y") == "no"), DataError, "validation rows have the same label"),
        (other.frame.with_columns(y=pl.lit(None, dtype=pl.String)), DataError, "have 0 rows with a target"),
        (other.frame.drop("y"), DataError, "no column 'y' to be the target"),
    ):
        with pytest.raises(error, match=words):
            go_on(frame)
    assert go_on(other.frame).score.rows == 60
