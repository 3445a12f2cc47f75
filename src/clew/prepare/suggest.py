"""A recipe for a table that nobody has prepared yet, with a reason for each step."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from clew.collect.dataset import Dataset
from clew.collect.source import read
from clew.core.schema import Schema
from clew.define.problem import Problem, Task, infer_task
from clew.explore.profiled import Profiled
from clew.explore.statistics import describe
from clew.prepare.advice import DROPS, RULES, Advice, ModelFamily, Seen
from clew.prepare.options import step_to_dict
from clew.prepare.recipe import Recipe


@dataclass(frozen=True)
class Suggestion:
    """A suggested recipe and why.

    Parameters
    ----------
    recipe : Recipe
        The steps.
    reasons : tuple of str
        One per step, with the figures that led to it.
    """

    recipe: Recipe
    reasons: tuple[str, ...]

    @property
    def steps(self) -> list[dict[str, Any]]:
        """Each step in its text form, with its ``reason``."""
        described = zip(self.recipe.steps, self.reasons, strict=True)
        return [{**step_to_dict(step), "columns": _listed(step), "reason": reason} for step, reason in described]

    def to_dict(self) -> dict[str, Any]:
        """Return ``{"steps": [{"op", "columns", …, "reason"}]}``, JSON-ready."""
        return {"steps": self.steps}

    def to_yaml(self) -> str:
        """Return the recipe as text, each step under a comment with its reason."""
        return self.recipe.to_yaml(self.reasons)


def suggest(
    data: Any,
    problem: Problem | str | None = None,
    *,
    schema: Schema | None = None,
    for_model: ModelFamily = "any",
    profile: Profiled | None = None,
) -> Suggestion:
    """Suggest a recipe for training rows, for any of the estimators that come after it.

    Parameters
    ----------
    data : Dataset, frame or path
        Training rows, and none that are to judge later: the suggestion learns from what it sees.
    problem : Problem or str, optional
        What is to be decided, or the name of the target; by default the column with that role.
    schema : Schema, optional
        Columns of a Polars frame; inferred if None.
    profile : Profiled, optional
        What is known about these very rows already, to save a look at them.

    Returns
    -------
    Suggestion
        Steps that help every estimator: remove what cannot help, take apart what no matrix can hold, describe
        categories with many values. Scaling and one-hot encoding are left to the estimators that need them.

    Raises
    ------
    DataError
        If the rows cannot be read, or there is no such target.
    """
    dataset = Dataset.of(data, schema, "frame") if isinstance(data, pl.DataFrame) and schema is not None else read(data)
    target = problem.target if isinstance(problem, Problem) else problem
    dataset = dataset.with_target(target) if target is not None else dataset
    found = list(_advice(_seen(dataset, problem if isinstance(problem, Problem) else None, profile, for_model)))
    return Suggestion(Recipe(tuple(advice.step for advice in found)), tuple(advice.reason for advice in found))


def _advice(seen: Seen) -> Iterator[Advice]:
    for rule in DROPS:
        advice = rule(seen)
        if advice is not None:
            yield advice
            gone = [column.name for column in advice.step.inputs(seen.schema)]
            seen = replace(seen, schema=seen.schema.drop(gone))
    for rule in RULES:
        advice = rule(seen)
        if advice is not None:
            yield advice


def _seen(dataset: Dataset, problem: Problem | None, profile: Profiled | None, for_model: ModelFamily) -> Seen:
    known = profile.statistics if profile is not None and profile.rows == len(dataset) else None
    if known is None or any(name not in known for name in dataset.schema.names):
        known = describe(dataset.frame, dataset.schema)
    target = dataset.schema.target
    task, classes = problem.task if problem else None, len(problem.classes) if problem else 0
    if target is not None and problem is None:
        task = infer_task(dataset.frame[target.name], target)
        classes = (known[target.name].distinct or 0) if task is not Task.REGRESSION else 0
    return Seen(
        dataset.frame,
        dataset.schema,
        known,
        target.name if target else None,
        task,
        classes,
        problem.asked_at if problem else "0h",
        for_model,
    )


def _listed(step: Any) -> list[str]:
    return list(step.selection.terms)
