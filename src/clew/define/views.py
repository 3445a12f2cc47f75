"""The question and the domain model for a notebook."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from clew.core.excerpt import cut, lines, many, names
from clew.core.html import Html, badge, element, fragment, join, pairs
from clew.core.readable import number

if TYPE_CHECKING:
    from clew.define.domain import Domain, Relation
    from clew.define.problem import Problem


def problem_view(problem: "Problem") -> str:
    """Return what is to be decided."""
    return fragment(
        element("h3", problem.question or f"Predict {problem.target}"),
        pairs(_facts(problem)),
        title="Problem",
    )


def _facts(problem: "Problem") -> Iterator[tuple[str, object]]:
    yield "target", element("code", problem.target)
    yield "task", badge(problem.task.value, "info")
    yield "decides", element("code", problem.metric)
    if problem.classes:
        yield "classes", names(problem.classes)
    if problem.positive is not None:
        yield "of interest", element("code", problem.positive)
    if problem.success:
        yield "success", element("code", problem.success)
    if problem.asked_at != "0h":
        yield "asked at", f"{problem.asked_at} from the row's time"
    if problem.costs:
        yield "costs", ", ".join(f"{name.replace('_', ' ')} {number(cost)}" for name, cost in problem.costs.items())


def domain_view(domain: "Domain") -> str:
    """Return the facts about columns, the rules, and how tables belong together."""
    counts = (
        f"facts about {many(len(domain.columns), 'column')}",
        many(len(domain.rules), "rule"),
        many(len(domain.relations), "relation"),
    )
    parts: list[Html] = []
    if domain.columns:
        known = ((name, _stated(facts)) for name, facts in domain.columns.items())
        parts.append(lines(("Column", "Stated"), known, len(domain.columns), "column", where=".columns"))
    if domain.rules:
        rules = (
            (rule.name, element("code", cut(rule.expression, 200)), badge(rule.severity.value, rule.severity.value))
            for rule in domain.rules
        )
        parts.append(lines(("Rule", "Holds in every row", ""), rules, len(domain.rules), "rule", where=".rules"))
    if domain.relations:
        related = ((_ends(item), _keys(item), item.kind.replace("_", " "), _moment(item)) for item in domain.relations)
        headers = ("Relation", "Key", "Rows", "As of")
        parts.append(lines(headers, related, len(domain.relations), "relation", where=".relations"))
    empty = None if parts else element("p", "Nothing is stated yet.", class_="empty")
    return fragment(
        element("h3", "Domain model"), element("p", ", ".join(counts), class_="lead"), *parts, empty, title="Domain"
    )


def _stated(facts: Mapping[str, Any]) -> Html:
    said = (join((element("small", f"{name.replace('_', ' ')} "), _value(value))) for name, value in facts.items())
    return join(said, "; ")


def _value(value: object) -> object:
    return names(value) if isinstance(value, list | tuple) else cut(value)


def _ends(item: "Relation") -> str:
    return f"{item.left} → {item.right}"


def _keys(item: "Relation") -> str:
    return ", ".join(left if left == right else f"{left} = {right}" for left, right in item.on.items())


def _moment(item: "Relation") -> str:
    if item.as_of is None:
        return ""
    offset = "" if item.as_of.offset == "0h" else f" {item.as_of.offset}"
    return f"{item.as_of.right} up to {item.as_of.left}{offset}"
