"""Types that Delta tables do not know, and what stands for them there.

Delta has neither unsigned integers, times of day, durations, nanoseconds, time zones nor dictionaries; its writer
refuses some of them and alters others without a word. So a column is stored in a type that Delta keeps exactly, and its
real type stands in the metadata of the field, which Delta versions together with the schema. Reading casts back.
"""

from typing import Any

import polars as pl

from clew.core.errors import DataError

_PLAIN: dict[str, pl.DataType] = {
    str(dtype()): dtype()
    for dtype in (
        *(pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.Int128, pl.UInt8, pl.UInt16, pl.UInt32, pl.UInt64, pl.UInt128),
        *(pl.Float16, pl.Float32, pl.Float64, pl.Boolean, pl.String, pl.Binary, pl.Date, pl.Time, pl.Null),
    )
}
_STORED: dict[pl.DataType, pl.DataType] = {
    pl.Null(): pl.String(),
    pl.UInt8(): pl.Int64(),
    pl.UInt16(): pl.Int64(),
    pl.UInt32(): pl.Int64(),
    pl.UInt64(): pl.Decimal(20, 0),
    pl.Int128(): pl.String(),
    pl.UInt128(): pl.String(),
    pl.Float16(): pl.Float32(),
    pl.Time(): pl.Int64(),
}


def stored_type(dtype: pl.DataType) -> pl.DataType:
    """Return the type in which Delta keeps the values of a type exactly.

    Parameters
    ----------
    dtype : polars.DataType
        The logical type.

    Raises
    ------
    DataError
        If no type can hold it: Python objects, structs without fields.
    """
    if isinstance(dtype, pl.Datetime):
        # A day has no 64-bit nanoseconds for every date Delta knows, so they stay a plain count.
        return pl.Int64() if dtype.time_unit == "ns" else pl.Datetime("us", "UTC" if dtype.time_zone else None)
    if isinstance(dtype, pl.Duration):
        return pl.Int64()
    if isinstance(dtype, pl.Categorical | pl.Enum):
        return pl.String()
    if isinstance(dtype, pl.List | pl.Array):
        return pl.List(stored_type(_inner(dtype)))
    if isinstance(dtype, pl.Struct):
        if not dtype.fields:
            raise DataError("A struct without fields cannot be stored.", hint="Drop the column.")
        return pl.Struct({field.name: stored_type(_instance(field.dtype)) for field in dtype.fields})
    if isinstance(dtype, pl.Decimal) or (dtype in _STORED or str(dtype) in _PLAIN):
        return _STORED.get(dtype, dtype)
    raise DataError(f"Values of type {dtype} cannot be stored.", hint="Convert the column, or drop it.")


def spell_type(dtype: pl.DataType) -> Any:
    """Return a type as JSON-ready values; `parse_type` is the way back."""
    if isinstance(dtype, pl.Datetime):
        return ["Datetime", dtype.time_unit, dtype.time_zone]
    if isinstance(dtype, pl.Duration):
        return ["Duration", dtype.time_unit]
    if isinstance(dtype, pl.Decimal):
        return ["Decimal", dtype.precision, dtype.scale]
    if isinstance(dtype, pl.Enum):
        return ["Enum", dtype.categories.to_list()]
    if isinstance(dtype, pl.Categorical):
        return "Categorical"
    if isinstance(dtype, pl.List):
        return ["List", spell_type(_inner(dtype))]
    if isinstance(dtype, pl.Array):
        return ["Array", spell_type(_inner(dtype)), dtype.size]
    if isinstance(dtype, pl.Struct):
        return ["Struct", [[field.name, spell_type(_instance(field.dtype))] for field in dtype.fields]]
    return str(dtype)


def parse_type(spelt: Any) -> pl.DataType:
    """Rebuild a type from `spell_type`.

    Raises
    ------
    DataError
        If the spelling is of no known type, as a later version of Clew may have written it.
    """
    match spelt:
        case "Categorical":
            return pl.Categorical()
        case ["Datetime", unit, zone]:
            return pl.Datetime(unit, zone)
        case ["Duration", unit]:
            return pl.Duration(unit)
        case ["Decimal", precision, scale]:
            return pl.Decimal(precision, scale)
        case ["Enum", categories]:
            return pl.Enum(categories)
        case ["List", inner]:
            return pl.List(parse_type(inner))
        case ["Array", inner, size]:
            return pl.Array(parse_type(inner), size)
        case ["Struct", fields]:
            return pl.Struct({name: parse_type(inner) for name, inner in fields})
        case str() if spelt in _PLAIN:
            return _PLAIN[spelt]
    raise DataError(f"The stored type {spelt!r} is unknown.", hint="The table was written by a later version; update.")


def _inner(dtype: pl.List | pl.Array) -> pl.DataType:
    return _instance(dtype.inner)


def _instance(dtype: Any) -> pl.DataType:
    made: pl.DataType = dtype() if isinstance(dtype, type) else dtype
    return made
