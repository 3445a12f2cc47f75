"""Tuning: from rows, a problem and a space to the best combination.

The thread of it: rows with a target → folds on the declared structure → generations of trials, asked for with seeds
from their numbers → each trial in pieces (folds, or shares of a resource), between which a rule ends the hopeless ones
→ what they told goes back to the strategy → the best one, fitted to all rows.
"""

import time
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from importlib.metadata import version
from typing import Any

from clew.collect.dataset import Dataset
from clew.core.errors import DataError, InputError, UsageError
from clew.core.finding import Finding
from clew.core.progress import Progress, silent
from clew.define.custom_metric import fingerprint_of
from clew.define.problem import Problem
from clew.train.automl import train
from clew.train.codes import finding
from clew.train.job import Job, job_of
from clew.train.result import TrainResult
from clew.train.search.journal import versions
from clew.train.search.run import divided
from clew.train.spec import TrainSpec
from clew.train.threads import resolve_cpus
from clew.train.tune.asynchronous import Asynchronous
from clew.train.tune.campaign import Campaign, Course
from clew.train.tune.crew import crew_of
from clew.train.tune.fit import LostFitError
from clew.train.tune.goals import Goals, goals_of, own_metric
from clew.train.tune.importance import importances
from clew.train.tune.journal import open_journal
from clew.train.tune.nested import nested_score
from clew.train.tune.pipeline import Pipeline, pipeline_of
from clew.train.tune.prepared import PreparedFolds
from clew.train.tune.result import TunedTrial, TuneResult, best_of
from clew.train.tune.spec import Strategy, TuneSpec
from clew.train.tune.state import TrialState
from clew.train.tune.study import Sampler
from clew.train.tune.warm import Parents, parents_of

__all__ = ["TuneResult", "TuneSpec", "TunedTrial", "tune"]


def tune(
    dataset: Dataset,
    problem: Problem,
    spec: TuneSpec,
    *,
    validation: Dataset | None = None,
    progress: Progress = silent,
) -> TuneResult:
    """Look for the best hyperparameters.

    Parameters
    ----------
    dataset : Dataset
        Labelled rows. Roles of the schema reach fitting, splitting and scoring: weight, group, time.
    problem : Problem
        Target, task, and the metric that decides unless the spec names objectives.
    spec : TuneSpec
        What is tuned, how, and until when.
    validation : Dataset, optional
        Rows that judge, instead of folds.
    progress : Progress, optional
        Called with a message and the share that is done.

    Returns
    -------
    TuneResult

    Raises
    ------
    UsageError
        If the spec makes no sense, or the journal is of another tuning.
    ConfigError
        If the space makes no sense.
    DataError
        If nothing can be learnt from the rows, or every trial failed; the message says why.
    """
    started = time.monotonic()
    spec.check()
    if spec.nested is not None and validation is not None:
        raise UsageError("Nested folds and validation data exclude each other.", hint="Leave one of them away.")
    # An estimator of the user's own is checked with the parameters of the space, which it may need.
    replace(_train_spec(spec), algorithms=tuple(name for name in spec.algorithms if "." not in name) or None).check()
    goals = goals_of(problem, spec.objectives, spec.constraints, spec.metric)
    spec.check_goals(goals)
    job = job_of(dataset, problem, _train_spec(spec), validation=validation, started=started)
    pipeline = pipeline_of(spec, job.folds.recipe, job.algorithms, problem.task)
    context = {
        **job.context,
        "recipe": pipeline.recipe.fingerprint,
        "folds": len(job.folds),
        "versions": {**versions(pipeline.classes), "optuna": version("optuna"), "cmaes": version("cmaes")},
    }
    if spec.metric is not None:  # what it says of a fit is kept, and must be what it would say now
        context["metric"] = fingerprint_of(spec.metric)
    parents = parents_of(spec, pipeline, goals, context)
    end = None if spec.time_limit_s is None else started + spec.time_limit_s
    course = _course(job, spec, pipeline, goals, parents, context, end, progress)
    best = best_of(course.trials, goals)
    _check_finished(course, best, goals)
    findings = [*job.findings, *parents.findings, *_failures(course.trials)]
    trained = None
    if spec.refit and best is not None:
        progress("fitting the best one to all rows", None)
        trained = _refitted(dataset, problem, spec, goals, pipeline, best, validation, progress)
        findings += [item for item in trained.findings if item not in findings]
        findings += _broken(trained, goals)
    nested = None
    if spec.nested is not None:
        progress("tuning in the outer folds", None)
        try:
            nested = nested_score(dataset, problem, spec, goals, tune, progress=progress)
        except LostFitError:
            raise
        except InputError as error:  # what was found stands, though nothing is known of how good it really is
            findings.append(finding("ME154", str(error)))
    if nested is None and sum(trial.state == TrialState.COMPLETE for trial in course.trials) > 1:
        name = goals.objectives[0].name
        detail = (
            f"The best of {len(course.trials)} trials was chosen for its {name}, which is a little too good for that."
        )
        findings.append(finding("ME150", detail))
    return TuneResult(
        pipeline=pipeline,
        goals=goals,
        strategy=spec.strategy.value,
        trials=course.trials,
        ended=course.ended,
        score_from=f"{'validation data' if validation is not None else f'mean of {len(job.folds)} folds'}",
        fits=course.fits,
        found=course.found,
        seconds=time.monotonic() - started,
        findings=tuple(findings),
        importances=importances(pipeline.space, course.trials, goals, spec.seed),
        trained=trained,
        nested=nested,
    )


