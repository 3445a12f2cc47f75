"""Fitting a recipe: each step learns from training rows as the steps before it left them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.collect.split import Split, SplitSpec, Structure
from clew.core.errors import RecipeError
from clew.core.schema import Column, Role
from clew.prepare.crossfit import inner_folds, structure
from clew.prepare.entrance import enter
from clew.prepare.execute import Chain, FittedStep
from clew.prepare.options import check, in_step
from clew.prepare.origins import Origins
from clew.prepare.selectors import MissingColumnError
from clew.prepare.step import Remade, Step, StepKind, Training, acting
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
    origins : Origins, optional
        Which training rows they are made from; None if they are all of them, in their order, or if a step made other
        rows.
    """

    chain: Chain
    table: Table
    target: NDArray[Any] | None
    origins: Origins | None

    def take(self, positions: NDArray[np.int64], remade: Remade | None = None) -> "Fitting":
        """Go on with some of the training rows, perhaps with other values."""
        origins = Origins.of(len(self.table)) if self.origins is None else self.origins
        target = None if self.target is None else self.target[positions]
        remade = remade or Remade(self.table.collect().take(positions))
        return replace(self, table=remade.table, target=target, origins=origins.take(positions, remade.partners))


def train(steps: Sequence[Step], table: Table, training: Training, split: SplitSpec) -> Fitting:
    """Fit steps one after the other.

    Parameters
    ----------
    steps : sequence of Step
        The recipe. Steps that are switched off are left out, and the others keep their numbers.
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
    # Whatever can be said without looking at rows is said before hours go by.
    numbered = acting(steps)
    for position, (number, step) in enumerate(numbered):
        _check_place(number, step, numbered[:position])
    done = begin(table, training)
    if _wants_all_rows([step for _, step in numbered], labelled=training.target is not None):
        done = replace(done, table=done.table.collect())
    for number, step in numbered:
        done = _extend(done, number, step, training, split)
    return done


def begin(table: Table, training: Training) -> Fitting:
    """Return training rows as they enter a recipe, before its first step; parameters as in `train`."""
    raw = training.schema
    there = table.types
    table = enter(table.keep([name for name in raw.names if name in there]), raw)
    return Fitting(Chain(raw, ()), table, training.target, None)


def extend(done: Fitting, number: int, step: Step, training: Training, split: SplitSpec) -> Fitting:
    """Fit one more step behind those that are fitted, and do it on the training rows.

    Of eager rows the result is that of `train` with all these steps.

    Parameters
    ----------
    done : Fitting
        What `begin` or `extend` returned; it stays as it is.
    number : int
        Position of the step in the recipe, from 1.
    step : Step
        The step.
    training, split
        As in `train`: of the raw rows, the same for all steps.

    Raises
    ------
    ConfigError, RecipeError
        As in `train`.
    """
    if step.disabled:
        return done
    _check_place(number, step, [(fitted.number, fitted.step) for fitted in done.chain.steps])
    return _extend(done, number, step, training, split)


def _check_place(number: int, step: Step, earlier: Sequence[tuple[int, Step]]) -> None:
    """Raise if an option makes no sense, or the step cannot stand behind the earlier ones."""
    with in_step(number, step.op):
        check(step)
        mixer = next((f"step {place}, {other.op}" for place, other in earlier if other.mixes), None)
        if step.learns_from_target and mixer:
            raise RecipeError(
                f"A step that learns from the target cannot stand after one that mixes rows ({mixer}): mixtures "
                "tie the rows of a class together, so that no fold could learn about it without them.",
                hint="Place it before.",
            )
        learner = next((f"step {place}, {other.op}" for place, other in earlier if other.learns_from_target), None)
        if step.kind is StepKind.RESHAPE and learner:
            raise RecipeError(
                f"A step that makes other rows cannot stand after one that learns from the target ({learner}).",
                hint="Place it before.",
            )


def _wants_all_rows(steps: Sequence[Step], *, labelled: bool) -> bool:
    """Whether a step looks at rows by their position, so that lazy ones have to be computed first."""
    return any(
        step.learns_from_target or step.kind is StepKind.ROWS or (step.kind is StepKind.RESHAPE and labelled)
        for step in steps
    )


def _extend(done: Fitting, number: int, step: Step, training: Training, split: SplitSpec) -> Fitting:
    with in_step(number, step.op):
        schema = done.chain.output
        columns = _inputs(step, done.chain)
        known = replace(training, schema=schema, target=done.target)
        state = step.fit(done.table, columns, known)
        if step.kind is StepKind.ROWS:
            positions = step.rows(done.table, known)
            done = done.take(positions, step.remade(done.table, positions, known))
            known = replace(known, target=done.target)
        fitted = FittedStep(number, step, schema, columns, state)
        left = step.rows_left(done.table, columns, state)
        table = _crossfitted(fitted, done, known, split) if step.learns_from_target else fitted.apply(done.table)
        done = replace(done, chain=Chain(done.chain.schema, (*done.chain.steps, fitted)), table=table)
        done = done if left is None else done.take(left)
        if step.kind is StepKind.RESHAPE:
            done = replace(done, target=None if done.target is None else _target_of(done.table, fitted), origins=None)
        return done


def _target_of(table: Table, fitted: FittedStep) -> NDArray[Any]:
    """Return the truth of the rows that a step made, which only a column can tell."""
    column = fitted.after.target
    if column is None or column.name not in table.types:
        raise RecipeError(
            "It makes other rows, and the target does not come out of it as a column.",
            hint="Name the target as a column of the table, and let the step hand it on.",
        )
    return truth_of(table, column.name)


def _crossfitted(fitted: FittedStep, done: Fitting, training: Training, split: SplitSpec) -> Table:
    """Give each training row what the step learns from the other ones, in folds of the declared structure.

    Copies of a row, and rows invented from it, are on the same side as the row itself.
    """
    table, target, origins = done.table, training.target, done.origins
    one_each = table if origins is None else table.take(origins.firsts)
    truth = target if target is None or origins is None else target[origins.firsts]
    known = structure(one_each, training.schema, truth, training.task)
    made = _without_own(fitted, done, training, known)
    if made is not None:
        return made
    splits = inner_folds(known, split, training.seed)
    splits = splits if origins is None or not splits else origins.folds(splits)
    if not splits:
        return fitted.apply(table)
    made = fitted.step.in_folds(table, fitted.columns, fitted.state, training, splits)
    return _fold_by_fold(fitted, table, training, splits) if made is None else made


def _fold_by_fold(fitted: FittedStep, table: Table, training: Training, splits: Sequence[Split]) -> Table:
    """Fit and do a step once per fold. Only what it reads goes through the folds, and only what it makes comes back."""
    weights, there, target = training.schema.by_role(Role.WEIGHT), table.types, training.target
    names = dict.fromkeys(column.name for column in (*fitted.columns, *weights))
    read = table.keep([name for name in names if name in there])
    new = [column.name for column in fitted.new]
    parts = []
    for fold in splits:
        others = replace(training, target=None if target is None else target[fold.train])
        state = fitted.step.fit(read.take(fold.train), fitted.columns, others)
        parts.append(replace(fitted, state=state).apply(read.take(fold.test)).keep(new))
    order = np.empty(len(table), dtype=np.int64)
    order[np.concatenate([fold.test for fold in splits])] = np.arange(len(table))
    return table.beside(parts[0].concat(parts[1:]).take(order)).drop(fitted.dropped)


def _without_own(fitted: FittedStep, done: Fitting, training: Training, known: Structure) -> Table | None:
    """Return training rows as a step makes them that can leave out their own target; None if it is done in folds."""
    origins = Origins.of(known.rows) if done.origins is None else done.origins
    if known.time is not None or origins.mixed:
        return None
    units = origins.rows if known.groups is None else known.groups[np.searchsorted(origins.distinct, origins.rows)]
    return fitted.step.without_own(done.table, fitted.columns, fitted.state, training, units)


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
