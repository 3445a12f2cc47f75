"""More rounds of the boosters of a model, learnt from new rows, through the recipe that the model has.

What is new is judged as ever: in each fold of the new rows the boosters go on with the others, and both the model as it
was and the model as it is now answer for the rows held out. Neither has seen them. Weights, calibration and threshold
stay those of the model.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from clew.collect.conform import conform
from clew.collect.dataset import Dataset
from clew.collect.split import Split
from clew.core.errors import UsageError
from clew.core.finding import Finding
from clew.core.predictions import Predictions
from clew.core.progress import Progress
from clew.core.schema import Role, Schema
from clew.define.metrics import METRICS, Metric
from clew.define.problem import DEFAULT_METRIC, Problem
from clew.define.uncertainty import Interval, bootstrap, paired_bootstrap
from clew.explore.statistics import describe
from clew.prepare.matrix import to_matrix
from clew.train.codes import finding
from clew.train.constraints.proof import proven
from clew.train.ensemble.judge import Judge
from clew.train.estimators import get_estimator
from clew.train.estimators.base import Floats, Part
from clew.train.estimators.vocabulary import DEVICE, PATIENCE
from clew.train.folds.judges import check_judges
from clew.train.folds.preparation import Preparation, directed, stopping
from clew.train.folds.rows import Rows, check_rows, rows_of
from clew.train.folds.splits import all_splits
from clew.train.model import FittedModel, Member, decide, describe_members
from clew.train.result import LeaderboardRow, TrainResult
from clew.train.spec import TrainSpec
from clew.train.threads import blas_threads, resolve_cpus

#: Length of all further steps together where no rows can say when to stop: 40 rounds at a learning rate of 0.05.
_STEPS_WITHOUT_STOPPING = 2.0
#: Share of the limit after which no further round starts in the folds, and in the end.
_FOLDS_SHARE, _ALL_SHARE = 0.65, 0.95
_CHECKED_ROWS = 20_000
#: Numbers in the table from which on a fit uses several threads.
_CELLS_FOR_THREADS = 1_000_000
#: Roles that are stated of rows whenever they come.
_STATED = frozenset({Role.WEIGHT, Role.GROUP, Role.TIME})


@dataclass(frozen=True)
class _Work:
    """What stays the same."""

    model: FittedModel
    rows: Rows
    spec: TrainSpec
    threads: int
    started: float

    def part(self, rows: Rows) -> Part:
        """Return rows as the boosters want them."""
        layout = directed(self.model.layout, self.model.problem)
        matrix = to_matrix(self.model.recipe.transform(rows.frame), self.model.layout)
        return Part(replace(matrix, layout=layout), rows.target, rows.weight)

    def deadline(self, share: float) -> float | None:
        """Return the moment at which a share of the limit is over; None where no clock counts."""
        if self.spec.trials is not None or self.spec.time_limit_s is None:
            return None
        return self.started + share * self.spec.time_limit_s


def continue_training(
    dataset: Dataset,
    problem: Problem,
    spec: TrainSpec,
    *,
    validation: Dataset | None,
    started: float,
    progress: Progress,
) -> TrainResult:
    """Let the boosters of ``spec.continue_from`` learn more rounds from new rows.

    Parameters
    ----------
    dataset : Dataset
        New rows, with the columns of those that the model was trained on.
    problem : Problem
        As stated for the new rows; the model's own holds.
    spec : TrainSpec
        With `continue_from`; `params` are parameters of the one algorithm that the model is made of.
    validation : Dataset, optional
        Rows that judge, instead of folds.
    started : float
        Value of `time.monotonic` from which the limit counts.
    progress : Progress
        Called with a message and the share that is done.

    Returns
    -------
    TrainResult
        Its leaderboard holds the model as it was, too.

    Raises
    ------
    UsageError
        If the model, or a part of it, cannot go on.
    SchemaError
        If a column is missing, or a cell cannot be read.
    DataError
        If nothing can be learnt from the rows, they hold a class that the model does not know, or the validation rows
        cannot judge.
    """
    model = _checked(spec, problem)
    if dataset.fingerprint in model.metadata.get("taught_by", ()):
        raise UsageError(
            "The model has learnt from these very rows, so they cannot judge what more rounds would bring.",
            hint="Give new rows; to search longer on the same ones, train anew with a higher limit.",
        )
    model = _measurable(model, spec.metric)
    rows = _rows(dataset, model, spec.metric)
    check_rows(rows)
    # On few rows threads wait for each other longer than they work, above all beside other processes.
    small = len(rows) * len(model.features) < _CELLS_FOR_THREADS
    work = _Work(model, rows, spec, 1 if small else resolve_cpus(spec.cpus), started)
    judges = None if validation is None else _judges(validation, model, rows)
    splits = all_splits(rows, spec.split, spec.seed, validation=judges)
    before: list[Floats] = []
    after: list[Floats] = []
    learnt: list[list[int]] = []
    with blas_threads(work.threads):
        for number, split in enumerate(splits):
            progress(f"going on in fold {number + 1} of {len(splits)}", number / (len(splits) + 1))
            done = _FOLDS_SHARE * (number + 1) / len(splits)
            fitted, rounds = _in_fold(work, split, work.deadline(done))
            asked = (judges if judges is not None else rows.take(split.test)).frame
            before.append(model.scores(asked, threads=work.threads))
            after.append(replace(model, members=fitted).scores(asked, threads=work.threads))
            learnt.append(rounds)
        progress("going on with all rows", len(splits) / (len(splits) + 1))
        mean = [max(1, round(sum(found) / len(found))) for found in zip(*learnt, strict=True)]
        members = _gone_on(work, work.part(rows), None, mean, work.deadline(_ALL_SHARE))
    judge = _judge(rows, judges, splits)
    results = [_judged(model, judge, np.concatenate(scores)) for scores in (before, after)]
    return _result(work, members, mean, judge, results, len(splits), dataset.fingerprint, judges is not None)


def _checked(spec: TrainSpec, problem: Problem) -> FittedModel:
    model = spec.continue_from
    if not isinstance(model, FittedModel):
        raise UsageError(
            f"`continue_from` is a {type(model).__name__}.", hint="Give a model, e.g. clew.load('bundle').model."
        )
    if spec.device != "cpu":
        raise UsageError(f"A model is continued on the CPU, not on {spec.device!r}.", hint="Leave `device` out.")
    known = model.problem
    same = spec.metric is not None and spec.metric.name == known.metric
    for name in ("algorithms", "recipe", "metric", "max_size_mb", "journal"):
        if getattr(spec, name) is not None and not (name == "metric" and same):
            raise UsageError(f"A model that is continued keeps its own {name}.", hint=f"Leave `{name}` out.")
    if spec.max_latency_ms not in {"auto", None}:
        raise UsageError("A model that is continued keeps its members, at any latency.", hint="Leave it out.")
    if problem.costs and dict(problem.costs) != dict(known.costs):
        raise UsageError("A model that is continued keeps its own threshold and costs.", hint="Leave `costs` out.")
    if (problem.target, problem.task.is_classification) != (known.target, known.task.is_classification):
        raise UsageError(
            f"The model predicts {known.target!r} ({known.task.value}), and the rows are to teach {problem.target!r} "
            f"({problem.task.value}).",
            hint="Name the model's own target.",
        )
    stuck = [member.name for member in model.members if not get_estimator(member.algorithm).continues]
    if stuck:
        raise UsageError(
            f"{', '.join(stuck)} of the model cannot learn more: only xgboost, lightgbm and catboost go on.",
            hint="Train anew with all rows; a model of these alone (`algorithms`, --algorithms) can be continued.",
        )
    families = {member.algorithm for member in model.members}
    if spec.params is not None and len(families) > 1:
        raise UsageError(
            f"`params` belong to one algorithm, and the model has members of {', '.join(sorted(families))}.",
            hint="Leave them out.",
        )
    for family in families if spec.params is not None else ():
        get_estimator(family).check(spec.params or {})
    return model


def _measurable(model: FittedModel, metric: Metric | None) -> FittedModel:
    """Return the model with a metric that is at hand: one of the user's own is known by its name only."""
    if metric is not None or model.problem.metric in METRICS:
        return model
    return replace(model, problem=replace(model.problem, metric=DEFAULT_METRIC[model.problem.task]))


