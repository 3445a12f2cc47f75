"""Figures that tell series apart, under the names and with the meanings that tsfresh gives them.

Source: M. Christ, N. Braun, J. Neuffer and A. W. Kempa-Liehr, Time Series FeatuRe Extraction on basis of Scalable
Hypothesis tests (tsfresh), Neurocomputing 307 (2018). Written from the documented definitions.

All sums are made over sorted terms, in a list of their own, so that a series has the same figures alone and among
others.
"""

from collections.abc import Mapping
from typing import Any, Literal

import polars as pl

Feature = Literal[
    "sum_values", "median", "mean", "length", "standard_deviation", "variance", "maximum", "minimum",
    "abs_energy", "absolute_maximum", "absolute_sum_of_changes", "autocorrelation_lag_1", "cid_ce",
    "count_above_mean", "count_below_mean", "first_location_of_maximum", "first_location_of_minimum", "kurtosis",
    "last_location_of_maximum", "last_location_of_minimum", "linear_trend_slope", "longest_strike_above_mean",
    "longest_strike_below_mean", "mean_abs_change", "mean_change", "root_mean_square", "skewness",
    "variation_coefficient",
]  # fmt: skip


def _list(terms: pl.Expr) -> Any:
    return terms.sort().implode().list


def _sum(terms: pl.Expr) -> pl.Expr:
    total: pl.Expr = _list(terms).sum()
    return total


def _mean(terms: pl.Expr) -> pl.Expr:
    mean: pl.Expr = _list(terms).mean()
    return mean


def _longest(flags: pl.Expr) -> pl.Expr:
    """Return the length of the longest run of true values."""
    runs = flags.rle().struct
    return runs.field("len").filter(runs.field("value")).max().fill_null(0)


_X = pl.col("value").drop_nulls()
_N = _X.len().cast(pl.Float64)
_MIDDLE = _mean(_X)
_AWAY = _X - _MIDDLE
_STEPS = _X.diff().drop_nulls()
_VARIANCE = _mean(_AWAY**2)
_PLACE = pl.int_range(_X.len()).cast(pl.Float64)
_FROM_MIDDLE = _PLACE - (_N - 1.0) / 2.0
_M3, _M4 = _mean(_AWAY**3), _mean(_AWAY**4)


def _given(least: int, figure: pl.Expr) -> pl.Expr:
    return pl.when(_X.len() >= least).then(figure)


#: How each is computed of a column ``value`` of float64, in an aggregating context.
FEATURES: Mapping[Feature, pl.Expr] = {
    "sum_values": _given(1, _sum(_X)),
    "median": _X.median(),
    "mean": _MIDDLE,
    "length": pl.len(),
    "standard_deviation": _VARIANCE.sqrt(),
    "variance": _VARIANCE,
    "maximum": _X.max(),
    "minimum": _X.min(),
    "abs_energy": _given(1, _sum(_X**2)),
    "absolute_maximum": _X.abs().max(),
    "absolute_sum_of_changes": _given(1, _sum(_STEPS.abs())),
    "autocorrelation_lag_1": _given(2, _sum(_AWAY.slice(1) * _AWAY.slice(0, _X.len() - 1)) / ((_N - 1.0) * _VARIANCE)),
    "cid_ce": _given(1, _sum(_STEPS**2).sqrt()),
    "count_above_mean": _given(1, (_X > _MIDDLE).sum()),
    "count_below_mean": _given(1, (_X < _MIDDLE).sum()),
    "first_location_of_maximum": _X.arg_max() / _N,
    "first_location_of_minimum": _X.arg_min() / _N,
    "kurtosis": _given(
        4,
        (_N - 1.0) / ((_N - 2.0) * (_N - 3.0)) * ((_N + 1.0) * (_M4 / _VARIANCE**2) - 3.0 * (_N - 1.0)),
    ),
    "last_location_of_maximum": 1.0 - _X.reverse().arg_max() / _N,
    "last_location_of_minimum": 1.0 - _X.reverse().arg_min() / _N,
    "linear_trend_slope": _given(2, _sum(_FROM_MIDDLE * _AWAY) / _sum(_FROM_MIDDLE**2)),
    "longest_strike_above_mean": _given(1, _longest(_X > _MIDDLE)),
    "longest_strike_below_mean": _given(1, _longest(_X < _MIDDLE)),
    "mean_abs_change": _mean(_STEPS.abs()),
    "mean_change": _given(2, (_X.last() - _X.first()) / (_N - 1.0)),
    "root_mean_square": _mean(_X**2).sqrt(),
    "skewness": _given(3, (_N * (_N - 1.0)).sqrt() / (_N - 2.0) * (_M3 / _VARIANCE**1.5)),
    "variation_coefficient": _VARIANCE.sqrt() / _MIDDLE,
}
#: The eight that Data Wrangler calls the minimal subset.
MINIMAL_FEATURES: tuple[Feature, ...] = (
    "sum_values", "median", "mean", "length", "standard_deviation", "variance", "maximum", "minimum"
)  # fmt: skip
