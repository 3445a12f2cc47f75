"""Files, wherever they lie: on this machine or in an S3 store; found by name, in a folder, or by a glob."""

import fnmatch
import gzip
import re
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from clew.core.errors import DataError
from clew.core.fingerprint import of_file

#: Folder that makes another one a Delta table.
DELTA_LOG = "_delta_log"
_WILD = re.compile(r"[*?\[]")


@dataclass(frozen=True)
class StoredFile:
    """One file.

    Parameters
    ----------
    address : str
        Where it lies, for people.
    relative : str
        Its path below the folder that was searched, with ``/``; its name where it was named itself.
    size_bytes : int
        Length as stored.
    fetch : callable
        Returns its bytes as stored.
    mark : callable
        Returns what stands for its content and is equal while that has not changed: its SHA-256, or what the store
        keeps for it.
    path : Path, optional
        Its path, if it lies on this machine.
    """

    address: str
    relative: str
    size_bytes: int
    fetch: Callable[[], bytes]
    mark: Callable[[], str]
    path: Path | None = None

    @classmethod
    def local(cls, path: Path, relative: str | None = None) -> "StoredFile":
        """Return a file of this machine."""
        size = path.stat().st_size
        return cls(str(path), relative or path.name, size, path.read_bytes, partial(of_file, path), path)

    @property
    def name(self) -> str:
        """The last part of its path."""
        return PurePosixPath(self.relative).name

    @property
    def compression(self) -> str | None:
        """``"gz"`` or ``"zst"`` where its name says so."""
        suffix = PurePosixPath(self.relative).suffix.lower()
        return suffix[1:] if suffix in {".gz", ".zst"} else None

    @property
    def ending(self) -> str:
        """The ending that tells its format, without that of the compression."""
        path = PurePosixPath(self.relative)
        return (PurePosixPath(path.stem) if self.compression else path).suffix.lower()

    def content(self) -> bytes:
        """Return its bytes, decompressed.

        Raises
        ------
        DataError
            If it is compressed and damaged.
        """
        data = self.fetch()
        return data if self.compression is None else _decompressed(data, self.compression, self.name)


@dataclass(frozen=True)
class Found:
    """What an address names.

    Parameters
    ----------
    files : sequence of StoredFile
        Sorted by path.
    many : bool, default True
        Whether a folder or a glob was named, and not a file itself.
    delta : str, optional
        The place of the Delta table that was found instead of files.
    """

    files: Sequence[StoredFile] = ()
    many: bool = True
    delta: str | None = None


def _decompressed(data: bytes, compression: str, name: str) -> bytes:
    import pyarrow as pa

    if not data:
        return data
    try:
        if compression == "gz":
            return gzip.decompress(data)
        with pa.input_stream(pa.BufferReader(data), compression="zstd") as stream:
            return bytes(stream.read())
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(
            f"The file {name!r} is no readable {'gzip' if compression == 'gz' else 'zstd'} file: {_first(error)}.",
            hint="Check that it is complete; compress it again if need be.",
        ) from None