def _rows(dataset: Dataset, model: FittedModel, metric: Metric | None, *, roles: Schema | None = None) -> Rows:
    """Return rows as the model reads them, with the weights, groups and moments that are stated of them now."""
    frame = conform(dataset.frame, model.schema, require_target=True)
    stated = {column.name: column for column in roles or dataset.schema if column.role in _STATED}
    there = [column for column in model.schema if column.name in frame.columns]
    known = [replace(c, role=stated[c.name].role) if c.name in stated else c for c in there]
    others = [c for c in stated.values() if c.name not in frame.columns and c.name in dataset.frame.columns]
    whole = frame.hstack([dataset.frame[column.name] for column in others])
    told = Dataset.of(whole, Schema((*known, *others)), dataset.source, dataset.findings)
    return rows_of(told, model.problem, metric)


def _judges(validation: Dataset, model: FittedModel, rows: Rows) -> Rows:
    """Return the rows that judge instead of folds; neither the model nor its further rounds may learn from them."""
    labelled = validation.with_target(model.problem.target)
    if labelled.fingerprint in model.metadata.get("taught_by", ()):
        raise UsageError(
            "The model has learnt from these very validation rows, so they cannot judge what more rounds would bring.",
            hint="Give other rows, or leave them out: folds of the new rows then judge.",
        )
    judges = _rows(labelled, model, rows.metric, roles=rows.schema)
    check_judges(judges, rows)
    return judges


