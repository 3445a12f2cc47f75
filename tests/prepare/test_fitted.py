"""The fitted recipe: two executors, one truth; on disk and back; readable."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import polars as pl
import pytest

from clew.core.errors import ArtifactError, RecipeError, SchemaError, UsageError
from clew.core.schema import Column, Kind, Schema
from clew.prepare.lineage import derive
from clew.prepare.recipe import FittedRecipe, Recipe
from clew.prepare.registry import STEPS, register, step_class
from clew.prepare.step import ColumnStep, Made, State, StepKind
from clew.prepare.steps import (
    DateParts,
    Derive,
    Drop,
    FillMissing,
    GroupRare,
    Log,
    MissingIndicator,
    OneHot,
    Ordinal,
    Scale,
    TargetMean,
    TextStatistics,
)
from clew.prepare.storage import packed_table

EVERYTHING = Recipe(
    [
        MissingIndicator("age"),
        FillMissing(["age", "fare"]),
        Log("fare"),
        Derive("per_year", "fare / age"),
        Scale(["age", "fare", "per_year"]),
        GroupRare("cabin", min_count=7),
        TargetMean("cabin", keep=True),
        OneHot("sex"),
        Ordinal("size"),
        DateParts("seen"),
        TextStatistics("note"),
        Drop("per_year"),
    ]
)


@pytest.fixture
def fitted(frame: pl.DataFrame, schema: Schema) -> FittedRecipe:
    return EVERYTHING.learn(frame, schema)


def test_rows_equal_columns(fitted: FittedRecipe, frame: pl.DataFrame) -> None:
    after, run = fitted.transform(frame), fitted.row()
    for row, expected in zip(frame.to_dicts(), after.to_dicts(), strict=True):
        assert run(row) == expected
        assert list(run(row)) == list(expected)


def test_row_function_leaves_its_input_alone(fitted: FittedRecipe, frame: pl.DataFrame) -> None:
    row = frame.row(0, named=True)
    before = dict(row)
    fitted.row()(row)
    assert row == before


def test_only_needed_columns_are_asked_for(fitted: FittedRecipe, frame: pl.DataFrame) -> None:
    assert set(fitted.inputs.names) == {"age", "fare", "sex", "cabin", "size", "seen", "note"}
    after = fitted.transform(frame.drop("id", "survived"))
    assert "id" not in after.columns
    row = fitted.row()({name: value for name, value in frame.row(3, named=True).items() if name in fitted.inputs})
    assert row == after.row(3, named=True)


def test_column_that_nobody_needs_may_hold_anything(frame: pl.DataFrame, schema: Schema) -> None:
    fitted = Recipe([Drop("age"), Scale("fare")]).learn(frame, schema)
    odd = frame.with_columns(pl.lit("no number at all").alias("age"))
    assert fitted.transform(odd).equals(fitted.transform(frame))


def test_column_that_nobody_needs_is_not_made(frame: pl.DataFrame, schema: Schema) -> None:
    recipe = Recipe([Derive("unused", "age * 2"), Drop(["unused", "age"]), Scale("fare")])
    fitted = recipe.learn(frame, schema)
    assert "age" not in fitted.inputs
    assert fitted.transform(frame.drop("age"))["fare"].len() == frame.height


def test_step_sees_the_columns_as_they_were_before_it(frame: pl.DataFrame, schema: Schema) -> None:
    fitted = Recipe([FillMissing("age"), MissingIndicator("age", always=True)]).learn(frame, schema)
    assert fitted.row()(frame.row(0, named=True))["age_missing"] is False
    swapped = Recipe([MissingIndicator("age"), FillMissing("age")]).learn(frame, schema)
    assert swapped.row()(frame.row(0, named=True))["age_missing"] is True


def test_missing_columns_are_named(fitted: FittedRecipe, frame: pl.DataFrame) -> None:
    with pytest.raises(SchemaError, match=r"lacks 'cabin'; step \d \(\w+\) works on 'cabin'"):
        fitted.transform(frame.drop("cabin"))
    with pytest.raises(SchemaError, match=r"no column 'cabin'; step \d.*None"):
        fitted.row()({name: None for name in fitted.inputs.names if name != "cabin"})


def test_value_of_another_type_names_the_step(fitted: FittedRecipe, frame: pl.DataFrame) -> None:
    row = {**frame.row(1, named=True), "fare": "ten"}
    with pytest.raises(RecipeError, match=r"Step 3 \(log\): a value is of another type.*conform_row"):
        fitted.row()(row)


def test_file_gives_the_same_recipe_back(fitted: FittedRecipe, frame: pl.DataFrame, tmp_path: Path) -> None:
    fitted.save(tmp_path / "recipe")
    again = FittedRecipe.load(tmp_path / "recipe")
    assert again.schema == fitted.schema
    assert again.output_schema == fitted.output_schema
    assert again.learned() == fitted.learned()
    assert again.transform(frame).equals(fitted.transform(frame))
    assert again.row()(frame.row(5, named=True)) == fitted.row()(frame.row(5, named=True))


def test_file_holds_nothing_but_json_and_arrow(fitted: FittedRecipe, tmp_path: Path) -> None:
    fitted.save(tmp_path)
    assert {path.suffix for path in tmp_path.iterdir()} == {".json", ".arrow"}
    assert json.loads((tmp_path / "recipe.json").read_text())["format"] == 1


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder: (folder / "recipe.json").unlink(), "holds no fitted recipe: there is no recipe.json"),
        (lambda folder: (folder / "recipe.json").write_text("{"), "JSONDecodeError"),
        (lambda folder: (folder / "recipe.json").write_text("{}"), "KeyError: 'format'"),
        (lambda folder: next(folder.glob("*.arrow")).write_bytes(b"no arrow"), "holds no readable recipe"),
        (lambda folder: edit(folder, '"format": 1', '"format": 99'), r"has format 99.*Update Clew"),
        (lambda folder: edit(folder, "step007_0.arrow", "../step007_0.arrow"), "which is no file of its folder"),
        (lambda folder: edit(folder, '"op": "scale"', '"op": "vanish"'), "There is no step 'vanish'"),
    ],
)
def test_damaged_file_is_refused(fitted: FittedRecipe, tmp_path: Path, damage: Any, message: str) -> None:
    fitted.save(tmp_path)
    damage(tmp_path)
    with pytest.raises(ArtifactError, match=message):
        FittedRecipe.load(tmp_path)


def edit(folder: Path, old: str, new: str) -> None:
    path = folder / "recipe.json"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_lineage_follows_a_column_through_the_recipe(fitted: FittedRecipe) -> None:
    output = fitted.output_schema
    assert output["fare"].sources == ("fare",)
    assert output["cabin_target_mean"].sources == ("cabin",)
    assert output["sex=m"].protected
    assert output["age"].monotonic == "increasing"
    assert output["seen_month"].raw_sources == ("seen",)


def test_what_was_learnt_can_be_read(fitted: FittedRecipe) -> None:
    steps = fitted.learned()["steps"]
    assert json.loads(json.dumps(steps)) == steps
    assert steps[1]["op"] == "fill_missing"
    assert set(steps[1]["learned"]) == {"age", "fare"}
    assert steps[7] == {
        "number": 8,
        "op": "one_hot",
        "columns": ["sex"],
        "makes": ["sex=f", "sex=m"],
        "drops": ["sex"],
        "learned": {"sex": {"categories": ["f", "m"], "left_out": 0}},
    }


def test_repr_is_short(fitted: FittedRecipe) -> None:
    assert repr(fitted).startswith("FittedRecipe([missing_indicator, fill_missing, log")


@register
@dataclass(frozen=True)
class Twice(ColumnStep):
    """A step of somebody's own package."""

    op: ClassVar[str] = "test_twice"
    kind: ClassVar[StepKind] = StepKind.WINDOW
    accepts: ClassVar[frozenset[Kind]] = frozenset({Kind.NUMERIC})

    def make(self, columns: Sequence[Column], state: State) -> Iterable[Made]:
        for column in columns:
            name = column.name
            yield Made(derive(column), (name,), lambda F, name=name: F.col(name) * 2, lambda value: value and value * 2)


