"""Numbers given another distribution: even, or close to the normal one. Both keep the order of the values."""

import math
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Kind
from clew.prepare.lineage import derive
from clew.prepare.powers import BOX_COX, YEO_JOHNSON, Power, most_likely
from clew.prepare.registry import register
from clew.prepare.step import Block, Function, Made, Refusal, State, Training
from clew.prepare.steps.numeric import NumericStep
from clew.prepare.table import Expression, Language, Table, as_float, finite_values

Floats = NDArray[np.float64]
#: Shares closer to 0 and 1 than this are put there, so that the normal distribution has no infinite values.
_MARGIN = 1e-7


@register
@dataclass(frozen=True)
class QuantileTransform(NumericStep):
    """Replace a number by the share of training values below it: every distribution becomes even, or normal.

    Between the learnt quantiles lies a straight line; what lies outside gets the first or the last share. Far values
    lose their weight, and equal values stay equal. As scikit-learn's QuantileTransformer, on all training rows. The
    order of the values is kept.

    Parameters
    ----------
    n_quantiles : int, default 1000
        Quantiles that are learnt; at most as many as there are values.
    output_distribution : {"uniform", "normal"}, default "uniform"
        ``uniform``: shares from 0 to 1; ``normal``: the standard normal values of these shares, from -5.2 to 5.2.
    """

    n_quantiles: int = 1000
    output_distribution: Literal["uniform", "normal"] = "uniform"

    op: ClassVar[str] = "quantile_transform"

    def check(self) -> None:
        """Refuse a number of quantiles that says nothing, or too much to carry along."""
        if not 2 <= self.n_quantiles <= 100_000:
            raise ConfigError(f"{self.op} has n_quantiles {self.n_quantiles}; 2 to 100000 are possible.")

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:  # noqa: ARG002
        """Learn the quantiles of each column."""
        found = finite_values(table, columns)
        return {column.name: _knots(values.sort().to_numpy(), self.n_quantiles) for column, values in found}

    def blocks(self, columns: Sequence[Column], state: State) -> Iterable[Block]:
        """Make the share of each column."""
        for column in columns:
            made = derive(column, dtype="Float64", kind=Kind.NUMERIC)
            curve = _Curve(state[column.name], normal=self.output_distribution == "normal")
            yield Block((made,), (column.name,), _framed(column.name, curve.frame), curve.row)

    def learned(self, columns: Sequence[Column], state: State) -> Mapping[str, Any]:
        """Return the number of different quantiles, and five of them."""
        return {column.name: _told(state[column.name]["value"]) for column in columns}


@register
@dataclass(frozen=True)
class PowerTransform(NumericStep):
    """Raise numbers to the power that makes them look most normal.

    The exponent λ is the most likely one given the finite training values (Yeo and Johnson 2000, Box and Cox 1964), as
    in scikit-learn's PowerTransformer. The order of the values is kept.

    Parameters
    ----------
    method : {"yeo_johnson", "box_cox"}, default "yeo_johnson"
        ``yeo_johnson``: takes every number; ``box_cox``: numbers above 0 only, and refuses others.
    standardize : bool, default True
        Whether the result is put on mean 0 and standard deviation 1 of the training rows.
    """

    method: Literal["yeo_johnson", "box_cox"] = "yeo_johnson"
    standardize: bool = True

    op: ClassVar[str] = "power_transform"

    @property
    def _power(self) -> Power:
        return YEO_JOHNSON if self.method == "yeo_johnson" else BOX_COX

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:  # noqa: ARG002
        """Learn the exponent of each column, and mean and spread of the result."""
        state = {}
        for column, found in finite_values(table, columns):
            values = found.to_numpy()
            # What Box and Cox's power does not know is refused where the step acts on these rows, which tells where.
            refused = self.method == "box_cox" and (values <= 0).any()
            exponent = None if refused else most_likely(self._power, values)
            state[column.name] = {"lambda": exponent, "centre": 0.0, "factor": 1.0}
            if exponent is not None and self.standardize:
                # By Polars, as later: the mean of the very values that will be made.
                done = found.to_frame(column.name).select(self._power.expression(pl, pl.col(column.name), exponent))
                state[column.name] |= _standard(done.to_series())
        return state

    def make(self, columns: Sequence[Column], state: State) -> Iterable[Made]:
        """Make each column raised to its power."""
        for column in columns:
            made = derive(column, dtype="Float64", kind=Kind.NUMERIC)
            yield Made(made, (column.name,), *_raising(self._power, column, state[column.name]))

    def refusals(self, columns: Sequence[Column], state: State) -> Iterable[Refusal]:  # noqa: ARG002
        """Refuse numbers that Box and Cox's power does not know."""
        if self.method == "box_cox":
            for column in columns:
                yield Refusal(column.name, _is_not_positive(column), "is not above 0", _HINT)


_HINT = "Use `method: yeo_johnson`, which takes every number."


def _is_not_positive(column: Column) -> Expression:
    return lambda F: F.col(column.name) <= 0


