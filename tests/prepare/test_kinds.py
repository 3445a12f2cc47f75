"""Steps that make blocks of columns, that look at the rows around a row, and that make other rows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from clew.collect.source import read
from clew.core.errors import RecipeError, UsageError
from clew.core.schema import Column, Direction, Kind, Role, Schema
from clew.define.problem import Task, define_problem
from clew.prepare import registry
from clew.prepare.lineage import combine, derive
from clew.prepare.recipe import Recipe
from clew.prepare.step import Block, ColumnStep, Made, Remade, Step, StepKind, Training
from clew.prepare.steps import Filter, Scale, TargetMean
from clew.prepare.table import Table
from clew.testing.step import check_step
from clew.train.automl import TrainSpec, train

SCHEMA = Schema(
    (
        Column("shop", "String", Kind.CATEGORICAL),
        Column("day", "Int64", Kind.NUMERIC),
        Column("sold", "Float64", Kind.NUMERIC),
        Column("price", "Float64", Kind.NUMERIC),
        Column("good", "String", Kind.CATEGORICAL, role=Role.TARGET),
    )
)
FRAME = pl.DataFrame(
    {
        "shop": ["a", "b", "a", "b", "a", None] * 5,
        "day": list(range(30)),
        "sold": [1.0, None, 3.0, 4.0, -5.0, 6.0] * 5,
        "price": [2.0, 1.0, 0.5, None, 4.0, 1.5] * 5,
        "good": ["yes", "no", "yes", "no", "no", "yes"] * 5,
    }
)


@dataclass(frozen=True)
class Polar(ColumnStep):
    """Make radius and angle of two columns, together."""

    op: ClassVar[str] = "polar"

    def blocks(self, columns: Sequence[Column], state: Any) -> list[Block]:
        names = [column.name for column in columns]
        made = tuple(combine(columns, name=name, dtype="Float64", kind=Kind.NUMERIC) for name in ("radius", "angle"))

        def both(frame: pl.DataFrame) -> pl.DataFrame:
            rows = [self._of(*row) for row in frame.select(names).rows()]
            return pl.DataFrame(rows, schema={"radius": pl.Float64, "angle": pl.Float64}, orient="row")

        return [Block(made, tuple(names), both, self._of)]

    def drops(self, columns: Sequence[Column], state: Any) -> list[str]:
        return [column.name for column in columns]

    @staticmethod
    def _of(x: float | None, y: float | None) -> tuple[float | None, float | None]:
        return (None, None) if x is None or y is None else (float(np.hypot(x, y)), float(np.arctan2(y, x)))


@dataclass(frozen=True)
class Before(ColumnStep):
    """The value of the row before, in each shop."""

    op: ClassVar[str] = "before"
    kind: ClassVar[StepKind] = StepKind.WINDOW
    not_on: ClassVar = {"pyarrow": "it has no windows over groups"}

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        return (*super().inputs(schema), schema["shop"], schema["day"])

    def make(self, columns: Sequence[Column], state: Any) -> list[Made]:
        column = columns[0]
        made = derive(column, name=f"{column.name}_before", direction=Direction.LOSES)
        sources = tuple(dict.fromkeys(item.name for item in columns))
        return [Made(made, sources, lambda F: F.col(column.name).shift(1).over("shop", order_by="day"))]


@dataclass(frozen=True)
class Totals(Step):
    """One row per shop, or per shop and target."""

    keys: tuple[str, ...] = ("shop",)

    op: ClassVar[str] = "totals"
    kind: ClassVar[StepKind] = StepKind.RESHAPE

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        return tuple(schema[name] for name in (*self.keys, "sold"))

    def reshape(self, table: Table, columns: Sequence[Column], state: Any) -> Table:
        F = table.language
        grouped = table.frame.group_by(*self.keys).agg(F.col("sold").sum().alias("total"))
        return replace(table, frame=grouped.sort(*self.keys, nulls_last=True))

    def reshaped(self, before: Schema, columns: Sequence[Column], state: Any) -> Schema:
        total = combine(columns, name="total", dtype="Float64", kind=Kind.NUMERIC)
        return before.select(self.keys).with_columns(total)

    def needs(self, before: Schema, columns: Sequence[Column], wanted: frozenset[str]) -> frozenset[str]:
        return frozenset({*self.keys, "sold"})


@dataclass(frozen=True)
class Halfway(Step):
    """Repeat the first rows, half as large."""

    op: ClassVar[str] = "halfway"
    kind: ClassVar[StepKind] = StepKind.ROWS

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        return ()

    def rows(self, table: Table, training: Training) -> NDArray[np.int64]:
        return np.array([*range(len(table)), 0, 1])

    def remade(self, table: Table, positions: NDArray[np.int64], training: Training) -> Remade:
        half = pl.when(pl.int_range(pl.len()) >= len(table)).then(pl.col("price") / 2).otherwise("price")
        return Remade(replace(table, frame=table.take(positions).frame.with_columns(half.alias("price"))))


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    for step in (Polar, Before, Totals, Halfway):
        monkeypatch.setitem(registry._STEPS, step.op, step)


@pytest.mark.parametrize("step", [Polar(["sold", "price"]), Before("sold")], ids=lambda step: step.op)
def test_the_contract_holds_for_blocks_and_windows(step: Step) -> None:
    check_step(step, FRAME.drop("good"), SCHEMA.drop(["good"]))


def test_a_block_makes_only_what_is_needed_and_runs_on_one_row() -> None:
    fitted = Recipe((Polar(["sold", "price"]), Scale("radius", "minmax"))).learn(FRAME, SCHEMA)
    assert fitted.output_schema.names == ("shop", "day", "good", "radius", "angle")
    row = fitted.row()({"shop": "a", "day": 1, "sold": 3.0, "price": 4.0})
    frame = fitted.transform(pl.DataFrame({"shop": ["a"], "day": [1], "sold": [3.0], "price": [4.0]}))
    assert row == frame.row(0, named=True)
    assert fitted.output_schema["radius"].raw_sources == ("sold", "price")


def test_a_step_that_makes_other_rows_takes_the_target_along_where_it_is_a_column() -> None:
    done = Recipe((Totals(("shop", "good")), TargetMean("shop"))).prepare(FRAME, SCHEMA, "good", task=Task.BINARY)
    assert len(done.frame) == len(done.target) == 4
    assert done.rows is None
    assert not done.recipe.online
    with pytest.raises(RecipeError, match="the target does not come out of it"):
        Recipe((Totals(),)).prepare(FRAME, SCHEMA, "good")
    with pytest.raises(RecipeError, match="cannot stand after one that learns from the target"):
        Recipe((TargetMean("shop"), Totals())).learn(FRAME, SCHEMA, "good", task=Task.BINARY)


def test_other_rows_come_out_of_every_engine() -> None:
    features = FRAME.drop("good")
    fitted = Recipe((Filter("day >= 0"), Totals(), Scale("total"))).learn(features, SCHEMA.drop(["good"]))
    expected = fitted.transform(features)
    assert expected.columns == ["shop", "total"]
    assert fitted.inputs.names == ("shop", "sold")
    assert fitted.transform(features.lazy()).collect().equals(expected)
    assert pl.DataFrame(fitted.transform(features.to_arrow())).equals(expected)
    assert fitted.learned()["steps"][1]["drops"] == ["day", "price", "sold"]


def test_a_model_is_not_trained_through_a_step_that_makes_other_rows() -> None:
    data = read(FRAME).with_target("good")
    problem = define_problem(data.frame["good"], data.schema["good"])
    spec = TrainSpec(trials=1, algorithms=("linear",), cpus=1, recipe=Recipe((Totals(("shop", "good")),)))
    with pytest.raises(UsageError, match=r"Step 1 \(totals\) makes other rows.*clew prepare"):
        train(data, problem, spec)


def test_rows_that_a_step_invents_keep_the_target_of_their_origin() -> None:
    done = Recipe((Halfway(),)).prepare(FRAME, SCHEMA, "good")
    assert done.rows.tolist()[-2:] == [0, 1]
    assert done.target.tolist()[-2:] == ["yes", "no"]
    assert done.frame["price"].to_list()[-2:] == [1.0, 0.5]
