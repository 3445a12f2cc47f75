"""How long work tells that it is alive, without knowing who listens."""

import threading
from collections.abc import Sequence
from typing import Protocol


class Progress(Protocol):
    """Whoever listens to work that takes a while.

    Calls are cheap, may come from several threads, and never change a result.
    """

    def __call__(self, message: str, done: float | None = None) -> None:
        """Say what is going on.

        Parameters
        ----------
        message : str
            A few words, e.g. ``"fold 2 of 5"``.
        done : float, optional
            Share of the whole, 0 to 1; None where nobody knows.
        """


def silent(message: str, done: float | None = None) -> None:
    """Listen to nothing: the default of every verb."""


class InSteps:
    """Work in steps, told as one: each step says how far it is itself, and the whole never seems to go back.

    Parameters
    ----------
    listener : Progress
        Who is told of the whole.
    weights : sequence of float
        How long each step takes, in any unit; positive.
    """

    def __init__(self, listener: Progress, weights: Sequence[float]) -> None:
        self._listener = listener
        self._weights = list(weights)
        self._position = -1
        self._title = ""
        self._done = 0.0
        self._lock = threading.Lock()

    def begin(self, message: str, done: float | None = None) -> None:  # noqa: ARG002 - what a Progress takes
        """Say that the next step begins.

        Parameters
        ----------
        message : str
            What it is called.
        done : float, optional
            Of no account.
        """
        with self._lock:
            self._position += 1
            self._title = message
            whole = self._whole(0.0)
        self._listener(message, whole)

    def __call__(self, message: str, done: float | None = None) -> None:
        """Say what the present step is busy with; follows `Progress`."""
        with self._lock:
            whole = self._whole(done or 0.0)
        self._listener(f"{self._title}: {message}" if self._title else message, whole)

    def _whole(self, done: float) -> float:
        """Return the share of the whole; a step that does several things in turn fills its part only once."""
        before = sum(self._weights[: max(self._position, 0)])
        here = self._weights[self._position] if 0 <= self._position < len(self._weights) else 0.0
        share = (before + here * min(max(done, 0.0), 1.0)) / sum(self._weights)
        self._done = max(self._done, min(share, 1.0))
        return self._done
