"""Values that lie far out: pull them to the edge of what is usual, call them missing, or take their rows away."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column
from clew.prepare.dtypes import WHOLE
from clew.prepare.lineage import derive
from clew.prepare.registry import register
from clew.prepare.step import Function, Made, State, StepKind, Training
from clew.prepare.steps.numeric import NumericStep
from clew.prepare.table import Expression, Language, Table, as_float, batches, present, stored_as

Method = Literal["iqr", "quantiles", "std", "robust_std", "range"]
#: Lower and upper quantile of a method, where none are stated.
_SHARES: Mapping[str, tuple[float, float]] = {
    "iqr": (0.25, 0.75),
    "quantiles": (0.01, 0.99),
    "robust_std": (0.05, 0.95),
}
#: How far out a value may lie, in spreads, where nothing is stated.
_FACTORS: Mapping[str, float] = {"iqr": 1.5, "std": 3.0, "robust_std": 5.0}
Edges = tuple[float | None, float | None]


@dataclass(frozen=True)
class OutlierStep(NumericStep):
    """A step that knows, per column, between which edges values are usual.

    The edges are learnt from the finite training values, or stated; infinite values lie outside. A column whose spread
    is zero (e.g. mostly one value) has no edges: everything else in it would be an outlier.

    Parameters
    ----------
    method : {"iqr", "quantiles", "std", "robust_std", "range"}, default "iqr"
        ``iqr``: quartiles ± factor times the interquartile range (Tukey 1977); ``quantiles``: between two quantiles;
        ``std``: mean ± factor times the standard deviation; ``robust_std``: median ± factor times the standard
        deviation of the values clipped to two quantiles, which few far values cannot inflate; ``range``: between
        stated values.
    factor : float, optional
        By default 1.5 for ``iqr``, 3 for ``std`` and 5 for ``robust_std``.
    lower, upper : float, optional
        Of ``quantiles`` and ``robust_std`` the quantiles, as shares; by default 0.01 and 0.99, and 0.05 and 0.95. Of
        ``range`` the values themselves, at least one.
    """

    method: Method = "iqr"
    factor: float | None = None
    lower: float | None = None
    upper: float | None = None

    def check(self) -> None:
        """Refuse edges that cross, a factor below zero, and options that the method does not use."""
        stated = {"factor": self.factor, "lower": self.lower, "upper": self.upper}
        used = {"factor"} if self.method in {"iqr", "std"} else {"lower", "upper"}
        used |= {"factor"} if self.method == "robust_std" else set()
        for name, value in stated.items():
            if value is not None and name not in used:
                raise ConfigError(
                    f"{self.op} has {name} {value!r}, which `method: {self.method}` does not use.",
                    hint=f"Leave it out; {self.method} takes {' and '.join(sorted(used))}.",
                )
        if self.factor is not None and not 0 < self.factor < math.inf:
            raise ConfigError(f"{self.op} has factor {self.factor!r}; a number above 0 is needed.")
        if self.method == "range":
            self._check_range()
        elif self.method in _SHARES and not 0 <= self._shares[0] < self._shares[1] <= 1:
            low, high = self._shares
            raise ConfigError(f"{self.op} has lower {low!r} and upper {high!r}; 0 <= lower < upper <= 1 is needed.")

    def _check_range(self) -> None:
        if self.lower is None and self.upper is None:
            raise ConfigError(f"{self.op} needs lower or upper for `method: range`.", hint="Write e.g. `lower: 0`.")
        low, high = self.lower, self.upper
        if any(edge is not None and not math.isfinite(edge) for edge in (low, high)):
            raise ConfigError(f"{self.op} has lower {low!r} and upper {high!r}; finite numbers are needed.")
        if low is not None and high is not None and low > high:
            raise ConfigError(f"{self.op} has lower {low!r} and upper {high!r}; lower <= upper is needed.")

    @property
    def _shares(self) -> tuple[float, float]:
        low, high = _SHARES[self.method]
        return low if self.lower is None else self.lower, high if self.upper is None else self.upper

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:  # noqa: ARG002
        """Learn a lower and an upper edge per column."""
        return {name: {"low": low, "high": high} for name, (low, high) in self._learn(table, columns).items()}

    def _learn(self, table: Table, columns: Sequence[Column]) -> dict[str, Edges]:
        if self.method == "range":
            return {column.name: (self.lower, self.upper) for column in columns}
        found = table.figures(lambda F: {column.name: self._figures(present(F, column)) for column in columns})
        if self.method == "robust_std":
            spreads = table.figures(lambda F: {c.name: _clipped_std(F, c, **found[c.name]) for c in columns})
            found = {name: {**found[name], **spreads[name]} for name in found}
        return {name: self._edges(values) for name, values in found.items()}

    def _figures(self, values: Any) -> dict[str, Any]:
        if self.method == "std":
            ends = {"least": values.min(), "most": values.max()}
            return {**ends, "centre": values.mean(), "std": values.std(ddof=0)}
        low, high = self._shares
        ends = {"low": values.quantile(low, "linear"), "high": values.quantile(high, "linear")}
        return {**ends, "centre": values.median()} if self.method == "robust_std" else ends

    def _edges(self, found: Mapping[str, float | None]) -> Edges:
        known = {name: value for name, value in found.items() if value is not None}
        if len(known) < len(found):
            return None, None
        factor = _FACTORS.get(self.method, 0.0) if self.factor is None else self.factor
        if self.method == "std" and known["least"] == known["most"]:
            return None, None  # what rounding leaves of a constant is no spread
        if self.method in {"std", "robust_std"}:
            centre, spread = known["centre"], known["std"] * factor
            return _apart(centre - spread, centre + spread)
        margin = (known["high"] - known["low"]) * factor
        return _apart(known["low"] - margin, known["high"] + margin)


@register
@dataclass(frozen=True)
class ClipOutliers(OutlierStep):
    """Pull values that lie far out to the edge of what is usual.

    Learnt edges of whole numbers are rounded outwards, so that they stay whole; with a stated edge between two whole
    numbers they become floats. The order of the values is kept. Options as of `OutlierStep`.
    """

    op: ClassVar[str] = "clip_outliers"

    def make(self, columns: Sequence[Column], state: State) -> Iterable[Made]:
        """Make each column within its edges."""
        for column in columns:
            low, high, dtype = self._stored(column, **state[column.name])
            made = derive(column, dtype=dtype, keep_values=True)
            yield Made(made, (column.name,), *_clipping(column, dtype, low, high))

    def _stored(self, column: Column, low: float | None, high: float | None) -> tuple[Any, Any, str]:
        """Return the edges in the type that the clipped column has."""
        stated = self.method == "range" and any(edge is not None and not edge.is_integer() for edge in (low, high))
        if column.dtype not in WHOLE or stated:
            return low, high, "Float64"
        least, most = WHOLE[column.dtype]
        lowest = None if low is None else min(max(math.floor(low), least), most)
        highest = None if high is None else max(min(math.ceil(high), most), least)
        return lowest, highest, column.dtype


@register
@dataclass(frozen=True)
class InvalidateOutliers(OutlierStep):
    """Turn values that lie far out into missing ones.

    Place a step that fills gaps after it. Options as of `OutlierStep`.
    """

    op: ClassVar[str] = "invalidate_outliers"

    def make(self, columns: Sequence[Column], state: State) -> Iterable[Made]:
        """Make each column without what lies outside its edges."""
        for column in columns:
            yield Made(derive(column, keep_values=True), (column.name,), *_keeping(column, **state[column.name]))


@register
@dataclass(frozen=True)
class RemoveOutliers(OutlierStep):
    """Take away the training rows in which a chosen column lies far out; a missing value does not.

    Acts in fitting only: a row that is to be predicted always gets its answer. Options as of `OutlierStep`.
    """

    op: ClassVar[str] = "remove_outliers"
    kind: ClassVar[StepKind] = StepKind.ROWS

    def rows(self, table: Table, training: Training) -> NDArray[np.int64]:
        """Return the positions of the rows that lie within all edges."""
        columns = self.inputs(training.schema)
        edges = self._learn(table, columns)
        limited = [column for column in columns if edges[column.name] != (None, None)]
        kept = np.ones(len(table), dtype=bool)
        for batch in batches(table, limited):
            flags = table.select({c.name: _outside_as_number(c, *edges[c.name]) for c in batch})
            for flag in flags.polars(*(column.name for column in batch)).iter_columns():
                kept &= flag.to_numpy() == 0
        if len(kept) and not kept.any():
            raise RecipeError(
                f"Each of {len(kept)} rows has an outlier in one of {len(columns)} columns.",
                hint="Choose fewer columns or wider edges, or use the step clip_outliers.",
            )
        return np.flatnonzero(kept).astype(np.int64)


def _clipped_std(F: Language, column: Column, low: float | None, high: float | None, **_: Any) -> dict[str, Any]:
    """Return the standard deviation of the values pulled to two edges."""
    values = present(F, column)
    if low is None or high is None:
        return {"std": values.std(ddof=0)}
    capped = F.when(values > high).then(F.lit(high, F.Float64)).otherwise(values)
    return {"std": F.when(values < low).then(F.lit(low, F.Float64)).otherwise(capped).std(ddof=0)}


def _apart(low: float, high: float) -> Edges:
    """Return edges that can be used, or none."""
    return (low, high) if math.isfinite(low) and math.isfinite(high) and low < high else (None, None)


def _outside(value: Any, low: float | None, high: float | None) -> Any:
    """Say where a column of floats lies outside its edges, of which there is at least one."""
    if low is None:
        return value > high
    return value < low if high is None else (value < low) | (value > high)


def _outside_as_number(column: Column, low: float | None, high: float | None) -> Expression:
    return lambda F: F.when(_outside(as_float(F, column), low, high)).then(F.lit(1)).otherwise(F.lit(0))


def _clipping(column: Column, dtype: str, low: float | None, high: float | None) -> tuple[Expression, Function]:
    """Return how a column is kept within its edges, if it has any."""
    widened = dtype != column.dtype

    def expression(F: Language) -> Any:
        value = as_float(F, column) if widened else F.col(column.name)
        kept = value
        if high is not None:
            kept = F.when(value > high).then(F.lit(high, stored_as(F, dtype))).otherwise(kept)
        if low is not None:
            kept = F.when(value < low).then(F.lit(low, stored_as(F, dtype))).otherwise(kept)
        return kept

    def clip(value: Any) -> Any:
        if value is None:
            return None
        if low is not None and value < low:
            return low
        return high if high is not None and value > high else value

    def clip_float(value: Any) -> Any:
        return None if value is None else clip(float(value))

    return expression, clip_float if widened else clip


def _keeping(column: Column, low: float | None, high: float | None) -> tuple[Expression, Function]:
    """Return how the values outside the edges become missing."""

    def expression(F: Language) -> Any:
        value = F.col(column.name)
        if low is None and high is None:
            return value
        return F.when(~_outside(as_float(F, column), low, high)).then(value)

    def keep(value: Any) -> Any:
        if value is None:
            return None
        number = float(value)
        outside = (low is not None and number < low) or (high is not None and number > high)
        return None if outside else value

    return expression, keep
