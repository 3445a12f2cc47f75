"""Versions of rows: Delta tables that give back exactly what was put in, row for row and type for type.

A version is one Delta commit: it is there as a whole or not at all, whatever happens to the process, and it stays
readable after later ones. Any engine that reads Delta can read the tables. They have one column more than was written,
``_clew_row``, the number of the row: Delta knows no order, and splits name rows by their position.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import polars as pl

from clew.core.errors import DataError, UsageError, did_you_mean
from clew.store.append import fitting
from clew.store.compare import TableDiff, compare
from clew.store.delta import LOGICAL_NAME, ROW, TYPE, open_table, read_table
from clew.store.files import sync_folder
from clew.store.logical_types import spell_type, stored_type

_NAME = re.compile(r"[^\W_][\w .-]*", re.UNICODE)
#: History is what a version is for: nothing is cleaned up behind the project's back.
_KEEP = {
    "delta.enableExpiredLogCleanup": "false",
    "delta.logRetentionDuration": "interval 36500 days",
    "delta.deletedFileRetentionDuration": "interval 36500 days",
}


@dataclass(frozen=True, slots=True)
class TableVersion:
    """One version of a table.

    Parameters
    ----------
    version : int
        Its number, from 0.
    time : datetime
        When it was written, UTC.
    rows : int
        Rows it has.
    operation : str
        ``"overwrite"`` or ``"append"``, or Delta's word for what another program did.
    message : str or None
        What the writer said about it.
    """

    version: int
    time: datetime
    rows: int
    operation: str
    message: str | None

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready values."""
        return {
            "version": self.version,
            "time": self.time.isoformat(),
            "rows": self.rows,
            "operation": self.operation,
            "message": self.message,
        }


