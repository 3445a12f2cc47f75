"""From records of a request to a table that the model reads, cell for cell as it would read each record."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from clew.collect.conform import RowConformer
from clew.core.errors import CellProblem, SchemaError
from clew.core.schema import Column, Schema
from clew.deploy.request import MAX_PROBLEMS, Record

#: Types of JSON that a column of a table may hold as they are. Anything mixed is read value by value instead.
_PLAIN: dict[type, type[pl.DataType]] = {str: pl.String, bool: pl.Boolean, int: pl.Int64, float: pl.Float64}
_INT64 = 2**63


def table_of(records: Sequence[Record], schema: Schema) -> pl.DataFrame:
    """Put records side by side.

    Parameters
    ----------
    records : sequence of mapping
        As `clew.deploy.request.parse_rows` returns them.
    schema : Schema
        The columns that each record must have.

    Returns
    -------
    DataFrame, shape (len(records), len(schema))
        Values as they came where a column is of one type, else conformed to the schema.

    Raises
    ------
    SchemaError
        If a record lacks a column, or a value cannot be read; the cells are listed.
    """
    problems: list[CellProblem] = []
    columns = [_series(records, column, problems) for column in schema]
    if problems:
        raise wrong_cells(problems)
    return pl.DataFrame(columns)


def wrong_cells(problems: Sequence[CellProblem]) -> SchemaError:
    """Return the error for cells that cannot be used, the first in the message and a hundred in the list."""
    ordered = sorted(problems, key=lambda problem: problem.row)
    first = ordered[0]
    where = f"row {first.row}, column {first.column!r}"
    return SchemaError(
        f"{len(ordered)} {'cell' if len(ordered) == 1 else 'cells'} cannot be used; {where}: {first.problem}.",
        hint=f"Expected {first.expected}, got {first.got}.",
        problems=ordered[:MAX_PROBLEMS],
    )


def _series(records: Sequence[Record], column: Column, problems: list[CellProblem]) -> pl.Series:
    name = column.name
    try:
        values = [record[name] for record in records]
    except KeyError:
        problems += [
            CellProblem(row, name, "the column is missing", "nothing", f"a value of kind {column.kind.value}, or null")
            for row, record in enumerate(records)
            if name not in record
        ]
        return pl.Series(name, [])
    types = set(map(type, values)) - {type(None)}
    if len(types) == 1:
        (kind,) = types
        fits = kind is not int or all(value is None or -_INT64 <= value < _INT64 for value in values)
        if kind in _PLAIN and fits:
            return pl.Series(name, values, dtype=_PLAIN[kind])
    if not types:
        return pl.Series(name, values, dtype=pl.Null)
    return _conformed(values, column, problems)


def _conformed(values: list[Any], column: Column, problems: list[CellProblem]) -> pl.Series:
    """Read a mixed column value by value."""
    conform = RowConformer(Schema((column,)))
    read = []
    for row, value in enumerate(values):
        try:
            read.append(conform({column.name: value})[column.name])
        except SchemaError as error:
            problems += [CellProblem(row, p.column, p.problem, p.got, p.expected) for p in error.problems]
    return pl.Series(column.name, read if len(read) == len(values) else [], strict=False)
