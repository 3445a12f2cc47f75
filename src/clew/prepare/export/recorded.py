"""A language that does nothing and remembers everything.

Steps state their columns as functions of a language F (see `clew.prepare.table`). Handed a `Recorded` name instead of a
module, such a function returns what it would have called, as a tree; `clew.prepare.export.python` writes the tree as
Polars code and `clew.prepare.export.sql` as SQL. So a step is exported without a line of its own for it.

>>> from clew.prepare.export.recorded import name
>>> F = name("pl")
>>> tree = (F.col("age").cast(F.Float64) - 30.0) * 0.5
>>> tree.node_head, tree.node_parts[0].node_head
('*', '-')
"""

from typing import Any

#: Heads of nodes that stand between or before their operands.
OPERATORS = frozenset(
    {"+", "-", "*", "/", "//", "%", "**", "==", "!=", "<", "<=", ">", ">=", "&", "|", "~", "negative"}
)


class Recorded:
    """A node of what was called; its operators and attributes make further nodes.

    Parameters
    ----------
    head : str
        ``"name"``, ``"attribute"``, ``"call"``, or one of `OPERATORS`.
    parts : tuple
        Of a name: its text. Of an attribute: the owner and its text. Of a call: the called node, the positional
        arguments and the named ones. Of an operator: the operands.
    """

    __slots__ = ("node_head", "node_parts")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, head: str, *parts: Any) -> None:
        self.node_head = head
        self.node_parts = parts

    def __getattr__(self, attribute: str) -> "Recorded":
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        return Recorded("attribute", self, attribute)

    def __call__(self, *arguments: Any, **named: Any) -> "Recorded":
        """Record the call."""
        return Recorded("call", self, arguments, named)

    def __bool__(self) -> bool:
        raise TypeError("What is only recorded is neither true nor false.")

    def __iter__(self) -> Any:
        raise TypeError("What is only recorded has no items.")

    def __add__(self, other: Any) -> "Recorded":
        return Recorded("+", self, other)

    def __radd__(self, other: Any) -> "Recorded":
        return Recorded("+", other, self)

    def __sub__(self, other: Any) -> "Recorded":
        return Recorded("-", self, other)

    def __rsub__(self, other: Any) -> "Recorded":
        return Recorded("-", other, self)

    def __mul__(self, other: Any) -> "Recorded":
        return Recorded("*", self, other)

    def __rmul__(self, other: Any) -> "Recorded":
        return Recorded("*", other, self)

    def __truediv__(self, other: Any) -> "Recorded":
        return Recorded("/", self, other)

    def __rtruediv__(self, other: Any) -> "Recorded":
        return Recorded("/", other, self)

    def __floordiv__(self, other: Any) -> "Recorded":
        return Recorded("//", self, other)

    def __mod__(self, other: Any) -> "Recorded":
        return Recorded("%", self, other)

    def __pow__(self, other: Any) -> "Recorded":
        return Recorded("**", self, other)

    def __rpow__(self, other: Any) -> "Recorded":
        return Recorded("**", other, self)

    def __and__(self, other: Any) -> "Recorded":
        return Recorded("&", self, other)

    def __rand__(self, other: Any) -> "Recorded":
        return Recorded("&", other, self)

    def __or__(self, other: Any) -> "Recorded":
        return Recorded("|", self, other)

    def __ror__(self, other: Any) -> "Recorded":
        return Recorded("|", other, self)

    def __invert__(self) -> "Recorded":
        return Recorded("~", self)

    def __neg__(self) -> "Recorded":
        return Recorded("negative", self)

    def __eq__(self, other: object) -> "Recorded":  # type: ignore[override]
        return Recorded("==", self, other)

    def __ne__(self, other: object) -> "Recorded":  # type: ignore[override]
        return Recorded("!=", self, other)

    def __lt__(self, other: Any) -> "Recorded":
        return Recorded("<", self, other)

    def __le__(self, other: Any) -> "Recorded":
        return Recorded("<=", self, other)

    def __gt__(self, other: Any) -> "Recorded":
        return Recorded(">", self, other)

    def __ge__(self, other: Any) -> "Recorded":
        return Recorded(">=", self, other)


def name(text: str) -> Recorded:
    """Return the node that stands for something of this name, such as a module or a frame."""
    return Recorded("name", text)
