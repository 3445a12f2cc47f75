"""Figures that tell series apart, under the names and with the meanings that tsfresh gives them.

Source: M. Christ, N. Braun, J. Neuffer and A. W. Kempa-Liehr, Time Series FeatuRe Extraction on basis of Scalable
Hypothesis tests (tsfresh), Neurocomputing 307 (2018). Written from the documented definitions.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Literal

import numpy as np

from clew.prepare.segments import Floats, Segments

Feature = Literal[
    "sum_values", "median", "mean", "length", "standard_deviation", "variance", "maximum", "minimum",
    "abs_energy", "absolute_maximum", "absolute_sum_of_changes", "autocorrelation_lag_1", "cid_ce",
    "count_above_mean", "count_below_mean", "first_location_of_maximum", "first_location_of_minimum", "kurtosis",
    "last_location_of_maximum", "last_location_of_minimum", "linear_trend_slope", "longest_strike_above_mean",
    "longest_strike_below_mean", "mean_abs_change", "mean_change", "root_mean_square", "skewness",
    "variation_coefficient",
]  # fmt: skip


class Figures:
    """What several features share.

    Parameters
    ----------
    arrays : Segments
        The arrays, without missing values; none of them is empty.
    lengths : ndarray of float64, shape (m,)
        Their lengths with missing values.
    """

    def __init__(self, arrays: Segments, lengths: Floats) -> None:
        self.arrays = arrays
        self.lengths = lengths

    @cached_property
    def count(self) -> Floats:
        """Number of values."""
        return self.arrays.sizes.astype(np.float64)

    def total(self, terms: Any) -> Floats:
        """Sum of one term per value."""
        return self.arrays.reduced(np.add, terms)

    @cached_property
    def mean(self) -> Floats:
        """Mean."""
        mean: Floats = self.total(self.arrays.values) / self.count
        return mean

    @cached_property
    def away(self) -> Floats:
        """What each value differs from the mean."""
        away: Floats = self.arrays.values - self.arrays.spread(self.mean)
        return away

    @cached_property
    def variance(self) -> Floats:
        """Variance, divided by n."""
        return self.total(self.away * self.away) / self.count

    @cached_property
    def largest(self) -> Floats:
        """Largest value."""
        return self.arrays.reduced(np.maximum, self.arrays.values)

    @cached_property
    def smallest(self) -> Floats:
        """Smallest value."""
        return self.arrays.reduced(np.minimum, self.arrays.values)

    @cached_property
    def median(self) -> Floats:
        """Median."""
        ordered, sizes, starts = self.arrays.in_order(), self.arrays.sizes, self.arrays.starts
        median: Floats = (ordered[starts + (sizes - 1) // 2] + ordered[starts + sizes // 2]) / 2.0
        return median

    @cached_property
    def changes(self) -> Segments:
        """What lies between neighbours."""
        return self.arrays.pairs()[0]

    def of_changes(self, terms: Any) -> Floats:
        """Sum of one term per change; 0 without any."""
        return self.changes.reduced(np.add, terms, 0.0)

    def neighbours(self) -> Floats:
        """Sum of the products of neighbours, as they differ from the mean."""
        second = self.arrays.pairs()[1]
        return Segments(self.changes.values, self.changes.sizes).reduced(
            np.add, self.away[second] * self.away[second - 1]
        )

    def where(self, extreme: Floats, *, last: bool) -> Floats:
        """Share of the array that lies before the first, or up to the last, place of a value."""
        place, found = self.arrays.place, self.arrays.values == self.arrays.spread(extreme)
        if last:
            return 1.0 - (self.count - 1.0 - self.arrays.reduced(np.maximum, np.where(found, place, -1))) / self.count
        return self.arrays.reduced(np.minimum, np.where(found, place, len(place))) / self.count

    def run(self, flags: Any) -> Floats:
        """Length of the longest run of true values."""
        place = np.arange(len(flags))
        broken = np.maximum.accumulate(np.where(flags, -1, place)) if len(flags) else place
        begun = np.maximum(broken, self.arrays.spread(self.arrays.starts) - 1)
        return self.arrays.reduced(np.maximum, np.where(flags, place - begun, 0))

    def slope(self) -> Floats:
        """Slope of the straight line through the values."""
        middle = self.arrays.place - self.arrays.spread((self.count - 1.0) / 2.0)
        return self.total(middle * self.away) / self.total(middle * middle)

    def above(self) -> Any:
        """Which values lie above the mean."""
        return self.arrays.values > self.arrays.spread(self.mean)

    def below(self) -> Any:
        """Which values lie below the mean."""
        return self.arrays.values < self.arrays.spread(self.mean)

    def skewness(self) -> Floats:
        """Skewness, adjusted for the number of values (G1)."""
        n, third = self.count, self.total(self.away * self.away * self.away) / self.count
        return np.sqrt(n * (n - 1.0)) / (n - 2.0) * (third / (self.variance * np.sqrt(self.variance)))

    def kurtosis(self) -> Floats:
        """Excess of the kurtosis, adjusted for the number of values (G2)."""
        n, square = self.count, self.away * self.away
        ratio = self.total(square * square) / self.count / (self.variance * self.variance)
        return (n - 1.0) / ((n - 2.0) * (n - 3.0)) * ((n + 1.0) * ratio - 3.0 * (n - 1.0))

    def moved(self) -> Floats:
        """Difference between the last value and the first."""
        ends = self.arrays.starts + self.arrays.sizes - 1
        moved: Floats = self.arrays.values[ends] - self.arrays.values[self.arrays.starts]
        return moved


#: How each is computed, and of how many values at least.
FEATURES: Mapping[Feature, tuple[Callable[[Figures], Floats], int]] = {
    "sum_values": (lambda f: f.total(f.arrays.values), 1),
    "median": (lambda f: f.median, 1),
    "mean": (lambda f: f.mean, 1),
    "length": (lambda f: f.lengths, 0),
    "standard_deviation": (lambda f: np.sqrt(f.variance), 1),
    "variance": (lambda f: f.variance, 1),
    "maximum": (lambda f: f.largest, 1),
    "minimum": (lambda f: f.smallest, 1),
    "abs_energy": (lambda f: f.total(f.arrays.values * f.arrays.values), 1),
    "absolute_maximum": (lambda f: np.maximum(np.abs(f.largest), np.abs(f.smallest)), 1),
    "absolute_sum_of_changes": (lambda f: f.of_changes(np.abs(f.changes.values)), 1),
    "autocorrelation_lag_1": (lambda f: f.neighbours() / ((f.count - 1.0) * f.variance), 2),
    "cid_ce": (lambda f: np.sqrt(f.of_changes(f.changes.values * f.changes.values)), 1),
    "count_above_mean": (lambda f: f.total(f.above().astype(np.float64)), 1),
    "count_below_mean": (lambda f: f.total(f.below().astype(np.float64)), 1),
    "first_location_of_maximum": (lambda f: f.where(f.largest, last=False), 1),
    "first_location_of_minimum": (lambda f: f.where(f.smallest, last=False), 1),
    "kurtosis": (Figures.kurtosis, 4),
    "last_location_of_maximum": (lambda f: f.where(f.largest, last=True), 1),
    "last_location_of_minimum": (lambda f: f.where(f.smallest, last=True), 1),
    "linear_trend_slope": (Figures.slope, 2),
    "longest_strike_above_mean": (lambda f: f.run(f.above()), 1),
    "longest_strike_below_mean": (lambda f: f.run(f.below()), 1),
    "mean_abs_change": (lambda f: f.of_changes(np.abs(f.changes.values)) / (f.count - 1.0), 2),
    "mean_change": (lambda f: f.moved() / (f.count - 1.0), 2),
    "root_mean_square": (lambda f: np.sqrt(f.total(f.arrays.values * f.arrays.values) / f.count), 1),
    "skewness": (Figures.skewness, 3),
    "variation_coefficient": (lambda f: np.sqrt(f.variance) / f.mean, 1),
}
#: The eight that Data Wrangler calls the minimal subset.
MINIMAL_FEATURES: tuple[Feature, ...] = (
    "sum_values", "median", "mean", "length", "standard_deviation", "variance", "maximum", "minimum"
)  # fmt: skip


def extracted(arrays: Segments, there: Any, features: tuple[Feature, ...]) -> list[Floats]:
    """Return features of arrays, NaN where there is none.

    Parameters
    ----------
    arrays : Segments
        The arrays, missing values as NaN.
    there : ndarray of bool, shape (m,)
        Which of them are there.
    features : tuple of Feature
        Which figures.

    Returns
    -------
    list of ndarray of float64, shape (m,)
        One per feature.
    """
    known = ~np.isnan(arrays.values)
    sizes = np.bincount(arrays.owner[known], minlength=len(arrays.sizes)).astype(np.int64)
    some = sizes > 0
    figures = Figures(Segments(arrays.values[known], sizes[some]), arrays.sizes[some].astype(np.float64))
    found = []
    with np.errstate(all="ignore"):
        for feature in features:
            compute, least = FEATURES[feature]
            column = np.full(len(sizes), np.nan)
            if feature == "length":
                column[there] = arrays.sizes[there]
            elif some.any():
                column[some] = np.where(sizes[some] >= least, compute(figures), np.nan)
            found.append(column)
    return found
