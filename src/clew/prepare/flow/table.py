"""The table of all rules, and which of them is about a node."""

from collections.abc import Sequence

from clew.prepare.flow.families import (
    categories,
    columns,
    custom,
    joins,
    missing,
    moments,
    nested,
    numbers,
    outliers,
    rows,
    series,
    sources,
    strings,
    text,
    unmapped,
)
from clew.prepare.flow.graph import Node
from clew.prepare.flow.options import words
from clew.prepare.flow.rule import Rule

RULES: tuple[Rule, ...] = (
    *sources.RULES,
    *columns.RULES,
    *missing.RULES,
    *outliers.RULES,
    *categories.RULES,
    *numbers.RULES,
    *text.RULES,
    *moments.RULES,
    *strings.RULES,
    *rows.RULES,
    *series.RULES,
    *joins.RULES,
    *nested.RULES,
    *custom.RULES,
    *unmapped.RULES,
)


def rule_for(node: Node) -> Rule | None:
    """Return the rule about a node; None if there is none."""
    family = [rule for rule in RULES if rule.operator == node.family]
    wanted = words(node.label)
    for rule in family:
        if not rule.label or words(rule.label) == wanted:
            return rule
    # Where a label is only known from the documentation, all of its words must occur.
    for rule in family:
        if not rule.seen and wanted and set(words(rule.label).split()) <= set(wanted.split()):
            return rule
    return None


def labels(family: str) -> Sequence[str]:
    """Return what a family of operators is known to do."""
    return [rule.label for rule in RULES if rule.operator == family and rule.label]
