"""Clusters side by side: the middle of every column in each of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from clew.core.excerpt import cut
from clew.core.readable import number, percent
from clew.core.schema import Column, Kind, Schema
from clew.train.cluster.assign import Labels

#: Characters of a label.
_LONGEST = 30
_WITHOUT_MIDDLE = {Kind.TEXT, Kind.NESTED, Kind.IMAGE, Kind.UNKNOWN}


@dataclass(frozen=True, slots=True)
class Beside:
    """One column in every cluster.

    Parameters
    ----------
    column : str
        Raw column.
    cells : tuple of str
        Median, or most frequent label with its share, of each cluster.
    """

    column: str
    cells: tuple[str, ...]


def beside(frame: pl.DataFrame, schema: Schema, labels: Labels, names: Iterable[str], k: int) -> tuple[Beside, ...]:
    """Return the middle of columns in each cluster.

    Parameters
    ----------
    frame : polars.DataFrame
        Raw rows.
    schema : Schema
        Their columns.
    labels : ndarray, shape (rows,)
        Their clusters.
    names : iterable of str
        Columns to look at; texts and what has no middle are left out.
    k : int
        Number of clusters.
    """
    cluster = pl.Series("cluster", labels)
    groups = [frame.filter(cluster == number_) for number_ in range(k)]
    shown = [name for name in names if name in frame.columns and schema[name].kind not in _WITHOUT_MIDDLE]
    return tuple(Beside(name, _cells([group[name] for group in groups], schema[name])) for name in shown)


def _cells(groups: Sequence[pl.Series], column: Column) -> tuple[str, ...]:
    return tuple(_middle(values.drop_nulls(), column) for values in groups)


def _middle(values: pl.Series, column: Column) -> str:
    if not len(values):
        return "\N{EN DASH}"
    if values.dtype.is_numeric():
        shown = number(float(values.cast(pl.Float64).median()))  # type: ignore[arg-type]
        return f"{shown} {column.unit}" if column.unit else shown
    if values.dtype.is_temporal():
        return str(values.median())[:16]
    counted = values.cast(pl.String).alias("label").value_counts(name="count")
    top = counted.sort("count", "label", descending=[True, False]).row(0)
    return f"{cut(top[0], _LONGEST)} ({percent(top[1] / len(values))})"
