"""The target itself: its most common labels, or its outliers, and the rows in which it cannot be used."""

from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from clew.core.jsonable import plain
from clew.define.problem import Task
from clew.explore.checks.number_target import target_limits
from clew.explore.checks.table import Table

#: Labels and rows that are shown.
MAX_LABELS, MAX_ROWS = 20, 10


@dataclass(frozen=True, slots=True)
class TargetRows:
    """What is to be known about a target, with rows to look at.

    Parameters
    ----------
    target : str
        Its name.
    task : Task, optional
        Kind of answer; None where there is too little of it.
    labels : tuple of dict
        ``label``, ``rows``, ``share`` of the most common labels; empty for a regression.
    label_count : int, optional
        Number of labels.
    missing, invalid : int
        Rows without a target, and rows whose target is none that could be learnt (missing ones included).
    invalid_rows : tuple of int
        The first of these.
    low, high : float, optional
        Limits beyond which a number is an outlier.
    outliers : int
        Rows beyond them.
    outlier_rows : tuple of dict
        ``row`` and ``value`` of the farthest.
    """

    target: str
    task: Task | None
    labels: tuple[dict[str, Any], ...] = ()
    label_count: int | None = None
    missing: int = 0
    invalid: int = 0
    invalid_rows: tuple[int, ...] = ()
    low: float | None = None
    high: float | None = None
    outliers: int = 0
    outlier_rows: tuple[dict[str, Any], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready values."""
        result: dict[str, Any] = plain({name: getattr(self, name) for name in self.__slots__})
        return result


def target_rows(table: Table) -> TargetRows | None:
    """Look at the target.

    Parameters
    ----------
    table : Table
        The rows and what is known about them.

    Returns
    -------
    TargetRows or None
        None without a target.
    """
    target = table.schema.target
    if target is None:
        return None
    values, known = table.frame[target.name], table.statistics[target.name]
    invalid = values.is_null()
    if values.dtype.is_float():
        invalid |= ~values.is_finite().fill_null(value=False)
    found = TargetRows(
        target=target.name,
        task=table.task,
        missing=known.missing,
        invalid=int(invalid.sum()),
        invalid_rows=tuple(table.placed(invalid.arg_true().head(MAX_ROWS).cast(pl.Int64).to_numpy()).tolist()),
    )
    if table.task is not Task.REGRESSION:
        labels = tuple(
            {"label": value, "rows": count, "share": count / known.present}
            for value, count in known.values.items[:MAX_LABELS]
        )
        return replace(found, labels=labels, label_count=known.distinct)
    limits = target_limits(table)
    return found if limits is None else _with_outliers(table, found, *limits)


def _with_outliers(table: Table, found: TargetRows, low: float, high: float) -> TargetRows:
    middle = (low + high) / 2
    value = pl.col(found.target).cast(pl.Float64)
    beyond = (
        table.frame.select(row=pl.int_range(pl.len()), value=value)
        .filter(pl.col("value").is_finite() & ((pl.col("value") < low) | (pl.col("value") > high)))
        .sort((pl.col("value") - middle).abs(), "row", descending=[True, False])
    )
    farthest = beyond.head(MAX_ROWS)
    rows = table.placed(farthest["row"].cast(pl.Int64).to_numpy()).tolist()
    shown = tuple({"row": row, "value": value} for row, value in zip(rows, farthest["value"], strict=True))
    return replace(found, low=low, high=high, outliers=len(beyond), outlier_rows=shown)
