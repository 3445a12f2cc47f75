"""Timestamps: whether they are valid, and where they are missing altogether."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, ClassVar, Literal
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Direction, Kind, Schema
from clew.prepare.frequency import Frequency, check_frequency, regular
from clew.prepare.lineage import combine, derive
from clew.prepare.moments import INFER, Moments, Unit, check_column, check_stated, learn
from clew.prepare.registry import register
from clew.prepare.selectors import named
from clew.prepare.step import Block, ColumnStep, Function, Made, Refusal, State, Step, StepKind, Training
from clew.prepare.table import Expression, Language, Table
from clew.prepare.values import short


@register
@dataclass(frozen=True)
class ValidateTimestamps(ColumnStep):
    """Check timestamps, and make moments of texts and of numbers that count from 1970.

    A timestamp is invalid where it is missing, or cannot be read as a moment.

    Parameters
    ----------
    policy : {"error", "indicate", "drop"}, default "error"
        An invalid timestamp is refused; or gives true in one more column, ``time_invalid``; or takes its row away in
        fitting, since a row that is to be predicted always gets its answer. With the latter two it becomes missing.
    cast : bool, default True
        Whether texts and numbers become moments; else only their validity is looked at.
    format : str, default "infer"
        How texts write moments, in Python's directives (``"%d/%m/%Y %H:%M"``); ``infer`` finds it out from the training
        rows.
    unit : {"s", "ms", "us", "ns"}, optional
        What numbers count.
    time_zone : str, optional
        The zone in which the moments are told; texts and numbers must have one.
    """

    policy: Literal["error", "indicate", "drop"] = "error"
    cast: bool = True
    format: str = INFER
    unit: Unit | None = None
    time_zone: str | None = None

    op: ClassVar[str] = "validate_timestamps"

    def check(self) -> None:
        """Refuse a format or time zone that makes no sense."""
        check_stated(self.format, self.time_zone)

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the chosen columns, all of which can be read as moments."""
        columns = super().inputs(schema)
        for column in columns:
            check_column(column, self.unit)
        return columns

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:  # noqa: ARG002
        """Learn how texts write moments, and count the invalid ones."""
        state = {}
        for column in columns:
            how = learn(table, column, self.format, self.time_zone)
            values = table.polars(column.name)[column.name]
            invalid = int(self._invalid(self._source(column, how), values).sum())
            state[column.name] = {**how, "rows": len(values), "invalid": invalid}
        return state

    def make(self, columns: Sequence[Column], state: State) -> Iterable[Made]:
        """Make the moments and the indicators of columns that hold moments already."""
        for column in columns:
            source = self._source(column, state[column.name])
            if source.reader is None:
                for made in self._described(source):
                    yield Made(made, (column.name,), *self._of_moments(source, made))

    def blocks(self, columns: Sequence[Column], state: State) -> Iterable[Block]:
        """Make the moments and the indicators of texts and numbers."""
        for column in columns:
            source = self._source(column, state[column.name])
            made = self._described(source)
            if source.reader is not None and made:
                yield Block(tuple(made), (column.name,), *self._of_others(source, made))

    def refusals(self, columns: Sequence[Column], state: State) -> Iterable[Refusal]:
        """Refuse what is invalid, if that is the policy."""
        if self.policy == "error":
            for column in columns:
                source = self._source(column, state[column.name])
                if source.reader is None:
                    yield Refusal(column.name, _gap(column), "is missing", _HINT)
                else:
                    yield Refusal(column.name, None, _rule(source), _HINT, partial(self._invalid, source))

    def rows_left(self, table: Table, columns: Sequence[Column], state: State) -> NDArray[np.int64] | None:
        """Keep the training rows whose timestamps are all valid, if that is the policy."""
        if self.policy != "drop" or not columns:
            return None
        frame = table.polars(*(column.name for column in columns))
        bad = [self._invalid(self._source(column, state[column.name]), frame[column.name]) for column in columns]
        return np.flatnonzero(~np.logical_or.reduce([mask.to_numpy() for mask in bad])).astype(np.int64)

    def _source(self, column: Column, learned: Mapping[str, Any]) -> Moments:
        return Moments(column, learned, self.format, self.unit, self.time_zone)

    def _invalid(self, source: Moments, values: pl.Series) -> pl.Series:
        return source.read(values).is_null()

    def _described(self, source: Moments) -> list[Column]:
        """Return the columns that are made of one: itself, and its indicator."""
        column, dtype, made = source.column, source.dtype if self.cast else source.column.dtype, []
        if dtype != column.dtype:
            direction = Direction.LOSES if column.dtype == "String" else Direction.KEEPS
            made.append(derive(column, dtype=dtype, kind=Kind.DATETIME, direction=direction))
        elif self.policy == "error":
            made.append(derive(column, keep_values=True))
        if self.policy == "indicate":
            name = f"{column.name}_invalid"
            flag = derive(column, name=name, dtype="Boolean", kind=Kind.BOOLEAN, direction=Direction.LOSES)
            made.append(replace(flag, nullable=False))
        return made

    def _of_moments(self, source: Moments, made: Column) -> tuple[Expression, Function]:
        name, zone = source.column.name, self.time_zone
        if made.name != name:
            return (lambda F: F.col(name).is_null()), (lambda value: value is None)

        def expression(F: Language) -> Any:
            return F.col(name) if zone is None else F.col(name).dt.convert_time_zone(zone)

        return expression, lambda value: self._moment(source, value)

    def _of_others(
        self, source: Moments, made: Sequence[Column]
    ) -> tuple[Callable[[pl.DataFrame], pl.DataFrame], Callable[..., tuple[Any, ...]]]:
        name, cast = source.column.name, self.cast
        itself, flagged = any(column.name == name for column in made), self.policy == "indicate"

        def frame(rows: pl.DataFrame) -> pl.DataFrame:
            moments = source.read(rows[name])
            columns = [moments if cast else rows[name]] if itself else []
            return pl.DataFrame([*columns, *([moments.is_null().alias(f"{name}_invalid")] if flagged else [])])

        def cell(value: Any) -> tuple[Any, ...]:
            moment = self._moment(source, value)
            return (*((moment if cast else value,) if itself else ()), *((moment is None,) if flagged else ()))

        return frame, cell

    def _moment(self, source: Moments, value: Any) -> Any:
        moment = source.cell_or_none(value)
        if moment is None and self.policy == "error":
            raise RecipeError(
                f"The value {short(value)} of the column {source.column.name!r} {_rule(source)}.", hint=_HINT
            )
        return moment


