"""Values of a database as columns: the types survive, or the column becomes text that is judged like any other."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import polars as pl

_ZONED = pl.Datetime("us", "UTC")
#: Types of PostgreSQL by their number, and what holds their values.
POSTGRES: dict[int, pl.DataType] = {
    16: pl.Boolean(),
    17: pl.Binary(),
    20: pl.Int64(),
    21: pl.Int16(),
    23: pl.Int32(),
    26: pl.Int64(),
    700: pl.Float32(),
    701: pl.Float64(),
    1082: pl.Date(),
    1083: pl.Time(),
    1114: pl.Datetime("us"),
    1184: _ZONED,
    1186: pl.Duration("us"),
    1000: pl.List(pl.Boolean()),
    1005: pl.List(pl.Int16()),
    1007: pl.List(pl.Int32()),
    1016: pl.List(pl.Int64()),
    1021: pl.List(pl.Float32()),
    1022: pl.List(pl.Float64()),
    1009: pl.List(pl.String()),
    1015: pl.List(pl.String()),
    1182: pl.List(pl.Date()),
    1231: pl.List(pl.Float64()),
    1042: pl.String(),
}
_NUMERIC, _NUMERICS, _PADDED = 1700, 1231, 1042
_LONGEST_DECIMAL = 38
_NUMBERS = (int, float, Decimal)


def postgres_column(name: str, values: Sequence[Any], described: Any) -> pl.Series:
    """Return a column of PostgreSQL.

    Parameters
    ----------
    name : str
        Its name.
    values : sequence
        Python values as psycopg gives them.
    described : psycopg.Column
        With `type_code`, `precision` and `scale`.
    """
    code = described.type_code
    if code == _NUMERIC and described.precision and described.precision <= _LONGEST_DECIMAL:
        return column_of(name, values, pl.Decimal(described.precision, max(0, described.scale or 0)))
    if code == _NUMERICS:
        values = [value if value is None else [_as_float(item) for item in value] for value in values]
    column = column_of(name, values, POSTGRES.get(code))
    # char(n) is filled up with blanks that mean nothing.
    return column.str.strip_chars_end(" ") if code == _PADDED else column


def _as_float(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value


def column_of(name: str, values: Sequence[Any], dtype: pl.DataType | None) -> pl.Series:
    """Return a column.

    Parameters
    ----------
    name : str
        Its name.
    values : sequence
        Python values as a driver gives them; None where missing.
    dtype : polars.DataType, optional
        Its type, where the database states one; by default the one that holds the values.

    Returns
    -------
    Series
        Text where the values have types that nothing holds together.
    """
    if dtype == _ZONED:
        moments = [value if value is None else value.astimezone(UTC).replace(tzinfo=None) for value in values]
        return pl.Series(name, moments, dtype=pl.Datetime("us")).dt.replace_time_zone("UTC")
    if isinstance(dtype, pl.List) and any(isinstance(item, list) for value in values for item in value or ()):
        dtype = None  # an array of arrays, which the database tells from an array in nothing but its values
    if dtype is not None and not isinstance(dtype, pl.Decimal):
        return pl.Series(name, values, dtype=dtype)
    types = {type(value) for value in values}
    types.discard(type(None))
    if not types:
        return pl.Series(name, values, dtype=pl.Null if dtype is None else dtype)
    if types <= set(_NUMBERS) and Decimal in types:
        return _decimals(name, values, dtype)
    for known, wanted in (
        ({bool}, pl.Boolean()),
        ({int, float}, pl.Float64() if float in types else None),
        ({date}, pl.Date()),
        ({time}, pl.Time()),
        ({timedelta}, pl.Duration("us")),
        ({str}, pl.String()),
    ):
        if types <= known:
            return _whole(name, values) if wanted is None else pl.Series(name, values, dtype=wanted)
    if types <= {bytes, bytearray, memoryview}:
        return pl.Series(name, [value if value is None else bytes(value) for value in values], dtype=pl.Binary)
    if types == {datetime}:
        return _moments(name, values)
    return pl.Series(name, [_spelt(value) for value in values], dtype=pl.String)


def _whole(name: str, values: Sequence[Any]) -> pl.Series:
    try:
        return pl.Series(name, values, dtype=pl.Int64)
    except (pl.exceptions.PolarsError, OverflowError, TypeError):
        return pl.Series(name, [_spelt(value) for value in values], dtype=pl.String)


def _decimals(name: str, values: Sequence[Any], stated: pl.Decimal | None) -> pl.Series:
    """Return decimals with all their digits; as text where 38 do not hold them, or there is an infinity."""
    numbers = [value if value is None else Decimal(value) for value in values]
    numbers = [None if value is not None and value.is_nan() else value for value in numbers]
    if stated is None:
        if any(value is not None and not value.is_finite() for value in numbers):
            return pl.Series(name, [_spelt(value) for value in numbers], dtype=pl.String)
        shapes = [value.as_tuple() for value in numbers if value is not None]
        scale = max((max(0, -int(shape.exponent)) for shape in shapes), default=0)
        digits = max((len(shape.digits) + max(0, int(shape.exponent)) + scale for shape in shapes), default=1)
        if digits > _LONGEST_DECIMAL:
            return pl.Series(name, [_spelt(value) for value in numbers], dtype=pl.String)
        stated = pl.Decimal(_LONGEST_DECIMAL, scale)
    return pl.Series(name, numbers, dtype=stated)


def _moments(name: str, values: Sequence[Any]) -> pl.Series:
    zoned = {value.tzinfo is not None for value in values if value is not None}
    if zoned == {True}:
        return column_of(name, values, _ZONED)
    if zoned == {False}:
        return pl.Series(name, values, dtype=pl.Datetime("us"))
    return pl.Series(name, [value if value is None else value.isoformat() for value in values], dtype=pl.String)


def _spelt(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value.isoformat() if isinstance(value, date | time) else str(value)


def declared_column(name: str, values: Sequence[Any], declared: str) -> pl.Series:
    """Return a column whose declared type says little about its values, as SQLite has them.

    Parameters
    ----------
    name : str
        Its name.
    values : sequence
        Its values; truth values are 0 and 1.
    declared : str
        The declared type in capitals; empty where there is none.
    """
    types = {type(value) for value in values} - {type(None)}
    if declared in {"BOOL", "BOOLEAN"} and types <= {int} and {0, 1}.issuperset(v for v in values if v is not None):
        return pl.Series(name, [None if value is None else bool(value) for value in values], dtype=pl.Boolean)
    return column_of(name, values, pl.Binary() if declared == "BLOB" and types <= {bytes} else None)
