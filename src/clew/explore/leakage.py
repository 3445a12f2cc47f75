"""Features that know the answer: findings LK001 to LK004; `clew.explore.insights` has those of a closer look."""

from collections.abc import Iterable, Iterator

import numpy as np
import polars as pl

from clew.core.finding import Finding, Severity
from clew.core.readable import number
from clew.define.availability import known_too_late
from clew.explore.associations import Association
from clew.explore.checks.order import future
from clew.explore.checks.repeated import pattern
from clew.explore.checks.table import Table
from clew.explore.codes import finding, step

#: Power of a single feature that hardly an honest one has, and the one from which it is worth a look.
CERTAIN, TELLING = 0.98, 0.95
_LEAST_ROWS, _ROWS_FOR_A_HINT = 100, 500


def leakage(table: Table) -> tuple[Finding, ...]:
    """Return the findings about leakage; those about the target need one.

    Parameters
    ----------
    table : Table
        The rows and what is known about them.
    """
    copies = tuple(_copies(table))
    known = {item.column for item in copies}
    return (
        *(item for item in telling(table.associations) if item.column not in known),
        *copies,
        *_late(table),
        *future(table),
    )


def telling(associations: Iterable[Association]) -> Iterator[Finding]:
    """Yield LK001 for features that alone nearly determine the target; as information where it may well be honest.

    Parameters
    ----------
    associations : iterable of Association
        How much each feature says about the target.
    """
    for association in associations:
        certain = association.power >= CERTAIN
        if association.power < TELLING or association.rows < (_LEAST_ROWS if certain else _ROWS_FOR_A_HINT):
            continue
        name = association.feature
        yield finding(
            "LK001",
            f"Alone it nearly determines the target: predictive power {number(association.power, 3)} of 1 on rows that "
            "had no say. Make sure that it is known when the question is asked, and not made from the answer.",
            column=name,
            severity=None if certain else Severity.INFO,
            evidence={"power": association.power, "rows": association.rows},
            remedy=step("drop", [name]) if certain else None,  # an honest feature may be that good
        )


def _copies(table: Table) -> Iterator[Finding]:
    target = table.schema.target
    if target is None or table.statistics[target.name].distinct in {None, 0, 1}:
        return
    answer = table.statistics[target.name]
    rows = table.frame.filter(table.frame[target.name].is_not_null())
    answer_pattern = pattern(rows[target.name])
    for column, known in table.features():
        if known.present < min(_LEAST_ROWS, answer.present) / 2 or (known.distinct or 0) < (answer.distinct or 0):
            continue
        values = rows[column.name]
        repeats = (answer.distinct or 0) <= answer.present / 5
        same = known.distinct == answer.distinct and repeats and np.array_equal(pattern(values), answer_pattern)
        if same or _equal(values, rows[target.name]):
            yield finding(
                "LK002",
                f"It says the same as the target {target.name!r} in each of {len(rows)} rows.",
                column=column.name,
                evidence={"target": target.name, "rows": len(rows)},
                remedy=step("drop", [column.name]),
            )


def _equal(one: pl.Series, other: pl.Series) -> bool:
    if one.dtype.is_numeric() and other.dtype.is_numeric():
        one, other = one.cast(pl.Float64), other.cast(pl.Float64)
    return one.dtype == other.dtype and bool(one.eq_missing(other).all())


def _late(table: Table) -> Iterator[Finding]:
    for column, _ in table.features():
        if not known_too_late(column.available_after, table.asked_at):
            continue
        yield finding(
            "LK003",
            f"It is available after {column.available_after!r}, and the question is asked at {table.asked_at!r}.",
            column=column.name,
            evidence={"available_after": column.available_after, "asked_at": table.asked_at},
            remedy=step("drop", [column.name]),
        )
