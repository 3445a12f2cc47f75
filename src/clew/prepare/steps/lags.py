"""What a series was before: earlier values, and how much has changed since."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.core.errors import ConfigError
from clew.core.schema import Column, Direction, Kind
from clew.prepare.lineage import derive
from clew.prepare.registry import register
from clew.prepare.series import Series
from clew.prepare.step import State
from clew.prepare.table import Table
from clew.prepare.window import WindowStep

Lags = int | tuple[int, ...]


@dataclass(frozen=True)
class _Lagging(WindowStep):
    """A step that looks this many rows back.

    Parameters
    ----------
    lags : int or tuple of int, default 1
        How many rows back.
    drop_without_history : bool, default False
        Whether rows with fewer rows before them are left out, in fitting only.
    """

    lags: Lags = 1
    drop_without_history: bool = False

    @property
    def _lags(self) -> tuple[int, ...]:
        return tuple(sorted({self.lags} if isinstance(self.lags, int) else set(self.lags)))

    def check(self) -> None:
        """Refuse lags that do not look back."""
        if not self._lags or self._lags[0] < 1:
            raise ConfigError(
                f"{self.op} has lags {self.lags!r}, and a lag looks at least one row back.",
                hint="Write e.g. `lags: [1, 7]`.",
            )

    def rows_left(self, table: Table, columns: Sequence[Column], state: State) -> NDArray[np.int64] | None:  # noqa: ARG002
        """Leave out training rows without history, if that is wanted."""
        if not self.drop_without_history:
            return None
        _, order, by = self.parts(columns)
        age = Series.of(table.polars(*dict.fromkeys((*order, *by))), order, by).age
        return np.flatnonzero(age >= self._lags[-1]).astype(np.int64)


@register
@dataclass(frozen=True)
class Lag(_Lagging):
    """Add earlier values of a series: ``sold`` gives ``sold_lag_1``, the value one row before.

    A row of the same moment does not count as before. Where a series has no row so far back, the value is missing.

    Parameters
    ----------
    lags : int or tuple of int, default 1
        How many rows back; several give a column each.
    entire_window : bool, default False
        Whether all lags up to the largest are added.
    drop_without_history : bool, default False
        Whether rows with fewer rows before them are left out, in fitting only: a row that is to be predicted always
        gets its answer.
    """

    entire_window: bool = False

    op: ClassVar[str] = "lag"

    def looks_at_present(self) -> bool:
        """Earlier rows only: earlier values of the target may become features."""
        return False

    @property
    def _wanted(self) -> tuple[int, ...]:
        return tuple(range(1, self._lags[-1] + 1)) if self.entire_window else self._lags

    def new(self, columns: Sequence[Column], state: State) -> tuple[Column, ...]:  # noqa: ARG002 - nothing was learnt
        """Return one column per column and lag."""
        return tuple(
            derive(column, name=f"{column.name}_lag_{lag}", direction=Direction.LOSES, keep_values=True)
            for column in columns
            for lag in self._wanted
        )

    def computed(self, series: Series, columns: Sequence[Column], state: State) -> Iterable[pl.Series]:  # noqa: ARG002
        """Return the earlier values."""
        for column in columns:
            values = series.values(column.name)
            for lag in self._wanted:
                yield series.at(values, _back(series, lag))


@register
@dataclass(frozen=True)
class Difference(_Lagging):
    """Add how much a series has changed: ``price`` gives ``price_difference_1``, the value less that one row before.

    What was one row before is told as by ``lag``.

    Parameters
    ----------
    lags : int or tuple of int, default 1
        Since how many rows back; several give a column each.
    method : {"difference", "percent_change", "log_ratio"}, default "difference"
        The difference x - y; the share x / y - 1, missing where y is 0; or the logarithm of x / y, missing unless both
        are positive.
    drop_without_history : bool, default False
        Whether rows with fewer rows before them are left out, in fitting only.
    """

    method: Literal["difference", "percent_change", "log_ratio"] = "difference"

    op: ClassVar[str] = "difference"
    accepts: ClassVar[frozenset[Kind]] = frozenset({Kind.NUMERIC, Kind.BOOLEAN})

    def new(self, columns: Sequence[Column], state: State) -> tuple[Column, ...]:  # noqa: ARG002 - nothing was learnt
        """Return one column per column and lag."""
        return tuple(
            derive(
                column,
                name=f"{column.name}_{self.method}_{lag}",
                dtype="Float64",
                kind=Kind.NUMERIC,
                direction=Direction.LOSES,
            )
            for column in columns
            for lag in self._lags
        )

    def computed(self, series: Series, columns: Sequence[Column], state: State) -> Iterable[pl.Series]:  # noqa: ARG002
        """Return the changes."""
        for column in columns:
            values, now = series.values(column.name), series.rows[column.name]
            for lag in self._lags:
                pair = pl.DataFrame({"now": now, "then": series.at(values, _back(series, lag))}).cast(pl.Float64)
                yield pair.select(_CHANGES[self.method].fill_nan(None)).to_series()


_NOW, _THEN = pl.col("now"), pl.col("then")
_CHANGES: dict[str, pl.Expr] = {
    "difference": _NOW - _THEN,
    "percent_change": pl.when(_THEN != 0.0).then(_NOW / _THEN - 1.0),
    "log_ratio": pl.when((_NOW > 0.0) & (_THEN > 0.0)).then(_NOW.log() - _THEN.log()),
}


def _back(series: Series, lag: int) -> NDArray[np.int64]:
    """Return the ordered row so many rows before each one's moment; -1 for none."""
    place = series.first - lag
    return np.where(place >= series.begin, place, -1)
