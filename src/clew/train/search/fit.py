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
from clew.train.folds.preparation import Folds, Sides
from clew.train.search.trial import Configuration, Outcome, Trial

#: Up to this many learning rows a model is fitted again to all of them, once the rounds are known.
_REFIT_UP_TO = 4_000
#: Share of the rounds with which a fit that the clock ended is still the one that was judged.
_ENOUGH_ROUNDS = 0.9
#: Calls whose quickest counts: other work on the machine only ever adds to the others.
LATENCY_CALLS = 30


@dataclass(frozen=True, slots=True)
class FitRequest:
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

    def takes(self, request: FitRequest, learn: Part) -> bool:
        """Return whether a fit must run in a process of its own, as it may not stop at its deadline."""

    def outcome(self, request: FitRequest, sides: Sides, *, until: float) -> Outcome:
        """Do what `outcome_of` does; a DataError where that takes longer than `until`."""

    def release(self) -> None:
        """Give back the memory of what waits for fits; the next one starts it anew."""


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
    request = FitRequest(
        configuration,
        folds.rows.problem.task,
        folds.rows.classes,
        threads,
        deadline,
        keep=first and deadline is not None,
        measure=first,
    )
    if apart is not None and deadline is not None and apart.takes(request, sides.learn):
        return apart.outcome(request, sides, until=deadline)
    return outcome_of(request, sides)


def outcome_of(request: FitRequest, sides: Sides) -> Outcome:
    """Fit, ask about the judging rows, and measure what is to be measured.

    Parameters
    ----------
    request : FitRequest
        What is fitted, and how.
    sides : Sides
        The rows.

    Raises
    ------
    DataError
        If the library refuses the rows or the parameters.
    """
    get_estimator(request.configuration.algorithm).warm()
    started = time.monotonic()
    estimator = fit_all(request, sides.learn) if request.whole else fit_stopping(request, sides)
    fit_s = time.monotonic() - started
    scores = estimator.predict(sides.judged, threads=request.threads)
    complete = request.deadline is None or (time.monotonic() < request.deadline and not estimator.cut_short)
    predict_ms = latency_ms(estimator, sides.judged) if request.measure else None
    estimator.engine.release()
    return Outcome(
        scores,
        estimator.rounds,
        fit_s,
        complete=complete,
        estimator=estimator if request.keep else None,
        predict_ms=predict_ms,
    )


def fit_stopping(request: FitRequest, sides: Sides) -> FittedEstimator:
    """Fit to the learning rows; those that are not learnt from say when to stop.

    Where the rows are few, the model is then fitted to all of them with the rounds just found, unless the clock leaves
    no time for it, which the result says.

    Parameters
    ----------
    request : FitRequest
        What is fitted, and how.
    sides : Sides
        The rows.
    """
    configuration = request.configuration
    spec = get_estimator(configuration.algorithm)
    learn = sides.learn
    # Named rounds are kept to the letter, unless it is said when to stop before them.
    if sides.stop is None or spec.max_rounds is None or not spec.stops_early(configuration.params):
        return fit_all(request, learn)
    inner, started = sides.inner, time.monotonic()
    found = spec.fit(
        inner.matrix,
        inner.target,
        task=request.task,
        classes=request.classes,
        params=configuration.params,
        weight=inner.weight,
        shared=inner.shared,
        stop=sides.stopping,
        seed=configuration.seed,
        threads=request.threads,
        deadline=request.deadline,
    )
    # What the clock would cut short in the middle is worse than what stands.
    late = request.deadline is not None and request.deadline - time.monotonic() < time.monotonic() - started
    if len(learn) > _REFIT_UP_TO or found.rounds is None:
        return found
    if late:
        return replace(found, cut_short=True)
    return fit_all(replace(request, rounds=found.rounds), learn)


def fit_all(request: FitRequest, learn: Part) -> FittedEstimator:
    """Fit to all rows given, without rows that say when to stop.

    Where nobody says how many rounds, and more than enough would be learnt, it is as many as do without being watched.

    Parameters
    ----------
    request : FitRequest
        What is fitted, and how.
    learn : Part
        The rows.
    """
    spec = get_estimator(request.configuration.algorithm)
    params = dict(request.configuration.params)
    if spec.max_rounds is not None and request.rounds is not None:
        params[spec.max_rounds] = request.rounds
    elif spec.max_rounds is not None and spec.stops_early(params):
        params[spec.max_rounds] = spec.rounds_unwatched(params)
    return spec.fit(
        learn.matrix,
        learn.target,
        task=request.task,
        classes=request.classes,
        params=params,
        weight=learn.weight,
        shared=learn.shared,
        seed=request.configuration.seed,
        threads=request.threads,
        deadline=request.deadline,
    )


def refit_request(trial: Trial, *, task: Task, classes: int, threads: int, deadline: float | None) -> FitRequest:
    """Return how the configuration of a trial is fitted to all rows: with the rounds that its folds found.

    Parameters
    ----------
    trial : Trial
        What was tried.
    task, classes, threads, deadline
        As in `FitRequest`.
    """
    configuration, rounds = trial.configuration, trial.rounds
    return FitRequest(configuration, task, classes, threads, deadline, keep=True, whole=True, rounds=rounds)


def refit_member(request: FitRequest, learn: Part, apart: Apart | None) -> FittedEstimator:
    """Fit to all rows given.

    Parameters
    ----------
    request : FitRequest
        What `refit_request` returns.
    learn : Part
        The rows.
    apart : Apart, optional
        Where fits run that the deadline alone might not end.

    Raises
    ------
    DataError
        If the library refuses the rows, or time was over before enough was learnt: what was cut short is not what was
        judged.
    """
    deadline, rounds = request.deadline, request.rounds
    if apart is not None and deadline is not None and apart.takes(request, learn):
        nobody = take(learn.matrix, np.empty(0, dtype=np.int64))
        outcome = apart.outcome(request, Sides(learn, None, nobody), until=deadline)
        fitted, late = outcome.estimator, not outcome.complete
    else:
        fitted = fit_all(request, learn)
        late = fitted.cut_short
    late = late or (deadline is not None and time.monotonic() >= deadline)
    if fitted is None or (late and (rounds is None or (fitted.rounds or 0) < _ENOUGH_ROUNDS * rounds)):
        name = request.configuration.name
        raise DataError(f"{name} could not be fitted to all rows in time.", hint="Allow more time.")
    return fitted


def latency_ms(estimator: FittedEstimator, judged: Matrix) -> float | None:
    """Return the quickest of some calls for one row each, in milliseconds; None where there is no row to ask about."""
    rows = len(judged.numeric)
    if rows == 0:
        return None
    taken = []
    for call in range(LATENCY_CALLS):
        row = call % rows
        started = time.perf_counter()
        estimator.predict_row(judged.numeric[row], judged.codes[row])
        taken.append(time.perf_counter() - started)
    return min(taken) * 1000.0
