"""A search with a limit in seconds: one quick model, then as many folds and configurations as time allows."""

import math
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from itertools import chain, islice
from typing import Any

import numpy as np

from clew.core.errors import DataError
from clew.core.finding import Finding
from clew.core.progress import Progress
from clew.define.problem import Task
from clew.train.codes import finding
from clew.train.device import turn
from clew.train.ensemble.choice import Candidate, choose
from clew.train.estimators import get_estimator
from clew.train.folds.splits import fewer_folds
from clew.train.job import Job
from clew.train.search.apart import needs_ending
from clew.train.search.board import Found
from clew.train.search.clock import MODELS_KEPT, ClockPlan, Size
from clew.train.search.costs import fit_seconds
from clew.train.search.fit import run_fold
from clew.train.search.judging import Judging, choosing_seconds
from clew.train.search.portfolio import QUICK, configurations
from clew.train.search.run import run_trials
from clew.train.search.trial import Configuration, Outcome
from clew.train.time_limit import TimeLimit

#: Share of the limit that the first configuration may take.
_QUICK_SHARE = 0.3
#: Configurations, the first of the list, for which there is to be time in all folds.
_FIRST = 8
#: A fold of one of them that takes a larger share of what is left says nothing about the others.
_DEAR_SHARE = 0.15
#: With this many judging rows, further configurations are worth more than further folds.
_ENOUGH_ROWS = 5000
#: … if this many of them bear the rarer of two labels.
_ENOUGH_RARE = 100
#: With fewer rows of the rarer label than this nothing can be judged, however little time there is.
_FEW_RARE = 20
#: A first fit that is shorter than this says little about the next ones.
_SHORT_S = 1.5
#: From this many configurations on, halves can be compared.
_ENOUGH_TO_FORECAST = 6
#: Configurations tried for one that works at all.
_ATTEMPTS = 12


def search_by_clock(job: Job, limit: TimeLimit, progress: Progress) -> tuple[Job, Found]:
    """Try whatever fits into the limit.

    Parameters
    ----------
    job : Job
        What is searched.
    limit : TimeLimit
        When everything has to be done.
    progress : Progress
        Called with a message and the share that is done.

    Returns
    -------
    tuple of Job and Found
        The job with the folds that were used, and the finished trials.

    Raises
    ------
    DataError
        If no configuration can be fitted to these rows.
    """
    prepared = job.folds[0].prepared
    progress("the first fold is prepared", 0.0)
    matrix = prepared.learn.matrix
    size = Size(len(prepared.learn), matrix.numeric.shape[1] + matrix.codes.shape[1], job.rows.classes)
    if job.apart is not None:
        job.apart.warm([n for n in job.algorithms if _needs_ending(n, job, size, limit)])
    job = _suited(job, size, limit)
    listed, quick, outcome = _first_that_works(job, size, limit)
    speed = _speed(quick, outcome, size)
    job = _with_affordable_folds(job, size, speed, limit)
    judge = job.folds.judge()
    plan = ClockPlan(
        chain([quick], listed),
        size,
        end=limit.end,
        limit_s=limit.seconds,
        folds=len(job.folds),
        workers=job.workers,
        loss=lambda trial: judge.best_loss(trial.scores),
        speed=speed,
        prepare_s=job.folds.prepare_s,
        judging=Judging.measured(job.folds.judge(1), outcome.scores, len(job.folds)),
        # What a model takes on disk is known of those at hand.
        models=MODELS_KEPT if job.spec.max_size_mb is None else None,
    )
    found = run_trials(
        plan,
        job.folds,
        workers=job.workers,
        threads=job.threads,
        progress=progress,
        journal=job.journal(),
        known={(quick.number, 0): outcome},
        apart=job.apart,
    )
    return job, found


def more_time(job: Job, found: Found, limit: TimeLimit) -> Finding:
    """Say what was tried, and what more time would probably buy.

    The forecast is an extrapolation: what the second half of the configurations added to the ensemble of the first
    half, on the rows that judge, is what twice as many would add at most.
    """
    tried = len(found.trials)
    stopped = len(found.stopped)
    detail = (
        f"{tried} configurations were tried in {len(job.folds)} of {job.of_all} folds within "
        f"{limit.seconds:g} s on {job.workers * job.threads} CPUs"
        f"{f', and {stopped} more were stopped early' if stopped else ''}."
    )
    evidence: dict[str, Any] = {
        "tried": tried,
        "stopped": stopped,
        "folds": len(job.folds),
        "limit_s": limit.seconds,
    }
    judge = job.folds.judge()
    halves = tried // 2, tried
    in_time = tried >= _ENOUGH_TO_FORECAST and limit.left_s > 0
    if in_time and choosing_seconds(judge, found.trials[0].scores, halves) <= limit.left_s:
        candidates = [Candidate(trial.configuration.algorithm, trial.scores) for trial in found.trials]
        losses = [
            judge.best_loss(choose(some, judge).scores(some)) for some in (candidates[:count] for count in halves)
        ]
        gain = max(0.0, losses[0] - losses[1])
        detail += (
            f" The second half of them improved {judge.metric.name} by {gain:.2g}; "
            "twice the time would probably buy no more than that."
        )
        evidence["gain_of_second_half"] = gain
    if len(job.folds) < job.of_all:
        detail += " More time would also let the models learn and be judged in more folds."
    return finding("ME103", detail, **evidence)


