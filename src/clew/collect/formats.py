"""The formats of files with tables: what tells them, and how one file becomes a table."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from clew.collect.codes import finding
from clew.collect.files import StoredFile
from clew.collect.raw import Raw, named
from clew.collect.read_csv import read_csv
from clew.collect.read_excel import read_excel
from clew.collect.read_json import read_json
from clew.core.errors import DataError, InputError, UsageError
from clew.core.finding import Finding

CSV = (".csv", ".tsv", ".tab", ".txt")
EXCEL = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
LINES = (".jsonl", ".ndjson")
ARROW = (".arrow", ".feather", ".ipc", ".arrows")
PARQUET = (".parquet", ".pq")
#: Endings of files with tables that can be read.
ENDINGS = (*CSV, *PARQUET, ".json", *LINES, *EXCEL, *ARROW)
#: Endings of files that may be compressed: those of text.
COMPRESSIBLE = (*CSV, ".json", *LINES)
IMAGES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff")
TEXTS = (".txt", ".md")

_GROUPS: dict[str, tuple[str, ...]] = {
    "CSV": CSV,
    "JSON lines": LINES,
    "JSON": (".json",),
    "Excel": EXCEL,
    "Parquet": PARQUET,
    "Arrow": ARROW,
    "image": IMAGES,
    "text": TEXTS,
}


@dataclass(frozen=True, slots=True)
class Options:
    """How files are to be read.

    Parameters
    ----------
    sheet : str or int, optional
        Sheet of a workbook.
    encoding, delimiter : str, optional
        Of delimited text.
    """

    sheet: str | int | None = None
    encoding: str | None = None
    delimiter: str | None = None

    def check(self, files: Sequence[StoredFile]) -> None:
        """Refuse options that are not for such files.

        Raises
        ------
        UsageError
            If one is given that means nothing here.
        """
        for option, value, endings in (
            ("sheet", self.sheet, EXCEL),
            ("encoding", self.encoding, (*CSV, *TEXTS)),
            ("delimiter", self.delimiter, CSV),
        ):
            other = next((file for file in files if file.ending not in endings), None)
            if value is not None and other is not None:
                raise UsageError(
                    f"`{option}` is for {', '.join(endings)} files, and {other.name!r} is none.", hint="Leave it away."
                )


def of_one_format(
    files: Sequence[StoredFile], shown: str, *, delimited: bool
) -> tuple[str, list[StoredFile], tuple[Finding, ...]]:
    """Tell the format of the files of a folder or glob.

    Files with tables come before images, and images before texts; what else lies there (a README beside CSV files) is
    left out, and a finding says so.

    Parameters
    ----------
    files : sequence of StoredFile
        What was found.
    shown : str
        Where, for messages.
    delimited : bool
        Whether ``.txt`` files hold delimited text and not prose.

    Returns
    -------
    format : str
        One of CSV, JSON lines, JSON, Excel, Parquet, Arrow, image and text.
    files : list of StoredFile
        Those of the format.
    findings : tuple of Finding
        Which files were left out.

    Raises
    ------
    DataError
        If there are several formats, or none that can be read.
    """
    groups: dict[str, list[StoredFile]] = {}
    for file in files:
        groups.setdefault(_group(file, delimited=delimited), []).append(file)
    found = [name for name in _GROUPS if name in groups and name != "text"]
    if len(found) > 1:
        told = ", ".join(f"{len(groups[name])} {name} (e.g. {groups[name][0].relative!r})" for name in found)
        raise DataError(
            f"{shown!r} holds files of several formats: {told}.",
            hint="Name those of one format, e.g. by the glob '*" + groups[found[0]][0].ending + "'.",
        )
    chosen = found[0] if found else "text"
    if chosen not in groups:
        raise DataError(
            f"{shown!r} holds no file that can be read, but e.g. {files[0].relative!r}.",
            hint=f"Files with tables end in {', '.join(ENDINGS)}; images in {', '.join(IMAGES)}.",
        )
    others = [file.relative for name, group in groups.items() if name != chosen for file in group]
    return chosen, groups[chosen], _left_out(others)


def _group(file: StoredFile, *, delimited: bool) -> str:
    if file.compression is not None and file.ending not in COMPRESSIBLE:
        return "other"
    if file.ending in TEXTS and not (delimited and file.ending in CSV):
        return "text"
    return next((name for name, endings in _GROUPS.items() if file.ending in endings), "other")


def _left_out(others: Sequence[str]) -> tuple[Finding, ...]:
    if not others:
        return ()
    shown = ", ".join(repr(name) for name in others[:5]) + (" …" if len(others) > 5 else "")
    count = f"{len(others)} files were" if len(others) > 1 else "1 file was"
    return (finding("DQ119", f"{count} not read: {shown}.", files=list(others[:20]), count=len(others)),)


def read_file(file: StoredFile, options: Options) -> Raw:
    """Read the table of one file.

    Raises
    ------
    DataError
        If its format is unknown, or it cannot be read.
    """
    _check_ending(file)
    readers: dict[tuple[str, ...], Callable[[], Raw]] = {
        CSV: lambda: read_csv(file, encoding=options.encoding, delimiter=options.delimiter),
        LINES: lambda: read_json(file, lines=True),
        (".json",): lambda: read_json(file, lines=False),
        EXCEL: lambda: read_excel(file, options.sheet),
        PARQUET: lambda: _read_binary(file, "Parquet", _parquet),
        ARROW: lambda: _read_binary(file, "Arrow", _arrow),
    }
    reader = next(reader for endings, reader in readers.items() if file.ending in endings)
    try:
        return reader()
    except OSError as error:
        raise DataError(
            f"The file {file.address!r} cannot be read: {error.strerror or error}.", hint="Check its rights."
        ) from None


def _check_ending(file: StoredFile) -> None:
    if file.ending not in ENDINGS:
        raise DataError(
            f"The file {file.name!r} ends in {file.ending!r}, and no such format is known."
            if file.ending
            else f"The file {file.name!r} has no ending that tells its format.",
            hint=f"Give it one of {', '.join(ENDINGS)}.",
        )
    if file.compression is not None and file.ending not in COMPRESSIBLE:
        raise DataError(
            f"The file {file.name!r} is compressed, and only files of text are read so.",
            hint=f"Decompress it; files that may be compressed end in {', '.join(COMPRESSIBLE)}.",
        )


def _read_binary(file: StoredFile, what: str, reader: Callable[[Any], pl.DataFrame]) -> Raw:
    if file.size_bytes == 0:
        raise DataError(f"The file {file.name!r} is empty.", hint="Check the export that should have filled it.")
    source = file.path if file.path is not None else io.BytesIO(file.content())
    try:
        frame = reader(source)
    except (pl.exceptions.PolarsError, OSError, ValueError, pl.exceptions.PanicException) as error:
        if isinstance(error, InputError):
            raise
        reason = str(error).strip().splitlines()[0][:160] if str(error).strip() else type(error).__name__
        raise DataError(
            f"The file {file.name!r} is no readable {what} file: {reason.rstrip('.')}.",
            hint="Check that it is complete; write it again if need be.",
        ) from None
    return named(frame, f"The file {file.name!r}")


def _parquet(source: Path | io.BytesIO) -> pl.DataFrame:
    return pl.read_parquet(source, glob=False, hive_partitioning=False)


def _arrow(source: Path | io.BytesIO) -> pl.DataFrame:
    if isinstance(source, io.BytesIO):
        is_file = source.getvalue()[:6] == b"ARROW1"
    else:
        with source.open("rb") as file:
            is_file = file.read(6) == b"ARROW1"
    return pl.read_ipc(source) if is_file else pl.read_ipc_stream(source)
