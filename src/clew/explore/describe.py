"""One look at one column; see `clew.explore.statistics`."""

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.core.schema import Column
from clew.explore.column import ColumnStatistics, with_shape
from clew.explore.counts import Lengths, NumberCounts
from clew.explore.distinct import DistinctSketch
from clew.explore.families import Family, family_of, family_of_series, iso_texts, seconds_of, to_microseconds
from clew.explore.moments import Moments
from clew.explore.quantiles import Distribution, QuantileSketch
from clew.explore.texts import Texts
from clew.explore.values import EXACT_VALUES, LONGEST_TEXT, Value, ValueCounts, kept_values

#: Texts by which it is guessed whether all differ.
_SOME = 1000


def describe_column(values: pl.Series, column: Column) -> ColumnStatistics:
    """Compute the statistics of one column.

    Parameters
    ----------
    values : Series
        The column.
    column : Column
        Its description; where its storage type is of another family than the values, theirs counts.

    Returns
    -------
    ColumnStatistics
        All figures exact.
    """
    family = family_of_series(values)
    dtype = column.dtype if family is family_of(column.dtype) or not _has_values(values) else _spelling(values.dtype)
    blank = ColumnStatistics(column.name, column.kind, dtype, rows=len(values), missing=values.null_count())
    if family is Family.NUMBER:
        return _describe_numbers(values.drop_nulls(), blank)
    if family is Family.MOMENT:
        return _describe_moments(values.drop_nulls(), blank)
    if family is Family.TEXT:
        return _describe_texts(values.drop_nulls().cast(pl.String), blank)
    if family is Family.BOOLEAN:
        return _describe_booleans(values, blank)
    return blank if blank.present else replace(blank, distinct=0)


def _has_values(values: pl.Series) -> bool:
    return values.null_count() < len(values)


def _spelling(dtype: pl.DataType) -> str:
    """Spell a type as `Column.dtype` does."""
    if isinstance(dtype, pl.Datetime):
        return f"Datetime({dtype.time_unit}{', ' + dtype.time_zone if dtype.time_zone else ''})"
    return str(dtype)


def _describe_numbers(values: pl.Series, blank: ColumnStatistics) -> ColumnStatistics:
    numbers = np.sort(_plain_numbers(values))
    first, last, known = np.intp(0), np.intp(len(numbers)), len(numbers)
    if numbers.dtype.kind == "f":
        # Sorted, the infinities stand at the ends, and what is not a number behind them.
        first, last = np.searchsorted(numbers, -np.inf, side="right"), np.searchsorted(numbers, np.inf, side="left")
        known = int(np.searchsorted(numbers, np.inf, side="right"))
    finite = numbers[first:last]
    counts = NumberCounts(
        zeros=int(np.searchsorted(finite, 0, side="right") - np.searchsorted(finite, 0, side="left")),
        negatives=int(first + np.searchsorted(finite, 0, side="left")),
        positive_infinities=int(known - last),
        negative_infinities=int(first),
        whole=_all_whole(finite),
    )
    axis = finite.astype(np.float64, copy=False)
    filled = replace(
        blank,
        missing=blank.rows - known,
        moments=Moments.of(axis),
        numbers=counts,
        minimum=finite[0].item() if len(finite) else None,
        maximum=finite[-1].item() if len(finite) else None,
    )
    return _with_counted(filled, finite, axis, lambda some: some.tolist())