def _suited(job: Job, size: Size, limit: TimeLimit) -> Job:
    """Return the job without algorithms whose fits a limit as small as this could not end, unless they are all."""
    if job.apart is None or job.apart.available:
        return job
    kept = tuple(n for n in job.algorithms if not _needs_ending(n, job, size, limit))
    return replace(job, algorithms=kept) if kept else job


def _needs_ending(algorithm: str, job: Job, size: Size, limit: TimeLimit) -> bool:
    fixed = job.fixed.get(algorithm, {})
    return needs_ending(algorithm, fixed, size.rows, size.columns, size.classes, limit.seconds)


def _first_that_works(job: Job, size: Size, limit: TimeLimit) -> tuple[Iterator[Configuration], Configuration, Outcome]:
    """Return the first configuration that works with its outcome in the first fold, and what comes after it."""
    own, seed, share = job.spec.own, job.spec.seed, _QUICK_SHARE * limit.seconds
    starts = [] if own else [((quick,), 1) for quick in _quick(job, size, limit)]
    refused: DataError | None = None
    for first, attempts in [*starts, ((), _ATTEMPTS)]:
        listed = configurations(job.algorithms, seed, own=own, first=first, fixed=job.fixed)
        for configuration in islice(listed, attempts):
            try:
                outcome = _first_fold(job, configuration, share, limit)
            except DataError as error:
                refused = error
                continue
            if outcome.fit_s < min(_SHORT_S, share):
                # The first fit of a process pays for much that the next ones do not.
                with suppress(DataError):
                    outcome = _first_fold(job, configuration, share, limit)
            return listed, configuration, outcome
    raise refused or DataError("There is no configuration to try.", hint="Name at least one algorithm.")


def _quick(job: Job, size: Size, limit: TimeLimit) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the quick configurations: those that are done in their share of the limit in their order, then others."""

    def seconds(quick: tuple[str, Mapping[str, Any]]) -> float:
        return fit_seconds(*quick, size.rows, size.columns, size.classes)

    known, share = [quick for quick in QUICK if quick[0] in job.algorithms], _QUICK_SHARE * limit.seconds
    in_time = [quick for quick in known if seconds(quick) <= share and not _needs_ending(quick[0], job, size, limit)]
    return [*in_time, *sorted((quick for quick in known if quick not in in_time), key=seconds)]


def _speed(configuration: Configuration, outcome: Outcome, size: Size) -> float:
    """Return the observed seconds per second of the table."""
    table = fit_seconds(configuration.algorithm, configuration.params, size.rows, size.columns, size.classes)
    named = configuration.params.get(get_estimator(configuration.algorithm).max_rounds or "")
    if not outcome.complete and named and outcome.rounds:  # the clock ended it
        table *= outcome.rounds / int(named)
    return outcome.fit_s / table


def _first_fold(job: Job, configuration: Configuration, share: float, limit: TimeLimit) -> Outcome:
    told = {"algorithm": configuration.algorithm, "model": configuration.name}
    with turn(configuration.params, limit.end), job.log.span("probe", **told):
        # Where reading took all the time, there is none for another process; and something has to be fitted.
        apart = job.apart if limit.left_s > 0 else None
        deadline = min(time.monotonic() + share, limit.end)
        return run_fold(configuration, job.folds, 0, threads=job.threads, deadline=deadline, apart=apart)


def _with_affordable_folds(job: Job, size: Size, speed: float, limit: TimeLimit) -> Job:
    """Use as many folds as give enough rows to judge, and leave time for the first of the list in all of them."""
    if len(job.folds) == 1:
        return job
    left = limit.left_s
    first = islice(configurations(job.algorithms, job.spec.seed, own=job.spec.own, fixed=job.fixed), _FIRST)
    costs = [speed * fit_seconds(c.algorithm, c.params, size.rows, size.columns, size.classes) for c in first]
    usual = [cost for cost in costs if cost <= _DEAR_SHARE * left] or [min(costs)]
    one_fold = job.folds.prepare_s + _FIRST * sum(usual) / len(usual)
    affordable = max(1, int(left * job.workers / one_fold))
    possible = 1 + int(left * job.workers / max(job.folds.prepare_s + min(costs), 1e-9))
    few, enough = _folds_for(job, 0, _FEW_RARE), _folds_for(job, _ENOUGH_ROWS, _ENOUGH_RARE)
    count = min(len(job.folds), max(min(affordable, enough), min(possible, few)))
    if count == len(job.folds):
        return job
    reason = f"{limit.seconds:g} s are better spent on more configurations"
    return job.with_folds(count, fewer_folds(count, job.of_all, reason))


def _folds_for(job: Job, rows: int, rare: int) -> int:
    """Return the folds that give so many rows to judge by, so many of them of the rarer of two labels; at least one."""
    judging = job.rows.target[job.folds.splits[0].test]
    if not len(judging):
        return 1
    folds = max(1, math.ceil(rows / len(judging)))
    if job.rows.problem.task is Task.BINARY:
        rarer = int(np.bincount(judging, minlength=2).min())
        folds = max(folds, math.ceil(rare / max(1, rarer)))
    return folds
