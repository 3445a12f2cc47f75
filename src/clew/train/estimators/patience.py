"""When a booster stops learning."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

#: Rounds that say how long a round takes, where the library looks at no clock.
_FEW_ROUNDS = 100
#: Share of the seconds left that further rounds are planned to take.
_OF_THE_REST = 0.8


def rounds_to_wait(learning_rate: float) -> int:
    """Return how many rounds without improvement end the learning: the smaller the steps, the more.

    Parameters
    ----------
    learning_rate : float
        Size of a step.
    """
    return max(20, min(150, round(3.0 / max(learning_rate, 1e-6))))


@dataclass
class Stopper:
    """Says after each round whether it was the last, and remembers the best.

    Parameters
    ----------
    patience : int
        Rounds without improvement after which to stop.
    deadline : float, optional
        Value of `time.monotonic` after which no further round starts.
    """

    patience: int
    deadline: float | None = None
    best: float = field(default=float("inf"), init=False)
    best_round: int = field(default=0, init=False)
    rounds: int = field(default=0, init=False)

    def done(self, loss: float | None) -> bool:
        """Take note of a round and say whether it was the last.

        Parameters
        ----------
        loss : float, optional
            Loss on the rows that say when to stop; None where there are none.
        """
        self.rounds += 1
        if loss is None or loss < self.best:
            self.best = self.best if loss is None else loss
            self.best_round = self.rounds
        late = self.deadline is not None and time.monotonic() >= self.deadline
        return late or self.rounds - self.best_round >= self.patience


def in_time(
    fit: Callable[[int], Any], rounds: int, *, deadline: float | None, stopped: Callable[[Any], bool]
) -> tuple[Any, bool]:
    """Fit with as many rounds as are sure to be done before a deadline, and at least a few.

    Parameters
    ----------
    fit : callable
        Takes a number of rounds, returns a model; a fit in progress cannot be ended.
    rounds : int
        At most.
    deadline : float, optional
        Value of `time.monotonic`.
    stopped : callable
        Whether a model would not be better for more rounds.

    Returns
    -------
    tuple of model and bool
        The model, and whether the clock kept it from more rounds.
    """
    few = min(rounds, _FEW_ROUNDS)
    if deadline is None or few == rounds:
        return fit(rounds), False
    fit(1)  # the first fit of a process pays for much that the next ones do not
    started = time.monotonic()
    model = fit(few)
    now = time.monotonic()
    if stopped(model):
        return model, False
    more = min(rounds, int(few * _OF_THE_REST * (deadline - now) / (now - started)))
    if more <= few:
        return model, True
    model = fit(more)
    return model, more < rounds and not stopped(model)
