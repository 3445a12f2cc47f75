"""A flow file as a graph of nodes: read, checked, and nothing in it executed.

The format, as files of 2021 to 2025 show it: ``{"metadata": {"version": 1}, "parameters": […], "nodes": […]}``. A node
has ``node_id``, ``type`` (SOURCE, TRANSFORM, DATASET, VISUALIZATION, DESTINATION), ``operator`` with a version at its
end, ``parameters``, ``inputs`` that name other nodes, and ``outputs``, which say how a source was sampled. What a node
has learnt stands in ``trained_parameters``, in part as pickled Spark models: these are never opened.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clew.core.errors import DataError, UsageError, did_you_mean
from clew.prepare.flow.content import read_content

#: The version of the format that is understood.
VERSION = 1
#: Parameters that nest deeper are refused; those of Data Wrangler have four levels.
DEEPEST = 30
_OPERATOR = re.compile(
    r"(?:sagemaker\.)?(?:spark\.|visualizations\.|dataset\.)?(?P<family>.*?)(?:_(?P<version>\d+\.\d+))?"
)
_LEARNT = "trained_parameters"


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One node of a flow.

    Parameters
    ----------
    number : int
        Its place in the file, from 1.
    id : str
        Its ``node_id``.
    type : str
        ``SOURCE``, ``TRANSFORM``, ``DATASET``, ``VISUALIZATION``, ``DESTINATION``, or whatever the file says.
    operator : str
        For example ``sagemaker.spark.handle_missing_0.1``.
    name : str
        What somebody called it; often empty.
    parameters : mapping
        Its options.
    types : mapping of str to str
        Column types that a node of type inference settled on; empty for others.
    trained : bool
        Whether the file holds something that the node has learnt.
    inputs : tuple of str
        Ids of the nodes before it; of a join the left one first.
    sampling : mapping
        How its first output is sampled; empty if it is not.
    """

    number: int
    id: str
    type: str
    operator: str
    name: str
    parameters: Mapping[str, Any]
    types: Mapping[str, str]
    trained: bool
    inputs: tuple[str, ...]
    sampling: Mapping[str, Any]

    @property
    def family(self) -> str:
        """The operator without its prefix and version: ``handle_missing``."""
        return _parts(self.operator)[0]

    @property
    def version(self) -> str:
        """Version of the operator: ``0.1``."""
        return _parts(self.operator)[1]

    @property
    def label(self) -> str:
        """What the operator does here, in Data Wrangler's words: ``Drop missing``; empty if there is no choice."""
        chosen = self.parameters.get("operator", "")
        return chosen if isinstance(chosen, str) else ""

    @property
    def title(self) -> str:
        """Family and label for people: ``handle_missing: Drop missing``."""
        return f"{self.family}: {self.label}" if self.label else self.family


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """A checked flow: ids are unique, every input exists, and there is no circle.

    Parameters
    ----------
    path : Path
        The file.
    nodes : mapping of str to Node
        By id, each after all nodes before it.
    parameters : mapping of str to Any
        Values of the flow's parameters by name; None where the file states none.
    """

    path: Path
    nodes: Mapping[str, Node]
    parameters: Mapping[str, Any]

    def find(self, text: str) -> Node:
        """Return the node of an id, of the beginning of an id, of a number, or of a name.

        Raises
        ------
        UsageError
            If there is none, or there are several.
        """
        nodes = list(self.nodes.values())
        for found in (
            [node for node in nodes if node.id == text],
            [node for node in nodes if str(node.number) == text],
            [node for node in nodes if node.name == text],
            [node for node in nodes if text and node.id.startswith(text)],
        ):
            if len(found) == 1:
                return found[0]
            if found:
                listed = ", ".join(f"{node.number} ({node.id})" for node in found[:5])
                raise UsageError(
                    f"{len(found)} nodes of {self.path} answer to {text!r}: {listed}.", hint="Give the id."
                )
        raise UsageError(
            f"{self.path} has no node {text!r}.",
            hint=did_you_mean(text, [*self.nodes, *(node.name for node in nodes if node.name)]),
        )


