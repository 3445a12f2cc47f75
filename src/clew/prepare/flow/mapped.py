"""One node after the other: what each becomes, and what is known of the columns behind it."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from clew.core.errors import ConfigError, did_you_mean
from clew.prepare.flow.families.custom import code_of
from clew.prepare.flow.families.sources import database
from clew.prepare.flow.graph import Flow, Node
from clew.prepare.flow.names import Names, chosen, columns_of
from clew.prepare.flow.options import Options, chosen_part
from clew.prepare.flow.outcome import MissingName, Outcome, Status, StepDict, Unmappable
from clew.prepare.flow.rule import Rule, Seen, Side
from clew.prepare.flow.table import labels, rule_for
from clew.prepare.options import step_from_dict

_PARAMETER = re.compile(r"\$\{\w+\}")
_NEW = "0.1"
#: Steps that may name a target without changing it.
_MAY_NAME_TARGET = {"move", "sort", "sample", "join", "balance", "drop_duplicates"}
_IGNORED = {
    "VISUALIZATION": "a chart or report; `clew profile` shows what it showed, on all rows",
    "DESTINATION": "a destination; `clew prepare … --out FILE` writes the table",
    "DATASET": "passes the rows on",
}
_CHARTS = ("visualizations", "destination")


@dataclass(frozen=True)
class Mapped:
    """A node and what became of it.

    Parameters
    ----------
    node : Node
        The node.
    status : Status
        What became of it.
    steps : tuple of dict
        Its steps; of a waiting node those that it would have.
    why : str, default ""
        Why it has none, or what it is.
    differs, lacks : tuple of str, default ()
        What behaves otherwise; options without a counterpart.
    todo : str, default ""
        What to do by hand.
    code : str, default ""
        Code, query or formula that it holds, as text.
    settings : mapping, default {}
        What belongs into clew.yaml.
    """

    node: Node
    status: Status
    steps: tuple[StepDict, ...] = ()
    why: str = ""
    differs: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    todo: str = ""
    code: str = ""
    settings: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return what became of the node, JSON-ready; what is empty is left out."""
        node = self.node
        said = {
            "node": node.id, "number": node.number, "type": node.type, "operator": node.operator, "does": node.title,
            "name": node.name, "status": self.status.value, "steps": list(self.steps), "why": self.why,
            "differs": list(self.differs), "lacks": list(self.lacks), "todo": self.todo, "code": self.code,
            "settings": self.settings,
        }  # fmt: skip
        return {key: value for key, value in said.items() if value or key in {"status", "steps"}}


def map_node(
    flow: Flow, node: Node, names: Names, side: Side | None = None, target: str | None = None
) -> tuple[Mapped, Names]:
    """Return what becomes of a node, and what is known of the columns behind it.

    Parameters
    ----------
    flow : Flow
        Where it stands.
    node : Node
        The node.
    names : Names
        The columns that reach it.
    side : Side, optional
        The other table of a join.
    target : str, optional
        The target, which no step may change.
    """
    why = _ignored(node)
    if why is not None:
        return Mapped(node, Status.IGNORED, why=why), names
    rule = rule_for(node)
    if node.type == "SOURCE" and rule is None:
        outcome = database(Seen(node, Options(node.parameters), names, flow.parameters))
        return _as_mapped(node, outcome, (), code_of(outcome.settings["data"])), names
    if rule is None:
        return _without_rule(node), names.after_gap(node.number)
    options = _options(node, rule)
    seen = Seen(node, options, names, flow.parameters, side)
    try:
        outcome = _checked(_without_target(rule.map(seen), target))
    except MissingName as error:
        return _waiting(flow, node, names, side, target, error), names
    except Unmappable as error:
        mapped = Mapped(node, Status.UNMAPPED, why=error.why, todo=error.todo, code=code_of(node.parameters))
        return mapped, names.after_gap(node.number)
    unread = (
        () if node.type == "SOURCE" else tuple(f"the option `{text}` is not understood" for text in options.unread())
    )
    extra = [*rule.differs, *(["it learns anew, from all training rows"] if rule.learns and outcome.steps else [])]
    if node.version not in {_NEW, ""}:
        extra.append(f"the operator has version {node.version}, and the mapping is of version {_NEW}")
    outcome = replace(outcome, differs=(*outcome.differs, *extra))
    code = code_of(node.parameters) if "sql" in rule.gives else ""
    return _as_mapped(node, outcome, unread, code), names.after(outcome)


