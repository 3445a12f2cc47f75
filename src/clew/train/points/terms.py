"""Numbers on one scale out of a prepared matrix, so that every raw column counts alike in a distance.

- A number is put on mean 0 and standard deviation 1; a missing one stands at the median. The squared difference of two
  random rows is then 2 on average.
- The labels of a category that is spelt as indicators, and the two values of a number that has no more, lie so far
  apart that the squared difference would be 1 on average if all were equally frequent: half as much as for a number,
  since the gaps between labels make clusters by themselves (Hennig and Liao 2013). A rare label lies no further away
  than a frequent one.
- A category that is spelt as surprise is one number, -log2 of the share of the label, on standard deviation 1; a
  number with gaps then has such a term for them.
- The columns that a recipe makes of one raw column share its weight.
"""

import math
from collections import Counter
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from clew.core.schema import Schema
from clew.prepare.matrix import Matrix, MatrixLayout

Floats = NDArray[np.float64]
#: How categories become numbers.
Spelling = Literal["indicators", "surprise"]
#: Labels of a category with an indicator of their own; rows with one of the others stand in the middle.
MOST_LABELS = 60
#: A spread far below the precision of the values is rounding.
_NOISE = 1e-7


@dataclass(frozen=True, eq=False)
class Terms:
    """How a prepared row becomes a point.

    Parameters
    ----------
    layout : MatrixLayout
        Columns of the matrix.
    middle, centre, factor, weight : ndarray, shape (p,)
        Of each number: its median; what is subtracted from it; what the difference is multiplied by, 0 to leave the
        column out; and what the result, cut off at `limit`, is multiplied by.
    absent : ndarray, shape (p,)
        What stands in for a missing number, or one too large to calculate with: what is typical; with surprise, beyond
        all others where the column had no such gap, since nothing is rarer than what was never seen.
    marked : ndarray of int64, shape (m,)
        Numeric columns whose gaps are a term of their own; only with surprise.
    marks : ndarray, shape (m, 2)
        That term of a value, and of a gap.
    labels : tuple of ndarray, shape (L + 1, t)
        Of each category: the terms of each label, and in the last row those of a missing or unseen one; without
        columns (t = 0) where the category is left out.
    limit : float
        Scaled numbers end here.
    blocks : tuple of tuple of str
        Raw columns behind each term.
    typical : ndarray, shape (terms,)
        The terms of a row with the median of every number and the most frequent label of every category.
    """

    layout: MatrixLayout
    middle: Floats
    absent: Floats
    centre: Floats
    factor: Floats
    weight: Floats
    marked: NDArray[np.int64]
    marks: Floats
    labels: tuple[Floats, ...]
    limit: float
    blocks: tuple[tuple[str, ...], ...]
    typical: Floats

    def __len__(self) -> int:
        return len(self.blocks)

    def fit_together(self) -> bool:
        """Return whether the parts are of the sizes that they say of each other."""
        numbers = (self.middle, self.absent, self.centre, self.factor, self.weight)
        tables = zip(self.labels, self.layout.levels, strict=True)
        terms = np.count_nonzero(self.factor) + len(self.marked) + sum(table.shape[1] for table in self.labels)
        return (
            all(part.shape == (len(self.layout.numeric),) for part in numbers)
            and all(len(table) == len(levels) + 1 for table, levels in tables)
            and bool(((self.marked >= 0) & (self.marked < len(self.layout.numeric))).all())
            and self.marks.shape == (len(self.marked), 2)
            and len(self.blocks) == len(self.typical) == terms
        )

    @property
    def names(self) -> tuple[str, ...]:
        """What each term is called: the prepared column, with its label where there is an indicator for it."""
        named = [name for name, factor in zip(self.layout.numeric, self.factor, strict=True) if factor]
        named += [f"{self.layout.numeric[column]} missing" for column in self.marked.tolist()]
        for name, levels, table in zip(self.layout.categorical, self.layout.levels, self.labels, strict=True):
            one = table.shape[1] == 1
            # The label of an indicator is the one that stands highest on it.
            labels = [(*levels, "missing")[place] for place in np.argmax(table, axis=0)] if table.shape[1] else []
            named += [name] if one else [f"{name} = {label}" for label in labels]
        return tuple(named)

    def points(self, numeric: NDArray[np.float32], codes: NDArray[np.int32]) -> Floats:
        """Return the terms of rows, shape (n, terms); a row by itself gets the same bits as in a table.

        Parameters
        ----------
        numeric : ndarray, shape (n, p)
            As in `clew.prepare.matrix.Matrix`.
        codes : ndarray, shape (n, q)
            As there.
        """
        made = np.empty((len(numeric), len(self)))
        at = 0
        for column in np.flatnonzero(self.factor).tolist():
            values = numeric[:, column].astype(np.float64)
            values[np.isnan(values)] = self.absent[column]
            values -= self.centre[column]
            values *= self.factor[column]
            np.clip(values, -self.limit, self.limit, out=values)
            made[:, at] = values * self.weight[column]
            at += 1
        for column, mark in zip(self.marked.tolist(), self.marks, strict=True):
            made[:, at] = mark[np.isnan(numeric[:, column]).astype(np.intp)]
            at += 1
        for column, table in enumerate(self.labels):
            width = table.shape[1]
            if width:
                # Code -1 is the last row.
                made[:, at : at + width] = table[codes[:, column]]
                at += width
        return made