def read_flow(path: Path) -> Flow:
    """Read and check a flow file.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    UsageError
        If there is no such file.
    DataError
        If it is no flow file, is one of another version, or its nodes do not make a graph.
    """
    content = read_content(path)
    version = _mapping(_mapping(content).get("metadata")).get("version", VERSION)
    if version != VERSION:
        raise DataError(
            f"{path} is a flow of version {version!r}, and version {VERSION} is understood.",
            hint="Open it in Data Wrangler and save it, or ask for this version with the file's `metadata`.",
        )
    listed = content.get("nodes") if isinstance(content, dict) else None
    if not isinstance(listed, list) or not listed:
        raise DataError(
            f"{path} is JSON without a list of `nodes`, so it is no flow.",
            hint="It is a notebook; name the .flow file instead."
            if isinstance(content, dict) and "cells" in content
            else "Name a .flow file of Data Wrangler.",
        )
    nodes = [_node(item, number, path) for number, item in enumerate(listed, start=1)]
    return Flow(path, _ordered(nodes, path), _parameters(content.get("parameters")))


def _node(item: Any, number: int, path: Path) -> Node:
    def refuse(what: str) -> DataError:
        return DataError(f"Node {number} of {path} {what}, so the flow cannot be followed.")

    if not isinstance(item, Mapping):
        raise refuse(f"is a {type(item).__name__} and no object")
    for key in ("node_id", "operator"):
        if not isinstance(item.get(key), str) or not item[key]:
            raise refuse(f"has no `{key}`")
    inputs = []
    for entry in _list(item, "inputs"):
        source = entry.get("node_id") if isinstance(entry, Mapping) else None
        if not isinstance(source, str):
            raise refuse("has an input that names no node")
        inputs.append(source)
    parameters, outputs = _mapping(item.get("parameters")), _list(item, "outputs")
    if _nested_deeper(parameters, DEEPEST):
        raise refuse(f"nests its parameters more than {DEEPEST} deep")
    trained = _mapping(item.get(_LEARNT))
    name = item.get("name") or parameters.get("name") or ""
    return Node(
        number,
        item["node_id"],
        str(item.get("type") or ("TRANSFORM" if inputs else "SOURCE")).upper(),
        item["operator"],
        name if isinstance(name, str) else "",
        parameters,
        {str(column): str(kind) for column, kind in _mapping(trained.get("schema")).items()},
        bool(trained),
        tuple(inputs),
        _mapping(_mapping(outputs[0]).get("sampling")) if outputs else {},
    )


def _ordered(nodes: list[Node], path: Path) -> dict[str, Node]:
    """Return the nodes by id, each behind those before it."""
    by_id: dict[str, Node] = {}
    for node in nodes:
        if node.id in by_id:
            raise DataError(f"Nodes {by_id[node.id].number} and {node.number} of {path} have the same id {node.id!r}.")
        by_id[node.id] = node
    after: dict[str, list[str]] = {}
    for node in nodes:
        for source in node.inputs:
            if source not in by_id:
                raise DataError(
                    f"Node {node.number} ({node.title}) of {path} has the input {source!r}, which is not there.",
                    hint="The file may have been cut or edited; export the flow from Data Wrangler again.",
                )
            after.setdefault(source, []).append(node.id)
    waiting = {node.id: len(node.inputs) for node in nodes}
    ready = [node.id for node in nodes if not node.inputs]
    for done in ready:  # grows while it is walked
        for later in after.get(done, ()):
            waiting[later] -= 1
            if not waiting[later]:
                ready.append(later)
    if len(ready) < len(nodes):
        circle = ", ".join(str(node.number) for node in nodes if waiting[node.id])
        raise DataError(f"Nodes of {path} wait for one another in a circle: {circle}.", hint="A flow has a beginning.")
    return {one: by_id[one] for one in ready}


def _parameters(listed: Any) -> dict[str, Any]:
    """Return the values of a flow's parameters; where they stand is not documented, so several keys are tried."""
    found = {}
    for item in listed if isinstance(listed, list) else ():
        if isinstance(item, Mapping) and isinstance(item.get("name"), str):
            values = (item.get(key) for key in ("value", "default_value", "defaultValue", "default"))
            found[item["name"]] = next((value for value in values if isinstance(value, str | int | float)), None)
    return found


def _parts(operator: str) -> tuple[str, str]:
    match = _OPERATOR.fullmatch(operator)
    return (match["family"] or operator, match["version"] or "") if match else (operator, "")


def _nested_deeper(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        inner = (list(item.values()) if isinstance(item, Mapping) else item for item in level)
        level = [part for items in inner if isinstance(items, list) for part in items]
        if not level:
            return False
    return True


def _list(item: Mapping[str, Any], key: str) -> list[Any]:
    value = item.get(key)
    return value if isinstance(value, list) else []


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
