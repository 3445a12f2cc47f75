"""Fitting a recipe: each step learns from training rows as the steps before it left them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.collect.split import SplitSpec
from clew.core.errors import RecipeError
from clew.core.schema import Column
from clew.prepare.crossfit import inner_folds, structure
from clew.prepare.entrance import enter
from clew.prepare.execute import Chain, FittedStep
from clew.prepare.options import check, in_step
from clew.prepare.selectors import MissingColumnError
from clew.prepare.step import Step, StepKind, Training
from clew.prepare.table import Table, truth_of


@dataclass(frozen=True, eq=False)
class Fitting:
    """What fitting leaves behind.

    Parameters
    ----------
    chain : Chain
        The fitted steps.
    table : Table
        The training rows as the last step left them.
    target : ndarray, optional
        Their truth.
    rows : ndarray of int64, optional
        Which training rows they are, by position; None if they are all of them, in their order, or if a step made other
        rows.
    """

    chain: Chain
    table: Table
    target: NDArray[Any] | None
    rows: NDArray[np.int64] | None


def train(steps: Sequence[Step], table: Table, training: Training, split: SplitSpec) -> Fitting:
    """Fit steps one after the other.

    Parameters
    ----------
    steps : sequence of Step
        The recipe.
    table : Table
        Training rows with the types of ``training.schema``.
    training : Training
        Schema of the raw rows, target, task, classes, seed.
    split : SplitSpec
        How rows are split where training rows must not see their own target.

    Raises
    ------
    ConfigError
        If an option makes no sense.
    RecipeError
        If a step cannot do its work; the message begins with its number and name.
    """
    learner = ""
    for number, step in enumerate(steps, start=1):
        with in_step(number, step.op):
            check(step)
            if step.kind is StepKind.RESHAPE and learner:
                raise RecipeError(
                    f"A step that makes other rows cannot stand after one that learns from the target ({learner}).",
                    hint="Place it before.",
                )
        learner = learner or (f"step {number}, {step.op}" if step.learns_from_target else "")
    raw = training.schema
    there = table.types
    table = enter(table.keep([name for name in raw.names if name in there]), raw)
    labelled = training.target is not None
    if any(s.learns_from_target or s.kind is StepKind.ROWS or (s.kind is StepKind.RESHAPE and labelled) for s in steps):
        table = table.collect()
    current = Fitting(Chain(raw, ()), table, training.target, None)
    for number, step in enumerate(steps, start=1):
        with in_step(number, step.op):
            current = _next(current, number, step, training, split)
    return current


def _next(done: Fitting, number: int, step: Step, training: Training, split: SplitSpec) -> Fitting:
    """Fit one more step and do it on the training rows."""
    schema = done.chain.output
    columns = _inputs(step, done.chain)
    known = replace(training, schema=schema, target=done.target)
    table, target, rows = done.table, done.target, done.rows
    if step.kind is StepKind.ROWS:
        kept = step.rows(table, known)
        target, rows = _taken(target, rows, kept)
        table, known = step.remade(table, kept, known), replace(known, target=target)
    fitted = FittedStep(number, step, schema, columns, step.fit(table, columns, known))
    left = step.rows_left(table, columns, fitted.state)
    table = _crossfitted(fitted, table, known, split) if step.learns_from_target else fitted.apply(table)
    if left is not None:
        table = table.collect().take(left)
        target, rows = _taken(target, rows, left)
    if step.kind is StepKind.RESHAPE:
        target, rows = None if target is None else _target_of(table, fitted), None
    return Fitting(Chain(done.chain.schema, (*done.chain.steps, fitted)), table, target, rows)


def _taken(
    target: NDArray[Any] | None, rows: NDArray[np.int64] | None, kept: NDArray[np.int64]
) -> tuple[NDArray[Any] | None, NDArray[np.int64]]:
    """Return the truth of the rows kept, and where they stood among the rows given."""
    return None if target is None else target[kept], kept if rows is None else rows[kept]


def _target_of(table: Table, fitted: FittedStep) -> NDArray[Any]:
    """Return the truth of the rows that a step made, which only a column can tell."""
    column = fitted.after.target
    if column is None or column.name not in table.types:
        raise RecipeError(
            "It makes other rows, and the target does not come out of it as a column.",
            hint="Name the target as a column of the table, and let the step hand it on.",
        )
    return truth_of(table, column.name)


def _crossfitted(fitted: FittedStep, table: Table, training: Training, split: SplitSpec) -> Table:
    """Give each training row what the step learns from the other ones, in folds of the declared structure."""
    known = structure(table, training.schema, training.target, training.task)
    splits = inner_folds(known, split, training.seed)
    if not splits:
        return fitted.apply(table)
    parts = []
    for fold in splits:
        target = None if training.target is None else training.target[fold.train]
        state = fitted.step.fit(table.take(fold.train), fitted.columns, replace(training, target=target))
        parts.append(replace(fitted, state=state).apply(table.take(fold.test)))
    order = np.argsort(np.concatenate([fold.test for fold in splits]), kind="stable")
    return parts[0].concat(parts[1:]).take(order)


def _inputs(step: Step, chain: Chain) -> tuple[Column, ...]:
    """Return the columns that a step works on; say which step removed one that is gone."""
    try:
        return step.inputs(chain.output)
    except MissingColumnError as error:
        for fitted in chain.steps:
            if error.name in fitted.before and error.name not in fitted.after:
                raise RecipeError(
                    error.message, hint=f"Step {fitted.number} ({fitted.step.op}) removed it; place this one before."
                ) from error
        raise
