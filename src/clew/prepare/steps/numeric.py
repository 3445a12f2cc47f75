"""Numbers: tame outliers, put on one scale, straighten a long tail. All of them keep the order of the values."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Kind, Schema
from clew.prepare.dtypes import WHOLE, is_number
from clew.prepare.lineage import derive
from clew.prepare.registry import register
from clew.prepare.step import ColumnStep, Function, Made, State, Training
from clew.prepare.table import Expression, Language, Table, as_float, present, stored_as
from clew.prepare.values import rises


@dataclass(frozen=True)
class NumericStep(ColumnStep):
    """A step that works on numbers."""

    accepts: ClassVar[frozenset[Kind]] = frozenset({Kind.NUMERIC, Kind.ORDINAL})
    advice: ClassVar[str] = "Choose columns with `kind:numeric`, or convert the column with the step cast first."

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the chosen columns, all of them stored as numbers."""
        columns = super().inputs(schema)
        for column in columns:
            if not is_number(column.dtype):
                raise RecipeError(
                    f"The column {column.name!r} holds {column.dtype}, and {self.op} works on numbers.",
                    hint="Convert it with `- {op: cast, columns: …, to: number}` or the step ordinal first.",
                )
            if column.order is not None and not rises(column.order):
                raise RecipeError(
                    f"The column {column.name!r} has an order of its own, which its numbers do not follow.",
                    hint="Turn it into ranks with the step ordinal first.",
                )
        return columns


@register
@dataclass(frozen=True)
class ClipOutliers(NumericStep):
    """Pull values that lie far out to the edge of what is usual.

    The edges are learnt from the finite training values; infinite values are pulled in as well. A column whose spread
    is zero (e.g. mostly one value) is left alone: everything else in it would be an outlier. Whole numbers stay whole,
    with edges rounded outwards. The order of the values is kept.

    Parameters
    ----------
    method : {"iqr", "quantiles", "std"}, default "iqr"
        ``iqr``: quartiles ± factor times the interquartile range (Tukey 1977); ``quantiles``: between two quantiles;
        ``std``: mean ± factor times the standard deviation.
    factor : float, optional
        By default 1.5 for ``iqr`` and 3 for ``std``.
    lower, upper : float, default 0.01 and 0.99
        The quantiles, as shares.
    """

    method: Literal["iqr", "quantiles", "std"] = "iqr"
    factor: float | None = None
    lower: float = 0.01
    upper: float = 0.99

    op: ClassVar[str] = "clip_outliers"

    def check(self) -> None:
        """Refuse edges that cross, and a factor below zero."""
        if not 0 <= self.lower < self.upper <= 1:
            raise ConfigError(
                f"clip_outliers has lower {self.lower!r} and upper {self.upper!r}; 0 <= lower < upper <= 1 is needed."
            )
        if self.factor is not None and not 0 < self.factor < math.inf:
            raise ConfigError(f"clip_outliers has factor {self.factor!r}; a number above 0 is needed.")

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:  # noqa: ARG002
        """Learn a lower and an upper edge per column."""
        found = table.figures(lambda F: {column.name: self._figures(present(F, column)) for column in columns})
        return {column.name: _rounded(column, *self._edges(found[column.name])) for column in columns}

    def make(self, columns: Sequence[Column], state: State) -> Iterable[Made]:
        """Make each column within its edges."""
        for column in columns:
            dtype = column.dtype if column.dtype in WHOLE else "Float64"
            clipping = _clipping(column, dtype, **state[column.name])
            yield Made(derive(column, dtype=dtype, keep_values=True), (column.name,), *clipping)

    def _figures(self, values: Any) -> dict[str, Any]:
        if self.method == "std":
            return {"mean": values.mean(), "std": values.std(ddof=0)}
        low, high = (0.25, 0.75) if self.method == "iqr" else (self.lower, self.upper)
        return {"low": values.quantile(low, "linear"), "high": values.quantile(high, "linear")}

    def _edges(self, found: dict[str, float | None]) -> tuple[float | None, float | None]:
        if None in found.values():
            return None, None
        if self.method == "std":
            centre, spread = found["mean"] or 0.0, (found["std"] or 0.0) * (self.factor or 3.0)
            return centre - spread, centre + spread
        low, high = found["low"] or 0.0, found["high"] or 0.0
        margin = (high - low) * (self.factor or 1.5) if self.method == "iqr" else 0.0
        return low - margin, high + margin


