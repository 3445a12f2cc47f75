"""Columns of arrays: what they hold, and their cells in one form."""

import re
from typing import Any

import polars as pl

from clew.core.errors import RecipeError
from clew.core.schema import Column
from clew.prepare.dtypes import dtype_name, is_number, stored_type

_LIST = re.compile(r"List\((.+)\)|Array\((.+), shape=\(?[0-9]+,?\)?\)", re.DOTALL)


def inner_type(column: Column) -> str:
    """Return the type of the values in the arrays of a column.

    Raises
    ------
    RecipeError
        If it holds no arrays.
    """
    found = _LIST.fullmatch(column.dtype)
    if found is None:
        raise RecipeError(
            f"The column {column.name!r} holds {column.dtype}, which is no array.",
            hint="parse_array reads arrays that are written as text; group_by makes some with `list`.",
        )
    inner = str(found[1] or found[2])
    return dtype_name(stored_type(inner)) if "time_unit=" in inner else inner


def check_numbers(column: Column, what: str) -> None:
    """Raise `RecipeError` if the arrays of a column hold no numbers."""
    inner = inner_type(column)
    if not is_number(inner) and inner != "Boolean":
        raise RecipeError(
            f"The column {column.name!r} holds arrays of {inner}, and {what} needs numbers.",
            hint="Leave it out of `columns`.",
        )


def lists_of(values: pl.Series, *, numbers: bool) -> pl.Series:
    """Return arrays as lists, numbers as float64, NaN as missing."""
    if isinstance(values.dtype, pl.Array):
        values = values.arr.to_list()
    if numbers:
        values = values.cast(pl.List(pl.Float64))
    if isinstance(values.dtype, pl.List) and values.dtype.inner in (pl.Float32, pl.Float64):
        values = values.list.eval(pl.element().fill_nan(None))
    return values


def missing_if_nan(value: Any) -> Any:
    """Return a value of an array, None for NaN."""
    return None if value != value else value
