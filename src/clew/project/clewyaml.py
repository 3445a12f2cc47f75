"""Changes of clew.yaml as functions from text to text, which keep what people wrote: comments, order, and layout.

Each reads the text, changes the data, and changes the text where the data differ, see `clew.project.yamltext.change`.
None of them reads or writes a file; `check_config` says whether a result is a clew.yaml, and `clew.project.edits.Edits`
saves it.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any

from clew.core.errors import ConfigError, UsageError, did_you_mean
from clew.core.finding import Severity
from clew.define.domain import FACTS, Domain, Relation, check_facts
from clew.define.rules import Rule
from clew.project.config import CONFIG_NAME, ProblemSection, check_config
from clew.project.yamltext.change import canonical, change, read
from clew.project.yamltext.render import Path

__all__ = [
    "check_config",
    "with_facts",
    "with_prepare",
    "with_problem",
    "with_relation",
    "with_rule",
    "with_value",
    "without_relation",
    "without_rule",
]

#: What gets a line per item where it is new.
_BLOCKS: frozenset[Path] = frozenset(
    {("domain",), ("domain", "columns"), ("domain", "relations"), ("domain", "rules"), ("problem",), ("data",)}
    | {("data", "tables"), ("split",), ("train",), ("evaluate",), ("evaluate", "gates"), ("deploy",), ("monitor",)}
)


def with_facts(text: str, column: str, facts: Mapping[str, Any]) -> str:
    """State facts about a column.

    Parameters
    ----------
    text : str
        A clew.yaml.
    column : str
        Name of the column.
    facts : mapping
        Fact → value, as under ``domain.columns`` in clew.yaml; None takes a fact back. Other facts stay.

    Returns
    -------
    str
        The changed text.

    Raises
    ------
    ConfigError
        If a fact does not exist, does not fit, or contradicts another one; or if the text cannot be changed.
    """
    for fact in facts:
        if fact not in FACTS:
            raise ConfigError(f"{fact!r} is no fact about a column.", hint=did_you_mean(fact, FACTS))

    def edit(data: dict[str, Any]) -> None:
        known = _found(data, "domain", "columns", column)
        stated = {name: value for name, value in (known or {}).items() if facts.get(name, "") is not None}
        stated |= {name: _plain(value) for name, value in facts.items() if value is not None}
        check_facts(column, stated)
        if stated or known:
            _within(data, "domain", "columns")[column] = stated

    return _edited(text, edit)


def with_rule(text: str, rule: Mapping[str, Any] | str, *, replaces: str | None = None) -> str:
    """State what must hold in every row.

    Parameters
    ----------
    text : str
        A clew.yaml.
    rule : mapping or str
        As under ``domain.rules``: the expression, or a mapping with `rule` and optionally `name` and `severity`. Its
        name, by default the expression, must be new.
    replaces : str, optional
        Name of the rule in whose place it comes; by default it is the last one.

    Raises
    ------
    ConfigError
        If it is no rule, its name is taken, there is none to be replaced, or the text cannot be changed.
    """
    stated = Rule.from_dict(rule)

    def edit(data: dict[str, Any]) -> None:
        rules = _listed(data, "rules")
        names = [Rule.from_dict(item).name for item in rules]
        if stated.name in names and stated.name != replaces:
            raise ConfigError(f"There is a rule {stated.name!r} already.", hint="Give it another name.")
        if replaces is None:
            rules.append(_rule_data(rule, None))
        else:
            place = _place_of_rule(names, replaces)
            rules[place] = _rule_data(rule, rules[place])

    return _edited(text, edit)


def without_rule(text: str, name: str) -> str:
    """Take a rule back.

    Raises
    ------
    ConfigError
        If there is no such rule, or the text cannot be changed.
    """

    def edit(data: dict[str, Any]) -> None:
        rules = _listed(data, "rules")
        del rules[_place_of_rule([Rule.from_dict(item).name for item in rules], name)]

    return _edited(text, edit)


def with_relation(text: str, relation: Relation, *, replaces: Relation | None = None) -> str:
    """State how two tables belong together.

    Parameters
    ----------
    text : str
        A clew.yaml.
    relation : Relation
        The relation.
    replaces : Relation, optional
        The relation in whose place it comes; by default it is the last one.

    Raises
    ------
    ConfigError
        If the relation is stated already, there is none to be replaced, or the text cannot be changed.
    """

    def edit(data: dict[str, Any]) -> None:
        stated = _listed(data, "relations")
        known = list(Domain.from_dict({"relations": stated}).relations)
        if relation in known and relation != replaces:
            raise ConfigError(f"The relation of {relation.left!r} and {relation.right!r} is stated already.")
        if replaces is None:
            stated.append(_relation_data(relation, None))
        else:
            place = _place_of_relation(known, replaces)
            stated[place] = _relation_data(relation, stated[place])

    return _edited(text, edit)


def without_relation(text: str, relation: Relation) -> str:
    """Take a relation back.

    Raises
    ------
    ConfigError
        If it is not stated, or the text cannot be changed.
    """

    def edit(data: dict[str, Any]) -> None:
        stated = _listed(data, "relations")
        del stated[_place_of_relation(list(Domain.from_dict({"relations": stated}).relations), relation)]

    return _edited(text, edit)


def with_prepare(text: str, recipe: str | None) -> str:
    """Name the file of the recipe, e.g. ``"recipes/mine.yaml"``; None leaves the recipe to be suggested."""
    return with_value(text, ("prepare",), recipe)


def with_problem(text: str, **facts: Any) -> str:
    """State what is to be decided.

    Parameters
    ----------
    text : str
        A clew.yaml.
    **facts
        Keys of ``problem`` with their values; None takes one back. Other keys stay.

    Raises
    ------
    ConfigError
        If a key does not exist, or the text cannot be changed.
    """
    known = list(ProblemSection.model_fields)
    for fact in facts:
        if fact not in known:
            raise ConfigError(f"`problem` has no key {fact!r}.", hint=did_you_mean(fact, known))
    for fact, value in facts.items():
        text = with_value(text, ("problem", fact), value)
    return text


def with_value(text: str, place: Sequence[str], value: Any) -> str:
    """Set a key of clew.yaml, or take it back.

    Parameters
    ----------
    text : str
        A clew.yaml.
    place : sequence of str
        The keys that lead to it, e.g. ``("train", "time_limit_s")``; those that are missing are made.
    value : object
        A text, number, truth value, list or mapping; None takes the key away.

    Raises
    ------
    ConfigError
        If the text cannot be changed.
    """
    *above, key = place

    def edit(data: dict[str, Any]) -> None:
        if value is not None:
            _within(data, *above)[key] = _plain(value)
            return
        holder = _found(data, *above)
        if isinstance(holder, dict):
            holder.pop(key, None)

    return _edited(text, edit)


def _edited(text: str, edit: Callable[[dict[str, Any]], None]) -> str:
    data = read(text, name=CONFIG_NAME)
    if not isinstance(data, dict):
        raise ConfigError(f"{CONFIG_NAME} must hold keys such as `problem:` and `data:`.")
    wanted = _copied(data)
    edit(wanted)
    return text if canonical(wanted) == canonical(data) else change(text, wanted, name=CONFIG_NAME, blocks=_BLOCKS)


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value


def _found(data: Any, *place: str) -> Any:
    """Return what is at a place, None where there is none."""
    for key in place:
        data = data.get(key) if isinstance(data, dict) else None
    return data


def _within(data: dict[str, Any], *place: str) -> dict[str, Any]:
    """Return the mapping at a place, made where there is none."""
    for number, key in enumerate(place, 1):
        if data.get(key) is None:
            data[key] = {}
        if not isinstance(data[key], dict):
            raise ConfigError(
                f"{CONFIG_NAME}: {'.'.join(place[:number])} holds no keys.", hint="Change it in the text."
            )
        data = data[key]
    return data


def _listed(data: dict[str, Any], key: str) -> list[Any]:
    domain = _within(data, "domain")
    if domain.get(key) is None:
        domain[key] = []
    if not isinstance(domain[key], list):
        raise ConfigError(f"{CONFIG_NAME}: domain.{key} is no list.", hint="Change it in the text.")
    found: list[Any] = domain[key]
    return found


def _place_of_rule(names: Sequence[str], name: str) -> int:
    if name not in names:
        raise ConfigError(f"There is no rule {name!r}.", hint=did_you_mean(name, names))
    return names.index(name)


def _place_of_relation(known: Sequence[Relation], relation: Relation) -> int:
    if relation not in known:
        raise ConfigError(
            f"The relation of {relation.left!r} and {relation.right!r} is not stated in this way (any more).",
            hint="Read the file again.",
        )
    return known.index(relation)


def _rule_data(rule: Mapping[str, Any] | str, before: Any) -> Any:
    """Return a rule as it is to be stated; one that was stated as a bare text stays so while that says everything."""
    given = {"rule": rule} if isinstance(rule, str) else _plain(rule)
    data = {key: given[key] for key in ("name", "rule", "severity") if given.get(key) is not None}
    stated = before if isinstance(before, dict) else {}
    if data.get("severity") == Severity.WARNING and "severity" not in stated:
        del data["severity"]
    if data.get("name") == data["rule"] and "name" not in stated:
        del data["name"]
    return data["rule"] if set(data) == {"rule"} and not isinstance(before, dict) else data


def _relation_data(relation: Relation, before: Any) -> dict[str, Any]:
    """Return a relation as it is stated: keys of one name on both sides are named once."""
    data: dict[str, Any] = Domain(relations=(relation,)).to_dict()["relations"][0]
    pairs = data["on"]
    if before is not None and Domain.from_dict({"relations": [before]}).relations[0].on == pairs:
        data["on"] = before["on"]
    elif pairs and all(left == right for left, right in pairs.items()):
        data["on"] = next(iter(pairs)) if len(pairs) == 1 else list(pairs)
    return data


def _plain(value: Any) -> Any:
    """Return a value as YAML has it: no tuples, no enumerations, whole numbers without a point."""
    if isinstance(value, Enum):
        return _plain(value.value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "item"):
        raise UsageError(f"{value!r} is no plain value.", hint="Pass numbers and texts of Python.")
    return value
