"""The recipe of a flow as text: steps under what they were, and comments where there are none."""

import textwrap
from collections.abc import Iterator, Sequence

from clew.prepare import text
from clew.prepare.flow.mapped import Mapped
from clew.prepare.flow.outcome import Status

_WIDTH = 116


def write(flow: str, file: str, nodes: Sequence[Mapped]) -> str:
    """Write a recipe.

    Parameters
    ----------
    flow : str
        Name of the flow file.
    file : str
        The file that its rows would be read from.
    nodes : sequence of Mapped
        In order.

    Returns
    -------
    str
        YAML that `Recipe.from_yaml` reads. What a node holds as code or formula is a comment and nothing else.
    """
    parts = list(_comment(f"From {flow}, a flow of Amazon SageMaker Data Wrangler, for the rows of {file}."))
    steps = 0
    for mapped in nodes:
        if mapped.status is Status.IGNORED:
            continue
        parts += ["", *_about(mapped)]
        if mapped.steps and mapped.status is Status.WAITING:
            parts += [f"#   {line}" for line in _plain(text.write(mapped.steps))]
        elif mapped.steps:
            parts.append(text.write(mapped.steps).rstrip("\n"))
            steps += len(mapped.steps)
    return "\n".join(parts if steps else [*parts, "", "[]"]) + "\n"


def _about(mapped: Mapped) -> Iterator[str]:
    node = mapped.node
    named = f" ({node.name})" if node.name else ""
    state = {Status.UNMAPPED: " has no step. ", Status.WAITING: " waits. "}.get(mapped.status, ".")
    yield from _comment(f"Node {node.number}, {node.title}{named}{state}{mapped.why}".rstrip())
    for line in mapped.differs:
        yield from _comment(f"- {line}", "  ")
    for line in mapped.lacks:
        yield from _comment(f"- not taken over: {line}", "  ")
    if mapped.todo:
        yield from _comment(f"To do: {mapped.todo}")
    if mapped.code:
        yield from (f"#   | {line}" for line in _plain(mapped.code))


def _comment(said: str, indent: str = "") -> Iterator[str]:
    plain = " ".join(line for line in _plain(said))
    yield from (f"# {line}" for line in textwrap.wrap(plain, _WIDTH, subsequent_indent=indent, break_on_hyphens=False))


def _plain(said: str) -> list[str]:
    """Return the lines of a text without characters that could end a comment or make an editor jump."""
    return ["".join(c if c.isprintable() else " " for c in line).rstrip() for line in said.expandtabs(4).splitlines()]
