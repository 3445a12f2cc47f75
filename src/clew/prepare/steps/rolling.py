"""What a series has been lately, or so far: windows that move along, and sums that grow."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.core.duration import parse_duration
from clew.core.errors import ConfigError, RecipeError, UsageError
from clew.core.schema import Column, Direction, Kind, Schema
from clew.prepare.aggregates import MINIMAL, Figure, figure
from clew.prepare.dtypes import is_moment
from clew.prepare.lineage import derive
from clew.prepare.registry import register
from clew.prepare.series import Series
from clew.prepare.step import State
from clew.prepare.window import WindowStep

Size = int | str
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class _Past(WindowStep):
    """A step that sums up the past of each row, with or without the present.

    Parameters
    ----------
    exclude_present : bool, default False
        Whether the row itself, and other rows of its moment, are left out.
    """

    exclude_present: bool = field(default=False, kw_only=True)

    accepts: ClassVar[frozenset[Kind]] = frozenset({Kind.NUMERIC, Kind.BOOLEAN})

    def looks_at_present(self) -> bool:
        """Unless it is excluded."""
        return not self.exclude_present

    def _until(self, series: Series) -> NDArray[np.int64]:
        """Return the last ordered row that counts for each one."""
        return series.before if self.exclude_present else series.last


def _described(column: Column, what: str) -> Column:
    return derive(column, name=f"{column.name}_{what}", dtype="Float64", kind=Kind.NUMERIC, direction=Direction.LOSES)


@register
@dataclass(frozen=True)
class Rolling(_Past):
    """Sum up the last rows, or the last stretch of time: ``sold`` gives ``sold_7_mean`` or ``sold_7d_mean``.

    A window ends with the row itself and never looks further. Without a value in it there is no figure, save a count.

    Parameters
    ----------
    window : int, str, or tuple of them
        Number of rows, or a length of time (``"7d"``, ``"12h"``) of which the earlier end is not part; with
        `exclude_present` it is, and the present is not. A day is 24 hours.
    functions : tuple or "minimal", default ("mean",)
        Any of count, sum, mean, median, min, max, std, var, first, last; or tsfresh's sum_values, length,
        standard_deviation, variance, root_mean_square, maximum, absolute_maximum, minimum. ``minimal`` are eight of
        these.
    min_periods : int, default 1
        Windows with fewer values give no figure.
    exclude_present : bool, default False
        Whether the row itself, and other rows of its moment, are left out.
    """

    window: Size | tuple[Size, ...]
    functions: tuple[Figure, ...] | Literal["minimal"] = ("mean",)
    min_periods: int = 1

    op: ClassVar[str] = "rolling"

    @property
    def _windows(self) -> tuple[Size, ...]:
        return (self.window,) if isinstance(self.window, int | str) else self.window

    @property
    def _figures(self) -> tuple[Figure, ...]:
        return MINIMAL if self.functions == "minimal" else self.functions

    def check(self) -> None:
        """Refuse windows without a size."""
        if self.min_periods < 1:
            raise ConfigError(f"rolling has min_periods {self.min_periods}; at least one value is needed.")
        for window in self._windows:
            if _length(window) <= 0:
                raise ConfigError(
                    f"rolling has a window of {window!r}, which holds nothing.", hint='Write e.g. 7 or "7d".'
                )

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the chosen columns and those that order and name the series."""
        columns = super().inputs(schema)
        _, order, _ = self.parts(columns)
        timed = next((window for window in self._windows if isinstance(window, str)), None)
        if timed is not None and not (len(order) == 1 and is_moment(schema[order[0]].dtype)):
            raise RecipeError(
                f"A window of {timed!r} needs one column of moments, and rows are ordered by {', '.join(order)}.",
                hint="Name it in `time`, or state a number of rows.",
            )
        return columns

    def new(self, columns: Sequence[Column], state: State) -> tuple[Column, ...]:  # noqa: ARG002 - nothing was learnt
        """Return one column per column, window and figure."""
        return tuple(
            _described(column, f"{window}_{name}")
            for column in columns
            for window in self._windows
            for name in self._figures
        )

    def computed(self, series: Series, columns: Sequence[Column], state: State) -> Iterable[pl.Series]:  # noqa: ARG002
        """Return the figures."""
        asked = [figure(name, pl.col("value"), least=self.min_periods).alias(name) for name in self._figures]
        for column in columns:
            rows = series.frame(column.name)
            for window in self._windows:
                if isinstance(window, str):
                    found, at = self._of_time(rows, series, window, asked)
                else:
                    found, at = self._of_rows(rows, series, window, asked)
                for name in self._figures:
                    made = series.at(found[name], at)
                    yield _zero_for_none(series, made) if name in {"count", "length"} else made

    def _of_rows(
        self, rows: pl.DataFrame, series: Series, window: int, asked: Sequence[pl.Expr]
    ) -> tuple[pl.DataFrame, NDArray[np.int64]]:
        """Return the figures of the rows up to each ordered one, and which of them each row gets."""
        found = rows.rolling("position", period=f"{window}i", group_by="series").agg(*asked)
        return found, self._until(series)

    def _of_time(
        self, rows: pl.DataFrame, series: Series, window: str, asked: Sequence[pl.Expr]
    ) -> tuple[pl.DataFrame, NDArray[np.int64]]:
        """Return the figures of the time up to each ordered row; rows of one moment have the same ones."""
        closed: Any = "left" if self.exclude_present else "right"
        timed = rows.with_columns(time=series.moments)
        found = timed.rolling("time", period=f"{_length(window)}i", group_by="series", closed=closed).agg(*asked)
        return found, np.arange(len(rows), dtype=np.int64)


