"""Domain constraints, proven on the finished model: directions along a grid, and columns that must not decide."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from clew.collect.dataset import Dataset
from clew.core.schema import Column, Kind, Role
from clew.deploy.bundle import load, save
from clew.prepare.recipe import Recipe
from clew.prepare.steps.expressions import Derive
from clew.prepare.steps.interactions import Pairs
from clew.prepare.steps.target import TargetMean
from clew.train.automl import train
from clew.train.constraints.monotone import prove_monotone
from clew.train.constraints.proof import prove_unused, proven
from clew.train.ensemble.calibrators import Platt
from clew.train.estimators import ESTIMATORS
from clew.train.estimators.base import Engine

MONOTONE = [name for name, spec in ESTIMATORS.items() if spec.honours.monotone]


@pytest.mark.parametrize("name", MONOTONE)
@pytest.mark.parametrize("task", ["binary", "regression"])
def test_each_family_that_may_join_keeps_the_direction(name, task, make_table, problem_of, quick_spec):
    dataset = make_table(task, rows=400)
    # The truth rises and falls in `a`: without the constraint each of them would break it.
    bound = Dataset.of(dataset.frame, dataset.schema.with_facts("a", monotonic="decreasing"), "made up")
    params = {ESTIMATORS[name].max_rounds: 60} if ESTIMATORS[name].max_rounds else {}
    spec = quick_spec(algorithms=(name,), params=params, trials=1)
    (told,) = train(bound, problem_of(bound), spec).model.metadata["constraints"]["monotone"]
    assert (told["column"], told["declared"], told["broken"], told["rows"], told["values"]) == (
        "a", "decreasing", 0, 100, 25,
    )  # fmt: skip
    free = train(dataset, problem_of(dataset), spec).model
    (broken,) = prove_monotone(replace(free, schema=bound.schema), dataset.frame)
    assert broken.broken > 50
    assert broken.findings()[0].code == "ME105"


def test_an_ensemble_and_its_calibrator_keep_the_direction(make_table, problem_of, quick_spec):
    dataset = make_table("binary", rows=400)
    bound = Dataset.of(dataset.frame, dataset.schema.with_facts("a", monotonic="increasing"), "made up")
    model = train(
        bound, problem_of(bound, metric="log_loss"), quick_spec(algorithms=("lightgbm", "xgboost"), trials=2)
    ).model
    for calibrator in (None, Platt(2.0, -1.0), Platt(0.3, 0.5)):
        (found,) = prove_monotone(replace(model, calibrator=calibrator), dataset.frame)
        assert found.broken == 0


def test_one_that_breaks_the_direction_though_it_promised_is_no_member(make_table, problem_of, quick_spec, monkeypatch):
    from clew.train.estimators.tree import DecisionTree

    monkeypatch.setattr(DecisionTree, "honours", replace(DecisionTree.honours, monotone=True))
    dataset = make_table("regression", rows=400)
    bound = Dataset.of(dataset.frame, dataset.schema.with_facts("a", monotonic="decreasing"), "made up")
    result = train(bound, problem_of(bound), quick_spec(algorithms=("tree", "lightgbm"), trials=2))
    assert {member.algorithm for member in result.model.members} == {"lightgbm"}
    assert {item.code for item in result.findings} >= {"ME123"}
    assert "ME105" not in {item.code for item in result.findings}


def late(dataset, *names):
    schema = dataset.schema
    for name in names:
        schema = schema.with_facts(name, available_after="departure")
    return Dataset.of(dataset.frame, schema, "made up")


RECIPES = {
    "as it is": (),
    "encoded with the target": (TargetMean("c"),),
    "multiplied with another": (Pairs(["a", "b"]),),
    "a new column of it": (Derive("new", "a * 2 + b"),),
}


@pytest.mark.parametrize("steps", RECIPES.values(), ids=RECIPES)
def test_a_column_known_too_late_changes_no_bit_and_need_not_be_there(steps, binary, problem_of, quick_spec):
    dataset = late(binary, "a", "c")
    result = train(dataset, problem_of(dataset), quick_spec(trials=2, recipe=Recipe(steps)))
    assert result.model.features == ("b",)
    told = result.model.metadata["constraints"]["unused"]
    assert set(told["columns"]) == {"a", "c", "y"}
    assert (told["changed"], told["rows"]) == ([], 240)
    before = result.model.predict(dataset.frame).probabilities
    mixed = dataset.frame.with_columns(pl.col("a").reverse(), pl.col("c").reverse())
    assert result.model.predict(mixed).probabilities.tobytes() == before.tobytes()
    assert result.model.predict(dataset.frame.drop("a", "c")).probabilities.tobytes() == before.tobytes()
    assert len(result.model.predict_row({"b": 1.0}).probabilities) == 2


def test_excluded_columns_weights_and_the_answer_itself_change_nothing(binary, problem_of, quick_spec):
    frame = binary.frame.with_columns(w=pl.Series(np.arange(240.0) + 1), secret=pl.col("y") == "yes")
    columns = (
        Column("w", "Float64", Kind.NUMERIC, Role.WEIGHT),
        Column("secret", "Boolean", Kind.BOOLEAN, Role.EXCLUDE),
    )
    dataset = Dataset.of(frame, binary.schema.with_columns(*columns), "made up")
    told = train(dataset, problem_of(dataset), quick_spec()).model.metadata["constraints"]["unused"]
    assert set(told["columns"]) == {"w", "secret", "y"}
    assert told["changed"] == []


def test_a_column_that_decides_though_it_must_not_is_found(binary, problem_of, quick_spec):
    model = train(binary, problem_of(binary), quick_spec(trials=1)).model
    forged = replace(model, schema=late(binary, "a").schema)
    found = prove_unused(forged, binary.frame)
    assert found.changed == ("a",)
    assert [item.code for item in found.findings()] == ["ME121"]


class Noting(Engine):
    """Answers as another one, and takes note of the threads."""

    def __init__(self, engine):
        self.engine, self.threads = engine, set()

    def values(self, matrix, threads):
        self.threads.add(threads)
        return self.engine.values(matrix, threads)

    def values_row(self, numeric, codes):
        return self.engine.values_row(numeric, codes)

    def save(self, folder):
        self.engine.save(folder)


def test_proofs_keep_to_their_threads(regression, problem_of, quick_spec):
    bound = Dataset.of(regression.frame, regression.schema.with_facts("a", monotonic="increasing"), "made up")
    model = train(bound, problem_of(bound), quick_spec(trials=1, algorithms=("lightgbm",))).model
    (member,) = model.members
    noting = Noting(member.estimator.engine)
    watched = replace(model, members=(replace(member, estimator=replace(member.estimator, engine=noting)),))
    proven(watched, bound.frame, threads=3)
    assert noting.threads == {3}


def test_what_was_proven_goes_into_the_bundle(binary, problem_of, quick_spec, tmp_path):
    dataset = late(binary, "c")
    model = train(dataset, problem_of(dataset), quick_spec(trials=1)).model
    kept = load(save(model, tmp_path / "b"))
    assert kept.manifest.metadata["constraints"] == model.metadata["constraints"]
    assert kept.model.features == ("a", "b")
    assert kept.predict(dataset.frame).probabilities.tobytes() == model.predict(dataset.frame).probabilities.tobytes()


def test_costs_of_errors_set_the_threshold(make_table, problem_of, quick_spec):
    dataset = make_table("binary", rows=600)
    spec = quick_spec(trials=1, algorithms=("linear",))
    dear = train(dataset, problem_of(dataset, costs={"false_positive": 1, "false_negative": 9}), spec)
    assert dear.model.threshold < 0.2
    told = dear.model.metadata["costs"]
    assert told["per_row"]["value"] < told["at_half"]
    assert "ME120" in {finding.code for finding in dear.findings}
    said = dear.model.predict(dataset.frame).prediction
    assert (said == "yes").mean() > (dataset.frame["y"] == "yes").mean() * 1.5
