"""From an address or a frame to a table, before anything about its columns is judged."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from clew.collect.address import Address, check_options
from clew.collect.dtypes import dtype_name
from clew.collect.files import DELTA_LOG, Found, LocalTree, StoredFile, by_glob, in_folder
from clew.collect.fingerprint import fingerprint
from clew.collect.formats import CSV, ENDINGS, IMAGES, TEXTS, Options, of_one_format, read_file
from clew.collect.many import read_files, with_filenames
from clew.collect.media import IMAGE_FACTS, TEXT_FACTS, read_images, read_texts
from clew.collect.raw import Raw, check_rows, named
from clew.collect.read_frame import read_frame
from clew.collect.read_sql import read_sql
from clew.collect.s3 import find_s3, store
from clew.core.errors import DataError, UsageError, did_you_mean
from clew.core.finding import Finding
from clew.core.schema import Column, Kind, Schema
from clew.store.delta import read_table

_NO_OPTIONS = Options()


@dataclass(frozen=True)
class Fetched:
    """A table as its source gives it, and what the way of reading it says about its columns.

    `clew.collect.source.read` takes it like the address itself, and does not go to the source again.

    Parameters
    ----------
    raw : Raw
        The rows.
    source : str
        Where they came from, without secrets.
    facts : mapping
        Column → facts that are known whatever the column holds.
    """

    raw: Raw
    source: str
    facts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the rows as they came."""
        frame = self.raw.frame
        columns = (Column(item.name, dtype_name(item.dtype), Kind.UNKNOWN) for item in frame.iter_columns())
        return fingerprint(frame, Schema(tuple(columns)))


def fetch(data: Any, options: Options = _NO_OPTIONS) -> Fetched:
    """Bring a table here.

    Parameters
    ----------
    data : path, Address or frame
        Whatever `clew.read` takes.
    options : Options, optional
        How files are to be read.

    Raises
    ------
    DataError
        If nothing is there, or it cannot be read as a table.
    UsageError
        If an option does not fit the data.
    """
    if isinstance(data, str | Path | Address):
        return _from_address(Address.of(data), options)
    if options != _NO_OPTIONS:
        raise UsageError("`sheet`, `encoding` and `delimiter` are for files, and a frame was given.")
    raw, source = read_frame(data)
    return Fetched(raw, source)


def _from_address(address: Address, options: Options) -> Fetched:
    check_options(address)
    options = Options(
        address.sheet if options.sheet is None else options.sheet,
        address.encoding if options.encoding is None else options.encoding,
        address.delimiter if options.delimiter is None else options.delimiter,
    )
    if address.is_database:
        if options != _NO_OPTIONS:
            raise UsageError("`sheet`, `encoding` and `delimiter` are for files, and a database was given.")
        return Fetched(read_sql(address), address.source)
    if address.is_s3:
        found = find_s3(address)
    elif address.is_local:
        found = find_local(address)
    else:
        raise DataError(
            f"{address.shown!r} is an address that is not read.",
            hint="Paths, s3:// addresses and databases are; copy it to one of them.",
        )
    if found.delta is not None:
        return Fetched(_from_delta(address, found.delta, options), address.source)
    return replace(_from_files(address, found, options), source=address.source)


def find_local(address: Address) -> Found:
    """Find what a path or a glob of this machine names.

    Raises
    ------
    DataError
        If nothing is there.
    """
    given = address.text
    path = Path(given)
    try:
        if path.is_dir():
            if (path / DELTA_LOG).is_dir():
                return Found(delta=given)
            return Found(in_folder(LocalTree(), path.as_posix(), given))
        if path.exists():
            return Found([StoredFile.local(path)], many=False)
    except (OSError, ValueError) as error:
        raise DataError(f"{given[:80]!r} is no path: {error}.", hint="Check it for stray characters.") from None
    if address.has_glob:
        return Found(by_glob(LocalTree(), path.as_posix(), given))
    raise _missing(path)


def _missing(path: Path) -> DataError:
    folder = path.parent
    if not folder.is_dir():
        while not folder.is_dir():
            folder = folder.parent
        return DataError(
            f"There is no file {str(path)!r}: there is no folder {str(path.parent)!r}.",
            hint=f"The path exists up to {str(folder)!r}.",
        )
    names = sorted(item.name for item in folder.iterdir() if _is_data(item))
    near = difflib.get_close_matches(path.name, names, n=3, cutoff=0.5)
    hint = f"Near it: {', '.join(repr(name) for name in near)}." if near else did_you_mean(path.name, names)
    hint = hint if names else f"The folder {str(folder)!r} holds no rows."
    return DataError(f"There is no file {str(path)!r}.", hint=hint)


def _is_data(path: Path) -> bool:
    if path.is_dir():
        return not path.name.startswith(".")
    return path.is_file() and StoredFile.local(path).ending in ENDINGS


def _from_delta(address: Address, place: str, options: Options) -> Raw:
    if options != _NO_OPTIONS or address.filename_column is not None:
        raise UsageError(
            f"`sheet`, `encoding`, `delimiter` and `filename_column` are for files, and {address.shown!r} is a Delta "
            "table.",
            hint="Leave them away.",
        )
    frame = read_table(place, options=store().delta_options()) if address.is_s3 else read_table(Path(place))
    raw = named(frame, f"The Delta table {Path(place).name!r}")
    check_rows(raw)
    return raw


def _from_files(address: Address, found: Found, options: Options) -> Fetched:
    shown, files = address.shown, found.files
    findings: tuple[Finding, ...] = ()
    format_ = _format_of_one(files[0])
    if found.many:
        format_, files, findings = of_one_format(files, shown, delimited=options.delimiter is not None)
    options.check(files)
    facts: Mapping[str, Mapping[str, Any]] = {}
    heights = [1] * len(files)
    if format_ == "image":
        raw, facts = read_images(files, shown), IMAGE_FACTS
    elif format_ == "text":
        raw, facts = read_texts(files, shown, options.encoding), TEXT_FACTS
    elif found.many:
        raw, heights = read_files(files, options, shown, loose=format_.startswith("JSON"))
    else:
        raw = read_file(files[0], options)
        heights = [raw.frame.height]
    check_rows(raw)
    if address.filename_column is not None:
        raw = with_filenames(raw, files, heights, address.filename_column)
    return Fetched(replace(raw, findings=(*findings, *raw.findings)), shown, facts)


def _format_of_one(file: StoredFile) -> str:
    if file.ending in IMAGES:
        return "image"
    return "text" if file.ending in TEXTS and file.ending not in CSV else "table"
