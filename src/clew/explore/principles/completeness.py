"""Completeness: whether anything is missing that ought to be there."""

from collections.abc import Mapping, Sequence

import polars as pl

from clew.core.finding import Finding, Severity
from clew.core.readable import part, percent
from clew.core.schema import Column, Kind
from clew.explore.checks.constant import fill
from clew.explore.checks.table import EXAMPLES, Table
from clew.explore.codes import step
from clew.explore.insights import Insights
from clew.explore.principles.scores import Fix, Principle, SubScore

_QUESTION = "Is anything missing that ought to be there?"
#: A row with fewer of its features says little; as its cells count already, it counts little more.
_HALF, _LITTLE = 0.5, 0.25
_NAMED = 20


def completeness(table: Table, found: Sequence[Finding], seen: Insights) -> Principle:
    """Score the completeness of cells, rows and periods.

    Parameters
    ----------
    table : Table
        The rows and what is known about them.
    found : sequence of Finding
        All findings, not gathered: they know missing values in disguise.
    seen : Insights
        The order in time.
    """
    disguised = _disguised(table, found)
    subscores = (_cells(table, disguised), _required(table), _rows(table), _answers(table, seen), _periods(seen))
    return Principle("completeness", _QUESTION, subscores)


def _disguised(table: Table, found: Sequence[Finding]) -> dict[str, int]:
    """Return how many values of a column probably stand for a missing one."""
    counted: dict[str, int] = {}
    for item in found:
        if item.code in {"DQ005", "DQ006"} and item.column and item.severity is Severity.WARNING:
            # By the share, as the finding may be about a sample.
            here = round(item.evidence["share"] * table.statistics[item.column].present)
            counted[item.column] = counted.get(item.column, 0) + here
    return counted


def _code(column: Column, disguised: Mapping[str, int]) -> str:
    """Return the code of the finding that a fix belongs to."""
    if column.name not in disguised:
        return "DQ007"
    return "DQ005" if column.kind is Kind.NUMERIC else "DQ006"


def _cells(table: Table, disguised: Mapping[str, int]) -> SubScore:
    label = "Cells with a value"
    features = list(table.features())
    cells = table.statistics.rows * len(features)
    if not cells:
        return SubScore("cells", label, None, "There are no features.")
    lacking = [
        (column, known, known.missing + disguised.get(column.name, 0))
        for column, known in features
        if known.missing or column.name in disguised
    ]
    total = sum(count for _, _, count in lacking)
    lacking.sort(key=lambda item: -item[2])
    fixes = []
    for column, known, count in lacking:
        name = column.name
        hidden = f", {disguised[name]:,} of them in disguise" if name in disguised else ""
        fixes.append(
            Fix(
                f"Find out or fill the missing values of {name}: {part(count, known.rows)}{hidden}.",
                1 - (total - count) / cells,
                code=_code(column, disguised),
                columns=(name,),
                remedy=fill(column, known, count / known.rows) if name not in disguised else None,
            )
        )
    return SubScore(
        "cells",
        label,
        1 - total / cells,
        f"Of {cells:,} cells of features {total:,} have no value ({percent(total / cells)})"
        + (", those in disguise included." if disguised else "."),
        {
            "missing": {column.name: count for column, _, count in lacking[:_NAMED]},
            "columns_affected": len(lacking),
            "disguised": dict(disguised),
        },
        fixes=fixes,
    )


def _required(table: Table) -> SubScore:
    label = "Rows with all required values"
    names = [column.name for column in table.schema if not column.nullable]
    if not names or not table.rows:
        return SubScore("required", label, None, "No column has `nullable: false` in the domain model.")
    lacks = table.frame.select(pl.any_horizontal(_is_missing(table, name) for name in names)).to_series()
    count = int(lacks.sum())
    fixes = []
    if count:
        text = f"Complete or leave out the rows that lack a required value: {part(count, table.rows)}."
        fixes.append(Fix(text, 1.0, code="DQ016", columns=tuple(names)))
    return SubScore(
        "required",
        label,
        1 - count / table.rows,
        f"Without a value that the domain model requires: {part(count, table.rows)}.",
        {"count": count, "columns": names, "rows": lacks.arg_true().head(EXAMPLES).to_list()},
        fixes=fixes,
    )


def _rows(table: Table) -> SubScore:
    label = "Rows with most of their values"
    names = [column.name for column, _ in table.features()]
    if not names or not table.rows:
        return SubScore("rows", label, None, "There are no features.", weight=_LITTLE)
    lacking = table.frame.select(pl.sum_horizontal(_is_missing(table, name) for name in names)).to_series()
    empty = lacking > _HALF * len(names)
    count = int(empty.sum())
    fixes = []
    if count:
        text = f"Complete or leave out the rows that lack more than half of their features: {part(count, table.rows)}."
        least = len(names) - int(_HALF * len(names))
        fixes.append(Fix(text, 1.0, remedy=step("drop_missing", names, threshold=least)))
    return SubScore(
        "rows",
        label,
        1 - count / table.rows,
        f"Without more than half of their features: {part(count, table.rows)}.",
        {"count": count, "rows": empty.arg_true().head(EXAMPLES).to_list()},
        _LITTLE,
        fixes,
    )


def _is_missing(table: Table, name: str) -> pl.Expr:
    value = pl.col(name)
    return value.is_null() | value.is_nan() if table.frame[name].dtype.is_float() else value.is_null()


def _answers(table: Table, seen: Insights) -> SubScore:
    label = "Rows with a target"
    if seen.target is None or not table.rows:
        return SubScore("answers", label, None, "There is no target.")
    count = seen.target.invalid
    fixes = []
    if count:
        text = f"Label the rows without a usable target: {part(count, table.rows)}."
        fixes.append(Fix(text, 1.0, code="DQ015", columns=(seen.target.target,)))
    return SubScore(
        "answers",
        label,
        1 - count / table.rows,
        f"Without a usable target: {part(count, table.rows)}.",
        {"count": count, "rows": list(seen.target.invalid_rows)},
        fixes=fixes,
    )


def _periods(seen: Insights) -> SubScore:
    label = "Moments without a gap"
    axis = seen.time
    if axis is None or axis.covered is None:
        return SubScore("periods", label, None, "No column of moments orders the rows in equal steps.")
    expected = axis.moments + axis.missing
    fixes = []
    if axis.missing:
        text = f"Find the {axis.missing:,} missing moments of {axis.column}, or put empty rows in their place."
        fixes.append(Fix(text, 1.0, code="DQ026", columns=(axis.column,)))
    return SubScore(
        "periods",
        label,
        axis.covered,
        f"Of {expected:,} expected moments of {axis.column} {axis.missing:,} are missing.",
        {"missing": axis.missing, "expected": expected, "gaps": list(axis.gaps)},
        fixes=fixes,
    )
