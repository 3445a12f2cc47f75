"""A domain model that is being written, held against the rows: how many break each statement, and which.

Quick enough to answer while somebody types: one column, one rule or one relation at a time, all rows of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from clew.collect.dataset import Dataset
from clew.collect.infer import infer
from clew.collect.relation import check_relation
from clew.core.errors import InputError, SchemaError
from clew.core.finding import Severity
from clew.core.jsonable import plain
from clew.core.readable import number
from clew.core.schema import Column, Kind
from clew.define.domain import Domain, Relation, check_facts
from clew.define.rules import Rule, check_rules
from clew.explore.checks.domain import conditions_of, no_pattern
from clew.explore.checks.table import brief
from clew.explore.families import Family, family_of_series

#: Rows that are shown at most.
EXAMPLES = 10
#: Facts that decide how cells are read, and thus can be wrong about cells.
_READING = ("kind", "format", "unit", "missing")


@dataclass(frozen=True, slots=True)
class Violation:
    """A statement that rows break.

    Parameters
    ----------
    about : str
        The fact (``"minimum"``, ``"allowed"`` …), ``"rule"``, ``"unmatched"`` or ``"repeated"``.
    says : str
        The statement in a few words.
    broken, rows : int
        Rows that break it, and rows looked at; for repeated keys the keys.
    positions : tuple of int
        The first rows that break it, counted from 0, ten at most.
    cells : tuple of mapping
        Their cells in the columns that matter, JSON-ready, long texts cut.
    severity : Severity, default Severity.WARNING
        How much it matters.
    """

    about: str
    says: str
    broken: int
    rows: int
    positions: tuple[int, ...]
    cells: tuple[Mapping[str, Any], ...]
    severity: Severity = Severity.WARNING

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready values."""
        return {
            "about": self.about,
            "says": self.says,
            "broken": self.broken,
            "rows": self.rows,
            "positions": list(self.positions),
            "cells": [dict(row) for row in self.cells],
            "severity": self.severity.value,
        }


@dataclass(frozen=True, slots=True)
class Checked:
    """What a statement looks like on the rows.

    Parameters
    ----------
    violations : tuple of Violation
        What is broken.
    error : InputError or None
        Why the statement cannot be held against the rows, where it cannot.
    """

    violations: tuple[Violation, ...] = ()
    error: InputError | None = None

    @property
    def broken(self) -> int:
        """Rows of all violations together; a row that breaks two counts twice."""
        return sum(item.broken for item in self.violations)


def check_column(data: Dataset, name: str, facts: Mapping[str, Any]) -> Checked:
    """Hold the facts about one column against its values.

    Parameters
    ----------
    data : Dataset
        The rows.
    name : str
        The column.
    facts : mapping
        As under ``domain.columns`` in clew.yaml.

    Returns
    -------
    Checked
        One violation per broken fact. A stated kind, unit or format that the rows were not read by yet is tried on
        them: cells that could not be read break it.
    """
    try:
        stated = check_facts(name, facts)
        known = data.schema[name]
        values = data.frame[name]
        reading = [fact for fact in _READING if fact != "unit" or stated.get("kind") is Kind.DATETIME]
        if any(stated.get(fact) not in (None, getattr(known, fact)) for fact in reading):
            values, unread = _read(values, name, stated)
            if unread is not None:
                return Checked((unread,))
        bare = Column(known.name, known.dtype, known.kind)
        checked = replace(bare, **(stated if stated.get("kind") else {**stated, "kind": known.kind}))
        return Checked(tuple(_broken(checked, values)))
    except InputError as error:
        return Checked(error=error)