def _as_mapped(node: Node, outcome: Outcome, unread: Sequence[str], code: str) -> Mapped:
    lacks = (*outcome.lacks, *unread)
    return Mapped(
        node,
        Status.PARTLY if lacks else Status.MAPPED,
        outcome.steps,
        differs=outcome.differs,
        lacks=lacks,
        todo=outcome.todo,
        code=code,
        settings=dict(outcome.settings),
    )


def _ignored(node: Node) -> str | None:
    if node.type in _IGNORED:
        return _IGNORED[node.type]
    return _IGNORED["DESTINATION"] if any(word in node.operator for word in _CHARTS) else None


def _without_rule(node: Node) -> Mapped:
    known = labels(node.family)
    if known:
        why = f"What it does, {node.label!r}, is not known."
        todo = did_you_mean(node.label, known)
    else:
        why, todo = f"There is no mapping of the operator {node.operator!r}.", "Look for a step that does its work."
    shown = json.dumps(dict(node.parameters), ensure_ascii=False, indent=1, default=str)
    return Mapped(node, Status.UNMAPPED, why=why, todo=todo, code=code_of(node.parameters) or shown)


def _waiting(flow: Flow, node: Node, names: Names, side: Side | None, target: str | None, error: MissingName) -> Mapped:
    """Return a node with the steps that it would have if the column that it needs were there."""
    would, _ = map_node(flow, node, replace(names, gap=0), side, target)
    if would.status is Status.UNMAPPED:
        return would
    return replace(would, status=Status.WAITING, why=error.why, todo=error.todo)


def _options(node: Node, rule: Rule) -> Options:
    if not rule.label or rule.operator == "balance_data":
        return Options(node.parameters)
    return chosen_part(node.parameters, node.label, rule.part)


def _checked(outcome: Outcome) -> Outcome:
    """Raise `Unmappable` if a step is none, or if the recipe file would read a text of it as a parameter."""
    for step in outcome.steps:
        try:
            step_from_dict(step)
        except ConfigError as error:
            raise Unmappable(f"The step {step['op']} refuses it: {error.message}", error.hint or "") from None
        found = _PARAMETER.search(json.dumps(step, ensure_ascii=False))
        if found:
            raise Unmappable(
                f"It holds the text `{found[0]}`, which a recipe file would read as a parameter.",
                "Write the step by hand, and give the text as a parameter of the recipe.",
            )
    return outcome


def _without_target(outcome: Outcome, target: str | None) -> Outcome:
    """Return an outcome whose steps leave the target alone."""
    if target is None:
        return outcome
    kept: list[StepDict] = []
    for step in outcome.steps:
        columns = columns_of(step)
        if step["op"] == "rename" and target in step["names"]:
            names = {old: new for old, new in step["names"].items() if old != target}
            kept += [{**step, "names": names}] if names else []
        elif target not in columns or step["op"] in _MAY_NAME_TARGET:
            kept.append(step)
        else:
            if step["op"] == "drop_missing":
                kept.append({"op": "filter", "condition": f"`{target}` is not null"})
            rest = [name for name in columns if name != target]
            kept += [{**step, "columns": chosen(rest)}] if rest else []
    if tuple(kept) == outcome.steps:
        return outcome
    told = f"the target {target!r} is left as it is: no step may change it"
    return replace(outcome, steps=tuple(kept), differs=(*outcome.differs, told))