def _length(window: Size) -> int:
    """Return the size of a window in rows, or in microseconds."""
    if isinstance(window, int):
        return window
    try:
        return parse_duration(window) // _MICROSECOND
    except UsageError as error:
        raise ConfigError(error.message, hint=error.hint) from None


def _zero_for_none(series: Series, counts: pl.Series) -> pl.Series:
    """Return counts in which nothing before a row is none, and a row without a moment has no count."""
    return counts.fill_null(0.0).set(pl.Series(series.age < 0), None)


@register
@dataclass(frozen=True)
class Cumulative(_Past):
    """Sum up a series from its beginning: ``sold`` gives ``sold_so_far_sum``.

    Parameters
    ----------
    functions : tuple, default ("sum",)
        Any of count, sum, mean, min, max.
    exclude_present : bool, default False
        Whether the row itself, and other rows of its moment, are left out.
    """

    functions: tuple[Literal["count", "sum", "mean", "min", "max"], ...] = ("sum",)

    op: ClassVar[str] = "cumulative"

    def new(self, columns: Sequence[Column], state: State) -> tuple[Column, ...]:  # noqa: ARG002 - nothing was learnt
        """Return one column per column and figure."""
        return tuple(_described(column, f"so_far_{name}") for column in columns for name in self.functions)

    def computed(self, series: Series, columns: Sequence[Column], state: State) -> Iterable[pl.Series]:  # noqa: ARG002
        """Return the figures."""
        for column in columns:
            grown = series.frame(column.name).select(_GROWING[name].alias(name) for name in self.functions)
            for name in self.functions:
                made = series.at(grown[name], self._until(series))
                yield _zero_for_none(series, made) if name == "count" else made.fill_nan(None)


_VALUE = pl.col("value")
_SUM, _COUNT = _VALUE.cum_sum(), _VALUE.cum_count().cast(pl.Float64)
_GROWING = {
    "count": _COUNT.over("series"),
    "sum": _SUM.forward_fill().over("series"),
    "mean": (_SUM / _COUNT).forward_fill().over("series"),
    "min": _VALUE.cum_min().forward_fill().over("series"),
    "max": _VALUE.cum_max().forward_fill().over("series"),
}


@register
@dataclass(frozen=True)
class EwmMean(_Past):
    """Add a mean in which the past fades: ``sold`` gives ``sold_ewm_mean``.

    Parameters
    ----------
    half_life : float or str
        After this many rows, or such a length of time (``"7d"``), a value counts half. In the first case the mean is
        weighted by halves, quarters and so on of all values so far; in the second, values of one moment enter as their
        mean, and the mean so far and the new value are weighted by the time between them.
    exclude_present : bool, default False
        Whether the row itself, and other rows of its moment, are left out.
    """

    half_life: float | str

    op: ClassVar[str] = "ewm_mean"

    def check(self) -> None:
        """Refuse a half-life that is none."""
        length = self.half_life if isinstance(self.half_life, float | int) else _length(self.half_life)
        if not length > 0:
            raise ConfigError(
                f"ewm_mean has half_life {self.half_life!r}; it is more than nothing.", hint='Write e.g. 3.5 or "7d".'
            )

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the chosen columns and those that order and name the series."""
        columns = super().inputs(schema)
        _, order, _ = self.parts(columns)
        if isinstance(self.half_life, str) and not (len(order) == 1 and is_moment(schema[order[0]].dtype)):
            raise RecipeError(
                f"A half-life of {self.half_life!r} needs one column of moments, and rows are ordered by "
                f"{', '.join(order)}.",
                hint="Name it in `time`, or state a number of rows.",
            )
        return columns

    def new(self, columns: Sequence[Column], state: State) -> tuple[Column, ...]:  # noqa: ARG002 - nothing was learnt
        """Return one column per column."""
        return tuple(_described(column, "ewm_mean") for column in columns)

    def computed(self, series: Series, columns: Sequence[Column], state: State) -> Iterable[pl.Series]:  # noqa: ARG002
        """Return the means."""
        for column in columns:
            rows = series.frame(column.name)
            finite = pl.when(_VALUE.is_finite()).then(_VALUE)
            if isinstance(self.half_life, str):
                yield series.at(self._by_time(rows, series, finite), self._until(series))
            else:
                fading = finite.ewm_mean(half_life=float(self.half_life), ignore_nulls=False).forward_fill()
                yield series.at(rows.select(fading.over("series")).to_series(), self._until(series))

    def _by_time(self, rows: pl.DataFrame, series: Series, finite: pl.Expr) -> pl.Series:
        moments = rows.with_columns(time=series.moments).group_by("moment", maintain_order=True)
        means = moments.agg(pl.col("series", "time").first(), finite.mean().alias("value"))
        fading = _VALUE.ewm_mean_by("time", half_life=f"{_length(str(self.half_life))}i").forward_fill()
        faded = means.select("moment", mean=fading.over("series"))
        return rows.join(faded, on="moment", how="left", maintain_order="left")["mean"]
