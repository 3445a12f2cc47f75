"""A column converted to moments or days: from texts, from numbers that count, and from one another."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

import polars as pl

from clew.collect.cells import CellError
from clew.core.errors import RecipeError
from clew.core.schema import Column, Direction, Kind
from clew.prepare.dtypes import is_moment
from clew.prepare.lineage import derive
from clew.prepare.moments import Moments, Unit
from clew.prepare.step import Block, Made, Refusal
from clew.prepare.table import Language, stored_as
from clew.prepare.values import short


@dataclass(frozen=True, eq=False)
class ToMoments:
    """How a column becomes moments, or days.

    Parameters
    ----------
    column : Column
        The column: moments, texts or numbers.
    learned : mapping
        What `clew.prepare.moments.learn` returned.
    days : bool
        Whether the time of day is cut off.
    format : str
        How texts write moments.
    unit : {"s", "ms", "us", "ns"}, optional
        What numbers count.
    strict : bool
        Whether a cell that cannot be read is refused, rather than missing.
    hint : str
        The way out of a refusal.
    """

    column: Column
    learned: Mapping[str, Any]
    days: bool
    format: str
    unit: Unit | None
    strict: bool
    hint: str

    @cached_property
    def source(self) -> Moments:
        """What reads the cells."""
        return Moments(self.column, self.learned, self.format, self.unit)

    @cached_property
    def after(self) -> Column:
        """Describe the column made."""
        dtype = "Date" if self.days else self.source.dtype if self.source.dtype != "Date" else "Datetime(us)"
        direction = Direction.LOSES if self.column.dtype == "String" else Direction.KEEPS
        return derive(self.column, dtype=dtype, kind=Kind.DATETIME, direction=direction)

    @property
    def made(self) -> Made | None:
        """The column, where it holds moments already; else None."""
        if not is_moment(self.column.dtype):
            return None
        name, before = self.column.name, self.column.dtype

        def expression(F: Language) -> Any:
            value = F.col(name)
            if self.after.dtype == before:
                return value
            return value.dt.date() if self.days else value.cast(stored_as(F, "Datetime(us)"))

        return Made(self.after, (name,), expression, self._converted)

    @property
    def block(self) -> Block:
        """The column, where it is to be read."""
        name = self.column.name

        def frame(rows: pl.DataFrame) -> pl.DataFrame:
            moments = self.source.read(rows[name])
            return (moments.dt.date() if self.days else moments).alias(name).to_frame()

        return Block((self.after,), (name,), frame, lambda value: (self._converted(self._read(value)),))

    @property
    def refusal(self) -> Refusal | None:
        """The cells that cannot be read, if they are refused."""
        if not self.strict or self.source.reader is None:
            return None
        return Refusal(self.column.name, None, self.source.rule, self.hint, self.source.unread)

    def _read(self, value: Any) -> date | None:
        try:
            return self.source.cell(value)
        except CellError as error:
            if self.strict:
                what = f"The value {short(value)} of the column {self.column.name!r} {error}."
                raise RecipeError(what, hint=self.hint) from None
            return None

    def _converted(self, value: date | None) -> date | None:
        if isinstance(value, datetime):
            return value.date() if self.days else value
        if value is None or self.days:
            return value
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - a day has no zone
