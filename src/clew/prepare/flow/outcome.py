"""What becomes of a node: steps, and what somebody who moves house should know about them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

#: The text form of a step, as a plain mapping.
StepDict: TypeAlias = dict[str, Any]


class Status(StrEnum):
    """What became of a node."""

    MAPPED = "mapped"
    """Its work is done by steps, or by a setting; `differs` says where it behaves otherwise."""
    PARTLY = "partly"
    """As `MAPPED`, but for options without a counterpart."""
    WAITING = "waiting"
    """Its steps are known and need a column that a node without steps makes; they stand in the recipe as a comment."""
    UNMAPPED = "unmapped"
    """It has no steps; `todo` says what to do by hand."""
    IGNORED = "ignored"
    """It changes no rows: a chart, a report, a destination."""


class Unmappable(Exception):  # noqa: N818 - no error of the user's: it is caught and reported
    """A node, or what it is asked to do, has no counterpart.

    Parameters
    ----------
    why : str
        The reason, a sentence.
    todo : str, default ""
        What to do by hand.
    """

    def __init__(self, why: str, todo: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.todo = todo


class MissingName(Unmappable):
    """A node reads a column that an earlier node without steps would have made.

    Parameters
    ----------
    name : str
        The column.
    number : int
        The earlier node.
    """

    def __init__(self, name: str, number: int) -> None:
        super().__init__(
            f"It needs the column {name!r}, which node {number} makes, and that one has no step.",
            f"Rebuild node {number} first, then take the comment signs away.",
        )


@dataclass(frozen=True)
class Family:
    """Columns that a step makes one of per value, whose names follow another rule than in Data Wrangler.

    Parameters
    ----------
    beginning : str
        How their names begin there: ``genre_`` of ``genre_Latin``.
    here : str
        How they begin here: ``genre=``.
    shift : int, default 0
        What to add to the number that they end with there.
    """

    beginning: str
    here: str
    shift: int = 0

    def translate(self, name: str) -> str | None:
        """Return the name here of a column; None if it is none of the family."""
        rest = name.removeprefix(self.beginning)
        if rest == name or not rest:
            return None
        if self.shift:
            return f"{self.here}{int(rest) + self.shift}" if rest.isdecimal() else None
        return f"{self.here}{rest}"


@dataclass(frozen=True)
class Outcome:
    """What a rule makes of a node.

    Parameters
    ----------
    steps : tuple of dict, default ()
        In order.
    differs : tuple of str, default ()
        What behaves otherwise than there.
    lacks : tuple of str, default ()
        Options without a counterpart, each with what that means.
    todo : str, default ""
        What to do by hand.
    settings : mapping, default {}
        What belongs into clew.yaml instead.
    families : tuple of Family, default ()
        Columns under other names.
    vectors : mapping of str to str, default {}
        Columns that hold a vector there and are several columns here, with what these are called.
    same : mapping of str to str, default {}
        Names there of columns that have another name here.
    forget : tuple of str, default ()
        Names there of such columns that are gone.
    columns : mapping of str to str or None, default "as the steps say"
        The columns after it with their types, where steps alone do not tell; None if nobody knows.
    """

    steps: tuple[StepDict, ...] = ()
    differs: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    todo: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    families: tuple[Family, ...] = ()
    vectors: Mapping[str, str] = field(default_factory=dict)
    same: Mapping[str, str] = field(default_factory=dict)
    forget: tuple[str, ...] = ()
    columns: Mapping[str, str] | str | None = "as the steps say"


def steps(*made: StepDict | None) -> tuple[StepDict, ...]:
    """Return the steps without those that are None."""
    return tuple(step for step in made if step is not None)
