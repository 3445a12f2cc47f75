"""When a booster stops learning."""

import time
from dataclasses import dataclass, field


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
