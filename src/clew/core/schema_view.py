"""Columns for a notebook: what each is, and what is stated about it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from clew.core.excerpt import cut, lines, many, names
from clew.core.html import Html, badge, element, fragment, join, pairs
from clew.core.readable import number

if TYPE_CHECKING:
    from clew.core.schema import Column, Schema


def schema_view(schema: "Schema") -> str:
    """Return the columns of a table, one a line."""
    target = schema.target
    told = many(len(schema), "column") + (f", target {target.name}" if target else "")
    listed = ((column.name, tags(column), column.dtype, column.unit or "", _in_short(column)) for column in schema)
    table = lines(("Column", "Kind", "Type", "Unit", "Stated"), listed, len(schema), "column", where=".names")
    return fragment(element("h3", "Schema"), element("p", told, class_="lead"), table, title="Schema")


def column_view(column: "Column") -> str:
    """Return all that is known about one column."""
    return fragment(
        element("h3", column.name),
        element("p", column.description, class_="lead") if column.description else element("p"),
        element("div", tags(column), " ", badge(column.dtype), class_="tags"),
        pairs(_stated(column)),
        title=f"Column {column.name}",
    )


def tags(column: "Column") -> Html:
    """Return the kind of a column and its role, if it is no plain feature."""
    role = column.role.value
    shown = [badge(column.kind.value)]
    if role != "feature":
        shown.append(badge(role, "good" if role == "target" else "info"))
    if column.protected:
        shown.append(badge("protected", "warning"))
    return join(shown, " ")


def _stated(column: "Column") -> Iterator[tuple[str, object]]:
    if column.unit:
        yield "unit", column.unit
    if column.minimum is not None or column.maximum is not None:
        yield "range", _range(column)
    if column.allowed is not None:
        yield "allowed", names(column.allowed)
    if column.order:
        yield "order", names(column.order)
    if column.pattern:
        yield "pattern", element("code", cut(column.pattern))
    if not column.nullable:
        yield "missing values", "not allowed"
    if column.monotonic:
        yield "prediction", f"{column.monotonic} with it"
    if column.available_after:
        yield "known from", column.available_after
    if column.format:
        yield "spelt", column.format
    if column.missing is not None:
        yield "spelt when missing", names(column.missing)
    if column.sources:
        yield "made from", names(column.sources)


def _range(column: "Column") -> str:
    low, high = column.minimum, column.maximum
    if low is None:
        return f"up to {number(high)}"
    return f"from {number(low)}" + (f" to {number(high)}" if high is not None else "")


def _in_short(column: "Column") -> Html:
    said = (join((element("small", f"{name} "), value)) for name, value in _stated(column) if name != "unit")
    return join(said, "; ")
