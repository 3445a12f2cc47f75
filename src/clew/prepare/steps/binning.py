"""Numbers in steps: put into bins, or rounded."""

import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import pairwise
from operator import add
from typing import Any, ClassVar, Literal

import numpy as np
import polars as pl

from clew.core.errors import ConfigError
from clew.core.expr.numbers import rounded
from clew.core.schema import Column, Kind
from clew.prepare.centres import k_means, middles
from clew.prepare.lineage import derive
from clew.prepare.registry import register
from clew.prepare.step import Function, Made, State, Training
from clew.prepare.steps.numeric import NumericStep
from clew.prepare.table import Expression, Language, Table, as_float, finite_values, present

#: More bins would cost as many comparisons per value.
MAX_BINS = 100
#: From here on a float has no digits after the point.
_WHOLE = 2.0**52


@register
@dataclass(frozen=True)
class Bin(NumericStep):
    """Put numbers into bins: each becomes the number of its bin, 0 for the lowest, or a label.

    Borders are learnt from the finite training values, or stated. A value on a border belongs to the bin above it; what
    lies outside of all borders belongs to the first or the last bin. Bins that would be empty because borders coincide
    are left out, so there may be fewer. The order of the values is kept. The strategies are those of scikit-learn's
    KBinsDiscretizer.

    Parameters
    ----------
    strategy : {"uniform", "quantile", "kmeans", "edges"}, default "uniform"
        ``uniform``: bins of equal width; ``quantile``: of equally many training rows; ``kmeans``: around centres that
        lie close to their values; ``edges``: between the stated borders.
    n_bins : int, default 5
        Number of bins, 2 to 100.
    edges : tuple of float, optional
        The borders between bins, rising: n borders make n + 1 bins.
    labels : tuple of str or "interval", optional
        Names of the bins from low to high, one per bin; or ``interval``, which writes the borders: ``[18, 65)``. The
        column then is an ordinal.
    """

    strategy: Literal["uniform", "quantile", "kmeans", "edges"] = "uniform"
    n_bins: int = 5
    edges: tuple[float, ...] | None = None
    labels: tuple[str, ...] | Literal["interval"] | None = None

    op: ClassVar[str] = "bin"

    def check(self) -> None:
        """Refuse borders that do not rise, and names that do not match the bins."""
        if not 2 <= self.n_bins <= MAX_BINS:
            raise ConfigError(f"bin has n_bins {self.n_bins}; 2 to {MAX_BINS} are possible.")
        if (self.strategy == "edges") != (self.edges is not None):
            raise ConfigError(
                f"bin has strategy {self.strategy!r} and edges {self.edges!r}; they belong together.",
                hint="Borders go with `strategy: edges`, and only with it.",
            )
        if self.edges is not None:
            rising = all(low < high for low, high in pairwise(self.edges))
            if not self.edges or not rising or not all(map(math.isfinite, self.edges)) or len(self.edges) >= MAX_BINS:
                raise ConfigError(
                    f"bin has edges {list(self.edges)}; 1 to {MAX_BINS - 1} rising numbers are needed.",
                    hint="State the borders between bins, e.g. `edges: [18, 65]` for three bins.",
                )
        if isinstance(self.labels, tuple):
            wanted = self.n_bins if self.edges is None else len(self.edges) + 1
            if len(self.labels) != wanted or len(set(self.labels)) != wanted:
                raise ConfigError(
                    f"bin has {len(self.labels)} labels for {wanted} bins; each bin needs a name of its own.",
                    hint="n borders make n + 1 bins." if self.edges else "Give as many labels as `n_bins`.",
                )

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:  # noqa: ARG002
        """Learn the borders of each column."""
        if self.edges is not None:
            return {column.name: {"edges": list(self.edges)} for column in columns}
        if self.strategy == "kmeans":
            found = finite_values(table, columns)
            return {column.name: {"edges": _between_centres(values, self.n_bins)} for column, values in found}
        figures = table.figures(lambda F: {column.name: self._figures(present(F, column)) for column in columns})
        return {name: {"edges": self._borders(values)} for name, values in figures.items()}

    def make(self, columns: Sequence[Column], state: State) -> Iterable[Made]:
        """Make the number of the bin, or its label."""
        for column in columns:
            edges = state[column.name]["edges"]
            labels = self._names(edges)
            if labels is None:
                made = derive(column, dtype="Int64", kind=Kind.ORDINAL)
                yield Made(made, (column.name,), _bin_of(column, edges), _number(edges))
            else:
                made = replace(derive(column, dtype="String", kind=Kind.ORDINAL), order=tuple(labels))
                yield Made(made, (column.name,), _label_of(column, edges, labels), _label(edges, labels))

    def _figures(self, values: Any) -> dict[str, Any]:
        if self.strategy == "uniform":
            return {"0": values.min(), "1": values.max()}
        shares = (number / self.n_bins for number in range(1, self.n_bins))
        return {str(share): values.quantile(share, "linear") for share in shares} | {"0": values.min()}

    def _borders(self, found: Mapping[str, float | None]) -> list[float]:
        known = {share: value for share, value in found.items() if value is not None}
        if len(known) < len(found):
            return []
        low = float(known.pop("0"))
        if self.strategy == "quantile":
            return sorted({float(value) for value in known.values() if value > low})
        edges = np.linspace(low, float(known["1"]), self.n_bins + 1)[1:-1]
        return sorted({float(edge) for edge in edges if math.isfinite(edge) and edge > low})

    def _names(self, edges: Sequence[float]) -> list[str] | None:
        if self.labels is None:
            return None
        if self.labels == "interval":
            return _intervals(edges)
        # Where borders coincide there are fewer bins: the lowest names go on.
        return list(self.labels[: len(edges) + 1])


