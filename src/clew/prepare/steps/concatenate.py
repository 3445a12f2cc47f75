"""Rows of a stored table below those at hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import polars as pl

from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Direction, Kind, Schema
from clew.prepare.registry import register
from clew.prepare.step import State, Step, StepKind, Training
from clew.prepare.stored import Source, check_size, check_source, entered_frame, shown, stored
from clew.prepare.table import Table


@register
@dataclass(frozen=True)
class Concatenate(Step):
    """Append the rows of a stored table below, when fitting and later.

    The table has the columns that the rows have: what it has besides is left out, a column that is no feature may be
    missing in it, and its cells are read as the rows' schema says.

    Parameters
    ----------
    table : str or tuple of mapping
        File of the table, relative to the recipe's folder, or its rows.
    remove_duplicates : bool, default False
        Whether rows that are the same in all columns at hand then remain once, the first of them.
    source : str, optional
        Name of a new column that says where a row comes from.
    labels : tuple of str, default ("first", "second")
        What it says of the rows at hand, and of those appended.
    """

    table: Source
    remove_duplicates: bool = False
    source: str | None = None
    labels: tuple[str, str] = ("first", "second")

    op: ClassVar[str] = "concatenate"
    kind: ClassVar[StepKind] = StepKind.RESHAPE

    def check(self) -> None:
        """Refuse an empty table, and an empty name."""
        check_source(self.op, self.table)
        if self.source is not None and not self.source:
            raise ConfigError("concatenate has an empty `source`.", hint="Name the new column: `source: year`.")

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return nothing: the step works on rows as they are."""
        if self.source is not None and self.source in schema:
            raise RecipeError(f"There is a column {self.source!r} already.", hint="Choose another `source`.")
        return ()

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:
        """Read the table."""
        del table, columns
        found = stored(self.table, training.folder, training.schema)
        check_size(found.frame)
        return {"table": entered_frame(found)}

    def reshape(self, table: Table, columns: Sequence[Column], state: State) -> Table:  # noqa: ARG002
        """Append the rows."""
        other = state["table"]

        def appended(rows: pl.LazyFrame) -> pl.LazyFrame:
            types = rows.collect_schema()
            more = other.lazy().select(
                pl.col(name) if name in other.columns else pl.lit(None, dtype).alias(name)
                for name, dtype in types.items()
            )
            parts = [rows, more]
            if self.source is not None:
                parts = [
                    part.with_columns(pl.lit(label).alias(self.source))
                    for part, label in zip(parts, self.labels, strict=True)
                ]
            both: pl.LazyFrame = pl.concat(parts, how="vertical_relaxed")
            if self.remove_duplicates:
                return both.unique(subset=types.names(), keep="first", maintain_order=True)
            return both

        return table.through_polars(appended)

    def reshaped(self, before: Schema, columns: Sequence[Column], state: State) -> Schema:  # noqa: ARG002
        """Add the column that names the source."""
        if self.source is None:
            return before
        return before.with_columns(Column(self.source, "String", Kind.CATEGORICAL, direction=Direction.LOSES))

    def needs(self, before: Schema, columns: Sequence[Column], wanted: frozenset[str]) -> frozenset[str]:
        """Return what is handed on; every feature where rows are compared."""
        needed = super().needs(before, columns, wanted)
        if self.remove_duplicates:
            needed |= frozenset(column.name for column in before.features)
        return needed or frozenset(column.name for column in before.features[:1])

    def learned(self, columns: Sequence[Column], state: State) -> Mapping[str, Any]:  # noqa: ARG002 - in the state
        """Return the number of appended rows and the first of them."""
        return {"rows": state["table"].height, "first_rows": shown(state["table"])}
