"""Series at regular moments: several rows summed up to one, and gaps filled from their neighbours."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import polars as pl

from clew.core.errors import RecipeError
from clew.core.schema import Column, Kind, Role, Schema
from clew.prepare.aggregates import Aggregate, aggregated, type_of
from clew.prepare.dtypes import family, is_moment, is_number
from clew.prepare.frequency import (
    SHORTEST_S,
    Frequency,
    check_frequency,
    counts_between,
    floored,
    from_counts,
    lasts_alike,
)
from clew.prepare.lineage import derive
from clew.prepare.registry import register
from clew.prepare.selectors import ColumnsLike, named
from clew.prepare.step import ColumnStep, State, StepKind
from clew.prepare.table import Table
from clew.prepare.window import Names, as_tuple


@register
@dataclass(frozen=True)
class Resample(ColumnStep):
    """Bring series to regular moments: one row per series and moment, from the first to the last.

    A row belongs to the moment at or before it, so hour 5 sums up what lies from 5:00 to before 6:00. Where several
    rows fall on one moment they are summed up (down-sampling); where none does, the gap is filled, or stays
    (up-sampling). Rows without a moment are left out. Rows come out by series and moment. Other columns are left out.

    Parameters
    ----------
    columns : str, iterable of str, or Columns, default "all"
        What is summed up, besides the time and the names of series.
    unit : {"second", "minute", "hour", "day", "week", "month", "quarter", "year"}, default "day"
        What the frequency is counted in. Up to hours, steps are equally long; from days on they follow the clock of the
        column's time zone, and weeks begin on Monday.
    quantity : int, default 1
        How many of them lie between one moment and the next.
    time : str, optional
        The column of moments; by default the one with the role ``time``.
    by : str or tuple of str, optional
        Columns whose values name a series; by default those with the role ``group``.
    numeric : {"mean", "median", "sum", "min", "max", "std", "count", "first", "last"}, default "mean"
        What becomes of several numbers.
    other : {"most_frequent", "first", "last", "count"}, default "most_frequent"
        What becomes of several other values.
    fill : {"none", "zero", "forward", "interpolate"}, default "none"
        What is put into gaps: nothing; 0 into numbers; the value before; or for numbers a line between the value before
        and the one after, which looks at later rows, and the value before for others.
    same_span : bool, default False
        Whether every series has rows from the first to the last moment of all of them.
    """

    columns: ColumnsLike = "all"
    unit: Frequency = "day"
    quantity: int = 1
    time: str | None = None
    by: Names | None = None
    numeric: Literal["mean", "median", "sum", "min", "max", "std", "count", "first", "last"] = "mean"
    other: Literal["most_frequent", "first", "last", "count"] = "most_frequent"
    fill: Literal["none", "zero", "forward", "interpolate"] = "none"
    same_span: bool = False

    op: ClassVar[str] = "resample"
    kind: ClassVar[StepKind] = StepKind.RESHAPE
    accepts: ClassVar[frozenset[Kind]] = frozenset(Kind) - {Kind.NESTED}

    def check(self) -> None:
        """Refuse a frequency that is none."""
        check_frequency(self.op, self.quantity)

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the time, the columns that name series, and those that are summed up."""
        time, by = self._time(schema), self._by(schema)
        keys = {time.name, *(column.name for column in by)}
        return (time, *by, *(column for column in super().inputs(schema) if column.name not in keys))

    def reshape(self, table: Table, columns: Sequence[Column], state: State) -> Table:  # noqa: ARG002
        """Return the rows at regular moments."""
        before = Schema(tuple(columns))
        time, by = self._time(before), [column.name for column in self._by(before)]
        values = columns[1 + len(by) :]
        keys = [*by, time.name]
        moment = floored(pl.col(time.name), self.unit, self.quantity, time.dtype)
        asked = [aggregated(self._function(c), pl.col(c.name), [_MOMENT]).alias(c.name) for c in values]

        def resample(rows: pl.LazyFrame) -> pl.LazyFrame:
            there = rows.filter(pl.col(time.name).is_not_null())
            found = there.with_columns(pl.col(time.name).alias(_MOMENT), moment.alias(time.name))
            grid = self._grid(there, time, by)
            found = found.group_by(keys).agg(asked)
            joined = grid.join(found, on=keys, how="left", nulls_equal=True, maintain_order="left")
            return joined.with_columns(self._filled(column, time.name, by) for column in values) if values else joined

        return table.through_polars(resample)

    def reshaped(self, before: Schema, columns: Sequence[Column], state: State) -> Schema:  # noqa: ARG002
        """Return the names of series, the time, and the columns summed up."""
        by = self._by(before)
        made = []
        for column in columns[1 + len(by) :]:
            dtype = self._type(column)
            made.append(derive(column, dtype=dtype, kind=column.kind if dtype == column.dtype else Kind.NUMERIC))
        return Schema((*by, self._time(before), *made))

    def needs(self, before: Schema, columns: Sequence[Column], wanted: frozenset[str]) -> frozenset[str]:
        """Return the time, the names of series, and the columns that are wanted."""
        keys = {self._time(before).name, *(column.name for column in self._by(before))}
        return frozenset(column.name for column in columns if column.name in keys or column.name in wanted)

    def _time(self, schema: Schema) -> Column:
        found = schema.by_role(Role.TIME) if self.time is None else named(schema, (self.time,), ", which `time` names")
        if not found:
            raise RecipeError("resample does not know the moments.", hint="Name their column: `time: COLUMN`.")
        time = found[0]
        if not is_moment(time.dtype):
            raise RecipeError(
                f"The column {time.name!r} holds {time.dtype}, which is no moment.",
                hint="Make moments of it with validate_timestamps.",
            )
        if family(time.dtype) == "Date" and lasts_alike(self.unit):
            raise RecipeError(
                f"The column {time.name!r} holds days, which have no {self.unit}s.", hint="Use `unit: day` or longer."
            )
        return time

    def _by(self, schema: Schema) -> tuple[Column, ...]:
        if self.by is None:
            return schema.by_role(Role.GROUP)
        return named(schema, as_tuple(self.by), ", which `by` names")

    def _function(self, column: Column) -> Aggregate:
        return self.numeric if is_number(column.dtype) else self.other

    def _type(self, column: Column) -> str:
        dtype = type_of(self._function(column), column.dtype)
        return "Float64" if is_number(dtype) and self.fill == "interpolate" else dtype

    def _filled(self, column: Column, time: str, by: Sequence[str]) -> pl.Expr:
        """Return a column of the result with its gaps filled."""
        value, number = pl.col(column.name), is_number(self._type(column))
        if self.fill == "zero" and number:
            return value.fill_null(0)
        if self.fill == "interpolate" and number:
            line = value.cast(pl.Float64).interpolate_by(time)
            return (line.over(*by) if by else line).fill_nan(None)
        if self.fill in {"forward", "interpolate"}:
            return value.forward_fill().over(*by) if by else value.forward_fill()
        return value

    def _grid(self, rows: pl.LazyFrame, time: Column, by: Sequence[str]) -> pl.LazyFrame:
        """Return every series with every moment from its first to its last."""
        ends = [pl.col(time.name).min().alias(_FIRST), pl.col(time.name).max().alias(_LAST)]
        known = (rows.group_by(by).agg(ends) if by else rows.select(ends)).collect().drop_nulls(_FIRST)
        known = known.sort(by, nulls_last=True) if by else known
        known = known.with_columns(floored(pl.col(_FIRST, _LAST), self.unit, self.quantity, time.dtype))
        if self.same_span:
            known = known.with_columns(pl.col(_FIRST).min(), pl.col(_LAST).max())
        counts = counts_between(pl.col(_FIRST), pl.col(_LAST), self.unit, self.quantity, time.dtype)
        self._check_size(known)
        steps = known.lazy().select(*by, counts.alias(time.name)).explode(time.name)
        return steps.with_columns(from_counts(pl.col(time.name), self.unit, self.quantity, time.dtype))

    def _check_size(self, ends: pl.DataFrame) -> None:
        """Refuse more rows than anybody can have meant, before they take all memory."""
        passed = (pl.col(_LAST).cast(pl.Datetime("us")) - pl.col(_FIRST).cast(pl.Datetime("us"))).dt.total_seconds()
        rows = int(ends.select((passed / (SHORTEST_S[self.unit] * self.quantity) + 1).sum()).item() or 0)
        if rows > MAX_ROWS:
            raise RecipeError(
                f"A row per {self.quantity} {self.unit} makes about {rows} rows of {len(ends)} series, and "
                f"{MAX_ROWS} are the most.",
                hint="Use a longer `unit`, or look for moments that are far from the others.",
            )


#: More rows are refused.
MAX_ROWS = 100_000_000
#: Hold what a row's moment was, and the ends of its series, on the way; never among the columns that come or go.
_MOMENT, _FIRST, _LAST = "_clew_moment", "_clew_first", "_clew_last"
