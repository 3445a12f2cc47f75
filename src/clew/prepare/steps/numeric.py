"""Numbers: put on one scale, straighten a long tail. All of them keep the order of the values."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Kind, Schema
from clew.prepare.dtypes import is_number
from clew.prepare.lineage import derive
from clew.prepare.registry import register
from clew.prepare.step import ColumnStep, Function, Made, State, Training
from clew.prepare.table import Expression, Language, Table, as_float, present
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
class Scale(NumericStep):
    """Put numbers on one scale: subtract a centre, divide by a spread.

    Centre and spread are learnt from the finite training values. Where the spread is zero (a constant column), values
    are only centred. The order of the values is kept. The methods are those of scikit-learn's StandardScaler,
    MinMaxScaler, RobustScaler and MaxAbsScaler.

    Parameters
    ----------
    method : {"standard", "minmax", "robust", "maxabs"}, default "standard"
        ``standard``: mean and standard deviation (of the population); ``minmax``: smallest value and range; ``robust``:
        median and the distance between two quantiles; ``maxabs``: the largest absolute value, so that zero stays zero.
    with_centering, with_scaling : bool, default True
        Whether ``standard`` and ``robust`` subtract the centre, and divide by the spread.
    quantile_range : tuple of float, default (0.25, 0.75)
        The two quantiles of ``robust``, as shares.
    feature_range : tuple of float, default (0, 1)
        Where ``minmax`` puts the smallest and the largest training value.
    """

    method: Literal["standard", "minmax", "robust", "maxabs"] = "standard"
    with_centering: bool = True
    with_scaling: bool = True
    quantile_range: tuple[float, float] = (0.25, 0.75)
    feature_range: tuple[float, float] = (0.0, 1.0)

    op: ClassVar[str] = "scale"

    def check(self) -> None:
        """Refuse ranges that cross, and options that the method does not use."""
        low, high = self.quantile_range
        if not 0 <= low < high <= 1:
            raise ConfigError(
                f"scale has quantile_range {[low, high]}; 0 <= lower < upper <= 1 is needed.",
                hint="Write shares, e.g. `quantile_range: [0.25, 0.75]`.",
            )
        low, high = self.feature_range
        if not (math.isfinite(low) and math.isfinite(high) and low < high):
            raise ConfigError(f"scale has feature_range {[low, high]}; two rising numbers are needed.")
        if self.method in {"minmax", "maxabs"} and not (self.with_centering and self.with_scaling):
            raise ConfigError(
                f"scale has with_centering {self.with_centering} and with_scaling {self.with_scaling}, which "
                f"`method: {self.method}` does not use.",
                hint="They belong to `method: standard` and `method: robust`.",
            )
        for name, method in (("quantile_range", "robust"), ("feature_range", "minmax")):
            if self.method != method and getattr(self, name) != getattr(Scale, name):
                raise ConfigError(
                    f"scale has {name} {list(getattr(self, name))}, which `method: {self.method}` does not use.",
                    hint=f"It belongs to `method: {method}`.",
                )

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:  # noqa: ARG002
        """Learn centre and spread per column."""
        found = table.figures(lambda F: {column.name: self._figures(present(F, column)) for column in columns})
        return {name: self._scaling(**values) for name, values in found.items()}

    def make(self, columns: Sequence[Column], state: State) -> Iterable[Made]:
        """Make each column centred and divided; the division is a multiplication by the learnt inverse."""
        start = self.feature_range[0] if self.method == "minmax" else 0.0
        for column in columns:
            learnt = state[column.name]
            shifting = _shifting(column, learnt["centre"], learnt["factor"], start)
            yield Made(derive(column, dtype="Float64", kind=Kind.NUMERIC), (column.name,), *shifting)

    def _figures(self, values: Any) -> dict[str, Any]:
        ends = {"low": values.min(), "high": values.max()}
        if self.method == "standard":
            return {**ends, "centre": values.mean(), "spread": values.std(ddof=0)}
        if self.method == "robust":
            low, high = self.quantile_range
            spread = values.quantile(high, "linear") - values.quantile(low, "linear")
            return {**ends, "centre": values.median(), "spread": spread}
        return ends

    def _scaling(
        self, low: float | None, high: float | None, centre: float | None = None, spread: float | None = None
    ) -> dict[str, float | None]:
        """Return what is subtracted and what is multiplied by; without a finite value there is nothing to scale."""
        if low is None or high is None:
            return {"centre": 0.0, "factor": 1.0, "spread": None}
        width = 1.0
        if self.method == "minmax":
            centre, spread, width = low, high - low, self.feature_range[1] - self.feature_range[0]
        elif self.method == "maxabs":
            centre, spread = 0.0, max(abs(low), abs(high))
        if centre is None or not math.isfinite(centre):
            return {"centre": 0.0, "factor": 1.0, "spread": None}
        varies = low < high or self.method == "maxabs"
        inverse = 1.0 / spread if spread and varies else 1.0
        usable = 0.0 < inverse < math.inf
        return {
            "centre": centre if self.with_centering else 0.0,
            "factor": (inverse if usable and self.with_scaling else 1.0) * width,
            "spread": spread if spread and usable else 0.0,
        }


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


def _shifting(column: Column, centre: float, factor: float, start: float) -> tuple[Expression, Function]:
    """Return how a column is centred, multiplied by the inverse of its spread, and moved to where its range starts."""

    def expression(F: Language) -> Any:
        scaled = (as_float(F, column) - centre) * factor
        return scaled + start if start else scaled

    def shift(value: Any) -> float | None:
        return None if value is None else (float(value) - centre) * factor + start

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
