"""What a suggestion does first: drop what gives the answer away, open structures, undo disguised missing values."""

import json
from io import BytesIO

import numpy as np
import polars as pl
import pytest

from clew.collect.dataset import Dataset
from clew.collect.source import read
from clew.core.errors import DataError
from clew.core.schema import Role
from clew.explore.profile import profile
from clew.prepare.suggest import suggest
from clew.project import api

ROWS = 1200
RNG = np.random.default_rng(0)
X, Z = RNG.normal(size=ROWS), RNG.normal(size=ROWS)
ANSWER = np.where(X + RNG.normal(size=ROWS) > 0, "yes", "no")
PLAIN = pl.DataFrame({"x": X, "z": Z, "y": ANSWER})


def steps(frame: pl.DataFrame, **options: object) -> dict[str, dict[str, object]]:
    return {step["op"]: step for step in suggest(frame, "y", **options).steps}


def test_copy_of_the_target_is_dropped_under_other_names_too() -> None:
    renamed = pl.Series(["1" if label == "yes" else "0" for label in ANSWER])
    found = steps(PLAIN.with_columns(said=renamed))["drop"]
    assert found["columns"] == ["said"]
    assert "what the target `y` says, in each of 1200 rows (LK002)" in str(found["reason"])


def test_answer_in_disguise_is_dropped_where_a_profile_shows_it() -> None:
    noise = RNG.normal(scale=0.05, size=ROWS)
    data = read(PLAIN.with_columns(refund=pl.Series((ANSWER == "yes") * 1.0 + noise))).with_target("y")
    known = profile(data, minimal=True)
    dropped = [step for step in suggest(data, "y", profile=known).steps if step["op"] == "drop"]
    assert [step["columns"] for step in dropped] == [["refund"]]
    assert "(power 0.98 of 1 or more, LK001)" in dropped[0]["reason"]
    assert suggest(data, "y").steps == []
    assert api.suggestion(data, target="y").steps == dropped


def test_repeated_column_is_dropped_once() -> None:
    found = steps(PLAIN.with_columns(again=pl.col("z")))["drop"]
    assert found["columns"] == ["again"]
    assert found["reason"] == "`again` (as `z`) repeats another column in all 1200 rows."


def test_structures_and_json_become_columns_that_later_rules_see() -> None:
    place = [{"city": f"c{i % 3}", "at": {"height": float(i % 50)}, "always": 1.0} for i in range(ROWS)]
    frame = PLAIN.with_columns(
        place=pl.Series(place),
        order=pl.Series([json.dumps({"items": i % 7, "paid": None if i % 3 == 0 else i / 9}) for i in range(ROWS)]),
        load=pl.Series([[float(i), 1.0] for i in range(ROWS)]),
    )
    found = suggest(frame, "y")
    assert [(step["op"], *step["columns"]) for step in found.steps] == [
        ("flatten_structured", "place"),
        ("flatten_structured", "order"),
        ("flatten_structured", "place_at"),
        ("extract_features", "load"),
        ("drop", "place_always", "load_length"),
        ("missing_indicator", "order_paid"),
    ]
    prepared = found.recipe.fit_transform(frame, target="y")
    assert {"place_city", "place_at_height", "order_items", "order_paid_missing", "load_mean"} <= set(prepared.columns)


def test_number_that_stands_for_missing_becomes_missing_and_is_remembered() -> None:
    wage = np.where(np.arange(ROWS) % 40 == 0, 9999.0, np.abs(X) * 10)
    found = steps(PLAIN.with_columns(wage=pl.Series(wage)))
    assert "`wage` is 9999 in 30 of 1200 rows, far from" in str(found["invalidate_outliers"]["reason"])
    frame = PLAIN.with_columns(wage=pl.Series(wage))
    prepared = suggest(frame, "y").recipe.fit_transform(frame, target="y")
    assert prepared["wage"].null_count() == prepared["wage_missing"].sum() == 30
    assert "invalidate_outliers" not in steps(PLAIN.with_columns(wage=pl.Series(wage)), for_model="trees")


