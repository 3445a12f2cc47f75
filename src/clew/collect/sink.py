"""Rows go out: to a file of the format that its ending names."""

import io
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import polars as pl

from clew.core.errors import DataError, UsageError
from clew.store.files import write_atomic

_WRITERS: dict[str, Callable[[pl.DataFrame, io.BytesIO], object]] = {
    ".csv": lambda frame, file: frame.write_csv(file),
    ".tsv": lambda frame, file: frame.write_csv(file, separator="\t"),
    ".parquet": lambda frame, file: frame.write_parquet(file),
    ".json": lambda frame, file: frame.write_json(file),
    ".jsonl": lambda frame, file: frame.write_ndjson(file),
    ".ndjson": lambda frame, file: frame.write_ndjson(file),
    ".xlsx": lambda frame, file: _excel(frame).write_excel(file, autofilter=False),
    ".arrow": lambda frame, file: frame.write_ipc(file),
    ".feather": lambda frame, file: frame.write_ipc(file),
    ".ipc": lambda frame, file: frame.write_ipc(file),
}
_EXCEL_ROWS = 1_048_575


def check_ending(path: Path) -> None:
    """Refuse a file that names no format that is written; worth asking before rows are made.

    Raises
    ------
    UsageError
        If it ends in anything else.
    """
    if path.suffix.lower() not in _WRITERS:
        ends = f"ends in {path.suffix!r}" if path.suffix else "has no ending"
        raise UsageError(
            f"The file {path.name!r} {ends}, and no such format is written.", hint=f"Use one of {', '.join(_WRITERS)}."
        )


def write_table(frame: pl.DataFrame, path: Path) -> Path:
    """Write a table; see `clew.collect.source.write`."""
    check_ending(path)
    writer = _WRITERS[path.suffix.lower()]
    buffer = io.BytesIO()
    try:
        writer(frame, buffer)
    except pl.exceptions.PolarsError as error:
        raise DataError(
            f"The columns cannot be written as {path.suffix}: {str(error).splitlines()[0]}",
            hint="Write Parquet, which holds every type.",
        ) from None
    write_atomic(path, buffer.getvalue())
    return path


def _excel(frame: pl.DataFrame) -> pl.DataFrame:
    """Check that a sheet can be written and can hold the rows."""
    if find_spec("xlsxwriter") is None:
        raise UsageError(
            "Writing Excel needs the package xlsxwriter.", hint="Install it: pip install xlsxwriter; or write CSV."
        )
    if frame.height > _EXCEL_ROWS:
        raise DataError(
            f"An Excel sheet holds {_EXCEL_ROWS} rows below its header, and there are {frame.height}.",
            hint="Write Parquet or CSV.",
        )
    return frame
