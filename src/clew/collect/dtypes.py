"""Storage types and their names in a schema, e.g. ``"Datetime(us, UTC)"``."""

import re

import polars as pl

from clew.core.errors import SchemaError

_DATETIME = re.compile(r"Datetime\((ms|us|ns)(?:, (.+))?\)")
_PLAIN = {
    str(dtype()): dtype()
    for dtype in (
        *(pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.Int128, pl.UInt8, pl.UInt16, pl.UInt32, pl.UInt64),
        *(pl.Float32, pl.Float64, pl.String, pl.Boolean, pl.Date, pl.Time, pl.Binary),
    )
}


def dtype_name(dtype: pl.DataType) -> str:
    """Return the name by which a schema calls a type.

    Parameters
    ----------
    dtype : polars.DataType
        The type.
    """
    if isinstance(dtype, pl.Datetime):
        return f"Datetime({dtype.time_unit}{f', {dtype.time_zone}' if dtype.time_zone else ''})"
    if isinstance(dtype, pl.Duration):
        return f"Duration({dtype.time_unit})"
    if isinstance(dtype, pl.Decimal):
        return f"Decimal({dtype.precision}, {dtype.scale})"
    if isinstance(dtype, pl.Enum | pl.Categorical):
        return type(dtype).__name__
    return str(dtype)


def dtype_of(name: str) -> pl.DataType | None:
    """Return the type of a name; None for lists, structs and other types that rows are not conformed to.

    Parameters
    ----------
    name : str
        As `dtype_name` gives it.

    Raises
    ------
    SchemaError
        If a time zone does not exist.
    """
    if found := _DATETIME.fullmatch(name):
        unit, zone = found.groups()
        try:
            pl.Series([], dtype=pl.Datetime("us")).dt.replace_time_zone(zone)
        except pl.exceptions.ComputeError:
            raise SchemaError(f"There is no time zone {zone!r}.", hint='Use a name such as "Europe/Berlin".') from None
        return pl.Datetime("ns" if unit == "ns" else "ms" if unit == "ms" else "us", zone)
    return _PLAIN.get(name)
