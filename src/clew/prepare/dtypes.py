"""Storage types: their names in a schema, and what narwhals calls them."""

import re

import polars as pl

from clew.collect.dtypes import dtype_of
from clew.core.errors import RecipeError
from clew.core.schema import Kind

#: Names of the types that hold whole numbers, with the smallest and the largest that fits.
WHOLE = {
    **{f"Int{bits}": (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for bits in (8, 16, 32, 64, 128)},
    **{f"UInt{bits}": (0, 2**bits - 1) for bits in (8, 16, 32, 64, 128)},
}


def dtype_name(dtype: object) -> str:
    """Return the name of a narwhals or Polars type as a schema spells it, e.g. ``"Datetime(us, UTC)"``.

    Parameters
    ----------
    dtype : narwhals or polars data type
        A type, instantiated where it has parameters.
    """
    base = str(dtype).split("(", 1)[0]
    if base == "Datetime":
        zone = getattr(dtype, "time_zone", None)
        unit = getattr(dtype, "time_unit", "us")
        return f"Datetime({unit}, {zone})" if zone else f"Datetime({unit})"
    if base == "Duration":
        return f"Duration({getattr(dtype, 'time_unit', 'us')})"
    if base == "Decimal":
        return f"Decimal({getattr(dtype, 'precision', None)}, {getattr(dtype, 'scale', None)})"
    return str(dtype) if base in {"List", "Array", "Struct"} else base


def family(name: str) -> str:
    """Return a type's name without its parameters: ``"Datetime"`` for ``"Datetime(us, UTC)"``."""
    return name.split("(", 1)[0]


def is_whole(name: str) -> bool:
    """Whether a type holds whole numbers."""
    return name in WHOLE


def is_number(name: str) -> bool:
    """Whether a type holds numbers."""
    return name in WHOLE or family(name) in {"Float16", "Float32", "Float64", "Decimal"}


def is_moment(name: str) -> bool:
    """Whether a type holds dates, with or without a time of day."""
    return family(name) in {"Date", "Datetime"}


def zone_of(name: str) -> str | None:
    """Return the time zone of a date-time type; None where it has none."""
    inside = name.partition("(")[2].rstrip(")")
    return inside.partition(", ")[2] or None


def kind_of(name: str) -> Kind:
    """Return what a computed column of this type holds."""
    if name == "Boolean":
        return Kind.BOOLEAN
    if is_number(name):
        return Kind.NUMERIC
    if is_moment(name):
        return Kind.DATETIME
    return Kind.CATEGORICAL if name in {"String", "Categorical", "Enum"} else Kind.NESTED


def stored_type(name: str) -> pl.DataType:
    """Return the Polars type of a name.

    Raises
    ------
    RecipeError
        If it is none that a block can make: structs are stated by expressions only.
    """
    base, _, inside = name.partition("(")
    if base == "List":
        return pl.List(stored_type(inside.removesuffix(")")))
    if "time_unit=" in inside:  # how Polars spells a type within another
        parts = (re.search(f"{word}='([^']+)'", inside) for word in ("time_unit", "time_zone"))
        known = [found[1] for found in parts if found]
        return stored_type(f"{base}({', '.join(known)})")
    if base == "Duration":
        unit = inside.removesuffix(")")
        return pl.Duration("ns" if unit == "ns" else "ms" if unit == "ms" else "us")
    dtype = dtype_of(name)
    if dtype is None:
        raise RecipeError(
            f"A column of {name} cannot be made in a block.", hint="Make numbers, texts, moments or lists of them."
        )
    return dtype


def list_of(name: str) -> str:
    """Return the name of a list of a type."""
    return str(pl.List(stored_type(name)))
