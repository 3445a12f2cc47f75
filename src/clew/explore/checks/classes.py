"""The labels of a classification: enough rows of each, and not too many of them."""

from collections.abc import Iterator

import polars as pl

from clew.core.finding import Finding, Severity
from clew.core.readable import part
from clew.explore.checks.table import EXAMPLES, Table, shown
from clew.explore.codes import finding, step

#: Fewer rows than this of a label cannot be told apart, nor spread over folds.
FEW_ROWS = 10
#: More labels than this, or with so few rows each, are hardly labels.
MANY_LABELS, _LEAST_PER_LABEL, _LEAST_LABELS = 100, 10, 20


def few_rows(table: Table) -> Iterator[Finding]:
    """DQ019: labels with fewer than ten rows."""
    target = table.schema.target
    if target is None or table.task is None or not table.task.is_classification:
        return
    known = table.statistics[target.name]
    rare = {value: count for value, count in known.values.items if count < FEW_ROWS}
    # A table in which most labels are rare has too many of them, which is a finding of its own.
    if not rare or not known.values.exact or 2 * len(rare) > len(known.values.items):
        return
    lost = sum(rare.values())
    names = [shown(value) for value in list(rare)[:EXAMPLES]]
    more = f" and {len(rare) - EXAMPLES} more" if len(rare) > EXAMPLES else ""
    yield finding(
        "DQ019",
        f"Fewer than {FEW_ROWS} rows have the label {', '.join(names)}{more}: {part(lost, known.present)} together. "
        "No model learns them, and folds may lack them: collect more, put them under one name, or leave them out.",
        column=target.name,
        evidence={
            "labels": {str(value): count for value, count in rare.items()},
            "count": lost,
            "rows": table.where(pl.col(target.name).is_in(list(rare))),
        },
        remedy=_without(target.name, list(rare)),
    )


def _without(target: str, labels: list[object]) -> dict[str, object] | None:
    """Return the step that leaves out the rows of some labels, if an expression can spell them."""
    if "`" in target or not all(isinstance(label, str | int) for label in labels):
        return None
    spelt = " and ".join(f"`{target}` != {_literal(label)}" for label in labels)
    return step("filter", [], condition=spelt)


def _literal(label: object) -> str:
    if isinstance(label, bool):
        return str(label).lower()
    if isinstance(label, int):
        return str(label)
    escaped = str(label).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def many_labels(table: Table) -> Iterator[Finding]:
    """DQ020: more labels than a classification can serve."""
    target = table.schema.target
    if target is None or table.task is None or not table.task.is_classification:
        return
    known = table.statistics[target.name]
    labels = known.distinct or 0
    crowded = labels >= _LEAST_LABELS and known.present < _LEAST_PER_LABEL * labels
    if labels <= MANY_LABELS and not crowded:
        return
    yield finding(
        "DQ020",
        f"{labels:,} labels in {known.present:,} rows, {known.present / labels:.3g} rows each on average. Put rare "
        "ones together, predict something coarser, or treat it as a number if it is one.",
        column=target.name,
        severity=Severity.ERROR if 2 * labels > known.present else None,
        evidence={"labels": labels, "rows": known.present, "rows_per_label": known.present / labels},
    )
