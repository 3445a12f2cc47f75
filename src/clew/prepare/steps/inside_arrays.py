"""Within arrays: gaps are filled, and many values become a few figures."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Direction, Kind, Schema
from clew.prepare.dtypes import is_number, list_of
from clew.prepare.lineage import derive
from clew.prepare.lists import check_numbers, inner_type, lists_of, missing_if_nan
from clew.prepare.registry import register
from clew.prepare.segments import Segments, put_together, taken_apart
from clew.prepare.seriesfeatures import FEATURES, MINIMAL_FEATURES, Feature, extracted
from clew.prepare.step import Block, State, Training
from clew.prepare.steps.arrays import OfArrays
from clew.prepare.steps.categorical import dropped
from clew.prepare.table import Table

Value = bool | int | float | str


@register
@dataclass(frozen=True)
class FillArray(OfArrays):
    """Fill missing values within arrays, each from the other values of its own array, or with one value for all.

    A gap at the beginning or end stays where the method has nothing to fill it from. Numbers become float64.

    Parameters
    ----------
    method : {"forward", "backward", "interpolate", "most_frequent", "constant"}, default "forward"
        The value before; the value after; on a line between the two; the value that is most frequent in the arrays of
        the training rows, the first in order where several are; or a stated value.
    value : bool, int, float or str, optional
        The value of ``constant``.
    max_missing : float, optional
        Rows in whose arrays a larger share is missing are left out, in fitting only.
    """

    method: Literal["forward", "backward", "interpolate", "most_frequent", "constant"] = "forward"
    value: Value | None = None
    max_missing: float | None = None

    op: ClassVar[str] = "fill_array"

    def check(self) -> None:
        """Refuse a constant without a value, a value without a constant, and a share that is none."""
        if (self.method == "constant") != (self.value is not None):
            raise ConfigError(
                f"fill_array has method {self.method!r} and value {self.value!r}; they belong together.",
                hint="A value goes with `method: constant`, and only with it.",
            )
        if self.max_missing is not None and not 0.0 <= self.max_missing <= 1.0:
            raise ConfigError(
                f"fill_array has max_missing {self.max_missing}; a share lies between 0 and 1.",
                hint="Write e.g. `max_missing: 0.5`.",
            )

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the chosen columns, whose values the method can fill."""
        columns = super().inputs(schema)
        for column in columns:
            inner = inner_type(column)
            if self.method == "interpolate":
                check_numbers(column, "interpolate")
            if self.value is not None and not _fits(self.value, inner):
                raise RecipeError(
                    f"The value {self.value!r} does not fit the column {column.name!r}, whose arrays hold {inner}.",
                    hint="Give a value of their type, and columns of other types a step of their own.",
                )
        return columns

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:  # noqa: ARG002
        """Learn the most frequent values."""
        if self.method != "most_frequent":
            return {}
        return {c.name: {"value": _most_frequent(table.polars(c.name)[c.name], inner_type(c))} for c in columns}

    def blocks(self, columns: Sequence[Column], state: State) -> Iterable[Block]:
        """Make the filled arrays."""
        for column in columns:
            inner = inner_type(column)
            number = is_number(inner)
            value = state[column.name]["value"] if self.method == "most_frequent" else self.value
            value = float(value) if number and value is not None else value
            dtype = list_of("Float64" if number else inner)
            made = derive(column, dtype=dtype, kind=Kind.NESTED, direction=Direction.LOSES)
            fill, function = _WAYS.get(self.method) or _with_value(value)
            frame = _filling(column.name, fill, numbers=number)
            yield Block((made,), (column.name,), frame, _filled(function, numbers=number))

    def rows_left(self, table: Table, columns: Sequence[Column], state: State) -> NDArray[np.int64] | None:  # noqa: ARG002
        """Leave out training rows whose arrays miss too much, if that is wanted."""
        if self.max_missing is None:
            return None
        left = np.ones(len(table), dtype=bool)
        for column in columns:
            lists = lists_of(table.polars(column.name)[column.name], numbers=False)
            shares = lists.list.eval(pl.element().is_null().mean()).list.first().fill_null(0.0)
            left &= (shares <= self.max_missing).to_numpy()
        return np.flatnonzero(left).astype(np.int64)


def _fits(value: Value, inner: str) -> bool:
    if isinstance(value, bool):
        return inner == "Boolean"
    return inner == "String" if isinstance(value, str) else is_number(inner)


def _most_frequent(values: pl.Series, inner: str) -> Any:
    exploded = lists_of(values, numbers=is_number(inner)).explode().drop_nulls()
    exploded = exploded.filter(exploded.is_finite()) if exploded.dtype.is_float() else exploded
    return exploded.mode().sort()[0] if len(exploded) else None


def _forward(values: list[Any]) -> list[Any]:
    last, filled = None, []
    for value in values:
        last = last if value is None else value
        filled.append(last)
    return filled


def _backward(values: list[Any]) -> list[Any]:
    return _forward(values[::-1])[::-1]


def _interpolated(values: list[Any]) -> list[Any]:
    there = [place for place, value in enumerate(values) if value is not None]
    filled = list(values)
    for start, end in pairwise(there):
        for place in range(start + 1, end):
            on_line = values[start] + (values[end] - values[start]) * ((place - start) / (end - start))
            filled[place] = missing_if_nan(on_line)
    return filled


