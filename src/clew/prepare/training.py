"""Fitting a recipe: each step learns from training rows as the steps before it left them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

from clew.collect.split import SplitSpec
from clew.core.errors import RecipeError
from clew.core.schema import Column
from clew.prepare.crossfit import inner_folds, structure
from clew.prepare.execute import Chain, FittedStep, enter
from clew.prepare.options import check, in_step
from clew.prepare.selectors import MissingColumnError
from clew.prepare.step import Frame, Step, StepKind, Training


@dataclass(frozen=True)
class Fitting:
    """What fitting leaves behind.

    Parameters
    ----------
    chain : Chain
        The fitted steps.
    frame : narwhals frame
        The training rows as the last step left them.
    target : ndarray, optional
        Their truth.
    rows : ndarray of int64, optional
        Which training rows they are, by position; None if they are all of them, in their order.
    """

    chain: Chain
    frame: Frame
    target: NDArray[Any] | None
    rows: NDArray[np.int64] | None


def train(steps: Sequence[Step], frame: Frame, training: Training, split: SplitSpec) -> Fitting:
    """Fit steps one after the other.

    Parameters
    ----------
    steps : sequence of Step
        The recipe.
    frame : narwhals frame
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
    for number, step in enumerate(steps, start=1):
        with in_step(number, step.op):
            check(step)
    raw = training.schema
    there = set(frame.collect_schema().names())
    frame = enter(frame.select(*(name for name in raw.names if name in there)), raw)
    if isinstance(frame, nw.LazyFrame) and any(_needs_rows(step) for step in steps):
        frame = frame.collect()
    current = Fitting(Chain(raw, ()), frame, training.target, None)
    for number, step in enumerate(steps, start=1):
        with in_step(number, step.op):
            current = _next(current, number, step, training, split)
    return current


def _needs_rows(step: Step) -> bool:
    return step.learns_from_target or step.kind is StepKind.ROWS


def _next(done: Fitting, number: int, step: Step, training: Training, split: SplitSpec) -> Fitting:
    """Fit one more step and do it on the training rows."""
    schema = done.chain.output
    columns = _inputs(step, done.chain)
    known = replace(training, schema=schema, target=done.target)
    frame, target, rows = done.frame, done.target, done.rows
    if step.kind is StepKind.ROWS and isinstance(frame, nw.DataFrame):
        kept = step.rows(frame, known)
        target = None if target is None else target[kept]
        rows = kept if rows is None else rows[kept]
        frame, known = frame[kept], replace(known, target=target)
    fitted = FittedStep(number, step, schema, columns, step.fit(frame, columns, known))
    if step.learns_from_target and isinstance(frame, nw.DataFrame):
        frame = _crossfitted(fitted, frame, known, split)
    else:
        frame = fitted.apply(frame)
    return Fitting(Chain(done.chain.schema, (*done.chain.steps, fitted)), frame, target, rows)


def _crossfitted(
    fitted: FittedStep, frame: nw.DataFrame[Any], training: Training, split: SplitSpec
) -> nw.DataFrame[Any]:
    """Give each training row what the step learns from the other ones, in folds of the declared structure."""
    known = structure(frame, training.schema, training.target, training.task)
    splits = inner_folds(known, split, training.seed)
    if not splits:
        return _eager(fitted.apply(frame))
    parts = []
    for fold in splits:
        target = None if training.target is None else training.target[fold.train]
        state = fitted.step.fit(frame[fold.train], fitted.columns, replace(training, target=target))
        parts.append(_eager(replace(fitted, state=state).apply(frame[fold.test])))
    order = np.argsort(np.concatenate([fold.test for fold in splits]), kind="stable")
    return nw.concat(parts, how="vertical")[order]


def _eager(frame: Frame) -> nw.DataFrame[Any]:
    return frame.collect() if isinstance(frame, nw.LazyFrame) else frame


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
