"""Rows come in: from files of every common format, and from whatever frame the caller has."""

import difflib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from clew.collect.codes import finding
from clew.collect.conform import conform
from clew.collect.dataset import Dataset
from clew.collect.infer import infer
from clew.collect.raw import Raw, named
from clew.collect.read_csv import read_csv
from clew.collect.read_excel import read_excel
from clew.collect.read_frame import read_frame
from clew.collect.read_json import read_json
from clew.collect.sink import write_table
from clew.core.errors import DataError, InputError, UsageError, did_you_mean
from clew.core.finding import Finding
from clew.core.schema import Role, Schema
from clew.define.domain import Domain
from clew.store.delta import read_table

_CSV = (".csv", ".tsv", ".tab", ".txt")
_EXCEL = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
_LINES = (".jsonl", ".ndjson")
_ARROW = (".arrow", ".feather", ".ipc", ".arrows")
#: Endings of files that can be read.
ENDINGS = (*_CSV, ".parquet", ".pq", ".json", *_LINES, *_EXCEL, *_ARROW)


def read(
    data: Any,
    *,
    domain: Domain | None = None,
    sheet: str | int | None = None,
    schema: Schema | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> Dataset:
    """Read a table.

    Parameters
    ----------
    data : path, frame or Dataset
        A file (csv, tsv, parquet, json, jsonl, xlsx, arrow, feather, ipc), a folder with a Delta table, or a frame:
        pandas, Polars (eager or lazy), pyarrow, DuckDB, anything with ``__arrow_c_stream__``. A dataset is returned as
        it is.
    domain : Domain, optional
        What is known about the columns; wins over what is inferred.
    sheet : str or int, optional
        Sheet of a workbook, by name or position from 0; by default the first.
    schema : Schema, optional
        A known schema, such as that of a model: the cells are then read as it says (see `clew.collect.conform`) and
        nothing is inferred. Unlike conforming afterwards, this sees every cell as the file spells it.
    encoding : str, optional
        Encoding of a CSV file; by default UTF-8, or what its byte-order mark says.
    delimiter : str, optional
        Delimiter of a CSV file; by default found out.

    Returns
    -------
    Dataset

    Raises
    ------
    DataError
        If there is no such file, or it cannot be read as a table.
    SchemaError
        If cells are other than what `domain` or `schema` states.
    UsageError
        If an option does not fit the data.
    """
    if isinstance(data, Dataset):
        return (
            data
            if schema is None
            else Dataset.of(conform(data.frame, schema), _present(schema, data.frame), data.source)
        )
    if isinstance(data, str | Path):
        path = Path(data)
        _check_options(path, sheet, encoding, delimiter)
        raw, source = _read_path(path, str(data), sheet, encoding, delimiter), str(data)
    else:
        if sheet is not None or encoding is not None or delimiter is not None:
            raise UsageError("`sheet`, `encoding` and `delimiter` are for files, and a frame was given.")
        raw, source = read_frame(data)
    if schema is not None:
        return Dataset.of(conform(raw.frame, schema), _present(schema, raw.frame), source, raw.findings)
    frame, inferred, findings = infer(raw.frame, domain)
    inferred, about_names = _index_columns(frame, inferred, raw.unnamed, domain)
    return Dataset.of(frame, inferred, source, (*raw.findings, *about_names, *findings))


def _present(schema: Schema, frame: pl.DataFrame) -> Schema:
    return schema.drop(name for name in schema.names if name not in frame.columns)


def _index_columns(
    frame: pl.DataFrame, schema: Schema, unnamed: tuple[str, ...], domain: Domain | None
) -> tuple[Schema, tuple[Finding, ...]]:
    """Report columns that had no name; one that counts the rows is an identifier."""
    findings = []
    for name in unnamed:
        values = frame[name]
        low, high = (values.min(), values.max()) if values.dtype.is_integer() else (None, None)
        counts = (
            isinstance(low, int)
            and isinstance(high, int)
            and high - low + 1 == len(values) == values.n_unique()
            and low in (0, 1)
        )
        stated = domain is not None and "role" in domain.columns.get(name, {})
        if counts and not stated:
            schema = schema.with_facts(name, role=Role.ID)
        detail = f"The header has no name for it; it is called {name!r}" + (" and counts the rows." if counts else ".")
        findings.append(finding("DQ108", detail, name, counts_rows=counts))
    return schema, tuple(findings)


def _check_options(path: Path, sheet: str | int | None, encoding: str | None, delimiter: str | None) -> None:
    ending = path.suffix.lower()
    for option, value, endings in (
        ("sheet", sheet, _EXCEL),
        ("encoding", encoding, _CSV),
        ("delimiter", delimiter, _CSV),
    ):
        if value is not None and ending not in endings:
            raise UsageError(
                f"`{option}` is for {', '.join(endings)} files, and {path.name!r} is none.", hint="Leave it away."
            )


def _read_path(path: Path, given: str, sheet: str | int | None, encoding: str | None, delimiter: str | None) -> Raw:
    if "://" in given:
        raise DataError(f"{given!r} is an address, and only files and folders are read.", hint="Copy it here first.")
    try:
        if path.is_dir():
            return _read_delta(path)
        if not path.exists():
            raise _missing(path)
    except (OSError, ValueError) as error:
        raise DataError(f"{given[:80]!r} is no path: {error}.", hint="Check it for stray characters.") from None
    ending = path.suffix.lower()
    readers: dict[tuple[str, ...], Callable[[], Raw]] = {
        _CSV: lambda: read_csv(path, encoding=encoding, delimiter=delimiter),
        _LINES: lambda: read_json(path, lines=True),
        (".json",): lambda: read_json(path, lines=False),
        _EXCEL: lambda: read_excel(path, sheet),
        (".parquet", ".pq"): lambda: _read_binary(path, "Parquet", _parquet),
        _ARROW: lambda: _read_binary(path, "Arrow", _arrow),
    }
    reader = next((reader for endings, reader in readers.items() if ending in endings), None)
    if reader is None:
        raise DataError(
            f"The file {path.name!r} ends in {ending!r}, and no such format is known."
            if ending
            else f"The file {path.name!r} has no ending that tells its format.",
            hint=f"Give it one of {', '.join(ENDINGS)}.",
        )
    try:
        return reader()
    except OSError as error:
        raise DataError(
            f"The file {str(path)!r} cannot be read: {error.strerror or error}.", hint="Check its rights."
        ) from None


def _missing(path: Path) -> DataError:
    folder = path.parent
    if not folder.is_dir():
        while not folder.is_dir():
            folder = folder.parent
        return DataError(
            f"There is no file {str(path)!r}: there is no folder {str(path.parent)!r}.",
            hint=f"The path exists up to {str(folder)!r}.",
        )
    names = sorted(
        item.name for item in folder.iterdir() if item.suffix.lower() in ENDINGS or (item / "_delta_log").is_dir()
    )
    near = difflib.get_close_matches(path.name, names, n=3, cutoff=0.5)
    hint = f"Near it: {', '.join(repr(name) for name in near)}." if near else did_you_mean(path.name, names)
    return DataError(f"There is no file {str(path)!r}.", hint=hint)


def _read_binary(path: Path, what: str, reader: Callable[[Path], pl.DataFrame]) -> Raw:
    if path.stat().st_size == 0:
        raise DataError(f"The file {path.name!r} is empty.", hint="Check the export that should have filled it.")
    try:
        frame = reader(path)
    except (pl.exceptions.PolarsError, OSError, ValueError, pl.exceptions.PanicException) as error:
        if isinstance(error, InputError):
            raise
        reason = str(error).strip().splitlines()[0][:160] if str(error).strip() else type(error).__name__
        raise DataError(
            f"The file {path.name!r} is no readable {what} file: {reason.rstrip('.')}.",
            hint="Check that it is complete; write it again if need be.",
        ) from None
    return named(frame, f"The file {path.name!r}")


def _parquet(path: Path) -> pl.DataFrame:
    return pl.read_parquet(path, glob=False, hive_partitioning=False)


def _arrow(path: Path) -> pl.DataFrame:
    with path.open("rb") as file:
        is_file = file.read(6) == b"ARROW1"
    if is_file:
        return pl.read_ipc(path)
    return pl.read_ipc_stream(path)


def _read_delta(path: Path) -> Raw:
    if not (path / "_delta_log").is_dir():
        raise DataError(
            f"{str(path)!r} is a folder without a Delta table.",
            hint="Name a file in it, or the folder of a Delta table.",
        )
    return named(read_table(path), f"The Delta table {path.name!r}")


def write(frame: pl.DataFrame | Dataset, path: str | Path) -> Path:
    """Write a table in the format that the file's ending names.

    Parameters
    ----------
    frame : polars.DataFrame or Dataset
        The rows.
    path : path-like
        Ends in ``.csv``, ``.tsv``, ``.parquet``, ``.json``, ``.jsonl``, ``.xlsx`` or ``.arrow``. The file appears whole
        or not at all; an older one is replaced.

    Returns
    -------
    Path
        Where it was written.

    Raises
    ------
    UsageError
        If the ending names no format that is written.
    DataError
        If the format cannot hold the columns, or the place cannot be written to.
    """
    return write_table(frame.frame if isinstance(frame, Dataset) else frame, Path(path))
