"""One name for one content: the SHA-256 of a table's values and of what is known about them.

The bytes that are hashed are defined here and not by a library, so the name outlives versions of Polars and Arrow. It
does not depend on the file format, on chunks, or on how wide a number is stored:

- the header is JSON: rows, and for each column its name, its class of values and the facts of the schema;
- then follow, column by column in the order of the table, the bits of the missing values and the values:
  whole numbers as int64, other numbers as float64, booleans as bytes, moments as int64 microseconds since 1970
  (nanoseconds where the column has them), text as UTF-8 with the lengths in front; all little-endian, 0 or nothing
  where a value is missing. Lists are their lengths and then their elements, structs their fields.
"""

import hashlib
import sys
from typing import Any

import numpy as np
import polars as pl

from clew.core import fingerprint as core
from clew.core.errors import DataError
from clew.core.schema import Schema

#: How text spells a value is no part of the value, nor is the width of its storage.
_NO_CONTENT = {"dtype", "format", "missing"}


def fingerprint(frame: pl.DataFrame, schema: Schema) -> str:
    """Return the name of a table's content and schema.

    Parameters
    ----------
    frame : polars.DataFrame
        The rows.
    schema : Schema
        Their columns.

    Returns
    -------
    str
        64 hexadecimal digits, equal for equal content and facts.

    Raises
    ------
    DataError
        If a column holds Python objects.
    """
    facts = [{k: v for k, v in column.items() if k not in _NO_CONTENT} for column in schema.to_dict()]
    classes = [_class_of(series) for series in frame.iter_columns()]
    digest = hashlib.sha256(core.of_json([frame.height, classes, facts]).encode())
    for series in frame.iter_columns():
        _add(digest, series)
    return digest.hexdigest()


def _class_of(series: pl.Series) -> str:
    """Name the class of values, independent of their storage width."""
    dtype = series.dtype
    if series.null_count() == len(series):
        return "missing"
    if dtype.is_integer():
        return "integer"
    if dtype.is_float():
        return "float"
    if dtype in (pl.String, pl.Categorical, pl.Enum):
        return "text"
    if isinstance(dtype, pl.Datetime):
        return f"datetime[{dtype.time_zone or 'local'}]"
    return str(dtype)


def _add(digest: Any, series: pl.Series) -> None:
    missing = series.is_null().to_numpy()
    digest.update(np.packbits(missing, bitorder="little").tobytes())
    if missing.all():
        return
    dtype = series.dtype
    if dtype.is_integer() and dtype not in (pl.UInt64, pl.Int128, pl.UInt128):
        _add_array(digest, series.fill_null(0).cast(pl.Int64))
    elif dtype.is_float():
        _add_array(digest, series.fill_null(0.0).cast(pl.Float64))
    elif dtype == pl.Boolean:
        _add_array(digest, series.fill_null(value=False).cast(pl.UInt8))
    elif dtype.is_temporal():
        _add_moments(digest, series)
    elif isinstance(dtype, pl.List | pl.Array):
        _add_lists(digest, series)
    elif isinstance(dtype, pl.Struct):
        for field in series.struct.fields:
            _add(digest, series.struct.field(field))
    elif dtype == pl.Binary:
        _add_bytes(digest, series)
    elif dtype == pl.Object:
        raise DataError(
            f"Column {series.name!r} holds Python objects, which have no defined content.",
            hint="Convert it to text, numbers, dates or lists first.",
        )
    else:
        # Text, and what has an exact decimal spelling: Decimal and integers beyond 64 bits.
        _add_bytes(digest, series.cast(pl.String))


def _add_array(digest: Any, series: pl.Series) -> None:
    values = series.to_numpy()
    if sys.byteorder == "big":
        values = values.byteswap()
    digest.update(np.ascontiguousarray(values).data)


def _add_moments(digest: Any, series: pl.Series) -> None:
    dtype = series.dtype
    if isinstance(dtype, pl.Datetime | pl.Duration) and dtype.time_unit == "ms":
        series = series.dt.cast_time_unit("us")
    unit = getattr(series.dtype, "time_unit", "")
    nanoseconds = series.to_physical().cast(pl.Int64).fill_null(0)
    if unit == "ns" and not (nanoseconds % 1000 != 0).any():
        nanoseconds, unit = nanoseconds // 1000, "us"
    digest.update(unit.encode())
    _add_array(digest, nanoseconds)


def _add_bytes(digest: Any, series: pl.Series) -> None:
    text = series.dtype == pl.String
    filled = series.fill_null("" if text else b"")
    _add_array(digest, (filled.str.len_bytes() if text else filled.bin.size()).cast(pl.Int64))
    arrow = filled.rechunk().to_arrow().cast("large_string" if text else "large_binary")
    _, offsets, data = arrow.buffers()
    bounds = np.frombuffer(offsets, dtype=np.int64)[arrow.offset : arrow.offset + len(arrow) + 1]
    if data is not None:
        digest.update(memoryview(data)[int(bounds[0]) : int(bounds[-1])])


def _add_lists(digest: Any, series: pl.Series) -> None:
    if isinstance(series.dtype, pl.Array):
        series = series.arr.to_list()
    lengths = series.list.len().fill_null(0)
    _add_array(digest, lengths.cast(pl.Int64))
    elements = series.filter(lengths > 0).explode()
    if len(elements):
        _add(digest, elements)
