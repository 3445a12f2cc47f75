"""Training: from a dataset and a problem to the best model that the limit allows.

The thread of it: rows with a target → folds on the declared structure → trials, each fitted to every fold (the recipe
too) → greedy ensemble over the predictions for rows that were not learnt from → an honest score of that choice →
members fitted again to all rows → constraints checked.

With a limit in **trials** no clock takes part in any choice. With a limit in **seconds** there is a usable model after
the first fold of the first, quick configuration; from then on whatever still fits is tried.
"""

import time
from dataclasses import replace
from itertools import islice

from clew.collect.dataset import Dataset
from clew.core.progress import Progress, silent
from clew.define.error_costs import ErrorCosts
from clew.define.problem import Problem
from clew.train.continuing import continue_training
from clew.train.engine import run_engine
from clew.train.estimators import get_estimator
from clew.train.finish.ending import result_of
from clew.train.job import Job, job_of
from clew.train.result import LeaderboardRow, TrainResult
from clew.train.search.apart import EndableFits
from clew.train.search.board import Found
from clew.train.search.plan import ListPlan
from clew.train.search.portfolio import configurations, trial_seed
from clew.train.search.run import run_trials
from clew.train.search.timed import search_by_clock
from clew.train.search.trial import Configuration
from clew.train.spec import TrainSpec
from clew.train.threads import blas_threads

__all__ = ["LeaderboardRow", "TrainResult", "TrainSpec", "train"]


def train(
    dataset: Dataset,
    problem: Problem,
    spec: TrainSpec | None = None,
    *,
    validation: Dataset | None = None,
    progress: Progress = silent,
    started: float | None = None,
) -> TrainResult:
    """Search for the best model.

    Parameters
    ----------
    dataset : Dataset
        Labelled rows. Roles of the schema reach fitting, splitting and scoring: weight, group, time.
    problem : Problem
        Target, task and the metric that decides.
    spec : TrainSpec, optional
        How to search; by default for 60 seconds.
    validation : Dataset, optional
        Rows that judge, instead of folds; nothing is learnt from them but which models answer together.
    progress : Progress, optional
        Called with a message and the share that is done.
    started : float, optional
        Value of `time.monotonic` from which the limit counts; by default that of the call.

    Returns
    -------
    TrainResult

    Raises
    ------
    UsageError
        If the spec makes no sense.
    ConfigError
        If a monotone constraint cannot be honoured.
    DataError
        If nothing can be learnt from the rows; the message says why.
    """
    started = time.monotonic() if started is None else started
    spec = spec or TrainSpec()
    spec.check()
    if spec.continue_from is not None:
        return continue_training(dataset, problem, spec, validation=validation, started=started, progress=progress)
    ErrorCosts.of(problem)  # what makes no sense is refused before any work
    job = job_of(dataset, problem, spec, validation=validation, started=started)
    with blas_threads(job.threads):
        limit = job.limit
        if limit is None:
            return result_of(job, search_by_number(job, progress), started, progress)
        if job.spec.engine != "clew":
            job, found = run_engine(job, limit, progress)
            return result_of(job, found, started, progress)
        with EndableFits(limit.seconds) as apart:
            job, found = search_by_clock(replace(job, apart=apart), limit, progress)
            return result_of(job, found, started, progress)


def search_by_number(job: Job, progress: Progress) -> Found:
    """Try a fixed list; no clock takes part.

    Parameters
    ----------
    job : Job
        Without a limit in seconds.
    progress : Progress
        Called with a message and the share that is done.
    """
    spec = job.spec
    if spec.params is not None and not spec.own:
        name = job.algorithms[0]
        params = {**get_estimator(name).named(spec.params), **job.fixed.get(name, {})}
        listed = [Configuration(0, name, params, trial_seed(spec.seed, 0))]
    else:
        listed = list(islice(configurations(job.algorithms, spec.seed, own=spec.own, fixed=job.fixed), spec.trials))
    plan, journal = ListPlan(listed), job.journal()
    return run_trials(plan, job.folds, workers=job.workers, threads=job.threads, progress=progress, journal=journal)
