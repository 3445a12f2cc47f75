"""What stays the same while a search runs: rows, folds, algorithms, threads."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from clew.collect.dataset import Dataset
from clew.core.errors import ConfigError, UsageError
from clew.core.finding import Finding
from clew.core.schema import Kind, Role
from clew.define.metrics import Metric
from clew.define.problem import Problem, Task
from clew.explore.profiled import Profiled
from clew.explore.statistics import TableStatistics, describe
from clew.prepare.recipe import Recipe
from clew.prepare.step import StepKind, acting
from clew.prepare.suggest import Suggestion, suggest
from clew.train.codes import finding
from clew.train.constraints.monotone import constrained
from clew.train.device import places
from clew.train.estimators import ESTIMATORS
from clew.train.estimators.described import foreign_names
from clew.train.folds.judges import judges_of
from clew.train.folds.preparation import Folds
from clew.train.folds.rows import Rows, check_judged, check_rows, contradictions, rare_classes, rows_of
from clew.train.folds.splits import all_splits, fewer_folds
from clew.train.log import Log
from clew.train.search.apart import EndableFits
from clew.train.search.journal import Journal, versions
from clew.train.search.run import divided
from clew.train.spec import TrainSpec
from clew.train.suspicions import belong_together, knows_the_answer
from clew.train.threads import blas_threads, resolve_cpus
from clew.train.time_limit import TimeLimit

#: Kinds whose text has no order.
_UNORDERED = (Kind.CATEGORICAL, Kind.TEXT, Kind.UNKNOWN)


@dataclass(frozen=True)
class Job:
    """One search.

    Parameters
    ----------
    spec : TrainSpec
        How to search.
    algorithms : tuple of str
        Those that may join.
    folds : Folds
        Rows, recipe and splits.
    of_all : int
        Number of folds that the whole table was cut into.
    workers, threads : int
        Fits side by side, and threads of each.
    context : mapping
        JSON-ready: what decides a trial's outcome besides its configuration.
    limit : TimeLimit, optional
        When everything has to be done; None where no clock counts.
    findings : tuple of Finding
        What was noticed so far.
    statistics : TableStatistics
        Of all rows given.
    apart : EndableFits, optional
        Where fits run that a deadline alone might not end; None where no clock counts.
    fixed : mapping
        Algorithm → parameters that all its configurations have, e.g. the device.
    """

    spec: TrainSpec
    algorithms: tuple[str, ...]
    folds: Folds
    of_all: int
    workers: int
    threads: int
    context: Mapping[str, Any]
    limit: TimeLimit | None
    findings: tuple[Finding, ...]
    statistics: TableStatistics
    apart: EndableFits | None = None
    fixed: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def rows(self) -> Rows:
        """Rows that teach."""
        return self.folds.rows

    @property
    def log(self) -> Log:
        """What the seconds were spent on."""
        return self.folds.log

    def with_folds(self, count: int, note: Finding) -> "Job":
        """Return the job with its first folds only."""
        return replace(self, folds=self.folds.first(count), findings=(*self.findings, note))

    def journal(self) -> Journal | None:
        """Return the journal, where one is kept."""
        if self.spec.journal is None:
            return None
        own = [name for item in self.spec.own for name in foreign_names(item.name, item.params)]
        context = {**self.context, "folds": len(self.folds), "threads": self.threads, "versions": versions(own)}
        return Journal(self.spec.journal, context)


def job_of(dataset: Dataset, problem: Problem, spec: TrainSpec, *, validation: Dataset | None, started: float) -> Job:
    """Put a search together.

    Parameters
    ----------
    dataset : Dataset
        Labelled rows.
    problem : Problem
        What is decided.
    spec : TrainSpec
        How to search, checked.
    validation : Dataset, optional
        Rows that judge.
    started : float
        Value of `time.monotonic` from which the limit counts.

    Raises
    ------
    ConfigError
        If a monotone constraint cannot be honoured.
    DataError
        If nothing can be learnt from the rows.
    """
    log = Log(started)
    log.add("read", started, time.monotonic() - started)
    problem = _judged_by(problem, spec.metric)
    rows = rows_of(dataset, problem, spec.metric)
    check_rows(rows)
    algorithms, notes = joining(rows, spec)
    fixed, placed = places(algorithms, spec.device, named=spec.families is not None)
    notes = (*notes, *placed)
    judges = None if validation is None else judges_of(validation, rows)
    if judges is None:
        check_judged(rows)
    with log.span("describe"):
        statistics = describe(dataset.frame, dataset.schema)
    with log.span("suggest"):
        suggested = None
        if spec.recipe is None:
            seen = Profiled(dataset.source, dataset.schema, statistics, ())
            suggested = suggest(dataset, problem, profile=seen)
    recipe = spec.recipe or (suggested.recipe if suggested else Recipe())
    _check_recipe(recipe)
    notes = (*notes, *_unused(rows, suggested))
    splits = all_splits(rows, spec.split, spec.seed, validation=judges)
    folds = Folds(rows, recipe, splits, spec.split, seed=spec.seed, validation=judges, log=log)
    if judges is None and len(splits) < spec.split.folds:
        notes = (*notes, fewer_folds(len(splits), spec.split.folds, "rows, groups or moments allow no more"))
    workers, threads = divided(resolve_cpus(spec.cpus), len(rows), len(rows.schema.features), spec.device)
    if spec.families is None:
        with blas_threads(threads):
            algorithms = _taking(folds, algorithms)
    context = {
        "data": dataset.fingerprint,
        "validation": validation.fingerprint if validation is not None else None,
        "recipe": recipe.fingerprint,
        "tables": recipe.tables(),
        "problem": problem.to_dict(),
        "split": asdict(spec.split),
        "seed": spec.seed,
    }
    listed = spec.params is not None and spec.engine == "clew"
    limit = None
    if spec.trials is None and not listed and spec.time_limit_s is not None:
        limit = TimeLimit(spec.time_limit_s, started + spec.time_limit_s)
    rare = rare_classes(rows, len(splits) if judges is None else 2)
    noticed: list[Finding] = []
    with log.span("describe"):
        if spec.recipe is None:  # whoever has written one has decided about the columns
            noticed += (item for item in knows_the_answer(rows, spec.seed) if item.column not in _dropped(suggested))
        if judges is None:
            noticed += belong_together(rows, statistics)
    found = (*rows.findings, *noticed, *rare, *contradictions(rows), *notes)
    return Job(
        spec=spec,
        algorithms=algorithms,
        folds=folds,
        of_all=len(splits),
        workers=workers,
        threads=threads,
        context=context,
        limit=limit,
        findings=found,
        statistics=statistics,
        fixed=fixed,
    )


def joining(rows: Rows, spec: TrainSpec) -> tuple[tuple[str, ...], tuple[Finding, ...]]:
    """Return the algorithms that may join: those that take so many rows, and honour a constraint that is declared.

    Raises
    ------
    ConfigError
        If the constraint has no meaning for the task or for the column, or no algorithm named honours it.
    """
    joins = tuple(name for name in ESTIMATORS if ESTIMATORS[name].takes(len(rows), 0))
    wanted = joins if spec.families is None else spec.families
    names = tuple(name for name in ESTIMATORS if name in wanted)
    columns = constrained(rows.schema)
    if not columns:
        return names, ()
    shown = ", ".join(repr(column.name) for column in columns)
    if rows.problem.task is Task.MULTICLASS:
        raise ConfigError(
            f"{shown} must be followed monotonically, which has no meaning with {rows.classes} classes.",
            hint="Remove `monotonic` from the domain model, or make the task binary or a regression.",
        )
    unordered = next((column for column in columns if column.kind in _UNORDERED and column.dtype == "String"), None)
    if unordered is not None:
        raise ConfigError(
            f"{unordered.name!r} must be followed monotonically, and its labels have no order.",
            hint="Remove `monotonic` from the domain model, or give the column as numbers.",
        )
    able = tuple(name for name in names if ESTIMATORS[name].honours.monotone)
    unable = [*(name for name in names if name not in able), *(own.name for own in spec.own)]
    if not able or spec.own:
        raise ConfigError(
            f"{shown} must be followed monotonically, and {', '.join(unable)} cannot promise that.",
            hint=f"Use one of {', '.join(name for name, one in ESTIMATORS.items() if one.honours.monotone)}.",
        )
    if able == names:
        return able, ()
    rest = ", ".join(name for name in names if name not in able)
    return able, (finding("ME108", f"Because of {shown} only {', '.join(able)} may join, not {rest}."),)


def _taking(folds: Folds, algorithms: tuple[str, ...]) -> tuple[str, ...]:
    """Return the algorithms that take a matrix of as many columns as the recipe makes, in the first fold."""
    matrix = folds[0].prepared.learn.matrix
    columns = matrix.numeric.shape[1] + matrix.codes.shape[1]
    return tuple(name for name in algorithms if ESTIMATORS[name].takes(len(folds.rows), columns))


def _judged_by(problem: Problem, metric: Metric | None) -> Problem:
    """Return the problem with the name of the user's own metric."""
    if metric is None:
        return problem
    if problem.task not in metric.tasks:
        raise UsageError(
            f"The metric {metric.name!r} reads probabilities, and a {problem.task.value} has none.",
            hint="Make it with needs='prediction'.",
        )
    return replace(problem, metric=metric.name)


