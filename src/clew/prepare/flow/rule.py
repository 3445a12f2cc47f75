"""One line of the table that says what an operator of Data Wrangler becomes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from clew.prepare.flow.graph import Node
from clew.prepare.flow.names import Names
from clew.prepare.flow.options import Options
from clew.prepare.flow.outcome import Outcome


@dataclass(frozen=True)
class Side:
    """The other table of a join or a concatenation.

    Parameters
    ----------
    file : str
        The file that the step reads.
    how : str
        Where that file comes from, for people.
    names : Names
        What is known of its columns.
    """

    file: str
    how: str
    names: Names


@dataclass(frozen=True)
class Seen:
    """What a rule gets to see.

    Parameters
    ----------
    node : Node
        The node.
    options : Options
        The options of what it does; those of the node itself where there is no choice.
    names : Names
        The columns that reach it.
    values : mapping, default {}
        Values of the flow's parameters.
    side : Side, optional
        The other table.
    """

    node: Node
    options: Options
    names: Names
    values: Mapping[str, object] = field(default_factory=dict)
    side: Side | None = None


Mapper: TypeAlias = Callable[[Seen], Outcome]


@dataclass(frozen=True)
class Rule:
    """What an operator becomes.

    Parameters
    ----------
    operator : str
        Its family: ``handle_missing``.
    label : str
        What it does, in Data Wrangler's words: ``Drop missing``; empty if the operator does one thing.
    gives : tuple of str
        Steps that it may become.
    map : callable
        Makes the steps.
    differs : tuple of str, default ()
        What behaves otherwise here, whatever the options.
    learns : bool, default False
        Whether it learns from rows.
    part : str, default ""
        Name of its group of options, where the label does not tell.
    seen : bool, default True
        Whether the names of its options are known from real flow files or from code that Data Wrangler has written;
        otherwise they follow its documentation and its habits, and what is called otherwise is reported.
    """

    operator: str
    label: str
    gives: tuple[str, ...]
    map: Mapper
    differs: tuple[str, ...] = ()
    learns: bool = False
    part: str = ""
    seen: bool = True
