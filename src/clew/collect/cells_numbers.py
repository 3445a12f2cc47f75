"""How numbers are read: whole columns and single cells alike."""

from ctypes import c_float
from datetime import timedelta
from decimal import Decimal
from math import isinf
from typing import Any

import numpy as np
import polars as pl

from clew.collect.cells import CellError, Problems, Read, Reader, as_plain_type, is_missing, plain_value, refuse_all
from clew.collect.missing import SPACE, is_token, stripped
from clew.collect.numbers import Numbers, is_whole, to_floats
from clew.core.schema import Column

_INT64 = (-(2**63), 2**63 - 1)
_UINT64 = (0, 2**64 - 1)
#: Units in which a duration counts.
_SECONDS = (None, "s", "seconds")
#: Integers up to this size are exact as floats.
_EXACT = 2**53


class NumberReader(Reader):
    """Reads numbers.

    A column of whole numbers keeps them exact. A fraction in it is kept too: the table's column then becomes Float64.
    A duration counts in seconds, as it does where types are inferred, unless the column states another unit.
    """

    expected = "a number such as 12.5"

    def __init__(self, column: Column, dtype: pl.DataType) -> None:
        super().__init__(column)
        self.dtype = dtype
        self.whole = dtype.is_integer()
        self.numbers = Numbers(column.format, column.unit)
        self.low, self.high = _UINT64 if dtype == pl.UInt64 else _INT64
        self._widest = pl.UInt64 if dtype == pl.UInt64 else pl.Int64
        read = [self.numbers.read(str(word).strip(SPACE)) for word in column.missing or ()]
        # A number that floats do not hold exactly equals none of them.
        self.sentinels = tuple(value for value in read if value is not None and value == float(value))
        self._is_simple = dtype == pl.Float64 and not self.sentinels
        self._takes_durations = column.unit in _SECONDS

    def read_column(self, values: pl.Series) -> Read:
        """Read a column of numbers, truth values or text."""
        values = as_plain_type(values)
        if values.dtype == pl.String:
            whole, floats, problems = self._from_text(values)
        elif values.dtype == pl.Boolean:
            whole, floats, problems = values.cast(pl.Int64), None, ()
        elif values.dtype.is_integer():
            whole, floats, problems = values, None, ()
        elif values.dtype.is_float():
            whole, floats, problems = None, values, ()
        elif values.dtype == pl.Duration and self._takes_durations:
            whole, floats, problems = None, values.dt.total_seconds(fractional=True), ()
        else:
            return refuse_all(values, self.dtype, "is not a number")
        result, more = self._finish_whole(whole, floats) if self.whole else self._finish_float(whole, floats)
        for sentinel in self.sentinels:
            result = result.set(_equals(result, sentinel), None)
        return Read(result, (*problems, *more))

    def _from_text(self, values: pl.Series) -> tuple[pl.Series | None, pl.Series | None, Problems]:
        text = stripped(values)
        plain = self.numbers.spell(text)
        if self.whole:
            whole = plain.cast(self._widest, strict=False)
            if whole.null_count() == text.null_count():
                return whole, None, ()
        floats = to_floats(plain)
        shares = self.numbers.shares(text)
        if shares is not None:
            floats = floats.zip_with(~shares, floats / 100)
        unread = text.is_not_null() & floats.is_null()
        if unread.any():
            unread &= ~is_token(text, self.tokens) & ~text.str.contains("^[+-]?[nN][aA][nN]$").fill_null(value=False)
        if self.column.missing is not None:
            # A stated word may read as a number, such as "inf".
            floats = floats.set(is_token(text, self.tokens), None)
        floats = floats.fill_nan(None)
        problems: Problems = (("is not a number", unread),) if unread.any() else ()
        if not self.whole:
            return None, floats, problems
        digits = (is_whole(plain) & floats.is_not_null()).fill_null(value=False)
        whole = plain.cast(self._widest, strict=False).set(~digits, None)
        beyond = digits & whole.is_null()
        if beyond.any():
            problems = (*problems, (self._range_problem, beyond))
        return whole, floats.set(digits, None), problems

    @property
    def _range_problem(self) -> str:
        return f"is beyond the range of {self._widest}"

    def _finish_float(self, whole: pl.Series | None, floats: pl.Series | None) -> tuple[pl.Series, Problems]:
        values = (floats if floats is not None else _given(whole)).cast(pl.Float64)
        if self.dtype != pl.Float32:
            return values, ()
        narrow = values.cast(pl.Float32)
        lost = (narrow.is_infinite() & ~values.is_infinite()).fill_null(value=False)
        return narrow, (("is beyond the range of Float32", lost),) if lost.any() else ()

    def _finish_whole(self, whole: pl.Series | None, floats: pl.Series | None) -> tuple[pl.Series, Problems]:
        problems: Problems = ()
        if whole is not None and floats is None:
            fitting = whole.cast(self._widest, strict=False)
            beyond = whole.is_not_null() & fitting.is_null()
            return self._narrow(fitting), (((self._range_problem, beyond),) if beyond.any() else ())
        floats = _given(floats)
        fits = (
            (floats == floats.floor()) & floats.is_between(self.low, float(self.high + 1), closed="left")
        ).fill_null(value=False)
        if fits.sum() == len(floats) - floats.null_count():
            exact = floats.cast(pl.Float64).cast(self._widest)
            return self._narrow(exact if whole is None else whole.zip_with(whole.is_not_null(), exact)), ()
        values = floats.cast(pl.Float64)
        if whole is not None:
            mixed = (whole.cast(pl.Int128).abs() > _EXACT).fill_null(value=False)
            if mixed.any():
                problems = (("cannot stand exactly in one column with fractions", mixed),)
            values = values.zip_with(whole.is_null(), whole.cast(pl.Float64))
        return values, problems

    def _narrow(self, whole: pl.Series) -> pl.Series:
        """Return whole numbers in the declared type where they all fit it, else as Int64."""
        narrow = whole.cast(self.dtype, strict=False)
        return narrow if narrow.null_count() == whole.null_count() else whole

    def read_cell(self, value: Any) -> Any:
        """Read one value: an int (or a float with a fraction) for whole numbers, else a float."""
        if type(value) is float and self._is_simple:
            return value if value == value else None
        if is_missing(value):
            return None
        if isinstance(value, timedelta | np.timedelta64) and self._takes_durations:
            value = value / (timedelta(seconds=1) if isinstance(value, timedelta) else np.timedelta64(1, "s"))
        value = plain_value(value)
        if isinstance(value, str):
            value = self._cell_from_text(value)
            if value is None:
                return None
        elif isinstance(value, Decimal):
            value = float(value)
        elif isinstance(value, bool):
            value = int(value)
        elif not isinstance(value, int | float):
            raise CellError("is not a number")
        number = self._whole_cell(value) if self.whole else self._float_cell(value)
        return None if number in self.sentinels else number

    def _cell_from_text(self, text: str) -> int | float | None:
        stripped_text = self.strip(text)
        if stripped_text is None:
            return None
        number = self.numbers.read(stripped_text)
        if number is None:
            raise CellError("is not a number")
        return None if number != number else number

    def _whole_cell(self, value: float) -> int | float:
        if isinstance(value, int):
            if not self.low <= value <= self.high:
                raise CellError(self._range_problem)
            return value
        return int(value) if value.is_integer() and self.low <= value < float(self.high + 1) else value

    def _float_cell(self, value: float) -> float:
        try:
            number = float(value)
        except OverflowError:
            raise CellError(f"is beyond the range of {self.dtype}") from None
        if self.dtype != pl.Float32:
            return number
        narrow = c_float(number).value
        if isinf(narrow) and not isinf(number):
            raise CellError("is beyond the range of Float32")
        return narrow


def _equals(values: pl.Series, number: float) -> pl.Series:
    """Tell which values equal a number, missing ones never."""
    if values.dtype.is_integer():
        whole = float(number).is_integer() and _INT64[0] <= number <= _UINT64[1]
        number = int(number) if whole else 0
        return (values.cast(pl.Int128) == number).fill_null(value=False) & whole
    return (values == float(number)).fill_null(value=False)


def _given(values: pl.Series | None) -> pl.Series:
    if values is None:
        raise ValueError("A column has whole numbers or floats.")
    return values
