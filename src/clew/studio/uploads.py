"""Files that people drop: taken within a limit, under a name of ours, and kept until a project takes them over."""

import secrets
import shutil
import threading
import time
from asyncio import to_thread
from collections.abc import AsyncIterable
from dataclasses import dataclass
from pathlib import Path

from clew.collect.formats import COMPRESSIBLE, ENDINGS
from clew.core.errors import UsageError
from clew.core.readable import size
from clew.studio.unpacked import check_unpacked

#: What a file may hold.
MAX_BYTES = 1024**3
#: An upload that nobody made a project of is removed after so long.
KEPT_S = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came in.

    Parameters
    ----------
    id : str
        Cannot be guessed.
    name : str
        Plain name that it may have in a project.
    path : Path
        Where it lies.
    size_bytes : int
        What it holds.
    """

    id: str
    name: str
    path: Path
    size_bytes: int


def plain_name(name: str) -> str:
    """Return the name of an uploaded file, if it is one that a project may hold.

    Raises
    ------
    UsageError
        If it is a path, hidden, too long, holds odd characters, or has no ending of a table.
    """
    odd = any(ord(character) < 32 or character in '/\\:*?"<>|\x7f' for character in name)
    if not name or odd or name.startswith((".", "~", "-")) or ".." in name or len(name.encode()) > 200:
        raise UsageError(
            f"{name[:80]!r} cannot name a file of a project.",
            hint='Use a plain name such as rows.csv: no folders, none of : * ? " < > |, no dot or dash first.',
        )
    packed = tuple(f"{ending}{packing}" for ending in COMPRESSIBLE for packing in (".gz", ".zst"))
    if not name.lower().endswith((*ENDINGS, *packed)):
        raise UsageError(f"{name!r} has no ending of a table.", hint=f"Tables end in {', '.join(sorted(ENDINGS))}.")
    return name


class Uploads:
    """Keeps uploads in a folder of its own.

    Parameters
    ----------
    folder : Path
        Where they lie; made when the first one comes.
    max_bytes : int, default `MAX_BYTES`
        What one file may hold.
    """

    def __init__(self, folder: Path, *, max_bytes: int = MAX_BYTES) -> None:
        self.folder = folder
        self.max_bytes = max_bytes
        self._lock = threading.Lock()
        self._kept: dict[str, Upload] = {}

    async def take(self, name: str, parts: AsyncIterable[bytes]) -> Upload:
        """Keep a file that arrives in parts.

        Raises
        ------
        UsageError
            If its name is none, or it is empty or too large, packed or unpacked; nothing is kept then.
        DataError
            If it is packed and damaged.
        """
        checked = plain_name(name)
        self._forget()
        key = secrets.token_urlsafe(16)
        place = self.folder / key
        place.mkdir(parents=True, mode=0o700)
        path, held = place / checked, 0
        try:
            with path.open("xb") as file:
                async for part in parts:
                    held += len(part)
                    if held > self.max_bytes:
                        raise UsageError(
                            f"{checked!r} is larger than {size(self.max_bytes)}.",
                            hint="Put it into a folder of this machine and name its path instead.",
                        )
                    file.write(part)
            if not held:
                raise UsageError(f"{checked!r} is empty.", hint="Choose a file with rows.")
            await to_thread(check_unpacked, path)
        except BaseException:
            shutil.rmtree(place, ignore_errors=True)
            raise
        upload = Upload(key, checked, path, held)
        with self._lock:
            self._kept[key] = upload
        return upload

    def get(self, key: str) -> Upload:
        """Return an upload.

        Raises
        ------
        UsageError
            If there is none of that id.
        """
        with self._lock:
            found = self._kept.get(key)
        if found is None or not found.path.is_file():
            raise UsageError("That upload is not there any more.", hint="Drop the file again.")
        return found

    def remove(self, key: str) -> None:
        """Remove an upload; one that is not there is no error."""
        with self._lock:
            found = self._kept.pop(key, None)
        if found is not None:
            shutil.rmtree(found.path.parent, ignore_errors=True)

    def close(self) -> None:
        """Remove every upload."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _forget(self) -> None:
        old = time.time() - KEPT_S
        with self._lock:
            gone = [
                key for key, kept in self._kept.items() if not kept.path.is_file() or kept.path.stat().st_mtime < old
            ]
        for key in gone:
            self.remove(key)
