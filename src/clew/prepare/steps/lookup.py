"""Columns from a small table that the recipe carries with it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import polars as pl

from clew.collect.source import read
from clew.core.errors import ConfigError, RecipeError, did_you_mean
from clew.core.schema import Column, Direction, Kind, Schema
from clew.prepare.dtypes import is_number, is_whole
from clew.prepare.lineage import derive
from clew.prepare.mapping import looked_up
from clew.prepare.registry import register
from clew.prepare.step import ColumnStep, Made, State, StepKind, Training
from clew.prepare.table import Table

Cell = bool | int | float | str | None
#: A larger table belongs into `data.joins`, not into every copy of the recipe.
MAX_ROWS = 200_000
MAX_BYTES = 64 * 2**20


@register
@dataclass(frozen=True)
class Lookup(ColumnStep):
    """Add columns of a small table, found by the value of one key column; no match, and a missing key, give missing.

    The table is read when the recipe is fitted and is part of the fitted recipe, so that a prediction needs no file.
    Its key must not repeat. Numbers arrive as float64.

    Parameters
    ----------
    columns : str
        The key column, exactly one.
    table : str or tuple of mapping
        File of the table (csv, parquet …), relative to the recipe's folder, or its rows.
    key : str, optional
        Name of the key in the table; by default the same.
    take : tuple of str, optional
        Columns of the table to add; by default all others.
    prefix : str, default ""
        Put before the names of the added columns.
    """

    table: str | tuple[Mapping[str, Cell], ...]
    key: str | None = None
    take: tuple[str, ...] | None = None
    prefix: str = ""

    op: ClassVar[str] = "lookup"
    kind: ClassVar[StepKind] = StepKind.LOOKUP
    accepts: ClassVar[frozenset[Kind]] = frozenset(Kind) - {Kind.DATETIME, Kind.NESTED, Kind.IMAGE, Kind.UNKNOWN}

    def check(self) -> None:
        """Refuse an empty table."""
        if not self.table:
            raise ConfigError(
                "lookup has an empty table.", hint="Name a file, or list rows: `table: [{id: 1, name: a}]`."
            )

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the key column."""
        columns = super().inputs(schema)
        if len(columns) != 1:
            raise RecipeError(
                f"lookup needs one key column, and {str(self.selection)!r} means {len(columns)}.",
                hint="Name a single column; look several up with a step each.",
            )
        return columns

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:
        """Read the table and check its key."""
        del table
        column, key = columns[0], self.key or columns[0].name
        source = self._source(training.folder)
        wanted = (key, *(self.take if self.take is not None else [n for n in source.frame.columns if n != key]))
        for name in wanted:
            if name not in source.frame.columns:
                raise RecipeError(
                    f"The table of lookup has no column {name!r}.", hint=did_you_mean(name, source.frame.columns)
                )
        rows = _checked(source.frame.select(wanted).filter(pl.col(key).is_not_null()), key, column)
        kinds = {name: source.schema[name].kind.value for name in wanted[1:]}
        return {"key": key, "kinds": kinds, "table": rows}

    def make(self, columns: Sequence[Column], state: State) -> Iterable[Made]:
        """Make one column per column taken."""
        column, table = columns[0], state["table"]
        keys = table[state["key"]].to_list()
        for name, kind in state["kinds"].items():
            dtype = str(table.schema[name])
            how = looked_up(column, keys, table[name].to_list(), dtype=dtype)
            made = derive(column, name=f"{self.prefix}{name}", dtype=dtype, kind=Kind(kind), direction=Direction.LOSES)
            yield Made(made, (column.name,), *how)

    def learned(self, columns: Sequence[Column], state: State) -> Mapping[str, Any]:  # noqa: ARG002 - in the state
        """Return the size of the table and its first rows."""
        return {"rows": state["table"].height, "first_rows": state["table"].head(5).to_dicts()}

    def _source(self, folder: Path | None) -> Any:
        if isinstance(self.table, str):
            path = Path(self.table)
            return read(path if path.is_absolute() or folder is None else folder / path)
        return read(pl.DataFrame([dict(row) for row in self.table], infer_schema_length=None))


def _checked(table: pl.DataFrame, key: str, column: Column) -> pl.DataFrame:
    if table.height > MAX_ROWS or table.estimated_size() > MAX_BYTES:
        raise RecipeError(
            f"The table has {table.height} rows and {table.estimated_size() / 2**20:.0f} MB; a recipe carries at most "
            f"{MAX_ROWS} rows and {MAX_BYTES >> 20} MB.",
            hint="Join it before the recipe with `data.joins`, or take fewer columns.",
        )
    stored = str(table.schema[key])
    if stored != column.dtype and not (is_whole(stored) and is_number(column.dtype)):
        raise RecipeError(
            f"The key {key!r} of the table holds {stored}, and the column {column.name!r} holds {column.dtype}.",
            hint="Convert the column with the step cast first.",
        )
    repeated = table.filter(pl.col(key).is_duplicated())[key].unique(maintain_order=True)
    if len(repeated):
        shown = ", ".join(repr(value) for value in repeated.head(3).to_list())
        raise RecipeError(
            f"The key {key!r} of the table repeats for {len(repeated)} values, e.g. {shown}.",
            hint="Keep one row per key: a lookup must not multiply rows.",
        )
    for name, dtype in table.schema.items():
        if not (dtype.is_numeric() or dtype in (pl.String, pl.Boolean)):
            raise RecipeError(
                f"The column {name!r} of the table holds {dtype}; numbers, texts and truth values can be looked up.",
                hint="Name the columns you need in `take`.",
            )
    as_floats = [name for name, dtype in table.schema.items() if dtype.is_numeric() and name != key]
    as_floats += [key] if is_number(column.dtype) and not is_whole(column.dtype) else []
    return table.with_columns(pl.col(as_floats).cast(pl.Float64).fill_nan(None))
