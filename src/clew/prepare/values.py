"""How a category reads as text, and whether a stated order is the order of numbers."""

import math
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

#: Characters of a cell that a message shows …
_SHOWN = 60
#: … and of what an engine says.
_SAID = 240


def as_text(value: Any) -> str | None:
    """Return the one spelling of a category.

    A whole number reads the same as an integer, a float or a decimal, so that a column that a file stores as ``3`` and
    a frame as ``3.0`` has one category and not two.

    Parameters
    ----------
    value : object
        A cell of a table.

    Returns
    -------
    str or None
        None for a missing value, NaN included.
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if math.isnan(value):
            return None
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, Decimal):
        return str(int(value)) if value == value.to_integral_value() else str(value.normalize())
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value)


def rises(order: Iterable[str]) -> bool:
    """Whether the stated order of an ordinal is the order of its values as numbers.

    Parameters
    ----------
    order : iterable of str
        Values from low to high.
    """
    try:
        numbers = [float(value) for value in order]
    except ValueError:
        return False
    return all(low < high for low, high in pairwise(numbers))


def short(value: Any) -> str:
    """Return a cell as a message shows it: the start of a long one."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def said(error: BaseException) -> str:
    """Return the first line of what an engine says of an error, without the middle of a long cell that it quotes."""
    line = str(error).strip().partition("\n")[0].removesuffix(".")
    return line if len(line) <= _SAID else f"{line[: _SAID // 2]} … {line[-_SAID // 2 :]}"
