"""Columns as numbers for a small model, by the simplest preprocessing that does: nothing here looks at the target.

Numbers stay as they are, without infinities. Moments become seconds, and their month, weekday and hour. Categories
become whole-number codes, the most frequent first. Texts become five figures about their characters. What is missing is
NaN.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.core.schema import Kind, Schema
from clew.explore.families import Family, axis_of, family_of_series

#: Categories with a code of their own; all others share the last one, which is what LightGBM's bins hold.
MAX_CODES = 254
#: Columns that are looked at; of more, this many are drawn at random.
MAX_COLUMNS = 1000

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Features:
    """Columns as numbers.

    Parameters
    ----------
    values : ndarray of float64, shape (rows, m)
        The numbers; NaN where there is no value.
    sources : tuple of str
        Column of the table behind each of the m columns.
    categorical : tuple of int
        Which of the m columns hold codes, whose order means nothing.
    """

    values: Floats
    sources: tuple[str, ...]
    categorical: tuple[int, ...] = ()

    def take(self, rows: NDArray[np.int64]) -> "Features":
        """Return the features of some rows."""
        return Features(self.values[rows], self.sources, self.categorical)

    def columns_of(self, source: str) -> NDArray[np.int64]:
        """Return which of the m columns come from a column of the table."""
        return np.flatnonzero(np.array(self.sources) == source)


def chosen_columns(names: list[str], *, seed: int) -> list[str]:
    """Return the columns, or as many as are looked at, drawn at random, in their order."""
    if len(names) <= MAX_COLUMNS:
        return names
    kept = np.sort(np.random.default_rng(seed).choice(len(names), MAX_COLUMNS, replace=False))
    return [names[position] for position in kept]


def encode(frame: pl.DataFrame, schema: Schema, names: list[str]) -> Features:
    """Turn columns into numbers.

    Parameters
    ----------
    frame : DataFrame
        The rows.
    schema : Schema
        Their columns.
    names : list of str
        The columns to turn; nested and binary ones are left out.
    """
    values: list[Floats] = []
    sources: list[str] = []
    categorical: list[int] = []
    for name in names:
        for numbers, is_code in _columns(frame[name], schema[name].kind):
            categorical.extend([len(values)] if is_code else [])
            values.append(numbers)
            sources.append(name)
    matrix = np.column_stack(values) if values else np.empty((len(frame), 0))
    return Features(matrix, tuple(sources), tuple(categorical))


def _columns(values: pl.Series, kind: Kind) -> Iterator[tuple[Floats, bool]]:
    """Yield the columns that one column becomes, and whether they hold codes."""
    family = family_of_series(values)
    if family is Family.NUMBER:
        yield _spread(axis_of(values), values), False
    elif family is Family.MOMENT:
        yield _spread(axis_of(values), values), False
        for part in _moment_parts(values):
            yield part, False
    elif family is Family.BOOLEAN:
        yield _floats(values.cast(pl.Float64)), False
    elif family is Family.TEXT:
        if kind is Kind.TEXT:
            for figure in _text_figures(values.cast(pl.String)):
                yield figure, False
        else:
            yield category_codes(values), True


def _spread(numbers: Floats, values: pl.Series) -> Floats:
    """Put the numbers that are there where they belong; infinities count as missing."""
    spread = np.full(len(values), np.nan)
    spread[values.is_not_null().to_numpy() if values.null_count() else slice(None)] = numbers
    spread[np.isinf(spread)] = np.nan
    return spread


def _floats(values: pl.Series) -> Floats:
    return np.asarray(values.fill_null(np.nan).to_numpy(), dtype=np.float64)


def _moment_parts(values: pl.Series) -> Iterator[Floats]:
    if values.dtype != pl.Time:
        yield _floats(values.dt.month().cast(pl.Float64))
        yield _floats(values.dt.weekday().cast(pl.Float64))
    if values.dtype != pl.Date:
        yield _floats(values.dt.hour().cast(pl.Float64))


def _text_figures(texts: pl.Series) -> Iterator[Floats]:
    length = texts.str.len_chars().cast(pl.Float64)
    yield _floats(length)
    yield _floats(texts.str.count_matches(r"\S+").cast(pl.Float64))
    for kind in (r"\d", r"\p{Lu}", r"[^\w\s]"):
        counted = texts.str.count_matches(kind).cast(pl.Float64)
        yield _floats(counted / pl.select(pl.when(length > 0).then(length).otherwise(1.0)).to_series())


def category_codes(values: pl.Series) -> Floats:
    """Return a code per category, shape (rows,): 0 for the most frequent; the rarest share the last; NaN if missing."""
    texts = values.cast(pl.String).alias("text")
    counted = texts.drop_nulls().value_counts().sort("count", "text", descending=[True, False])
    labels = counted["text"].head(MAX_CODES)
    codes = texts.replace_strict(labels, np.arange(len(labels), dtype=np.float64), default=float(MAX_CODES))
    return _floats(pl.select(pl.when(texts.is_null()).then(None).otherwise(codes)).to_series())
