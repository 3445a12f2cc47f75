"""A query of one's own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import polars as pl

from clew.collect.dtypes import dtype_name, dtype_of
from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Direction, Role, Schema
from clew.prepare.dtypes import kind_of
from clew.prepare.engines import check_names
from clew.prepare.lineage import combine
from clew.prepare.query import TABLE, Query, read_query, run_query
from clew.prepare.registry import register
from clew.prepare.selectors import MissingColumnError
from clew.prepare.step import State, Step, StepKind, Training
from clew.prepare.table import Table


@register
@dataclass(frozen=True)
class Sql(Step):
    """Run one SELECT over the rows, in DuckDB's SQL; they are a table called ``df``.

    The query runs by itself: it reads no files and no other tables, changes nothing, and is ended if it takes too long
    or too much memory. Rows come out in the order of its ORDER BY; without one, no order is promised. A column that it
    hands on as it is keeps what is known of it; of any other it is known which columns it may be made from.

    Parameters
    ----------
    query : str
        ``SELECT … FROM df``.
    timeout_s : float, default 600
        It is ended after this many seconds.
    memory_gb : float, default 4
        The most memory it may take, and its result, in gigabytes.
    """

    query: str
    timeout_s: float = 600.0
    memory_gb: float = 4.0

    op: ClassVar[str] = "sql"
    kind: ClassVar[StepKind] = StepKind.RESHAPE

    def check(self) -> None:
        """Refuse what is no single SELECT over the rows."""
        if not (self.timeout_s > 0 and self.memory_gb > 0):
            raise ConfigError(
                f"sql has timeout_s {self.timeout_s} and memory_gb {self.memory_gb}; both are more than nothing.",
                hint="Leave them out for 600 seconds and 4 GB.",
            )
        read_query(self.query)

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the columns that the query may read."""
        query = read_query(self.query)
        columns = tuple(c for c in schema if query.everything or c.name.casefold() in query.columns)
        gone = sorted(query.columns - {TABLE})
        if not columns and gone:
            raise MissingColumnError(gone[0], schema.names, ", which the query reads")
        if not columns:
            raise RecipeError("The query reads no column of the table.", hint="Write SELECT … FROM df.")
        for column in columns:
            if column.role is Role.TARGET and column.name.casefold() in query.inside:
                raise RecipeError(
                    f"The query reads the target {column.name!r}, which a new row does not have.",
                    hint="Hand it on by its name or by *, and compute features without it.",
                )
        check_names("duckdb", (column.name for column in columns))
        return columns

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:  # noqa: ARG002
        """Learn the columns of the result, from the types alone."""
        nothing = replace(table, frame=table.frame.head(0)).polars(*(column.name for column in columns))
        return {"columns": {name: dtype_name(dtype) for name, dtype in self._run(nothing).schema.items()}}

    def reshape(self, table: Table, columns: Sequence[Column], state: State) -> Table:  # noqa: ARG002
        """Return the result."""
        names = [column.name for column in columns]

        def select(rows: pl.LazyFrame) -> pl.LazyFrame:
            there = rows.collect_schema().names()
            # What is no feature may be missing in a new table; the query still names it.
            gone = [column for column in columns if column.name not in there]
            filled = rows.with_columns(pl.lit(None, dtype=_type_of(column)).alias(column.name) for column in gone)
            result = self._run(filled.select(names).collect())
            result = result.drop([column.name for column in gone if column.name in result.columns])
            return result.lazy()

        return table.through_polars(select)

    def reshaped(self, before: Schema, columns: Sequence[Column], state: State) -> Schema:  # noqa: ARG002
        """Return the columns of the result."""
        query = read_query(self.query)
        return Schema(tuple(_described(name, dtype, columns, query) for name, dtype in state["columns"].items()))

    def needs(self, before: Schema, columns: Sequence[Column], wanted: frozenset[str]) -> frozenset[str]:  # noqa: ARG002
        """Return the features that the query may read, and what else it reads within."""
        inside = read_query(self.query).inside
        return frozenset(c.name for c in columns if c.role is Role.FEATURE or c.name.casefold() in inside)

    def learned(self, columns: Sequence[Column], state: State) -> Mapping[str, Any]:  # noqa: ARG002 - in the state
        """Return the columns of the result with their types."""
        return state

    def _run(self, rows: pl.DataFrame) -> pl.DataFrame:
        return run_query(self.query, rows, timeout_s=self.timeout_s, memory_gb=self.memory_gb)


def _type_of(column: Column) -> pl.DataType:
    return dtype_of(column.dtype) or pl.String()


def _described(name: str, dtype: str, columns: Sequence[Column], query: Query) -> Column:
    """Describe a column of the result: itself, if it is handed on, else one made from all that the query reads."""
    same = next((column for column in columns if column.name.casefold() == name.casefold()), None)
    if same is not None and same.dtype == dtype and query.hands_on(name):
        return replace(same, name=name)
    features = [column for column in columns if column.role is not Role.TARGET] or columns
    made = combine(features, name=name, dtype=dtype, kind=kind_of(dtype))
    return replace(made, direction=Direction.LOSES)
