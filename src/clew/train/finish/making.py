"""From finished trials to the model: chosen, fitted to all rows, within its limits and the demands of the domain."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from clew.core.errors import DataError
from clew.core.finding import Finding
from clew.core.freed import give_back
from clew.core.progress import Progress
from clew.train.codes import finding
from clew.train.constraints.monotone import constrained, prove_monotone
from clew.train.constraints.proof import only_used, proven
from clew.train.ensemble.choice import Choice
from clew.train.ensemble.pooling import shares_of
from clew.train.finish.choosing import Chosen, choose_members, kept, refit, seconds_to_refit
from clew.train.finish.latency import measured_alone
from clew.train.finish.limits import Limits, limits_of, refit_seconds, size_mb, sizes_known, too_large
from clew.train.folds.preparation import Preparation
from clew.train.job import Job
from clew.train.model import FittedModel, Member
from clew.train.search.board import Found
from clew.train.search.clock import check_seconds, end_seconds
from clew.train.search.judging import Judging
from clew.train.search.trial import Trial

#: Share of the seconds kept for the end that is still needed after the refit.
_AFTER_REFIT = 0.5
#: Share of the limit in which models that seemed slow are asked again.
_MEASURING = 0.01
#: Rows on which the demands of the domain are checked.
_CHECKED_ROWS = 20_000
#: Members that were fitted to all rows answer alone where they make at least this share of the answer; else all
#: members answer as one fold has them.
_MOST_OF_IT = 0.5


@dataclass(frozen=True)
class Made:
    """A model, and how it came about.

    Parameters
    ----------
    found : Found
        The trials that could be chosen from.
    chosen : Chosen
        The choice among them, judged.
    prepared : Preparation
        Recipe and matrix of the rows that the members have learnt from.
    model : FittedModel
        Without facts about it.
    constraints : mapping
        What was proven of the demands of the domain, JSON-ready.
    findings : tuple of Finding
        What was noticed on the way.
    """

    found: Found
    chosen: Chosen
    prepared: Preparation
    model: FittedModel
    constraints: Mapping[str, Any]
    findings: tuple[Finding, ...]


def make(job: Job, found: Found, progress: Progress) -> Made:
    """Choose members, fit them, and check what the domain demands; a trial that breaks a direction is left out.

    Parameters
    ----------
    job : Job
        The search.
    found : Found
        What it found; at least one trial.
    progress : Progress
        Called with a message and the share that is done.
    """
    notes: list[Finding] = []
    found = replace(found, trials=_measured(job, found))
    rows, seed = job.rows.frame.head(_CHECKED_ROWS), job.spec.seed
    while True:
        fitted = _fitted(job, found, progress)
        model = _model(job, fitted.prepared, fitted.members, fitted.chosen.choice)
        with job.log.span("constraints"):
            constraints, broken = proven(model, rows, seed=seed, threads=job.threads * job.workers)
            guilty = _guilty(model, rows, seed) if any(item.code == "ME105" for item in broken) else set()
        sound = tuple(trial for trial in found.trials if trial.configuration.name not in guilty)
        if not guilty or not sound:
            return Made(found, fitted.chosen, fitted.prepared, model, constraints, (*notes, *fitted.findings, *broken))
        notes += [
            finding("ME123", f"{name} moves against a declared direction, and cannot be a member.", model=name)
            for name in sorted(guilty)
        ]
        found = replace(found, trials=sound)


def _measured(job: Job, found: Found) -> tuple[Trial, ...]:
    """Return the trials; where what a row takes decides who joins, and a busy machine measured it, as it is alone."""
    limits = limits_of(job.spec, job.rows.classes, None)
    above = limits.latency_ms or limits.members_ms
    if job.limit is None or above is None:
        return found.trials
    seconds = min(_MEASURING * job.limit.seconds, job.limit.left_s)
    with job.log.span("latency"):
        return measured_alone(found.trials, job.folds[0].sides.judged, above=above, seconds=seconds)


def _guilty(model: FittedModel, rows: pl.DataFrame, seed: int) -> set[str]:
    """Return the names of the members that break a direction by themselves."""
    alone = {
        member.name: replace(model, members=(member,), weights=(1.0,), pool=None, calibrator=None)
        for member in model.members
    }
    return {name for name, one in alone.items() if any(d.broken for d in prove_monotone(one, rows, seed=seed))}


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
class Fitted:
    """The choice, and its members as the model has them."""

    chosen: Chosen
    prepared: Preparation
    members: tuple[Member, ...]
    findings: tuple[Finding, ...]


def _fitted(job: Job, found: Found, progress: Progress) -> Fitted:
    """Choose and fit members; where they are too large, choose again with the sizes that are known by now."""
    limit = job.spec.max_size_mb
    sizes, seen = dict[int, float](), set[int]()
    if limit is not None and job.limit is not None:
        sizes = sizes_known(found.trials, len(job.rows), len(job.folds[0].prepared.learn))
    while True:
        fitted = _made(job, found, sizes, progress)
        if limit is None:
            return fitted
        positions = fitted.chosen.choice.members
        known = {p: size_mb(m.estimator) for p, m in zip(positions, fitted.members, strict=True)}
        total = sum(known.values()) + size_mb(fitted.prepared.recipe)
        if total <= limit or known.keys() <= seen:
            return replace(fitted, findings=(*fitted.findings, *too_large(total, Limits(size_mb=limit))))
        sizes |= known
        seen |= known.keys()


def _made(job: Job, found: Found, sizes_mb: Mapping[int, float], progress: Progress) -> Fitted:
    """Choose members and fit them to all rows; where no time is left for that, choose among the models at hand."""
    progress("choosing the ensemble", None)
    give_back()  # what the search has freed, before models are fitted to all rows
    at_hand = [position for position, trial in enumerate(found.trials) if trial.outcomes[0].estimator is not None]
    if job.limit is not None:
        with job.log.span("choose"):
            refit_s = _seconds_to_refit(job, found)
            chosen = None if refit_s == 0.0 else _chosen(job, found.trials, refit_s, sizes_mb)
        progress("fitting the chosen ones to all rows", None)
        if chosen is not None:
            with job.log.span("refit"):
                prepared, members = _refitted(job, found, chosen)
            fitted = answering(job, found, chosen, prepared, members, sizes_mb)
            if fitted is not None:
                return fitted
        if at_hand:
            own = (found.trials[position].outcomes[0].estimator for position in at_hand)
            known = {p: size_mb(one) for p, one in zip(at_hand, own, strict=True) if one is not None and sizes_mb}
            chosen = _chosen_among(job, found, at_hand, known)
            prepared, models = kept(chosen.choice, found.trials, job.folds)
            detail = f"Its members have learnt from {len(prepared.learn)} of {len(job.rows)} rows, those of one fold."
            return Fitted(chosen, prepared, models, (finding("ME110", detail, rows=len(prepared.learn)),))
    return _without_clock(job, found, sizes_mb, progress)


def _without_clock(job: Job, found: Found, sizes_mb: Mapping[int, float], progress: Progress) -> Fitted:
    """Choose members and fit them to all rows, however long it takes: a model that is late is better than none."""
    left, notes = list(range(len(found.trials))), list[Finding]()
    while True:
        chosen = _chosen_among(job, found, left, sizes_mb)
        progress("fitting the chosen ones to all rows", None)
        with job.log.span("refit"):
            prepared, members = _refitted(job, found, chosen, in_time=False)
        fitted = answering(job, found, chosen, prepared, members, sizes_mb, least=0.0)
        if fitted is not None:
            return replace(fitted, findings=(*notes, *fitted.findings))
        refusals = [member for member in members if isinstance(member, DataError)]
        left = [position for position in left if position not in chosen.choice.members]
        if not left:
            raise refusals[0]
        names = [found.trials[position].configuration.name for position in chosen.choice.members]
        why = " ".join(dict.fromkeys(refusal.message for refusal in refusals))
        notes.append(finding("ME110", f"Others answer than {', '.join(names)}: {why}", models=names))


def answering(
    job: Job,
    found: Found,
    chosen: Chosen,
    prepared: Preparation,
    members: Sequence[Member | DataError],
    sizes_mb: Mapping[int, float],
    *,
    least: float = _MOST_OF_IT,
) -> Fitted | None:
    """Return the members that were fitted to all rows, if need be chosen anew.

    Parameters
    ----------
    job, found, chosen
        The search, what it found, and the choice among that.
    prepared : Preparation
        Of all rows.
    members : sequence of Member or DataError
        For each member of the choice; why, where it could not be fitted, mostly for want of time.
    sizes_mb : mapping of int to float
        Position among the trials → size on disk, where it is known.
    least : float, default 0.5
        Share of the answer that those that were fitted make at least.

    Returns
    -------
    Fitted or None
        None where there is none, or they make less of the answer.
    """
    positions = chosen.choice.members
    told = zip(positions, members, strict=True)
    ready = {position: member for position, member in told if isinstance(member, Member)}
    if len(ready) == len(positions):
        return Fitted(chosen, prepared, tuple(ready.values()), ())
    shares = zip(positions, shares_of(chosen.choice.weights, chosen.choice.pool), strict=True)
    if not ready or sum(share for position, share in shares if position in ready) < least:
        return None
    names = [found.trials[position].configuration.name for position in positions]
    why = {name: member.message for name, member in zip(names, members, strict=True) if isinstance(member, DataError)}
    chosen = _chosen_among(job, found, list(ready), sizes_mb)
    detail = f"The other members answer without {', '.join(why)}: {' '.join(dict.fromkeys(why.values()))}"
    answering = tuple(ready[position] for position in chosen.choice.members)
    return Fitted(chosen, prepared, answering, (finding("ME110", detail, models=list(why)),))


def _chosen_among(job: Job, found: Found, positions: Sequence[int], sizes_mb: Mapping[int, float]) -> Chosen:
    """Choose among some of the trials."""
    with job.log.span("choose"):
        sizes = {number: sizes_mb[position] for number, position in enumerate(positions) if position in sizes_mb}
        chosen = _chosen(job, [found.trials[position] for position in positions], None, sizes)
    members = tuple(positions[member] for member in chosen.choice.members)
    return replace(chosen, choice=replace(chosen.choice, members=members))


def _seconds_to_refit(job: Job, found: Found) -> float | None:
    """Return the seconds for fitting members again; 0 where the best one needs more, None where no clock counts."""
    if job.limit is None:
        return None
    judge = job.folds.judge()
    best = min(found.trials, key=lambda trial: judge.best_loss(trial.scores))
    judging_s = Judging.measured(judge, best.scores).seconds(len(found.trials))
    left = seconds_to_refit(job.folds, job.limit.left_s - judging_s, job.limit.seconds)
    return left if refit_seconds(best) <= left else 0.0


def _chosen(job: Job, trials: Sequence[Trial], refit_s: float | None, sizes_mb: Mapping[int, float]) -> Chosen:
    return choose_members(
        trials,
        job.folds,
        limits_of(job.spec, job.rows.classes, refit_s),
        measured=job.limit is not None,
        workers=job.workers,
        seed=job.spec.seed,
        sizes_mb=sizes_mb,
    )


def _refitted(
    job: Job, found: Found, chosen: Chosen, *, in_time: bool = True
) -> tuple[Preparation, tuple[Member | DataError, ...]]:
    """Return recipe and members, fitted to all rows; why, where one could not be."""
    threads, workers = job.threads, job.workers
    if job.limit is not None:  # nothing has to be repeatable, so no thread stands idle
        workers = min(workers, len(chosen.choice.members))
        threads = max(1, job.threads * job.workers // workers)
    end = None
    if job.limit is not None and in_time:
        # Intervals, measuring and checking come after the refit.
        after_s = _AFTER_REFIT * end_seconds(job.limit.seconds)
        after_s += Judging.measured(job.folds.judge(), found.trials[0].scores).intervals(len(found.trials))
        end = job.limit.end - after_s - check_seconds(job.folds.prepare_s, len(job.rows), len(job.rows.schema.features))
    # Members that take too much room, or break a direction, are chosen anew.
    last = job.spec.max_size_mb is None and not constrained(job.rows.schema)
    return refit(
        chosen.choice,
        found.trials,
        job.folds,
        threads=threads,
        workers=workers,
        deadline=end,
        apart=job.apart,
        last=last,
    )
