"""Rows unlike the others, by an isolation forest, each with the columns that make it so."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.core.jsonable import plain
from clew.core.readable import number, percent
from clew.core.schema import Kind, Role
from clew.explore.checks.table import Table, brief
from clew.explore.families import Family, axis_of
from clew.explore.probe.features import chosen_columns
from clew.explore.probe.sample import Sample, draw, rows_within

#: Rows, and rows times columns, that are scored at most; columns that a row's reasons are sought among.
MAX_ROWS, MAX_CELLS, MAX_REASONED = 10_000, 2_000_000, 200
#: Rows that are shown, and columns named for each.
SHOWN, REASONS = 10, 3
_LEAST_ROWS = 50
#: A column is no reason if its effect is below this part of the largest one.
_LEAST_EFFECT = 0.25
#: Numbers of a column with no more different values than this are described like labels, by how often they occur.
_FEW_VALUES = 10
#: Where the scores hardly differ, no row is unlike the others.
_LEAST_SPREAD = 1e-3
#: Numbers whose square a number of 32 bits can hold.
_LARGEST = 1e18
_TREES = 100

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class AnomalousRows:
    """Rows unlike the others.

    Parameters
    ----------
    rows : tuple of dict
        ``row`` (position in the table), ``score`` (below 0 is anomalous), and ``reasons``: for each column ``column``,
        ``value``, ``usual`` (how it compares), ``effect`` (by how much the score would rise with a typical value).
    below_zero : float
        Share of the scored rows with a score below 0.
    scored, sampled_from : int
        Rows that were scored, and rows there were.
    """

    rows: tuple[dict[str, Any], ...]
    below_zero: float
    scored: int
    sampled_from: int

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready values."""
        result: dict[str, Any] = plain(
            {
                "rows": self.rows,
                "below_zero": self.below_zero,
                "scored": self.scored,
                "sampled_from": self.sampled_from,
            }
        )
        return result


@dataclass(frozen=True, slots=True)
class _Column:
    """A column as one number a row: as it is, or for labels how often they occur.

    Parameters
    ----------
    name : str
        Name of the column.
    values : ndarray, shape (rows,)
        Filled with `typical` where there is no value.
    typical : float
        The median, or how often the most frequent label occurs.
    labels : bool
        Whether the numbers are shares of labels.
    """

    name: str
    values: Floats
    typical: float
    labels: bool


def anomalous_rows(table: Table, *, left_out: frozenset[str] = frozenset(), seed: int = 0) -> AnomalousRows | None:
    """Score the rows by how easily random cuts set them apart (isolation forest; Liu, Ting and Zhou 2008).

    Numbers and moments are taken as they are, labels by how often they occur; what is missing counts as typical. Free
    texts, identifiers and nested columns are not looked at. A column is a reason for a row if the row would be less odd
    with the typical value in its place.

    Parameters
    ----------
    table : Table
        The rows and what is known about them.
    left_out : frozenset of str
        Features not to look at.
    seed : int, default 0
        Of the sample and the forest.

    Returns
    -------
    AnomalousRows or None
        None with fewer than 50 rows or two columns, or where all rows are alike.
    """
    names = [
        column.name
        for column, known in table.columns(Role.FEATURE)
        if known.family is not Family.OPAQUE and column.kind is not Kind.TEXT and column.name not in left_out
        and (known.distinct or 0) > 1
    ]  # fmt: skip
    names = chosen_columns(names, seed=seed)
    if table.rows < _LEAST_ROWS or len(names) < 2:
        return None
    sample = draw(table.frame.select(names), rows_within(MAX_ROWS, len(names), cells=MAX_CELLS), seed=seed)
    columns = [_column(sample.frame[name]) for name in names]
    matrix = np.column_stack([column.values for column in columns]).astype(np.float32)
    forest = _forest(matrix, seed)
    scores = forest.decision_function(matrix)
    if np.ptp(scores) < _LEAST_SPREAD:
        return None
    lowest = np.argsort(scores, kind="stable")[:SHOWN]
    sample = replace(sample, rows=table.placed(sample.rows))
    shown = _reasons(forest, matrix, columns, sample, lowest, scores)
    return AnomalousRows(shown, float((scores < 0).mean()), len(sample), sample.of)


def _forest(matrix: NDArray[np.float32], seed: int) -> Any:
    from sklearn.ensemble import IsolationForest

    return IsolationForest(n_estimators=_TREES, random_state=seed, n_jobs=1).fit(matrix)


def _column(values: pl.Series) -> _Column:
    if values.dtype.is_numeric() or values.dtype.is_temporal():
        numbers = np.full(len(values), np.nan)
        there = values.is_not_null().to_numpy() if values.null_count() else slice(None)
        numbers[there] = np.clip(axis_of(values), -_LARGEST, _LARGEST)
        known = np.isfinite(numbers)
        typical = float(np.median(numbers[known])) if known.any() else 0.0
        return _Column(values.name, np.where(known, numbers, typical), typical, labels=False)
    texts = values.cast(pl.String).alias("label")
    counted = texts.drop_nulls().value_counts()
    share = texts.replace_strict(counted["label"], counted["count"] / max(len(texts), 1), default=None)
    numbers = share.cast(pl.Float64).fill_null(np.nan).to_numpy()
    typical = float(np.nanmax(numbers)) if np.isfinite(numbers).any() else 0.0
    return _Column(values.name, np.where(np.isnan(numbers), typical, numbers), typical, labels=True)


def _reasons(
    forest: Any,
    matrix: NDArray[np.float32],
    columns: list[_Column],
    sample: Sample,
    lowest: NDArray[np.int64],
    scores: Floats,
) -> tuple[dict[str, Any], ...]:
    """Describe the lowest rows, with what their score would be if a column were typical."""
    looked_at = np.arange(min(len(columns), MAX_REASONED))
    if len(columns) > MAX_REASONED:
        spread = np.abs(matrix[lowest] - np.array([column.typical for column in columns])) / (
            matrix.std(axis=0) + 1e-12
        )
        looked_at = np.argsort(-spread.max(axis=0), kind="stable")[:MAX_REASONED]
    tried = np.repeat(matrix[lowest], len(looked_at), axis=0)
    place = np.tile(looked_at, len(lowest))
    tried[np.arange(len(tried)), place] = [columns[position].typical for position in place]
    rise = forest.decision_function(tried).reshape(len(lowest), len(looked_at)) - scores[lowest][:, None]
    described = []
    for row, rises in zip(lowest.tolist(), rise, strict=True):
        order = np.argsort(-rises, kind="stable")[:REASONS]
        least = max(_LEAST_EFFECT * float(rises[order[0]]), 0.0)
        reasons = [_reason(columns[looked_at[at]], sample, row, float(rises[at])) for at in order if rises[at] > least]
        described.append({"row": int(sample.rows[row]), "score": float(scores[row]), "reasons": reasons})
    return tuple(described)


def _reason(column: _Column, sample: Sample, row: int, effect: float) -> dict[str, Any]:
    value, shown = column.values[row], brief(sample.frame[column.name][row])
    if column.labels or len(np.unique(column.values)) <= _FEW_VALUES:
        usual = f"in {percent(float((column.values == value).mean()))} of the rows"
    else:
        below, above = float((column.values < value).mean()), float((column.values > value).mean())
        side = f"above {percent(below)} of the rows" if below >= above else f"below {percent(above)} of the rows"
        usual = f"{side}, median {number(column.typical)}" if sample.frame[column.name].dtype.is_numeric() else side
    return {"column": column.name, "value": shown, "usual": usual, "effect": effect}
