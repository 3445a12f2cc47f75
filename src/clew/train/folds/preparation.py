"""From rows to the matrix: the recipe and the layout, fitted to the rows that teach and to no others."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.collect.split import Split, SplitSpec, Structure, holdout
from clew.core.errors import DataError
from clew.core.finding import Finding
from clew.core.schema import Column, Direction, Kind, Role, Schema
from clew.define.availability import known_too_late
from clew.define.problem import Problem, Task
from clew.prepare.matrix import Matrix, MatrixLayout, fit_layout, left_out, to_matrix
from clew.prepare.origins import Origins
from clew.prepare.recipe import FittedRecipe, Recipe
from clew.train.codes import finding
from clew.train.ensemble.judge import Judge
from clew.train.estimators.base import Part
from clew.train.folds.rows import Rows
from clew.train.log import Log

#: With fewer rows to learn from, the few that would say when to stop say nothing.
_FEWEST_FOR_STOPPING = 200
#: Share of the learning rows that say when to stop, and their number at most; a larger share where it takes one for
#: this many rows to say so.
_STOP_SHARE, _MOST_TO_STOP = 0.15, 20_000
_LARGER_SHARE, _ENOUGH_TO_STOP = 0.25, 300


@dataclass(frozen=True)
class Preparation:
    """A fitted recipe, and the rows that it was fitted to.

    Parameters
    ----------
    recipe : FittedRecipe
        From raw columns to prepared ones.
    layout : MatrixLayout
        From prepared columns to the matrix, as the model keeps it.
    learn : Part
        The rows that teach; the layout of its matrix has the constraints in the direction of the last class.
    structure : Structure
        Of the rows that teach.
    origins : Origins, optional
        Which of the rows given they were made from, where the recipe took, repeated or invented some.
    """

    recipe: FittedRecipe
    layout: MatrixLayout
    learn: Part
    structure: Structure
    origins: Origins | None = None

    def matrix(self, rows: Rows) -> Matrix:
        """Return the matrix of other rows."""
        return to_matrix(self.recipe.transform(rows.frame), self.layout)


@dataclass(frozen=True)
class Sides:
    """What one fit needs: the rows that teach, those that say when to stop, and those that are asked about.

    Parameters
    ----------
    learn : Part
        The rows that teach.
    stop : Split, optional
        Which of them are learnt from and which say when to stop; None where there are too few.
    judged : Matrix
        The rows that are asked about.
    """

    learn: Part
    stop: Split | None
    judged: Matrix

    @cached_property
    def inner(self) -> Part:
        """Those of the learning rows that are learnt from while the others say when to stop; made once for all fits."""
        return self.learn if self.stop is None else self.learn.take(self.stop.train)

    @cached_property
    def stopping(self) -> Part | None:
        """Those of the learning rows that say when to stop; made once for all fits."""
        return None if self.stop is None else self.learn.take(self.stop.test)


@dataclass(frozen=True)
class Fold:
    """One split, prepared.

    Parameters
    ----------
    prepared : Prepared
        The learning side.
    stop : Split, optional
        Which of the learning rows are learnt from and which say when to stop; None where there are too few.
    judged : Matrix
        The judging side.
    """

    prepared: Preparation
    stop: Split | None
    judged: Matrix

    @cached_property
    def sides(self) -> Sides:
        """What a fit needs of it."""
        return Sides(self.prepared.learn, self.stop, self.judged)


class Folds:
    """The splits of a search, each prepared when it is first needed and then shared by all trials.

    `prepare_s` is the observed number of seconds that preparing all rows will take.

    Parameters
    ----------
    rows : Rows
        Rows that teach, and judge unless `validation` does.
    recipe : Recipe
        Unfitted.
    splits : sequence of Split
        Positions in `rows`; with `validation` their test side is empty.
    spec : SplitSpec
        For the rows that say when to stop.
    seed : int
        Of the recipe and of those rows.
    validation : Rows, optional
        Rows that judge.
    log : Log, optional
        Where the seconds are noted.
    """

    def __init__(
        self,
        rows: Rows,
        recipe: Recipe,
        splits: Sequence[Split],
        spec: SplitSpec,
        *,
        seed: int,
        validation: Rows | None = None,
        log: Log | None = None,
    ) -> None:
        self.rows = rows
        self.recipe = recipe
        self.splits = tuple(splits)
        self.validation = validation
        self.spec = spec
        self.seed = seed
        self.log = log or Log(time.monotonic())
        self.prepare_s = 0.0
        self._made: dict[int, Fold] = {}
        self._locks = [threading.Lock() for _ in splits]

    def __len__(self) -> int:
        return len(self.splits)

    def first(self, count: int) -> "Folds":
        """Return the first splits only; what is prepared already stays so."""
        fewer = Folds(
            self.rows,
            self.recipe,
            self.splits[:count],
            self.spec,
            seed=self.seed,
            validation=self.validation,
            log=self.log,
        )
        fewer.prepare_s = self.prepare_s
        fewer._made.update({position: fold for position, fold in self._made.items() if position < count})
        return fewer

    def __getitem__(self, position: int) -> Fold:
        with self._locks[position]:
            if position not in self._made:
                started = time.monotonic()
                self._made[position] = self._prepare(self.splits[position])
                seconds = time.monotonic() - started
                self.log.add("prepare", started, seconds)
                self.prepare_s = max(self.prepare_s, 1.3 * seconds)
            return self._made[position]

    def judge(self, count: int | None = None) -> Judge:
        """Return the judge of the rows that the first splits, by default all, ask about, in their order."""
        if self.validation is not None:
            return self.validation.judge(np.arange(len(self.validation)))
        return self.rows.judge(np.concatenate([split.test for split in self.splits[:count]]))

    def _prepare(self, split: Split) -> Fold:
        prepared = prepare(self.rows.take(split.train), self.recipe, self.spec, seed=self.seed)
        judges = self.validation if self.validation is not None else self.rows.take(split.test)
        stop = stopping(prepared, self.spec, self.seed)
        return Fold(prepared, stop, prepared.matrix(judges))


def prepare(rows: Rows, recipe: Recipe, split: SplitSpec, *, seed: int) -> Preparation:
    """Fit the recipe and the layout.

    Parameters
    ----------
    rows : Rows
        The rows that teach.
    recipe : Recipe
        Unfitted.
    split : SplitSpec
        How its steps split rows that must not see their own target.
    seed : int
        Of whatever is random in it.

    Raises
    ------
    DataError
        If no column is left to learn from; the message says why each is left out.
    """
    problem = rows.problem
    done = recipe.prepare(rows.frame, rows.schema, problem.target, task=problem.task, seed=seed, split=split)
    # Steps may have taken or repeated rows: what belongs to them goes along.
    kept = rows if done.rows is None else rows.take(done.rows)
    schema = usable(done.recipe.output_schema, problem)
    matrix = _informative(to_matrix(done.frame, fit_layout(schema, done.frame)))
    layout = matrix.layout
    if not layout.numeric and not layout.categorical:
        raise _nothing_left(schema, done.recipe.output_schema, rows.schema)
    bound = replace(matrix, layout=directed(layout, problem))
    return Preparation(done.recipe, layout, Part(bound, kept.target, kept.weight), kept.structure, done.origins)


def usable(schema: Schema, problem: Problem) -> Schema:
    """Return the prepared columns that may be learnt from.

    Left out are columns that are known only after the question is asked, and columns that were made from one with a
    monotone constraint and lost its order: through them the constraint would be broken.
    """
    bound = _bound(schema)
    names = [c.name for c in schema if not is_late(c, problem) and not _breaks(c, bound)]
    return schema.select(names)


def left_out_findings(schema: Schema, problem: Problem) -> list[Finding]:
    """Say which prepared columns `usable` leaves out, and why."""
    bound = _bound(schema)
    found = []
    for column in schema.features:
        if is_late(column, problem):
            when = f"{column.available_after!r}; the question is asked at {problem.asked_at!r}."
            detail = f"{column.name!r} is available after {when}"
            found.append(finding("ME111", detail, column=column.name))
        elif _breaks(column, bound):
            sources = ", ".join(repr(source) for source in column.raw_sources if source in bound)
            detail = f"{column.name!r} was made from {sources}, whose order it does not keep."
            found.append(finding("ME107", detail, column=column.name))
    return found


def is_late(column: Column, problem: Problem) -> bool:
    """Return whether a column becomes known only after the moment of the question."""
    return column.role is Role.FEATURE and known_too_late(column.available_after, problem.asked_at)


def _bound(schema: Schema) -> set[str]:
    """Return the raw columns behind columns with a constraint."""
    return {source for column in schema.features if column.monotonic for source in column.raw_sources}


def _breaks(column: Column, bound: set[str]) -> bool:
    if column.role is not Role.FEATURE or not bound & set(column.raw_sources):
        return False
    return column.monotonic is None or column.direction is Direction.LOSES or len(column.raw_sources) > 1


def _informative(matrix: Matrix) -> Matrix:
    """Leave out the columns that say the same in every row."""
    numbers = [j for j, values in enumerate(matrix.numeric.T) if not _constant(values)]
    codes = [j for j, values in enumerate(matrix.codes.T) if len(values) and (values != values[0]).any()]
    layout = matrix.layout
    kept = MatrixLayout(
        tuple(layout.numeric[j] for j in numbers),
        tuple(layout.categorical[j] for j in codes),
        tuple(layout.levels[j] for j in codes),
        tuple(layout.monotone[j] for j in numbers),
    )
    if len(numbers) == matrix.numeric.shape[1] and len(codes) == matrix.codes.shape[1]:
        return replace(matrix, layout=kept)
    numeric = np.ascontiguousarray(matrix.numeric[:, numbers])
    return Matrix(numeric, np.ascontiguousarray(matrix.codes[:, codes]), kept)


def _constant(values: NDArray[np.float32]) -> bool:
    missing = np.isnan(values)
    if missing.all():
        return True
    return not missing.any() and bool((values == values[0]).all())


def directed(layout: MatrixLayout, problem: Problem) -> MatrixLayout:
    """Turn the constraints round where the positive label is the first class: boosters answer for the second."""
    if problem.task is Task.BINARY and problem.classes.index(problem.positive) == 0:
        return replace(layout, monotone=tuple(-sign for sign in layout.monotone))
    return layout


def stopping(prepared: Preparation, spec: SplitSpec, seed: int) -> Split | None:
    """Return who learns and who says when to stop: rows as they were given, of which no copy is learnt from."""
    origins, structure = prepared.origins, prepared.structure
    structure = structure if origins is None else structure.take(origins.firsts)
    if structure.rows < _FEWEST_FOR_STOPPING:
        return None
    rows = structure.rows
    share = min(max(_STOP_SHARE, min(_LARGER_SHARE, _ENOUGH_TO_STOP / rows)), _MOST_TO_STOP / rows)
    try:
        split = holdout(structure, spec, seed, share)
    except DataError:  # groups or moments too few to split once more
        return None
    if origins is not None:
        split = Split(origins.learning(split), origins.firsts[split.test])
    return split if _tells(prepared.learn.target, split) else None


def _tells(target: NDArray[Any], split: Split) -> bool:
    """Return whether there is something to learn, and rows that say when it is enough: answers differ on both sides."""
    if target.dtype.kind == "f":
        return len(split.test) > 0 and len(np.unique(target[split.train])) > 1
    seen = np.unique(target[split.train])
    return len(seen) > 1 and len(np.intersect1d(seen, target[split.test])) > 1


def _nothing_left(schema: Schema, output: Schema, raw: Schema) -> DataError:
    outside = set(left_out(schema))
    reasons: dict[str, str] = {}
    for column in raw:
        if column.role is not Role.FEATURE:
            reasons[column.name] = f"has the role {column.role.value}"
        elif column.name not in output:
            reasons[column.name] = "was dropped by the recipe"
    for column in output.features:
        if column.name not in schema:
            reasons[column.name] = "is known too late, or would break a monotone constraint"
        elif column.name in outside:
            reasons[column.name] = f"is of kind {column.kind.value}, which the recipe did not turn into numbers"
        else:
            reasons[column.name] = "says the same in every row"
    dropped = [column.name for column in raw.features if column.kind is Kind.IMAGE and column.name not in output]
    hint = "Add a column that tells rows apart, or change the recipe or the roles."
    if dropped:
        hint = f"Let a recipe describe the images: `- {{op: image_features, columns: [{', '.join(dropped)}]}}`."
    shown = "; ".join(f"{name!r} {reason}" for name, reason in list(reasons.items())[:12])
    return DataError(
        f"No column is left to learn from: {shown}{' …' if len(reasons) > 12 else ''}.",
        hint=hint,
    )
