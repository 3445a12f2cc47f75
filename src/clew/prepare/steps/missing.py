"""Missing values: fill them, remember where they were, or take their rows away."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Direction, Kind, Schema
from clew.prepare.dtypes import WHOLE, is_number
from clew.prepare.lineage import derive
from clew.prepare.registry import register
from clew.prepare.step import ColumnStep, Function, Made, State, StepKind, Training
from clew.prepare.table import Expression, Language, Table, as_float, batches, present

Value = bool | int | float | str


@register
@dataclass(frozen=True)
class FillMissing(ColumnStep):
    """Replace missing values by one value per column.

    The value is learnt from the training rows (infinite numbers aside) or stated. A column without any value there has
    nothing to learn from and stays missing. Filling keeps the order of the values that are there, so a monotone
    constraint stays in force; where a missing value stands in that order is what the filling decides.

    Parameters
    ----------
    strategy : {"mean", "median", "most_frequent", "constant"}, default "median"
        Where the value comes from; the most frequent one that sorts first where several are equally frequent.
    value : bool, int, float or str, optional
        The value of the strategy ``constant``.
    """

    strategy: Literal["mean", "median", "most_frequent", "constant"] = "median"
    value: Value | None = None

    op: ClassVar[str] = "fill_missing"
    accepts: ClassVar[frozenset[Kind]] = frozenset(Kind) - {Kind.DATETIME, Kind.NESTED, Kind.IMAGE, Kind.UNKNOWN}

    def check(self) -> None:
        """Refuse a constant without a value, and a value without a constant."""
        if (self.strategy == "constant") != (self.value is not None):
            raise ConfigError(
                f"fill_missing has strategy {self.strategy!r} and value {self.value!r}; they belong together.",
                hint="A value goes with `strategy: constant`, and only with it.",
            )

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the chosen columns, all of a type that the value fits."""
        columns = super().inputs(schema)
        for column in columns:
            if self.strategy in {"mean", "median"} and not is_number(column.dtype):
                raise RecipeError(
                    f"The column {column.name!r} is {column.kind.value} ({column.dtype}) and has no {self.strategy}.",
                    hint="Use `strategy: most_frequent` or `constant`, or choose columns with `kind:numeric`.",
                )
            if self.strategy == "constant" and not _fits(self.value, column.dtype):
                raise RecipeError(
                    f"The value {self.value!r} does not fit the column {column.name!r}, which holds {column.dtype}.",
                    hint="Give a value of the column's type, and columns of other types a step of their own.",
                )
        return columns

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:  # noqa: ARG002
        """Learn one value per column."""
        if self.strategy == "constant":
            return {column.name: {"value": self.value} for column in columns}
        if self.strategy == "most_frequent":
            most = {column.name: table.counts(column)[:1] for column in columns}
            return {name: {"value": found[0][0] if found else None} for name, found in most.items()}
        return table.figures(lambda F: {c.name: {"value": getattr(present(F, c), self.strategy)()} for c in columns})

    def make(self, columns: Sequence[Column], state: State) -> Iterable[Made]:
        """Make each column without its gaps."""
        for column in columns:
            value = state[column.name]["value"]
            dtype = self._dtype(column, value)
            made = replace(derive(column, dtype=dtype, keep_values=True), nullable=value is None)
            yield Made(made, (column.name,), *_filling(column, dtype, value))

    def _dtype(self, column: Column, value: Value | None) -> str:
        if not is_number(column.dtype):
            return column.dtype
        if self.strategy in {"mean", "median"}:
            return "Float64"
        if column.dtype in WHOLE:
            low, high = WHOLE[column.dtype]
            return column.dtype if value is None or (isinstance(value, int) and low <= value <= high) else "Float64"
        return column.dtype if self.strategy == "most_frequent" else "Float64"


