"""What a step makes, in one column of lists instead of one column each."""

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
import polars as pl

from clew.core.schema import Column, Kind
from clew.prepare.lineage import combine
from clew.prepare.step import Block, Function, Made
from clew.prepare.table import Table

#: One column for each figure that is made, or one column with all of them in a list.
OutputStyle: TypeAlias = Literal["columns", "vector"]


def in_one_vector(name: str, columns: Sequence[Column], parts: Sequence[Made | Block]) -> Block:
    """Return how the columns that a step would make are made as one column of lists of float64.

    The values are those that the step assemble would make of the columns: a missing one is a missing element.

    Parameters
    ----------
    name : str
        Name of the column of lists.
    columns : sequence of Column
        What it is made from, at least one.
    parts : sequence of Made or Block
        The columns, in the order of the elements, all from some of `columns`; each has a row function.
    """
    made = combine(columns, name=name, dtype="List(Float64)", kind=Kind.NESTED)
    sources = tuple(column.name for column in columns)

    def frame(rows: pl.DataFrame) -> pl.DataFrame:
        values = [
            series.cast(pl.Float64).fill_nan(None) for part in parts for series in _frame_of(part, rows).iter_columns()
        ]
        return in_lists(name, values, rows.height).to_frame()

    return Block((made,), sources, frame, _row_of(sources, parts))


def in_lists(name: str, parts: Sequence[pl.Series], rows: int) -> pl.Series:
    """Return series of float64 without NaN as one series of lists, twenty times as fast as by ``pl.concat_list``."""
    if not parts or not rows:
        return pl.Series(name, [[]], dtype=pl.List(pl.Float64)).new_from_index(0, rows)
    # What is missing has no NaN beside it, so that NaN can stand for it on the way.
    elements = np.stack([part.to_numpy() for part in parts], axis=1)
    return pl.Series(name, elements.ravel(), nan_to_null=True).reshape((rows, len(parts))).arr.to_list()


def _frame_of(part: Made | Block, rows: pl.DataFrame) -> pl.DataFrame:
    if isinstance(part, Block):
        names = [column.name for column in part.columns]
        return part.frame(rows.select(part.sources)).select(names)
    return Table(rows, pl).select({part.column.name: part.expression}).polars(part.column.name)


def _row_of(sources: Sequence[str], parts: Sequence[Made | Block]) -> Function:
    places = {name: place for place, name in enumerate(sources)}
    plan = [
        (part.function, tuple(places[name] for name in part.sources), isinstance(part, Block))
        for part in parts
        if part.function is not None
    ]

    def row(*values: Any) -> tuple[list[float | None]]:
        elements: list[float | None] = []
        for function, taken, several in plan:
            found = function(*[values[place] for place in taken])
            elements += [_element(value) for value in (found if several else (found,))]
        return (elements,)

    return row


def _element(value: Any) -> float | None:
    return None if value is None or value != value else float(value)
