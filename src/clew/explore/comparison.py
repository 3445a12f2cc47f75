"""Two tables side by side: columns that came, went or changed type, and how far each common one has moved.

Cells, distances and what chance does to them are those of monitoring, so a comparison here and a monitor there agree.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from clew.core.schema import Column, Kind, Schema
from clew.explore.cells import Cells, cells_of
from clew.explore.chance import Chance
from clew.explore.column import ColumnStatistics
from clew.explore.distance import chi_square, cramers_v, jensen_shannon, kolmogorov_smirnov, population_stability
from clew.explore.families import Family
from clew.explore.statistics import TableStatistics
from clew.explore.types import Type
from clew.explore.views import comparison_view

#: A population stability index above this, chance accounted for, is called a shift (Siddiqi 2006).
SHIFTED = 0.2
#: A change of the share of missing values above this is worth a word.
MISSING_CHANGED = 0.05
#: Probability that a comparison of two samples of one population calls any column shifted.
_CHANCE = 0.01
_BINS, _LEAST_ROWS = 10, 30
_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two tables.

    Parameters
    ----------
    source : str
        Where its rows came from.
    schema : Schema
        Its columns.
    statistics : TableStatistics
        Of its rows.
    types : mapping of str to Type
        What the columns are called.
    """

    source: str
    schema: Schema
    statistics: TableStatistics
    types: Mapping[str, Type]


@dataclass(frozen=True, slots=True)
class Overlay:
    """Rows of both tables in common bins.

    Parameters
    ----------
    edges : tuple of float
        k + 1 edges, as of a `Histogram`.
    data, other : tuple of int
        k counts each.
    open_left, open_right : bool
        Whether the first, the last bin gathers all beyond the fences.
    """

    edges: tuple[float, ...]
    data: tuple[int, ...]
    other: tuple[int, ...]
    open_left: bool = False
    open_right: bool = False


