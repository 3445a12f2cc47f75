"""What comes in is not as it should be: a clear error or a smaller, honest result, never a hang."""

import numpy as np
import polars as pl
import pytest

import clew
from clew.collect.dataset import Dataset
from clew.core.errors import DataError
from clew.prepare.recipe import Recipe
from clew.train.automl import TrainSpec, train

PLAIN = Recipe(())
QUICK = {"trials": 2, "algorithms": ("linear", "tree"), "cpus": 1}


def _frame(rows: int, columns: int, seed: int = 0) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    values = random.normal(size=(rows, columns))
    label = np.where(values[:, 0] + 0.3 * random.normal(size=rows) > 0, "yes", "no")
    return pl.DataFrame(values, schema=[f"x{j}" for j in range(columns)]).with_columns(pl.Series("y", label.tolist()))


def _codes(model) -> set[str]:
    return {finding.code for finding in model.result_.findings}


def test_classes_rarer_than_folds_are_told_and_kept():
    frame = _frame(60, 3).with_columns(y=pl.when(pl.int_range(pl.len()) < 2).then(pl.lit("odd")).otherwise("y"))
    model = clew.AutoClassifier(**QUICK).fit(frame, target="y")
    assert "ME102" in _codes(model)
    assert set(model.classes_) == {"yes", "no", "odd"}


def test_constant_target_is_refused():
    with pytest.raises(DataError, match="single value"):
        clew.AutoClassifier(**QUICK).fit(_frame(60, 3).with_columns(y=pl.lit("yes")), target="y")


def test_fifty_thousand_classes_are_refused_with_the_reason():
    frame = pl.DataFrame({"x": range(50_000), "y": [f"person {i}" for i in range(50_000)]})
    with pytest.raises(DataError, match="50000|50 000|50,000"):
        clew.AutoClassifier(**QUICK).fit(frame, target="y")


def test_more_columns_than_rows():
    model = clew.AutoClassifier(**QUICK).fit(_frame(40, 100), target="y")
    assert model.result_.score.rows == 40
    assert len(model.predict(_frame(5, 100, seed=1))) == 5


def test_rows_that_contradict_each_other_are_counted(binary, problem_of, quick_spec):
    twice = binary.frame.head(30)
    turned = twice.with_columns(y=pl.when(pl.col("y") == "yes").then(pl.lit("no")).otherwise(pl.lit("yes")))
    dataset = Dataset.of(pl.concat([binary.frame, turned]), binary.schema, "made up")
    (found,) = [f for f in train(dataset, problem_of(dataset), quick_spec()).findings if f.code == "ME113"]
    assert found.evidence == {"rows": 60, "best_accuracy": pytest.approx(1 - 30 / 270)}


def test_rows_that_agree_are_not_told(binary, problem_of, quick_spec):
    dataset = Dataset.of(pl.concat([binary.frame] * 2), binary.schema, "made up")
    assert "ME113" not in {f.code for f in train(dataset, problem_of(dataset), quick_spec()).findings}


def test_one_second_is_enough_for_an_honest_model(make_table, problem_of):
    dataset = make_table("multiclass", rows=2000)
    result = train(dataset, problem_of(dataset), TrainSpec(time_limit_s=1, recipe=PLAIN))
    fresh = make_table("multiclass", rows=500, seed=9)
    assert result.score.value < np.log(3)
    assert len(result.model.predict(fresh.frame)) == 500


def test_limit_that_reading_used_up_still_gives_a_model(binary, problem_of):
    import time

    spec = TrainSpec(time_limit_s=1, recipe=PLAIN, cpus=1)
    result = train(binary, problem_of(binary), spec, started=time.monotonic() - 30)
    assert result.trials == 1
    assert len(result.model.predict(binary.frame)) == 240


@pytest.mark.full
def test_ten_thousand_columns():
    model = clew.AutoClassifier(time_limit_s=20, cpus=2).fit(_frame(60, 10_000), target="y")
    assert model.result_.trials >= 1
    assert np.isfinite(model.result_.score.value)
