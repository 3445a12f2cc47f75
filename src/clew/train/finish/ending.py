"""The end of a search: the model made, the choice judged, everything told."""

import math
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from clew.core.errors import DataError, UsageError
from clew.core.finding import Finding
from clew.core.predictions import Predictions
from clew.core.progress import Progress
from clew.define.problem import Problem, Task
from clew.define.uncertainty import Interval, bootstrap
from clew.train.codes import finding
from clew.train.ensemble.pooling import shares_of
from clew.train.finish.choosing import model_ms
from clew.train.finish.intervals import JUDGED_SHARE, Learnt, learn_spread
from clew.train.finish.leaderboard import board_of
from clew.train.finish.limits import Saved, limits_of, size_mb, too_slow
from clew.train.finish.making import Made, make
from clew.train.finish.spending import spent
from clew.train.folds.parts import parts_of
from clew.train.folds.preparation import left_out_findings
from clew.train.folds.splits import score_from
from clew.train.job import Job
from clew.train.model import FittedModel, describe_members
from clew.train.result import TrainResult
from clew.train.search.board import Found
from clew.train.search.journal import versions
from clew.train.search.timed import more_time

#: Seconds kept for saying what more time would buy.
_FORECAST_S = 0.2


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
        Called with a message and the share that is done.

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
    log = job.log
    made = make(job, found, progress)
    found, chosen, model = made.found, made.chosen, made.model
    judge, parts = job.folds.judge(), parts_of(job.folds, job.spec.seed)
    with log.span("score"):
        score = bootstrap(judge.metric, chosen.predictions, seed=job.spec.seed)
        cost = spent(judge, chosen.predictions, chosen.choice.threshold, seed=job.spec.seed)
    if math.isnan(score.value):
        raise UsageError(
            f"The metric {judge.metric.name!r} has no value on the {len(judge)} rows that judge.",
            hint="Its function returned NaN or raised a ValueError: try it on some rows."
            if job.spec.metric is not None
            else "Name another metric, or give validation data whose answers differ.",
        )
    weights = dict(zip(chosen.choice.members, shares_of(chosen.choice.weights, chosen.choice.pool), strict=True))
    with log.span("leaderboard"):
        board = board_of(
            found.trials, judge, parts, weights, ensemble=score, fit_s=0.0, predict_ms=None, seed=job.spec.seed
        )
    with log.span("latency"):
        predict_ms = model_ms(model, job.folds)
    # With a limit in trials nothing that is told may depend on the clock.
    row_ms = chosen.predict_ms if job.limit is None or predict_ms is None else predict_ms
    learnt = None
    if not job.rows.problem.task.is_classification:
        progress("learning intervals", None)
        with log.span("intervals"):
            learnt = _learnt(job, made)
    facts = {**_metadata(job, found, score, model), "predict_ms": predict_ms, "constraints": made.constraints}
    facts |= {"costs": cost.to_dict()} if cost else {}
    facts |= {"intervals": learnt.to_dict()} if learnt else {}
    model = replace(model, metadata=facts, spread=learnt.spread if learnt else None)
    findings = (
        *job.findings,
        *left_out_findings(made.prepared.recipe.output_schema, job.rows.problem),
        *_failures(found),
        *too_slow(row_ms, limits_of(job.spec, job.rows.classes, None)),
        *made.findings,
        *(cost.findings(job.rows.problem.positive) if cost else ()),
        *_never_predicted(job.rows.problem, chosen.predictions),
        *((_how_sure(learnt),) if learnt else ()),
    )
    if job.limit is not None and job.spec.engine == "clew":
        with log.span("forecast"):
            findings = (*findings, more_time(job, found, job.limit))
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


def _never_predicted(problem: Problem, predictions: Predictions) -> Iterator[Finding]:
    """Say that no row that judges is given the label of interest."""
    if problem.task is Task.BINARY and problem.positive is not None:
        index = problem.classes.index(problem.positive)
        if not (predictions.prediction == index).any():
            told = f"None of the {len(predictions.prediction)} rows that judge is predicted to be {problem.positive!r}"
            detail = (
                f"{told}: by the stated costs, none of them is worth it."
                if problem.costs
                else f"{told}. Where that label counts, say what errors cost (--costs "
                "false_positive=1,false_negative=20)."
            )
            yield finding("ME125", detail, positive=str(problem.positive))


def _failures(found: Found) -> Iterator[Finding]:
    """Say why configurations failed, once for all that failed alike."""
    alike: dict[str, list[str]] = {}
    for name, words in found.failed.items():
        alike.setdefault(words, []).append(name)
    for words, names in alike.items():
        told = names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
        yield finding("ME104", f"{told}: {words}", models=names)


def _learnt(job: Job, made: Made) -> Learnt | None:
    """Learn where the truth lies around the answers, as far as there is time and room."""
    limit, model = job.spec.max_size_mb, made.model
    parts: list[Saved] = [model.recipe, *(member.estimator for member in model.members)]
    return learn_spread(
        job.folds,
        made.chosen.predictions,
        made.prepared,
        seed=job.spec.seed,
        workers=job.workers,
        threads=job.threads,
        end=None if job.limit is None else job.limit.end - _FORECAST_S,
        room_mb=None if limit is None else limit - sum(map(size_mb, parts)),
    )


def _how_sure(learnt: Learnt) -> Finding:
    covered = learnt.coverage
    alike = "" if learnt.spread.members else ", as wide for every row"
    why = f" Regressions of their width were left out: {learnt.left_out}" if learnt.left_out else ""
    detail = (
        f"Intervals for {JUDGED_SHARE:.0%} of rows held the truth of {covered.value:.1%} ({covered.low:.1%} to "
        f"{covered.high:.1%}) of {covered.rows} rows held out; they are {learnt.width:.4g} wide on average{alike}.{why}"
    )
    return finding("ME114", detail, **learnt.to_dict())


def _metadata(job: Job, found: Found, score: Interval, model: FittedModel) -> dict[str, Any]:
    """Return the facts about the training that stay with the model."""
    return {
        "metric": job.rows.problem.metric,
        "score": score.to_dict(),
        "score_from": score_from(job.folds, job.of_all),
        "rows": len(job.rows),
        "taught_by": [job.context["data"]],
        "trials": len(found.trials),
        "seed": job.spec.seed,
        "cpus": job.workers * job.threads,
        "members": describe_members(model.members, model.shares),
        "versions": versions(),
    }
