"""A recipe for a table that nobody has prepared yet, with a reason for each step."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from clew.collect.dataset import Dataset
from clew.collect.source import read
from clew.core.errors import UsageError, did_you_mean
from clew.core.schema import Schema
from clew.define.problem import Problem, Task, infer_task
from clew.explore.profiled import Profiled
from clew.explore.statistics import describe
from clew.prepare.advice import FIRST_DROPS, LAST_DROPS, MEASURES, OPENINGS, RULES, Advice, ModelFamily, Rule, Seen
from clew.prepare.advice.words import many
from clew.prepare.options import step_to_dict
from clew.prepare.recipe import Recipe
from clew.prepare.views import suggestion_view

_MODELS: dict[ModelFamily, str] = {"any": "the models of Clew", "linear": "a linear model", "trees": "trees"}


@dataclass(frozen=True)
class Suggestion:
    """A suggested recipe and why.

    Parameters
    ----------
    recipe : Recipe
        The steps.
    reasons : tuple of str
        One per step, with the figures that led to it.
    for_model : {"any", "linear", "trees"}
        Kind of model that comes after the recipe.
    rows : int
        Number of rows that were looked at.
    """

    recipe: Recipe
    reasons: tuple[str, ...]
    for_model: ModelFamily = "any"
    rows: int = 0

    @property
    def steps(self) -> list[dict[str, Any]]:
        """Each step in its text form, with its ``reason``."""
        described = zip(self.recipe.steps, self.reasons, strict=True)
        return [{**step_to_dict(step), "columns": _listed(step), "reason": reason} for step, reason in described]

    def to_dict(self) -> dict[str, Any]:
        """Return ``{"steps": [{"op", "columns", …, "reason"}], "for_model", "rows"}``, JSON-ready."""
        return {"steps": self.steps, "for_model": self.for_model, "rows": self.rows}

    def to_yaml(self) -> str:
        """Return the recipe as text: a line that says what for, and each step under a comment with its reason."""
        head = f"# Suggested for {_MODELS[self.for_model]}, from {many(self.rows, 'row')}.\n"
        return head + self.recipe.to_yaml(self.reasons)

    def __repr__(self) -> str:
        return f"Suggestion({self.recipe!r}, for {_MODELS[self.for_model]}, from {self.rows} rows)"

    def _repr_html_(self) -> str:
        return suggestion_view(self)


def suggest(
    data: Any,
    problem: Problem | str | None = None,
    *,
    schema: Schema | None = None,
    for_model: ModelFamily = "any",
    profile: Profiled | None = None,
) -> Suggestion:
    """Suggest a recipe for training rows.

    No target is looked at to choose a step, except that copies of it are dropped, and what a given profile calls an
    answer in disguise. What the steps themselves learn from the target (`target_mean`) they learn when they are fitted.

    Parameters
    ----------
    data : Dataset, frame or path
        Training rows, and none that are to judge later: the suggestion learns from what it sees.
    problem : Problem or str, optional
        What is to be decided, or the name of the target; by default the column with that role.
    schema : Schema, optional
        Columns of a Polars frame; inferred if None.
    for_model : {"any", "linear", "trees"}, default "any"
        Kind of model that comes after the recipe. ``any``: the estimators of `clew.train`, which scale, fill and encode
        for themselves where they need it. ``linear``: a linear model of somebody else's; ends in numbers without gaps
        on one scale, and lets such a model follow curves. ``trees``: trees that take gaps and categories as they are.
    profile : Profiled, optional
        What is known about these very rows already, to save a look at them.

    Returns
    -------
    Suggestion
        The same rows give the same one.

    Raises
    ------
    UsageError
        If there is no such kind of model.
    DataError
        If the rows cannot be read, or there is no such target.
    """
    if for_model not in _MODELS:
        hint = did_you_mean(for_model, _MODELS) or f"Use {', '.join(_MODELS)}."
        raise UsageError(f"`for_model` is {for_model!r}, and there is no such kind of model.", hint=hint)
    dataset = Dataset.of(data, schema, "frame") if isinstance(data, pl.DataFrame) and schema is not None else read(data)
    target = problem.target if isinstance(problem, Problem) else problem
    dataset = dataset.with_target(target) if target is not None else dataset
    found = list(_advice(_seen(dataset, problem if isinstance(problem, Problem) else None, profile, for_model)))
    recipe = Recipe(tuple(advice.step for advice in found))
    return Suggestion(recipe, tuple(advice.reason for advice in found), for_model, len(dataset))


def _advice(seen: Seen) -> Iterator[Advice]:
    """Yield what the rules propose; each sees the rows as what comes before leaves them."""
    for rule in FIRST_DROPS:
        seen = yield from _dropping(rule, seen)
    for rule in OPENINGS:
        seen = yield from _making(rule, seen)
    for rule in LAST_DROPS:
        seen = yield from _dropping(rule, seen)
    for rule in MEASURES:
        seen = yield from _making(rule, seen)
    for rule in RULES:
        yield from rule(seen)


def _making(rule: Rule, seen: Seen) -> Generator[Advice, None, Seen]:
    for advice in tuple(rule(seen)):
        after = seen.after(advice.step)
        if after is not None:
            yield advice
            seen = after
    return seen


def _dropping(rule: Rule, seen: Seen) -> Generator[Advice, None, Seen]:
    for advice in tuple(rule(seen)):
        yield advice
        seen = seen.without(advice.step.inputs(seen.schema))
    return seen


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
        profile.findings if profile is not None else (),
    )


def _listed(step: Any) -> list[str]:
    return list(step.selection.terms)
