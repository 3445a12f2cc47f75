"""Tables that are being looked at: those of dataset versions, and those that a page made for one visit."""

import secrets
import threading
import time
from collections import OrderedDict

from clew.core.errors import UsageError
from clew.explore.look import Look
from clew.project.workspace import KEPT_BYTES, Workspace

#: Versions whose descriptions are kept at hand.
_KEPT_LOOKS = 8
#: A table is answered for so long after its grid is gone, in seconds.
GRACE_S = 10.0


class Looks:
    """Dataset versions with what is known about them; safe for several threads.

    Parameters
    ----------
    workspace : Workspace
        Whose projects.
    kept_bytes : int, default `KEPT_BYTES`
        Memory that their rows may take together; the workspace keeps most of them anyway.
    """

    def __init__(self, workspace: Workspace, *, kept_bytes: int = KEPT_BYTES) -> None:
        self._workspace = workspace
        self._kept_bytes = kept_bytes
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str, int], Look] = OrderedDict()

    def get(self, project: str, dataset: str, version: int) -> Look:
        """Return a dataset version to look around in; what was described lately is at hand.

        Raises
        ------
        UsageError
            If there is no such project, dataset or version.
        """
        data = self._workspace.dataset(project, dataset, version)
        key = (project, dataset, version)
        with self._lock:
            kept = self._kept.get(key)
            # The domain model may say something else by now.
            if kept is None or kept.frame is not data.frame or kept.schema != data.schema:
                kept = self._kept[key] = Look(data.frame, data.schema)
            self._kept.move_to_end(key)
            while len(self._kept) > 1 and (len(self._kept) > _KEPT_LOOKS or self._size() > self._kept_bytes):
                self._kept.popitem(last=False)
            return kept

    def _size(self) -> int:
        return sum(int(kept.frame.estimated_size()) for kept in self._kept.values())


class Grids:
    """Tables made for one visit of a page, each under a name that cannot be guessed."""

    def __init__(self) -> None:
        self._kept: dict[str, Look] = {}
        #: Tables whose grid is gone, and when it went: what a page asked for just before is still answered.
        self._left: dict[str, float] = {}

    def add(self, look: Look) -> str:
        """Keep a table until `remove`; return its name."""
        self._forget()
        name = secrets.token_urlsafe(16)
        self._kept[name] = look
        return name

    def get(self, name: str) -> Look:
        """Return a table.

        Raises
        ------
        UsageError
            If it is not there any more.
        """
        look = self._kept.get(name)
        if look is None:
            raise UsageError("These rows are not at hand any more.", hint="Open the page anew.")
        return look

    def remove(self, name: str) -> None:
        """Forget a table, in a moment: a question about it may be on its way."""
        self._left[name] = time.monotonic()
        self._forget()

    def _forget(self) -> None:
        old = time.monotonic() - GRACE_S
        for name in [name for name, when in list(self._left.items()) if when < old]:
            self._left.pop(name, None)
            self._kept.pop(name, None)

    def __len__(self) -> int:
        return len(self._kept) - len(self._left)
