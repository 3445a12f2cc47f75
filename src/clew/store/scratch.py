"""Folders for the time of some work; what a killed process has left is removed by the next one."""

import contextlib
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from clew.core.errors import BusyError, DataError
from clew.store.files import ProjectLock, no_temporary_files

#: Seconds for which somebody who removes what others have left may look at a new lock.
_LOOKED_AT_S = 5.0


@contextlib.contextmanager
def scratch_folder(prefix: str) -> Iterator[Path]:
    """Make a folder that only this user can read, and remove it with all that is in it when the block ends.

    Folders of the same kind whose process was killed are removed first: the system has given back their locks.

    Parameters
    ----------
    prefix : str
        With which its name begins, e.g. ``"clew-tune-"``.

    Raises
    ------
    DataError
        If nothing can be written to the system's folder for such files.
    """
    place = Path(tempfile.gettempdir())
    _remove_leftovers(place, prefix)
    lock = ProjectLock(place / f"{prefix}{secrets.token_hex(8)}.lock", "scratch")
    folder = lock.path.with_suffix("")
    try:
        with lock.acquire(wait_s=_LOOKED_AT_S):
            try:
                folder.mkdir(mode=0o700)
            except OSError as error:
                raise no_temporary_files("This work", error) from error
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)
    finally:
        _forget(folder, lock.path)


def _remove_leftovers(place: Path, prefix: str) -> None:
    for path in place.glob(f"{prefix}*.lock"):
        folder = path.with_suffix("")
        # In use, or of somebody else.
        with contextlib.suppress(BusyError, DataError), ProjectLock(path, "scratch").acquire(signed=False):
            shutil.rmtree(folder, ignore_errors=True)
            _forget(folder, path)


def _forget(folder: Path, lock: Path) -> None:
    """Remove the lock of a folder; where a file in that is still open, both are left to the next process."""
    if not folder.exists():
        with contextlib.suppress(PermissionError, NotADirectoryError):  # some systems do not remove what is open
            lock.unlink(missing_ok=True)
