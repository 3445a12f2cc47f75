"""One configuration: fitted to the learning side of each fold, asked about the judging side."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from clew.define.problem import Task
from clew.train.estimators import get_estimator
from clew.train.estimators.base import FittedEstimator, Floats, Part
from clew.train.preparation import Fold, Folds

#: Up to this many learning rows a model is fitted again to all of them, once the rounds are known.
_REFIT_UP_TO = 4_000
#: Length of all steps together where no rows can say when to stop: 120 rounds at a learning rate of 0.05.
_STEPS_WITHOUT_STOPPING = 6.0
#: Calls whose quickest counts: other work on the machine only ever adds to the others.
_LATENCY_CALLS = 30


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
        False where the clock ended the learning.
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
        object.__setattr__(self, "scores", np.concatenate([outcome.scores for outcome in self.outcomes]))

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


def run_fold(
    configuration: Configuration,
    folds: Folds,
    position: int,
    *,
    threads: int,
    deadline: float | None = None,
) -> Outcome:
    """Fit a configuration to one fold and ask it about the judging rows.

    Parameters
    ----------
    configuration : Configuration
        What to try.
    folds : Folds
        The splits.
    position : int
        Which of them.
    threads : int
        Threads to use.
    deadline : float, optional
        Value of `time.monotonic` after which no further round starts.

    Raises
    ------
    DataError
        If the library refuses the rows or the parameters.
    """
    fold = folds[position]
    get_estimator(configuration.algorithm).warm()
    started = time.monotonic()
    problem = folds.rows.problem
    estimator = fit_stopping(
        configuration, fold, task=problem.task, classes=folds.rows.classes, threads=threads, deadline=deadline
    )
    fit_s = time.monotonic() - started
    scores = estimator.predict(fold.judged, threads=threads)
    first = position == 0
    return Outcome(
        scores,
        estimator.rounds,
        fit_s,
        complete=deadline is None or time.monotonic() < deadline,
        estimator=estimator if first and deadline is not None else None,
        predict_ms=latency_ms(estimator, fold) if first else None,
    )


def fit_stopping(
    configuration: Configuration,
    fold: Fold,
    *,
    task: Task,
    classes: int,
    threads: int,
    deadline: float | None,
) -> FittedEstimator:
    """Fit to the learning side of a fold; rows that are not learnt from say when to stop.

    Where the rows are few, the model is then fitted to all of them with the rounds just found.
    """
    spec = get_estimator(configuration.algorithm)
    learn, rounds = fold.prepared.learn, spec.max_rounds
    # Named rounds are kept to the letter, unless it is said when to stop before them.
    if rounds is None or not spec.stops_early(configuration.params):
        return fit_all(configuration, learn, task=task, classes=classes, threads=threads, deadline=deadline)
    if fold.stop is None:
        rate = float(spec.check(configuration.params)["learning_rate"])
        given = {**configuration.params, rounds: max(10, round(_STEPS_WITHOUT_STOPPING / rate))}
        blind = Configuration(configuration.number, configuration.algorithm, given, configuration.seed)
        return fit_all(blind, learn, task=task, classes=classes, threads=threads, deadline=deadline)
    inner = learn.take(fold.stop.train)
    found = spec.fit(
        inner.matrix,
        inner.target,
        task=task,
        classes=classes,
        params=configuration.params,
        weight=inner.weight,
        stop=learn.take(fold.stop.test),
        seed=configuration.seed,
        threads=threads,
        deadline=deadline,
    )
    if len(learn) > _REFIT_UP_TO or found.rounds is None:
        return found
    return fit_all(
        configuration, learn, task=task, classes=classes, threads=threads, deadline=deadline, rounds=found.rounds
    )


def fit_all(
    configuration: Configuration,
    learn: Part,
    *,
    task: Task,
    classes: int,
    threads: int,
    deadline: float | None = None,
    rounds: int | None = None,
) -> FittedEstimator:
    """Fit to all rows given, without rows that say when to stop.

    Parameters
    ----------
    configuration : Configuration
        Algorithm, parameters and seed.
    learn : Part
        The rows.
    task : Task
        Kind of answer.
    classes : int
        Number of classes, 0 for a regression.
    threads : int
        Threads to use.
    deadline : float, optional
        Value of `time.monotonic` after which no further round starts.
    rounds : int, optional
        How many, where the algorithm learns in rounds.
    """
    spec = get_estimator(configuration.algorithm)
    params = dict(configuration.params)
    if spec.max_rounds is not None and rounds is not None:
        params[spec.max_rounds] = rounds
    return spec.fit(
        learn.matrix,
        learn.target,
        task=task,
        classes=classes,
        params=params,
        weight=learn.weight,
        seed=configuration.seed,
        threads=threads,
        deadline=deadline,
    )


def latency_ms(estimator: FittedEstimator, fold: Fold) -> float | None:
    """Return the quickest of some calls for one row each, in milliseconds; None where there is no row to ask about."""
    rows = len(fold.judged.numeric)
    if rows == 0:
        return None
    taken = []
    for call in range(_LATENCY_CALLS):
        row = call % rows
        started = time.perf_counter()
        estimator.predict_row(fold.judged.numeric[row], fold.judged.codes[row])
        taken.append(time.perf_counter() - started)
    return min(taken) * 1000.0
