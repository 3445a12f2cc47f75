"""`check_step` finds every way in which a step can break its promises."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import polars as pl
import pytest

from clew.core.schema import Column, Direction, Kind, Schema
from clew.define.problem import Task
from clew.prepare.lineage import derive
from clew.prepare.registry import register
from clew.prepare.step import ColumnStep, Made, State, Training
from clew.prepare.steps import Scale, TargetMean
from clew.prepare.table import Table
from clew.testing.step import check_step

FRAME = pl.DataFrame({"x": [3.0, None, 1.5, -2.0, 8.0, 0.1], "c": ["a", "b", None, "a", "b", "a"]})
SCHEMA = Schema((Column("x", "Float64", Kind.NUMERIC), Column("c", "String", Kind.CATEGORICAL)))
TARGET = np.array(["n", "y", "n", "y", "n", "y"], dtype=object)


def made(column: Column, expression: Any, function: Any, **facts: Any) -> Made:
    return Made(derive(column, dtype=facts.pop("dtype", "Float64"), **facts), (column.name,), expression, function)


def plus(number: float) -> Any:
    return lambda value: None if value is None else value + number


class Base(ColumnStep):
    accepts: ClassVar[frozenset[Kind]] = frozenset({Kind.NUMERIC})


@register
@dataclass(frozen=True)
class RowDiffers(Base):
    op: ClassVar[str] = "test_row_differs"

    def make(self, columns: Sequence[Column], state: State) -> Iterable[Made]:
        return [made(column, lambda F: F.col("x") + 1.0, plus(1.0000000000000002)) for column in columns]


@register
@dataclass(frozen=True)
class OtherType(Base):
    op: ClassVar[str] = "test_other_type"

    def make(self, columns: Sequence[Column], state: State) -> Iterable[Made]:
        return [made(column, lambda F: F.col("x") + 1.0, plus(1.0), dtype="Int64") for column in columns]


@register
@dataclass(frozen=True)
class MakesNan(Base):
    op: ClassVar[str] = "test_makes_nan"

    def make(self, columns: Sequence[Column], state: State) -> Iterable[Made]:
        return [made(column, lambda F: F.col("x") * float("nan"), lambda value: value) for column in columns]


@register
@dataclass(frozen=True)
class LooksAround(Base):
    op: ClassVar[str] = "test_looks_around"

    def make(self, columns: Sequence[Column], state: State) -> Iterable[Made]:
        return [made(column, lambda F: F.col("x") - F.col("x").mean(), plus(-2.12)) for column in columns]


@register
@dataclass(frozen=True)
class ClaimsOrder(Base):
    op: ClassVar[str] = "test_claims_order"

    def make(self, columns: Sequence[Column], state: State) -> Iterable[Made]:
        return [made(c, lambda F: F.col("x").abs(), lambda v: None if v is None else abs(v)) for c in columns]


@register
@dataclass(frozen=True)
class NeedsRows(Base):
    op: ClassVar[str] = "test_needs_rows"

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:
        return {"mean": float(table.polars("x")["x"].mean())}  # type: ignore[arg-type]

    def make(self, columns: Sequence[Column], state: State) -> Iterable[Made]:
        return [made(c, lambda F: F.col("x") - state["mean"], plus(-state["mean"])) for c in columns]


@register
@dataclass(frozen=True)
class Forgets(Base):
    op: ClassVar[str] = "test_forgets"
    by: tuple[float, ...] = (1.0,)

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:
        return {1: 1.0, "key": 2.0}  # type: ignore[dict-item]

    def make(self, columns: Sequence[Column], state: State) -> Iterable[Made]:
        shift = state.get(1, 5.0)  # type: ignore[call-overload]
        return [made(c, lambda F: F.col("x") + shift, plus(shift)) for c in columns]


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (RowDiffers("x"), r"row \d: \(on columns, on the row\) differ"),
        (OtherType("x"), "the output schema is not what comes out"),
        (MakesNan("x"), "'x' holds NaN instead of null"),
        (LooksAround("x"), "differ|a row changes with the rows around it"),
        (ClaimsOrder("x"), "claims that it keeps the order of 'x', and it does not"),
        (Forgets("x"), "saving and loading changed"),
    ],
)
def test_broken_promise_is_found(step: ColumnStep, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        check_step(step, FRAME, SCHEMA, TARGET, task=Task.BINARY)


def test_step_that_cannot_do_without_rows_is_found() -> None:
    with pytest.raises(TypeError):
        check_step(NeedsRows("x"), FRAME, SCHEMA)


def test_own_target_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def fit_on_all(fitted: Any, done: Any, training: Any, split: Any) -> Any:
        return fitted.apply(done.table)

    monkeypatch.setattr("clew.prepare.training._crossfitted", fit_on_all)
    with pytest.raises(AssertionError, match="training row 0 sees its own target"):
        check_step(TargetMean("c"), FRAME, SCHEMA, TARGET, task=Task.BINARY)


@pytest.mark.parametrize("step", [Scale("x"), TargetMean("c")])
def test_good_step_passes(step: ColumnStep) -> None:
    check_step(step, FRAME, SCHEMA, TARGET, task=Task.BINARY)


def test_reversal_is_a_claim_too() -> None:
    @register
    @dataclass(frozen=True)
    class Negative(Base):
        op: ClassVar[str] = "test_negative"
        direction: str = "reverses"

        def make(self, columns: Sequence[Column], state: State) -> Iterable[Made]:
            direction = Direction(self.direction)
            return [
                made(c, lambda F: F.col("x") * -1.0, lambda v: None if v is None else v * -1.0, direction=direction)
                for c in columns
            ]

    check_step(Negative("x"), FRAME, SCHEMA)
    with pytest.raises(AssertionError, match="claims that it keeps the order"):
        check_step(Negative("x", "keeps"), FRAME, SCHEMA)
