"""Values out of JSON texts: read alike from a column and from one cell, and given the types that training rows show."""

import json
import math
from collections.abc import Iterable
from typing import Any

from clew.prepare.values import short

#: Types that values may have in a column of their own, besides texts of JSON.
_PLAIN = {bool: "Boolean", int: "Float64", float: "Float64", str: "String"}
#: Larger whole numbers are names rather than numbers: as floats they would be rounded.
_EXACT = 2**53


class NoJsonError(ValueError):
    """A text that is no JSON, or none of the form that is wanted."""


def read(text: str | None) -> Any:
    """Read one text; a blank one is missing, as are ``null`` and ``NaN``.

    Raises
    ------
    NoJsonError
        If it is no JSON.
    """
    if text is None or not text.strip():
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NoJsonError(str(error)) from error
    return None if value != value else value


def sort_of(values: Iterable[Any]) -> str:
    """Return the type that holds all values: Boolean, Float64, String, or ``JSON`` for texts of JSON.

    Objects, arrays, and values of several sorts are kept as texts of JSON; so are whole numbers that a float cannot
    hold, which are names rather than numbers. Without a value, it is String.
    """
    kinds = {_sort(value) for value in values if value is not None}
    if not kinds:
        return "String"
    return kinds.pop() if len(kinds) == 1 else "JSON"


def _sort(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > _EXACT:
        return "JSON"
    return _PLAIN.get(type(value), "JSON")


def as_sort(value: Any, sort: str) -> Any:
    """Return a value as one of a type.

    Raises
    ------
    NoJsonError
        If it is of another type.
    """
    if value is None or value != value:
        return None
    if sort == "JSON":
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if sort == "String" and isinstance(value, str):
        return value
    if sort == "Boolean" and isinstance(value, bool):
        return value
    if sort == "Float64" and isinstance(value, int | float) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            number = math.inf if value > 0 else -math.inf
        return number
    raise NoJsonError(f"{short(value)} is no {sort}")


def stored(sort: str) -> str:
    """Return the storage type of a sort."""
    return "String" if sort == "JSON" else sort
