"""What the field knows about the columns and tables: stated once, used by every later stage."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self

import polars as pl

from clew.core.errors import ConfigError, did_you_mean
from clew.core.schema import Column, Kind, Role, Schema
from clew.define.rules import Rule
from clew.define.views import domain_view

#: The facts that may be stated about a column.
FACTS = tuple(fact.name for fact in fields(Column) if fact.name not in {"name", "dtype", "sources", "direction"})
_NUMBERS = ("minimum", "maximum")
_LISTS = ("allowed", "order")
_TEXTS = ("available_after", "description", "format", "pattern", "unit")
_FLAGS = ("nullable", "protected")


@dataclass(frozen=True, slots=True)
class AsOf:
    """Which row of the right table counts: the latest one known at a moment.

    Parameters
    ----------
    left, right : str
        Time columns of both tables.
    offset : str, default "0h"
        The right row's time must not be later than the left time plus this, e.g. ``"-3h"``.
    tolerance : str, optional
        Right rows older than this, relative to that moment, do not count.
    """

    left: str
    right: str
    offset: str = "0h"
    tolerance: str | None = None


@dataclass(frozen=True, slots=True)
class Relation:
    """How two tables belong together.

    Parameters
    ----------
    left, right : str
        Names of the tables; rows of the left one are kept as they are.
    on : mapping
        Left column → right column of the key.
    kind : {"many_to_one", "one_to_one", "one_to_many"}
        How many rows match; a right key that repeats is refused unless the relation is ``one_to_many`` or as-of.
    as_of : AsOf, optional
        For tables that change over time.
    """

    left: str
    right: str
    on: Mapping[str, str]
    kind: str = "many_to_one"
    as_of: AsOf | None = None


@dataclass(frozen=True, slots=True)
class Domain:
    """The domain model.

    Parameters
    ----------
    columns : mapping
        Column name → facts; the facts are the fields of `clew.core.schema.Column`.
    relations : tuple of Relation
        How tables belong together.
    rules : tuple of Rule
        What must hold in every row.
    """

    columns: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    relations: tuple[Relation, ...] = ()
    rules: tuple[Rule, ...] = ()

    def apply(self, schema: Schema, *, missing: str = "error") -> Schema:
        """Return the schema with the stated facts.

        Parameters
        ----------
        schema : Schema
            Columns as inferred.
        missing : {"error", "ignore"}, default "error"
            What to do about a stated column that the table does not have.

        Raises
        ------
        ConfigError
            If a column or a fact does not exist, or a fact does not fit the column.
        """
        for name, facts in self.columns.items():
            if name not in schema:
                if missing == "ignore":
                    continue
                raise ConfigError(
                    f"The domain model describes the column {name!r}, which the table does not have.",
                    hint=did_you_mean(name, schema.names),
                )
            schema = schema.with_facts(name, **check_facts(name, facts))
        return schema

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready values, in the form in which clew.yaml states it."""
        return {
            "columns": {name: dict(facts) for name, facts in self.columns.items()},
            "relations": [_relation_to_dict(relation) for relation in self.relations],
            "rules": [rule.to_dict() for rule in self.rules],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Rebuild it from `to_dict`.

        Raises
        ------
        ConfigError
            If a fact, rule or relation breaks its rule.
        """
        stated = data.get("columns") or {}
        if not isinstance(stated, Mapping):
            raise ConfigError(
                f"`columns` of a domain model is {stated!r}.", hint="Write a line per column: NAME: {FACT: VALUE}."
            )
        wrong = next((name for name, facts in stated.items() if not isinstance(facts, Mapping | None)), None)
        if wrong is not None:
            raise ConfigError(
                f"The column {wrong!r} states {stated[wrong]!r}, which is no fact with its value.",
                hint=f"Write e.g. {wrong}: {{unit: kg}}. Facts: {', '.join(FACTS)}.",
            )
        columns = {name: dict(facts or {}) for name, facts in stated.items()}
        for name, facts in columns.items():
            check_facts(name, facts)
        relations = tuple(_relation_from_dict(item) for item in data.get("relations") or ())
        return cls(columns, relations, tuple(Rule.from_dict(item) for item in data.get("rules") or ()))

    def __repr__(self) -> str:
        return f"Domain({len(self.columns)} columns, {len(self.rules)} rules, {len(self.relations)} relations)"

    def _repr_html_(self) -> str:
        return domain_view(self)


def check_facts(name: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts about one column in the types of `Column`.

    Raises
    ------
    ConfigError
        If a fact is unknown, of the wrong type, or contradicts another one.
    """
    checked: dict[str, Any] = {}
    for fact, value in facts.items():
        if fact not in FACTS:
            raise ConfigError(f"The column {name!r} states {fact!r}, which is no fact.", hint=did_you_mean(fact, FACTS))
        checked[fact] = _check_fact(name, fact, value)
    low, high = checked.get("minimum"), checked.get("maximum")
    if low is not None and high is not None and low > high:
        raise ConfigError(f"The column {name!r} has a minimum of {low} above its maximum of {high}.")
    if "order" in checked and "kind" not in checked:
        checked["kind"] = Kind.ORDINAL
    return checked


def _check_fact(name: str, fact: str, value: Any) -> Any:
    choices: dict[str, type[Kind | Role]] = {"kind": Kind, "role": Role}
    if fact in choices:
        try:
            return choices[fact](value)
        except ValueError:
            known = [member.value for member in choices[fact]]
            raise ConfigError(
                f"The column {name!r} has {fact} {value!r}, which does not exist.",
                hint=did_you_mean(str(value), known),
            ) from None
    if value is None:
        return None
    if fact == "monotonic" and value not in ("increasing", "decreasing"):
        raise ConfigError(f"The column {name!r} has monotonic {value!r}; it is 'increasing' or 'decreasing'.")
    if fact in _NUMBERS and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise ConfigError(f"The column {name!r} has {fact} {value!r}; it must be a number.")
    if fact in _TEXTS and not isinstance(value, str):
        example = ", e.g. '3h', or the name of an event" if fact == "available_after" else ""
        raise ConfigError(f"The column {name!r} has {fact} {value!r}; it must be text{example}.")
    if fact == "pattern":
        _check_pattern(name, value)
    if fact == "missing" and not isinstance(value, list | tuple):
        raise ConfigError(f"The column {name!r} has missing {value!r}; it must be a list of words, e.g. ['?'].")
    if fact in _FLAGS and not isinstance(value, bool):
        raise ConfigError(f"The column {name!r} has {fact} {value!r}; it must be true or false.")
    if fact in _LISTS:
        if not isinstance(value, list | tuple) or not value or len(set(map(str, value))) != len(value):
            raise ConfigError(f"The column {name!r} has {fact} {value!r}; it must be a list of different values.")
        return tuple(str(item) for item in value) if fact == "order" else tuple(value)
    return value


def _check_pattern(name: str, pattern: str) -> None:
    """Refuse what the engine that holds it against the rows cannot read, before anything is done."""
    try:
        pl.Series([""]).str.contains(pattern)
    except pl.exceptions.ComputeError as error:
        raise ConfigError(
            f"The pattern {pattern!r} of the column {name!r} is no regular expression: {str(error).splitlines()[0]}.",
            hint="Look-around and back-references do not exist here.",
        ) from None


def _relation_to_dict(relation: Relation) -> dict[str, Any]:
    data: dict[str, Any] = {"left": relation.left, "right": relation.right, "on": dict(relation.on)}
    if relation.kind != "many_to_one":
        data["kind"] = relation.kind
    if relation.as_of:
        values = {item.name: getattr(relation.as_of, item.name) for item in fields(AsOf)}
        data["as_of"] = {key: value for key, value in values.items() if value is not None}
    return data


def _relation_from_dict(data: Mapping[str, Any]) -> Relation:
    known = {item.name for item in fields(Relation)}
    for key in data:
        if key not in known:
            raise ConfigError(f"A relation has the key {key!r}, which does not exist.", hint=did_you_mean(key, known))
    for key in ("left", "right", "on"):
        if key not in data:
            raise ConfigError(f"A relation lacks {key!r}: {dict(data)!r}.")
    on = data["on"]
    if isinstance(on, str):
        on = {on: on}
    elif not isinstance(on, Mapping):
        on = {column: column for column in on}
    kind = data.get("kind", "many_to_one")
    if kind not in {"many_to_one", "one_to_one", "one_to_many"}:
        raise ConfigError(f"A relation has kind {kind!r}; it is many_to_one, one_to_one or one_to_many.")
    as_of = data.get("as_of")
    if as_of is not None:
        names = {item.name for item in fields(AsOf)}
        for key in as_of:
            if key not in names:
                raise ConfigError(f"`as_of` has the key {key!r}, which does not exist.", hint=did_you_mean(key, names))
        if not {"left", "right"} <= set(as_of):
            raise ConfigError(
                f"`as_of` needs 'left' and 'right', the time columns of both tables; it has {dict(as_of)!r}."
            )
    return Relation(str(data["left"]), str(data["right"]), dict(on), kind, AsOf(**as_of) if as_of else None)
