"""Storage types in five families, and their values as numbers and as JSON.

Moments are counted in microseconds since 1970 (times of day since midnight), written in ISO 8601, and put on the axis
of a histogram in seconds. Durations are numbers, in seconds.
"""

from enum import StrEnum

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.explore.values import Value

_SECOND_US = 1_000_000
_DAY_US = 86_400 * _SECOND_US


class Family(StrEnum):
    """What can be computed from a storage type."""

    NUMBER = "number"
    MOMENT = "moment"
    TEXT = "text"
    BOOLEAN = "boolean"
    OPAQUE = "opaque"
    """Lists, structs, binary and other objects: they are only counted."""


def family_of(dtype: str) -> Family:
    """Return the family of a storage type in Polars' spelling, e.g. ``"Datetime(us, UTC)"``."""
    base = dtype.split("(", maxsplit=1)[0]
    if base.startswith(("Int", "UInt", "Float", "Decimal", "Duration")):
        return Family.NUMBER
    if base in {"Date", "Datetime", "Time"}:
        return Family.MOMENT
    if base in {"String", "Categorical", "Enum", "Utf8"}:
        return Family.TEXT
    return Family.BOOLEAN if base == "Boolean" else Family.OPAQUE


def family_of_series(values: pl.Series) -> Family:
    """Return the family of what a column really holds."""
    return family_of(str(values.dtype.base_type()))


def present_in(values: pl.Series) -> pl.Series:
    """Return the values that are there: the column itself where none is missing, as in most columns of a wide table."""
    return values.drop_nulls() if values.null_count() else values


def to_microseconds(values: pl.Series) -> NDArray[np.int64]:
    """Return dates, datetimes or times of day without nulls, shape (n,), as microseconds."""
    if values.dtype == pl.Time:
        return np.asarray((values.to_physical() // 1000).to_numpy(), dtype=np.int64)
    if values.dtype == pl.Date:
        return np.asarray(values.to_physical().to_numpy(), dtype=np.int64) * _DAY_US
    return np.asarray(values.dt.timestamp("us").to_numpy(), dtype=np.int64)


def iso_texts(microseconds: NDArray[np.int64], dtype: str) -> list[str]:
    """Write microseconds, shape (n,), as ISO 8601 texts of a storage type."""
    if not len(microseconds):
        return []
    moments = microseconds.astype("datetime64[us]")
    if dtype.startswith("Date") and not dtype.startswith("Datetime"):
        return [str(text) for text in np.datetime_as_string(moments, unit="D")]
    texts = [str(text).removesuffix(".000000") for text in np.datetime_as_string(moments, unit="us")]
    if dtype.startswith("Time"):
        return [text.split("T")[1] for text in texts]
    zone = "Z" if "," in dtype else ""  # only a datetime with a time zone has a second argument
    return [f"{text}{zone}" for text in texts]


def from_iso(texts: list[str], dtype: str) -> NDArray[np.int64]:
    """Undo `iso_texts`, shape (n,)."""
    prefix = "1970-01-01T" if dtype.startswith("Time") else ""
    plain = [prefix + text.removesuffix("Z") for text in texts]
    return np.array(plain, dtype="datetime64[us]").astype(np.int64)


def numbers_of(values: list[Value], dtype: str) -> NDArray[np.float64]:
    """Return listed values of a number or moment column on the axis of its histogram, shape (n,)."""
    if family_of(dtype) is Family.MOMENT:
        return from_iso([str(value) for value in values], dtype) / _SECOND_US
    return np.array(values, dtype=np.float64)


def axis_of(values: pl.Series) -> NDArray[np.float64]:
    """Return the values that are there, of a column of numbers or moments, on the axis of a histogram, shape (n,)."""
    present = present_in(values)
    if family_of_series(values) is Family.MOMENT:
        return seconds_of(to_microseconds(present))
    if isinstance(values.dtype, pl.Duration):
        return np.asarray(present.dt.total_microseconds().to_numpy() / _SECOND_US, dtype=np.float64)
    # NumPy converts plain numbers itself, without the detour through a query.
    plain = present.dtype.is_integer() or present.dtype.is_float()
    return np.asarray((present if plain else present.cast(pl.Float64)).to_numpy(), dtype=np.float64)


def seconds_of(microseconds: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return microseconds on the axis of a histogram, shape (n,)."""
    return microseconds / _SECOND_US
