"""The order of a column's categories: the one stated in a step, else the domain's, else that of the values."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from clew.core.errors import RecipeError
from clew.core.schema import Column, Direction, Kind
from clew.prepare.dtypes import is_number, is_whole
from clew.prepare.values import as_text

Category = bool | int | float | str


def order_of(column: Column, stated: Sequence[Category] | None, seen: Sequence[Any]) -> dict[str, Any]:
    """Return the values from low to high, and where the order came from.

    Parameters
    ----------
    column : Column
        The column; the domain may state its order.
    stated : sequence, optional
        An order that comes before that.
    seen : sequence
        Values of the training rows.

    Returns
    -------
    dict
        ``order``, and ``from``: ``"option"``, ``"domain"`` or ``"data"``.

    Raises
    ------
    RecipeError
        If the order holds a value of another type than the column.
    """
    if stated is not None:
        wrong = [value for value in stated if not _fits(value, column.dtype)]
        if wrong:
            raise RecipeError(
                f"The order holds {wrong[0]!r}, and the column {column.name!r} holds {column.dtype}.",
                hint="Spell the order as the values are stored, e.g. texts in quotes.",
            )
        return {"order": list(stated), "from": "option"}
    if column.order is not None:
        stored = {as_text(value): value for value in seen}
        known = [stored[text] if text in stored else _parsed(text, column) for text in column.order]
        return {"order": known, "from": "domain"}
    return {"order": sorted(seen), "from": "data"}


def direction_of(column: Column, order: Sequence[Category]) -> Direction:
    """Return whether ranks in this order follow the column's own order, run against it, or do neither."""
    if column.order is None:
        natural = column.dtype == "Boolean" or (column.kind is Kind.ORDINAL and is_number(column.dtype))
        follows = natural and list(order) == sorted(order)
        return Direction.KEEPS if follows else Direction.LOSES
    rank = {str(as_text(value)): position for position, value in enumerate(order)}
    if any(text not in rank for text in column.order):
        return Direction.LOSES
    ranks = [rank[text] for text in column.order]
    if all(low < high for low, high in pairwise(ranks)):
        return Direction.KEEPS
    return Direction.REVERSES if all(low > high for low, high in pairwise(ranks)) else Direction.LOSES


def _fits(value: Category, dtype: str) -> bool:
    if isinstance(value, bool):
        return dtype == "Boolean"
    return dtype == "String" if isinstance(value, str) else is_number(dtype)


def _parsed(text: str, column: Column) -> Category:
    """Return a stated value in the type in which the column stores it."""
    if column.dtype == "Boolean" and text.lower() in {"true", "false"}:
        return text.lower() == "true"
    if column.dtype == "String":
        return text
    try:
        return int(text) if is_whole(column.dtype) else float(text)
    except ValueError:
        raise RecipeError(
            f"The domain's order of {column.name!r} holds {text!r}, and the column holds {column.dtype}.",
            hint="Correct the order in the domain model, or state one with `order: […]`.",
        ) from None
