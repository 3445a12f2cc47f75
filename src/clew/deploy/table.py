"""From records of a request to a table that the model reads, cell for cell as it would read each record."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from clew.collect.cells import CellError, Reader
from clew.collect.conform import reader_of
from clew.core.errors import CellProblem, SchemaError
from clew.core.schema import Schema
from clew.deploy.request import MAX_PROBLEMS, Record

#: Types of JSON that a column of a table may hold as they are. Anything mixed is read value by value instead.
_PLAIN: dict[type, type[pl.DataType]] = {str: pl.String, bool: pl.Boolean, int: pl.Int64, float: pl.Float64}
_INT64 = 2**63
#: Whole numbers up to this size are exact as floats; a larger one stands by itself, and not beside fractions.
_EXACT, _INEXACT = 2**53, "cannot stand exactly in one column with fractions"
_SHOWN = 60


#: What reads the cells of each column, by its name.
Readers = Mapping[str, Reader]


def readers_of(schema: Schema) -> Readers:
    """Return what reads the cells of each column of a schema; making them takes longer than using them."""
    return {column.name: reader_of(column) for column in schema}


def table_of(records: Sequence[Record], readers: Readers) -> pl.DataFrame:
    """Put records side by side, conformed to a schema.

    Parameters
    ----------
    records : sequence of mapping
        As `clew.deploy.request.parse_rows` returns them.
    readers : mapping of str to Reader
        The columns that each record must have, as of `readers_of`.

    Returns
    -------
    DataFrame, shape (len(records), len(readers))
        As `clew.collect.conform.conform` returns it.

    Raises
    ------
    SchemaError
        If a record lacks a column, or a value cannot be read; the cells are listed.
    """
    problems: list[CellProblem] = []
    columns = [_column(records, name, reader, problems) for name, reader in readers.items()]
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


def _column(records: Sequence[Record], name: str, reader: Reader, problems: list[CellProblem]) -> pl.Series:
    try:
        values = [record[name] for record in records]
    except KeyError:
        without = [row for row, record in enumerate(records) if name not in record]
        problems += [CellProblem(row, name, "column is missing", "nothing", reader.expected) for row in without]
        values = [record.get(name) for record in records]
    series = _series(name, values)
    if series is None:
        return _by_value(name, values, reader, problems)
    read = reader.read_column(series)
    for problem, mask in read.problems:
        rows = mask.arg_true().to_list()
        problems += [CellProblem(row, name, problem, _shown(values[row]), reader.expected) for row in rows]
    return read.values.alias(name)


def _series(name: str, values: list[Any]) -> pl.Series | None:
    """Return values of one type as a column; None where they are mixed, or too large for one."""
    types = set(map(type, values)) - {type(None)}
    if not types:
        return pl.Series(name, values, dtype=pl.Null)
    (kind, *others) = types
    if others or kind not in _PLAIN:
        return None
    if kind is int and not all(value is None or -_INT64 <= value < _INT64 for value in values):
        return None
    return pl.Series(name, values, dtype=_PLAIN[kind])


def _by_value(name: str, values: list[Any], reader: Reader, problems: list[CellProblem]) -> pl.Series:
    read: list[Any] = []
    for row, value in enumerate(values):
        try:
            read.append(reader.read_cell(value))
        except CellError as error:
            problems.append(CellProblem(row, name, str(error), _shown(value), reader.expected))
            read.append(None)
    if any(isinstance(value, float) for value in read):
        large = [row for row, value in enumerate(read) if isinstance(value, int) and abs(value) > _EXACT]
        problems += [CellProblem(row, name, _INEXACT, _shown(values[row]), reader.expected) for row in large]
    return pl.Series(name, read, strict=False)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
