"""Rows and a stored table: which rows come out of each kind of join, and what they hold."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from clew.core.errors import ConfigError, RecipeError, SchemaError
from clew.core.schema import Column, Kind, Role, Schema
from clew.define.problem import Task
from clew.prepare.recipe import FittedRecipe, Recipe
from clew.prepare.step import Step
from clew.prepare.steps import Concatenate, Drop, FilterByTable, Join, Lookup, Scale, TargetMean

SCHEMA = Schema(
    (
        Column("shop", "String", Kind.CATEGORICAL, protected=True),
        Column("day", "Int64", Kind.NUMERIC),
        Column("x", "Float64", Kind.NUMERIC),
        Column("y", "String", Kind.CATEGORICAL, role=Role.TARGET),
    )
)
FRAME = pl.DataFrame(
    {"shop": ["b", "a", None, "z", "a"], "day": [1, 2, 3, 4, 1], "x": [1.0, 2.0, 3.0, 4.0, 5.0], "y": list("nyynn")}
)
#: A shop that no row has, one that repeats a key of its own kind on another day, and one without a name.
SHOPS = (
    {"id": "a", "size": 10, "region": "north"},
    {"id": "b", "size": 20, "region": None},
    {"id": "c", "size": 30, "region": "south"},
    {"id": None, "size": 40, "region": "nowhere"},
)
PRICES = (
    {"shop": "a", "day": 1, "price": 1.5},
    {"shop": "a", "day": 2, "price": 2.5},
    {"shop": "b", "day": 2, "price": 3.5},
)


def fit(step: Step, frame: pl.DataFrame = FRAME, **options: Any) -> tuple[FittedRecipe, pl.DataFrame]:
    done = Recipe((step,)).prepare(frame, SCHEMA.select(frame.columns), **options)
    return done.recipe, done.frame


def rows(step: Step, *columns: str) -> list[tuple[Any, ...]]:
    return fit(step)[1].select(columns).rows()


class TestJoin:
    @pytest.mark.parametrize(
        ("how", "expected"),
        [
            ("inner", [("b", 1.0, 20.0), ("a", 2.0, 10.0), ("a", 5.0, 10.0)]),
            ("left_outer", [("b", 1.0, 20.0), ("a", 2.0, 10.0), (None, 3.0, None), ("z", 4.0, None), ("a", 5.0, 10.0)]),
            (
                "right_outer",
                [("a", 2.0, 10.0), ("a", 5.0, 10.0), ("b", 1.0, 20.0), ("c", None, 30.0), (None, None, 40.0)],
            ),
            (
                "full_outer",
                [
                    *[("b", 1.0, 20.0), ("a", 2.0, 10.0), (None, 3.0, None), ("z", 4.0, None), ("a", 5.0, 10.0)],
                    *[("c", None, 30.0), (None, None, 40.0)],
                ],
            ),
        ],
    )
    def test_rows_of_each_kind(self, how: Any, expected: list[tuple[Any, ...]]) -> None:
        assert rows(Join("shop", table=SHOPS, how=how, key="id", take=("size",)), "shop", "x", "size") == expected

    def test_rows_that_the_table_has_or_has_not(self) -> None:
        assert rows(Join("shop", table=SHOPS, how="left_semi", key="id"), "x") == [(1.0,), (2.0,), (5.0,)]
        assert rows(Join("shop", table=SHOPS, how="left_anti", key="id"), "x") == [(3.0,), (4.0,)]
        assert rows(Join(["day", "shop"], table=PRICES, how="left_semi", key=("day", "shop")), "x") == [(2.0,), (5.0,)]

    def test_each_with_each(self) -> None:
        after = fit(Join((), table=({"scenario": "low"}, {"scenario": "high"}), how="cross"))[1]
        assert after.select("x", "scenario").rows()[:3] == [(1.0, "low"), (1.0, "high"), (2.0, "low")]
        assert after.height == 10
        assert after["y"].to_list() == list("nnyyyynnnn")

    def test_several_keys(self) -> None:
        step = Join(["day", "shop"], table=PRICES, key=("day", "shop"))
        assert rows(step, "shop", "day", "price") == [("a", 2, 2.5), ("a", 1, 1.5)]

    def test_target_goes_along_and_steps_learn_from_the_rows_that_come_out(self) -> None:
        recipe = Recipe((Join("shop", table=SHOPS, key="id"), Scale("x"), TargetMean("region", smoothing=0.0)))
        done = recipe.prepare(FRAME, SCHEMA, task=Task.BINARY)
        assert done.target is not None
        assert done.target.tolist() == ["n", "y", "n"]
        assert done.frame["x"].mean() == pytest.approx(0.0)
        assert not done.recipe.online

    def test_multiplied_rows_are_refused_unless_they_are_wanted(self) -> None:
        with pytest.raises(RecipeError, match="'shop' of the table repeats for 1 values, e.g. 'a'.*fan_out: allow"):
            fit(Join("shop", table=PRICES, prefix="p_"))
        step = Join("shop", table=PRICES, take=("price",), fan_out="allow")
        assert rows(step, "x", "price") == [(1.0, 3.5), (2.0, 1.5), (2.0, 2.5), (5.0, 1.5), (5.0, 2.5)]

    def test_what_is_known_of_new_columns(self) -> None:
        schema = fit(Join("shop", table=SHOPS, key="id"))[0].output_schema
        assert (schema["region"].protected, schema["region"].sources) == (True, ("shop",))
        assert (schema["size"].dtype, schema["size"].kind) == ("Float64", Kind.NUMERIC)

    def test_columns_that_nobody_needs_are_not_asked_for(self) -> None:
        recipe = Recipe((Join("shop", table=SHOPS, key="id"), Drop(["x", "day"])))
        fitted = recipe.learn(FRAME, SCHEMA)
        assert fitted.inputs.names == ("shop",)
        only = fitted.transform(FRAME.select("shop"))
        assert only.rows() == [("b", 20.0, None), ("a", 10.0, "north"), ("a", 10.0, "north")]

    def test_numbers_compare_in_either_type(self) -> None:
        fitted = fit(Join("day", table=({"day": 1, "z": "one"}, {"day": 4, "z": "four"})))[0]
        halves = FRAME.with_columns(pl.col("day") * 0.5)
        assert fitted.transform(halves)["z"].to_list() == ["one"]

    @pytest.mark.parametrize(
        ("step", "message"),
        [
            (Join("shop", table=SHOPS), "The table of join has no column 'shop'"),
            (Join("day", table=SHOPS, key="id"), "'id' of the table holds String, and the column 'day' holds Int64"),
            (Join(["shop", "day"], table=SHOPS, key="id"), "means 2 for 1"),
            (Join("y", table=SHOPS, key="id"), "'y' is the target, which cannot be a key"),
            (Join("shop", table=({"shop": "a", "x": 1},)), "The new column 'x' has the name.*prefix"),
            (Join("shop", table=SHOPS, key="id", how="cross"), "`how: cross` has no use for a key"),
            (Join("shop", table=SHOPS, key="id", how="left_semi", take=("size",)), "adds no columns"),
            (Join("shop", table=(), key="id"), "an empty table"),
            (Lookup("shop", table=PRICES), "repeats for 1 values.*aggregate_related"),
            (
                Lookup(["shop", "day"], table=(*PRICES, *PRICES[:1])),
                r"'shop' and 'day' of the table repeats.*\('a', 1\)",
            ),
        ],
    )
    def test_what_cannot_be_joined(self, step: Step, message: str) -> None:
        with pytest.raises((RecipeError, ConfigError), match=message):
            fit(step)

    def test_target_that_is_no_column_cannot_follow(self) -> None:
        with pytest.raises(RecipeError, match="the target does not come out of it as a column"):
            Recipe((Join("shop", table=SHOPS, key="id"),)).prepare(FRAME.drop("y"), SCHEMA.drop(["y"]), np.arange(5.0))


class TestFilter:
    @pytest.mark.parametrize(("how", "kept"), [("left_semi", [0, 1, 4]), ("left_anti", [2, 3])])
    def test_training_rows_by_what_the_table_has(self, how: Any, kept: list[int]) -> None:
        done = Recipe((FilterByTable("shop", table=SHOPS, key="id", how=how),)).prepare(FRAME, SCHEMA)
        assert done.rows is not None
        assert done.rows.tolist() == kept
        assert done.recipe.transform(FRAME).equals(FRAME)
        assert done.recipe.online

    def test_no_row_left_is_refused(self) -> None:
        with pytest.raises(RecipeError, match=r"The key of none of 5 rows is in the table.*cast"):
            fit(FilterByTable("shop", table=({"shop": "A"},)))


class TestLookup:
    def test_by_several_keys(self) -> None:
        fitted, after = fit(Lookup(["day", "shop"], table=PRICES))
        assert after["price"].to_list() == [None, 2.5, None, None, 1.5]
        assert [fitted.row()(row)["price"] for row in FRAME.to_dicts()] == after["price"].to_list()
        assert fitted.output_schema["price"].sources == ("day", "shop")

    def test_brute_force(self) -> None:
        rng = np.random.default_rng(0)
        table = pl.DataFrame({"a": rng.integers(0, 30, 400), "b": [f"b{i}" for i in rng.integers(0, 9, 400)]})
        table = table.unique(maintain_order=True).with_columns(c=pl.int_range(pl.len()) % 3).with_row_index("value")
        frame = pl.DataFrame(
            {
                "b": [f"b{i}" for i in rng.integers(0, 12, 500)],
                "a": rng.integers(0, 40, 500),
                "c": rng.integers(0, 3, 500),
            }
        )
        after = Recipe((Lookup(["c", "a", "b"], table=tuple(table.to_dicts())),)).fit_transform(frame)
        expected = frame.join(table, on=["a", "b", "c"], how="left", maintain_order="left")
        assert after["value"].to_list() == expected["value"].to_list()

    @pytest.mark.parametrize("keys", [["day"], ["shop", "day"]])
    def test_days_are_keys(self, keys: list[str], tmp_path: Path) -> None:
        days = [date(2024, 1, day) for day in (1, 2, 3)]
        frame = pl.DataFrame({"shop": ["a", "b", "a", None], "day": [*days, None]})
        pl.DataFrame({"shop": ["a", "a"], "day": [days[0], days[2]], "price": [5.0, 6.0]}).write_csv(tmp_path / "p.csv")
        table = str(tmp_path / "p.csv")
        fitted = Recipe((Lookup(keys, table=table, take=("price",)),)).learn(frame)
        assert fitted.transform(frame)["price"].to_list() == [5.0, None, 6.0, None]
        assert [fitted.row()(row)["price"] for row in frame.to_dicts()] == [5.0, None, 6.0, None]
        joined = Recipe((Join(keys, table=table, how="inner", take=("price",)),)).learn(frame).transform(frame)
        assert joined["price"].to_list() == [5.0, 6.0]
        assert len(Recipe((FilterByTable(keys, table=table, how="left_anti"),)).prepare(frame).frame) == 2

    def test_moments_are_no_keys(self) -> None:
        frame = pl.DataFrame({"at": [datetime(2024, 1, 1, 8)]})
        with pytest.raises(RecipeError, match="only days can be a key.*aggregate_related"):
            Recipe((Lookup("at", table=({"at": "x", "v": 1},)),)).learn(frame)
        with pytest.raises(RecipeError, match="cannot be a key.*days"):
            Recipe((Join("at", table=({"at": "x", "v": 1},)),)).learn(frame)

    def test_moments_are_taken_over(self) -> None:
        step = Lookup("shop", table=({"shop": "a", "opened": "2024-02-29"}, {"shop": "b", "opened": "1999-12-31"}))
        fitted, after = fit(step)
        assert fitted.output_schema["opened"].dtype == "Date"
        assert [str(value) for value in after["opened"]] == ["1999-12-31", "2024-02-29", "None", "None", "2024-02-29"]


class TestConcatenate:
    MORE = ({"shop": "c", "day": 9, "x": 9.0, "y": "y"}, {"shop": "a", "day": 2, "x": 2.0, "y": "n"})

    def test_rows_stand_below(self) -> None:
        fitted, after = fit(Concatenate(self.MORE, source="from", labels=("here", "there")))
        assert after["shop"].to_list() == [*FRAME["shop"], "c", "a"]
        assert after["from"].to_list() == ["here"] * 5 + ["there"] * 2
        assert fitted.output_schema["from"].kind is Kind.CATEGORICAL
        assert fitted.transform(FRAME.head(1).drop("y"))["x"].to_list() == [1.0, 9.0, 2.0]

    def test_duplicates_can_be_removed(self) -> None:
        done = Recipe((Concatenate((*self.MORE, {**FRAME.row(0, named=True)}), remove_duplicates=True),))
        assert done.prepare(FRAME, SCHEMA).frame.height == 7
        fitted = done.learn(FRAME.drop("y"), SCHEMA.drop(["y"]))
        assert fitted.transform(FRAME.drop("y"))["x"].to_list() == [1.0, 2.0, 3.0, 4.0, 5.0, 9.0]

    def test_removing_duplicates_needs_every_feature(self) -> None:
        recipe = Recipe((Concatenate(self.MORE, remove_duplicates=True), Drop("x")))
        assert recipe.learn(FRAME, SCHEMA).inputs.names == ("shop", "day", "x")

    def test_answers_come_with_the_rows(self) -> None:
        done = Recipe((Concatenate(self.MORE), TargetMean("shop", smoothing=0.0))).prepare(
            FRAME, SCHEMA, task=Task.BINARY
        )
        assert done.target is not None
        assert done.target.tolist() == list("nyynnyn")

    def test_table_from_a_file_is_read_once(self, tmp_path: Any) -> None:
        pl.DataFrame({"x": ["7", "8.5"], "shop": ["q", ""], "more": [1, 2], "day": [1, 1]}).write_csv(
            tmp_path / "m.csv"
        )
        frame = FRAME.drop("y")
        fitted = Recipe((Concatenate("m.csv"),)).learn(frame, SCHEMA.drop(["y"]), folder=tmp_path)
        (tmp_path / "m.csv").unlink()
        assert fitted.transform(frame.head(1)).rows() == [("b", 1, 1.0), ("q", 1, 7.0), (None, 1, 8.5)]

    @pytest.mark.parametrize(
        ("step", "message"),
        [
            (Concatenate(({"shop": "a", "day": 1},)), r"'x'"),
            (Concatenate(({"shop": "a", "day": "one", "x": 1.0},)), "day"),
            (Concatenate(MORE, source="x"), "There is a column 'x' already"),
            (Concatenate(MORE, source=""), "an empty `source`"),
            (Concatenate(()), "an empty table"),
        ],
    )
    def test_what_cannot_be_appended(self, step: Step, message: str) -> None:
        with pytest.raises((RecipeError, ConfigError, SchemaError), match=message):
            fit(step)
