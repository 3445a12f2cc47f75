"""Reading Delta tables, with the names and types that their columns had before they were stored."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from clew.core.errors import DataError
from clew.store.logical_types import parse_type

if TYPE_CHECKING:
    from deltalake import DeltaTable

#: Column that holds the number of each row.
ROW = "_clew_row"
#: Keys of a field's metadata.
TYPE, LOGICAL_NAME = "clew.type", "clew.name"


def read_table(
    folder: Path | str, version: int | None = None, *, options: Mapping[str, str] | None = None
) -> pl.DataFrame:
    """Read a Delta table in its folder, whoever wrote it.

    Parameters
    ----------
    folder : Path or str
        The table; a text names one in an S3 store.
    version : int, optional
        By default the latest.
    options : mapping, optional
        How the store is reached, in the words of ``object_store``.

    Raises
    ------
    DataError
        If it cannot be read, or there is no such version.
    """
    from deltalake.exceptions import DeltaError

    table = open_table(folder, version, options=options)
    fields = fields_of(table)
    try:
        frame = pl.read_delta(table)
    except (pl.exceptions.PolarsError, DeltaError, OSError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(f"The Delta table {str(folder)!r} cannot be read: {reason}") from None
    if ROW in frame.columns:
        order = frame[ROW]
        frame = (
            frame if order.is_sorted(nulls_last=True) else frame.sort(ROW, maintain_order=True, nulls_last=True)
        ).drop(ROW)
    return pl.DataFrame([_restored(frame[f.stored], f.dtype).alias(f.name) for f in fields])


def _restored(values: pl.Series, dtype: pl.DataType | None) -> pl.Series:
    """Cast a column back to its logical type."""
    if dtype is None or dtype == values.dtype:
        return values
    try:
        return values.cast(dtype)
    except pl.exceptions.PolarsError as error:
        # Polars stumbles over a missing array of arrays; cast loosely, it is missing as before.
        loose = values.cast(dtype, strict=False)
        if isinstance(dtype, pl.Array) and loose.null_count() == values.null_count():
            return loose
        raise DataError(
            f"Column {values.name!r} holds values that are no {dtype}: {str(error).splitlines()[0]}",
            hint="Another program wrote them; write the table again.",
        ) from None


def open_table(
    folder: Path | str, version: int | None = None, *, options: Mapping[str, str] | None = None
) -> "DeltaTable":
    """Open a Delta table.

    Parameters
    ----------
    folder : Path or str
        The table; a text names one in an S3 store.
    version : int, optional
        By default the latest.
    options : mapping, optional
        How the store is reached.

    Raises
    ------
    DataError
        If it cannot be opened, or there is no such version.
    """
    from deltalake import DeltaTable
    from deltalake.exceptions import DeltaError

    try:
        return DeltaTable(folder, version=version, storage_options=dict(options) if options else None)
    except (DeltaError, OSError) as error:
        if version is None:
            raise DataError(f"{str(folder)!r} is no readable Delta table: {str(error).splitlines()[0]}") from None
        last = open_table(folder, options=options).version()
        raise DataError(
            f"The table {Path(folder).name!r} has no version {version}.", hint=f"There are versions 0 to {last}."
        ) from None


def mark_of(folder: Path | str, *, options: Mapping[str, str] | None = None) -> str:
    """Return what stands for the content of a Delta table: its id and its latest version.

    Parameters
    ----------
    folder : Path or str
        The table; a text names one in an S3 store.
    options : mapping, optional
        How the store is reached.

    Raises
    ------
    DataError
        If it cannot be opened.
    """
    table = open_table(folder, options=options)
    return f"{table.metadata().id}@{table.version()}"


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a table: its name in the files, its name for us, and its type where Clew wrote it."""

    stored: str
    name: str
    dtype: pl.DataType | None


def fields_of(table: "DeltaTable") -> tuple[Field, ...]:
    """Return the columns of a table, in order, without the number of the row."""
    fields = []
    for field in table.schema().fields:
        name, facts = str(field.name), field.metadata
        if name != ROW:
            dtype = parse_type(json.loads(facts[TYPE])) if TYPE in facts else None
            fields.append(Field(name, facts.get(LOGICAL_NAME, name), dtype))
    return tuple(fields)
