"""Folders that are replaced as a whole: a reader sees the old one or the new one, never a mixture.

The new folder is written beside the old one, flushed to disk, and put in its place by renaming. A file system has no
single step that exchanges two folders everywhere, so the old one is kept as ``.NAME.previous`` until the new one is in
place; if the machine stops between the two renames, `existing` finds it there.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clew.core.errors import DataError, UsageError
from clew.store.files import sync_folder, sync_tree


@contextmanager
def replacing(target: Path, *, marker: str) -> Iterator[Path]:
    """Write a folder aside and put it in place when the block ends; if the block fails, nothing changes.

    Parameters
    ----------
    target : Path
        The folder to make or replace; folders above it are made.
    marker : str
        File that says that a folder is of this kind; a folder without it is never replaced, unless it is empty.

    Yields
    ------
    Path
        An empty folder to write into.

    Raises
    ------
    UsageError
        If something else is there, or the folder above cannot be written to.
    DataError
        If the disk takes no more, or fails otherwise, on the way.
    """
    check_place(target, marker=marker)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".partial", dir=target.parent))
    except OSError as error:
        raise UsageError(
            f"Nothing can be written to {target.parent}: {error.strerror}.", hint="Name another folder."
        ) from error
    try:
        aside.chmod(0o755)  # mkdtemp's folders are closed to everybody else
        yield aside
        sync_tree(aside)
        _exchange(aside, target)
    except OSError as error:
        raise DataError(
            f"{target} could not be written: {error.strerror or error}; what was there before is as it was.",
            hint="Make room on the disk, or name a folder on another one.",
        ) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def existing(target: Path) -> Path:
    """Return the folder that counts: the target, or its predecessor if a replacement was interrupted."""
    # A path such as "." has no name of its own to find a predecessor by.
    target = target.resolve()
    previous = _previous(target)
    return previous if not target.exists() and previous.is_dir() else target


def check_place(target: Path, *, marker: str) -> None:
    """Refuse a place that `replacing` would leave as it is; worth asking before hours of work.

    Parameters
    ----------
    target : Path
        The folder to make or replace.
    marker : str
        As for `replacing`.

    Raises
    ------
    UsageError
        If something else is there, or the folder above cannot be written to.
    """
    if target.is_dir() and not (target / marker).is_file() and any(target.iterdir()):
        raise UsageError(
            f"{target} is a folder of something else (it has no {marker}), and is left as it is.",
            hint="Name a new folder, or remove this one first.",
        )
    if target.exists() and not target.is_dir():
        raise UsageError(f"{target} is a file, and is left as it is.", hint="Name a folder.")
    above = next((folder for folder in target.absolute().parents if folder.exists()), None)
    if above is None:
        return
    try:
        # Rights alone do not tell: a file system may be read-only, or made by the kernel.
        tempfile.TemporaryDirectory(prefix=".clew-", dir=above).cleanup()
    except OSError as error:
        reason = "it may not be written to" if above.is_dir() else "it is a file"
        raise UsageError(f"Nothing can be written to {above}: {reason}.", hint="Name another folder.") from error


def _exchange(new: Path, target: Path) -> None:
    previous = _previous(target)
    if target.exists():
        shutil.rmtree(previous, ignore_errors=True)
        target.rename(previous)
    new.rename(target)
    sync_folder(target.parent)
    shutil.rmtree(previous, ignore_errors=True)


def _previous(target: Path) -> Path:
    return target.with_name(f".{target.name}.previous")
