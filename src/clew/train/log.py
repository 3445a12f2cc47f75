"""What each second was spent on."""

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One piece of work.

    Parameters
    ----------
    start_s : float
        Seconds from the start of training to its own.
    seconds : float
        How long it took; work that ran side by side counts in full each time.
    what : str
        Kind of work: ``"read"``, ``"prepare"``, ``"fit"`` …
    algorithm : str, optional
        Of which algorithm.
    model : str, optional
        Of which configuration.
    """

    start_s: float
    seconds: float
    what: str
    algorithm: str | None = None
    model: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        return {
            "start_s": round(self.start_s, 3),
            "seconds": round(self.seconds, 3),
            "what": self.what,
            "algorithm": self.algorithm,
            "model": self.model,
        }


@dataclass(frozen=True, slots=True)
class Activity:
    """All work of one kind and algorithm.

    Parameters
    ----------
    what : str
        Kind of work.
    algorithm : str, optional
        Of which algorithm.
    count : int
        How often.
    seconds : float
        In all; work that ran side by side counts in full each time.
    """

    what: str
    algorithm: str | None
    count: int
    seconds: float


class Log:
    """Takes note of work while it happens; may be called from several threads.

    Parameters
    ----------
    started : float
        Value of `time.monotonic` at which training started.
    """

    def __init__(self, started: float) -> None:
        self.started = started
        self._entries: list[LogEntry] = []
        self._lock = threading.Lock()

    @contextmanager
    def span(self, what: str, *, algorithm: str | None = None, model: str | None = None) -> Iterator[None]:
        """Take note of what happens while the block runs, also where it fails."""
        start = time.monotonic()
        try:
            yield
        finally:
            self.add(what, start, time.monotonic() - start, algorithm=algorithm, model=model)

    def add(
        self, what: str, start: float, seconds: float, *, algorithm: str | None = None, model: str | None = None
    ) -> None:
        """Take note of work that is over; `start` is a value of `time.monotonic`."""
        entry = LogEntry(start - self.started, seconds, what, algorithm, model)
        with self._lock:
            self._entries.append(entry)

    def entries(self) -> tuple[LogEntry, ...]:
        """Return what was noted so far, in order of time."""
        with self._lock:
            return tuple(sorted(self._entries, key=lambda entry: entry.start_s))


def by_activity(log: Iterable[LogEntry]) -> tuple[Activity, ...]:
    """Return the seconds by kind of work and algorithm, the longest first.

    Parameters
    ----------
    log : iterable of LogEntry
        What was noted.
    """
    grouped: dict[tuple[str, str | None], list[float]] = {}
    for entry in log:
        grouped.setdefault((entry.what, entry.algorithm), []).append(entry.seconds)
    rows = [Activity(what, algorithm, len(seconds), sum(seconds)) for (what, algorithm), seconds in grouped.items()]
    return tuple(sorted(rows, key=lambda row: -row.seconds))
