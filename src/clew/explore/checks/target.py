"""The target: enough of it, and enough of each label."""

from collections.abc import Iterator

import polars as pl

from clew.core.finding import Finding, Severity
from clew.core.readable import part
from clew.explore.checks.table import Table, shown
from clew.explore.codes import finding

_RARE, _VERY_RARE = 0.05, 0.01
#: Fewer rows of a label than this leave some of five folds with next to none.
_FEW_ROWS = 10


def balance(table: Table) -> Iterator[Finding]:
    """DQ014: a rare label. With many labels, rare means well below an equal share."""
    target = table.schema.target
    if target is None or table.task is None or not table.task.is_classification:
        return
    known = table.statistics[target.name]
    counts = {str(value): count for value, count in known.values.items}
    if len(counts) < 2 or not known.values.exact:
        return
    label, least = known.values.items[-1]
    share = least / known.present
    if share >= min(_RARE, _RARE * 4 / len(counts)) and least >= _FEW_ROWS:
        return
    rare = [name for name, count in counts.items() if count == least]
    grave = share < _VERY_RARE or least < _FEW_ROWS
    yield finding(
        "DQ014",
        f"The label {shown(label)} has {part(least, known.present)}; judge by ROC AUC, PR AUC or log loss rather than "
        "accuracy.",
        column=target.name,
        severity=Severity.WARNING if grave else Severity.INFO,
        evidence={"counts": counts, "rarest": rare[0], "share": share},
    )


def missing_target(table: Table) -> Iterator[Finding]:
    """DQ015: rows without a target; an error if no two different targets are left."""
    target = table.schema.target
    if target is None or not table.rows:
        return
    known = table.statistics[target.name]
    unusable = known.missing + (known.numbers.infinities if known.numbers else 0)
    if known.distinct is not None and known.distinct < 2:
        what = f"has only the value {shown(known.values.items[0][0])}" if known.distinct else "has no value at all"
        yield finding(
            "DQ015",
            f"The target {what}; a model needs at least two different answers to learn from.",
            column=target.name,
            severity=Severity.ERROR,
            evidence={"missing": known.missing, "distinct": known.distinct},
        )
    elif unusable:
        yield finding(
            "DQ015",
            f"Without a usable target: {part(unusable, known.rows)}; training leaves them out.",
            column=target.name,
            evidence={
                "missing": known.missing,
                "share": unusable / known.rows,
                "rows": table.where(pl.col(target.name).is_null()),
            },
        )
