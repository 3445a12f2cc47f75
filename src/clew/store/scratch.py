"""Folders for the time of some work; what a killed process has left is removed by the next one."""

import contextlib
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from clew.core.errors import BusyError, DataError
from clew.store.files import ProjectLock


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
    with lock.acquire():
        folder = lock.path.with_suffix("")
        try:
            folder.mkdir(mode=0o700)
            yield folder
        finally:
            _remove(folder, lock.path)


def _remove_leftovers(place: Path, prefix: str) -> None:
    for path in place.glob(f"{prefix}*.lock"):
        # In use, or of somebody else.
        with contextlib.suppress(BusyError, DataError), ProjectLock(path, "scratch").acquire():
            _remove(path.with_suffix(""), path)


def _remove(folder: Path, lock: Path) -> None:
    """Remove a folder and its lock, which we hold; where a file in it is still open, it is left to the next process."""
    shutil.rmtree(folder, ignore_errors=True)
    if not folder.exists():
        with contextlib.suppress(PermissionError):  # some systems do not remove what is open
            lock.unlink(missing_ok=True)
