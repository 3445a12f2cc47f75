"""What comes in is not as it should be: a clear error or a smaller, honest result, never a hang."""

import numpy as np
import polars as pl
import pytest

import clew
from clew.collect.dataset import Dataset
from clew.core.errors import DataError, UsageError
from clew.define.domain import Domain
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


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("trials", "5"),
        ("trials", 2.5),
        ("time_limit_s", "5"),
        ("time_limit_s", float("inf")),
        ("max_latency_ms", "fast"),
        ("max_size_mb", "small"),
        ("cpus", 1.5),
        ("seed", None),
        ("recipe", "recipe.yaml"),
        ("split", 3),
        ("params", [4]),
        ("params", {4: 4}),
    ],
)
def test_parameter_of_the_wrong_type_is_named_and_refused(parameter, value):
    given = {"trials": 1, "algorithms": ("linear",), parameter: value}
    given = given | {"trials": None} if parameter == "time_limit_s" else given
    with pytest.raises(UsageError, match=f"`{parameter}` is"):
        clew.AutoClassifier(**given).fit(_frame(20, 2), target="y")


def test_one_algorithm_need_not_stand_in_a_tuple():
    model = clew.AutoClassifier(trials=1, algorithms="linear").fit(_frame(40, 2), target="y")
    assert [row.algorithm for row in model.result_.leaderboard] == ["ensemble", "linear"]


def test_rows_that_teach_are_no_validation_data():
    with pytest.raises(DataError, match="very rows that teach"):
        clew.AutoClassifier(**QUICK).fit(_frame(40, 2), target="y", validation=_frame(40, 2))


def test_journal_that_cannot_be_kept_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="No journal can be kept"):
        clew.AutoClassifier(**QUICK, journal=tmp_path / "file" / "journal").fit(_frame(40, 2), target="y")


def test_names_with_white_space_around_them_are_known_again():
    frame = _frame(40, 2).rename({"x0": " x0 "})
    model = clew.AutoClassifier(**QUICK).fit(frame, target="y")
    answers = model.predict(frame)
    assert answers.tolist() == model.predict(frame.to_pandas()).tolist() == model.predict(_frame(40, 2)).tolist()


def test_labels_without_an_order_cannot_be_followed_monotonically():
    frame = _frame(40, 2).with_columns(place=pl.Series(["here", "there"] * 20))
    rows = clew.read(frame, domain=Domain({"place": {"monotonic": "increasing"}}))
    with pytest.raises(DataError, match="'place' must be followed monotonically, and its labels have no order"):
        clew.AutoClassifier(trials=1).fit(rows, target="y")


@pytest.mark.parametrize("labels", [["odd"] + ["even"] * 39, [f"person {i}" for i in range(40)]])
def test_labels_of_a_single_row_cannot_teach_and_judge(labels):
    with pytest.raises(DataError, match="in a single row"):
        clew.AutoClassifier(**QUICK).fit(_frame(40, 2).with_columns(y=pl.Series(labels)), target="y")


@pytest.mark.parametrize("scale", [1e300, 1e-300])
def test_target_beyond_what_algorithms_calculate_with_is_refused(scale):
    with pytest.raises(DataError, match="Divide it by"):
        clew.AutoRegressor(**QUICK).fit(_frame(40, 2).with_columns(y=pl.col("x0") * scale), target="y")
