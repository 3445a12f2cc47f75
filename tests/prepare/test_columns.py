"""Columns under other names and in other places; rows in another order, and each once."""

from typing import Any

import numpy as np
import polars as pl
import pytest

from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Kind, Role, Schema
from clew.define.problem import Task
from clew.prepare.recipe import Recipe
from clew.prepare.step import Step
from clew.prepare.steps import Drop, DropDuplicates, Duplicate, Move, Rename, Scale, Shuffle, Sort, TargetMean

SCHEMA = Schema(
    (
        Column("a", "Float64", Kind.NUMERIC, unit="m", monotonic="increasing"),
        Column("b", "String", Kind.CATEGORICAL, protected=True),
        Column("t", "Int64", Kind.NUMERIC, role=Role.TIME),
        Column("y", "String", Kind.CATEGORICAL, role=Role.TARGET),
    )
)
FRAME = pl.DataFrame(
    {
        "a": [2.0, None, 1.0, 2.0, 2.0],
        "b": ["x", "y", None, "w", "x"],
        "t": [1, 2, 3, 4, 5],
        "y": ["n", "n", "j", "j", "j"],
    }
)


def columns(*steps: Step) -> list[str]:
    done = Recipe(steps).prepare(FRAME, SCHEMA)
    fitted, prepared = done.recipe, done.frame
    assert prepared.columns == fitted.transform(FRAME).columns == list(fitted.output_schema.names)
    row = fitted.row()(FRAME.row(0, named=True))
    assert list(row.items()) == list(fitted.transform(FRAME).row(0, named=True).items())
    return prepared.columns  # type: ignore[no-any-return]


class TestColumns:
    def test_copies_are_features_of_their_own(self) -> None:
        done = Recipe((Duplicate(["a", "t"]), Scale("a"))).prepare(FRAME, SCHEMA)
        fitted, after = done.recipe, done.frame
        assert after.columns == ["a", "b", "t", "y", "a_copy", "t_copy"]
        assert after["a_copy"].to_list() == FRAME["a"].to_list()
        copy = fitted.output_schema["a_copy"]
        assert (copy.unit, copy.monotonic, copy.sources) == ("m", "increasing", ("a",))
        assert fitted.output_schema["t_copy"].role is Role.FEATURE

    def test_other_names_in_the_same_place(self) -> None:
        assert columns(Rename({"b": "colour", "t": "time"})) == ["a", "colour", "time", "y"]
        fitted = Recipe((Rename({"b": "colour", "t": "time", "a": "length"}),)).learn(FRAME, SCHEMA)
        assert fitted.output_schema["colour"].protected
        assert fitted.output_schema["time"].role is Role.TIME
        assert fitted.output_schema["length"].unit == "m"
        assert fitted.inputs.names == ("a", "b", "t")

    def test_names_change_hands(self) -> None:
        after = Recipe((Rename({"a": "b", "b": "a"}),)).prepare(FRAME, SCHEMA).frame
        assert after.columns == ["b", "a", "t", "y"]
        assert after["a"].to_list() == FRAME["b"].to_list()

    def test_renamed_time_still_goes_forward(self) -> None:
        rows = 120
        frame = pl.DataFrame({"b": ["a"] * rows, "t": range(rows)})
        recipe = Recipe((Rename({"t": "time"}), TargetMean("b", smoothing=0.0)))
        done = recipe.prepare(frame, SCHEMA.select(["b", "t"]), np.arange(rows, dtype=float), task=Task.REGRESSION)
        later = done.frame["b_target_mean"].to_list()[20:]
        assert all(value < moment for value, moment in zip(later, range(20, rows), strict=True))

    @pytest.mark.parametrize(
        ("step", "expected"),
        [
            (Move(["t", "y"], "start"), "tyab"),
            (Move("a", "end"), "btya"),
            (Move("y", "before", column="b"), "aybt"),
            (Move("a", "after", column="t"), "btay"),
            (Move(["t", "y"], "index", index=1), "atyb"),
            (Move("a", "index", index=99), "btya"),
            (Move(["a", "b"], "after", column="b"), "baty"),
        ],
    )
    def test_other_places(self, step: Step, expected: str) -> None:
        assert columns(step) == list(expected)

    def test_moved_column_may_be_dropped_later(self) -> None:
        fitted = Recipe((Move("b", "start"), Drop("b"))).learn(FRAME, SCHEMA)
        assert fitted.inputs.names == ("a",)
        assert fitted.transform(FRAME.drop("b", "t", "y")).columns == ["a"]

    @pytest.mark.parametrize("engine", ["pandas", "pyarrow", "lazy"])
    def test_places_are_kept_on_every_engine(self, engine: str) -> None:
        frame = {"pandas": FRAME.to_pandas, "pyarrow": FRAME.to_arrow, "lazy": FRAME.lazy}[engine]()
        after: Any = Recipe((Move("y", "start"), Rename({"a": "z"}))).learn(FRAME, SCHEMA).transform(frame)
        names = after.collect_schema().names() if engine == "lazy" else list(getattr(after, "column_names", after))
        assert names == ["y", "z", "b", "t"]

    @pytest.mark.parametrize(
        ("step", "message"),
        [
            (Rename({"y": "answer"}), r"Step 1 \(rename\): The column 'y' is the target.*rows are collected"),
            (Rename({"c": "d"}), r"There is no column 'c'"),
            (Rename({"a": "t"}), "The new column 't' has the name of one that is there already"),
            (Rename({"a": "z", "b": "z"}), "gives two columns one name"),
            (Rename({"a": ""}), "an empty name"),
            (Rename({}), "names no column"),
            (Duplicate("a", suffix=""), "an empty suffix"),
            (Duplicate("y"), "is the target"),
            (Move("a", "before"), "`to: before` needs `column`"),
            (Move("a", "end", column="b"), "`to: end` has no use for `column`"),
            (Move("a", "index"), "`to: index` needs `index`"),
            (Move("a", "index", index=-1), "index -1"),
            (Move("a", "after", column="z"), "There is no column 'z'"),
        ],
    )
    def test_what_cannot_be(self, step: Step, message: str) -> None:
        with pytest.raises((RecipeError, ConfigError), match=message):
            Recipe((step,)).prepare(FRAME, SCHEMA)


