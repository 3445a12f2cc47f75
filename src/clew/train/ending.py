"""The end of a search: members chosen and fitted to all rows, the choice judged, the model checked."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from clew.core.errors import DataError, UsageError
from clew.core.finding import Finding
from clew.core.progress import Progress
from clew.define.uncertainty import Interval, bootstrap
from clew.train.board import Found
from clew.train.clock import Judging, end_seconds
from clew.train.codes import finding
from clew.train.ensemble import Choice
from clew.train.finish import Chosen, choose_members, judge_of, kept, model_ms, refit, seconds_to_refit
from clew.train.job import Job
from clew.train.journal import versions
from clew.train.leaderboard import board_of
from clew.train.limits import Limits, size_mb, sizes_known, too_large
from clew.train.model import FittedModel, Member
from clew.train.pooling import shares_of
from clew.train.preparation import Preparation, left_out_findings
from clew.train.proof import only_used, proven
from clew.train.result import TrainResult
from clew.train.spending import spent
from clew.train.splits import score_from
from clew.train.timed import more_time
from clew.train.trial import Trial

#: Share of the seconds kept for the end that is still needed after the refit.
_AFTER_REFIT = 0.5
#: Rows on which the declared directions are checked.
_CHECKED_ROWS = 20_000


def result_of(job: Job, found: Found, started: float, progress: Progress) -> TrainResult:
    """Make the model out of the finished trials, judge it and check it.

    Parameters
    ----------
    job : Job
        The search, with the folds that were used.
    found : Found
        What it found.
    started : float
        Value of `time.monotonic` from which seconds count.
    progress : Progress
        Who listens.

    Raises
    ------
    DataError
        If there is no finished trial.
    """
    if not found.trials:
        cause = next(iter(found.failed.values()), None)
        if cause is not None:
            raise DataError(cause)
        raise DataError("There was no time to fit a single configuration.", hint="Allow more time.")
    progress("choosing the ensemble", None)
    log = job.log
    made = _made(job, found, progress)
    chosen, prepared, members = made.chosen, made.prepared, made.members
    judge = judge_of(job.folds)
    with log.span("score"):
        score = bootstrap(judge.metric, chosen.predictions, seed=job.spec.seed)
        cost = spent(judge, chosen.predictions, chosen.choice.threshold, seed=job.spec.seed)
    if job.spec.metric is not None and math.isnan(score.value):
        raise UsageError(
            f"The metric {judge.metric.name!r} has no value on the {len(judge)} rows that judge.",
            hint="Its function returned NaN or raised a ValueError: try it on some rows.",
        )
    weights = dict(zip(chosen.choice.members, shares_of(chosen.choice.weights, chosen.choice.pool), strict=True))
    with log.span("leaderboard"):
        board = board_of(found.trials, judge, weights, ensemble=score, fit_s=0.0, predict_ms=None, seed=job.spec.seed)
    model = _model(job, prepared, members, chosen.choice)
    with log.span("latency"):
        predict_ms = model_ms(model, job.folds)
    with log.span("constraints"):
        constraints, broken = proven(model, job.rows.frame.head(_CHECKED_ROWS), seed=job.spec.seed)
    facts = {**_metadata(job, found, score, model), "predict_ms": predict_ms, "constraints": constraints}
    model = replace(model, metadata=facts | ({"costs": cost.to_dict()} if cost else {}))
    findings = (
        *job.findings,
        *left_out_findings(prepared.recipe.output_schema, job.rows.problem),
        *(finding("ME104", f"{name}: {words}", model=name) for name, words in found.failed.items()),
        *chosen.findings,
        *made.findings,
        *(cost.findings() if cost else ()),
        *broken,
    )
    if job.end is not None and job.spec.engine == "clew":
        with log.span("forecast"):
            findings = (*findings, more_time(job, found))
    fit_s = time.monotonic() - started
    return TrainResult(
        model=model,
        leaderboard=(replace(board[0], fit_s=fit_s, predict_ms=predict_ms), *board[1:]),
        metric=judge.metric.name,
        greater_is_better=judge.metric.greater_is_better,
        score=score,
        score_from=score_from(job.folds, job.of_all),
        findings=findings,
        fit_s=fit_s,
        trials=len(found.trials),
        stopped=len(found.stopped),
        log=log.entries(),
        statistics=job.statistics,
    )


def _model(job: Job, prepared: Preparation, members: tuple[Member, ...], choice: Choice) -> FittedModel:
    return FittedModel(
        schema=job.rows.schema,
        problem=job.rows.problem,
        recipe=only_used(prepared.recipe, prepared.layout),
        layout=prepared.layout,
        members=members,
        weights=choice.weights,
        threshold=choice.threshold,
        pool=choice.pool,
        calibrator=choice.calibrator,
    )


@dataclass(frozen=True)
class _Made:
    """The choice, and its members as the model has them."""

    chosen: Chosen
    prepared: Preparation
    members: tuple[Member, ...]
    findings: tuple[Finding, ...]


def _made(job: Job, found: Found, progress: Progress) -> _Made:
    """Choose and fit members; where they are too large, choose again with the sizes that are known by now."""
    limit = job.spec.max_size_mb
    sizes: dict[int, float] = {}
    if limit is not None and job.end is not None:
        sizes = sizes_known(found.trials, len(job.rows), len(job.folds[0].prepared.learn))
    while True:
        with job.log.span("choose"):
            chosen, refits = _chosen(job, found, sizes)
        progress("fitting the chosen ones to all rows", None)
        with job.log.span("refit"):
            prepared, members, notes = _members(job, found, chosen, refits=refits)
        if limit is None:
            return _Made(chosen, prepared, members, notes)
        fitted = {p: size_mb(m.estimator) for p, m in zip(chosen.choice.members, members, strict=True)}
        total = sum(fitted.values()) + size_mb(prepared.recipe)
        if total <= limit or fitted.keys() <= sizes.keys():
            return _Made(chosen, prepared, members, (*notes, *too_large(total, Limits(size_mb=limit))))
        sizes |= fitted


def _chosen(job: Job, found: Found, sizes_mb: Mapping[int, float]) -> tuple[Chosen, bool]:
    """Choose members; with a clock only such as can be fitted again, or if none can, any that were kept."""
    refit_s: float | None = None
    refits = True
    if job.end is not None:
        judge = judge_of(job.folds)
        best = min(found.trials, key=lambda trial: judge.best_loss(trial.scores))
        judging_s = Judging.measured(judge, best.scores).seconds(len(found.trials))
        left = job.end - time.monotonic() - judging_s
        left = seconds_to_refit(job.folds, left, float(job.spec.time_limit_s or 0.0))
        refits = best.fit_s / len(best.outcomes) <= left or not _all_kept(found.trials)
        refit_s = left if refits else None
    chosen = choose_members(
        found.trials,
        job.folds,
        Limits(job.spec.max_latency_ms, job.spec.max_size_mb, refit_s),
        measured=job.end is not None,
        workers=job.workers,
        seed=job.spec.seed,
        sizes_mb=sizes_mb,
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
    # Measuring and checking come after the refit.
    end = None if job.end is None else job.end - _AFTER_REFIT * end_seconds(float(job.spec.time_limit_s or 0.0))
    return refit(
        chosen.choice, found.trials, job.folds, threads=threads, workers=workers, deadline=end, apart=job.apart
    )


def _metadata(job: Job, found: Found, score: Interval, model: FittedModel) -> dict[str, Any]:
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
            for member, weight in zip(model.members, model.shares, strict=True)
        ],
        "versions": versions(),
    }