@register
@dataclass(frozen=True)
class Round(NumericStep):
    """Round numbers to some decimals, a half to the even neighbour, or down or up. The order of the values is kept.

    Parameters
    ----------
    decimals : int, default 0
        Digits after the point, -15 to 15; below 0 tens, hundreds and so on.
    method : {"nearest", "down", "up"}, default "nearest"
        Which neighbour is taken; ``down`` is towards minus infinity.
    """

    decimals: int = 0
    method: Literal["nearest", "down", "up"] = "nearest"

    op: ClassVar[str] = "round"

    def check(self) -> None:
        """Refuse digits that no float has."""
        if not -15 <= self.decimals <= 15:
            raise ConfigError(f"round has decimals {self.decimals}; -15 to 15 are possible.")

    def make(self, columns: Sequence[Column], state: State) -> Iterable[Made]:  # noqa: ARG002 - nothing was learnt
        """Make each column rounded."""
        for column in columns:
            made = replace(derive(column, dtype="Float64", keep_values=True), allowed=None, minimum=None, maximum=None)
            yield Made(made, (column.name,), *_rounding(column, self.decimals, self.method))


def _between_centres(found: pl.Series, count: int) -> list[float]:
    """Return the middles between the centres of k-means on one column."""
    values = found.sort().to_numpy()
    if not len(values):
        return []
    middle = float(values[0] / 2 + values[-1] / 2)
    scaled = values - middle
    with np.errstate(over="ignore"):
        if values[0] == values[-1] or not math.isfinite(float(scaled @ scaled)):
            return []
    return sorted(set((middles(k_means(scaled, count)) + middle).tolist()))


def _intervals(edges: Sequence[float]) -> list[str]:
    """Return the bins written with their borders, in as few digits as tell the borders apart."""
    for digits in range(3, 18):
        texts = [f"{edge:.{digits}g}" for edge in edges]
        if len(set(texts)) == len(texts):
            break
    ends = ["-inf", *texts, "inf"] if edges else ["-inf", "inf"]
    return [f"{'(' if low == '-inf' else '['}{low}, {high})" for low, high in pairwise(ends)]


def _bin_of(column: Column, edges: Sequence[float]) -> Expression:
    def expression(F: Language) -> Any:
        value = as_float(F, column)
        passed = [(value >= edge).cast(F.Int8) for edge in edges]
        number = reduce(add, passed) if passed else F.lit(0)
        return F.when(~value.is_null()).then(number.cast(F.Int64))

    return expression


def _label_of(column: Column, edges: Sequence[float], labels: Sequence[str]) -> Expression:
    def expression(F: Language) -> Any:
        value = as_float(F, column)
        label = F.lit(labels[0])
        for edge, name in zip(edges, labels[1:], strict=True):
            label = F.when(value >= edge).then(F.lit(name)).otherwise(label)
        return F.when(~value.is_null()).then(label)

    return expression


def _number(edges: Sequence[float]) -> Function:
    return lambda value: None if value is None else bisect_right(edges, float(value))


def _label(edges: Sequence[float], labels: Sequence[str]) -> Function:
    return lambda value: None if value is None else labels[bisect_right(edges, float(value))]


_FRAME: Mapping[str, Callable[[Any], Any]] = {
    "down": lambda value: value.floor(),
    "up": lambda value: value.ceil(),
}
_ROW: Mapping[str, Callable[[float], int]] = {"nearest": round, "down": math.floor, "up": math.ceil}


def _rounding(column: Column, decimals: int, method: str) -> tuple[Expression, Function]:
    """Return how numbers are rounded; those so large that they have no such digits stay what they are."""
    size = float(10 ** abs(decimals))
    many, one = (size, 1.0 / size) if decimals >= 0 else (1.0 / size, size)
    row = _ROW[method]

    def expression(F: Language) -> Any:
        value = as_float(F, column)
        counted = value * many
        near = (rounded(F, counted) if method == "nearest" else _FRAME[method](counted)) * one
        # Tenths times 0.1 are not always the nearest float to the decimal number; rounding them again is.
        exact = rounded(F, near, decimals) if decimals > 0 else near
        return F.when(counted.abs() < _WHOLE).then(exact).otherwise(value)

    def function(value: Any) -> float | None:
        if value is None:
            return None
        number = float(value)
        counted = number * many
        if not abs(counted) < _WHOLE:
            return number
        near = row(counted) * one
        return round(near * many) / many if decimals > 0 else near

    return expression, function
