"""What libraries make of the same rows for every fit: made once."""

import threading
from collections.abc import Callable, Hashable
from typing import Any

#: Things kept at a time: few configurations differ in how their rows are binned.
_MOST = 4


class Shared:
    """Tables of one set of rows, e.g. with their numbers in bins; may be asked from several threads.

    What is kept is read by several fits at once, so nobody may change it.
    """

    def __init__(self) -> None:
        self._made: dict[Hashable, Any] = {}
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """Return what was made under a key before, else what is made now.

        Parameters
        ----------
        key : hashable
            Library, purpose and everything else that it depends on besides the rows.
        make : callable
            Makes it.
        """
        with self._lock:
            if key not in self._made:
                made = make()
                if len(self._made) == _MOST:
                    del self._made[next(iter(self._made))]
                self._made[key] = made
            return self._made[key]
