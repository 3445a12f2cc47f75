"""Columns from a small table that the recipe carries with it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from clew.collect.dtypes import dtype_name
from clew.core.errors import RecipeError
from clew.core.schema import Column, Direction, Kind, Schema
from clew.prepare.lineage import combine, derive
from clew.prepare.mapping import found_at, looked_up, value_at
from clew.prepare.registry import register
from clew.prepare.step import ColumnStep, Made, State, StepKind, Training
from clew.prepare.stored import (
    KEYS,
    Source,
    check_single,
    check_size,
    check_source,
    comparable,
    is_key,
    keys_of,
    plain,
    shown,
    stored,
)
from clew.prepare.stored import take as taken
from clew.prepare.table import Table

_NO_FAN_OUT = "Keep one row per key: a lookup must not multiply rows. Related rows are summed up by aggregate_related."


@register
@dataclass(frozen=True)
class Lookup(ColumnStep):
    """Add columns of a small table, found by a key of one or more columns; no match, and a missing key, give missing.

    The table is read when the recipe is fitted and is part of the fitted recipe, so that a prediction needs no file.
    Its key must not repeat. Numbers arrive as float64.

    Parameters
    ----------
    columns : str, iterable of str, or Columns
        The columns that make the key, in the order of `key`.
    table : str or tuple of mapping
        File of the table (csv, parquet …), relative to the recipe's folder, or its rows.
    key : str or tuple of str, optional
        Names of the key in the table; by default the same.
    take : tuple of str, optional
        Columns of the table to add; by default all others.
    prefix : str, default ""
        Put before the names of the added columns.
    """

    table: Source
    key: str | tuple[str, ...] | None = None
    take: tuple[str, ...] | None = None
    prefix: str = ""

    op: ClassVar[str] = "lookup"
    kind: ClassVar[StepKind] = StepKind.LOOKUP
    accepts: ClassVar[frozenset[Kind]] = KEYS | {Kind.DATETIME}

    def check(self) -> None:
        """Refuse an empty table."""
        check_source(self.op, self.table)

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the columns of the key, in the order in which they are named."""
        for column in super().inputs(schema):
            if not is_key(column):
                raise RecipeError(
                    f"The column {column.name!r} holds moments, and only days can be a key.",
                    hint="Convert it with the step cast, or look for what was known by then: aggregate_related.",
                )
        keys_of(self.selection, schema, self.key, self.op)
        return self.selection.ordered(schema)

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:
        """Read the table and check its key."""
        del table
        keys = keys_of(self.selection, training.schema, self.key, self.op)
        source = stored(self.table, training.folder)
        others = self.take if self.take is not None else [name for name in source.frame.columns if name not in keys]
        rows = taken(source, (*keys, *others), self.op)
        check_size(rows)
        rows = comparable(rows, keys, columns)
        check_single(rows, keys, _NO_FAN_OUT)
        kinds = {name: source.schema[name].kind.value for name in others}
        return {"key": list(keys), "kinds": kinds, "table": plain(rows, [name for name in others if name not in keys])}

    def make(self, columns: Sequence[Column], state: State) -> Iterable[Made]:
        """Make one column per column taken."""
        table, keys = state["table"], state["key"]
        names = tuple(column.name for column in columns)
        if len(keys) > 1:
            place, find = found_at(columns, table.select(keys).rows())
        for name, kind in state["kinds"].items():
            dtype, values = dtype_name(table.schema[name]), table[name].to_list()
            if len(keys) == 1:
                expression, function = looked_up(columns[0], table[keys[0]].to_list(), values, dtype=dtype)
            else:
                expression, function = value_at(place, values, dtype), _taking(find, values)
            yield Made(_added(columns, f"{self.prefix}{name}", dtype, Kind(kind)), names, expression, function)

    def learned(self, columns: Sequence[Column], state: State) -> Mapping[str, Any]:  # noqa: ARG002 - in the state
        """Return the size of the table and its first rows."""
        return {"rows": state["table"].height, "first_rows": shown(state["table"])}


def _taking(find: Any, values: Sequence[Any]) -> Any:
    def value(*cells: Any) -> Any:
        place = find(*cells)
        return None if place is None else values[place]

    return value


def _added(columns: Sequence[Column], name: str, dtype: str, kind: Kind) -> Column:
    """Describe a column that a key stands behind."""
    if len(columns) == 1:
        return derive(columns[0], name=name, dtype=dtype, kind=kind, direction=Direction.LOSES)
    return combine(columns, name=name, dtype=dtype, kind=kind)
