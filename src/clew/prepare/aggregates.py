"""Figures of many values: of a window, of a group, of a list."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import polars as pl

from clew.prepare.dtypes import is_number, list_of

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

_FIGURES: Mapping[str, Callable[[pl.Expr], pl.Expr]] = {
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


def _sorted(values: pl.Expr) -> Any:
    return values.sort().implode().list


#: Those whose last bits depend on the order in which values are added, of sorted values.
_SUMS: Mapping[str, Callable[[pl.Expr], pl.Expr]] = {
    "sum": lambda x: _sorted(x).sum(),
    "mean": lambda x: _sorted(x).mean(),
    "std": lambda x: _sorted(x).std(),
    "var": lambda x: _sorted(x).var(),
    "sum_values": lambda x: _sorted(x).sum(),
    "standard_deviation": lambda x: _sorted(x).std(ddof=0),
    "variance": lambda x: _sorted(x).var(ddof=0),
    "root_mean_square": lambda x: _sorted(x**2).mean().sqrt(),
}
#: Figures that say something of no values at all.
_COUNTS = frozenset({"count", "length"})


def figure(name: str, values: pl.Expr, *, least: int = 1, of_list: bool = False) -> pl.Expr:
    """Return a figure of float64 values, as float64.

    Parameters
    ----------
    name : str
        Which `Figure`.
    values : polars expression
        The values, in an aggregating context; missing ones are left aside.
    least : int, default 1
        Fewer values than these give none; a count is always given.
    of_list : bool, default False
        Whether the values are sorted into a list and summed up there.
    """
    found = (_SUMS[name](values) if of_list else _FIGURES[name](values)).cast(pl.Float64)
    return found if name in _COUNTS else pl.when(values.count() >= least).then(found.fill_nan(None))


#: What the rows of a group can be summed up to.
Aggregate = Literal[
    "count", "n_unique", "sum", "mean", "median", "min", "max", "std", "var", "first", "last", "most_frequent", "list",
    "sum_values", "length", "standard_deviation", "variance", "root_mean_square", "maximum", "absolute_maximum",
    "minimum",
]  # fmt: skip
#: Those for which the order of the rows matters.
IN_ORDER: frozenset[Aggregate] = frozenset({"first", "last", "list"})
_OF_ANY: frozenset[Aggregate] = frozenset({*IN_ORDER, "count", "length", "n_unique", "most_frequent", "min", "max"})


def aggregated(name: Aggregate, values: pl.Expr, order: Sequence[str] = ()) -> pl.Expr:
    """Return what the values of a group are summed up to.

    Parameters
    ----------
    name : Aggregate
        How.
    values : polars expression
        The values, of a type that `takes` admits.
    order : sequence of str, default ()
        Columns that tell which value comes first; equal ones are in the order of the values, missing ones first. Rows
        without them have no place in it.
    """
    if name in IN_ORDER:
        known = pl.all_horizontal(pl.col(place).is_not_null() for place in order)
        values = values.filter(known).sort_by(*(pl.col(place).filter(known) for place in order), values.filter(known))
        return values if name == "list" else getattr(values.drop_nulls(), name)()
    if name == "most_frequent":
        # The first in order where several are.
        return values.drop_nulls().mode().min()
    if name == "n_unique":
        return values.drop_nulls().n_unique().cast(pl.Int64)
    if name in _COUNTS:
        return _FIGURES[name](values).cast(pl.Int64)
    if name in {"min", "max"}:
        extreme: pl.Expr = getattr(values, name)()
        return extreme
    numbers = values.cast(pl.Float64)
    if name in _SUMS:
        # The last bits of a sum depend on the order of its terms, and a group has none: of sorted values, the same rows
        # give the same bits, however they stand and on however many threads. As a list, since the optimiser would take
        # out a plain `sort`.
        return figure(name, numbers, of_list=True)
    return figure(name, numbers)


def takes(name: Aggregate, dtype: str) -> bool:
    """Whether values of a type can be summed up so."""
    return name in _OF_ANY or is_number(dtype) or dtype == "Boolean"


def type_of(name: Aggregate, dtype: str) -> str:
    """Return the type of what values of a type are summed up to."""
    if name in _COUNTS or name == "n_unique":
        return "Int64"
    if name == "list":
        return list_of(dtype)
    return dtype if name in _OF_ANY else "Float64"
