"""The rows, features and answers that every small model works on, prepared once."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.collect.split import Structure, structure_of
from clew.core.schema import Role, Schema
from clew.define.problem import Problem, Task, define_problem
from clew.explore.checks.repeated import by_chance
from clew.explore.checks.table import Table
from clew.explore.families import Family
from clew.explore.probe.features import Features, Floats, chosen_columns, encode
from clew.explore.probe.sample import Sample, draw, rows_within

#: Rows, and rows times columns times classes, that a small model learns from at most.
MAX_ROWS, MAX_CELLS = 10_000, 1_000_000
#: Numbers beyond this are not asked for.
LARGEST = 1e30
#: Columns that a tree looks at; of more, each tree draws this many.
COLUMNS_A_TREE = 200
#: Fewer rows do not carry a model, and more labels are hardly labels.
MIN_ROWS, MAX_CLASSES = 50, 100


@dataclass(frozen=True, slots=True)
class Question:
    """A target and what is to tell it.

    Parameters
    ----------
    sample : Sample
        Rows that have a target.
    features : Features
        Of these rows.
    problem : Problem
        The target, its classes and the label of interest.
    answers : ndarray of float64, shape (rows,)
        Code of the class, or the number.
    structure : Structure
        Groups, time and classes of these rows, for splitting them.
    left_out : tuple of str
        Features that are not asked, as they name the row or know the answer.
    """

    sample: Sample
    features: Features
    problem: Problem
    answers: Floats
    structure: Structure
    left_out: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.answers)

    @property
    def task(self) -> Task:
        """Kind of answer."""
        return self.problem.task

    @property
    def classes(self) -> int:
        """Number of classes; 0 for a regression."""
        return len(self.problem.classes)

    @property
    def truth(self) -> NDArray[Any]:
        """Label or number of each row, shape (rows,)."""
        if not self.task.is_classification:
            return self.answers
        labels = np.empty(self.classes, dtype=object)
        labels[:] = self.problem.classes
        return labels[self.answers.astype(np.int64)]


def ask(
    table: Table, *, left_out: Collection[str] = (), repeated: pl.Series | None = None, seed: int = 0
) -> Question | None:
    """Prepare the question of a table.

    Parameters
    ----------
    table : Table
        The rows and what is known about them.
    left_out : collection of str
        Features that are not to be asked.
    repeated : Series of bool, shape (rows,), optional
        Rows that equal an earlier one. They are left out unless there are so few possible rows that some must repeat:
        on both sides of a split they would be known by heart.
    seed : int, default 0
        Of the sample.

    Returns
    -------
    Question or None
        None without a target, with fewer than 50 rows, more than 100 labels, or no feature.
    """
    target = table.schema.target
    if target is None or table.task is None:
        return None
    allowed = _answered(table.frame[target.name], table.task)
    if repeated is not None and not by_chance(table):
        allowed &= ~repeated.to_numpy()
    names = [column.name for column, known in table.features() if known.family is not Family.OPAQUE]
    asked = chosen_columns([name for name in names if name not in left_out], seed=seed)
    classes = (table.statistics[target.name].distinct or 0) if table.task.is_classification else 1
    if int(allowed.sum()) < MIN_ROWS or not asked or classes > MAX_CLASSES:
        return None
    limit = rows_within(MAX_ROWS, min(len(asked), COLUMNS_A_TREE) * classes, cells=MAX_CELLS)
    sample = draw(table.frame, limit, seed=seed, allowed=allowed)
    sample = replace(sample, rows=table.placed(sample.rows))
    if sample.frame[target.name].n_unique() < 2:
        return None
    problem = define_problem(sample.frame[target.name], target, task=table.task)
    return Question(
        sample=sample,
        features=encode(sample.frame, table.schema, asked),
        problem=problem,
        answers=_answers(sample.frame[target.name], problem),
        structure=structure_of(sample.frame, splittable(sample.frame, table.schema), problem),
        left_out=tuple(name for name in names if name in left_out),
    )


def splittable(frame: pl.DataFrame, schema: Schema) -> Schema:
    """Return the schema without time columns that rows cannot be ordered by: findings say so, and no error stops."""
    times = [column.name for column in schema.by_role(Role.TIME)]
    usable = [name for name in times if not frame[name].null_count() and _is_moment(frame[name].dtype)]
    return schema if len(times) == len(usable) <= 1 else schema.drop(times)


def _is_moment(dtype: pl.DataType) -> bool:
    return dtype == pl.Date or isinstance(dtype, pl.Datetime) or dtype.is_numeric()


def _answered(values: pl.Series, task: Task) -> NDArray[np.bool_]:
    """Return which rows have a target that can be learnt, shape (rows,)."""
    present = values.is_not_null()
    if not task.is_classification or values.dtype.is_float():
        # The square of a larger number would be none.
        present &= (values.cast(pl.Float64).abs() < LARGEST).fill_null(value=False)
    return present.to_numpy().copy()


def _answers(values: pl.Series, problem: Problem) -> Floats:
    if not problem.task.is_classification:
        return np.asarray(values.cast(pl.Float64).to_numpy(), dtype=np.float64)
    codes = {label: code for code, label in enumerate(problem.classes)}
    return np.fromiter(map(codes.__getitem__, values.to_list()), dtype=np.float64, count=len(values))
