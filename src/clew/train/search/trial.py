"""One configuration, and what the folds told of it."""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from clew.train.estimators.base import FittedEstimator, Floats


@dataclass(frozen=True, slots=True)
class Configuration:
    """An algorithm and its parameters, as they stand in the list of those to be tried.

    Parameters
    ----------
    number : int
        Position in the list.
    algorithm : str
        Name in `ESTIMATORS`.
    params : mapping
        Parameters that differ from the defaults.
    seed : int
        Of all its random choices.
    """

    number: int
    algorithm: str
    params: Mapping[str, Any]
    seed: int

    @property
    def name(self) -> str:
        """Name on the leaderboard."""
        return f"{self.algorithm}_{self.number + 1}"


@dataclass(frozen=True)
class Outcome:
    """What one fold told of a configuration.

    Parameters
    ----------
    scores : ndarray, shape (judged, k) or (judged,)
        Answers for the judging rows.
    rounds : int, optional
        Rounds learnt, where the algorithm learns in rounds.
    fit_s : float
        Seconds of fitting.
    complete : bool
        False where the clock ended the learning, or left a part of it out.
    estimator : FittedEstimator, optional
        The fitted estimator, kept for the first fold where a clock may leave no time to refit.
    predict_ms : float, optional
        Milliseconds for one row; measured in the first fold.
    """

    scores: Floats
    rounds: int | None
    fit_s: float
    complete: bool
    estimator: FittedEstimator | None = None
    predict_ms: float | None = None


@dataclass(frozen=True)
class Trial:
    """A configuration with the outcomes of all folds.

    Parameters
    ----------
    configuration : Configuration
        What was tried.
    outcomes : tuple of Outcome
        In the order of the folds.
    """

    configuration: Configuration
    outcomes: tuple[Outcome, ...]
    scores: Floats = field(init=False)

    def __post_init__(self) -> None:
        scores = np.concatenate([outcome.scores for outcome in self.outcomes])
        ends = np.cumsum([len(outcome.scores) for outcome in self.outcomes])
        # The parts are views of the whole, so that the answers are held once.
        parts = zip(self.outcomes, np.split(scores, ends[:-1]), strict=True)
        object.__setattr__(self, "scores", scores)
        object.__setattr__(self, "outcomes", tuple(replace(outcome, scores=part) for outcome, part in parts))

    def with_ms(self, predict_ms: float) -> "Trial":
        """Return the trial with other milliseconds for one row; the answers are held once all the same."""
        made = copy(self)
        first, *others = self.outcomes
        object.__setattr__(made, "outcomes", (replace(first, predict_ms=predict_ms), *others))
        return made

    @property
    def fit_s(self) -> float:
        """Seconds of fitting in all folds together."""
        return sum(outcome.fit_s for outcome in self.outcomes)

    @property
    def predict_ms(self) -> float | None:
        """Milliseconds for one row, as measured in the first fold."""
        return self.outcomes[0].predict_ms

    @property
    def rounds(self) -> int | None:
        """Mean number of rounds, rounded."""
        rounds = [outcome.rounds for outcome in self.outcomes if outcome.rounds is not None]
        return max(1, round(sum(rounds) / len(rounds))) if rounds else None

    @property
    def complete(self) -> bool:
        """Whether no fold was ended by the clock."""
        return all(outcome.complete for outcome in self.outcomes)
