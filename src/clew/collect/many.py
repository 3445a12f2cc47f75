"""Many files, one table: the same columns, types that hold all values, rows in the order of the files' paths."""

import difflib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import polars as pl

from clew.collect.codes import finding
from clew.collect.files import StoredFile, partitions
from clew.collect.formats import Options, read_file
from clew.collect.raw import Raw
from clew.collect.read_json import join_json
from clew.collect.unify import stacked
from clew.core.errors import DataError, UsageError
from clew.core.finding import Finding

#: Files that are read side by side: enough to hide the way to a store, few enough to hold no more than needed.
_AT_ONCE = 4


def read_files(files: Sequence[StoredFile], options: Options, shown: str, *, loose: bool) -> tuple[Raw, list[int]]:
    """Read the files of a folder or glob as one table.

    Parameters
    ----------
    files : sequence of StoredFile
        Files of one format, in the order of their rows.
    options : Options
        How to read them.
    shown : str
        The folder or glob, for messages.
    loose : bool
        Whether a column may lack in some files (JSON objects leave out what they do not have) and is missing there.

    Returns
    -------
    raw : Raw
        The rows of all files.
    heights : list of int
        How many rows each file has.

    Raises
    ------
    DataError
        If a file cannot be read, or its columns are others than those of the first.
    """
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        raws = list(pool.map(lambda file: read_file(file, options), files))
    findings: list[Finding] = []
    frames = [raw.frame for raw in raws]
    if loose:
        frames, about = _filled(files, frames)
        findings += about
        joined = join_json(files, frames)
        frames = frames if joined is None else joined
    else:
        _check_columns(files, frames)
    frames = _with_partitions(files, frames)
    frame = stacked({file.relative: frame for file, frame in zip(files, frames, strict=True)})
    for raw in raws:
        findings += [note for note in raw.findings if note not in findings]
    unnamed = tuple(dict.fromkeys(name for raw in raws for name in raw.unnamed))
    count = f"The {len(files)} files of" if len(files) > 1 else "The file of"
    return Raw(frame, tuple(findings), unnamed, f"{count} {shown!r}"), [part.height for part in frames]


def _check_columns(files: Sequence[StoredFile], frames: Sequence[pl.DataFrame]) -> None:
    """Refuse files whose columns are others than those of the first; their order is free."""
    wanted = frames[0].columns
    for file, frame in zip(files[1:], frames[1:], strict=True):
        lacking = [name for name in wanted if name not in frame.columns]
        extra = [name for name in frame.columns if name not in wanted]
        if not lacking and not extra:
            continue
        first = files[0].relative
        if lacking:
            near = difflib.get_close_matches(lacking[0], extra, n=1, cutoff=0.6)
            others = f" (and {len(lacking) - 1} more)" if len(lacking) > 1 else ""
            raise DataError(
                f"The file {file.relative!r} lacks the column {lacking[0]!r}{others} that {first!r} has.",
                hint=f"It has {near[0]!r}: rename one of them."
                if near
                else "Files of one table have the same columns.",
            )
        others = f" (and {len(extra) - 1} more)" if len(extra) > 1 else ""
        raise DataError(
            f"The file {file.relative!r} has the column {extra[0]!r}{others}, which {first!r} does not have.",
            hint="Files of one table have the same columns.",
        )


def _filled(
    files: Sequence[StoredFile], frames: Sequence[pl.DataFrame]
) -> tuple[list[pl.DataFrame], tuple[Finding, ...]]:
    """Give every table all columns, in the order in which they first occur."""
    names = list(dict.fromkeys(name for frame in frames for name in frame.columns))
    lacking = {
        name: [file.relative for file, frame in zip(files, frames, strict=True) if name not in frame.columns]
        for name in names
    }
    filled = [
        frame.with_columns(pl.lit(None).alias(name) for name in names if name not in frame.columns).select(
            pl.col(names)
        )
        for frame in frames
    ]
    return filled, tuple(_lacks(name, where, len(files)) for name, where in lacking.items() if where)


def _lacks(name: str, where: Sequence[str], files: int) -> Finding:
    detail = f"{len(where)} of {files} files have no such field, e.g. {where[0]!r}; it is missing in their rows."
    return finding("DQ121", detail, name, files=list(where[:10]), count=len(where))


def _with_partitions(files: Sequence[StoredFile], frames: Sequence[pl.DataFrame]) -> list[pl.DataFrame]:
    """Add the columns that the folders state (``year=2024/``), where the files do not hold them themselves."""
    stated = [partitions(file.relative) for file in files]
    names = list(stated[0])
    for file, values in zip(files, stated, strict=True):
        if list(values) != names:
            raise DataError(
                f"The folders of {file.relative!r} state {_listed(values)}, those of {files[0].relative!r} "
                f"{_listed(stated[0])}.",
                hint="Partitions of one table have the same levels in the same order.",
            )
    held = set(frames[0].columns)
    names = [name for name in names if name not in held]
    return [
        frame.with_columns(pl.lit(values[name], pl.String).alias(name) for name in names) if names else frame
        for frame, values in zip(frames, stated, strict=True)
    ]


def _listed(values: Mapping[str, object]) -> str:
    return ", ".join(repr(name) for name in values) or "no column"


def with_filenames(raw: Raw, files: Sequence[StoredFile], heights: Sequence[int], name: str) -> Raw:
    """Add a column that says from which file each row came.

    Parameters
    ----------
    raw : Raw
        The rows of all files.
    files : sequence of StoredFile
        In the order of the rows.
    heights : sequence of int
        Rows of each file.
    name : str
        Name of the column.

    Raises
    ------
    UsageError
        If there is a column of that name.
    """
    if name in raw.frame.columns:
        raise UsageError(f"`filename_column` is {name!r}, and the files have such a column.", hint="Take another name.")
    filled = [(file.relative, height) for file, height in zip(files, heights, strict=True) if height]
    column = pl.concat([pl.Series(name, [path], dtype=pl.String).new_from_index(0, height) for path, height in filled])
    return replace(raw, frame=raw.frame.with_columns(column))