def _first(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__


@dataclass(frozen=True, order=True)
class Entry:
    """What a folder holds: a file or another folder."""

    name: str
    is_folder: bool
    size_bytes: int = 0


class Tree(ABC):
    """Folders and files; a path has ``/`` between its parts.

    A folder that is not there has no entries. Names that begin with a dot are never listed.
    """

    @abstractmethod
    def entries(self, folder: str) -> list[Entry]:
        """Return what a folder holds, sorted by name."""

    @abstractmethod
    def below(self, folder: str) -> list[tuple[str, int]]:
        """Return all files below a folder, at any depth: path relative to it and length."""

    @abstractmethod
    def file(self, path: str, relative: str, size_bytes: int) -> StoredFile:
        """Return a file that was found."""


def in_folder(tree: Tree, folder: str, shown: str) -> list[StoredFile]:
    """Return all files of a folder, sorted by path.

    What begins with a dot or an underscore is no data, by the custom of Hive and Spark.

    Raises
    ------
    DataError
        If it holds Delta tables, or no file.
    """
    found = tree.below(folder)
    tables = sorted({path.partition(f"{DELTA_LOG}/")[0].rstrip("/") for path, _ in found if f"/{DELTA_LOG}/" in path})
    if tables:
        raise DataError(
            f"The folder {shown!r} holds Delta tables, e.g. {tables[0]!r}.", hint="Name the folder of one of them."
        )
    files = sorted((path, size) for path, size in found if not any(part[0] in "._" for part in path.split("/")))
    if not files:
        raise DataError(f"The folder {shown!r} holds no file.", hint="Check that it is the right one.")
    return [tree.file(_joined(folder, path), path, size) for path, size in files]


def by_glob(tree: Tree, pattern: str, shown: str) -> list[StoredFile]:
    """Return the files that a glob matches, sorted by path; of a folder that it matches, all files.

    ``*`` and ``?`` stand for characters of one name, ``[…]`` for one of some, ``**`` for any number of folders.

    Raises
    ------
    DataError
        If it matches nothing.
    """
    parts = pattern.split("/")
    wild = next(i for i, part in enumerate(parts) if _WILD.search(part))
    root = "/".join(parts[:wild]) or ("/" if pattern.startswith("/") else "")
    found: dict[str, StoredFile] = {}
    for relative, entry in _matches(tree, root, "", parts[wild:]):
        path = _joined(root, relative)
        if not entry.is_folder:
            found[relative] = tree.file(path, relative, entry.size_bytes)
            continue
        for file in in_folder(tree, path, path):
            below = f"{relative}/{file.relative}"
            found[below] = tree.file(f"{path}/{file.relative}", below, file.size_bytes)
    if not found:
        raise _no_match(tree, root, shown)
    return [found[relative] for relative in sorted(found)]


def _matches(tree: Tree, root: str, folder: str, parts: Sequence[str]) -> list[tuple[str, Entry]]:
    """Return what the parts of a glob match in a folder below the root: relative path and entry."""
    first, rest = parts[0], parts[1:]
    matched: list[tuple[str, Entry]] = []
    if first == "**" and rest:
        matched += _matches(tree, root, folder, rest)
    for entry in tree.entries(_joined(root, folder)):
        path = _joined(folder, entry.name)
        if first == "**":
            if entry.is_folder and entry.name != DELTA_LOG:
                matched += _matches(tree, root, path, parts)
            elif not rest:
                matched.append((path, entry))
        elif fnmatch.fnmatchcase(entry.name, first):
            if not rest:
                matched.append((path, entry))
            elif entry.is_folder:
                matched += _matches(tree, root, path, rest)
    return matched


def _joined(folder: str, path: str) -> str:
    return f"{folder.rstrip('/')}/{path}" if folder and path else folder or path


def _no_match(tree: Tree, root: str, shown: str) -> DataError:
    names = [entry.name for entry in tree.entries(root)]
    if not names:
        return DataError(f"No file matches {shown!r}: the folder {root or '.'!r} is empty or not there.")
    listed = ", ".join(repr(name) for name in names[:5]) + (" …" if len(names) > 5 else "")
    return DataError(f"No file matches {shown!r}.", hint=f"{root or 'The folder'!s} holds {listed}.")


class LocalTree(Tree):
    """The folders of this machine."""

    def entries(self, folder: str) -> list[Entry]:
        """Return what a folder holds."""
        place = Path(folder or ".")
        try:
            found = list(place.iterdir()) if place.is_dir() else []
        except OSError as error:
            raise DataError(
                f"The folder {folder!r} cannot be read: {error.strerror or error}.", hint="Check its rights."
            ) from None
        return sorted(
            Entry(path.name, path.is_dir(), 0 if path.is_dir() else path.stat().st_size)
            for path in found
            if not path.name.startswith(".") and path.exists()
        )

    def below(self, folder: str) -> list[tuple[str, int]]:
        """Return all files below a folder; links to folders are not followed."""
        found: list[tuple[str, int]] = []
        for entry in self.entries(folder):
            path = _joined(folder, entry.name)
            if not entry.is_folder:
                found.append((entry.name, entry.size_bytes))
            elif not Path(path).is_symlink():
                found += [(f"{entry.name}/{name}", size) for name, size in self.below(path)]
        return found

    def file(self, path: str, relative: str, size_bytes: int) -> StoredFile:
        """Return a file that was found."""
        del size_bytes
        return StoredFile.local(Path(path), relative)


def partitions(relative: str) -> dict[str, str | None]:
    """Return the columns that the folders of a path state, as in ``year=2024/month=05/part-0.parquet``.

    Parameters
    ----------
    relative : str
        Path of a file below the folder that was searched.

    Returns
    -------
    dict
        Column → its value as text; None where Hive says that it is missing.
    """
    from urllib.parse import unquote

    stated: dict[str, Any] = {}
    for part in PurePosixPath(relative).parts[:-1]:
        name, sign, value = part.partition("=")
        if sign and name:
            stated[unquote(name)] = None if value == "__HIVE_DEFAULT_PARTITION__" else unquote(value)
    return stated
