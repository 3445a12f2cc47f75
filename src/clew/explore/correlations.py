"""How the columns of a table go together: numbers, labels, and mixed pairs, each by the measure that fits.

- two numbers: Spearman's rank correlation is shown, Pearson's stands beside it;
- two labels: Cramér's V, corrected for chance; the shared information stands beside it;
- a label and a number: the correlation ratio eta, corrected for chance.

The cost is bounded: at most `MAX_COLUMNS` columns are looked at, on at most `MAX_ROWS` rows drawn at random, and the
result says so.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.core.progress import Progress, silent
from clew.core.schema import Column, Role, Schema
from clew.explore.associations import Association
from clew.explore.correlation_measures import (
    contingency,
    correlation_ratios,
    cramers_v,
    fisher_interval,
    mutual_information,
    product_moments,
    rank_correlations,
    standardised,
)
from clew.explore.effect_intervals import correlation_ratio_interval, cramers_v_interval
from clew.explore.families import Family, axis_of, family_of_series
from clew.explore.statistics import TableStatistics
from clew.explore.views import correlations_view

#: Columns looked at, rows looked at, and labels that a column may have.
MAX_COLUMNS, MAX_ROWS, MAX_LABELS = 50, 20_000, 100
_ROLES = frozenset({Role.FEATURE, Role.TARGET, Role.TIME, Role.WEIGHT, Role.GROUP})
#: Fewer rows say nothing about a pair.
_LEAST_ROWS = 10


@dataclass(frozen=True, slots=True)
class Correlation:
    """How two columns go together.

    Parameters
    ----------
    one, other : str
        Their names, in the order of the table.
    measure : {"spearman", "cramers_v", "eta"}
        What `value` is.
    value : float
        -1 to 1 for Spearman's correlation, 0 to 1 for the others.
    rows : int
        Rows in which both are there.
    low, high : float, optional
        Its 95 % interval.
    pearson : float, optional
        Pearson's correlation, of two numbers.
    information : float, optional
        Shared information, of two labels: 1 where one follows from the other.
    """

    one: str
    other: str
    measure: str
    value: float
    rows: int
    low: float | None = None
    high: float | None = None
    pearson: float | None = None
    information: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready values."""
        return {
            "columns": [self.one, self.other],
            "measure": self.measure,
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "pearson": self.pearson,
            "mutual_information": self.information,
            "rows": self.rows,
        }