_HINT = "Correct the values, state their `format`, or use `policy: indicate` or `policy: drop`."


def _rule(source: Moments) -> str:
    return "is missing" if source.reader is None else f"is missing or {source.rule}"


def _gap(column: Column) -> Expression:
    return lambda F: F.col(column.name).is_null()


@register
@dataclass(frozen=True)
class DatetimeRange(Step):
    """Add timestamps to rows that were taken at regular intervals: a start, and so much time from row to row.

    Rows are counted as they stand, or in a stated order, in which they then come out; rows that are equal in it keep
    the order in which they stand. From days on, the clock shows the same time of day; at the end of a shorter month,
    its last day.

    Parameters
    ----------
    name : str
        Name of the new column.
    start : str
        The first moment in ISO form, e.g. ``"2024-01-31T17:00"``.
    unit : {"second", "minute", "hour", "day", "week", "month", "quarter", "year"}
        What the frequency is counted in.
    quantity : int, default 1
        How many of them lie between one row and the next.
    by : tuple of str, default ()
        Columns whose values name a series; each begins at the start.
    order_by : tuple of str, default ()
        Columns by which rows are ordered before they are counted.
    time_zone : str, optional
        Time zone of the moments.
    """

    name: str
    start: str
    unit: Frequency
    quantity: int = 1
    by: tuple[str, ...] = ()
    order_by: tuple[str, ...] = ()
    time_zone: str | None = None

    op: ClassVar[str] = "datetime_range"
    kind: ClassVar[StepKind] = StepKind.RESHAPE

    def check(self) -> None:
        """Refuse a start, frequency or zone that makes no sense."""
        check_frequency(self.op, self.quantity)
        check_stated(INFER, self.time_zone)
        self._first()

    def _first(self) -> datetime:
        try:
            moment = datetime.fromisoformat(self.start)
        except ValueError:
            raise ConfigError(
                f"`start` of datetime_range is {self.start!r}, which is no moment.",
                hint='Write e.g. "2024-01-31T17:00".',
            ) from None
        if (moment.tzinfo is not None) and self.time_zone is None:
            raise ConfigError(
                f"`start` of datetime_range is {self.start!r}, which has a time zone, and the new column has none.",
                hint="State `time_zone`.",
            )
        if self.time_zone is not None and moment.tzinfo is None:
            return moment.replace(tzinfo=ZoneInfo(self.time_zone))
        return moment

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the columns that name and order the series."""
        if self.name in schema:
            raise RecipeError(f"There is a column {self.name!r} already.", hint="Choose another `name`.")
        return named(schema, (*self.by, *self.order_by))

    def reshape(self, table: Table, columns: Sequence[Column], state: State) -> Table:  # noqa: ARG002
        """Add the column."""
        position = pl.int_range(pl.len(), dtype=pl.Int64)
        counted = position.over(*self.by) if self.by else position
        moments = regular(self._first(), counted, self.unit, self.quantity, self.time_zone).alias(self.name)

        def add(rows: pl.LazyFrame) -> pl.LazyFrame:
            ordered = rows.sort(*self.order_by, maintain_order=True) if self.order_by else rows
            return ordered.with_columns(moments)

        return table.through_polars(add)

    def reshaped(self, before: Schema, columns: Sequence[Column], state: State) -> Schema:  # noqa: ARG002
        """Return the columns with the new one."""
        zone = f", {self.time_zone}" if self.time_zone else ""
        return before.with_columns(combine(columns, name=self.name, dtype=f"Datetime(us{zone})", kind=Kind.DATETIME))