def _standard(values: pl.Series) -> dict[str, float]:
    """Return what standardises values, as far as they are finite."""
    values = values.filter(values.is_finite())
    mean, spread = values.mean(), values.std(ddof=0)
    if not isinstance(mean, float) or not isinstance(spread, float) or not math.isfinite(mean):
        return {}
    inverse = 1.0 / spread if spread > 0.0 else 1.0
    return {"centre": mean, "factor": inverse if 0.0 < inverse < math.inf else 1.0}


def _raising(power: Power, column: Column, learnt: Mapping[str, Any]) -> tuple[Expression, Function]:
    exponent, centre, factor = learnt["lambda"], learnt["centre"], learnt["factor"]

    def expression(F: Language) -> Any:
        value = as_float(F, column)
        return value if exponent is None else (power.expression(F, value, exponent) - centre) * factor

    def function(value: Any) -> float | None:
        if value is None:
            return None
        number = float(value)
        if power is BOX_COX and number <= 0.0:
            raise RecipeError(f"The column {column.name!r} has the value {value!r}, which is not above 0.", hint=_HINT)
        return number if exponent is None else (power.function(number, exponent) - centre) * factor

    return expression, function


def _knots(values: Floats, count: int) -> pl.DataFrame:
    """Return the different quantiles of sorted values, with the smallest and the largest share at each."""
    count = min(count, len(values))
    shares = np.linspace(0.0, 1.0, count)
    quantiles = _quantiles(values, shares) if count else np.array([])
    different, first = np.unique(quantiles, return_index=True)
    last = np.append(first[1:], count) - 1 if count else first
    return pl.DataFrame({"value": different, "low": shares[first], "high": shares[last]})


def _quantiles(values: Floats, shares: Floats) -> Floats:
    """Return quantiles of sorted values, with a straight line between neighbours; never falling."""
    place = shares * (len(values) - 1)
    below = np.minimum(place.astype(np.int64), len(values) - 1)
    above = np.minimum(below + 1, len(values) - 1)
    share = place - below
    return np.maximum.accumulate(values[below] * (1.0 - share) + values[above] * share)


class _Curve:
    """The share of training values below a value: a curve through the knots, the same for a frame and for one row."""

    def __init__(self, knots: pl.DataFrame, *, normal: bool) -> None:
        self.values = knots["value"].to_numpy()
        low, high = knots["low"].to_numpy(), knots["high"].to_numpy()
        # At a value that many training rows share, the middle of their shares; at both ends, the end itself.
        self.middle = (low + high) * 0.5
        if len(self.values) > 1:
            self.middle[0], self.middle[-1] = 0.0, 1.0
            with np.errstate(over="ignore"):
                self.slope = (low[1:] - high[:-1]) / np.diff(self.values)
        else:
            self.middle[:], self.slope = 0.5, np.array([])
        self.low, self.high = low, high
        self.normal = _normal() if normal else None
        self._row = tuple(part.tolist() for part in (self.values, self.middle, self.slope, low, high))

    def frame(self, values: Floats) -> Any:
        count = len(self.values)
        if not count:
            return np.full(len(values), np.nan)
        place = np.searchsorted(self.values, values, side="left")
        inside = np.minimum(place, count - 1)
        left = np.maximum(inside - 1, 0)
        with np.errstate(invalid="ignore", over="ignore"):
            steps = self.slope[np.minimum(left, max(count - 2, 0))] if count > 1 else 0.0
            shares = np.minimum(self.high[left] + (values - self.values[left]) * steps, self.low[inside])
            shares = np.where((self.values[inside] == values) | (place == 0), self.middle[inside], shares)
            shares = np.where(place == count, self.middle[-1], shares)
            shares = np.where(np.isnan(values), np.nan, shares)
        return shares if self.normal is None else self.normal(np.clip(shares, _MARGIN, 1.0 - _MARGIN))

    def row(self, value: Any) -> tuple[float | None]:
        values, middle, slope, low, high = self._row
        if value is None or not values:
            return (None,)
        number = float(value)
        place = bisect_left(values, number)
        if place == len(values):
            share = middle[-1]
        elif place == 0 or values[place] == number:
            share = middle[place]
        else:
            share = min(high[place - 1] + (number - values[place - 1]) * slope[place - 1], low[place])
        return (share if self.normal is None else float(self.normal(min(max(share, _MARGIN), 1.0 - _MARGIN))),)


def _normal() -> Callable[[Any], Any]:
    """Return what gives the standard normal values of shares."""
    from scipy.special import ndtri

    function: Callable[[Any], Any] = ndtri
    return function


def _framed(name: str, curve: Callable[[Floats], Floats]) -> Callable[[pl.DataFrame], pl.DataFrame]:
    def frame(rows: pl.DataFrame) -> pl.DataFrame:
        values = rows[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
        return pl.DataFrame({name: curve(values)}, nan_to_null=True)

    return frame


def _told(values: pl.Series) -> dict[str, Any]:
    shown = [values[round(share * (len(values) - 1))] for share in (0.0, 0.25, 0.5, 0.75, 1.0)] if len(values) else []
    return {"different": len(values), "some": shown}
