"""The rows that can teach or judge: those with a target."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.collect.dataset import Dataset
from clew.collect.split import Structure, structure_of
from clew.core.errors import DataError
from clew.core.finding import Finding, Severity
from clew.core.schema import Role, Schema
from clew.define.metrics import Metric
from clew.define.problem import Problem
from clew.train.codes import finding
from clew.train.ensemble.judge import Judge
from clew.train.estimators.base import Floats
from clew.train.folds.weights import weights_of

#: Fewer rows than these cannot both teach and judge.
MIN_ROWS = 10
#: Many libraries hold the target in 32 bits, which end near 1e-38 and 1e38.
_LEAST = 1e-30


@dataclass(frozen=True)
class Rows:
    """Rows with a target.

    Parameters
    ----------
    frame : DataFrame
        The rows, target included.
    schema : Schema
        Their columns.
    problem : Problem
        What is decided.
    target : ndarray, shape (n,)
        Class indices (int64) or numbers (float64).
    weight : ndarray, shape (n,), optional
        Weight of each row, float64.
    structure : Structure
        Classes, groups and time, for splitting.
    findings : tuple of Finding
        What deserved a warning while they were read, and what was left out.
    metric : Metric, optional
        What decides, where it is one of the user's own.
    """

    frame: pl.DataFrame
    schema: Schema
    problem: Problem
    target: NDArray[Any]
    weight: Floats | None
    structure: Structure
    findings: tuple[Finding, ...] = ()
    metric: Metric | None = None

    def __len__(self) -> int:
        return len(self.target)

    @property
    def classes(self) -> int:
        """Number of classes of the problem, 0 for a regression."""
        return len(self.problem.classes)

    def take(self, positions: NDArray[np.int64]) -> "Rows":
        """Return some of the rows, by position."""
        return Rows(
            self.frame[positions],
            self.schema,
            self.problem,
            self.target[positions],
            None if self.weight is None else self.weight[positions],
            self.structure.take(positions),
            metric=self.metric,
        )

    def judge(self, positions: NDArray[np.int64]) -> Judge:
        """Return the judge of some of the rows, by position."""
        weight = None if self.weight is None else self.weight[positions]
        groups = None if self.structure.groups is None else self.structure.groups[positions]
        return Judge.of(self.problem, self.target[positions], weight, groups, self.metric)


def rows_of(dataset: Dataset, problem: Problem, metric: Metric | None = None) -> Rows:
    """Return the rows that have a target, and a weight above 0 where there are weights.

    Parameters
    ----------
    dataset : Dataset
        Rows with the target; the schema's roles name weight, group and time.
    problem : Problem
        What is decided.
    metric : Metric, optional
        What decides, where it is one of the user's own.

    Raises
    ------
    DataError
        If the target column is not there, or as of `weights_of`.
    """
    if problem.target not in dataset.frame.columns:
        raise DataError(
            f"The target {problem.target!r} is no column of {dataset.source}.",
            hint="Name the table that was labelled, or another target.",
        )
    target = encode_target(dataset.frame[problem.target], problem)
    known = target >= 0 if problem.task.is_classification else np.isfinite(target)
    frame = dataset.frame if known.all() else dataset.frame.filter(pl.Series(known))
    schema = dataset.schema.with_facts(problem.target, role=Role.TARGET)
    found = [item for item in dataset.findings if item.severity is not Severity.INFO]
    if not known.all():
        found.append(_missing(int((~known).sum()), len(known), problem))
    target, weight = target[known], weights_of(frame, schema)
    if weight is not None and weight.any() and not weight.all():
        found.append(_weightless(weight, schema.by_role(Role.WEIGHT)[0].name))
        counts = weight > 0
        frame, target, weight = frame.filter(pl.Series(counts)), target[counts], weight[counts]
    structure = structure_of(frame, schema, problem)
    return Rows(frame, schema, problem, target, weight, structure, tuple(found), metric)


def check_rows(rows: Rows) -> None:
    """Refuse rows from which nothing can be learnt.

    Raises
    ------
    DataError
        If there are too few, all have the same answer, or the numbers are beyond what algorithms calculate with.
    """
    if len(rows) and len(np.unique(rows.target)) < 2:
        raise DataError(
            f"All {len(rows)} rows have the same target, and a model needs at least two "
            f"{'classes' if rows.classes else 'answers'} to learn from.",
            hint="Name another target, or add rows of another kind.",
        )
    if len(rows) < MIN_ROWS:
        raise DataError(
            f"Training needs at least {MIN_ROWS} rows with a target, and there are {len(rows)}.",
            hint="Add rows: with so few, nothing can be both learnt and judged.",
        )
    if not rows.classes and not _LEAST < (largest := float(np.abs(rows.target).max())) < 1 / _LEAST:
        raise DataError(
            f"The target {rows.problem.target!r} goes up to {largest:.3g} in size, and algorithms calculate with "
            f"numbers between {_LEAST:g} and {1 / _LEAST:g}.",
            hint=f"Divide it by {10.0 ** np.floor(np.log10(largest)):g} first.",
        )
    if rows.weight is not None and not rows.weight.any():
        raise DataError("Every weight is zero, so no row counts.", hint="Give at least some rows a weight above 0.")


def check_judged(rows: Rows) -> None:
    """Refuse classes that folds cannot judge: one that teaches is not there to be judged.

    Raises
    ------
    DataError
        If fewer than two classes have two rows.
    """
    if not rows.classes:
        return
    counts = np.bincount(rows.target, minlength=rows.classes)
    if (counts >= 2).sum() < 2:
        single = np.flatnonzero(counts == 1)
        label = rows.problem.classes[int(single[0])]
        raise DataError(
            f"The target {rows.problem.target!r} has {len(single)} of {rows.classes} labels in a single row "
            f"(such as {label!r}), which cannot both teach and judge.",
            hint="Add rows of at least two labels, or give validation data.",
        )


def rare_classes(rows: Rows, folds: int) -> list[Finding]:
    """Name the classes that some folds cannot judge.

    Parameters
    ----------
    rows : Rows
        The training rows.
    folds : int
        Number of parts that judge.
    """
    if not rows.problem.task.is_classification:
        return []
    counts = np.bincount(rows.target, minlength=rows.classes)
    rare = [(label, int(count)) for label, count in zip(rows.problem.classes, counts, strict=True) if count < folds]
    if not rare:
        return []
    shown = ", ".join(f"{label!r} ({count})" for label, count in rare[:8])
    more = " …" if len(rare) > 8 else ""
    detail = (
        f"Of {rows.classes} classes, {len(rare)} have fewer rows than the {folds} folds: {shown}{more}. They stay "
        "classes of the model; a fold without such a row to learn from gives them a small fixed probability."
    )
    return [finding("ME102", detail, column=rows.problem.target, classes={str(name): count for name, count in rare})]


def contradictions(rows: Rows) -> list[Finding]:
    """Say how many rows equal others in every feature and bear another label, and what accuracy they allow.

    Parameters
    ----------
    rows : Rows
        The training rows.
    """
    kinds = rows.frame.schema
    features = [column.name for column in rows.schema.features if not kinds[column.name].is_nested()]
    if not rows.problem.task.is_classification or not features:
        return []
    labelled = pl.DataFrame({"row": rows.frame.select(features).hash_rows(), "label": rows.target})
    counted = labelled.group_by("row", "label").len()
    alike = counted.group_by("row").agg(
        pl.len().alias("labels"), pl.col("len").sum(), pl.col("len").max().alias("most")
    )
    apart = alike.filter(pl.col("labels") > 1)
    if apart.is_empty():
        return []
    count, wrong = int(apart["len"].sum()), int((apart["len"] - apart["most"]).sum())
    best = 1.0 - wrong / len(rows)
    detail = (
        f"{count} of {len(rows)} rows equal others in every feature and bear another label; on these rows no model can "
        f"be right in more than {len(rows) - wrong} of {len(rows)}."
    )
    return [finding("ME113", detail, rows=count, best_accuracy=best)]


def encode_target(values: pl.Series, problem: Problem) -> NDArray[Any]:
    """Return class indices, -1 where a label is missing; or numbers, NaN where one is missing.

    Parameters
    ----------
    values : Series
        The target column.
    problem : Problem
        Its classes.

    Raises
    ------
    DataError
        If a label is none of the classes.
    """
    if not problem.task.is_classification:
        return values.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    index = {label: position for position, label in enumerate(problem.classes)}
    codes = [-1 if label is None else index.get(label, -2) for label in values.to_list()]
    result = np.array(codes, dtype=np.int64)
    if (result == -2).any():
        label = values[int(np.flatnonzero(result == -2)[0])]
        raise DataError(
            f"The target {problem.target!r} holds {label!r}, which is none of the classes {_shown(problem.classes)}.",
            hint="State the problem again from the rows that you train on.",
        )
    return result


def _shown(classes: Sequence[Any]) -> str:
    return ", ".join(repr(label) for label in classes[:8]) + (" …" if len(classes) > 8 else "")


def _missing(count: int, rows: int, problem: Problem) -> Finding:
    detail = f"{count} of {rows} rows have no usable value in the target {problem.target!r}; they are left out."
    return finding("ME101", detail, column=problem.target, rows=count)


def _weightless(weight: Floats, name: str) -> Finding:
    count = int((weight == 0).sum())
    detail = f"{count} of {len(weight)} rows have a weight of 0 in {name!r}; they are left out."
    return finding("ME115", detail, column=name, rows=count)
