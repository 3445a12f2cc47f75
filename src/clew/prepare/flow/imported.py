"""A flow file as a recipe, with a report.

>>> from clew.prepare.flow.imported import import_flow
>>> imported = import_flow("churn.flow")  # doctest: +SKIP
>>> imported.recipe, imported.unmapped  # doctest: +SKIP
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from clew.prepare.flow.families.sources import file_of
from clew.prepare.flow.graph import Flow, Node, read_flow
from clew.prepare.flow.line import before, ends, line_to, others, transforms
from clew.prepare.flow.mapped import Mapped, map_node
from clew.prepare.flow.names import Names, columns_of
from clew.prepare.flow.outcome import Status, StepDict
from clew.prepare.flow.rule import Side
from clew.prepare.flow.written import write
from clew.prepare.recipe import Recipe
from clew.store.files import write_atomic

_READ = "types are inferred where the step reads the file"
_DONE = {Status.MAPPED, Status.PARTLY}
_NO_STEPS = {Status.UNMAPPED, Status.WAITING}


@dataclass(frozen=True)
class Line:
    """A table of the flow: the nodes that make it, what each became, and the tables that it is joined with.

    Parameters
    ----------
    name : str
        Name of the recipe that makes it: ``""`` for the table that was asked for.
    end : Node
        Its last node.
    nodes : tuple of Mapped
        In order, from the source.
    file : str
        The file that its rows would be read from.
    """

    name: str
    end: Node
    nodes: tuple[Mapped, ...]
    file: str

    @property
    def steps(self) -> list[StepDict]:
        """The steps, in order."""
        return [step for mapped in self.nodes if mapped.status in _DONE for step in mapped.steps]


@dataclass(frozen=True)
class Imported:
    """A flow as a recipe, and what became of each node.

    Parameters
    ----------
    flow : Flow
        The file.
    line : Line
        The table that was asked for.
    sides : tuple of Line
        Tables that it is joined with and that have steps of their own: each a recipe of its own, to be run before.
    beside : tuple of Mapped
        Nodes of other tables that are read as they are; charts and destinations beside these lines.
    left : tuple of Node
        Ends of other lines, the longest first; `import_flow` takes them with `node`.
    target : str, optional
        The target that no step changes: the stated one, or the one whose classes a node balances.
    """

    flow: Flow
    line: Line
    sides: tuple[Line, ...]
    beside: tuple[Mapped, ...]
    left: tuple[Node, ...]
    target: str | None = None

    @cached_property
    def recipe(self) -> Recipe:
        """The recipe; it can be fitted as it is, without the work of `unmapped` nodes."""
        return Recipe.from_dict(self.line.steps)

    @property
    def nodes(self) -> tuple[Mapped, ...]:
        """What became of each node, each once: of the sides, of the line, and of what stands beside."""
        found = {mapped.node.id: mapped for line in (*self.sides, self.line) for mapped in line.nodes}
        found |= {mapped.node.id: mapped for mapped in self.beside if mapped.node.id not in found}
        return tuple(found.values())

    @property
    def unmapped(self) -> tuple[Mapped, ...]:
        """The nodes whose work the recipe does not do."""
        return tuple(mapped for mapped in self.nodes if mapped.status in _NO_STEPS)

    @property
    def settings(self) -> dict[str, Any]:
        """What belongs into clew.yaml: ``data`` and ``split``, as far as the flow says."""
        merged: dict[str, Any] = {}
        for mapped in self.line.nodes:
            merged |= mapped.settings
        return merged

    def to_dict(self) -> dict[str, Any]:
        """Return the report, JSON-ready.

        Returns
        -------
        dict
            ``steps[]``, ``mapped`` (number of nodes whose work is done, in full or in part), ``unmapped[]``,
            ``nodes[]``, ``sides[]``, ``others[]``, ``settings``.
        """
        return {
            "steps": self.line.steps,
            "mapped": sum(mapped.status in _DONE for mapped in self.nodes),
            "unmapped": [mapped.to_dict() for mapped in self.unmapped],
            "partly": sum(mapped.status is Status.PARTLY for mapped in self.nodes),
            "nodes": [mapped.to_dict() for mapped in self.nodes],
            "sides": [{"name": s.name, "file": s.file, "node": s.end.id, "steps": s.steps} for s in self.sides],
            "others": [_described(self.flow, node) for node in self.left],
            "settings": self.settings,
            "end": self.line.end.id,
            "target": self.target,
        }

    def to_yaml(self) -> str:
        """Return the recipe as text, each step under its node and what differs; what has no step is a comment."""
        return write(self.flow.path.name, self.line.file, self.line.nodes)

    def save(self, path: Path) -> list[Path]:
        """Write the recipe, and beside it one for each side.

        Parameters
        ----------
        path : Path
            File of the recipe.

        Returns
        -------
        list of Path
            The files written, the sides first.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        written = []
        for side in self.sides:
            place = self.side_path(path, side)
            write_atomic(place, write(self.flow.path.name, side.file, side.nodes))
            written.append(place)
        write_atomic(path, self.to_yaml())
        return [*written, path]

    def side_path(self, path: Path, side: Line) -> Path:
        """Return the file of a side's recipe, beside the one at `path`."""
        return path.with_name(f"{path.stem}-{side.name}{path.suffix or '.yaml'}")


