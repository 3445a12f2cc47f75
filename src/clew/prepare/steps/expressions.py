"""Steps that are written as an expression: `filter` and `derive`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.core.errors import ConfigError, RecipeError
from clew.core.expr import Expression, parse
from clew.core.expr.calculations import Call, Case
from clew.core.schema import Column, Role, Schema
from clew.prepare.dtypes import dtype_name, is_number, kind_of
from clew.prepare.learnt import bind, learn, nodes, wide
from clew.prepare.lineage import combine
from clew.prepare.registry import register
from clew.prepare.selectors import MissingColumnError
from clew.prepare.step import Function, Made, State, Step, StepKind, Training
from clew.prepare.table import Language, Table
from clew.prepare.values import said

#: Groups whose figures are told, for people.
_SHOWN = 5


@register
@dataclass(frozen=True)
class Filter(Step):
    """Keep the training rows for which a condition holds; one that is neither true nor false counts as false.

    Acts in fitting only: a row that is to be predicted always gets its answer. The condition may look at the target.

    Parameters
    ----------
    condition : str
        An expression (see `clew.core.expr`), e.g. ``"age >= 18 and price is not null"``; it may compare with figures
        of the training rows, e.g. ``"price < 5 * avg(price)"``.
    """

    condition: str

    op: ClassVar[str] = "filter"
    kind: ClassVar[StepKind] = StepKind.ROWS

    def check(self) -> None:
        """Refuse a text that is no expression."""
        self._parsed()

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the columns that the condition reads."""
        return _read(self._parsed(), schema)

    def rows(self, table: Table, training: Training) -> NDArray[np.int64]:
        """Return the positions of the rows for which the condition holds."""
        parsed, schema = self._parsed(), training.schema
        learnt = learn(parsed, table, schema)
        condition = wide(bind(parsed, learnt, schema.columns), schema)
        dtype = _type_of(table, condition)
        if dtype != "Boolean":
            raise RecipeError(
                f"The condition `{self.condition}` gives {dtype}, and true or false is needed.",
                hint="Compare it with something, e.g. `age > 18`.",
            )
        holds = table.select({"holds": lambda F: F.when(condition.frame(F)).then(F.lit(1)).otherwise(F.lit(0))})
        kept = np.flatnonzero(holds.polars("holds")["holds"].to_numpy())
        if len(table) and not len(kept):
            raise RecipeError(
                f"The condition `{self.condition}` holds for none of {len(table)} rows.", hint="Loosen the condition."
            )
        return kept.astype(np.int64)

    def _parsed(self) -> Expression:
        return parse(self.condition, aggregates=True)


