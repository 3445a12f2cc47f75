"""Training: from a dataset and a problem to the best model that the limit allows.

The thread of it: rows with a target → folds on the declared structure → trials, each fitted to every fold (the recipe
too) → greedy ensemble over the predictions for rows that were not learnt from → an honest score of that choice →
members fitted again to all rows → constraints checked.

With a limit in **trials** no clock takes part in any choice. With a limit in **seconds** there is a usable model after
the first fold of the first, quick configuration; from then on whatever still fits is tried.
"""

import math
import time
from dataclasses import replace
from itertools import islice

from clew.collect.dataset import Dataset
from clew.core.errors import DataError, UsageError
from clew.core.finding import Finding
from clew.core.progress import Progress, silent
from clew.define.error_costs import ErrorCosts
from clew.define.problem import Problem
from clew.define.uncertainty import Interval, bootstrap
from clew.train.apart import Apart
from clew.train.board import Found
from clew.train.clock import end_seconds
from clew.train.codes import finding
from clew.train.continuing import continue_training
from clew.train.engine import run_engine
from clew.train.estimators import get_estimator
from clew.train.finish import Chosen, choose_members, judge_of, kept, model_ms, refit, seconds_to_refit
from clew.train.job import Job, job_of
from clew.train.journal import versions
from clew.train.leaderboard import board_of
from clew.train.model import FittedModel, Member
from clew.train.monotone import check_monotone
from clew.train.plan import ListPlan
from clew.train.portfolio import configurations, trial_seed
from clew.train.preparation import Preparation, left_out_findings
from clew.train.result import LeaderboardRow, TrainResult
from clew.train.search import run_trials
from clew.train.spec import TrainSpec
from clew.train.splits import score_from
from clew.train.threads import blas_threads
from clew.train.timed import more_time, search_by_clock
from clew.train.trial import Configuration, Trial

__all__ = ["LeaderboardRow", "TrainResult", "TrainSpec", "train"]

#: Share of the seconds kept for the end that is still needed after the refit.
_AFTER_REFIT = 0.5
#: Rows on which the declared directions are checked.
_CHECKED_ROWS = 20_000


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
        Who listens.
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
        if job.spec.engine != "clew":
            job, found = run_engine(job, progress)
            return _finished(job, found, started, progress)
        if job.end is None:
            return _finished(job, _by_number(job, progress), started, progress)
        with Apart(float(spec.time_limit_s or 0.0)) as apart:
            job, found = search_by_clock(replace(job, apart=apart), progress)
            return _finished(job, found, started, progress)


def _by_number(job: Job, progress: Progress) -> Found:
    """Try a fixed list; no clock takes part."""
    spec = job.spec
    if spec.params is not None and not spec.own:
        params = get_estimator(job.algorithms[0]).named(spec.params)
        listed = [Configuration(0, job.algorithms[0], params, trial_seed(spec.seed, 0))]
    else:
        listed = list(islice(configurations(job.algorithms, spec.seed, own=spec.own), spec.trials))
    plan, journal = ListPlan(listed), job.journal()
    return run_trials(plan, job.folds, workers=job.workers, threads=job.threads, progress=progress, journal=journal)


def _finished(job: Job, found: Found, started: float, progress: Progress) -> TrainResult:
    """Make the model out of the finished trials."""
    if not found.trials:
        cause = next(iter(found.failed.values()), None)
        if cause is not None:
            raise DataError(cause)
        raise DataError("There was no time to fit a single configuration.", hint="Allow more time.")
    progress("choosing the ensemble", None)
    log = job.log
    with log.span("choose"):
        chosen, refits = _chosen(job, found)
    progress("fitting the chosen ones to all rows", None)
    with log.span("refit"):
        prepared, members, notes = _members(job, found, chosen, refits=refits)
    judge = judge_of(job.folds)
    with log.span("score"):
        score = bootstrap(judge.metric, chosen.predictions, seed=job.spec.seed)
    if job.spec.metric is not None and math.isnan(score.value):
        raise UsageError(
            f"The metric {judge.metric.name!r} has no value on the {len(judge)} rows that judge.",
            hint="Its function returned NaN or raised a ValueError: try it on some rows.",
        )
    model = FittedModel(
        schema=job.rows.schema,
        problem=job.rows.problem,
        recipe=prepared.recipe,
        layout=prepared.layout,
        members=members,
        weights=chosen.choice.weights,
        threshold=chosen.choice.threshold,
        calibrator=chosen.choice.calibrator,
        metadata=_metadata(job, found, score, members, chosen),
    )
    with log.span("latency"):
        predict_ms = model_ms(model, job.folds)
    model = replace(model, metadata={**model.metadata, "predict_ms": predict_ms})
    with log.span("constraints"):
        broken = check_monotone(model, job.rows.frame.head(_CHECKED_ROWS), seed=job.spec.seed)
    findings = (
        *job.findings,
        *left_out_findings(prepared.recipe.output_schema, job.rows.problem),
        *(finding("ME104", f"{name}: {words}", model=name) for name, words in found.failed.items()),
        *chosen.findings,
        *notes,
        *broken,
    )
    if job.end is not None and job.spec.engine == "clew":
        with log.span("forecast"):
            findings = (*findings, more_time(job, found))
    weights = dict(zip(chosen.choice.members, chosen.choice.weights, strict=True))
    fit_s = time.monotonic() - started
    with log.span("leaderboard"):
        board = board_of(
            found.trials, judge, weights, ensemble=score, fit_s=fit_s, predict_ms=predict_ms, seed=job.spec.seed
        )
    return TrainResult(
        model=model,
        leaderboard=board,
        metric=judge.metric.name,
        greater_is_better=judge.metric.greater_is_better,
        score=score,
        score_from=score_from(job.folds, job.of_all),
        findings=findings,
        fit_s=time.monotonic() - started,
        trials=len(found.trials),
        stopped=len(found.stopped),
        log=log.entries(),
    )