def import_flow(path: Path | str, *, node: str | None = None, target: str | None = None) -> Imported:
    """Read a flow file of Amazon SageMaker Data Wrangler as a recipe.

    Parameters
    ----------
    path : path-like
        The ``.flow`` file. Code in it is never run, and what its nodes have learnt is never opened.
    node : str, optional
        The node whose table is wanted: its id or the beginning of it, its number in the file, or its name. By default
        the destination with the most transforms before it; without a destination, the last node of the longest line.
    target : str, optional
        The target column. Steps that would change it leave it out, so that the recipe can be fitted with it. By default
        the column whose classes a node balances, if one does.

    Returns
    -------
    Imported
        Recipe and report.

    Raises
    ------
    UsageError
        If there is no such file or node.
    DataError
        If the file is no flow, or its nodes make no graph.
    """
    flow = read_flow(Path(path))
    end = flow.find(node) if node is not None else ends(flow)[0]
    target = target or _balanced(line_to(flow, end))
    lines = _Lines(flow, target)
    for joining in before(flow, end):
        if len(joining.inputs) == 2:
            lines.side(joining)  # in the order of the flow, so that each finds those within it ready
    line, _ = lines.follow(end, "")
    told = [*lines.plain, *(mapped for part in (*lines.sides, line) for mapped in part.nodes)]
    covered = {mapped.node.id for mapped in told}
    shown = [n for n in flow.nodes.values() if n.id not in covered and _only_shows(n, covered)]
    beside = (*lines.plain, *(map_node(flow, one, Names())[0] for one in shown))
    left = others(flow, [*(mapped.node for mapped in told), *shown])
    return Imported(flow, line, tuple(lines.sides), beside, left, target)


class _Lines:
    """Follows lines, each side table once."""

    def __init__(self, flow: Flow, target: str | None) -> None:
        self.flow = flow
        self.target = target
        self.sides: list[Line] = []
        #: The nodes of other tables that are read as they are.
        self.plain: list[Mapped] = []
        self._known: dict[str, Side] = {}

    def follow(self, end: Node, name: str) -> tuple[Line, Names]:
        """Return the line that leads to a node, and what is known of its columns."""
        nodes, names = [], Names()
        line = line_to(self.flow, end)
        for node in line:
            side = self.side(node) if len(node.inputs) == 2 else None
            mapped, names = map_node(self.flow, node, names, side, self.target if not name else None)
            nodes.append(mapped)
        return Line(name, end, tuple(_pruned(nodes)), file_of(line[0])), names

    def side(self, node: Node) -> Side:
        """Return the other table of a node: a file as it is, or one that a recipe of its own makes."""
        end = self.flow.nodes[node.inputs[1]]
        if end.id not in self._known:
            self._known[end.id] = self._made(end)
        return self._known[end.id]

    def _made(self, end: Node) -> Side:
        name = self._name(end)
        line, names = self.follow(end, name)
        work = [m for m in line.nodes if m.status is not Status.IGNORED and m.node.type != "SOURCE"]
        if all(mapped.node.family == "infer_and_cast_type" for mapped in work):
            self.plain += [replace(m, steps=(), differs=(_READ,)) if m.steps else m for m in line.nodes]
            return Side(line.file, _copy(line), names)
        self.sides.append(replace(line, name=name))
        file = f"{name}.parquet"
        return Side(file, f"{file} is made by the recipe of its own for node {end.number}: run that one first.", names)

    def _name(self, end: Node) -> str:
        stem = re.sub(r"\W+", "-", Path(end.name or file_of(line_to(self.flow, end)[0])).stem).strip("-") or "side"
        return f"{stem}-{end.number}"


def _copy(line: Line) -> str:
    source = line.nodes[0].settings.get("data", {}).get("source", "its rows")
    return f"Put {line.file} beside the recipe: a copy of {source}."


def _only_shows(node: Node, covered: set[str]) -> bool:
    """Whether a node beside the lines is a chart of any node, or a destination of one of theirs."""
    if node.type == "VISUALIZATION":
        return True
    return node.type in {"DESTINATION", "DATASET"} and all(source in covered for source in node.inputs)


def _balanced(line: Sequence[Node]) -> str | None:
    """Return the column whose classes a node of the line balances; None if none does."""
    named = (node.parameters.get("target_column") for node in line if node.family == "balance_data")
    return next((name for name in named if isinstance(name, str) and name), None)


def _pruned(nodes: Sequence[Mapped]) -> Iterator[Mapped]:
    """Take columns out of casts that nobody reads before they are dropped, so that a new row need not have them."""
    for position, mapped in enumerate(nodes):
        if mapped.node.family != "infer_and_cast_type" or not mapped.steps:
            yield mapped
            continue
        steps = [step for other in nodes[position + 1 :] for step in other.steps if other.status in _DONE]
        later = [(step, json.dumps(step, ensure_ascii=False)) for step in steps]
        kept = []
        for step in mapped.steps:
            columns = [name for name in columns_of(step) if not _dropped_unread(name, later)]
            terms = step["columns"] if isinstance(step["columns"], list) else [step["columns"]]
            terms = [term for term in terms if term.removeprefix("name:") in columns]
            if terms:
                kept.append({**step, "columns": terms[0] if len(terms) == 1 else terms})
        yield replace(mapped, steps=tuple(kept))


def _dropped_unread(name: str, later: Sequence[tuple[StepDict, str]]) -> bool:
    """Whether the next step that says a name, anywhere in its text, drops the column."""
    quoted = json.dumps(name, ensure_ascii=False)[1:-1]
    for step, text in later:
        if step.get("columns") == "all":
            return False
        if quoted in text:
            return step["op"] == "drop" and name in columns_of(step)
    return False


def _described(flow: Flow, node: Node) -> dict[str, Any]:
    line = line_to(flow, node)
    return {
        "node": node.id,
        "number": node.number,
        "name": node.name,
        "does": node.title,
        "transforms": transforms(line),
    }
