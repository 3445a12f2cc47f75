"""How text, truth values and everything else are read: whole columns and single cells alike."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import polars as pl

from clew.collect.cells import CellError, Read, Reader, as_plain_type, is_missing, plain_value, refuse_all
from clew.collect.missing import SPACE, TEXT_MISSING, is_token, stripped
from clew.core.schema import Column


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


def _mapped(values: pl.Series, function: Callable[[Any], str | None]) -> pl.Series:
    """Apply a function to each distinct value."""
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
            result, wrong = self._read_words(values)
        elif dtype.is_numeric():
            known = ((values == 0) | (values == 1)).fill_null(value=False)
            result = (values == 1).set(~known, None)
            wrong = values.is_not_null() & result.is_null()
        else:
            return refuse_all(values, pl.Boolean(), "is not true or false")
        return Read(result, (("is not true or false", wrong),) if wrong.any() else ())

    def _read_words(self, values: pl.Series) -> tuple[pl.Series, pl.Series]:
        """Return what words say, and which cells say nothing; a word that many rows share is looked at once."""
        distinct = values.unique().drop_nulls()
        text = stripped(distinct)
        words = pl.Series([*TRUE_WORDS, *FALSE_WORDS])
        truth = pl.Series([True] * len(TRUE_WORDS) + [False] * len(FALSE_WORDS))
        said = text.str.to_lowercase().replace_strict(words, truth, default=None, return_dtype=pl.Boolean)
        gone = text.is_null() | is_token(text, self.tokens)
        said = said.set(gone, None)
        broken = values.is_in(distinct.filter(said.is_null() & ~gone).implode()).fill_null(value=False)
        result = values.is_in(distinct.filter(said.fill_null(value=False)).implode())
        if said.null_count():
            result = result.set(values.is_in(distinct.filter(said.is_null()).implode()).fill_null(value=False), None)
        return result, broken

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
