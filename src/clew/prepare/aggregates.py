"""Figures of many values: of a window, of a group, of a list."""

from collections.abc import Callable, Mapping
from typing import Literal

import polars as pl

#: What a window or list of numbers can be summed up to. The lower ones are those that the minimal set of tsfresh has,
#: under its names; its deviation and variance divide by n, the upper ones by n - 1.
Figure = Literal[
    "count", "sum", "mean", "median", "min", "max", "std", "var", "first", "last",
    "sum_values", "length", "standard_deviation", "variance", "root_mean_square", "maximum", "absolute_maximum",
    "minimum",
]  # fmt: skip
#: The eight that Data Wrangler calls the minimal subset.
MINIMAL: tuple[Figure, ...] = (
    "sum_values", "median", "mean", "length", "standard_deviation", "variance", "maximum", "minimum"
)  # fmt: skip

_FIGURES: Mapping[Figure, Callable[[pl.Expr], pl.Expr]] = {
    "count": lambda x: x.count(),
    "sum": lambda x: x.sum(),
    "mean": lambda x: x.mean(),
    "median": lambda x: x.median(),
    "min": lambda x: x.min(),
    "max": lambda x: x.max(),
    "std": lambda x: x.std(),
    "var": lambda x: x.var(),
    "first": lambda x: x.drop_nulls().first(),
    "last": lambda x: x.drop_nulls().last(),
    "sum_values": lambda x: x.sum(),
    "length": lambda x: x.len(),
    "standard_deviation": lambda x: x.std(ddof=0),
    "variance": lambda x: x.var(ddof=0),
    "root_mean_square": lambda x: (x**2).mean().sqrt(),
    "maximum": lambda x: x.max(),
    "absolute_maximum": lambda x: x.abs().max(),
    "minimum": lambda x: x.min(),
}
#: Figures that say something of no values at all.
_COUNTS = frozenset({"count", "length"})


def figure(name: Figure, values: pl.Expr, *, least: int = 1) -> pl.Expr:
    """Return a figure of float64 values, as float64.

    Parameters
    ----------
    name : Figure
        Which.
    values : polars expression
        The values, in an aggregating context; missing ones are left aside.
    least : int, default 1
        Fewer values than these give none; a count is always given.
    """
    found = _FIGURES[name](values).cast(pl.Float64)
    return found if name in _COUNTS else pl.when(values.count() >= least).then(found.fill_nan(None))
