"""Training rows never see what was learnt from their own target."""

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.collect.split import Split, SplitSpec, Structure, folds, ranks, structure_of
from clew.core.schema import Role, Schema
from clew.define.problem import Task
from clew.prepare.table import Table

#: Roles that give rows a structure.
_STRUCTURE = (Role.GROUP, Role.TIME)


def structure(table: Table, schema: Schema, target: NDArray[Any] | None, task: Task | None) -> Structure:
    """Return what a splitter has to know about training rows: groups and time by their roles, classes by the target.

    Parameters
    ----------
    table : Table
        The training rows.
    schema : Schema
        Their columns.
    target : ndarray, shape (rows,), optional
        Truth of each row.
    task : Task, optional
        Classes are stratified.
    """
    there, count = table.types, len(table)
    names = [c.name for role in _STRUCTURE for c in schema.by_role(role) if c.name in there]
    found = structure_of(table.polars(*names), schema.select(names)) if names else Structure(count)
    if target is None or task is None or not task.is_classification:
        return Structure(count, None, found.groups, found.time, stratify=False)
    labels = pl.Series(target if target.dtype.kind in "biu" else [str(label) for label in target])
    return Structure(count, ranks(labels), found.groups, found.time, stratify=True)


def inner_folds(known: Structure, spec: SplitSpec, seed: int) -> list[Split]:
    """Split training rows so that every row is judged exactly once, by others.

    Folds are those of the declared structure. Rows that no fold judges (the oldest stretch of a series, or groups on
    both sides of a border) are split among themselves, groups kept together; where there is nothing to split, they get
    what all other rows say.

    Parameters
    ----------
    known : Structure
        What is known about the rows.
    spec : SplitSpec
        Number of folds and gap; fewer folds are made where there are too few rows, groups or moments.
    seed : int
        Same seed, same folds.
    """
    splits: list[Split] = []
    count = min(spec.folds, _units(known) - (known.time is not None))
    if count >= 2:
        splits = [split for split in folds(known, spec, seed, count) if len(split.test)]
    judged = np.zeros(known.rows, dtype=bool)
    for split in splits:
        judged[split.test] = True
    rest = np.flatnonzero(~judged)
    if not len(rest):
        return splits
    among = known.take(rest)
    among = Structure(len(rest), among.target, among.groups, None, among.stratify)
    count = min(spec.folds, _units(among))
    if count < 2:
        return [*splits, Split(np.flatnonzero(judged), rest)]
    return [*splits, *(Split(rest[s.train], rest[s.test]) for s in folds(among, spec, seed, count))]


def _units(known: Structure) -> int:
    """Return how many things there are to hand out: rows, groups, moments, whichever are fewest."""
    sizes = [known.rows]
    sizes += [len(np.unique(known.groups))] if known.groups is not None else []
    sizes += [len(np.unique(known.time))] if known.time is not None else []
    return min(sizes)