def test_values_outside_the_range_of_the_domain_become_missing() -> None:
    frame = PLAIN.with_columns(age=pl.Series([200.0 if i < 3 else 20.0 + i % 60 for i in range(ROWS)]))
    data = Dataset.of(frame, read(frame).schema.with_facts("age", minimum=0.0, maximum=120.0), "rows")
    found = suggest(data, "y")
    assert [(step["op"], step["lower"], step["upper"]) for step in found.steps] == [("invalidate_outliers", 0.0, 120.0)]
    assert "(0 to 120) in 3 of 1200 rows" in found.steps[0]["reason"]


def test_spellings_are_merged() -> None:
    town = [["Bern", "bern ", "Basel", "Genf"][i % 4] for i in range(ROWS)]
    frame = PLAIN.with_columns(town=pl.Series(town))
    assert "2 labels of `town`" in str(steps(frame)["merge_spellings"]["reason"])
    prepared = suggest(frame, "y").recipe.fit_transform(frame, target="y")
    assert set(prepared["town"]) == {"Bern", "Basel", "Genf"}


def test_names_of_several_words_are_read_and_codes_are_dropped() -> None:
    titles = ["Mr", "Mrs", "Dr"]
    frame = PLAIN.with_columns(
        person=pl.Series([f"{titles[i % 3]} no{i}" for i in range(ROWS)]),
        code=pl.Series([f"A{i}X" for i in range(ROWS)]),
    )
    data = Dataset.of(frame, read(frame).schema.with_facts("code", role=Role.FEATURE), "rows")
    found = suggest(data, "y").steps
    assert [(step["op"], *step["columns"]) for step in found] == [("drop", "code"), ("text_svd", "person")]


def test_images_are_described() -> None:
    image = pytest.importorskip("PIL.Image")
    files = []
    for number in range(40):
        held = BytesIO()
        image.new("RGB", (8, 8), (255, 0, 0) if number % 2 else (0, 0, 255)).save(held, "PNG")
        files.append(held.getvalue())
    frame = pl.DataFrame({"photo": files, "y": ["blue", "red"] * 20})
    found = suggest(frame, "y", for_model="trees")
    assert [(step["op"], *step["columns"]) for step in found.steps] == [("image_features", "photo")]
    assert found.recipe.fit_transform(frame, target="y")["photo_red_8"].to_list() == [0.0, 1.0] * 20
    # What is served is asked with rows of text, so nobody gets a model of images who has not asked for one.
    assert [step["op"] for step in suggest(frame, "y").steps] == ["drop"]


@pytest.mark.parametrize("family", ["any", "linear", "trees"])
@pytest.mark.parametrize(
    "frame",
    [
        pl.DataFrame({"a": [1.0, 2.0], "t": ["x y", "z w"], "y": [0, 1]}),
        pl.DataFrame({"a": pl.Series([None] * 50, dtype=pl.Float64), "y": [0, 1] * 25}),
        pl.DataFrame({"a": [float("inf"), float("-inf"), float("nan"), 1.0, 2.0] * 20, "y": [0, 1] * 50}),
        pl.DataFrame({"y": [0, 1] * 25}),
        pl.DataFrame({"a": [[]] * 50, "b": [{"k": None}] * 50, "c": ["{}"] * 50, "d": ["[]"] * 50, "y": [0, 1] * 25}),
    ],
    ids=["two rows", "all null", "infinite", "only a target", "hollow structures"],
)
def test_odd_tables_get_a_recipe_that_runs(frame: pl.DataFrame, family: str) -> None:
    found = suggest(frame, "y", for_model=family)
    assert len(found.recipe.fit_transform(frame, target="y")) == len(frame)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pl.DataFrame({"a": [1.0], "y": [1]}), "single value"),
        (pl.DataFrame({"a": [1.0, 2.0], "y": pl.Series([None, None], dtype=pl.Int64)}), "no value in any"),
        (pl.DataFrame({"a": [1.0, 2.0]}), "'y'"),
    ],
    ids=["one row", "target without values", "no target"],
)
def test_impossible_targets_are_refused(frame: pl.DataFrame, message: str) -> None:
    with pytest.raises(DataError, match=message):
        suggest(frame, "y")