def test_anybody_can_add_a_step(frame: pl.DataFrame, schema: Schema) -> None:
    recipe = Recipe.from_yaml("- {op: test_twice, columns: fare}")
    fitted = recipe.learn(frame, schema)
    assert fitted.transform(frame)["fare"].to_list() == (frame["fare"] * 2).to_list()
    assert step_class("test_twice") is Twice


def test_step_that_needs_other_rows_keeps_a_recipe_offline(frame: pl.DataFrame, schema: Schema) -> None:
    fitted = Recipe([Scale("fare"), Twice("fare")]).learn(frame, schema)
    assert not fitted.online
    assert fitted.offline_step == "step 2 (test_twice)"
    with pytest.raises(RecipeError, match=r"cannot work on one row because of step 2 \(test_twice\)"):
        fitted.row()


@register
@dataclass(frozen=True)
class Reshapes(Twice):
    """A step that makes other rows."""

    op: ClassVar[str] = "test_reshapes"
    kind: ClassVar[StepKind] = StepKind.RESHAPE


def test_rows_are_reshaped_before_anything_learns_from_the_target(frame: pl.DataFrame, schema: Schema) -> None:
    with pytest.raises(RecipeError, match=r"Step 2 \(test_reshapes\).*learns from the target \(step 1, target_mean\)"):
        Recipe([TargetMean("cabin"), Reshapes("fare")]).learn(frame, schema)
    assert Recipe([Reshapes("fare"), TargetMean("cabin")]).learn(frame, schema).offline_step == "step 1 (test_reshapes)"


def test_name_of_a_step_is_taken_once() -> None:
    with pytest.raises(UsageError, match=r"'scale' of .* is already registered by clew\.prepare\.steps\.numeric"):
        register(type("Other", (Twice,), {"op": "scale"}))
    assert STEPS["scale"] is Scale


def test_equal_tables_make_equal_files_wherever_their_texts_lie_in_memory():
    texts = pl.Series("place", [f"a label that is long {i:04}" for i in range(100)])
    turned = pl.concat([texts[50:], texts[:50]], rechunk=True).sort()
    assert turned.equals(texts)
    assert packed_table(turned.to_frame()) == packed_table(texts.to_frame())
    assert pl.read_ipc(packed_table(texts.to_frame())).equals(texts.to_frame())