def _in_fold(work: _Work, split: Split, deadline: float | None) -> tuple[tuple[Member, ...], list[int]]:
    """Return the members after the learning side of a fold, and how many rounds each has learnt there."""
    rows = work.rows.take(split.train)
    part = work.part(rows)
    prepared = Preparation(work.model.recipe, work.model.layout, part, rows.structure)
    inner = stopping(prepared, work.spec.split, work.spec.seed)
    members = _gone_on(work, part, inner, None, deadline)
    return members, [_rounds(new) - _rounds(old) for new, old in zip(members, work.model.members, strict=True)]


def _gone_on(
    work: _Work, part: Part, inner: Split | None, rounds: Sequence[int] | None, deadline: float | None
) -> tuple[Member, ...]:
    found = []
    for place, member in enumerate(work.model.members):
        algorithm = get_estimator(member.algorithm)
        bound = algorithm.max_rounds or ""
        left_out = (bound, PATIENCE, DEVICE)
        own = {name: value for name, value in algorithm.named(member.params).items() if name not in left_out}
        params = {**own, **algorithm.named(work.spec.params or {})}
        learn, stop = part, None
        if rounds is not None:
            params[bound] = rounds[place]
        elif algorithm.stops_early(params):
            if inner is None:
                params[bound] = max(5, round(_STEPS_WITHOUT_STOPPING / float(algorithm.check(params)["learning_rate"])))
            else:
                learn, stop = part.take(inner.train), part.take(inner.test)
        fitted = algorithm.resume(
            member.estimator,
            learn,
            task=work.model.problem.task,
            params=params,
            stop=stop,
            seed=work.spec.seed + _rounds(member),
            threads=work.threads,
            deadline=deadline,
        )
        found.append(Member(member.name, fitted, member.params))
    return tuple(found)


def _judge(rows: Rows, judges: Rows | None, splits: Sequence[Split]) -> Judge:
    if judges is not None:
        return judges.judge(np.arange(len(judges)))
    return rows.judge(np.concatenate([split.test for split in splits]))


def _judged(model: FittedModel, judge: Judge, scores: Floats) -> Predictions:
    labels = decide(scores, judge.problem, model.threshold) if judge.problem.task.is_classification else None
    return judge.predictions(scores, labels)


def _result(
    work: _Work,
    members: tuple[Member, ...],
    rounds: list[int],
    judge: Judge,
    results: list[Predictions],
    folds: int,
    fingerprint: str,
    validated: bool,
) -> TrainResult:
    seed, metric = work.spec.seed, judge.metric
    was, score = (bootstrap(metric, predictions, seed=seed) for predictions in results)
    told = {
        "score": score.to_dict(),
        "score_from": "validation data" if validated else f"cross-validation of the new rows, {folds} folds",
        "rows": len(work.rows),
        "taught_by": [*work.model.metadata.get("taught_by", ()), fingerprint],
        "continued": {"from": work.model.fingerprint, "rounds": rounds, "score_before": was.to_dict()},
        "members": describe_members(members, work.model.shares),
    }
    # Intervals lie around the answers of the model as it was.
    model = replace(work.model, members=members, spread=None)
    constraints, broken = proven(model, work.rows.frame.head(_CHECKED_ROWS), seed=seed, threads=work.threads)
    known = {name: fact for name, fact in work.model.metadata.items() if name != "intervals"}
    model = replace(model, metadata={**known, **told, "constraints": constraints})
    fit_s = time.monotonic() - work.started
    findings = (
        *work.rows.findings,
        _gain(metric.name, was, score, results, judge, rounds, seed),
        *broken,
    )
    return TrainResult(
        model=model,
        leaderboard=(_row("ensemble", score, fit_s, 1.0), _row("before", was, 0.0, 0.0)),
        metric=metric.name,
        greater_is_better=metric.greater_is_better,
        score=score,
        score_from=str(told["score_from"]),
        findings=findings,
        fit_s=fit_s,
        statistics=describe(work.rows.frame, work.rows.schema),
    )


def _row(name: str, score: Interval, fit_s: float, weight: float) -> LeaderboardRow:
    return LeaderboardRow(name, "ensemble", {}, score.value, score.low, score.high, fit_s, None, weight)


def _gain(
    name: str,
    was: Interval,
    score: Interval,
    results: list[Predictions],
    judge: Judge,
    rounds: list[int],
    seed: int,
) -> Finding:
    """Say what the further rounds brought, with the interval of the paired difference."""
    found = paired_bootstrap(judge.metric, results[1], results[0], seed=seed).interval
    detail = (
        f"{' and '.join(map(str, rounds))} further round{'' if rounds == [1] else 's'} took {name} from "
        f"{was.value:.4g} to {score.value:.4g} on "
        f"{score.rows} new rows (difference {found.value:.2g}, 95 %: {found.low:.2g} to {found.high:.2g})."
    )
    if not found.low * found.high > 0:
        detail += " That is within noise."
    return finding("ME130", detail, rounds=rounds, difference=found.to_dict())


def _rounds(member: Member) -> int:
    return member.estimator.rounds or 0
