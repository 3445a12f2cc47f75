"""Tables that a recipe carries with it: read when it is fitted, small, and compared with the rows by their keys."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import narwhals.stable.v2 as nw
import polars as pl

from clew.collect.dataset import Dataset
from clew.collect.source import read
from clew.core import jsonable
from clew.core.errors import ConfigError, RecipeError, did_you_mean
from clew.core.schema import Column, Kind, Schema
from clew.prepare.dtypes import is_number, is_whole
from clew.prepare.entrance import enter
from clew.prepare.selectors import Columns
from clew.prepare.table import Table
from clew.prepare.values import short

Cell: TypeAlias = bool | int | float | str | None
#: A file, or rows.
Source: TypeAlias = str | tuple[Mapping[str, Cell], ...]
#: A larger table belongs into `data.joins`, not into every copy of the recipe.
MAX_ROWS = 200_000
MAX_BYTES = 64 * 2**20
#: Kinds of columns that can be keys: of what comes in floats and moments, equality says little or nothing.
KEYS = frozenset(Kind) - {Kind.DATETIME, Kind.NESTED, Kind.IMAGE, Kind.UNKNOWN}


def is_key(column: Column) -> bool:
    """Return whether rows can be found by a column: by a category, a whole number, or a day."""
    return column.kind in KEYS or column.dtype == "Date"


def check_source(op: str, source: Source) -> None:
    """Raise `ConfigError` if there is no table."""
    if not source:
        raise ConfigError(f"{op} has an empty table.", hint="Name a file, or list rows: `table: [{id: 1, name: a}]`.")


def stored(source: Source, folder: Path | None, schema: Schema | None = None) -> Dataset:
    """Read a table.

    Parameters
    ----------
    source : str or tuple of mapping
        A file, relative to `folder`, or rows.
    folder : Path, optional
        Where relative file names start.
    schema : Schema, optional
        What the columns are, if it is known.
    """
    if isinstance(source, str):
        path = Path(source)
        return read(path if path.is_absolute() or folder is None else folder / path, schema=schema)
    return read(pl.DataFrame([dict(row) for row in source], infer_schema_length=None), schema=schema)


def keys_of(selection: Columns, schema: Schema, key: str | Sequence[str] | None, op: str) -> tuple[str, ...]:
    """Return the names of the key columns in the stored table, for the columns in the order in which they are named.

    Raises
    ------
    ConfigError
        If there are more or fewer of them.
    """
    columns = selection.ordered(schema)
    names = tuple(c.name for c in columns) if key is None else (key,) if isinstance(key, str) else tuple(key)
    if not columns or len(names) != len(columns) or len(set(names)) < len(names):
        raise RecipeError(
            f"{op} needs as many different keys in the table as columns, and {str(selection)!r} means {len(columns)} "
            f"for {len(set(names))}.",
            hint="Name them in the same order: `columns: [shop, day], key: [id, date]`.",
        )
    return names


def take(table: Dataset, names: Iterable[str], op: str) -> pl.DataFrame:
    """Return some columns of a table.

    Raises
    ------
    RecipeError
        If one is not there.
    """
    wanted = list(dict.fromkeys(names))
    for name in wanted:
        if name not in table.frame.columns:
            raise RecipeError(
                f"The table of {op} has no column {name!r}.", hint=did_you_mean(name, table.frame.columns)
            )
    return table.frame.select(wanted)


def check_size(table: pl.DataFrame) -> None:
    """Raise `RecipeError` if a table is too large to be carried along."""
    if table.height > MAX_ROWS or table.estimated_size() > MAX_BYTES:
        raise RecipeError(
            f"The table has {table.height} rows and {table.estimated_size() / 2**20:.0f} MB; a recipe carries at most "
            f"{MAX_ROWS} rows and {MAX_BYTES >> 20} MB.",
            hint="Join it before the recipe with `data.joins`, or take fewer columns.",
        )


def comparable(
    table: pl.DataFrame, keys: Sequence[str], columns: Sequence[Column], *, keep_missing: bool = False
) -> pl.DataFrame:
    """Return the rows whose keys are there, with keys in a type that compares with the columns.

    Parameters
    ----------
    table : polars.DataFrame
        The stored table.
    keys : sequence of str
        Its keys.
    columns : sequence of Column
        What each is compared with.
    keep_missing : bool, default False
        Whether rows without a key stay too.

    Raises
    ------
    RecipeError
        If a key holds something else than its column.
    """
    types = {}
    for key, column in zip(keys, columns, strict=True):
        held = str(table.schema[key])
        if held != column.dtype and not (is_whole(held) and is_number(column.dtype)):
            raise RecipeError(
                f"The key {key!r} of the table holds {held}, and the column {column.name!r} holds {column.dtype}.",
                hint="Convert the column with the step cast first.",
            )
        if is_number(column.dtype) and not is_whole(column.dtype):
            types[key] = pl.Float64
    there = table if keep_missing else table.drop_nulls(list(keys))
    return there.with_columns(pl.col(key).cast(dtype).fill_nan(None) + 0.0 for key, dtype in types.items())


def check_single(table: pl.DataFrame, keys: Sequence[str], hint: str) -> None:
    """Raise `RecipeError` if a key stands in several rows."""
    repeated = table.filter(pl.struct(keys).is_duplicated()).select(keys).unique(maintain_order=True)
    if len(repeated):
        shown = ", ".join(short(row[0] if len(keys) == 1 else row) for row in repeated.head(3).rows())
        named = " and ".join(repr(key) for key in keys)
        raise RecipeError(f"The key {named} of the table repeats for {len(repeated)} values, e.g. {shown}.", hint=hint)


def plain(table: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """Return a table with numbers as float64 and moments in microseconds in some columns.

    Raises
    ------
    RecipeError
        If one holds something else than numbers, texts, truth values or moments.
    """
    types: dict[str, Any] = {}
    for name in names:
        dtype = table.schema[name]
        if dtype.is_numeric():
            types[name] = pl.Float64
        elif isinstance(dtype, pl.Datetime):
            types[name] = pl.Datetime("us", dtype.time_zone)
        elif dtype not in (pl.String, pl.Boolean, pl.Date):
            raise RecipeError(
                f"The column {name!r} of the table holds {dtype}; numbers, texts, truth values and moments can be "
                "taken over.",
                hint="Name the columns you need in `take`.",
            )
    cast = table.with_columns(pl.col(name).cast(dtype) for name, dtype in types.items())
    return cast.with_columns(pl.col(name).fill_nan(None) for name, dtype in types.items() if dtype == pl.Float64)


def entered_frame(table: Dataset) -> pl.DataFrame:
    """Return the rows of a table in the form that rows have inside a recipe."""
    return enter(Table.of(nw.from_native(table.frame)), table.schema).polars(*table.schema.names)


def shown(table: pl.DataFrame, rows: int = 5) -> list[dict[str, Any]]:
    """Return the first rows of a table, JSON-ready."""
    listed: list[dict[str, Any]] = jsonable.plain(table.head(rows).to_dicts())
    return listed