@register
@dataclass(frozen=True)
class MissingIndicator(ColumnStep):
    """Add a column that says whether the value was missing: ``age`` gives ``age_missing``.

    That a value is missing often tells something of its own. Place the step before one that fills the gaps.

    Parameters
    ----------
    always : bool, default False
        Whether columns without a missing value in the training rows get an indicator too.
    """

    always: bool = False

    op: ClassVar[str] = "missing_indicator"

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:  # noqa: ARG002
        """Count the missing values."""
        return table.figures(
            lambda F: {c.name: {"missing": F.col(c.name).null_count(), "rows": F.col(c.name).len()} for c in columns}
        )

    def make(self, columns: Sequence[Column], state: State) -> Iterable[Made]:
        """Make an indicator for each column that needs one."""
        for column in columns:
            if self.always or state[column.name]["missing"]:
                name = f"{column.name}_missing"
                made = derive(column, name=name, dtype="Boolean", kind=Kind.BOOLEAN, direction=Direction.LOSES)
                yield Made(replace(made, nullable=False), (column.name,), *_gap_in(column))

    def learned(self, columns: Sequence[Column], state: State) -> Mapping[str, Any]:  # noqa: ARG002
        """Return how many values were missing, where any were."""
        return {name: found for name, found in state.items() if found["missing"]}


@register
@dataclass(frozen=True)
class DropMissing(ColumnStep):
    """Take away the training rows that lack values.

    Acts in fitting only: a row that is to be predicted always gets its answer.

    Parameters
    ----------
    how : {"any", "all"}, default "any"
        A row goes if any of the chosen columns is missing in it, or if all of them are.
    threshold : int, optional
        A row goes if fewer than this many of the chosen columns have a value, whatever `how` says.
    """

    how: Literal["any", "all"] = "any"
    threshold: int | None = None

    op: ClassVar[str] = "drop_missing"
    kind: ClassVar[StepKind] = StepKind.ROWS

    def check(self) -> None:
        """Refuse a threshold that every row would meet."""
        if self.threshold is not None and self.threshold < 1:
            raise ConfigError(f"drop_missing has threshold {self.threshold}; a whole number above 0 is needed.")

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:  # noqa: ARG002
        """Count the rows that go, for people."""
        present = self._present(table, columns)
        return {"rows": len(present), "gone": int((present < self._least(columns)).sum())}

    def rows(self, table: Table, training: Training) -> NDArray[np.int64]:
        """Return the positions of the rows with enough values."""
        columns = self.inputs(training.schema)
        present = self._present(table, columns)
        kept = np.flatnonzero(present >= self._least(columns)).astype(np.int64)
        if len(present) and not len(kept):
            raise RecipeError(
                f"Each of {len(present)} rows lacks too many of {len(columns)} columns.",
                hint="Choose fewer columns, a smaller `threshold`, or fill the gaps with fill_missing.",
            )
        return kept

    def _least(self, columns: Sequence[Column]) -> int:
        least = len(columns) if self.how == "any" else 1
        return min(least if self.threshold is None else self.threshold, len(columns))

    @staticmethod
    def _present(table: Table, columns: Sequence[Column]) -> NDArray[np.int64]:
        """Return how many of the columns have a value, per row."""
        present = np.zeros(len(table), dtype=np.int64)
        for batch in batches(table, columns):
            for values in table.polars(*(column.name for column in batch)).iter_columns():
                present += values.is_not_null().to_numpy()
        return present


def _fits(value: Value | None, dtype: str) -> bool:
    if isinstance(value, bool):
        return dtype == "Boolean"
    return dtype == "String" if isinstance(value, str) else is_number(dtype)


def _filling(column: Column, dtype: str, value: Value | None) -> tuple[Expression, Function]:
    """Return how a value is put into the gaps of a column, which becomes float64 if need be."""
    widened = dtype == "Float64" and column.dtype != "Float64"
    filled = float(value) if dtype == "Float64" and value is not None else value

    def expression(F: Language) -> Any:
        there = as_float(F, column) if widened else F.col(column.name)
        return there if filled is None else there.fill_null(filled)

    def fill(value: Any) -> Any:
        return filled if value is None else value

    def fill_float(value: Any) -> Any:
        return filled if value is None else float(value)

    return expression, fill_float if widened else fill


def _gap_in(column: Column) -> tuple[Expression, Function]:
    return (lambda F: F.col(column.name).is_null()), (lambda value: value is None)
