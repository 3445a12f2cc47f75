"""One look at one column; see `clew.explore.statistics`."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.core.schema import Column
from clew.explore.column import ColumnStatistics, with_shape
from clew.explore.counts import Lengths, NumberCounts
from clew.explore.distinct import DistinctSketch, hash_texts
from clew.explore.families import (
    Family,
    family_of,
    family_of_series,
    iso_texts,
    present_in,
    seconds_of,
    to_microseconds,
)
from clew.explore.moments import Moments
from clew.explore.quantiles import Distribution, QuantileSketch
from clew.explore.texts import Texts
from clew.explore.values import EXACT_VALUES, LONGEST_TEXT, Value, ValueCounts, kept_values

#: Texts by which it is guessed whether nearly all differ, and the share that has to.
_SOME, _MOSTLY_DIFFERENT = 1000, 0.9


def describe_column(values: pl.Series, column: Column, *, mergeable: bool = True) -> ColumnStatistics:
    """Compute the statistics of one column.

    Parameters
    ----------
    values : Series
        The column.
    column : Column
        Its description; where its storage type is of another family than the values, theirs counts.
    mergeable : bool, default True
        Whether to sketch which values there are, so that the statistics of other rows can be merged with these. It is
        a quarter of the work on a column whose values are all different.

    Returns
    -------
    ColumnStatistics
        All figures exact.
    """
    family = family_of_series(values)
    dtype = column.dtype if family is family_of(column.dtype) or not _has_values(values) else _spelling(values.dtype)
    blank = ColumnStatistics(column.name, column.kind, dtype, rows=len(values), missing=values.null_count())
    if family is Family.NUMBER:
        return _describe_numbers(present_in(values), blank, mergeable)
    if family is Family.MOMENT:
        return _describe_moments(present_in(values), blank, mergeable)
    if family is Family.TEXT:
        return _describe_texts(present_in(values).cast(pl.String), blank, mergeable)
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


def _describe_numbers(values: pl.Series, blank: ColumnStatistics, mergeable: bool) -> ColumnStatistics:
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
    return _with_counted(filled, finite, axis, lambda some: some.tolist(), mergeable)


def _all_whole(values: NDArray[Any]) -> bool:
    if values.dtype.kind != "f":
        return True
    # Most columns with fractions show one at once.
    some = values[:: max(1, len(values) // 1000)]
    return bool(np.all(some == np.floor(some))) and bool(np.all(values == np.floor(values)))


def _describe_moments(values: pl.Series, blank: ColumnStatistics, mergeable: bool) -> ColumnStatistics:
    moments = np.sort(to_microseconds(values))
    texts = iso_texts(moments[[0, -1]], blank.dtype) if len(moments) else [None, None]
    filled = replace(blank, minimum=texts[0], maximum=texts[1])
    return _with_counted(filled, moments, seconds_of(moments), lambda some: iso_texts(some, blank.dtype), mergeable)


def _plain_numbers(values: pl.Series) -> NDArray[Any]:
    if isinstance(values.dtype, pl.Duration):
        return values.dt.total_microseconds().to_numpy() / 1e6
    if values.dtype in {pl.Int128, pl.UInt128} or values.dtype.is_decimal():
        return values.cast(pl.Float64).to_numpy()
    return values.to_numpy()


def _with_counted(
    blank: ColumnStatistics, values: NDArray[Any], axis: NDArray[np.float64], listed: Any, mergeable: bool
) -> ColumnStatistics:
    """Fill in what follows from sorted values, shape (n,), and where they stand on the axis, shape (n,)."""
    if not len(values):
        return replace(blank, distinct=0)
    changes = np.flatnonzero(values[1:] != values[:-1])
    if len(changes) == len(values) - 1 >= EXACT_VALUES:
        distinct, distribution = values, Distribution(axis, np.arange(1, len(values) + 1))
        table, once = ValueCounts.of((), kept=kept_values(blank.kind), other=len(values), unlisted=1), len(values)
    else:
        ends = np.concatenate((changes, [len(values) - 1]))
        distinct, counts = values[ends], np.diff(ends, prepend=-1)
        distribution = Distribution(axis[ends], ends + 1)
        table = _count_values(distinct, counts, listed, kept_values(blank.kind))
        once = int(np.count_nonzero(counts == 1))
    filled = replace(blank, distinct=len(distinct), values=table, once=once)
    if not table.exact:
        filled = replace(
            filled,
            quantile_sketch=QuantileSketch.of(distribution),
            distinct_sketch=DistinctSketch.of_numbers(distinct) if mergeable else None,
        )
    return with_shape(filled, distribution, exact=True)


def _count_values(values: NDArray[Any], counts: NDArray[np.int64], listed: Any, kept: int) -> ValueCounts:
    if len(values) <= EXACT_VALUES:
        return ValueCounts.of(zip(listed(values), counts.tolist(), strict=True), kept=kept)
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
    limit = _nth_largest(counts, wanted)
    above, equal = np.flatnonzero(counts > limit), np.flatnonzero(counts == limit)
    places = np.concatenate((above, equal[: wanted - len(above)]))
    return places[np.argsort(-counts[places], kind="stable")]


def _nth_largest(counts: NDArray[np.int64], wanted: int) -> int:
    most = int(counts.max())
    if most > len(counts):
        return int(np.partition(counts, len(counts) - wanted)[len(counts) - wanted])
    at_least = np.cumsum(np.bincount(counts)[::-1])
    return most - int(np.searchsorted(at_least, wanted))


def _describe_texts(values: pl.Series, blank: ColumnStatistics, mergeable: bool) -> ColumnStatistics:
    if not len(values):
        return replace(blank, distinct=0)
    counted = _count_all(values.rename("value"), mergeable)
    lengths, (empty, padded) = counted.texts.characters(), counted.texts.edges()
    counts = counted.counts
    table = _count_texts(counted, kept_values(blank.kind))
    hashes = counted.hashes
    if mergeable and not table.exact and hashes is None:
        hashes = hash_texts(counted.texts)
    return replace(
        blank,
        distinct=counted.distinct,
        values=table,
        distinct_sketch=None if table.exact or hashes is None or not mergeable else DistinctSketch.of(hashes),
        once=counted.once,
        lengths=Lengths(
            count=len(values),
            minimum=int(lengths.min()),
            maximum=int(lengths.max()),
            total=int(lengths @ counts) if counts is not None else int(lengths.sum()),
            blank=int(counts[empty].sum() if counts is not None else empty.sum()),
            padded=int(counts[padded].sum() if counts is not None else padded.sum()),
        ),
    )


@dataclass(frozen=True, slots=True)
class _Counted:
    """Texts of a column: different ones with their counts; or all rows, and the repeated ones counted."""

    texts: Texts
    counts: NDArray[np.int64] | None
    repeated: pl.DataFrame
    distinct: int
    once: int
    hashes: NDArray[np.uint64] | None = None


def _count_all(values: pl.Series, mergeable: bool) -> _Counted:
    """Count texts. Where nearly all differ, only those are counted whose hash occurs again."""
    some = values.head(_SOME)
    if len(values) <= EXACT_VALUES or some.n_unique() < _MOSTLY_DIFFERENT * len(some):
        counted = values.value_counts(name="count")
        counts = counted["count"].to_numpy().astype(np.int64)
        return _Counted(Texts.of(counted["value"]), counts, counted, len(counts), int(np.count_nonzero(counts == 1)))
    texts = Texts.of(values)
    # Only hashes that are stored have to be the same in every version; those of Polars are quicker.
    hashes = hash_texts(texts) if mergeable else values.hash().to_numpy()
    ordered = np.sort(hashes)
    again = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    places = _is_in(hashes, again)
    # Texts that share a hash may still differ, so these are counted themselves.
    repeated = values.gather(places).value_counts(name="count")
    single = len(values) - len(places)
    once = single + repeated.filter(pl.col("count") == 1).height
    return _Counted(texts, None, repeated, single + len(repeated), once, hashes)


def _is_in(hashes: NDArray[np.uint64], known: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return the places of the hashes that are among the known ones, sorted."""
    if not len(known):
        return np.empty(0, dtype=np.int64)
    # Most are ruled out by their first bits.
    first = np.zeros(1 << 16, dtype=bool)
    first[known >> np.uint64(48)] = True
    places = np.flatnonzero(first[hashes >> np.uint64(48)])
    found = np.minimum(np.searchsorted(known, hashes[places]), len(known) - 1)
    return np.asarray(places[known[found] == hashes[places]], dtype=np.int64)


