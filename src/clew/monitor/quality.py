"""Checks of values, column by column and row by row: missing, new, outside of the domain, unreadable, rules."""

from collections.abc import Iterator

import polars as pl

from clew.core.finding import Severity
from clew.core.readable import number, percent
from clew.core.schema import Column, Schema
from clew.define.rules import Rule, check_rules
from clew.explore.chance import Chance
from clew.explore.checks.domain import declared
from clew.explore.checks.table import Table
from clew.explore.statistics import ColumnStatistics, TableStatistics
from clew.monitor.drift import LABELS, missing_share, present_rows
from clew.monitor.rows import Rows
from clew.monitor.spec import MonitorSpec
from clew.monitor.violation import Violation

_EXAMPLES = 5


def check_columns(rows: Rows, spec: MonitorSpec) -> Iterator[Violation]:
    """Yield DR010 and DR011: columns that are missing, or unknown to the model."""
    for name in rows.missing:
        if name not in spec.ignore:
            detail = f"The model needs the column {name!r}, and it is not there."
            yield Violation("DR010", name, None, None, detail)
    for name in rows.extra:
        if name not in spec.ignore:
            severity = Severity.WARNING if spec.extra_columns else None
            detail = f"The model does not know the column {name!r} and ignores it."
            yield Violation("DR011", name, None, None, detail, severity)


def check_readable(rows: Rows, spec: MonitorSpec) -> Iterator[Violation]:
    """Yield DR009: cells that are no value of their column's type."""
    for name, cells in rows.unreadable.items():
        limit = spec.for_column(name).unreadable
        share = cells / len(rows)
        if name not in spec.ignore and limit is not None and share > limit:
            detail = (
                f"{number(cells)} cells of {name!r} ({percent(share)}) cannot be read; the model refuses such rows."
            )
            yield Violation("DR009", name, share, limit, detail, evidence={"cells": cells})


def check_missing(
    baseline: ColumnStatistics, now: ColumnStatistics, spec: MonitorSpec, alpha: float
) -> Iterator[Violation]:
    """Yield DR005: the share of missing values changed."""
    if spec.missing is None or not baseline.rows or not now.rows:
        return
    before, later = missing_share(baseline), missing_share(now)
    limit = Chance(baseline.rows, now.rows, alpha).change(spec.missing, before, later)
    change = abs(later - before)
    if change > limit:
        detail = f"{baseline.name!r} is missing in {percent(later)} of the rows; it was in {percent(before)}."
        evidence = {"baseline": before, "now": later}
        yield Violation("DR005", baseline.name, change, limit, detail, evidence=evidence)


def check_new_values(
    values: pl.Series, baseline: ColumnStatistics, spec: MonitorSpec, alpha: float
) -> Iterator[Violation]:
    """Yield DR006: values that the training rows did not have.

    Rows of a kind with many rare values bring new ones all the time. The share to expect is that of the values which
    the training rows had just once (I. J. Good, 1953, after A. Turing), and only what goes beyond it counts.
    """
    present = values.drop_nulls()
    known = baseline.values
    if spec.new_values is None or baseline.kind not in LABELS or not known.exact or not len(present) or not known.rows:
        return
    seen = pl.Series(values.name, [value for value, _ in known.items], strict=False)
    new = present.filter(~present.is_in(seen.cast(present.dtype).implode()))
    share = len(new) / len(present)
    expected = sum(1 for _, count in known.items if count == 1) / known.rows
    limit = Chance(known.rows, len(present), alpha).share(min(1.0, spec.new_values + expected))
    if share > limit:
        names = new.unique(maintain_order=True).head(_EXAMPLES).to_list()
        shown = ", ".join(map(repr, names))
        detail = f"{percent(share)} of the rows have a value of {values.name!r} that is new, such as {shown}."
        yield Violation("DR006", values.name, share, limit, detail, evidence={"rows": len(new), "examples": names})


def check_domain(
    frame: pl.DataFrame, columns: tuple[Column, ...], now: TableStatistics, spec: MonitorSpec, alpha: float
) -> Iterator[Violation]:
    """Yield DR007: values outside of what the domain model states."""
    for found in declared(Table(frame, Schema(columns), now)):
        name = str(found.column)
        limit = spec.for_column(name).outside
        if limit is None:
            continue
        share = float(found.evidence["share"])
        limit = Chance(1, len(frame), alpha).share(limit)
        if share > limit:
            yield Violation("DR007", name, share, limit, found.detail, evidence=dict(found.evidence))


def check_row_rules(
    frame: pl.DataFrame, rules: tuple[Rule, ...], spec: MonitorSpec, alpha: float
) -> Iterator[Violation]:
    """Yield DR008: rules that rows break; a rule whose columns are not there is not judged here."""
    judged = [rule for rule in rules if rule.expression.columns <= set(frame.columns)]
    if spec.rules is None or not len(frame):
        return
    for result in check_rules(frame, judged):
        share = result.broken / result.rows
        hard = result.rule.severity is Severity.ERROR
        limit = 0.0 if hard else Chance(1, len(frame), alpha).share(spec.rules)
        if share > limit:
            detail = f"{number(result.broken)} rows ({percent(share)}) break the rule “{result.rule.name}”."
            evidence = {"rule": str(result.rule.expression), "rows": list(result.examples)}
            yield Violation("DR008", result.rule.name, share, limit, detail, result.rule.severity, evidence)


def outside_seen(values: pl.Series, baseline: ColumnStatistics) -> float | None:
    """Return the share of numbers beyond the smallest and largest of the training rows; None where there are none."""
    low, high = baseline.minimum, baseline.maximum
    if not isinstance(low, int | float) or not isinstance(high, int | float) or not present_rows(baseline):
        return None
    present = values.drop_nulls()
    if not len(present) or not present.dtype.is_numeric():
        return None
    return int(((present < low) | (present > high)).sum()) / len(present)
