"""How the cells of one column are read, as a whole column and one at a time.

Every reader does both, side by side, and a property test holds them to the same answers. None means a missing value;
a cell that cannot be read is never replaced by a guess.
"""

import struct
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl

from clew.collect.missing import SPACE, TEXT_MISSING, TYPED_MISSING, is_token, stripped
from clew.collect.numbers import Numbers, is_whole, to_floats
from clew.core.schema import Column

_INT64 = (-(2**63), 2**63 - 1)
#: The types that nearly all values have, and none of which knows a missing value.
_NEVER_MISSING = frozenset((int, str, bool))
#: Integers up to this size are exact as floats.
_EXACT = 2**53


class CellError(Exception):
    """A cell that cannot be read; the message is the broken rule in a few words."""


@dataclass(frozen=True)
class Read:
    """A column after reading.

    Parameters
    ----------
    values : Series
        The values; null where a cell is missing or cannot be read.
    problems : tuple of (str, Series)
        Broken rule, and which cells (Boolean) break it.
    """

    values: pl.Series
    problems: tuple[tuple[str, pl.Series], ...] = ()


class Reader(ABC):
    """Reads the cells of one column.

    Parameters
    ----------
    column : Column
        What is known about the column.
    """

    #: What would have been right, for the message.
    expected: str = "a value"

    def __init__(self, column: Column) -> None:
        self.column = column
        words = TYPED_MISSING if column.missing is None else frozenset(map(str, column.missing))
        self.tokens: frozenset[str] = words

    @abstractmethod
    def read_column(self, values: pl.Series) -> Read:
        """Read a column of whatever type."""

    @abstractmethod
    def read_cell(self, value: Any) -> Any:
        """Read one value of whatever type.

        Raises
        ------
        CellError
            If it cannot be read.
        """

    def strip(self, text: str) -> str | None:
        """Return a text without white space around it; None if it stands for a missing value."""
        text = text.strip(SPACE)
        return text if text and text not in self.tokens else None


def is_missing(value: Any) -> bool:
    """Whether a Python value stands for a missing one: None, NaN, NaT, NA."""
    if value is None:
        return True
    if type(value) in _NEVER_MISSING:
        return False
    if isinstance(value, float | np.floating):
        return bool(value != value)
    return type(value).__name__ in {"NAType", "NaTType"} or (isinstance(value, np.datetime64) and bool(np.isnat(value)))


def plain_value(value: Any) -> Any:
    """Return a numpy scalar as the Python value it holds."""
    return value.item() if isinstance(value, np.generic) else value


def as_plain_type(values: pl.Series) -> pl.Series:
    """Return a column in a type that readers know: dictionaries as text, decimals as floats, objects as what they hold.

    Objects that have no common type are left.
    """
    dtype = values.dtype
    if dtype in (pl.Categorical, pl.Enum):
        return values.cast(pl.String)
    if isinstance(dtype, pl.Decimal):
        return values.cast(pl.Float64)
    if dtype == pl.Float16:
        return values.cast(pl.Float32)
    return values


def refuse_all(values: pl.Series, dtype: pl.DataType, problem: str) -> Read:
    """Return a column of nulls in which every present cell breaks the rule."""
    present = values.is_not_null()
    nulls = pl.Series(values.name, [None], dtype=dtype).new_from_index(0, len(values))
    return Read(nulls, ((problem, present),) if present.any() else ())