def _chosen(job: Job, found: Found) -> tuple[Chosen, bool]:
    """Choose members; with a clock only such as can be fitted again, or if none can, any that were kept."""
    refit_s: float | None = None
    refits = True
    if job.end is not None:
        left = seconds_to_refit(job.folds, job.end - time.monotonic(), float(job.spec.time_limit_s or 0.0))
        judge = judge_of(job.folds)
        best = min(found.trials, key=lambda trial: judge.best_loss(trial.scores))
        refits = best.fit_s / len(best.outcomes) <= left or not _all_kept(found.trials)
        refit_s = left if refits else None
    chosen = choose_members(
        found.trials,
        job.folds,
        measured=job.end is not None,
        max_latency_ms=job.spec.max_latency_ms,
        refit_s=refit_s,
        workers=job.workers,
        seed=job.spec.seed,
    )
    return chosen, refits


def _all_kept(trials: tuple[Trial, ...]) -> bool:
    return all(trial.outcomes[0].estimator is not None for trial in trials)


def _members(
    job: Job, found: Found, chosen: Chosen, *, refits: bool
) -> tuple[Preparation, tuple[Member, ...], tuple[Finding, ...]]:
    """Return recipe and members of the final model."""
    if refits:
        try:
            return (*_refitted(job, found, chosen), ())
        except DataError:  # a fit had to be ended; those of the first fold are there
            if job.end is None:
                raise
    at_hand = kept(chosen.choice, found.trials, job.folds)
    if at_hand is not None:
        prepared, members = at_hand
        detail = f"Its members have learnt from {len(prepared.learn)} of {len(job.rows)} rows, those of one fold."
        return prepared, members, (finding("ME110", detail, rows=len(prepared.learn)),)
    return (*_refitted(job, found, chosen), ())


def _refitted(job: Job, found: Found, chosen: Chosen) -> tuple[Preparation, tuple[Member, ...]]:
    """Return recipe and members, fitted to all rows."""
    threads, workers = job.threads, job.workers
    if job.end is not None:  # nothing has to be repeatable, so no thread stands idle
        workers = min(workers, len(chosen.choice.members))
        threads = max(1, job.threads * job.workers // workers)
    # Judging, measuring and checking come after the refit.
    end = None if job.end is None else job.end - _AFTER_REFIT * end_seconds(float(job.spec.time_limit_s or 0.0))
    return refit(
        chosen.choice, found.trials, job.folds, threads=threads, workers=workers, deadline=end, apart=job.apart
    )


def _metadata(
    job: Job, found: Found, score: Interval, members: tuple[Member, ...], chosen: Chosen
) -> dict[str, object]:
    """Return the facts about the training that stay with the model."""
    return {
        "metric": job.rows.problem.metric,
        "score": score.to_dict(),
        "score_from": score_from(job.folds, job.of_all),
        "rows": len(job.rows),
        "trials": len(found.trials),
        "seed": job.spec.seed,
        "cpus": job.workers * job.threads,
        "members": [
            {
                "name": member.name,
                "algorithm": member.algorithm,
                "params": dict(member.params),
                "rounds": member.estimator.rounds,
                "weight": weight,
            }
            for member, weight in zip(members, chosen.choice.weights, strict=True)
        ],
        "versions": versions(),
    }