@register
@dataclass(frozen=True)
class Scale(NumericStep):
    """Put numbers on one scale: subtract a centre, divide by a spread.

    Centre and spread are learnt from the finite training values. Where the spread is zero (a constant column), values
    are only centred. The order of the values is kept.

    Parameters
    ----------
    method : {"standard", "minmax", "robust"}, default "standard"
        ``standard``: mean and standard deviation (of the population); ``minmax``: smallest value and range, so that
        training values lie between 0 and 1; ``robust``: median and interquartile range.
    """

    method: Literal["standard", "minmax", "robust"] = "standard"

    op: ClassVar[str] = "scale"

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:  # noqa: ARG002
        """Learn centre and spread per column."""
        found = table.figures(lambda F: {column.name: self._figures(present(F, column)) for column in columns})
        return {name: _scaling(**values) for name, values in found.items()}

    def make(self, columns: Sequence[Column], state: State) -> Iterable[Made]:
        """Make each column centred and divided; the division is a multiplication by the learnt inverse."""
        for column in columns:
            shifting = _shifting(column, state[column.name]["centre"], state[column.name]["factor"])
            yield Made(derive(column, dtype="Float64", kind=Kind.NUMERIC), (column.name,), *shifting)

    def _figures(self, values: Any) -> dict[str, Any]:
        ends = {"low": values.min(), "high": values.max()}
        if self.method == "standard":
            return {**ends, "centre": values.mean(), "spread": values.std(ddof=0)}
        if self.method == "minmax":
            return {**ends, "centre": values.min(), "spread": values.max() - values.min()}
        spread = values.quantile(0.75, "linear") - values.quantile(0.25, "linear")
        return {**ends, "centre": values.median(), "spread": spread}


@register
@dataclass(frozen=True)
class Log(NumericStep):
    """Straighten a long tail: x becomes ln(1 + x), and a negative x becomes -ln(1 - x).

    The mirrored form has no forbidden values, keeps zero at zero and keeps the order of all values.
    """

    op: ClassVar[str] = "log"

    def make(self, columns: Sequence[Column], state: State) -> Iterable[Made]:  # noqa: ARG002 - nothing was learnt
        """Make each column's signed logarithm."""
        for column in columns:
            made = derive(column, dtype="Float64", kind=Kind.NUMERIC)
            yield Made(made, (column.name,), _signed_log_of(column), _signed_log)


def _rounded(column: Column, low: float | None, high: float | None) -> dict[str, float | int | None]:
    """Return usable edges, or none: finite, apart, and whole outwards where the column is whole."""
    if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)) or low >= high:
        return {"low": None, "high": None}
    if column.dtype not in WHOLE:
        return {"low": low, "high": high}
    least, most = WHOLE[column.dtype]
    return {"low": max(math.floor(low), least), "high": min(math.ceil(high), most)}


def _scaling(
    low: float | None, high: float | None, centre: float | None, spread: float | None
) -> dict[str, float | None]:
    """Return what is subtracted and what is multiplied by; without a finite value there is nothing to scale."""
    if low is None or high is None or centre is None or not math.isfinite(centre):
        return {"centre": 0.0, "factor": 1.0, "spread": None}
    inverse = 1.0 / spread if spread and low < high else 1.0
    usable = 0.0 < inverse < math.inf
    return {"centre": centre, "factor": inverse if usable else 1.0, "spread": spread if spread and usable else 0.0}


def _clipping(column: Column, dtype: str, low: float | None, high: float | None) -> tuple[Expression, Function]:
    """Return how a column is kept within its edges, if it has any."""

    def expression(F: Language) -> Any:
        value = F.col(column.name) if dtype == column.dtype else as_float(F, column)
        if low is None:
            return value
        capped = F.when(value > high).then(F.lit(high, stored_as(F, dtype))).otherwise(value)
        return F.when(value < low).then(F.lit(low, stored_as(F, dtype))).otherwise(capped)

    def clip(value: Any) -> Any:
        if value is None or low is None or high is None:
            return value
        return low if value < low else min(value, high)

    return expression, clip


def _shifting(column: Column, centre: float, factor: float) -> tuple[Expression, Function]:
    """Return how a column is centred and multiplied by the inverse of its spread."""

    def expression(F: Language) -> Any:
        return (as_float(F, column) - centre) * factor

    def shift(value: Any) -> float | None:
        return None if value is None else (float(value) - centre) * factor

    return expression, shift


def _signed_log_of(column: Column) -> Expression:
    def expression(F: Language) -> Any:
        value = as_float(F, column)
        size = (value.abs() + 1.0).log()
        return F.when(value < 0.0).then(size * -1.0).otherwise(size)

    return expression


def _signed_log(value: Any) -> float | None:
    if value is None:
        return None
    number = float(value)
    size = math.log(abs(number) + 1.0)
    return -size if number < 0.0 else size
