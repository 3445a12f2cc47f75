"""Which bars a chart of a column has, counted per part of the target; how they are drawn is up to `charts`."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.core.progress import Progress, silent
from clew.core.readable import number
from clew.core.schema import Column, Kind, Schema
from clew.define.problem import Task
from clew.explore.column import ColumnStatistics
from clew.explore.describe import describe_column
from clew.explore.families import Family, axis_of, family_of_series
from clew.explore.histogram import Histogram
from clew.explore.parallel import side_by_side
from clew.explore.statistics import TableStatistics

#: Bars of a chart of labels, the last one for all others.
MAX_BARS = 10
#: Parts of the target with a colour of their own.
MAX_PARTS = 6
#: From this many rows on, columns are counted side by side.
_MANY_ROWS = 50_000

Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Parts:
    """The rows by their target.

    Parameters
    ----------
    names : tuple of str
        What the parts are called; a single empty name where there is no target.
    ranked : bool
        Whether they go from low to high.
    """

    names: tuple[str, ...] = ("",)
    ranked: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """Bars of one column.

    Parameters
    ----------
    labels : tuple of str
        What each bar counts.
    counts : tuple of tuple of int
        Rows per bar and part of the target.
    edges : tuple of float, optional
        Edges of the bars of a histogram; None for bars of labels.
    unit : {"", "time", "clock", "characters"}
        What the edges are: numbers, seconds since 1970 or since midnight, or lengths of texts.
    note : str
        What has to be said about the bars.
    """

    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    edges: tuple[float, ...] | None = None
    unit: str = ""
    note: str = ""


def parts_of(frame: pl.DataFrame, target: ColumnStatistics | None, task: Task | None) -> tuple[Parts, Codes]:
    """Divide the rows by their target: labels, the rarer ones together, or quarters of a number.

    Parameters
    ----------
    frame : DataFrame
        The rows.
    target : ColumnStatistics, optional
        Of the target; without it, and without `task`, all rows are one part.
    task : Task, optional
        Kind of answer.

    Returns
    -------
    parts : Parts
        What they are called.
    codes : ndarray of int64, shape (rows,)
        Part of each row; -1 where the target is missing.
    """
    if target is None or task is None:
        return Parts(), np.zeros(len(frame), dtype=np.int64)
    values = frame[target.name]
    if task.is_classification:
        return _labels(values, target)
    cuts = np.unique([target.quantiles[at] for at in (25, 50, 75)])
    numbers = values.cast(pl.Float64).fill_null(np.nan).to_numpy()
    codes = np.searchsorted(cuts, numbers, side="left")
    codes[np.isnan(numbers)] = -1
    between = [f"{number(low)} to {number(high)}" for low, high in pairwise(cuts)]
    names = (f"up to {number(cuts[0])}", *between, f"above {number(cuts[-1])}")
    return Parts(names, ranked=True), codes


def _labels(values: pl.Series, target: ColumnStatistics) -> tuple[Parts, Codes]:
    frequent = [str(value) for value, _ in target.values.items]
    several = len(frequent) > MAX_PARTS or not target.values.exact
    names = sorted(frequent[: MAX_PARTS - 1] if several else frequent)
    texts = as_text(values)
    codes = texts.replace_strict(names, list(range(len(names))), default=len(names), return_dtype=pl.Int64)
    codes = pl.select(pl.when(texts.is_null()).then(-1).otherwise(codes)).to_series()
    shown = (*names, "all others") if several else tuple(names)
    return Parts(shown), codes.to_numpy().astype(np.int64)


def as_text(values: pl.Series) -> pl.Series:
    """Spell values as `str` does in Python, for truth values and all else alike."""
    if values.dtype == pl.Boolean:
        return values.replace_strict([True, False], ["True", "False"], default=None, return_dtype=pl.String)
    return values.cast(pl.String)


def pictures(
    frame: pl.DataFrame,
    schema: Schema,
    statistics: TableStatistics,
    codes: Codes | None = None,
    *,
    progress: Progress = silent,
) -> Mapping[str, Picture]:
    """Count the bars of every column that can be drawn.

    Parameters
    ----------
    frame : DataFrame
        The rows.
    schema : Schema
        Their columns.
    statistics : TableStatistics
        Of these rows.
    codes : ndarray of int64, shape (rows,), optional
        Part of each row, as of `parts_of`. If None, all rows are one part, and `statistics` say how many are in a bar.
    progress : Progress, default silent
        Told the name of each column.

    Returns
    -------
    mapping of str to Picture
        By column, without those that are empty, nested, or full of text that does not repeat and has one length.
    """
    columns = list(schema)

    def draw(position: int) -> Picture | None:
        column = columns[position]
        progress(f"counting {column.name} by the target", position / len(columns))
        return _picture(frame[column.name], column, statistics[column.name], codes)

    places = range(len(columns))
    drawn = side_by_side(draw, places) if len(frame) >= _MANY_ROWS else list(map(draw, places))
    return {column.name: picture for column, picture in zip(columns, drawn, strict=True) if picture}


def picture_of(values: pl.Series, column: Column, known: ColumnStatistics) -> Picture | None:
    """Count the bars of one column, all rows as one part; None where it cannot be drawn, see `pictures`.

    Parameters
    ----------
    values : Series
        The column.
    column : Column
        Its description.
    known : ColumnStatistics
        Of these rows.
    """
    return _picture(values, column, known, None)


def _picture(values: pl.Series, column: Column, known: ColumnStatistics, codes: Codes | None) -> Picture | None:
    family = family_of_series(values)
    if not known.present or family is Family.OPAQUE:
        return None
    few = known.values.exact and 0 < (known.distinct or 0) <= MAX_BARS
    if family is Family.TEXT and column.kind is Kind.TEXT and not few:
        return _lengths(values, codes)
    if family in {Family.TEXT, Family.BOOLEAN} or (family is Family.NUMBER and few):
        return _bars(values, column, known, codes)
    if known.histogram is None:
        return None
    unit = ("clock" if values.dtype == pl.Time else "time") if family is Family.MOMENT else ""
    return _histogram(values, known.histogram, codes, unit)


def _lengths(values: pl.Series, codes: Codes | None) -> Picture | None:
    lengths = values.cast(pl.String).str.len_chars().cast(pl.Int64)
    found = describe_column(lengths, Column("length", "Int64", Kind.NUMERIC)).histogram
    if found is None or len(found.counts) < 2:
        return None
    return _histogram(lengths, found, codes, "characters")


def _histogram(values: pl.Series, found: Histogram, codes: Codes | None, unit: str) -> Picture:
    edges = np.array(found.edges)
    counts = tuple((count,) for count in found.counts) if codes is None else _binned(values, edges, codes)
    shown = list(found.edges)
    labels = [_range(low, high, unit) for low, high in pairwise(edges)]
    # A bar that gathers all beyond the fences is drawn as wide as its neighbours, and a note says so.
    width = edges[2] - edges[1] if len(edges) > 2 else 1.0
    notes = []
    if found.open_left:
        shown[0] = shown[1] - width
        notes.append(
            f"The first bar gathers {found.counts[0]:,} {_rows(found.counts[0])} down to {edge_text(edges[0], unit)}."
        )
    if found.open_right:
        shown[-1] = shown[-2] + width
        notes.append(
            f"The last bar gathers {found.counts[-1]:,} {_rows(found.counts[-1])} up to {edge_text(edges[-1], unit)}."
        )
    return Picture(tuple(labels), counts, tuple(shown), unit, " ".join(notes))


def _binned(values: pl.Series, edges: NDArray[np.float64], codes: Codes) -> tuple[tuple[int, ...], ...]:
    """Count the rows in each bin by their part."""
    axis = axis_of(values)
    total = int(codes.max(initial=0)) + 1
    if values.null_count():
        codes = codes[values.is_not_null().to_numpy()]
    with np.errstate(invalid="ignore"):
        inside = (codes >= 0) & (axis >= edges[0]) & (axis <= edges[-1])
    if not inside.all():
        axis, codes = axis[inside], codes[inside]
    bins = np.minimum(np.searchsorted(edges, axis, side="right") - 1, len(edges) - 2)
    return _cross(bins, codes, len(edges) - 1, total)


def _rows(count: int) -> str:
    return "row" if count == 1 else "rows"


def _range(low: float, high: float, unit: str) -> str:
    return f"{edge_text(low, unit)} to {edge_text(high, unit)}"


def edge_text(value: float, unit: str) -> str:
    """Return an edge of a histogram as people read it; for the units see `Picture`."""
    if unit == "time":
        return str(np.datetime64(int(value), "s")).replace("T", " ").removesuffix(" 00:00:00")
    if unit == "clock":
        return f"{int(value) // 3600:02d}:{int(value) % 3600 // 60:02d}"
    return number(float(value), 6)


def _bars(values: pl.Series, column: Column, known: ColumnStatistics, codes: Codes | None) -> Picture:
    listed = [value for value, _ in known.values.items]
    rest = len(listed) > MAX_BARS or not known.values.exact
    listed = listed[: MAX_BARS - 1] if rest else listed
    order = {label: rank for rank, label in enumerate(column.order or ())}
    if order:
        listed.sort(key=lambda value: order.get(str(value), len(order)))
    elif not rest and known.family in {Family.NUMBER, Family.BOOLEAN}:
        listed.sort()
    labels = [number(value) if isinstance(value, float) else str(value) for value in listed]
    labels += [f"{(known.distinct or 0) - len(listed):,} others"] if rest and listed else []
    if codes is None:
        counted = dict(known.values.items)
        each = [counted[value] for value in listed]
        each += [known.values.rows - sum(each)] if rest or not listed else []
        return Picture(tuple(labels) or ("all values",), tuple((count,) for count in each))
    total = int(codes.max(initial=0)) + 1
    if not listed:
        return Picture(("all values",), _cross(np.zeros(len(values), np.int64), codes, 1, total))
    plain = as_numbers(values) if known.family is Family.NUMBER else as_text(values)
    keys = [float(value) if known.family is Family.NUMBER else str(value) for value in listed]
    listed_at = plain.replace_strict(keys, list(range(len(keys))), default=len(keys), return_dtype=pl.Int64)
    present = values.is_not_null().to_numpy() & (codes >= 0)
    count = len(listed) + rest
    bars = listed_at.fill_null(len(keys)).to_numpy()
    present &= bars < count
    return Picture(tuple(labels), _cross(bars[present], codes[present], count, total))


def as_numbers(values: pl.Series) -> pl.Series:
    """Return numbers as floats, durations in seconds."""
    return values.dt.total_microseconds() / 1e6 if values.dtype == pl.Duration else values.cast(pl.Float64)


def _cross(bins: Codes, codes: Codes, bars: int, parts: int) -> tuple[tuple[int, ...], ...]:
    keep = codes >= 0
    flat = np.bincount(bins[keep] * parts + codes[keep], minlength=bars * parts)
    return tuple(tuple(row) for row in flat.reshape(bars, parts).tolist())