@register
@dataclass(frozen=True)
class Derive(Step):
    """Compute a new column from others.

    Numbers are read as float64. A number becomes a numeric column, a truth value a boolean one, a text a category, a
    date a moment. Figures over many rows (``avg(price)``, ``max(price by shop)``) are learnt from the training rows and
    stay what they were then. Whether the result follows the order of a source is not known, so no monotone constraint
    carries over.

    Parameters
    ----------
    name : str
        Name of the column; an existing one is not overwritten.
    expression : str
        An expression (see `clew.core.expr`), e.g. ``"distance / air_time"`` or ``"price - avg(price by shop)"``.
    """

    name: str
    expression: str

    op: ClassVar[str] = "derive"

    def check(self) -> None:
        """Refuse a text that is no expression, and an empty name."""
        self._parsed()
        if not self.name:
            raise ConfigError("derive has an empty name.", hint="Name the new column: `name: speed`.")

    def refuses(self, engine: str) -> str | None:
        """Return why it cannot run on an engine; None if it can."""
        cuts = any(isinstance(node, Call) and node.name == "date_trunc" for node in nodes(self._parsed()))
        if engine == "pyspark" and cuts:
            return "it cuts moments off in the time zone of its session"
        return super().refuses(engine)

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the columns that the expression reads."""
        columns = _read(self._parsed(), schema)
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
        """Learn the figures that the expression asks for, and the type of the result."""
        parsed = self._parsed()
        learnt = learn(parsed, table, training.schema)
        computed = wide(bind(parsed, learnt, columns), training.schema)
        state = {"dtype": _type_of(table, computed)}
        return {**state, "figures": learnt} if learnt else state

    def make(self, columns: Sequence[Column], state: State) -> Iterable[Made]:
        """Make the new column."""
        schema = Schema(tuple(columns))
        computed = wide(bind(self._parsed(), state.get("figures", {}), columns), schema)
        dtype = "Float64" if is_number(state["dtype"]) else state["dtype"]

        def expression(F: Language) -> Any:
            value = computed.frame(F)
            if dtype != "Float64":
                return value
            # NaN (0/0, the root of a negative number) is a missing value; without a column there is none to compare.
            return value.cast(F.Float64).fill_nan(None) if columns else value.cast(F.Float64)

        names = tuple(column.name for column in columns)
        made = combine(columns, name=self.name, dtype=dtype, kind=kind_of(dtype))
        yield Made(made, names, expression, _evaluating(computed, names, returns_number=dtype == "Float64"))

    def learned(self, columns: Sequence[Column], state: State) -> Mapping[str, Any]:  # noqa: ARG002
        """Return the type of the result and the figures; of many groups the first ones."""
        figures = {
            text: found if "value" in found else {"groups": len(found["table"]), "first": _some(found["table"])}
            for text, found in state.get("figures", {}).items()
        }
        return {"dtype": state["dtype"], **({"figures": figures} if figures else {})}

    def _parsed(self) -> Expression:
        return parse(self.expression, aggregates=True)


def _read(expression: Expression, schema: Schema) -> tuple[Column, ...]:
    for name in sorted(expression.columns):
        if name not in schema:
            raise MissingColumnError(name, schema.names, f", which the expression `{expression}` reads")
    return tuple(column for column in schema if column.name in expression.columns)


def _type_of(table: Table, expression: Expression) -> str:
    """Return the type of the result, found on the frame without rows.

    Raises
    ------
    RecipeError
        If it cannot be computed, or chooses between a text and a number.
    """
    try:
        for node in nodes(expression):
            kinds = {_kind_of(_found_type(table, value)) for value in _choices(node)} - {None}
            if len(kinds) > 1:
                raise RecipeError(
                    f"`{node}` chooses between {' and '.join(sorted(map(str, kinds)))}.",
                    hint="Let all choices be of one kind; convert a column with the step cast.",
                )
        return _found_type(table, expression)
    except RecipeError:
        raise
    except Exception as error:
        raise RecipeError(
            f"The expression `{expression}` cannot be computed: {said(error)}.",
            hint="Compare numbers with numbers and texts with quoted texts; convert a column with the step cast.",
        ) from error


def _found_type(table: Table, expression: Expression) -> str:
    frame = table.frame.head(0).select(expression.frame(table.language).alias("result"))
    return dtype_name(frame.collect_schema()["result"])


def _choices(node: Expression) -> tuple[Expression, ...]:
    """Return the values that a node takes one of; an engine would make texts of numbers to give them one type."""
    if isinstance(node, Case):
        return node.values
    return node.arguments if isinstance(node, Call) and node.name in {"coalesce", "least", "greatest"} else ()


def _kind_of(dtype: str) -> str | None:
    if dtype in {"Null", "Unknown"}:
        return None
    return "numbers" if is_number(dtype) else {"String": "texts", "Boolean": "truth values"}.get(dtype, "moments")


def _some(table: pl.DataFrame) -> dict[str, Any]:
    return {str(key): value for key, value in table.head(_SHOWN).iter_rows()}


def _evaluating(expression: Expression, names: tuple[str, ...], *, returns_number: bool) -> Function:
    def evaluate(*values: Any) -> Any:
        result = expression.evaluate(dict(zip(names, values, strict=True)))
        if result is None or not returns_number:
            return result
        number = float(result)
        return None if number != number else number

    return evaluate