def _all_whole(values: NDArray[Any]) -> bool:
    if values.dtype.kind != "f":
        return True
    # Most columns with fractions show one at once.
    some = values[:: max(1, len(values) // 1000)]
    return bool(np.all(some == np.floor(some))) and bool(np.all(values == np.floor(values)))


def _describe_moments(values: pl.Series, blank: ColumnStatistics) -> ColumnStatistics:
    moments = np.sort(to_microseconds(values))
    texts = iso_texts(moments[[0, -1]], blank.dtype) if len(moments) else [None, None]
    filled = replace(blank, minimum=texts[0], maximum=texts[1])
    return _with_counted(filled, moments, seconds_of(moments), lambda some: iso_texts(some, blank.dtype))


def _plain_numbers(values: pl.Series) -> NDArray[Any]:
    if isinstance(values.dtype, pl.Duration):
        return values.dt.total_microseconds().to_numpy() / 1e6
    if values.dtype in {pl.Int128, pl.UInt128} or values.dtype.is_decimal():
        return values.cast(pl.Float64).to_numpy()
    return values.to_numpy()


def _with_counted(
    blank: ColumnStatistics, values: NDArray[Any], axis: NDArray[np.float64], listed: Any
) -> ColumnStatistics:
    """Fill in what follows from sorted values, shape (n,), and where they stand on the axis, shape (n,)."""
    if not len(values):
        return replace(blank, distinct=0)
    changes = np.flatnonzero(values[1:] != values[:-1])
    if len(changes) == len(values) - 1:
        distinct, counts = values, np.ones(len(values), dtype=np.int64)
        distribution = Distribution(axis, np.arange(1, len(values) + 1))
    else:
        ends = np.concatenate((changes, [len(values) - 1]))
        distinct, counts = values[ends], np.diff(ends, prepend=-1)
        distribution = Distribution(axis[ends], ends + 1)
    table = _count_values(distinct, counts, listed, kept_values(blank.kind))
    filled = replace(blank, distinct=len(distinct), values=table)
    if not table.exact:
        filled = replace(
            filled,
            quantile_sketch=QuantileSketch.of(distribution),
            distinct_sketch=DistinctSketch.of_numbers(distinct),
        )
    return with_shape(filled, distribution, exact=True)


def _count_values(values: NDArray[Any], counts: NDArray[np.int64], listed: Any, kept: int) -> ValueCounts:
    if len(values) <= EXACT_VALUES:
        return ValueCounts.of(zip(listed(values), counts.tolist(), strict=True), kept=kept)
    if counts.max() == 1:
        return ValueCounts.of((), kept=kept, other=len(values), unlisted=1)
    most = _most_frequent(counts, kept + 1)
    frequent = most[:kept]
    return ValueCounts.of(
        zip(listed(values[frequent]), counts[frequent].tolist(), strict=True),
        kept=kept,
        other=int(counts.sum() - counts[frequent].sum()),
        unlisted=int(counts[most[-1]]),
    )


def _most_frequent(counts: NDArray[np.int64], wanted: int) -> NDArray[np.int64]:
    """Return the places of the largest counts, in their order; of equal counts the first, so the smallest values."""
    limit = np.partition(counts, len(counts) - wanted)[len(counts) - wanted]
    above, equal = np.flatnonzero(counts > limit), np.flatnonzero(counts == limit)
    places = np.concatenate((above, equal[: wanted - len(above)]))
    return places[np.argsort(-counts[places], kind="stable")]


def _describe_texts(values: pl.Series, blank: ColumnStatistics) -> ColumnStatistics:
    if not len(values):
        return replace(blank, distinct=0)
    counted = _counted(values)
    texts, counts = Texts.of(counted["value"]), counted["count"].to_numpy().astype(np.int64)
    lengths, (empty, padded) = texts.characters(), texts.edges()
    table = _count_texts(counted, lengths, kept_values(blank.kind))
    return replace(
        blank,
        distinct=len(counted),
        values=table,
        distinct_sketch=None if table.exact else DistinctSketch.of_texts(texts),
        lengths=Lengths(
            count=len(values),
            minimum=int(lengths.min()),
            maximum=int(lengths.max()),
            total=int(lengths @ counts),
            blank=int(counts[empty].sum()),
            padded=int(counts[padded].sum()),
        ),
    )


def _counted(values: pl.Series) -> pl.DataFrame:
    """Count texts: columns `value` and `count`."""
    values = values.rename("value")
    some = values.head(_SOME)
    # Whether all differ is found out in a third of the time that counting takes, where it is likely.
    if len(values) > EXACT_VALUES and some.n_unique() == len(some) and values.n_unique() == len(values):
        return values.to_frame().with_columns(pl.lit(1, dtype=pl.UInt32).alias("count"))
    return values.value_counts(name="count")


def _count_texts(counted: pl.DataFrame, lengths: NDArray[np.int64], kept: int) -> ValueCounts:
    """List texts, of columns `value` and `count`, that are not too long to be listed."""
    whole = len(counted) <= EXACT_VALUES
    if not whole and counted["count"].max() == 1:
        return ValueCounts.of((), kept=kept, other=len(counted), unlisted=1)
    candidates = counted.with_row_index("row").filter(lengths <= LONGEST_TEXT)
    if not whole:
        # Sorting all of a million texts would take longer than everything else.
        least = max(2, candidates["count"].top_k(kept).min() or 0)
        candidates = candidates.filter(pl.col("count") >= least)
    most = candidates.sort("count", "value", descending=[True, False]).head(EXACT_VALUES if whole else kept)
    rest = np.delete(counted["count"].to_numpy(), most["row"].to_numpy())
    listed = zip(most["value"].to_list(), most["count"].to_list(), strict=True)
    return ValueCounts.of(listed, kept=kept, other=int(rest.sum()), unlisted=int(rest.max(initial=0)))


def _describe_booleans(values: pl.Series, blank: ColumnStatistics) -> ColumnStatistics:
    true = int(values.sum() or 0)
    counts: list[tuple[Value, int]] = [(True, true), (False, blank.present - true)]
    present = [(value, count) for value, count in counts if count]
    return replace(blank, distinct=len(present), values=ValueCounts.of(present, kept=kept_values(blank.kind)))
