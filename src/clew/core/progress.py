"""How long work tells that it is alive, without knowing who listens."""

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