@dataclass(frozen=True, slots=True)
class Correlations:
    """How the columns of a table go together.

    Parameters
    ----------
    columns : tuple of str
        Columns looked at, the target last.
    pairs : tuple of Correlation
        The strongest first; without pairs that share too few rows or do not vary.
    left_out : tuple of str
        Columns that could have been looked at, beyond `MAX_COLUMNS`.
    rows : int
        Rows looked at.
    sampled : bool
        Whether these were drawn from more, at random.
    """

    columns: tuple[str, ...] = ()
    pairs: tuple[Correlation, ...] = ()
    left_out: tuple[str, ...] = ()
    rows: int = 0
    sampled: bool = False

    def __repr__(self) -> str:
        return f"Correlations({len(self.columns)} columns, {len(self.pairs)} pairs, {self.rows} rows)"

    def _repr_html_(self) -> str:
        return correlations_view(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready values."""
        return {
            "columns": list(self.columns),
            "pairs": [pair.to_dict() for pair in self.pairs],
            "left_out": list(self.left_out),
            "rows": self.rows,
            "sampled": self.sampled,
        }


def correlations(
    frame: pl.DataFrame,
    schema: Schema,
    statistics: TableStatistics,
    associations: Sequence[Association] = (),
    *,
    seed: int = 0,
    progress: Progress = silent,
) -> Correlations:
    """Measure how the columns go together.

    Parameters
    ----------
    frame : DataFrame
        The rows.
    schema : Schema
        Their columns. Numbers, moments, truth values, and labels of at most 100 different values take part;
        identifiers, excluded columns and those with a single value do not. Of more than 50, the target and the features
        that say most about it are taken; without a target, the first.
    statistics : TableStatistics
        Of these rows.
    associations : sequence of Association
        How much each feature says about the target.
    seed : int, default 0
        Seed of the sample of rows.
    progress : Progress, default silent
        Told what is going on.
    """
    names, left_out = _chosen(frame, schema, statistics, associations)
    rows = frame.select(names)
    sampled = len(rows) > MAX_ROWS
    if sampled:
        chosen = np.random.default_rng(seed).choice(len(rows), MAX_ROWS, replace=False)
        rows = rows[np.sort(chosen)]
    numbers = [name for name in names if family_of_series(rows[name]) in {Family.NUMBER, Family.MOMENT}]
    codes = {name: _codes(rows[name]) for name in names if name not in numbers}
    matrix = np.stack([_numbers(rows[name]) for name in numbers], axis=1) if numbers else np.empty((len(rows), 0))
    progress("relating numbers", 0.0)
    found = _of_numbers(numbers, matrix)
    centred, there = standardised(matrix), np.isfinite(matrix)
    labels = list(codes)
    for place, one in enumerate(labels):
        progress(f"relating {one}", place / len(labels))
        found.extend(_of_labels(one, other, codes[one], codes[other]) for other in labels[place + 1 :])
        ratios = zip(numbers, *correlation_ratios(codes[one], centred, there), strict=True)
        for at, (other, value, count) in enumerate(ratios):
            known_rows = there[:, at] & (codes[one] >= 0)
            low, high = _interval(codes[one][known_rows], centred[known_rows, at], float(value))
            found.append(Correlation(one, other, "eta", float(value), int(count), low, high))
    order = {name: place for place, name in enumerate(names)}
    known = [_in_order(pair, order) for pair in found if pair.rows >= _LEAST_ROWS and not math.isnan(pair.value)]
    known.sort(key=lambda pair: (-abs(pair.value), order[pair.one], order[pair.other]))
    return Correlations(tuple(names), tuple(known), tuple(left_out), len(rows), sampled)


def _chosen(
    frame: pl.DataFrame, schema: Schema, statistics: TableStatistics, associations: Sequence[Association]
) -> tuple[list[str], list[str]]:
    usable = [column.name for column in schema if _usable(column, frame, statistics)]
    target = schema.target.name if schema.target else None
    power = {item.feature: item.power for item in associations}
    features = [name for name in usable if name != target]
    ranked = sorted(features, key=lambda name: -power.get(name, 0.0))  # stable: the order of the table where equal
    kept = set(ranked[: MAX_COLUMNS - (target in usable)])
    names = [name for name in features if name in kept]
    if target in usable and target is not None:
        names.append(target)
    return names, [name for name in features if name not in kept]


def _usable(column: Column, frame: pl.DataFrame, statistics: TableStatistics) -> bool:
    if column.role not in _ROLES or column.name not in frame.columns:
        return False
    known = statistics[column.name]
    family = family_of_series(frame[column.name])
    if family is Family.OPAQUE or (known.distinct or 0) < 2:
        return False
    return family in {Family.NUMBER, Family.MOMENT} or (known.distinct or 0) <= MAX_LABELS


def _codes(values: pl.Series) -> NDArray[np.int64]:
    ranked = values.cast(pl.String).rank("dense").cast(pl.Int64) - 1
    return np.asarray(ranked.fill_null(-1).to_numpy(), dtype=np.int64)


def _numbers(values: pl.Series) -> NDArray[np.float64]:
    numbers = np.full(len(values), np.nan)
    numbers[values.is_not_null().to_numpy()] = axis_of(values)
    numbers[np.isinf(numbers)] = np.nan
    return numbers


def _of_numbers(names: list[str], matrix: NDArray[np.float64]) -> list[Correlation]:
    if len(names) < 2 or not len(matrix):
        return []
    pearson, rows = product_moments(matrix)
    spearman = rank_correlations(matrix)
    found = []
    for one, other in zip(*np.triu_indices(len(names), 1), strict=True):
        value, count = float(spearman[one, other]), int(rows[one, other])
        if math.isnan(value):
            continue
        linear = float(pearson[one, other])
        low, high = fisher_interval(value, count, of_ranks=True)
        known = None if math.isnan(linear) else linear
        found.append(Correlation(names[one], names[other], "spearman", value, count, low, high, known))
    return found


def _of_labels(one: str, other: str, codes: NDArray[np.int64], others: NDArray[np.int64]) -> Correlation:
    table = contingency(codes, others)
    value = cramers_v(table)
    if math.isnan(value):
        return Correlation(one, other, "cramers_v", value, int(table.sum()))
    low, high = cramers_v_interval(table)
    information = mutual_information(table)
    return Correlation(one, other, "cramers_v", value, int(table.sum()), low, high, information=information)


def _interval(
    codes: NDArray[np.int64], numbers: NDArray[np.float64], value: float
) -> tuple[float, float] | tuple[None, None]:
    low, high = (math.nan, math.nan) if math.isnan(value) else correlation_ratio_interval(codes, numbers)
    return (None, None) if math.isnan(low) else (low, high)


def _in_order(pair: Correlation, order: dict[str, int]) -> Correlation:
    if order[pair.one] < order[pair.other]:
        return pair
    return replace(pair, one=pair.other, other=pair.one)
