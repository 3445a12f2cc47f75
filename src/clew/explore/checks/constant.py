"""Columns that say (almost) nothing, and columns that say too much: constants, gaps, identifiers, many labels."""

import re
from collections.abc import Iterator

import polars as pl

from clew.core.finding import Finding, Severity
from clew.core.readable import part
from clew.core.schema import Column, Kind, Role
from clew.explore.checks.table import EXAMPLES, MIN_ROWS, Table, shown
from clew.explore.codes import finding, step
from clew.explore.column import ColumnStatistics
from clew.explore.families import Family

_NEARLY = 0.995
_NEARLY_ROWS = 200
_MANY_MISSING, _MOSTLY_MISSING, _HOPELESS = 0.2, 0.5, 0.95
_MANY_LABELS, _TOO_MANY_LABELS = 100, 1000
#: With this many rows per label, a hundred labels are no trouble.
_FILLED = 100
_ID_ROWS = 50
_ID_NAME = re.compile(
    r"(^|[\s_.-])(id|ids|key|uuid|guid|identifier)$|[a-z](Id|ID|Key|UUID|Guid)$|^(uuid|guid)", re.ASCII
)
_ID_LENGTH = 40


def constant(table: Table) -> Iterator[Finding]:
    """DQ001: one value in all rows. DQ002: nearly so."""
    for column, known in table.columns(Role.FEATURE, Role.WEIGHT, Role.GROUP):
        if known.distinct is None or not known.present or not known.values.items or table.rows < 3:
            continue
        value, count = known.values.items[0]
        infinite = known.numbers.infinities if known.numbers else 0
        evidence = {"value": value, "rows": count, "share": count / known.present, "missing": known.missing}
        if known.distinct == 1 and not infinite and not known.missing:
            yield finding(
                "DQ001",
                f"The value is {shown(value)} in all {known.rows:,} rows.",
                column=column.name,
                evidence=evidence,
                remedy=step("drop", [column.name]),
            )
        elif known.distinct == 1 and not infinite and known.present >= 3:
            yield finding(
                "DQ001",
                f"The value is {shown(value)} or missing; only which of the two tells rows apart.",
                column=column.name,
                evidence=evidence,
                remedy=step("missing_indicator", [column.name]),
            )
        elif count / known.present >= _NEARLY and known.present >= _NEARLY_ROWS:
            others = known.present - count
            yield finding(
                "DQ002",
                f"The value is {shown(value)} in {part(count, known.present)} that have one.",
                column=column.name,
                evidence=evidence,
                remedy=step("drop", [column.name]) if others < MIN_ROWS else None,
            )


def missing(table: Table) -> Iterator[Finding]:
    """DQ003: no value at all. DQ007: many missing values."""
    for column, known in table.columns():
        if column.role in {Role.TARGET, Role.EXCLUDE} or not table.rows:
            continue
        share, evidence = known.missing_share, {"missing": known.missing, "share": known.missing_share}
        if share == 1:
            yield finding(
                "DQ003",
                f"None of the {known.rows:,} rows has a value.",
                column=column.name,
                evidence=evidence,
                remedy=step("drop", [column.name]),
            )
        elif share >= _MANY_MISSING and table.rows >= MIN_ROWS:
            yield finding(
                "DQ007",
                f"Without a value: {part(known.missing, known.rows)}.",
                column=column.name,
                severity=Severity.WARNING if share >= _MOSTLY_MISSING else None,
                evidence=evidence,
                remedy=fill(column, known, share) if column.role is Role.FEATURE else None,
            )


def fill(column: Column, known: ColumnStatistics, share: float) -> dict[str, object] | None:
    """Return the step that mends missing values of a column, given their share."""
    if share >= _HOPELESS:
        return step("drop", [column.name])
    if known.family is Family.NUMBER:
        return step("fill_missing", [column.name], strategy="median")
    if known.family is Family.TEXT:
        return step("fill_missing", [column.name], strategy="constant", value="missing")
    return step("missing_indicator", [column.name])


def identifiers(table: Table) -> Iterator[Finding]:
    """DQ004: values that name the row."""
    for column, known in table.features():
        if known.present < _ID_ROWS or known.distinct is None:
            continue
        reason = why_identifier(table, column, known)
        if reason:
            examples = table.frame[column.name].drop_nulls().head(EXAMPLES).to_list()
            yield finding(
                "DQ004",
                f"{known.distinct:,} different values in {known.present:,} rows, {reason}.",
                column=column.name,
                evidence={"distinct": known.distinct, "rows": known.present, "examples": examples},
                remedy=step("drop", [column.name]),
            )


def why_identifier(table: Table, column: Column, known: ColumnStatistics) -> str | None:
    """Return by what a column's values name the row, in words; None where they do not."""
    unique = known.distinct == known.present
    named = bool(_ID_NAME.search(column.name)) and (known.distinct or 0) >= 0.95 * known.present
    if known.family is Family.TEXT and known.lengths and (unique or named):
        # Sentences and names are unique too, but have something to say: words between spaces.
        spaced = table.frame[column.name].cast(pl.String).str.contains(r"\S\s+\S").sum()
        code = known.lengths.maximum <= _ID_LENGTH and spaced < 0.5 * known.present
        return "none of them a text of several words" if code else None
    if known.family is not Family.NUMBER or known.numbers is None or not known.numbers.whole:
        return None
    if named:
        return "and the name says so"
    low, high = known.minimum, known.maximum
    if unique and isinstance(low, int) and isinstance(high, int) and high - low + 1 == known.distinct:
        return "a running number without a gap"
    if unique and isinstance(low, int) and known.present > 1000:
        values = table.frame[column.name].drop_nulls()
        if values.is_sorted() or values.is_sorted(descending=True):
            return "in the order of the rows"
    return None


def many_labels(table: Table) -> Iterator[Finding]:
    """DQ010: more labels than one column each would serve."""
    target = table.schema.target
    for column, known in table.features(Kind.CATEGORICAL):
        count = known.distinct or 0
        if count <= _MANY_LABELS or (count <= _TOO_MANY_LABELS and known.present > _FILLED * count):
            continue
        if known.present < _ID_ROWS or why_identifier(table, column, known):
            continue
        once = _labels_seen_once(table.frame[column.name]) if known.once is None else known.once
        remedy = step("target_mean", [column.name]) if target else step("group_rare", [column.name], max_categories=50)
        yield finding(
            "DQ010",
            f"{count:,} labels in {known.present:,} rows, {once:,} of them seen once.",
            column=column.name,
            evidence={"labels": count, "once": once, "rows_per_label": known.present / count},
            remedy=remedy,
        )


def _labels_seen_once(values: pl.Series) -> int:
    return values.drop_nulls().value_counts(name="rows").filter(pl.col("rows") == 1).height
