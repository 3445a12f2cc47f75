"""What steps ask of training rows: figures and counts, on whatever engine holds them."""

from collections.abc import Mapping
from typing import Any

import narwhals.stable.v2 as nw
import polars as pl

from clew.core.schema import Column
from clew.prepare.dtypes import as_float, is_number, is_whole
from clew.prepare.step import Frame


def present(column: Column) -> nw.Expr:
    """Return the finite values of a numeric column as float64, null for the others.

    Figures are learnt from these: an infinite value has no place in a mean.
    """
    values = as_float(column)
    return values if is_whole(column.dtype) else nw.when(values.is_finite()).then(values)


def figures(frame: Frame, wanted: Mapping[str, Mapping[str, nw.Expr]]) -> dict[str, dict[str, Any]]:
    """Compute many figures in one pass over the rows.

    Parameters
    ----------
    frame : narwhals frame
        The rows.
    wanted : mapping
        Topic (mostly a column) → name of the figure → aggregating expression.

    Returns
    -------
    dict
        Topic → name → plain value; None where there was nothing to compute it from, NaN included.
    """
    keys = [(topic, name) for topic, named in wanted.items() for name in named]
    result: dict[str, dict[str, Any]] = {topic: {} for topic in wanted}
    if not keys:
        return result
    asked = frame.select(*(wanted[topic][name].alias(f"f{i}") for i, (topic, name) in enumerate(keys)))
    row = _collected(asked).rows()[0]
    for (topic, name), value in zip(keys, row, strict=True):
        plain = nw.to_py_scalar(value)
        result[topic][name] = None if plain is None or plain != plain else plain
    return result


def counts(frame: Frame, column: Column) -> list[tuple[Any, int]]:
    """Count the values of a column, missing and infinite ones aside.

    Returns
    -------
    list of tuple
        Value and count, most frequent first, equal counts in the order of the values.
    """
    values = frame.select(nw.col(column.name).alias("value")).filter(~nw.col("value").is_null())
    if is_number(column.dtype) and not is_whole(column.dtype):
        values = values.filter(nw.col("value").is_finite())
    counted = _collected(values.group_by("value").agg(nw.len().alias("count")))
    pairs = [(nw.to_py_scalar(value), int(count)) for value, count in counted.select("value", "count").rows()]
    return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))


def to_polars(frame: Frame, *names: str) -> pl.DataFrame:
    """Return columns as a Polars frame, collected if they were lazy."""
    table: pl.DataFrame = _collected(frame.select(*names)).to_polars()
    return table


def _collected(frame: Frame) -> nw.DataFrame[Any]:
    return frame.collect() if isinstance(frame, nw.LazyFrame) else frame
