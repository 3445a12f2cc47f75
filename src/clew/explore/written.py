"""Rows as lines of a CSV file, whatever the types of their columns."""

import base64
import json
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import polars as pl

from clew.explore.shown import plainly_named


def written(table: pl.DataFrame, *, header: bool) -> bytes:
    """Write rows as CSV in UTF-8.

    An empty text is written in quotes, a missing value as nothing. Lists and structs are JSON, bytes are base64,
    moments ISO 8601, and durations seconds.

    Parameters
    ----------
    table : polars.DataFrame, shape (rows, columns)
        The rows.
    header : bool
        Whether a line with the names of the columns comes first.
    """
    plain = pl.DataFrame([_plain(values).alias(str(place)) for place, values in enumerate(table.get_columns())])
    plain.columns = table.columns  # set afterwards: a frame made of a column without a name would give it one
    return plain.write_csv(include_header=header).encode()


def _plain(values: pl.Series) -> pl.Series:
    """Return a column of a type that CSV has a spelling for."""
    values, dtype = plainly_named(values), values.dtype
    if dtype == pl.Binary:
        return values.bin.encode("base64")
    if isinstance(dtype, pl.Duration):
        return values.dt.total_nanoseconds() / 1e9
    if dtype.is_nested() or dtype == pl.Object:
        texts = [None if value is None else json.dumps(_json(value), ensure_ascii=False) for value in values.to_list()]
        return pl.Series(texts, dtype=pl.String)
    return values


def _json(value: Any) -> Any:
    """Return what is inside a nested value in JSON's own types; a number that JSON lacks is written as its name."""
    if isinstance(value, dict):
        return {key: _json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_json(item) for item in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, date | time):  # a datetime is a date
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