class Tables:
    """The tables of a project, each a folder.

    Reading is safe at any time. Writers of one table must be kept apart by a lock, see
    `clew.store.files.ProjectLock`.

    Parameters
    ----------
    root : Path
        The folder that holds them; made when the first table is written.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def names(self) -> tuple[str, ...]:
        """Return the names of all tables, sorted."""
        if not self.root.is_dir():
            return ()
        return tuple(sorted(item.name for item in self.root.iterdir() if (item / "_delta_log").is_dir()))

    def write(
        self,
        name: str,
        frame: pl.DataFrame,
        mode: Literal["overwrite", "append"] = "overwrite",
        message: str | None = None,
    ) -> int:
        """Write a version.

        Parameters
        ----------
        name : str
            Name of the table: letters, digits, spaces, ``_``, ``.`` and ``-``, beginning with a letter or digit.
        frame : polars.DataFrame
            The rows.
        mode : {"overwrite", "append"}, default "overwrite"
            Whether the version holds these rows alone, or also those of the version before. Rows that are appended must
            have the same columns; a column in another type is taken over where every value stays what it is.
        message : str, optional
            Kept with the version, for people.

        Returns
        -------
        int
            The number of the version.

        Raises
        ------
        UsageError
            If the name or the mode is not allowed.
        DataError
            If columns cannot be stored, or do not fit those of the table.
        """
        from deltalake import CommitProperties, PostCommitHookProperties, write_deltalake

        if mode not in ("overwrite", "append"):
            raise UsageError(f"`mode` is {mode!r}; it is 'overwrite' or 'append'.")
        folder = self._folder(name)
        exists = name in self.names()
        start = 0
        if mode == "append" and exists:
            frame, start = fitting(frame, read_table(folder).head(0).schema, name), _next_row(folder)
        _check_columns(frame, name)
        total = start + frame.height if mode == "append" else frame.height
        told = {"clew.rows": str(total), "clew.operation": mode} | ({"clew.message": message} if message else {})
        self.root.mkdir(parents=True, exist_ok=True)
        write_deltalake(
            folder,
            _to_arrow(frame, start),
            mode=mode,
            schema_mode="overwrite" if mode == "overwrite" and exists else None,
            configuration=None if exists else _KEEP,
            commit_properties=CommitProperties(custom_metadata=told),
            post_commithook_properties=PostCommitHookProperties(create_checkpoint=True, cleanup_expired_logs=False),
        )
        version = int(open_table(folder).version())
        _force_to_disk(folder, version)
        return version

    def read(self, name: str, version: int | None = None) -> pl.DataFrame:
        """Read a version, rows in the order in which they were written.

        Parameters
        ----------
        name : str
            The table.
        version : int, optional
            By default the latest.

        Raises
        ------
        DataError
            If there is no such table or version.
        """
        return read_table(self._existing(name), version)

    def versions(self, name: str) -> tuple[TableVersion, ...]:
        """Return the versions of a table, oldest first.

        Raises
        ------
        DataError
            If there is no such table.
        """
        folder = self._existing(name)
        return tuple(_version_of(folder, entry) for entry in reversed(open_table(folder).history()))

    def diff(self, name: str, a: int, b: int, keys: Sequence[str] | None = None) -> TableDiff:
        """Compare two versions; see `clew.store.compare.compare`.

        Parameters
        ----------
        name : str
            The table.
        a, b : int
            Version before and version after.
        keys : sequence of str, optional
            Columns that identify a row; without them whole rows are compared, and nothing counts as changed.
        """
        return compare(self.read(name, a), self.read(name, b), keys)

    def _folder(self, name: str) -> Path:
        if not _NAME.fullmatch(name) or name.endswith((".", " ")) or len(name) > 100:
            raise UsageError(
                f"{name!r} cannot name a table.", hint="Use letters, digits, spaces, '_', '.' and '-', a letter first."
            )
        return self.root / name

    def _existing(self, name: str) -> Path:
        if name not in self.names():
            raise DataError(f"There is no table {name!r}.", hint=did_you_mean(name, self.names()))
        return self.root / name


def _to_arrow(frame: pl.DataFrame, start: int) -> Any:
    """Cast columns to what Delta keeps, number the rows, and attach logical names and types to the fields."""
    import pyarrow as pa

    names = _stored_names(frame.columns)
    # Names go nowhere near expressions: "*" and "^a.*$" are patterns there.
    columns = [column.cast(stored_type(column.dtype)).alias(names[column.name]) for column in frame.iter_columns()]
    stored = pl.DataFrame(columns)
    stored = stored.with_columns(pl.int_range(start, start + frame.height, dtype=pl.Int64).alias(ROW))
    table = stored.to_arrow()
    facts = {
        names[name]: {TYPE: json.dumps(spell_type(dtype), ensure_ascii=False)}
        | ({LOGICAL_NAME: name} if names[name] != name else {})
        for name, dtype in frame.schema.items()
    }
    schema = [field.with_metadata(facts[field.name]) if field.name in facts else field for field in table.schema]
    return pa.Table.from_arrays(table.columns, schema=pa.schema(schema))


def _stored_names(names: Sequence[str]) -> dict[str, str]:
    """Give columns whose names differ in capital letters only, which Delta takes for one, names of their own."""
    taken: set[str] = {name.lower() for name in names}
    seen: set[str] = set()
    stored: dict[str, str] = {}
    for name in names:
        chosen, copy = name, 2
        while chosen.lower() in (seen if chosen == name else taken):
            chosen, copy = f"{name}~{copy}", copy + 1
        seen.add(chosen.lower())
        taken.add(chosen.lower())
        stored[name] = chosen
    return stored


def _check_columns(frame: pl.DataFrame, name: str) -> None:
    if frame.width == 0:
        raise DataError(f"The table {name!r} would have no columns.", hint="Write at least one.")
    broken = [column for column in frame.columns if "\0" in column]
    if broken:
        raise DataError(f"The column name {broken[0]!r} holds a NUL character.", hint="Rename the column.")
    if ROW in map(str.lower, frame.columns):
        raise DataError(f"The column name {ROW!r} is taken: it numbers the rows.", hint="Rename the column.")


def _next_row(folder: Path) -> int:
    last = pl.scan_delta(folder).select(pl.col(ROW).max()).collect().item()
    return 0 if last is None else int(last) + 1


def _version_of(folder: Path, entry: Mapping[str, Any]) -> TableVersion:
    rows = entry.get("clew.rows")
    return TableVersion(
        version=int(entry["version"]),
        time=datetime.fromtimestamp(entry["timestamp"] / 1000, UTC),
        rows=int(rows) if rows is not None else int(open_table(folder, int(entry["version"])).count()),
        operation=str(entry.get("clew.operation", entry.get("operation", "unknown"))),
        message=entry.get("clew.message"),
    )


def _force_to_disk(folder: Path, version: int) -> None:
    """Force the files of a commit to the disk, the data before the log that names them."""
    import os

    log = folder / "_delta_log" / f"{version:020d}.json"
    # Column names may hold what `splitlines` takes for line ends.
    added = [json.loads(line).get("add") for line in log.read_text(encoding="utf-8").split("\n") if line]
    for path in (*(folder / item["path"] for item in added if item), log):
        with path.open("r+b") as file:
            os.fsync(file.fileno())
    for place in (folder, log.parent, folder.parent):
        sync_folder(place)