@dataclass(frozen=True, slots=True)
class ColumnComparison:
    """One column of both tables.

    Parameters
    ----------
    name : str
        Its name.
    column, other_column : Column
        Its description there and there.
    type, other_type : Type
        What it is called.
    data, other : ColumnStatistics
        Its values.
    distances : mapping of str to float
        ``psi``, ``js``, and ``ks`` of numbers and moments or ``cramers_v`` of labels; empty where the distributions
        are not compared.
    p_value : float, optional
        Of the Kolmogorov-Smirnov or the chi-square test.
    shifted : bool
        Whether the population stability index is above `SHIFTED`, chance accounted for.
    cells : Cells, optional
        Counts behind the distances.
    overlay : Overlay, optional
        Histogram of both, of numbers and moments.
    new_values : mapping of str to int
        Labels that only the other table has, with their rows; where every label is known.
    gone_values : mapping of str to int
        Labels that only this table has.
    reason : str, optional
        Why the distributions are not compared.
    """

    name: str
    column: Column
    other_column: Column
    type: Type
    other_type: Type
    data: ColumnStatistics
    other: ColumnStatistics
    distances: Mapping[str, float]
    p_value: float | None = None
    shifted: bool = False
    cells: Cells | None = None
    overlay: Overlay | None = None
    new_values: Mapping[str, int] | None = None
    gone_values: Mapping[str, int] | None = None
    reason: str | None = None

    @property
    def retyped(self) -> bool:
        """Whether the column is called otherwise or stored in another family of types."""
        return self.type is not self.other_type or self.data.family is not self.other.family

    @property
    def missing_changed(self) -> bool:
        """Whether the share of missing values differs much."""
        return abs(self.data.missing_share - self.other.missing_share) > MISSING_CHANGED

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready values."""
        result: dict[str, Any] = {
            "name": self.name,
            "type": self.type.value,
            "shifted": self.shifted,
            "missing_share": _both(self, "missing_share"),
            "distinct": _both(self, "distinct"),
            "minimum": _both(self, "minimum"),
            "maximum": _both(self, "maximum"),
        }
        if self.data.moments and self.other.moments:
            result.update({name: _both(self, name) for name in ("mean", "std", "skewness")})
            result["median"] = {"data": self.data.quantile(0.5), "other": self.other.quantile(0.5)}
        result["distances"] = dict(self.distances)
        result["p_value"] = self.p_value
        if self.overlay:
            result["histogram"] = {
                "edges": list(self.overlay.edges),
                "data": list(self.overlay.data),
                "other": list(self.overlay.other),
            }
        elif self.cells:
            result["cells"] = [
                {"label": label, "data": int(one), "other": int(two)}
                for label, one, two in zip(self.cells.labels, self.cells.baseline, self.cells.now, strict=True)
            ]
        for key, values in (("new_values", self.new_values), ("gone_values", self.gone_values)):
            if values is not None:
                first = dict(list(values.items())[:_EXAMPLES])
                result[key] = {"values": len(values), "rows": sum(values.values()), "examples": first}
        result["not_compared"] = self.reason
        return result


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two tables side by side.

    Parameters
    ----------
    source : str
        Where the rows of the other table came from.
    rows, other_rows : int
        Rows of this table and of the other.
    added : tuple of Column
        Columns that only the other table has.
    removed : tuple of Column
        Columns that only this table has.
    columns : tuple of ColumnComparison
        Common columns, in the order of this table.
    """

    source: str
    rows: int
    other_rows: int
    added: tuple[Column, ...]
    removed: tuple[Column, ...]
    columns: tuple[ColumnComparison, ...]

    @property
    def retyped(self) -> tuple[ColumnComparison, ...]:
        """Common columns of another type."""
        return tuple(item for item in self.columns if item.retyped)

    @property
    def shifted(self) -> tuple[ColumnComparison, ...]:
        """Common columns whose distribution moved, the farthest first."""
        moved = [item for item in self.columns if item.shifted]
        return tuple(sorted(moved, key=lambda item: -item.distances["js"]))

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready values."""
        return {
            "source": self.source,
            "rows": {"data": self.rows, "other": self.other_rows},
            "added": [{"name": c.name, "kind": c.kind.value, "dtype": c.dtype} for c in self.added],
            "removed": [{"name": c.name, "kind": c.kind.value, "dtype": c.dtype} for c in self.removed],
            "retyped": [
                {
                    "name": item.name,
                    "data": {"type": item.type.value, "dtype": item.column.dtype},
                    "other": {"type": item.other_type.value, "dtype": item.other_column.dtype},
                }
                for item in self.retyped
            ],
            "shifted": [item.name for item in self.shifted],
            "columns": [item.to_dict() for item in self.columns],
        }

    def __repr__(self) -> str:
        shifted = f"{len(self.shifted)} of {len(self.columns)} columns shifted"
        return f"Comparison({self.source!r}, {self.other_rows} rows beside {self.rows}, {shifted})"

    def _repr_html_(self) -> str:
        return comparison_view(self)


def compare(data: Side, other: Side) -> Comparison:
    """Put two tables side by side.

    Parameters
    ----------
    data : Side
        The table that is the measure: bins hold equal shares of it.
    other : Side
        The table that is held against it.
    """
    there = {column.name: column for column in other.schema}
    common = [column for column in data.schema if column.name in there]
    alpha = _CHANCE / max(len(common), 1)
    return Comparison(
        other.source,
        data.statistics.rows,
        other.statistics.rows,
        added=tuple(column for column in other.schema if column.name not in data.schema),
        removed=tuple(column for column in data.schema if column.name not in there),
        columns=tuple(_compare(column, there[column.name], data, other, alpha) for column in common),
    )


def _compare(column: Column, other_column: Column, data: Side, other: Side, alpha: float) -> ColumnComparison:
    name = column.name
    one, two = data.statistics[name], other.statistics[name]
    types = data.types[name], other.types[name]
    basis = ColumnComparison(name, column, other_column, *types, one, two, {})
    reason = _not_compared(basis)
    if reason:
        return replace(basis, reason=reason)
    numeric = one.family in {Family.NUMBER, Family.MOMENT} and column.kind in {Kind.NUMERIC, Kind.DATETIME}
    cells = cells_of(one, two, numeric=numeric, bins=_BINS)
    stability = population_stability(cells.baseline, cells.now)
    distances = {"psi": stability, "js": jensen_shannon(cells.baseline, cells.now)}
    if numeric:
        distances["ks"], p_value = _gap(one, two)
    else:
        distances["cramers_v"], p_value = cramers_v(cells.baseline, cells.now), chi_square(cells.baseline, cells.now)[1]
    chance = Chance(int(cells.baseline.sum()), int(cells.now.sum()), alpha)
    known = not numeric and one.values.exact and two.values.exact
    labels, others = ({str(value): count for value, count in side.values.items} for side in (one, two))
    return replace(
        basis,
        distances=distances,
        p_value=p_value,
        shifted=stability > chance.stability(SHIFTED, len(cells)),
        cells=cells,
        overlay=overlay_of(one, two) if numeric else None,
        new_values={value: count for value, count in others.items() if value not in labels} if known else None,
        gone_values={value: count for value, count in labels.items() if value not in others} if known else None,
    )


def _not_compared(item: ColumnComparison) -> str | None:
    if item.data.family is not item.other.family:
        return f"the types differ: {item.column.dtype} and {item.other_column.dtype}"
    if {Type.ID, Type.TEXT, Type.NESTED, Type.IMAGE, Type.UNKNOWN} & {item.type, item.other_type}:
        return f"columns of type {item.type.value} are not compared as distributions"
    for side, name in ((item.data, "this table"), (item.other, "the other table")):
        rows = side.present - (side.numbers.infinities if side.numbers else 0)
        if rows < _LEAST_ROWS:
            return f"{name} has {rows} values, fewer than {_LEAST_ROWS}"
    return None


def _gap(one: ColumnStatistics, two: ColumnStatistics) -> tuple[float, float]:
    """Compare the distribution functions at every value that either table knows."""
    then, later = one.distribution(), two.distribution()
    points = np.union1d(then.values, later.values)
    before, after = (side.below(points, inclusive=True) / side.rows for side in (then, later))
    return kolmogorov_smirnov(before, after, then.rows, later.rows)


def overlay_of(one: ColumnStatistics, two: ColumnStatistics) -> Overlay | None:
    """Count two columns of numbers or moments in the bins that fit them together; None where there is no bin."""
    found = one.merge(two).histogram
    if found is None:
        return None
    edges = np.array(found.edges)
    data, other = (side.counts_between(edges)[1:-1].tolist() for side in (one, two))
    return Overlay(found.edges, tuple(data), tuple(other), found.open_left, found.open_right)


def _both(item: ColumnComparison, name: str) -> dict[str, Any]:
    return {"data": getattr(item.data, name), "other": getattr(item.other, name)}
