"""Gaps in a series: filled from the rows before or after, in the order of a time column."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Role, Schema
from clew.prepare.dtypes import family, is_moment, is_number
from clew.prepare.lineage import derive
from clew.prepare.registry import register
from clew.prepare.selectors import MissingColumnError
from clew.prepare.step import ColumnStep, Made, State, StepKind
from clew.prepare.table import Expression, Language, Table, as_float


@register
@dataclass(frozen=True)
class FillAlongTime(ColumnStep):
    """Fill the gaps of a series from the rows before or after, in the order of a time column.

    Each group is a series of its own; a missing group is one too. Only rows at hand are looked at, so the first rows of
    a new table have nothing before them. A row without a time neither gives nor takes. What stands at the same time as
    a gap counts as after it, the smallest value first; so the order of the table does not matter.

    Parameters
    ----------
    method : {"forward", "backward", "interpolate"}, default "forward"
        ``forward``: the last value before; ``backward``: the next value after, which at prediction must be known
        already; ``interpolate``: on the straight line between the two, for numbers; where one of them is lacking, the
        gap stays.
    time : str, optional
        The column that orders rows: moments or numbers; by default the one with the role of time.
    by : str or tuple of str, optional
        Columns that tell series apart; by default those with the role of a group.
    limit : int, optional
        At most this many rows in a row are filled by ``forward`` and ``backward``.
    max_missing : float, optional
        A series in which a larger share of the values is missing is left out, in fitting only.
    """

    method: Literal["forward", "backward", "interpolate"] = "forward"
    time: str | None = None
    by: str | tuple[str, ...] | None = None
    limit: int | None = None
    max_missing: float | None = None

    op: ClassVar[str] = "fill_along_time"
    kind: ClassVar[StepKind] = StepKind.WINDOW
    not_on: ClassVar[Mapping[str, str]] = MappingProxyType({"pyarrow": "it has no windows over groups"})

    def check(self) -> None:
        """Refuse a limit that fills nothing, or that the method does not use."""
        if self.limit is not None and (self.limit < 1 or self.method == "interpolate"):
            raise ConfigError(
                f"fill_along_time has limit {self.limit} and method {self.method!r}; a whole number above 0 is needed, "
                "with forward or backward.",
                hint="Leave it out to fill every gap.",
            )
        if self.max_missing is not None and not 0.0 <= self.max_missing <= 1.0:
            raise ConfigError(
                f"fill_along_time has max_missing {self.max_missing}; a share lies between 0 and 1.",
                hint="Write e.g. `max_missing: 0.5`.",
            )

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the columns to fill, then the time, then those that tell series apart."""
        time, by = self._time(schema), self._by(schema)
        order = {time.name, *(column.name for column in by)}
        columns = tuple(column for column in super().inputs(schema) if column.name not in order)
        for column in columns:
            if self.method == "interpolate" and not is_number(column.dtype):
                raise RecipeError(
                    f"The column {column.name!r} holds {column.dtype}, between whose values there is no line.",
                    hint="Use `method: forward`, or choose columns with `kind:numeric`.",
                )
        return (*columns, time, *by)

    def make(self, columns: Sequence[Column], state: State) -> Iterable[Made]:  # noqa: ARG002 - nothing was learnt
        """Make each column with its gaps filled."""
        schema = Schema(tuple(columns))
        time, by = self._time(schema), self._by(schema)
        order = {time.name, *(column.name for column in by)}
        for column in columns:
            if column.name not in order:
                dtype = "Float64" if self.method == "interpolate" else column.dtype
                made = derive(column, dtype=dtype, keep_values=True)
                sources = (column.name, time.name, *(item.name for item in by))
                yield Made(made, tuple(dict.fromkeys(sources)), self._filled(column, time, by))

    def rows_left(self, table: Table, columns: Sequence[Column], state: State) -> NDArray[np.int64] | None:  # noqa: ARG002
        """Leave out the training rows of series with too many gaps, if that is wanted."""
        if self.max_missing is None:
            return None
        schema = Schema(tuple(columns))
        by = [column.name for column in self._by(schema)]
        order = {self._time(schema).name, *by}
        filled = [column.name for column in columns if column.name not in order]
        gaps = table.polars(*filled, *by).select(*by, *(pl.col(name).is_null().alias(name) for name in filled))
        shares = [pl.col(name).mean().over(*by) if by else pl.col(name).mean() for name in filled]
        kept = gaps.select(pl.max_horizontal(*shares, 0.0) <= self.max_missing).to_series()
        return np.flatnonzero(kept.to_numpy()).astype(np.int64)

    def _time(self, schema: Schema) -> Column:
        if self.time is None:
            found = schema.by_role(Role.TIME)
            if len(found) != 1:
                raise RecipeError(
                    f"{len(found)} columns have the role of time, and one must order the rows.",
                    hint="Name it: `time: date`.",
                )
            time = found[0]
        else:
            time = _named(self.time, schema)
        if not (is_moment(time.dtype) or is_number(time.dtype)):
            raise RecipeError(
                f"The column {time.name!r} holds {time.dtype}, and the time must be moments or numbers.",
                hint="Let its type be read as a date, or name another column: `time: …`.",
            )
        return time

    def _by(self, schema: Schema) -> tuple[Column, ...]:
        if self.by is None:
            return schema.by_role(Role.GROUP)
        named = (self.by,) if isinstance(self.by, str) else self.by
        return tuple(_named(name, schema) for name in named)

    def _filled(self, column: Column, time: Column, by: Sequence[Column]) -> Expression:
        groups = [item.name for item in by]

        def along(values: Any, strategy: str) -> Any:
            # Of one time, missing values come first and the others by themselves, so that nothing is left to chance.
            order = (time.name, column.name)
            return values.fill_null(strategy=strategy, limit=self.limit).over(*groups, order_by=order)

        def expression(F: Language) -> Any:
            there = ~F.col(time.name).is_null()
            value = as_float(F, column) if self.method == "interpolate" else F.col(column.name)
            known = F.when(there).then(value)
            if self.method != "interpolate":
                return F.when(there).then(along(known, self.method)).otherwise(value)
            moment = _as_line(F, time)
            # Under the name of the time, pandas would sort by these instead.
            at = F.when(there & ~value.is_null()).then(moment).alias(column.name)
            before, after = along(known, "forward"), along(known, "backward")
            start, end = along(at, "forward"), along(at, "backward")
            share = F.when(end > start).then((moment - start) / (end - start)).otherwise(F.lit(0.0))
            between = (before + (after - before) * share).fill_nan(None)
            return F.when(there & value.is_null()).then(between).otherwise(value)

        return expression


def _named(name: str, schema: Schema) -> Column:
    if name not in schema:
        raise MissingColumnError(name, schema.names)
    return schema[name]


def _as_line(F: Language, time: Column) -> Any:
    """Return a time as a number: itself, or microseconds since 1970."""
    if is_number(time.dtype):
        return as_float(F, time)
    moment = F.col(time.name)
    moment = moment.cast(F.Datetime("us")) if family(time.dtype) == "Date" else moment
    return moment.dt.timestamp("us") / 1