def fit_terms(matrix: Matrix, schema: Schema, *, spelling: Spelling, limit: float = math.inf) -> Terms:
    """Learn the scales.

    Parameters
    ----------
    matrix : Matrix
        Prepared training rows.
    schema : Schema
        Of the prepared columns: says which raw column each comes from.
    spelling : {"indicators", "surprise"}
        How categories become numbers.
    limit : float, optional
        Standard deviations up to which a number counts; all by default.
    """
    layout = matrix.layout
    block = {c.name: c.raw_sources for c in schema}
    middle, centre, factor = _numbers(matrix.numeric)
    labels = [
        _labels(codes, len(levels), spelling) for codes, levels in zip(matrix.codes.T, layout.levels, strict=True)
    ]
    marked, marks = _marks(matrix.numeric) if spelling == "surprise" else (np.empty(0, np.int64), np.empty((0, 2)))
    numbers = [block[name] for name, used in zip(layout.numeric, factor, strict=True) if used]
    gaps = [block[layout.numeric[column]] for column in marked.tolist()]
    categories = [block[name] for name, table in zip(layout.categorical, labels, strict=True) if table.shape[1]]
    shares = Counter([*numbers, *gaps, *categories])
    weights = {name: 1 / math.sqrt(count) for name, count in shares.items()}
    weight = np.array([weights.get(block[name], 0.0) for name in layout.numeric])
    labels = [table * weights.get(block[name], 0.0) for name, table in zip(layout.categorical, labels, strict=True)]
    marks = marks * np.array([weights[name] for name in gaps]).reshape(-1, 1)
    blocks = [*numbers, *gaps]
    middles = np.clip((middle - centre) * factor, -limit, limit) * weight
    typical = [middles[factor != 0], marks[:, 0]]
    for name, table, codes in zip(layout.categorical, labels, matrix.codes.T, strict=True):
        blocks += [block[name]] * table.shape[1]
        typical.append(table[_mode(codes, len(table))])
    absent = middle
    if spelling == "surprise":
        beyond = _beyond(matrix.numeric, middle)
        absent = np.where(np.isin(np.arange(len(middle)), marked), middle, beyond)
    return Terms(
        layout=layout,
        middle=middle,
        absent=absent,
        centre=centre,
        factor=factor,
        weight=weight,
        marked=marked,
        marks=marks,
        labels=tuple(labels),
        limit=limit,
        blocks=tuple(blocks),
        typical=np.concatenate(typical),
    )


def _numbers(numeric: NDArray[np.float32]) -> tuple[Floats, Floats, Floats]:
    values = numeric.astype(np.float64)
    missing = np.isnan(values)
    middle = np.zeros(values.shape[1])
    known = ~missing.all(axis=0)
    if known.any():
        middle[known] = np.nanmedian(values[:, known], axis=0)
    filled = np.where(missing, middle, values)
    centre, spread = filled.mean(axis=0), filled.std(axis=0)
    low, high = filled.min(axis=0), filled.max(axis=0)
    two = ((filled == low) | (filled == high)).all(axis=0)
    spread = np.where(two, (high - low) / math.sqrt(2), spread)
    useful = (spread > _NOISE * np.abs(centre)) & (high > low)
    return middle, centre, np.divide(1.0, spread, out=np.zeros_like(spread), where=useful)


def _beyond(numeric: NDArray[np.float32], middle: Floats) -> Floats:
    """Return for each column a number as far above the highest as that is above the lowest."""
    values = numeric.astype(np.float64)
    filled = np.where(np.isnan(values), middle, values)
    low, high = filled.min(axis=0), filled.max(axis=0)
    return np.asarray(high + (high - low))


def _marks(numeric: NDArray[np.float32]) -> tuple[NDArray[np.int64], Floats]:
    """Return the columns with gaps, which infinite numbers are too, and how surprising a value and a gap are."""
    gaps = np.isnan(numeric).sum(axis=0)
    tables = {
        column: _surprise(np.array([len(numeric) - gaps[column], gaps[column]]))
        for column in np.flatnonzero((gaps > 0) & (gaps < len(numeric))).tolist()
    }
    kept = {column: table[:, 0] for column, table in tables.items() if table.shape[1]}
    return np.array(list(kept), dtype=np.int64), np.array(list(kept.values())).reshape(-1, 2)


def _labels(codes: NDArray[np.int32], levels: int, spelling: Spelling) -> Floats:
    counts = np.bincount(codes + 1, minlength=levels + 1)  # the missing ones first
    if (counts > 0).sum() < 2:
        return np.empty((levels + 1, 0))
    counts = np.append(counts[1:], counts[0])
    return _surprise(counts) if spelling == "surprise" else _indicators(counts)


def _surprise(counts: NDArray[np.int64]) -> Floats:
    # A label that was never seen is rarer than one that was seen once; what is missing counts by how often it is.
    value = -np.log2(np.maximum(counts, 0.5) / counts.sum())
    mean = float((value * counts).sum() / counts.sum())
    spread = math.sqrt(float(((value - mean) ** 2 * counts).sum() / counts.sum()))
    if spread <= _NOISE:  # equally frequent labels tell nothing, until an unseen one comes
        return np.empty((len(counts), 0))
    return np.asarray((value - mean) / spread)[:, None]


def _indicators(counts: NDArray[np.int64]) -> Floats:
    order = np.argsort(-counts, kind="stable")
    own = order[: min(MOST_LABELS, int((counts > 0).sum()))]
    table = np.zeros((len(counts), len(own)))
    table[own, np.arange(len(own))] = 1.0
    share = counts[own] / counts.sum()
    # What was never seen, or is rare, stands where the average row does.
    others = np.setdiff1d(np.arange(len(counts)), own)
    table[others] = share
    scale = math.sqrt(0.5 / (1.0 - 1.0 / len(own))) if len(own) > 1 else 1.0
    return np.asarray((table - share) * scale)


def _mode(codes: NDArray[np.int32], size: int) -> int:
    counts = np.bincount(codes + 1, minlength=size)
    return int(np.argmax(np.append(counts[1:size], counts[0])))