def _check_recipe(recipe: Recipe) -> None:
    """Refuse a recipe that makes other rows: a model must have an answer for each row that it is asked about."""
    for number, step in acting(recipe.steps):
        if step.kind is StepKind.RESHAPE:
            raise UsageError(
                f"Step {number} ({step.op}) makes other rows, and a model answers for each row given.",
                hint="Run `clew prepare` with these steps first, and train on its result.",
            )


def _dropped(suggested: Suggestion | None) -> set[str]:
    """Return the columns that a suggested recipe removes by name."""
    steps = suggested.steps if suggested else ()
    return {str(name) for step in steps if step["op"] == "drop" for name in step["columns"]}


def _unused(rows: Rows, suggested: Suggestion | None) -> Iterator[Finding]:
    """Say which columns no model will see, and why, where nobody has decided that."""
    for column in rows.schema.by_role(Role.ID):
        detail = (
            f"{column.name!r} is read as an identifier, so no model learns from it. If it is a feature, say so in a "
            f"domain file: `columns: {{{column.name}: {{role: feature}}}}`."
        )
        yield finding("ME112", detail, column=column.name)
    for step in suggested.steps if suggested else ():
        if step["op"] == "drop":
            yield finding("ME112", f"The suggested recipe removes columns: {step['reason']}", columns=step["columns"])
