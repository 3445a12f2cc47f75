"""One configuration fitted to the learning side of a fold, and asked about the judging side."""

import time
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from clew.core.errors import DataError
from clew.define.problem import Task
from clew.prepare.matrix import Matrix
from clew.train.estimators import get_estimator
from clew.train.estimators.base import FittedEstimator, Part, take
from clew.train.folds.preparation import Fold, Folds, Sides
from clew.train.search.trial import Configuration, Outcome, Trial

#: Up to this many learning rows a model is fitted again to all of them, once the rounds are known.
_REFIT_UP_TO = 4_000
#: Share of the rounds with which a fit that the clock ended is still the one that was judged.
_ENOUGH_ROUNDS = 0.9
#: Calls whose quickest counts: other work on the machine only ever adds to the others.
_LATENCY_CALLS = 30


@dataclass(frozen=True, slots=True)
class Asked:
    """A configuration, and how it is to be fitted.

    Parameters
    ----------
    configuration : Configuration
        What to try.
    task : Task
        Kind of answer.
    classes : int
        Number of classes, 0 for a regression.
    threads : int
        Threads to use.
    deadline : float, optional
        Value of `time.monotonic` after which no further round starts.
    keep : bool, default False
        Whether the fitted estimator is kept.
    measure : bool, default False
        Whether the milliseconds for one row are measured.
    whole : bool, default False
        Whether all learning rows are learnt from, none of them only to say when to stop.
    rounds : int, optional
        How many, where the algorithm learns in rounds and all rows are learnt from.
    """

    configuration: Configuration
    task: Task
    classes: int
    threads: int
    deadline: float | None
    keep: bool = False
    measure: bool = False
    whole: bool = False
    rounds: int | None = None


class Apart(Protocol):
    """Fits that can be ended, whatever they are busy with."""

    def takes(self, asked: Asked, learn: Part) -> bool:
        """Return whether a fit had better run here, as a deadline alone might not end it."""

    def outcome(self, asked: Asked, sides: Sides, *, until: float) -> Outcome:
        """Do what `outcome_of` does; a DataError where that takes longer than `until`."""


def run_fold(
    configuration: Configuration,
    folds: Folds,
    position: int,
    *,
    threads: int,
    deadline: float | None = None,
    apart: Apart | None = None,
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
    apart : Apart, optional
        Where fits run that the deadline cannot end.

    Raises
    ------
    DataError
        If the library refuses the rows or the parameters, or the fit had to be ended.
    """
    sides, first = folds[position].sides, position == 0
    asked = Asked(
        configuration,
        folds.rows.problem.task,
        folds.rows.classes,
        threads,
        deadline,
        keep=first and deadline is not None,
        measure=first,
    )
    if apart is not None and deadline is not None and apart.takes(asked, sides.learn):
        return apart.outcome(asked, sides, until=deadline)
    return outcome_of(asked, sides)


def outcome_of(asked: Asked, sides: Sides) -> Outcome:
    """Fit, ask about the judging rows, and measure what is to be measured.

    Parameters
    ----------
    asked : Asked
        What is fitted, and how.
    sides : Sides
        The rows.

    Raises
    ------
    DataError
        If the library refuses the rows or the parameters.
    """
    get_estimator(asked.configuration.algorithm).warm()
    started = time.monotonic()
    estimator = _fit_whole(asked, sides.learn, asked.rounds) if asked.whole else _fit_stopping(asked, sides)
    fit_s = time.monotonic() - started
    scores = estimator.predict(sides.judged, threads=asked.threads)
    complete = asked.deadline is None or time.monotonic() < asked.deadline
    predict_ms = latency_ms(estimator, sides.judged) if asked.measure else None
    estimator.engine.release()
    return Outcome(
        scores,
        estimator.rounds,
        fit_s,
        complete=complete,
        estimator=estimator if asked.keep else None,
        predict_ms=predict_ms,
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
    return _fit_stopping(Asked(configuration, task, classes, threads, deadline), fold.sides)


def _fit_stopping(asked: Asked, sides: Sides) -> FittedEstimator:
    configuration = asked.configuration
    spec = get_estimator(configuration.algorithm)
    learn, rounds = sides.learn, spec.max_rounds
    # Named rounds are kept to the letter, unless it is said when to stop before them.
    if rounds is None or not spec.stops_early(configuration.params):
        return _fit_whole(asked, learn)
    if sides.stop is None:
        given = {**configuration.params, rounds: spec.rounds_unwatched(configuration.params)}
        return _fit_whole(replace(asked, configuration=replace(configuration, params=given)), learn)
    inner, started = sides.inner, time.monotonic()
    found = spec.fit(
        inner.matrix,
        inner.target,
        task=asked.task,
        classes=asked.classes,
        params=configuration.params,
        weight=inner.weight,
        shared=inner.shared,
        stop=sides.stopping,
        seed=configuration.seed,
        threads=asked.threads,
        deadline=asked.deadline,
    )
    # What the clock would cut short in the middle is worse than what stands.
    late = asked.deadline is not None and asked.deadline - time.monotonic() < time.monotonic() - started
    if len(learn) > _REFIT_UP_TO or found.rounds is None or late:
        return found
    return _fit_whole(asked, learn, found.rounds)


def _fit_whole(asked: Asked, learn: Part, rounds: int | None = None) -> FittedEstimator:
    return fit_all(
        asked.configuration,
        learn,
        task=asked.task,
        classes=asked.classes,
        threads=asked.threads,
        deadline=asked.deadline,
        rounds=rounds,
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
        shared=learn.shared,
        seed=configuration.seed,
        threads=threads,
        deadline=deadline,
    )


def fit_whole(
    trial: Trial,
    learn: Part,
    *,
    task: Task,
    classes: int,
    threads: int,
    deadline: float | None,
    apart: Apart | None,
) -> FittedEstimator:
    """Fit the configuration of a trial to all rows given, with the rounds that its folds found.

    Parameters
    ----------
    trial : Trial
        What was tried.
    learn, task, classes, threads, deadline
        As in `fit_all`.
    apart : Apart, optional
        Where fits run that the deadline alone might not end.

    Raises
    ------
    DataError
        If the library refuses the rows, or time was over before enough was learnt: what was cut short is not what was
        judged.
    """
    asked = Asked(trial.configuration, task, classes, threads, deadline, keep=True, whole=True, rounds=trial.rounds)
    if apart is not None and deadline is not None and apart.takes(asked, learn):
        nobody = take(learn.matrix, np.empty(0, dtype=np.int64))
        fitted = apart.outcome(asked, Sides(learn, None, nobody), until=deadline).estimator
    else:
        fitted = _fit_whole(asked, learn, trial.rounds)
    late = deadline is not None and time.monotonic() >= deadline
    if fitted is None or (late and (trial.rounds is None or (fitted.rounds or 0) < _ENOUGH_ROUNDS * trial.rounds)):
        raise DataError(f"{trial.configuration.name} could not be fitted to all rows in time.", hint="Allow more time.")
    return fitted


def latency_ms(estimator: FittedEstimator, judged: Matrix) -> float | None:
    """Return the quickest of some calls for one row each, in milliseconds; None where there is no row to ask about."""
    rows = len(judged.numeric)
    if rows == 0:
        return None
    taken = []
    for call in range(_LATENCY_CALLS):
        row = call % rows
        started = time.perf_counter()
        estimator.predict_row(judged.numeric[row], judged.codes[row])
        taken.append(time.perf_counter() - started)
    return min(taken) * 1000.0