def order_of(step: Step, frame: pl.DataFrame = FRAME, **options: Any) -> list[int]:
    done = Recipe((step,)).prepare(frame, SCHEMA.select(frame.columns), **options)
    rows = list(range(len(frame))) if done.rows is None else done.rows.tolist()
    assert done.frame.equals(frame[rows])
    if done.target is not None:
        assert done.target.tolist() == frame["y"][rows].to_list()
    assert done.recipe.transform(frame).equals(frame)
    return rows


class TestRows:
    @pytest.mark.parametrize(
        ("step", "expected"),
        [
            (Sort("a"), [2, 0, 3, 4, 1]),
            (Sort("a", ascending=False), [0, 3, 4, 2, 1]),
            (Sort("a", nulls_last=False), [1, 2, 0, 3, 4]),
            (Sort(["a", "b"]), [2, 3, 0, 4, 1]),
            (Sort(["a", "t"], ascending=(True, False)), [2, 4, 3, 0, 1]),
            (Sort(["b", "a"]), [3, 0, 4, 1, 2]),
            (Sort(["y", "t"], ascending=(True, False)), [4, 3, 2, 1, 0]),
        ],
    )
    def test_order(self, step: Step, expected: list[int]) -> None:
        assert order_of(step) == expected

    def test_direction_for_each_column(self) -> None:
        with pytest.raises(ConfigError, match="1 values in `ascending`, and 'a, b' means 2 columns"):
            order_of(Sort(["a", "b"], ascending=(True,)))

    def test_shuffled_rows_are_the_same_rows(self) -> None:
        first, again, other = (order_of(Shuffle(), seed=seed) for seed in (1, 1, 2))
        assert first == again != other
        assert sorted(first) == [0, 1, 2, 3, 4]
        assert order_of(Shuffle(seed=1), seed=7) == first

    @pytest.mark.parametrize(
        ("step", "expected"),
        [
            (DropDuplicates(), [0, 1, 2, 3, 4]),
            (DropDuplicates(["a", "b"]), [0, 1, 2, 3]),
            (DropDuplicates(["a", "b"], keep="last"), [1, 2, 3, 4]),
            (DropDuplicates(["a", "b"], keep="none"), [1, 2, 3]),
            (DropDuplicates("y"), [0, 2]),
            (DropDuplicates("a"), [0, 1, 2]),
        ],
    )
    def test_each_row_once(self, step: Step, expected: list[int]) -> None:
        assert order_of(step) == expected

    def test_answer_makes_a_difference_where_nothing_is_said(self) -> None:
        frame = FRAME.drop("t")
        assert order_of(DropDuplicates(), frame) == [0, 1, 2, 3, 4]
        assert order_of(DropDuplicates(), frame.drop("y")) == [0, 1, 2, 3]

    def test_lists_can_be_compared(self) -> None:
        frame = pl.DataFrame({"v": [[1.0, 2.0], None, [1.0, 2.0], None, [2.0, 1.0]]})
        schema = Schema((Column("v", "List(Float64)", Kind.NESTED),))
        done = Recipe((DropDuplicates(),)).prepare(frame, schema)
        assert done.rows is not None
        assert done.rows.tolist() == [0, 1, 4]
