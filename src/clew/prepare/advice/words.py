"""How a reason is worded: names, shares and lists."""

from collections.abc import Iterable, Sequence
from typing import Literal

from clew.core.readable import number
from clew.core.schema import Column
from clew.prepare.selectors import Columns, literal

#: Items that a list names before it counts the others.
_NAMED = 3


def chosen(columns: Iterable[Column]) -> Columns:
    """Return the choice of these columns, whatever their names look like."""
    return Columns.of([literal(column.name) for column in columns])


def quoted(name: str) -> str:
    """Return a column's name as a reason shows it."""
    return f"`{name}`"


def percent(share: float) -> str:
    """Return a share as a percentage without decimals."""
    return f"{share:.0%}".replace("%", " %")


def names(columns: Sequence[Column]) -> str:
    """Return the names of some columns, as `listed` does."""
    return listed([quoted(column.name) for column in columns])


def listed(items: Sequence[str]) -> str:
    """Join a few items in words, and count the others."""
    shown = list(items[:_NAMED])
    if len(items) > _NAMED:
        shown.append(f"{len(items) - _NAMED} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}" if shown else ""


def are(columns: Sequence[Column]) -> Literal["is", "are"]:
    """Return the verb that agrees with the number of columns."""
    return "is" if len(columns) == 1 else "are"


def have(columns: Sequence[Column]) -> Literal["has", "have"]:
    """Return the verb that agrees with the number of columns."""
    return "has" if len(columns) == 1 else "have"


def figure(value: float) -> str:
    """Return a number as a reason shows it."""
    return number(value, 3)


def many(count: int, what: str) -> str:
    """Return a number of things in words, ``"1 row"`` or ``"48 842 rows"``."""
    return f"{number(count)} {what}{'' if count == 1 else 's'}"
