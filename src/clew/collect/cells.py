"""How the cells of one column are read, as a whole column and one at a time.

Every reader does both, side by side, and a property test holds them to the same answers. None means a missing value;
a cell that cannot be read is never replaced by a guess.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from clew.collect.missing import SPACE, TYPED_MISSING
from clew.core.schema import Column

#: A broken rule, and which cells (Boolean) break it.
Problems = tuple[tuple[str, pl.Series], ...]
#: The types that nearly all values have, and none of which knows a missing value.
_NEVER_MISSING = frozenset((int, str, bool))


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
    problems: Problems = ()


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
    if isinstance(value, np.datetime64 | np.timedelta64):
        return bool(np.isnat(value))
    return type(value).__name__ in {"NAType", "NaTType"}


def plain_value(value: Any) -> Any:
    """Return a numpy scalar as the Python value it holds."""
    return value.item() if isinstance(value, np.generic) else value


def as_plain_type(values: pl.Series) -> pl.Series:
    """Return a column in a type that readers know: dictionaries as text, decimals as floats, NaN as missing."""
    dtype = values.dtype
    if dtype in (pl.Categorical, pl.Enum):
        return values.cast(pl.String)
    if isinstance(dtype, pl.Decimal):
        return values.cast(pl.Float64)
    if dtype.is_float():
        return (values.cast(pl.Float32) if dtype == pl.Float16 else values).fill_nan(None)
    return values


def refuse_all(values: pl.Series, dtype: pl.DataType, problem: str) -> Read:
    """Return a column of nulls in which every present cell breaks the rule."""
    present = values.is_not_null()
    nulls = pl.Series(values.name, [None], dtype=dtype).new_from_index(0, len(values))
    return Read(nulls, ((problem, present),) if present.any() else ())