def _count_texts(counted: _Counted, kept: int) -> ValueCounts:
    """List texts that are not too long to be listed."""
    whole = counted.distinct <= EXACT_VALUES
    frame = counted.repeated.with_row_index("row")
    candidates = frame.filter(pl.col("value").str.len_bytes() <= 4 * LONGEST_TEXT)
    candidates = candidates.filter(pl.col("value").str.len_chars() <= LONGEST_TEXT)
    if not whole:
        # Sorting all of a million texts would take longer than everything else.
        least = max(2, candidates["count"].top_k(kept).min() or 0)
        candidates = candidates.filter(pl.col("count") >= least)
    most = candidates.sort("count", "value", descending=[True, False]).head(EXACT_VALUES if whole else kept)
    rest = np.delete(frame["count"].to_numpy(), most["row"].to_numpy())
    single = counted.distinct - len(frame)
    listed = zip(most["value"].to_list(), most["count"].to_list(), strict=True)
    unlisted = max(int(rest.max(initial=0)), 1 if single else 0)
    return ValueCounts.of(listed, kept=kept, other=int(rest.sum()) + single, unlisted=unlisted)


def _describe_booleans(values: pl.Series, blank: ColumnStatistics) -> ColumnStatistics:
    true = int(values.sum() or 0)
    counts: list[tuple[Value, int]] = [(True, true), (False, blank.present - true)]
    present = [(value, count) for value, count in counts if count]
    return replace(blank, distinct=len(present), values=ValueCounts.of(present, kept=kept_values(blank.kind)))