class NumberReader(Reader):
    """Reads numbers.

    A column of whole numbers keeps them exact. A fraction in it is kept too: the table's column then becomes Float64.
    """

    expected = "a number such as 12.5"

    def __init__(self, column: Column, dtype: pl.DataType) -> None:
        super().__init__(column)
        self.dtype = dtype
        self.whole = dtype.is_integer()
        self.numbers = Numbers(column.format, column.unit)
        self.low, self.high = _INT64
        if self.whole:
            limits = pl.select(low=dtype.min(), high=dtype.max()).row(0)
            self.low, self.high = min(self.low, limits[0]), max(self.high, limits[1])
        read = [self.numbers.read(str(word).strip(SPACE)) for word in column.missing or ()]
        self.sentinels = tuple(float(value) for value in read if value is not None and value == value)
        self._is_simple = dtype == pl.Float64 and not self.sentinels

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
            whole, floats, problems = None, values.fill_nan(None), ()
        else:
            return refuse_all(values, self.dtype, "is not a number")
        result, more = self._finish_whole(whole, floats) if self.whole else self._finish_float(whole, floats)
        if self.sentinels:
            result = result.set(result.is_in(list(self.sentinels)).fill_null(value=False), None)
        return Read(result, (*problems, *more))

    def _from_text(self, values: pl.Series) -> tuple[pl.Series | None, pl.Series | None, tuple[tuple[str, pl.Series], ...]]:
        text = stripped(values)
        plain = self.numbers.spell(text)
        if self.whole:
            whole = plain.cast(pl.Int64, strict=False)
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
        problems: tuple[tuple[str, pl.Series], ...] = (("is not a number", unread),) if unread.any() else ()
        if not self.whole:
            return None, floats, problems
        digits = (is_whole(plain) & floats.is_not_null()).fill_null(value=False)
        if self.dtype == pl.UInt64:
            whole = plain.cast(pl.Int128, strict=False)
        whole = whole.set(~digits, None)
        beyond = digits & (whole.is_null() | (whole < self.low) | (whole > self.high)).fill_null(value=True)
        if beyond.any():
            problems = (*problems, (self._range_problem, beyond))
            whole = whole.set(beyond, None)
        return whole, floats.set(digits, None), problems

    @property
    def _range_problem(self) -> str:
        return f"is beyond the range of {'UInt64' if self.high > _INT64[1] else 'Int64'}"

    def _finish_float(
        self, whole: pl.Series | None, floats: pl.Series | None
    ) -> tuple[pl.Series, tuple[tuple[str, pl.Series], ...]]:
        values = (floats if floats is not None else _given(whole)).cast(pl.Float64)
        if self.dtype != pl.Float32:
            return values, ()
        narrow = values.cast(pl.Float32)
        lost = (narrow.is_infinite() & ~values.is_infinite()).fill_null(value=False)
        return narrow, (("is beyond the range of Float32", lost),) if lost.any() else ()

    def _finish_whole(
        self, whole: pl.Series | None, floats: pl.Series | None
    ) -> tuple[pl.Series, tuple[tuple[str, pl.Series], ...]]:
        problems: tuple[tuple[str, pl.Series], ...] = ()
        if whole is not None and floats is None:
            beyond = ((whole < self.low) | (whole > self.high)).fill_null(value=False)
            if beyond.any():
                problems = ((self._range_problem, beyond),)
                whole = whole.set(beyond, None)
            return self._narrow(whole), problems
        floats = _given(floats)
        fits = ((floats == floats.floor()) & floats.is_between(-(2.0**63), 2.0**63, closed="left")).fill_null(value=False)
        if fits.sum() == len(floats) - floats.null_count():
            exact = floats.cast(pl.Float64).cast(pl.Int64)
            whole = exact if whole is None else whole.zip_with(whole.is_not_null(), exact.cast(whole.dtype))
            return self._narrow(whole), ()
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
        return narrow if narrow.null_count() == whole.null_count() else whole.cast(pl.Int64)

    def read_cell(self, value: Any) -> Any:
        """Read one value: an int (or a float with a fraction) for whole numbers, else a float."""
        if type(value) is float and self._is_simple:
            return value if value == value else None
        if is_missing(value):
            return None
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

    def _whole_cell(self, value: int | float) -> int | float:
        if isinstance(value, int):
            if not self.low <= value <= self.high:
                raise CellError(self._range_problem)
            return value
        return int(value) if value.is_integer() and _INT64[0] <= value < 2.0**63 else value

    def _float_cell(self, value: int | float) -> float:
        try:
            number = float(value)
            if self.dtype == pl.Float32:
                number = struct.unpack("f", struct.pack("f", number))[0]
        except OverflowError:
            raise CellError(f"is beyond the range of {self.dtype}") from None
        return number


def _given(values: pl.Series | None) -> pl.Series:
    if values is None:
        raise ValueError("A column has whole numbers or floats.")
    return values


