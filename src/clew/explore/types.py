"""What a profile calls a column: the field's names for types, from kind, role, distinct values and the values."""

from enum import StrEnum

import polars as pl

from clew.collect.media import are_images
from clew.core.schema import Column, Kind, Role
from clew.explore.column import ColumnStatistics
from clew.explore.families import present_in

_IMAGE_PATH = r"(?i)^[^\n]*\.(?:jpe?g|png|gif|bmp|tiff?|webp)$"
#: Values that are looked at to tell images.
_LOOKED_AT = 100
_NAMES = {
    Kind.NUMERIC: "numeric",
    Kind.CATEGORICAL: "categorical",
    Kind.ORDINAL: "ordinal",
    Kind.BOOLEAN: "binary",
    Kind.DATETIME: "datetime",
    Kind.TEXT: "text",
    Kind.NESTED: "nested",
    Kind.IMAGE: "image",
    Kind.UNKNOWN: "unknown",
}


class Type(StrEnum):
    """What the field calls a column."""

    NUMERIC = "numeric"
    CATEGORICAL = "categorical"
    ORDINAL = "ordinal"
    BINARY = "binary"
    """Exactly two different values, whatever they are; or true and false."""
    TEXT = "text"
    DATETIME = "datetime"
    ID = "id"
    NESTED = "nested"
    IMAGE = "image"
    """Images themselves, or the paths of files that hold them."""
    UNKNOWN = "unknown"
    """Nothing but missing values was seen."""


def type_of(column: Column, known: ColumnStatistics, values: pl.Series) -> Type:
    """Name the type of a column.

    Parameters
    ----------
    column : Column
        Its kind and role.
    known : ColumnStatistics
        Its distinct values.
    values : Series
        Some of its values; the first hundred that are there tell whether they are images.
    """
    if column.role is Role.ID:
        return Type.ID
    if holds_images(values):
        return Type.IMAGE
    if column.kind in {Kind.NUMERIC, Kind.CATEGORICAL, Kind.TEXT} and known.distinct == 2 and known.distinct_exact:
        return Type.NUMERIC if known.numbers and known.numbers.infinities else Type.BINARY
    return Type(_NAMES[column.kind])


def holds_images(values: pl.Series) -> bool:
    """Tell whether a column holds images: their bytes, a struct with them, or paths that end as theirs do."""
    if isinstance(values.dtype, pl.Struct):
        names = [field.name for field in values.dtype.fields if field.dtype == pl.Binary]
        return "bytes" in names and holds_images(values.drop_nulls().head(_LOOKED_AT).struct.field("bytes"))
    if values.dtype not in {pl.Binary, pl.String}:
        return False
    first = present_in(values).head(_LOOKED_AT)
    if first.is_empty():
        return False
    if first.dtype == pl.String:
        return bool(first.str.contains(_IMAGE_PATH).all())
    return are_images(first)
