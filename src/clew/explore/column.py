"""What is known about the values of one column, mergeable; see `clew.explore.statistics`."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.core.errors import SchemaError, UsageError
from clew.core.schema import Kind
from clew.explore.counts import Lengths, NumberCounts
from clew.explore.distinct import DistinctSketch, hash_values
from clew.explore.families import Family, family_of, from_iso, numbers_of
from clew.explore.histogram import Histogram, histogram
from clew.explore.moments import Moments
from clew.explore.quantiles import Distribution, QuantileSketch
from clew.explore.values import ValueCounts, kept_values
from clew.explore.views import column_statistics_view

#: The probabilities of `ColumnStatistics.quantiles`.
PROBABILITIES: NDArray[np.float64] = np.linspace(0.0, 1.0, 101)
#: Robust standard deviations from the median at which Amazon SageMaker calls a value an outlier.
_ROBUST_REACH = 5.0


@dataclass(frozen=True, slots=True)
class ColumnStatistics:
    """What is known about the values of one column.

    A figure marked exact is what a look at every row gives. Counts, extremes and moments are always exact; quantiles,
    histogram, outliers, distinct and the list of values stay exact while they come from one `describe`, and after a
    merge as long as at most 1000 different values (or 1024 rows) were seen.

    Parameters
    ----------
    name : str
        Name of the column.
    kind : Kind
        What its values mean.
    dtype : str
        Storage type, as in the schema.
    rows : int
        Rows seen.
    missing : int
        Rows without a value: null or, in a column of floats, NaN.
    distinct : int, optional
        Different values, infinities not counted; None for nested and binary columns.
    distinct_exact : bool
        Whether that is a count; an estimate has a relative standard error of 3.1 %.
    values : ValueCounts
        The most frequent values.
    minimum, maximum : int, float or str, optional
        Smallest and largest finite value; ISO 8601 text for dates and times; None where there is none, and for texts.
    moments : Moments, optional
        Of the finite numbers.
    numbers : NumberCounts, optional
        Zeros, infinities, outliers of a column of numbers.
    lengths : Lengths, optional
        Of the texts.
    quantiles : tuple of float
        At 0, 0.01 … 1: 101 of them; dates and times in seconds since 1970 (times of day since midnight); else empty.
    quantiles_exact : bool
        Whether they, and the histogram and the outliers, are exact; else a rank is off by 0.5 % of the rows at most.
    histogram : Histogram, optional
        On the axis of `quantiles`.
    quantile_sketch : QuantileSketch, optional
        Carries what a merge needs, where `values` is not exact.
    distinct_sketch : DistinctSketch, optional
        The same for the number of distinct values.
    once : int, optional
        Different values that occur in one row only; None after a merge, and where it was stored.
    """

    name: str
    kind: Kind
    dtype: str
    rows: int = 0
    missing: int = 0
    distinct: int | None = None
    distinct_exact: bool = True
    values: ValueCounts = field(default_factory=ValueCounts)
    minimum: int | float | str | None = None
    maximum: int | float | str | None = None
    moments: Moments | None = None
    numbers: NumberCounts | None = None
    lengths: Lengths | None = None
    quantiles: tuple[float, ...] = ()
    quantiles_exact: bool = True
    histogram: Histogram | None = None
    quantile_sketch: QuantileSketch | None = None
    distinct_sketch: DistinctSketch | None = None
    once: int | None = field(default=None, compare=False)

    @property
    def family(self) -> Family:
        """What the storage type allows to compute."""
        return family_of(self.dtype)

    @property
    def present(self) -> int:
        """Rows with a value."""
        return self.rows - self.missing

    @property
    def missing_share(self) -> float:
        """Share of the rows without a value; 0 for a table without rows."""
        return self.missing / self.rows if self.rows else 0.0

    @property
    def mean(self) -> float | None:
        """Mean of the finite numbers."""
        known = self.moments is not None and self.moments.count and math.isfinite(self.moments.mean)
        return self.moments.mean if self.moments and known else None

    @property
    def std(self) -> float | None:
        """Standard deviation of the finite numbers, with the divisor n - 1."""
        return self.moments.std if self.moments else None

    @property
    def skewness(self) -> float | None:
        """Skewness of the finite numbers."""
        return self.moments.skewness if self.moments else None

    @property
    def kurtosis(self) -> float | None:
        """Excess kurtosis of the finite numbers."""
        return self.moments.kurtosis if self.moments else None

    def quantile(self, probability: float) -> float | None:
        """Return one quantile, interpolated between the 101 stored ones; None where there is no number."""
        return float(np.interp(probability, PROBABILITIES, self.quantiles)) if self.quantiles else None

    def distribution(self) -> Distribution:
        """Return the finite numbers, or the moments in seconds, with the rows they stand for; empty for others."""
        if self.family not in {Family.NUMBER, Family.MOMENT}:
            return QuantileSketch().distribution()
        if self.quantile_sketch:
            return self.quantile_sketch.distribution()
        counts = np.array([count for _, count in self.values.items], dtype=np.int64)
        return Distribution.of(numbers_of([value for value, _ in self.values.items], self.dtype), counts)

    def counts_between(self, edges: NDArray[np.float64]) -> NDArray[np.int64]:
        """Count the rows in the bins of somebody else's histogram.

        Parameters
        ----------
        edges : ndarray, shape (k + 1,)
            Ascending; on the axis of `quantiles`.

        Returns
        -------
        ndarray, shape (k + 2,)
            Rows below the first edge, in each bin (left edge included, right edge too in the last), above the last.
            Infinities are at the ends. Exact where `values.exact`, else within 0.5 % of the rows.
        """
        distribution = self.distribution()
        below = distribution.below(edges)
        below[-1] = distribution.below(edges[-1:], inclusive=True)[0]
        counts = np.diff(np.concatenate(([0], below, [distribution.rows])))
        if self.numbers:
            counts[0] += self.numbers.negative_infinities
            counts[-1] += self.numbers.positive_infinities
        return counts

    def merge(self, other: "ColumnStatistics") -> "ColumnStatistics":
        """Return the statistics of the rows of both together.

        Parameters
        ----------
        other : ColumnStatistics
            Of other rows of the same column.

        Raises
        ------
        SchemaError
            If both hold values and those are of different families, such as numbers and texts.
        UsageError
            If statistics were described without what a merge needs.
        """
        if not self.present or not other.present:
            filled = other if other.present else self
            return replace(filled, name=self.name, rows=self.rows + other.rows, missing=self.missing + other.missing)
        if self.family is not other.family:
            raise SchemaError(
                f"Statistics of the column {self.name!r} cannot be merged: {self.dtype} and {other.dtype}.",
                hint="Read both parts with the same schema.",
            )
        values = self.values.merge(other.values, kept=kept_values(self.kind))
        distinct, sketch = _merge_distinct(self, other, values)
        merged = replace(
            self,
            rows=self.rows + other.rows,
            missing=self.missing + other.missing,
            values=values,
            distinct=distinct,
            distinct_exact=values.exact or (sketch is not None and sketch.exact),
            distinct_sketch=sketch,
            once=None,
            minimum=_extreme(min, self.minimum, other.minimum, self.dtype),
            maximum=_extreme(max, self.maximum, other.maximum, self.dtype),
            moments=self.moments.merge(other.moments) if self.moments and other.moments else None,
            numbers=self.numbers.merge(other.numbers) if self.numbers and other.numbers else None,
            lengths=self.lengths.merge(other.lengths) if self.lengths and other.lengths else None,
        )
        if self.family not in {Family.NUMBER, Family.MOMENT}:
            return merged
        if values.exact:
            merged = replace(merged, quantile_sketch=None)
            return with_shape(merged, merged.distribution(), exact=True)
        both = sketch_of(self).merge(sketch_of(other))
        return with_shape(replace(merged, quantile_sketch=both), both.distribution(), exact=both.exact)

    def to_dict(self) -> dict[str, Any]:
        """Return all fields as strict JSON values, the sketches in base64."""
        result = {name: getattr(self, name) for name in _PLAIN}
        result["kind"] = self.kind.value
        result["quantiles"] = list(self.quantiles)
        result["values"] = self.values.to_dict()
        result["moments"] = self.moments.to_list() if self.moments else None
        result["numbers"] = asdict(self.numbers) if self.numbers else None
        result["lengths"] = asdict(self.lengths) if self.lengths else None
        result["histogram"] = self.histogram.to_dict() if self.histogram else None
        result["quantile_sketch"] = self.quantile_sketch.to_list() if self.quantile_sketch else None
        result["distinct_sketch"] = self.distinct_sketch.to_text() if self.distinct_sketch else None
        return result

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "ColumnStatistics":
        """Rebuild from `to_dict`."""
        values = {name: data[name] for name in _PLAIN}
        return cls(
            **{**values, "kind": Kind(data["kind"]), "quantiles": tuple(data["quantiles"])},
            values=ValueCounts.from_dict(data["values"]),
            moments=Moments.from_list(data["moments"]) if data["moments"] else None,
            numbers=NumberCounts(**data["numbers"]) if data["numbers"] else None,
            lengths=Lengths(**data["lengths"]) if data["lengths"] else None,
            histogram=Histogram.from_dict(data["histogram"]) if data["histogram"] else None,
            quantile_sketch=QuantileSketch.from_list(data["quantile_sketch"]) if data["quantile_sketch"] else None,
            distinct_sketch=DistinctSketch.from_text(data["distinct_sketch"]) if data["distinct_sketch"] else None,
        )

    def __repr__(self) -> str:
        distinct = "" if self.distinct is None else f", {self.distinct} distinct"
        return f"ColumnStatistics({self.name!r}, {self.kind.value}, {self.rows} rows, {self.missing} missing{distinct})"

    def _repr_html_(self) -> str:
        return column_statistics_view(self)


_PLAIN = (
    "name", "kind", "dtype", "rows", "missing", "distinct", "distinct_exact", "minimum", "maximum", "quantiles",
    "quantiles_exact",
)  # fmt: skip


def with_shape(statistics: ColumnStatistics, distribution: Distribution, *, exact: bool) -> ColumnStatistics:
    """Return statistics with the figures that follow from a distribution: quantiles, outliers, histogram."""
    if not distribution.rows or statistics.minimum is None or statistics.maximum is None:
        return replace(statistics, quantiles=(), quantiles_exact=True, histogram=None)
    low, high = (float(value) for value in numbers_of([statistics.minimum, statistics.maximum], statistics.dtype))
    quantiles = np.clip(distribution.quantiles(PROBABILITIES), low, high)
    quantiles[[0, -1]] = low, high
    numbers = statistics.numbers
    if numbers:
        near, far = (_outside(distribution, quantiles[25], quantiles[75], reach) for reach in (1.5, 3.0))
        numbers = replace(numbers, outliers=near, far_outliers=far, **_robust(distribution, quantiles))
    whole = numbers.whole if numbers else False
    return replace(
        statistics,
        quantiles=tuple(quantiles.tolist()),
        quantiles_exact=exact,
        numbers=numbers,
        histogram=histogram(distribution, low=low, high=high, whole=whole),
    )


def sketch_of(statistics: ColumnStatistics) -> QuantileSketch:
    """Return the quantile sketch, made from the listed values where they say all."""
    return statistics.quantile_sketch or QuantileSketch.of(statistics.distribution())


def _outside(distribution: Distribution, first: float, third: float, reach: float) -> int:
    with np.errstate(over="ignore"):  # fences at infinity have nothing beyond them
        spread = reach * (third - first)
        return _beyond(distribution, first - spread, third + spread)


def _beyond(distribution: Distribution, low: float, high: float) -> int:
    ends = np.array([low]), np.array([high])
    return int(distribution.rows - distribution.below(ends[1], inclusive=True)[0] + distribution.below(ends[0])[0])


def _robust(distribution: Distribution, quantiles: NDArray[np.float64]) -> dict[str, Any]:
    """Return the values far from the median by the standard deviation of the bulk; see `NumberCounts`."""
    first, middle, last = (float(quantiles[at]) for at in (5, 50, 95))
    spread = distribution.clipped_std(first, last)
    low, high = middle - _ROBUST_REACH * spread, middle + _ROBUST_REACH * spread
    if not math.isfinite(high - low):
        return {"robust_outliers": 0, "robust_low": None, "robust_high": None}
    return {"robust_outliers": _beyond(distribution, low, high), "robust_low": low, "robust_high": high}


def _extreme(choose: Any, one: Any, other: Any, dtype: str) -> Any:
    known = [value for value in (one, other) if value is not None]
    if len(known) < 2 or family_of(dtype) is not Family.MOMENT:
        return choose(known, default=None)
    # Texts do not sort as the moments they spell: a fraction comes before the "Z" of a whole second.
    return choose(known, key=lambda text: int(from_iso([text], dtype)[0]))


def _merge_distinct(
    one: ColumnStatistics, other: ColumnStatistics, values: ValueCounts
) -> tuple[int | None, DistinctSketch | None]:
    if one.distinct is None or other.distinct is None:
        return None, None
    if values.exact:
        return len(values.items), None
    for part in (one, other):
        if part.distinct_sketch is None and not part.values.exact:
            raise UsageError(
                f"The statistics of the column {part.name!r} were not made to be merged.",
                hint="Describe the rows with `mergeable=True`; those of a profile are not.",
            )
    sketch = _hashes(one).merge(_hashes(other))
    # What was counted or estimated for the parts bounds the estimate for the whole.
    lowest, highest = max(one.distinct, other.distinct), one.distinct + other.distinct
    return min(max(sketch.estimate(), lowest), highest), sketch


def _hashes(statistics: ColumnStatistics) -> DistinctSketch:
    if statistics.distinct_sketch:
        return statistics.distinct_sketch
    return DistinctSketch.of(hash_values([value for value, _ in statistics.values.items], statistics.dtype))