def _course(
    job: Job,
    spec: TuneSpec,
    pipeline: Pipeline,
    goals: Goals,
    parents: Parents,
    context: Mapping[str, Any],
    end: float | None,
    progress: Progress,
) -> Course:
    """Make the trials."""
    first = list(parents.first)
    if spec.strategy not in {Strategy.RANDOM, Strategy.GRID} and (usual := pipeline.defaults()) is not None:
        first.insert(0, usual)
    sampler = Sampler(spec, pipeline.space, goals, first)
    for values, figures in parents.counted:
        sampler.count(values, figures)
    workers, threads = divided(resolve_cpus(spec.cpus), len(job.rows), len(job.rows.schema.features), spec.device)
    journaling = nullcontext() if spec.journal is None else open_journal(spec.journal, context, _manner(spec, goals))
    with journaling as journal, crew_of(spec.compute, workers, threads, pipeline.classes, end) as crew:
        campaign = Campaign(
            spec=spec,
            pipeline=pipeline,
            goals=goals,
            folds=PreparedFolds(job.folds),
            sampler=sampler,
            crew=crew,
            threads=threads,
            fixed=job.fixed,
            journal=journal,
            end=end,
            progress=progress,
        )
        return Asynchronous(campaign).run() if spec.asynchronous else campaign.run()


def _manner(spec: TuneSpec, goals: Goals) -> dict[str, Any]:
    """Return what decides which trials end early, and by what they are compared: only such trials are alike."""
    return {
        "strategy": spec.strategy.value,
        "asynchronous": spec.asynchronous,
        "resource": spec.resource.value,
        "reduction": spec.reduction,
        "least_share": spec.least_share,
        "objectives": [goal.name for goal in goals.objectives],
    }


def _train_spec(spec: TuneSpec) -> TrainSpec:
    """Return what the tuning has in common with a training; no clock takes part in it."""
    return TrainSpec(
        trials=1,
        time_limit_s=None,
        algorithms=spec.algorithms,
        max_latency_ms=None,
        cpus=spec.cpus,
        seed=spec.seed,
        split=spec.split,
        recipe=spec.recipe,
        device=spec.device,
        metric=spec.metric,
        trust=spec.trust,
    )


def _refitted(
    dataset: Dataset,
    problem: Problem,
    spec: TuneSpec,
    goals: Goals,
    pipeline: Pipeline,
    best: TunedTrial,
    validation: Dataset | None,
    progress: Progress,
) -> TrainResult:
    """Fit the best combination to all rows, as a model for what it was chosen for: its threshold depends on that."""
    one = replace(
        _train_spec(spec),
        algorithms=(best.algorithm,),
        params=pipeline.params(best.params),
        recipe=pipeline.recipe_of(best.params),
        metric=own_metric(goals, spec.metric),
    )
    return train(dataset, replace(problem, metric=goals.metric), one, validation=validation, progress=progress)


def _broken(trained: TrainResult, goals: Goals) -> list[Finding]:
    """Say where the model is known to break a bound: rows that it has not seen judge its metric only."""
    found = []
    for bound in goals.constraints:
        value = trained.score.value
        if bound.name == trained.metric and bound.excess(value) > 0:
            detail = f"Fitted once more and judged by {trained.score_from}, the model has {bound.name} {value:.4g}; "
            found.append(finding("ME153", f"{detail}the constraint is {bound}.", bound=str(bound), value=value))
    return found


def _check_finished(course: Course, best: TunedTrial | None, goals: Goals) -> None:
    """Refuse to go on where there is no best trial."""
    if best is not None:
        return
    failed = [trial for trial in course.trials if trial.state == TrialState.FAILED]
    if failed and len(failed) == len(course.trials):
        said = failed[0].error or ""
        hint = None if " Hint: " in said else "Change the space or the recipe."
        raise DataError(f"Every trial failed; the first said: {said}", hint=hint)
    if any(trial.state == TrialState.COMPLETE for trial in course.trials):
        bounds = ", ".join(map(str, goals.constraints))
        raise DataError(
            f"None of {len(course.trials)} trials keeps the constraints {bounds}.", hint="Loosen them, or try more."
        )
    if not course.trials:
        raise DataError("There was no time to finish a single trial.", hint="Allow more time.")
    stopped = len(course.trials) - len(failed)
    said = f"; trial {failed[0].number} said: {failed[0].error}" if failed else ""
    raise DataError(
        f"No trial was finished before the tuning ended ({course.ended}): {stopped} were stopped early and "
        f"{len(failed)} failed{said}.",
        hint="Allow more trials or more time, or use another space.",
    )


def _failures(trials: tuple[TunedTrial, ...]) -> list[Finding]:
    failed = [trial for trial in trials if trial.state == TrialState.FAILED]
    if not failed:
        return []
    detail = f"{len(failed)} of {len(trials)} trials failed; trial {failed[0].number} said: {failed[0].error}"
    return [finding("ME151", detail, trials=[trial.number for trial in failed])]
