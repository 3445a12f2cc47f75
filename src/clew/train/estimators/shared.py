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
        self._made: dict[tuple[Hashable, int], tuple[Any, object]] = {}
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple[type["Shared"], tuple[()]]:
        # Another process makes its own.
        return Shared, ()

    def get(self, purpose: Hashable, make: Callable[[], Any], *, beside: object = None) -> Any:
        """Return what was made for a purpose before, else what is made now.

        Parameters
        ----------
        purpose : hashable
            Library, and everything else that it depends on besides the rows.
        make : callable
            Makes it.
        beside : object, optional
            What it was made to go with, by its identity; it lives as long as what was made.
        """
        key = purpose, id(beside)
        with self._lock:
            if key not in self._made:
                made = make()
                if len(self._made) == _MOST:
                    del self._made[next(iter(self._made))]
                self._made[key] = made, beside
            return self._made[key][0]