def _on_lines(lists: pl.Series) -> pl.Series:
    """Fill the gaps of lists of numbers, each on the line between the values before and after it."""
    arrays, there = taken_apart(lists)
    place, known = np.arange(len(arrays.values)), ~np.isnan(arrays.values)
    before = np.maximum.accumulate(np.where(known, place, -1)) if len(place) else place
    after = np.minimum.accumulate(np.where(known, place, len(place))[::-1])[::-1] if len(place) else place
    ends = arrays.spread(arrays.starts + arrays.sizes)
    gap = ~known & (before >= arrays.spread(arrays.starts)) & (after < ends)
    start, end = before[gap], after[gap]
    low, high = arrays.values[start], arrays.values[end]
    filled = arrays.values.copy()
    with np.errstate(invalid="ignore", over="ignore"):
        filled[gap] = low + (high - low) * ((place[gap] - start) / (end - start))
    return put_together(Segments(filled, arrays.sizes), there, lists.name)


Filling = Callable[[pl.Series], pl.Series]
#: How each method fills the arrays of a column, and a single one.
_WAYS: dict[str, tuple[Filling, Callable[[list[Any]], list[Any]]]] = {
    "forward": (lambda lists: lists.list.eval(pl.element().forward_fill()), _forward),
    "backward": (lambda lists: lists.list.eval(pl.element().backward_fill()), _backward),
    "interpolate": (_on_lines, _interpolated),
}


def _with_value(value: Any) -> tuple[Filling, Callable[[list[Any]], list[Any]]]:
    """Return how gaps are filled with one value; None fills nothing."""
    element = pl.element() if value is None else pl.element().fill_null(value)
    return (
        lambda lists: lists.list.eval(element),
        lambda values: [value if item is None else item for item in values],
    )


def _filling(name: str, fill: Filling, *, numbers: bool) -> Callable[[pl.DataFrame], pl.DataFrame]:
    return lambda rows: fill(lists_of(rows[name], numbers=numbers)).to_frame(name)


def _filled(function: Callable[[list[Any]], list[Any]], *, numbers: bool) -> Callable[..., tuple[Any, ...]]:
    def fill(values: Sequence[Any] | None) -> tuple[Any, ...]:
        if values is None:
            return (None,)
        there = [missing_if_nan(value) for value in values]
        if numbers:
            there = [None if value is None else float(value) for value in there]
        return (function(there),)

    return fill


@register
@dataclass(frozen=True)
class ExtractFeatures(OfArrays):
    """Sum up an array of numbers to a few figures: ``load`` gives ``load_mean``, ``load_maximum``, etc.

    Figures have the names and meanings of tsfresh's. Missing values are left aside, save for ``length``.

    Parameters
    ----------
    features : tuple, "minimal", "efficient" or "all", default "minimal"
        ``minimal`` are the eight sum_values, median, mean, length, standard_deviation, variance, maximum and minimum;
        ``all`` are these and abs_energy, absolute_maximum, absolute_sum_of_changes, autocorrelation_lag_1, cid_ce,
        count_above_mean, count_below_mean, first_location_of_maximum, first_location_of_minimum, kurtosis,
        last_location_of_maximum, last_location_of_minimum, linear_trend_slope, longest_strike_above_mean,
        longest_strike_below_mean, mean_abs_change, mean_change, root_mean_square, skewness, variation_coefficient.
        ``efficient`` leaves out what takes much longer than one pass; none of these does, so it is the same as ``all``.
    keep : bool, default False
        Whether the arrays stay.
    """

    features: tuple[Feature, ...] | Literal["minimal", "efficient", "all"] = "minimal"
    keep: bool = False

    op: ClassVar[str] = "extract_features"

    @property
    def _features(self) -> tuple[Feature, ...]:
        if isinstance(self.features, str):
            return MINIMAL_FEATURES if self.features == "minimal" else tuple(FEATURES)
        return self.features

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the chosen columns, all of which hold arrays of numbers."""
        columns = super().inputs(schema)
        for column in columns:
            check_numbers(column, self.op)
        return columns

    def blocks(self, columns: Sequence[Column], state: State) -> Iterable[Block]:  # noqa: ARG002 - nothing was learnt
        """Make the figures of each array together."""
        features = self._features
        for column in columns:
            made = tuple(
                derive(
                    column,
                    name=f"{column.name}_{feature}",
                    dtype="Float64",
                    kind=Kind.NUMERIC,
                    direction=Direction.LOSES,
                )
                for feature in features
            )
            if made:
                yield Block(made, (column.name,), _extracting(column.name, features), _extracted(features))

    def drops(self, columns: Sequence[Column], state: State) -> Iterable[str]:  # noqa: ARG002 - the same for any state
        """Drop the arrays, unless they are kept or are more than features."""
        return dropped(columns, keep=self.keep)


def _extracting(name: str, features: tuple[Feature, ...]) -> Callable[[pl.DataFrame], pl.DataFrame]:
    def extract(rows: pl.DataFrame) -> pl.DataFrame:
        found = extracted(*taken_apart(lists_of(rows[name], numbers=True)), features)
        made = {f"{name}_{feature}": column for feature, column in zip(features, found, strict=True)}
        return pl.DataFrame(made, schema=dict.fromkeys(made, pl.Float64)).fill_nan(None)

    return extract


def _extracted(features: tuple[Feature, ...]) -> Callable[..., tuple[Any, ...]]:
    def extract(values: Sequence[Any] | None) -> tuple[Any, ...]:
        numbers = np.array([np.nan if value is None else value for value in values or ()], dtype=np.float64)
        array, there = Segments(numbers, np.array([len(numbers)])), np.array([values is not None])
        return tuple([missing_if_nan(float(column[0])) for column in extracted(array, there, features)])

    return extract
