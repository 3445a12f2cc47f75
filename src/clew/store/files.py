"""Files that are whole or not there, and the lock that keeps two writers apart."""

import contextlib
import errno
import json
import os
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from clew.core.errors import BusyError, DataError, UsageError
from clew.core.progress import Progress, silent

#: Seconds between two attempts to take a lock.
_PAUSE_S = 0.05


def write_atomic(path: Path, data: bytes | str) -> None:
    """Write a file so that a reader, or a crash, sees the old content or the new one and nothing between.

    The data go to a file beside it, are forced to the disk, and take the place of the old file in one step; then the
    folder is forced to the disk too. Folders on the way are made.

    Parameters
    ----------
    path : Path
        The file.
    data : bytes or str
        Its content; text is written as UTF-8.

    Raises
    ------
    DataError
        If the place cannot be written to.
    """
    with replacing(path) as file:
        file.write(data.encode() if isinstance(data, str) else data)


def place_of_page(path: str | Path, what: str) -> Path:
    """Return where a page is to be written, before anything is drawn.

    Raises
    ------
    UsageError
        If the file would be of another type; `what` says of which thing it is a page.
    """
    place = Path(path)
    if place.suffix.lower() not in {".html", ".htm"}:
        raise UsageError(f"A {what} is saved as a page, and {place.name!r} is none.", hint="End its name in .html.")
    return place


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for content that comes bit by bit, with the promises of `write_atomic`.

    Parameters
    ----------
    path : Path
        The file. It is put in its place when the block ends; where the block raises, all stays as it was.

    Raises
    ------
    DataError
        If the place cannot be written to.
    """
    partial = path.with_name(f".{path.name[:80]}.{secrets.token_hex(6)}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _beside(path, partial) as file:
            yield file
        sync_folder(path.parent)
    except OSError as error:
        raise DataError(
            f"{str(path)!r} cannot be written: {error.strerror}.", hint="Check the folder, the rights and the space."
        ) from None


@contextlib.contextmanager
def _beside(path: Path, partial: Path) -> Iterator[IO[bytes]]:
    """Write beside the file, and put that in its place."""
    try:
        # Exclusive: nobody else can have left a link under this name.
        with partial.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            partial.chmod(path.stat().st_mode & 0o7777)
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


#: What the system says where a file cannot be written, for want of room, of rights, or of the folder.
_NO_FILES = frozenset(
    getattr(errno, name)
    for name in ("ENOSPC", "EDQUOT", "EFBIG", "EROFS", "EACCES", "EPERM", "ENOENT", "ENOTDIR")
    if hasattr(errno, name)
)


def no_temporary_files(who: str, error: OSError) -> DataError:
    """Return the error for work that could not keep its temporary files, or that the system refused otherwise.

    Parameters
    ----------
    who : str
        Whose work it is.
    error : OSError
        What the system said.
    """
    if error.errno not in _NO_FILES:
        return DataError(f"{who} was refused by the system: {error}.", hint="Give it what it lacks, or leave it out.")
    return DataError(
        f"{who} could not keep files in {tempfile.gettempdir()}, the folder for temporary files: {error}.",
        hint="Make room there, or name another folder in the environment variable TMPDIR.",
    )


def sync_folder(folder: Path) -> None:
    """Force a folder's list of names to the disk; a no-op where the system has no such call."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_tree(folder: Path, *, deep: bool = True) -> None:
    """Force a folder to the disk.

    Parameters
    ----------
    folder : Path
        The folder.
    deep : bool, default True
        Whether the files and folders in it are forced too, before the folder itself.
    """
    if deep:
        for place, _, names in os.walk(folder, topdown=False):
            for name in names:
                file = Path(place) / name
                if not file.is_symlink():
                    with file.open("r+b" if sys.platform == "win32" else "rb") as opened:
                        os.fsync(opened.fileno())
            sync_folder(Path(place))
    sync_folder(folder)


class ProjectLock:
    """A lock between processes, given back by the operating system when its holder ends in whatever way.

    Within one process two locks on one path exclude each other as well. The lock file stays where it is: removing it
    would let two processes hold "the" lock at once.

    Parameters
    ----------
    path : Path
        The lock file; folders on the way are made.
    what : str, default "work"
        What the lock is taken for, told to whoever is kept out.
    """

    def __init__(self, path: Path, what: str = "work") -> None:
        self.path = path
        self.what = what

    @contextlib.contextmanager
    def acquire(self, wait_s: float = 0.0, progress: Progress = silent, *, signed: bool = True) -> Iterator[None]:
        """Hold the lock within a ``with`` block.

        Parameters
        ----------
        wait_s : float, default 0
            Seconds to wait for the present holder.
        progress : Progress, optional
            Who is told for whom we wait.
        signed : bool, default True
            Whether others are told who holds it, for which the disk must have room.

        Raises
        ------
        BusyError
            If somebody else still holds it then; the message says who, since when and for what.
        DataError
            If nothing can be written there.
        """
        until = time.monotonic() + wait_s
        told = ""
        with self._open() as file:
            while not _try_lock(file):
                if time.monotonic() >= until:
                    raise self._busy()
                if (whom := self._whom()) != told:
                    progress(f"waiting for {whom}")
                    told = whom
                time.sleep(min(_PAUSE_S, max(until - time.monotonic(), 0.001)))
            try:
                if signed:
                    self._sign()
                yield
            finally:
                # Nobody else can hold the lock here, so the note is ours to remove.
                self._note.unlink(missing_ok=True)
                _unlock(file)

    def _open(self) -> IO[bytes]:
        folder = self.path.parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
            return self.path.open("a+b")
        except OSError as error:
            raise DataError(
                f"Nothing can be written to {folder}: {error.strerror}.", hint="Check the folder and its rights."
            ) from error

    @property
    def _note(self) -> Path:
        """Who holds the lock: beside it, for a locked file cannot be read on every system."""
        return self.path.with_name(self.path.name + ".holder")

    def _sign(self) -> None:
        note = {"pid": os.getpid(), "since": datetime.now(UTC).isoformat(timespec="seconds"), "what": self.what}
        write_atomic(self._note, json.dumps(note))

    def holder(self) -> dict[str, str | int] | None:
        """Return ``pid``, ``since`` (UTC, ISO 8601) and ``what`` of whoever signed last; None where nobody has."""
        try:
            note: dict[str, str | int] = json.loads(self._note.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return note

    def _who(self) -> str:
        holder = self.holder()
        return f"process {holder['pid']} ({holder['what']}, since {holder['since']})" if holder else "another process"

    def _whom(self) -> str:
        holder = self.holder()
        if holder is None:
            return "another process to end"
        since = datetime.fromisoformat(str(holder["since"]))
        return f"{holder['what']} to end: process {holder['pid']}, since {since:%d %B, %H:%M} UTC"

    def _busy(self) -> BusyError:
        return BusyError(
            f"The lock {str(self.path)!r} is held by {self._who()}.",
            hint="Wait until it ends (`clew run --wait SECONDS` does), or end that process.",
        )


if sys.platform == "win32":
    import msvcrt

    def _try_lock(file: IO[bytes]) -> bool:
        file.seek(0)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(file: IO[bytes]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _try_lock(file: IO[bytes]) -> bool:
        # flock belongs to the open file and not to the process, so two locks in one process exclude each other too.
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            raise DataError(
                f"{file.name} cannot be locked: {error.strerror}.", hint="Name a folder on a disk of this machine."
            ) from error
        return True

    def _unlock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)
