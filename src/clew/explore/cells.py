"""Cells in which the rows of the baseline and the rows now are counted alike."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clew.explore.distance import Counts, shares
from clew.explore.statistics import ColumnStatistics

#: Rows that a cell should expect in either sample, so that chance is near to normal in it (Cochran, 1954).
_EXPECTED_ROWS = 5
#: More values of a categorical column are taken together.
_MOST_VALUES = 50
#: A number that so large a part of a bin's share stands for gets a cell of its own.
_SPIKE = 0.5


@dataclass(frozen=True, slots=True)
class Cells:
    """Counts in the same cells; no cell is empty in both.

    Parameters
    ----------
    labels : tuple of str
        What each of the k cells holds, for people.
    baseline, now : ndarray, shape (k,)
        Rows of the training table and of the rows looked at, float64.
    """

    labels: tuple[str, ...]
    baseline: Counts
    now: Counts

    def __len__(self) -> int:
        return len(self.labels)

    def largest_change(self) -> tuple[str, float, float]:
        """Return the cell whose share changed most: its label, its share in the baseline, and its share now."""
        before, later = shares(self.baseline), shares(self.now)
        place = int(np.argmax(np.abs(later - before)))
        return self.labels[place], float(before[place]), float(later[place])


def cells_of(baseline: ColumnStatistics, now: ColumnStatistics, *, numeric: bool, bins: int) -> Cells:
    """Count both samples in cells that fit the baseline.

    Parameters
    ----------
    baseline, now : ColumnStatistics
        Of the same column.
    numeric : bool
        Whether the values are quantities: bins of equal share in the baseline; else a cell per value, where values too
        rare to be compared, and those that are new, share one.
    bins : int
        Bins of a numeric column at most.
    """
    cells = _number_cells(baseline, now, bins) if numeric else _value_cells(baseline, now)
    filled = (cells.baseline > 0) | (cells.now > 0)
    labels = tuple(label for label, kept in zip(cells.labels, filled, strict=True) if kept)
    return Cells(labels, cells.baseline[filled], cells.now[filled])


def _number_cells(baseline: ColumnStatistics, now: ColumnStatistics, bins: int) -> Cells:
    then, later = baseline.distribution(), now.distribution()
    bins = max(2, min(bins, then.rows // _EXPECTED_ROWS, later.rows // _EXPECTED_ROWS))
    edges = np.unique(then.quantiles(np.arange(1, bins) / bins))
    at = then.below(edges, inclusive=True) - then.below(edges)
    spike = at > _SPIKE * then.rows / bins
    # A cut lies after its edge; an edge that is a spike has one before it as well.
    values = np.concatenate((edges[spike], edges))
    after = np.concatenate((np.zeros(int(spike.sum()), dtype=bool), np.ones(len(edges), dtype=bool)))
    order = np.lexsort((after, values))
    values, after = values[order], after[order]

    def count(below: NDArray[np.int64], inclusive: NDArray[np.int64], rows: int) -> Counts:
        cumulative = np.where(after, inclusive, below)
        return np.diff(np.concatenate(([0], cumulative, [rows]))).astype(np.float64)

    return Cells(
        _labels(values, after),
        count(then.below(values), then.below(values, inclusive=True), then.rows),
        count(later.below(values), later.below(values, inclusive=True), later.rows),
    )


def _labels(values: NDArray[np.float64], after: NDArray[np.bool_]) -> tuple[str, ...]:
    """Name the cells between cuts, shape (c,): c + 1 of them."""
    shown = [f"{value:.4g}" for value in values]
    if len(set(shown)) < len(np.unique(values)):
        shown = [f"{value:.12g}" for value in values]
    first = f"up to {shown[0]}" if after[0] else f"below {shown[0]}"
    inner = []
    for place in range(len(values) - 1):
        if values[place] == values[place + 1]:
            inner.append(shown[place])
        else:
            inner.append(f"{shown[place]} to {shown[place + 1]}")
    return (first, *inner, f"above {shown[-1]}")


def _value_cells(baseline: ColumnStatistics, now: ColumnStatistics) -> Cells:
    then, later = baseline.values, now.values
    share = later.rows / then.rows if then.rows else 0.0
    kept = [(value, count) for value, count in then.items if min(count, count * share) >= _EXPECTED_ROWS]
    kept = kept[:_MOST_VALUES]
    counts = dict(later.items)
    baseline_counts = [count for _, count in kept]
    now_counts = [counts.get(value, 0) for value, _ in kept]
    labels = tuple(str(value) for value, _ in kept)
    return Cells(
        (*labels, "all others"),
        np.array([*baseline_counts, then.rows - sum(baseline_counts)], dtype=np.float64),
        np.array([*now_counts, later.rows - sum(now_counts)], dtype=np.float64),
    )
