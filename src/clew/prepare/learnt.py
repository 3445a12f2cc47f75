"""Figures in an expression, such as ``avg(price)`` or ``avg(price by shop)``: learnt once, then plain values.

Infinite values have no place in a figure. What a group says is found by the value of its column; a group that was not
seen, and a missing one, has no figure: ``coalesce(avg(price by shop), avg(price))`` says what to take instead.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any, TypeAlias, cast

import polars as pl

from clew.core.errors import RecipeError
from clew.core.expr import Expression
from clew.core.expr.aggregates import Aggregate
from clew.core.expr.nodes import ColumnRef, Literal, Row
from clew.core.schema import Column, Kind, Schema
from clew.prepare.dtypes import dtype_name, family, is_number
from clew.prepare.mapping import looked_up
from clew.prepare.table import Language, Table, as_float, stored_as
from clew.prepare.values import said

#: Groups whose figures a recipe carries at most.
MAX_GROUPS = 200_000
#: What was learnt: the figures by their text.
Learnt: TypeAlias = Mapping[str, Mapping[str, Any]]

_OF_NUMBERS = frozenset({"avg", "std", "stddev", "stddev_pop", "sum", "variance", "variance_pop"})
#: How each figure is computed by Polars; missing values are left out, and of none there is no figure but a count.
_FIGURES: Mapping[str, Callable[[pl.Expr], pl.Expr]] = {
    "approx_count_distinct": lambda x: x.drop_nulls().n_unique().cast(pl.Int64),
    "avg": lambda x: x.mean(),
    "count": lambda x: x.count().cast(pl.Int64),
    "first": lambda x: x.drop_nulls().first(),
    "last": lambda x: x.drop_nulls().last(),
    "max": lambda x: x.max(),
    "min": lambda x: x.min(),
    "std": lambda x: x.std(ddof=1),
    "stddev": lambda x: x.std(ddof=1),
    "stddev_pop": lambda x: x.std(ddof=0),
    "sum": lambda x: pl.when(x.count() > 0).then(x.sum()),
    "variance": lambda x: x.var(ddof=1),
    "variance_pop": lambda x: x.var(ddof=0),
}


@dataclass(frozen=True, slots=True)
class Wide(ColumnRef):
    """A number as float64: on a frame, integers would overflow and float32 would round."""

    dtype: str = "Float64"

    def frame(self, F: Language) -> Any:
        """As documented on the base class."""
        return as_float(F, Column(self.name, self.dtype, Kind.NUMERIC))

    def compute(self, row: Row) -> Any:
        """As documented on the base class."""
        value = row[self.name]
        return None if value is None else float(value)


@dataclass(frozen=True, slots=True)
class _Figure(Literal):
    """A figure that was learnt; it has a type also where there was nothing to learn it from."""

    dtype: str = "Float64"

    def frame(self, F: Language) -> Any:
        known = F.Datetime("us") if family(self.dtype) == "Datetime" else stored_as(F, self.dtype)
        return F.lit(self.value, known)


@dataclass(frozen=True, slots=True, eq=False)
class _Found(Expression):
    """The figure of the group that a row belongs to."""

    column: Column
    making: Any
    finding: Callable[[Any], Any]

    @property
    def columns(self) -> frozenset[str]:
        return frozenset({self.column.name})

    def frame(self, F: Language) -> Any:
        return self.making(F)

    def compute(self, row: Row) -> Any:
        return self.finding(row[self.column.name])


def changed(expression: Expression, change: Callable[[Expression], Expression | None]) -> Expression:
    """Return an expression with some of its nodes replaced.

    Parameters
    ----------
    expression : Expression
        The whole.
    change : callable
        Takes a node and returns another one, or None where the node stays and what is below it is looked at.
    """
    new = change(expression)
    if new is not None:
        return new
    values = {field.name: getattr(expression, field.name) for field in fields(cast("Any", expression))}
    other = {name: _changed_in(value, change) for name, value in values.items()}
    return expression if other == values else cast("Expression", replace(cast("Any", expression), **other))


def _changed_in(value: Any, change: Callable[[Expression], Expression | None]) -> Any:
    if isinstance(value, Expression):
        return changed(value, change)
    return tuple(_changed_in(item, change) for item in value) if isinstance(value, tuple) else value


def wide(expression: Expression, schema: Schema) -> Expression:
    """Return the expression with every number read as float64."""

    def change(node: Expression) -> Expression | None:
        if isinstance(node, ColumnRef) and is_number(schema[node.name].dtype):
            return Wide(node.name, schema[node.name].dtype)
        if isinstance(node, Aggregate):
            # The column that makes groups is looked up as it is.
            argument = None if node.argument is None else changed(node.argument, change)
            return Aggregate(node.name, argument, node.by)
        return None

    return changed(expression, change)


def nodes(expression: Expression) -> Iterable[Expression]:
    """Yield an expression and everything below it."""
    yield expression
    for child in expression.children:
        yield from nodes(child)


def aggregates(expression: Expression) -> tuple[Aggregate, ...]:
    """Return the figures that an expression asks for, each once."""
    return tuple(dict.fromkeys(node for node in nodes(expression) if isinstance(node, Aggregate)))


def learn(expression: Expression, table: Table, schema: Schema) -> Learnt:
    """Learn the figures that an expression asks for.

    Parameters
    ----------
    expression : Expression
        With plain columns.
    table : Table
        Training rows.
    schema : Schema
        Their columns.

    Returns
    -------
    mapping
        Text of each figure → its ``value`` and ``dtype``, or for groups a ``table`` of ``key`` and ``value``.

    Raises
    ------
    RecipeError
        If a figure cannot be computed of what it is asked for, or there are too many groups.
    """
    return {str(aggregate): _learn(aggregate, table, schema) for aggregate in aggregates(expression)}


def _learn(aggregate: Aggregate, table: Table, schema: Schema) -> Mapping[str, Any]:
    if aggregate.argument is None:
        return {"value": len(table), "dtype": "Int64"}
    argument = wide(aggregate.argument, schema)
    made: dict[str, Callable[[Language], Any]] = {"value": argument.frame}
    if aggregate.by is not None:
        name = aggregate.by.name
        made["key"] = lambda F: F.col(name)
    try:
        rows = table.select(made).polars(*made)
    except Exception as error:
        raise RecipeError(
            f"The figure `{aggregate}` cannot be computed: {said(error)}.",
            hint="Compare numbers with numbers and texts with quoted texts; convert a column with the step cast.",
        ) from error
    rows = rows.with_columns(_numbers(rows["value"], aggregate))
    figure = _FIGURES[aggregate.name](pl.col("value")).alias("value")
    if aggregate.by is None:
        one = rows.select(figure)["value"]
        return {"value": _plain(one.item()), "dtype": dtype_name(one.dtype)}
    found = rows.drop_nulls("key").group_by("key", maintain_order=True).agg(figure).sort("key")
    if len(found) > MAX_GROUPS:
        raise RecipeError(
            f"The figure `{aggregate}` has {len(found)} groups, and {MAX_GROUPS} are the most.",
            hint="Use a column with fewer values.",
        )
    if not (found["value"].dtype.is_numeric() or found["value"].dtype in {pl.String, pl.Boolean}):
        raise RecipeError(
            f"The figure `{aggregate}` gives {found['value'].dtype} per group; numbers, texts and truth values can be.",
            hint="Leave `by` out, or take a part such as year(…) of it.",
        )
    return {"table": found}


def _numbers(values: pl.Series, aggregate: Aggregate) -> pl.Series:
    """Return the values that a figure is computed from: finite, if they are numbers."""
    if aggregate.name in _OF_NUMBERS and not (values.dtype.is_numeric() or values.dtype == pl.Boolean):
        raise RecipeError(
            f"The figure `{aggregate}` is asked for of {values.dtype}, and needs numbers.",
            hint="Use count, approx_count_distinct, min, max, first or last, or convert the column with the step cast.",
        )
    if isinstance(values.dtype, pl.Datetime) and values.dtype.time_zone:
        raise RecipeError(
            f"The figure `{aggregate}` is asked for of moments with a time zone.",
            hint="Take a part of it, such as year(…), or give the column no time zone.",
        )
    if values.dtype.is_numeric() or values.dtype == pl.Boolean:
        floats = values.cast(pl.Float64)
        return floats.set(~floats.is_finite(), None)
    return values


def _plain(value: Any) -> Any:
    """Return a value that JSON can hold; moments as a mapping."""
    if isinstance(value, datetime):
        return {"datetime": value.isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    return None if isinstance(value, float) and value != value else value


def bind(expression: Expression, learnt: Learnt, columns: Sequence[Column]) -> Expression:
    """Return the expression with what was learnt in the place of its figures.

    Parameters
    ----------
    expression : Expression
        As it was given to `learn`.
    learnt : mapping
        What `learn` returned.
    columns : sequence of Column
        Those that it reads.
    """
    schema = Schema(tuple(columns))

    def change(node: Expression) -> Expression | None:
        if not isinstance(node, Aggregate):
            return None
        found = learnt[str(node)]
        if node.by is None:
            return _Figure(_moment(found["value"]), found["dtype"])
        column, table = schema[node.by.name], found["table"]
        dtype = str(table["value"].dtype)
        stored = "Float64" if is_number(dtype) else dtype
        values = table["value"].cast(pl.Float64) if stored == "Float64" else table["value"]
        keys = table["key"].to_list()
        return _Found(column, *looked_up(column, keys, values.to_list(), dtype=stored))

    return changed(expression, change)


def _moment(value: Any) -> Any:
    if isinstance(value, Mapping):
        return datetime.fromisoformat(value["datetime"]) if "datetime" in value else date.fromisoformat(value["date"])
    return value
