"""Cells of a table as people read them in a grid: every digit, and of what is long, its beginning and its size."""

import json
from dataclasses import dataclass

import polars as pl

from clew.core.readable import size

_MOMENT = "%Y-%m-%d %H:%M:%S%.f"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a cell is shown; what was cut says how long it is.

    Parameters
    ----------
    characters : int, default 200
        Of a text, or of a nested value that is spelt out.
    items : int, default 20
        Of a list.
    """

    characters: int = 200
    items: int = 20


#: For a cell among others, and for one that is looked at alone.
BRIEF, WHOLE = Limits(), Limits(100_000, 10_000)


def shown(values: pl.Series, limits: Limits = BRIEF) -> list[str | None]:
    """Write the cells of a column for people.

    Numbers keep all their digits, in the fewest characters that read back as the same number; moments have the offset
    of their time zone; bytes are told by their size; lists and structs are spelt as JSON.

    Parameters
    ----------
    values : Series, shape (rows,)
        Of any type.
    limits : Limits, default BRIEF
        How much is shown of a long cell.

    Returns
    -------
    list of str or None, length rows
        None where there is no value; a number that is none is ``"NaN"``.
    """
    values = plainly_named(values)
    if values.dtype.is_nested():
        return [None if text is None else _cut(text, limits) for text in _spelt(values, limits)]
    if isinstance(values.dtype, pl.String | pl.Categorical | pl.Enum):
        return _cut_texts(values.cast(pl.String), limits.characters)
    if values.dtype in {pl.Object, pl.Null}:
        return [None if value is None else _cut(str(value), limits) for value in values.to_list()]
    return _flat(values)


def plainly_named(values: pl.Series) -> pl.Series:
    """Return a column under a name that its own methods do not take for a pattern, as they do with ``"^a.*$"``."""
    return values.alias("values")


def _flat(values: pl.Series) -> list[str | None]:
    """Write cells that are never long."""
    dtype = values.dtype
    if dtype == pl.Boolean:
        return [None if value is None else str(value).lower() for value in values.to_list()]
    if dtype == pl.Binary:
        return [None if length is None else size(length) for length in values.bin.size().to_list()]
    if isinstance(dtype, pl.Datetime):
        return values.dt.to_string(_MOMENT + (" %:z" if dtype.time_zone else "")).to_list()
    if dtype == pl.Time:
        return values.dt.to_string("%H:%M:%S%.f").to_list()
    if isinstance(dtype, pl.Duration):
        return values.dt.to_string("polars").to_list()
    return values.cast(pl.String).to_list()


def _cut_texts(values: pl.Series, characters: int) -> list[str | None]:
    lengths = values.str.len_chars().to_list()
    if max((length or 0 for length in lengths), default=0) <= characters:
        return values.to_list()
    heads = values.str.head(characters).to_list()
    return [
        text if length is None or length <= characters else _marked(text, length)
        for text, length in zip(heads, lengths, strict=True)
    ]


def _cut(text: str, limits: Limits) -> str:
    return text if len(text) <= limits.characters else _marked(text[: limits.characters], len(text))


def _marked(beginning: str, length: int) -> str:
    return f"{beginning}… ({length:,} characters)"


def _spelt(values: pl.Series, limits: Limits) -> list[str | None]:
    """Spell cells as JSON, without turning what is not shown into objects."""
    values, dtype = plainly_named(values), values.dtype
    if isinstance(dtype, pl.Array):
        return _spelt(values.arr.to_list(), limits)
    if isinstance(dtype, pl.List):
        return _spelt_lists(values, limits)
    if isinstance(dtype, pl.Struct):
        return _spelt_structs(values, dtype, limits)
    cells = shown(values, limits)
    if dtype.is_numeric() or dtype == pl.Boolean:
        return cells
    return [None if cell is None else json.dumps(cell, ensure_ascii=False) for cell in cells]


def _spelt_structs(values: pl.Series, dtype: pl.Struct, limits: Limits) -> list[str | None]:
    names = [json.dumps(field.name, ensure_ascii=False) for field in dtype.fields]
    there = values.is_not_null().to_list()
    # Not asked for by their names, which may be patterns.
    parts = [_spelt(part, limits) for part in values.struct.unnest().get_columns()]
    rows: list[list[str | None]] = [list(row) for row in zip(*parts, strict=True)] or [[] for _ in there]
    return [
        "{" + ", ".join(f"{n}: {c or 'null'}" for n, c in zip(names, row, strict=True)) + "}" if known else None
        for row, known in zip(rows, there, strict=True)
    ]


def _spelt_lists(values: pl.Series, limits: Limits) -> list[str | None]:
    lengths = values.list.len().to_list()
    heads = values.list.head(limits.items).drop_nulls()
    items = iter(_spelt(heads.list.explode(keep_nulls=False, empty_as_null=False), limits))
    result: list[str | None] = []
    for length in lengths:
        if length is None:
            result.append(None)
            continue
        inside = [next(items) or "null" for _ in range(min(length, limits.items))]
        more = [f"… ({length:,} items)"] if length > limits.items else []
        result.append("[" + ", ".join(inside + more) + "]")
    return result
