"""Where rows enter a recipe: one form of missing, categories as texts; the same for a table and for one row."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from clew.core.schema import Column, Schema
from clew.prepare.dtypes import family, is_number
from clew.prepare.table import Expression, Table


def entered(schema: Schema) -> Schema:
    """Describe raw columns as they are inside a recipe: categories as texts, decimals as floats."""
    types = {"Categorical": "String", "Enum": "String", "Decimal": "Float64", "Float16": "Float64"}
    changed = [column for column in schema if family(column.dtype) in types]
    return schema.with_columns(*(replace(column, dtype=types[family(column.dtype)]) for column in changed))


def enter(table: Table, schema: Schema) -> Table:
    """Bring raw columns into the form that steps rely on: one form of missing, categories as texts."""
    return table.with_columns(changes({name: str(dtype) for name, dtype in table.types.items() if name in schema}))


def changes(types: Mapping[str, str]) -> dict[str, Expression]:
    """Return what `enter` does to columns of these types, given by name; those that stay as they are, are left out."""
    return {name: _CLEAN[known](name) for name, dtype in types.items() if (known := family(dtype)) in _CLEAN}


def _as_text(name: str) -> Expression:
    return lambda F: F.col(name).cast(F.String)


def _as_float64(name: str) -> Expression:
    return lambda F: F.col(name).cast(F.Float64)


def _without_nan(name: str) -> Expression:
    return lambda F: F.col(name).fill_nan(None)


#: What happens to a raw column of a type, where anything has to.
_CLEAN = {
    "Categorical": _as_text,
    "Enum": _as_text,
    "Decimal": _as_float64,
    "Float16": _as_float64,
    "Float32": _without_nan,
    "Float64": _without_nan,
}


def cleaner(column: Column) -> Callable[[Any], Any] | None:
    """Return what `enter` does to one value; None where it does nothing."""
    if family(column.dtype) == "Decimal":
        return lambda value: float(value) if isinstance(value, Decimal) else value
    if is_number(column.dtype):
        return lambda value: None if value != value else value
    return None
