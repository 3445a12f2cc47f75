"""Moments read by what somebody states: texts by a format, numbers by the unit in which they count from 1970."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from clew.collect.cells import CellError, Read, Reader, as_plain_type, is_missing, plain_value, refuse_all
from clew.collect.missing import is_token, stripped
from clew.collect.moment_format import MomentFormat
from clew.core.schema import Column

#: How many of each unit make a second.
PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: From the first second of the year 1 to that of the year 9999: figures that floats hold exactly in every unit, and
#: from which no rounding leaves Python's calendar.
_FIRST, _END = -62_135_596_800, 253_370_764_800
_MICROSECOND = timedelta(microseconds=1)


class FormatReader(Reader):
    """Reads texts by a stated format.

    Parameters
    ----------
    column : Column
        Column of texts.
    form : MomentFormat
        The format; where it names the distance from UTC, moments are in UTC, else they have no zone.
    """

    def __init__(self, column: Column, form: MomentFormat) -> None:
        super().__init__(column)
        self.form = form
        self.dtype = pl.Datetime("us", "UTC" if form.zoned else None)
        self.expected = f"a moment of the form {form.text!r}"
        self.problem = f"is not of the form {form.text!r}"

    def read_column(self, values: pl.Series) -> Read:
        """Read a column of texts."""
        if values.dtype != pl.String:
            return refuse_all(values, self.dtype, self.problem)
        text = stripped(values)
        text = text.set(is_token(text, self.tokens), None)
        moments = self.form.read_column(text)
        wrong = text.is_not_null() & moments.is_null()
        zoned = moments.dt.replace_time_zone("UTC") if self.form.zoned else moments
        return Read(zoned.alias(values.name), ((self.problem, wrong),) if wrong.any() else ())

    def read_cell(self, value: Any) -> datetime | None:
        """Read one text."""
        if is_missing(value):
            return None
        text = self.strip(value) if isinstance(value, str) else None
        if text is None and isinstance(value, str):
            return None
        moment = None if text is None else self.form.read(text)
        if moment is None:
            raise CellError(self.problem)
        return moment.replace(tzinfo=UTC) if self.form.zoned else moment


class EpochReader(Reader):
    """Reads numbers that count from the beginning of 1970 in UTC.

    Moments are in UTC, in whole microseconds: nanoseconds are cut, fractions of a larger unit are rounded.

    Parameters
    ----------
    column : Column
        Column of numbers.
    unit : {"s", "ms", "us", "ns"}
        What they count.
    """

    def __init__(self, column: Column, unit: str) -> None:
        super().__init__(column)
        self.per_second = PER_SECOND[unit]
        self.dtype = pl.Datetime("us", "UTC")
        self.expected = f"a number of {unit} since 1970"
        self.problem = f"is no number of {unit} since 1970 in the years 1 to 9998"

    def read_column(self, values: pl.Series) -> Read:
        """Read a column of numbers."""
        values = as_plain_type(values)
        if not values.dtype.is_numeric():
            return refuse_all(values, self.dtype, self.problem)
        low, high = _FIRST * self.per_second, _END * self.per_second
        if values.dtype.is_float():
            numbers = values.cast(pl.Float64)
            inside = numbers.is_between(float(low), float(high)).fill_null(value=False)
            ticks = (numbers.set(~inside, None) * (1e6 / self.per_second) + 0.5).floor().cast(pl.Int64)
        else:
            whole = values.cast(pl.Int64, strict=False)
            inside = whole.is_between(max(low, -(2**63)), min(high, 2**63 - 1)).fill_null(value=False)
            whole = whole.set(~inside, None)
            ticks = whole * (10**6 // self.per_second) if self.per_second <= 10**6 else whole // 1000
        wrong = values.is_not_null() & ~inside
        moments = ticks.cast(self.dtype).alias(values.name)
        return Read(moments, ((self.problem, wrong),) if wrong.any() else ())

    def read_cell(self, value: Any) -> datetime | None:
        """Read one number."""
        if is_missing(value):
            return None
        value = plain_value(value)
        known = isinstance(value, int | float) and not isinstance(value, bool)
        if not known or not _FIRST * self.per_second <= value <= _END * self.per_second:
            raise CellError(self.problem)
        if isinstance(value, float):
            ticks = math.floor(value * (1e6 / self.per_second) + 0.5)
        else:
            ticks = value * (10**6 // self.per_second) if self.per_second <= 10**6 else value // 1000
        return _EPOCH + ticks * _MICROSECOND
