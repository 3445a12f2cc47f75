"""Rows come in: from files, folders and globs here or in an S3 store, from databases, and from any frame."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from clew.collect.address import Address
from clew.collect.codes import finding
from clew.collect.conform import conform
from clew.collect.dataset import Dataset
from clew.collect.fetch import Fetched, fetch
from clew.collect.formats import ENDINGS, Options
from clew.collect.infer import infer
from clew.collect.sink import write_table
from clew.core.errors import UsageError
from clew.core.finding import Finding
from clew.core.schema import Role, Schema
from clew.define.domain import Domain

__all__ = ["ENDINGS", "read", "write"]


def read(
    data: Any,
    *,
    query: str | None = None,
    table: str | None = None,
    filename_column: str | None = None,
    domain: Domain | None = None,
    sheet: str | int | None = None,
    schema: Schema | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> Dataset:
    """Read a table.

    Parameters
    ----------
    data : path, address, frame or Dataset
        - A file: csv, tsv, parquet, json, jsonl, xlsx, arrow, feather, ipc; text also as ``.gz`` or ``.zst``.
        - A glob or a folder of files of one format, or a folder with a Delta table. Rows come in the order of the
          sorted paths; folders such as ``year=2024`` become columns; a folder of images or of texts is a table with a
          row for each.
        - ``s3://bucket/key`` of any of these; address, region and credentials of the store come from the environment or
          the AWS profile.
        - The URL of a database (``postgresql://…``, ``sqlite:///…``, ``duckdb:///…``, any that SQLAlchemy knows), with
          `query` or `table`.
        - A frame: pandas, Polars (eager or lazy), pyarrow, DuckDB, anything with ``__arrow_c_stream__``.

        A dataset is returned as it is, or with `domain` as that says.
    query : str, optional
        One SELECT, for a database. Nothing is ever written.
    table : str, optional
        A table or view, for a database.
    filename_column : str, optional
        For files: name of a column to add that says from which file a row came, as the path below the folder or glob.
    domain : Domain, optional
        What is known about the columns; wins over what is inferred.
    sheet : str or int, optional
        Sheet of a workbook, by name or position from 0; by default the first.
    schema : Schema, optional
        A known schema, such as that of a model: the cells are then read as it says (see `clew.collect.conform`) and
        nothing is inferred. Unlike conforming afterwards, this sees every cell as the file spells it.
    encoding : str, optional
        Encoding of CSV and text files; by default UTF-8, or what a byte-order mark says.
    delimiter : str, optional
        Delimiter of CSV files; by default found out.

    Returns
    -------
    Dataset

    Raises
    ------
    DataError
        If nothing is there, or it cannot be read as a table.
    SchemaError
        If cells are other than what `domain` or `schema` states.
    UsageError
        If an option does not fit the data, a query does more than read, or a package is missing.
    """
    stated = {"query": query, "table": table, "filename_column": filename_column}
    if isinstance(data, Dataset):
        _check_unused(stated, "a dataset")
        if schema is None and domain is not None:
            return _restated(data, domain)
        return (
            data
            if schema is None
            else Dataset.of(conform(data.frame, schema), _present(schema, data.frame), data.source)
        )
    if isinstance(data, str | Path | Address):
        data = Address.of(data, **stated)
    else:
        _check_unused(stated, "a frame")
    fetched = data if isinstance(data, Fetched) else fetch(data, Options(sheet, encoding, delimiter))
    raw = fetched.raw
    if schema is not None:
        conformed = conform(raw.frame, schema)
        return Dataset.of(conformed, _present(schema, raw.frame), fetched.source, raw.findings)
    domain = _with_facts(domain, fetched)
    frame, inferred, findings = infer(raw.frame, domain)
    inferred, about_names = _index_columns(frame, inferred, raw.unnamed, domain)
    return Dataset.of(frame, inferred, fetched.source, (*raw.findings, *about_names, *findings))


def _restated(data: Dataset, domain: Domain) -> Dataset:
    """Return a dataset with what the domain says of its columns; cells are read anew where it names another kind."""
    stated = domain.apply(data.schema)
    if stated == data.schema:
        return data
    return replace(Dataset.of(conform(data.frame, stated), stated, data.source), findings=data.findings)


def _check_unused(stated: dict[str, str | None], what: str) -> None:
    for name, value in stated.items():
        if value is not None:
            raise UsageError(f"`{name}` is for paths and addresses, and {what} was given.", hint="Leave it away.")


def _with_facts(domain: Domain | None, fetched: Fetched) -> Domain | None:
    """Lay what the user states over what the way of reading says."""
    known = {name: facts for name, facts in fetched.facts.items() if name in fetched.raw.frame.columns}
    if not known:
        return domain
    stated = domain.columns if domain else {}
    columns = {name: {**known.get(name, {}), **stated.get(name, {})} for name in {**known, **stated}}
    return Domain(columns, domain.relations if domain else (), domain.rules if domain else ())


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
