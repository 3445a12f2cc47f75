"""What is asked of the rows before a score is believed, and said beside it."""

import numpy as np
import polars as pl
import pytest

import clew
from clew.collect.dataset import Dataset
from clew.collect.source import read
from clew.core.errors import DataError
from clew.define.problem import define_problem
from clew.deploy.batch import predict
from clew.explore.statistics import describe
from clew.prepare.recipe import Recipe
from clew.train.automl import TrainSpec, train
from clew.train.folds.rows import rows_of
from clew.train.suspicions import belong_together, knows_the_answer

QUICK = {"trials": 1, "algorithms": ("linear",), "cpus": 1}


@pytest.fixture
def visits() -> pl.DataFrame:
    """Return 400 rows of 100 patients; the reason is written down once the answer is known."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=400)
    left = x + generator.normal(size=400) > 0
    return pl.DataFrame(
        {
            "patient_id": np.repeat(np.arange(100), 4),
            "x": x,
            "reason": np.where(left, "moved", "none").tolist(),
            "left": np.where(left, "yes", "no").tolist(),
        }
    ).with_columns(seen=pl.date(2024, 1, 1) + pl.duration(days=pl.int_range(400) % 90))


def _told(frame: pl.DataFrame, **options) -> list[tuple[str, str | None]]:
    result = clew.AutoClassifier(**QUICK, **options).fit(frame, target="left").result_
    return [(item.code, item.column) for item in result.findings]


def test_column_that_knows_the_answer_is_named(visits):
    noisy = visits.with_columns(reason=pl.when(pl.int_range(400) == 7).then(pl.lit("other")).otherwise("reason"))
    assert ("LK001", "reason") in _told(noisy)
    assert ("LK001", "x") not in _told(noisy)
    assert not [item for item in _told(noisy, recipe=Recipe(())) if item[0] == "LK001"]  # somebody has decided


def test_rows_that_belong_together_or_follow_each_other_are_named(visits):
    told = _told(visits)
    assert ("ME124", "patient_id") in told
    assert ("ME124", "seen") in told
    grouped = clew.read(visits, domain=clew.Domain({"patient_id": {"role": "group"}}))
    found = clew.AutoClassifier(**QUICK).fit(grouped, target="left").result_.findings
    assert "ME124" not in {item.code for item in found}


def test_names_alone_make_no_group(visits):
    dataset = read(visits.with_columns(order_no=pl.int_range(400), number=pl.int_range(400) % 7)).with_target("left")
    rows = rows_of(dataset, define_problem(visits["left"], dataset.schema["left"]))
    named = {item.column for item in belong_together(rows, describe(rows.frame, rows.schema))}
    assert named == {"patient_id", "seen"}


def test_very_wide_tables_are_not_looked_at(binary, problem_of):
    wide = binary.frame.with_columns(**{f"c{i}": pl.lit(float(i)) for i in range(1001)}, same=pl.col("y"))
    dataset = read(wide).with_target("y")
    assert not list(knows_the_answer(rows_of(dataset, problem_of(dataset)), 0))


def test_what_reading_noticed_is_said(tmp_path):
    path = tmp_path / "rows.csv"
    lines = [f"0{i % 9 + 1}/0{i % 7 + 1}/2024,{i % 5},{'yes' if i % 5 > 2 else 'no'}" for i in range(200)]
    path.write_text("day,x,left\n" + "\n".join(lines), encoding="utf-8")
    assert ("DQ107", "day") in [
        (item.code, item.column) for item in clew.AutoClassifier(**QUICK).fit(path, target="left").result_.findings
    ]


def test_label_that_nobody_is_given_is_named():
    generator = np.random.default_rng(0)
    frame = pl.DataFrame({"x": generator.normal(size=2000)})
    frame = frame.with_columns(left=pl.when(pl.int_range(2000) % 50 == 0).then(pl.lit("yes")).otherwise(pl.lit("no")))
    (found,) = [
        item for item in clew.AutoClassifier(**QUICK).fit(frame, target="left").result_.findings if item.code == "ME125"
    ]
    assert "None of the 2000 rows that judge is predicted to be 'yes'" in found.detail
    costs = {"false_positive": 1.0, "false_negative": 100.0}
    told = clew.AutoClassifier(**QUICK, costs=costs).fit(frame, target="left").result_.findings
    assert "ME125" not in {item.code for item in told}
    assert any(item.code == "ME120" and "'yes'" in item.detail for item in told)


def test_numbers_with_a_few_texts_are_no_labels():
    prices = [f"{100 + i}.5" for i in range(300)]
    frame = pl.DataFrame({"x": [i % 40 for i in range(301)], "count": [*prices, "on request"]})
    told = 'a number in 300 rows and a text in 1: "on request".*"count": {kind: numeric, missing: ."on request".}'
    with pytest.raises(DataError, match=told):
        clew.AutoRegressor(**QUICK).fit(frame, target="count")
    dataset = read(frame)
    with pytest.raises(DataError, match=told):
        define_problem(dataset.frame["count"], dataset.schema["count"])
    assert len(define_problem(dataset.frame["count"], dataset.schema["count"], task="multiclass").classes) == 301
    stated = clew.Domain({"count": {"kind": "numeric", "missing": ["on request"]}})
    fitted = clew.AutoRegressor(**QUICK).fit(read(frame, domain=stated), target="count")
    assert fitted.result_.score.rows == 300


def test_labels_that_look_like_numbers_stay_labels():
    grades = pl.Series("grade", ["absent" if i % 10 == 0 else str(i % 3) for i in range(300)])
    kinds = pl.Series("kind", ["other" if i % 10 == 0 else f"type {i % 40}" for i in range(300)])
    for values in (grades, kinds):
        dataset = read(values.to_frame())
        problem = define_problem(dataset.frame[values.name], dataset.schema[values.name])
        assert set(problem.classes) == set(values)


def test_column_of_no_use_to_the_model_cannot_stop_it(tmp_path):
    frame = pl.DataFrame(
        {
            "x": [i * 37 % 50 + 0.5 for i in range(300)],
            "note": range(300),
            "left": ["yes" if i * 37 % 50 > 25 else "no" for i in range(300)],
        }
    )
    dataset = read(frame, domain=clew.Domain({"note": {"role": "exclude"}}))
    model = clew.AutoClassifier(**QUICK).fit(dataset, target="left").model_
    later = tmp_path / "later.csv"
    later.write_text("x,note\n7.5,later\n44.5,TBD\n", encoding="utf-8")
    assert predict(model, later)["prediction"].to_list() == ["no", "yes"]


def test_things_that_rows_belong_to_are_known_by_name():
    frame = pl.DataFrame({"patient": [f"p{i % 30}" for i in range(300)], "x": [i * 37 % 50 + 0.5 for i in range(300)]})
    frame = frame.with_columns(left=pl.when(pl.col("x") > 25).then(pl.lit("yes")).otherwise(pl.lit("no")))
    assert ("ME124", "patient") in _told(frame)


def test_rows_that_differ_all_in_one_fold_are_refused():
    target = np.zeros(400)
    target[0] = 1.0
    frame = pl.DataFrame({"a": np.random.default_rng(0).normal(size=400), "t": target})
    with pytest.raises(DataError, match="All rows with another target than 0 would be in one fold"):
        clew.AutoRegressor(**QUICK).fit(frame, target="t")


def test_few_rows_of_a_label_are_judged_in_all_folds(make_table, problem_of):
    dataset = make_table("binary", rows=3000)
    rare = dataset.frame.with_columns(
        y=pl.when(pl.int_range(3000) % 375 == 0).then(pl.lit("yes")).otherwise(pl.lit("no"))
    )
    told = Dataset.of(rare, dataset.schema, "made up")
    spec = TrainSpec(time_limit_s=2, algorithms=("lightgbm", "linear"), recipe=Recipe(()))
    assert train(told, problem_of(told), spec).score.rows == 3000


def test_validation_data_that_do_not_fit_are_named(binary):
    with pytest.raises(DataError, match="The validation data do not fit: .*'a'"):
        clew.AutoClassifier(**QUICK).fit(binary.frame, target="y", validation=binary.frame.drop("a"))
