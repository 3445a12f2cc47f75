"""Bring new rows into the form of a known schema, as a table or one row at a time.

A model learnt from columns of a certain form; what it is asked about must have the same. Both ways read a cell alike,
value by value, by the rules by which the schema was inferred:

- numbers given as text (``"22"``) are numbers, truth values may come as 0 and 1 or as words, dates as ISO text;
- a fraction in a column of whole numbers is kept, and the column is widened to Float64;
- None, NaN, blank text and the column's words for "missing" are missing;
- anything else that does not fit is refused, cell by cell.

One answer depends on the table around a cell: a whole number beyond 2**53 cannot stand exactly in one column with
fractions. A table that holds both in a column of whole numbers is refused; a single row is not.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from clew.collect.cells import CellError, Read, Reader
from clew.collect.cells_moments import MomentReader
from clew.collect.cells_numbers import NumberReader
from clew.collect.cells_text import AnyReader, BooleanReader, TextReader
from clew.collect.dtypes import dtype_of
from clew.core.errors import CellProblem, SchemaError, did_you_mean
from clew.core.schema import Column, Role, Schema

#: Problems that an error lists at most.
MAX_PROBLEMS = 100
_SHOWN = 60


def reader_of(column: Column) -> Reader:
    """Return what reads the cells of a column.

    Parameters
    ----------
    column : Column
        Its storage type, format, unit and words for "missing" decide.
    """
    dtype = dtype_of(column.dtype)
    if dtype is None or dtype in (pl.Binary, pl.Time):
        return AnyReader(column)
    if isinstance(dtype, pl.Date | pl.Datetime):
        return MomentReader(column, dtype)
    if dtype == pl.Boolean:
        return BooleanReader(column)
    return NumberReader(column, dtype) if dtype.is_numeric() else TextReader(column)


def conform(frame: pl.DataFrame, schema: Schema, *, require_target: bool = False) -> pl.DataFrame:
    """Cast a table to a known schema.

    Parameters
    ----------
    frame : polars.DataFrame, shape (rows, any)
        New rows; columns that the schema does not know are dropped.
    schema : Schema
        What the columns must be. Unseen categories are no problem here: the recipe decides about them.
    require_target : bool, default False
        Whether the target must be there too.

    Returns
    -------
    polars.DataFrame, shape (rows, known)
        Columns in the order of the schema. Columns that are no features are there if `frame` has them.

    Raises
    ------
    SchemaError
        If a feature is missing, or cells cannot be read; these are listed, the first hundred at most.
    """
    _check_names(frame.columns, schema, require_target)
    known = [column for column in schema if column.name in frame.columns]
    results = [(column, reader := reader_of(column), reader.read_column(frame[column.name])) for column in known]
    refuse(frame, [(column, reader, read) for column, reader, read in results if read.problems])
    return pl.DataFrame([read.values.alias(column.name) for column, _, read in results])


def conform_row(row: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
    """Cast one row to a known schema; see `RowConformer`, which is quicker for more than one.

    Parameters
    ----------
    row : mapping
        Column name → value.
    schema : Schema
        What the columns must be.

    Returns
    -------
    dict
        Column name → value, in the order of the schema.

    Raises
    ------
    SchemaError
        If a feature is missing, or a value cannot be read.
    """
    return RowConformer(schema)(row)


class RowConformer:
    """Casts single rows to a known schema, prepared once and without a table on the way.

    Safe to use from several threads.

    Parameters
    ----------
    schema : Schema
        What the columns must be.
    require_target : bool, default False
        Whether the target must be there too.
    """

    def __init__(self, schema: Schema, *, require_target: bool = False) -> None:
        self.schema = schema
        self._require_target = require_target
        needed = set(_needed(schema, require_target))
        readers = [(column.name, reader_of(column), column.name in needed) for column in schema]
        self._readers = tuple((name, reader.read_cell, reader.expected, must) for name, reader, must in readers)

    def __call__(self, row: Mapping[str, Any], position: int = 0) -> dict[str, Any]:
        """Cast one row.

        Parameters
        ----------
        row : mapping
            Column name → value; a null is None.
        position : int, default 0
            Number of the row, for the error.

        Returns
        -------
        dict
            Column name → value, in the order of the schema: int, float, str, bool, date, datetime or None.

        Raises
        ------
        SchemaError
            If a feature is missing, or values cannot be read; all of them are listed.
        """
        result: dict[str, Any] = {}
        problems: list[CellProblem] = []
        for name, read_cell, expected, must in self._readers:
            if name in row:
                value = row[name]
                try:
                    result[name] = read_cell(value)
                except CellError as error:
                    problems.append(CellProblem(position, name, str(error), _shown(value), expected))
            elif must:
                _check_names(row, self.schema, self._require_target)
        if problems:
            raise _error(problems, len(problems), self.schema)
        return result


def _needed(schema: Schema, require_target: bool) -> list[str]:
    roles = {Role.FEATURE, Role.TARGET} if require_target else {Role.FEATURE}
    return [column.name for column in schema if column.role in roles]


def _check_names(names: Sequence[str] | Mapping[str, Any], schema: Schema, require_target: bool) -> None:
    missing = [name for name in _needed(schema, require_target) if name not in names]
    if not missing:
        return
    shown = ", ".join(repr(name) for name in missing[:8]) + (" …" if len(missing) > 8 else "")
    problems = [CellProblem(-1, name, "column is missing", "nothing", "a column") for name in missing]
    extra = [str(name) for name in names if name not in schema]
    raise SchemaError(
        f"The {'column is' if len(missing) == 1 else f'{len(missing)} columns are'} missing: {shown}.",
        hint=did_you_mean(missing[0], extra) if extra else "Add what is missing, with nulls where nothing is known.",
        problems=problems[:MAX_PROBLEMS],
    )


def refuse(frame: pl.DataFrame, broken: Sequence[tuple[Column, Reader, Read]]) -> None:
    """Raise the error that lists the cells which could not be read, if there are any.

    Parameters
    ----------
    frame : polars.DataFrame
        The table as it came.
    broken : sequence of (Column, Reader, Read)
        The columns with problems.

    Raises
    ------
    SchemaError
        With the cells in the order of rows, the first hundred at most.
    """
    if not broken:
        return
    cells: list[CellProblem] = []
    count = 0
    for column, reader, read in broken:
        for problem, mask in read.problems:
            rows = mask.arg_true()
            count += len(rows)
            for row in rows.head(MAX_PROBLEMS).to_list():
                cell = frame[column.name][row]
                cells.append(CellProblem(row, column.name, problem, _shown(cell), reader.expected))
    cells.sort(key=lambda cell: cell.row)
    raise _error(cells[:MAX_PROBLEMS], count, Schema(tuple(column for column, _, _ in broken)))


def _error(cells: Sequence[CellProblem], count: int, schema: Schema) -> SchemaError:
    first = cells[0]
    others = f", and {count - 1} more {'cell' if count == 2 else 'cells'} cannot be read" if count > 1 else ""
    return SchemaError(
        f"Column {first.column!r}, row {first.row}: {first.got} {first.problem}{others}.",
        hint=f"The column holds {schema[first.column].dtype}: write {first.expected}, or leave it empty.",
        problems=cells,
        count=count,
    )


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
