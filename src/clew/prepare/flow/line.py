"""Which nodes of a flow make one table: a line from a source to an end, with joins in between."""

from collections.abc import Sequence

from clew.core.errors import DataError
from clew.prepare.flow.graph import Flow, Node

#: Nodes that hand rows on to nobody.
_SHOWS = "VISUALIZATION"
_WRITES = "DESTINATION"


def line_to(flow: Flow, end: Node) -> tuple[Node, ...]:
    """Return the nodes that lead to a node, itself the last; at a join, the left side is followed."""
    nodes = [end]
    while nodes[-1].inputs:
        nodes.append(flow.nodes[nodes[-1].inputs[0]])
    return tuple(reversed(nodes))


def before(flow: Flow, end: Node) -> tuple[Node, ...]:
    """Return a node and all nodes that it rests on, each behind those before it."""
    needed = {end.id}
    for node in reversed(list(flow.nodes.values())):
        if node.id in needed:
            needed.update(node.inputs)
    return tuple(node for node in flow.nodes.values() if node.id in needed)


def ends(flow: Flow) -> tuple[Node, ...]:
    """Return the nodes at which a table is ready, the one that most transforms lead to first.

    These are the destinations; in a flow without one, the nodes that no other node goes on from. Charts do not count.

    Raises
    ------
    DataError
        If there is nothing but charts.
    """
    read = {source for node in flow.nodes.values() if node.type != _SHOWS for source in node.inputs}
    last = [node for node in flow.nodes.values() if node.type != _SHOWS and node.id not in read]
    if not last:
        raise DataError(f"{flow.path} holds charts and nothing that makes a table.", hint="Name another flow.")
    written = [node for node in last if node.type == _WRITES]
    long = _lengths(flow)
    return tuple(sorted(written or last, key=lambda node: (-long[node.id], node.number)))


def others(flow: Flow, covered: Sequence[Node]) -> tuple[Node, ...]:
    """Return the last nodes of lines that are not covered, the longest first."""
    known = {node.id for node in covered}
    read = {source for node in flow.nodes.values() if node.type != _SHOWS for source in node.inputs}
    left = [n for n in flow.nodes.values() if n.type != _SHOWS and n.id not in read and n.id not in known]
    long = _lengths(flow)
    # A destination right behind a covered node only writes what is there.
    new = [node for node in left if not (node.type in {_WRITES, "DATASET"} and all(i in known for i in node.inputs))]
    return tuple(sorted(new, key=lambda node: (-long[node.id], node.number)))


def transforms(line: Sequence[Node]) -> int:
    """Return how many transforms a line has."""
    return sum(node.type == "TRANSFORM" for node in line)


def _lengths(flow: Flow) -> dict[str, int]:
    long: dict[str, int] = {}
    for node in flow.nodes.values():
        before = long[node.inputs[0]] if node.inputs else 0
        long[node.id] = before + (node.type == "TRANSFORM")
    return long