class TextReader(Reader):
    """Reads text; numbers, truth values and dates become their usual spelling."""

    expected = "a text"

    def __init__(self, column: Column) -> None:
        super().__init__(column)
        self.tokens = TEXT_MISSING if column.missing is None else frozenset(map(str, column.missing))
        false, slash, true = (column.format or "").partition("/")
        self.words = (false, true) if slash and "/" not in true else ("false", "true")

    def read_column(self, values: pl.Series) -> Read:
        """Read a column of text, numbers, truth values or dates."""
        values = as_plain_type(values)
        dtype = values.dtype
        if dtype == pl.String:
            text = values.str.strip_chars(SPACE)
            gone = (text == "") | is_token(text, self.tokens)
            return Read(values.set(gone, None) if gone.any() else values)
        if dtype.is_integer() or dtype == pl.Null:
            return Read(values.cast(pl.String))
        if dtype == pl.Boolean or dtype.is_float() or dtype in (pl.Date, pl.Time) or isinstance(dtype, pl.Datetime):
            return Read(_mapped(values, self.read_cell))
        return refuse_all(values, pl.String(), "is not a text")

    def read_cell(self, value: Any) -> str | None:
        """Read one value."""
        if isinstance(value, str):
            return value if self.strip(value) is not None else None
        if is_missing(value):
            return None
        value = plain_value(value)
        if isinstance(value, bool):
            return self.words[value]
        if isinstance(value, int):
            return str(value)
        if isinstance(value, float | Decimal):
            return repr(float(value))
        if hasattr(value, "isoformat"):
            return str(value.isoformat())
        raise CellError("is not a text")


def _mapped(values: pl.Series, function: Any) -> pl.Series:
    """Apply a function to each distinct value."""
    values = values.fill_nan(None) if values.dtype.is_float() else values
    distinct = values.unique().drop_nulls()
    spelt = pl.Series([function(value) for value in distinct.to_list()], dtype=pl.String)
    return values.replace_strict(distinct, spelt, default=None, return_dtype=pl.String)


TRUE_WORDS, FALSE_WORDS = ("true", "yes", "y", "t", "1", "1.0"), ("false", "no", "n", "f", "0", "0.0")


class BooleanReader(Reader):
    """Reads truth values: true and false, 1 and 0, and the words for them in any case."""

    expected = "true or false"

    def read_column(self, values: pl.Series) -> Read:
        """Read a column of truth values, of numbers 0 and 1, or of words."""
        values = as_plain_type(values)
        dtype = values.dtype
        if dtype in (pl.Boolean, pl.Null):
            return Read(values.cast(pl.Boolean))
        if dtype == pl.String:
            text = stripped(values)
            words = pl.Series([*TRUE_WORDS, *FALSE_WORDS])
            truth = pl.Series([True] * len(TRUE_WORDS) + [False] * len(FALSE_WORDS))
            result = text.str.to_lowercase().replace_strict(words, truth, default=None, return_dtype=pl.Boolean)
            result = result.set(is_token(text, self.tokens), None)
            wrong = text.is_not_null() & result.is_null()
            wrong = wrong & ~is_token(text, self.tokens) if wrong.any() else wrong
        elif dtype.is_numeric():
            present = values.fill_nan(None) if dtype.is_float() else values
            result = (present == 1).set(~present.is_in([0, 1]).fill_null(value=False), None)
            wrong = present.is_not_null() & result.is_null()
        else:
            return refuse_all(values, pl.Boolean(), "is not true or false")
        return Read(result, (("is not true or false", wrong),) if wrong.any() else ())

    def read_cell(self, value: Any) -> bool | None:
        """Read one value."""
        if value is True or value is False:
            return bool(value)
        if is_missing(value):
            return None
        value = plain_value(value)
        if isinstance(value, str):
            text = self.strip(value)
            if text is None:
                return None
            value = text.lower()
            if value in TRUE_WORDS or value in FALSE_WORDS:
                return value in TRUE_WORDS
        elif isinstance(value, bool | int | float | Decimal) and value in (0, 1):
            return bool(value)
        raise CellError("is not true or false")


class AnyReader(Reader):
    """Hands lists, structs and bytes through: no stage of Clew reads inside them without a step that says how."""

    def read_column(self, values: pl.Series) -> Read:
        """Return the column as it is."""
        return Read(values)

    def read_cell(self, value: Any) -> Any:
        """Return the value as it is."""
        return None if is_missing(value) else value


def examples(values: pl.Series, mask: pl.Series, count: int = 5) -> Sequence[str]:
    """Return a few distinct cells as text, the most frequent first and ties by spelling."""
    found = values.filter(mask).cast(pl.String, strict=False).drop_nulls().alias("cell")
    counted = found.value_counts(name="count").sort(["count", "cell"], descending=[True, False])
    return counted["cell"].head(count).to_list()
