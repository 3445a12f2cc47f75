"""Steps that are written as an expression: `filter` and `derive`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, cast

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

from clew.core.errors import ConfigError, RecipeError
from clew.core.expr import Expression, parse
from clew.core.expr.nodes import ColumnRef
from clew.core.schema import Column, Kind, Role, Schema
from clew.prepare.dtypes import dtype_name, is_number, kind_of
from clew.prepare.lineage import combine
from clew.prepare.registry import register
from clew.prepare.selectors import MissingColumnError
from clew.prepare.step import Function, Made, State, Step, StepKind, Training
from clew.prepare.table import Table, as_float


@register
@dataclass(frozen=True)
class Filter(Step):
    """Keep the training rows for which a condition holds; one that is neither true nor false counts as false.

    Acts in fitting only: a row that is to be predicted always gets its answer. The condition may look at the target.

    Parameters
    ----------
    condition : str
        An expression (see `clew.core.expr`), e.g. ``"age >= 18 and price is not null"``.
    """

    condition: str

    op: ClassVar[str] = "filter"
    kind: ClassVar[StepKind] = StepKind.ROWS

    def check(self) -> None:
        """Refuse a text that is no expression."""
        parse(self.condition)

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the columns that the condition reads."""
        return _read(parse(self.condition), schema)

    def rows(self, table: Table, training: Training) -> NDArray[np.int64]:
        """Return the positions of the rows for which the condition holds."""
        condition = _wide(parse(self.condition), training.schema).to_narwhals()
        dtype = _type_of(table, condition)
        if dtype != "Boolean":
            raise RecipeError(
                f"The condition `{self.condition}` gives {dtype}, and true or false is needed.",
                hint="Compare it with something, e.g. `age > 18`.",
            )
        holds = nw.when(condition).then(nw.lit(1)).otherwise(nw.lit(0))
        kept = np.flatnonzero(table.select({"holds": lambda _: holds}).polars("holds")["holds"].to_numpy())
        if len(table) and not len(kept):
            raise RecipeError(
                f"The condition `{self.condition}` holds for none of {len(table)} rows.", hint="Loosen the condition."
            )
        return kept.astype(np.int64)


@register
@dataclass(frozen=True)
class Derive(Step):
    """Compute a new column from others.

    Numbers are read as float64. A number becomes a numeric column, a truth value a boolean one, a text a category, a
    date a moment.
    Whether it follows the order of a source is not known, so no monotone constraint carries over.

    Parameters
    ----------
    name : str
        Name of the column; an existing one is not overwritten.
    expression : str
        An expression (see `clew.core.expr`), e.g. ``"distance / air_time"``.
    """

    name: str
    expression: str

    op: ClassVar[str] = "derive"

    def check(self) -> None:
        """Refuse a text that is no expression, and an empty name."""
        parse(self.expression)
        if not self.name:
            raise ConfigError("derive has an empty name.", hint="Name the new column: `name: speed`.")

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the columns that the expression reads."""
        columns = _read(parse(self.expression), schema)
        target = next((column.name for column in columns if column.role is Role.TARGET), None)
        if target is not None:
            raise RecipeError(
                f"The expression `{self.expression}` reads the target {target!r}, which a new row does not have.",
                hint="Use the features only; `filter` may look at the target.",
            )
        if self.name in schema:
            raise RecipeError(f"There is a column {self.name!r} already.", hint="Choose another `name`.")
        return columns

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:
        """Learn the type of the result."""
        del columns
        return {"dtype": _type_of(table, _wide(parse(self.expression), training.schema).to_narwhals())}

    def make(self, columns: Sequence[Column], state: State) -> Iterable[Made]:
        """Make the new column."""
        parsed = parse(self.expression)
        computed = _wide(parsed, Schema(tuple(columns))).to_narwhals()
        dtype = "Float64" if is_number(state["dtype"]) else state["dtype"]
        if dtype == "Float64":
            computed = computed.cast(nw.Float64)
            # NaN (0/0, the root of a negative number) is a missing value; without a column there is none to compare.
            computed = computed.fill_nan(None) if columns else computed
        names = tuple(column.name for column in columns)
        numbers = tuple(is_number(column.dtype) for column in columns)
        function = _evaluating(parsed, names, numbers, returns_number=dtype == "Float64")
        made = combine(columns, name=self.name, dtype=dtype, kind=kind_of(dtype))
        yield Made(made, names, lambda _: computed, function)


def _read(expression: Expression, schema: Schema) -> tuple[Column, ...]:
    for name in sorted(expression.columns):
        if name not in schema:
            raise MissingColumnError(name, schema.names, f", which the expression `{expression}` reads")
    return tuple(column for column in schema if column.name in expression.columns)


@dataclass(frozen=True, slots=True)
class _Wide(ColumnRef):
    """A number as float64: on a frame, integers would overflow and float32 would round."""

    dtype: str = "Float64"

    def to_narwhals(self) -> nw.Expr:
        expression: nw.Expr = as_float(nw, Column(self.name, self.dtype, Kind.NUMERIC))
        return expression


def _wide(expression: Expression, schema: Schema) -> Expression:
    """Return the expression with every number read as float64."""
    if isinstance(expression, ColumnRef):
        dtype = schema[expression.name].dtype
        return _Wide(expression.name, dtype) if is_number(dtype) else expression
    changed: dict[str, Any] = {}
    for field in fields(cast("Any", expression)):
        value = getattr(expression, field.name)
        if isinstance(value, Expression):
            changed[field.name] = _wide(value, schema)
        elif isinstance(value, tuple):
            changed[field.name] = tuple(_wide(item, schema) for item in value)
    return cast("Expression", replace(cast("Any", expression), **changed)) if changed else expression


def _type_of(table: Table, expression: nw.Expr) -> str:
    """Return the type of the result, found on the frame without rows."""
    try:
        return dtype_name(table.narwhals().head(0).select(expression.alias("result")).collect_schema()["result"])
    except Exception as error:
        raise RecipeError(
            f"The expression cannot be computed: {error}.",
            hint="Compare numbers with numbers and texts with quoted texts; convert a column with the step cast.",
        ) from error


def _evaluating(
    expression: Expression, names: tuple[str, ...], numbers: tuple[bool, ...], *, returns_number: bool
) -> Function:
    def evaluate(*values: Any) -> Any:
        row = {
            name: float(value) if number and value is not None else value
            for name, number, value in zip(names, numbers, values, strict=True)
        }
        result = expression.evaluate(row)
        if result is None or not returns_number:
            return result
        number = float(result)
        return None if number != number else number

    return evaluate