def _read(values: pl.Series, name: str, stated: Mapping[str, Any]) -> tuple[pl.Series, Violation | None]:
    """Read a column by what is stated about it."""
    reading = {fact: stated[fact] for fact in _READING if stated.get(fact) is not None}
    if "order" in stated:
        reading["order"] = list(stated["order"])
    try:
        frame, _, _ = infer(values.to_frame(), Domain({name: reading}))
    except SchemaError as error:
        wrong = error.problems[:EXAMPLES]
        says = "; ".join(dict.fromkeys(problem.problem for problem in wrong)) or error.message
        cells = tuple({name: plain(brief(values[problem.row]))} for problem in wrong)
        positions = tuple(problem.row for problem in wrong)
        return values, Violation("kind", says, error.count, len(values), positions, cells, Severity.ERROR)
    return frame[name], None


def _broken(column: Column, values: pl.Series) -> Sequence[Violation]:
    # Under a name of its own: "*" is a pattern where columns are named.
    frame = pl.DataFrame([values.alias("value")])
    found = list(conditions_of(replace(column, name="value"), values))
    try:
        counts = frame.select([item.sum().alias(str(place)) for place, (*_, item) in enumerate(found)])
    except pl.exceptions.ComputeError as error:
        raise no_pattern(column, error) from error
    violations = []
    for (fact, says, condition), count in zip(found, counts.row(0) if found else (), strict=True):
        if count:
            rows = tuple(frame.select(condition.arg_true().head(EXAMPLES)).to_series().to_list())
            cells = tuple({column.name: plain(brief(values[row]))} for row in rows)
            violations.append(Violation(fact, says, int(count), len(values), rows, cells))
    return violations


def does_not_apply(data: Dataset, name: str, facts: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the facts that say nothing about such values, e.g. a minimum of texts."""
    family = family_of_series(data.frame[name])
    wants = {"minimum": Family.NUMBER, "maximum": Family.NUMBER, "pattern": Family.TEXT}
    return tuple(fact for fact, wanted in wants.items() if facts.get(fact) is not None and family is not wanted)


def check_rule(data: Dataset, rule: Mapping[str, Any] | str) -> Checked:
    """Hold a rule against the rows.

    Parameters
    ----------
    data : Dataset
        The rows.
    rule : mapping or str
        As under ``domain.rules`` in clew.yaml.
    """
    try:
        stated = Rule.from_dict(rule)
        (result,) = check_rules(data.frame, [stated])
    except InputError as error:
        return Checked(error=error)
    if not result.broken:
        return Checked()
    cells = _cells(data.frame, sorted(stated.expression.columns), result.examples)
    return Checked(
        (Violation("rule", stated.name, result.broken, result.rows, result.examples, cells, stated.severity),)
    )


def check_keys(left: Dataset, right: Dataset, relation: Relation) -> Checked:
    """Hold a relation against the rows of both tables.

    Parameters
    ----------
    left, right : Dataset
        The tables that the relation names.
    relation : Relation
        The relation.

    Returns
    -------
    Checked
        ``"unmatched"``: left rows that find nothing. ``"repeated"``: right keys that would multiply rows, an error.
    """
    try:
        known = check_relation(left, right, relation)
    except InputError as error:
        return Checked(error=error)
    found = []
    if known.unmatched or known.missing:
        says = f"find no row in {relation.right}"
        if known.missing:
            says += f", {number(known.missing)} of them without a key"
        cells = _cells(left.frame, list(relation.on), known.unmatched_rows)
        count = known.unmatched + known.missing
        found.append(Violation("unmatched", says, count, known.rows, known.unmatched_rows, cells, Severity.INFO))
    if known.repeated:
        cells = _cells(right.frame, list(relation.on.values()), known.repeated_rows)
        says = f"keys occur more than once in {relation.right}"
        found.append(
            Violation("repeated", says, known.repeated, known.right_rows, known.repeated_rows, cells, Severity.ERROR)
        )
    return Checked(tuple(found))


def _cells(frame: pl.DataFrame, names: Sequence[str], rows: Sequence[int]) -> tuple[Mapping[str, Any], ...]:
    columns = [frame[name].gather(list(rows)).to_list() for name in names]
    return tuple(
        {name: plain(brief(column[place])) for name, column in zip(names, columns, strict=True)}
        for place in range(len(rows))
    )
