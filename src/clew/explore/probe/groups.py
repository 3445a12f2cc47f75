"""Columns that look like groups: rows of one patient, household or machine know each other's answers."""

import re
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from clew.core.schema import Role
from clew.define.metrics import Metric, get_metric
from clew.define.problem import Task
from clew.define.uncertainty import Difference, paired_bootstrap
from clew.explore.checks.table import Table
from clew.explore.families import Family
from clew.explore.probe.crossfit import FOLDS, cross_fit
from clew.explore.probe.question import MAX_ROWS, Question, ask

#: Columns that are tried, the most group-like first.
MAX_TRIED = 2
#: Parts that judge in turn where there are so many rows: two thirds of them teach enough to tell the ways of splitting
#: apart. Of fewer rows each model needs as many as there are.
_PARTS, _MANY_ROWS = 3, 5_000
#: Least number of groups, and least share of the rows that have company in theirs.
_LEAST_GROUPS, _LEAST_SHARED = 50, 0.2
#: Other columns that have to be the same in all rows of a group, unless the name says that it is one.
_LEAST_CONSTANT = 2
#: Names of what several rows belong to.
GROUP_NAME = re.compile(
    r"(?:^|[\s_.-])(?:patient|subject|person|participant|donor|animal|user|customer|client|member|account|household|"
    r"family|student|employee|session|visit|device|machine|sensor|vehicle|plate|batch|specimen|ticket|site)"
    r"[\s_.-]?(?:id|no|nr|num|number|key|code|name)?$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class GroupOverlap:
    """How much a random split flatters a model that whole groups would test.

    Parameters
    ----------
    column : str
        Names the group of a row.
    groups : int
        Number of them.
    rows : int
        Rows judged.
    metric : str
        What was measured.
    shuffled, grouped : float
        The figure when rows, and when whole groups, are set aside.
    low, high : float
        95 % interval of the difference, from drawing groups.
    constant : tuple of str
        Other columns that are the same in all rows of a group.
    """

    column: str
    groups: int
    rows: int
    metric: str
    shuffled: float
    grouped: float
    low: float
    high: float
    constant: tuple[str, ...]


def group_overlap(table: Table, question: Question | None, *, seed: int = 0) -> tuple[GroupOverlap, ...]:
    """Try whether it matters for the columns that look like groups that rows or whole groups are set aside.

    Parameters
    ----------
    table : Table
        The rows and what is known about them.
    question : Question, optional
        The question of the table; says what was left out.
    seed : int, default 0
        Of the sample, the splits and the models.

    Returns
    -------
    tuple of GroupOverlap
        Those tried. Empty without a question, or where groups are declared.
    """
    if question is None or table.schema.by_role(Role.GROUP):
        return ()
    tried = (_try(table, question, name, constant, seed) for name, constant in _candidates(table)[:MAX_TRIED])
    return tuple(found for found in tried if found is not None)


def _candidates(table: Table) -> list[tuple[str, tuple[str, ...]]]:
    """Return the columns that look like groups with the columns that are constant in them, the most constant first."""
    found = []
    for column, known in table.columns(Role.FEATURE, Role.ID):
        named = bool(GROUP_NAME.search(column.name))
        whole = known.numbers is not None and known.numbers.whole
        # A number without such a name is a measurement.
        if not (known.family is Family.TEXT or (whole and named)) or (known.distinct or 0) < _LEAST_GROUPS:
            continue
        several = table.frame[column.name].is_duplicated() & table.frame[column.name].is_not_null()
        if several.sum() < _LEAST_SHARED * table.rows:
            continue
        constant = _constant(table, column.name, several)
        if named or len(constant) >= _LEAST_CONSTANT:
            found.append((not named, column.name, constant))
    return [(name, constant) for _, name, constant in sorted(found, key=lambda item: (item[0], -len(item[2])))]


def _constant(table: Table, column: str, several: pl.Series) -> tuple[str, ...]:
    """Return the features that have one value in each group, and vary between groups."""
    groups = table.frame[column].hash().to_numpy()
    rows = several.arg_true()[:MAX_ROWS]
    if not len(rows):
        return ()
    key = groups[rows]
    count = pl.Series(key).n_unique()
    same = []
    for other, known in table.features():
        if other.name == column or known.family is Family.OPAQUE or (known.distinct or 0) < 3:
            continue
        own = table.frame[other.name].gather(rows).hash(seed=1).to_numpy()
        # A value each, in all groups but one of a hundred, and not one that nearly all rows have.
        varied = pl.Series(own).n_unique() >= 3
        if varied and pl.Series(key + own).n_unique() <= 1.01 * count:
            same.append(other.name)
    return tuple(same)


def _try(table: Table, question: Question, name: str, constant: tuple[str, ...], seed: int) -> GroupOverlap | None:
    sampled = _whole_groups(table, name, seed)
    schema = sampled.schema.with_facts(name, role=Role.GROUP)
    asked = ask(replace(sampled, schema=schema), left_out=(*question.left_out, name), seed=seed)
    # What names the group is no feature when groups are set aside, and would be one in a random split.
    if asked is None:
        return None
    mixed = replace(asked, structure=replace(asked.structure, groups=None, time=None))
    apart = replace(asked, structure=replace(asked.structure, time=None))
    parts = _PARTS if len(asked) >= _MANY_ROWS else FOLDS
    shuffled, grouped = (cross_fit(each, parts=parts, seed=seed) for each in (mixed, apart))
    if shuffled is None or grouped is None:
        return None
    metric = _metric(question.task)
    one, other = shuffled.predictions(apart), grouped.predictions(apart)
    difference = paired_bootstrap(metric, one, other, resamples=200, seed=seed)
    groups = asked.structure.groups
    return _described(name, 0 if groups is None else len(np.unique(groups)), metric, one, other, difference, constant)


def _described(
    name: str, groups: int, metric: Metric, one: Any, other: Any, difference: Difference, constant: tuple[str, ...]
) -> GroupOverlap:
    return GroupOverlap(
        column=name,
        groups=groups,
        rows=len(one),
        metric=metric.name,
        shuffled=metric(one),
        grouped=metric(other),
        low=difference.interval.low,
        high=difference.interval.high,
        constant=constant,
    )


def _metric(task: Task) -> Metric:
    return get_metric("roc_auc" if task.is_classification else "r2", task)


def _whole_groups(table: Table, name: str, seed: int) -> Table:
    """Return the table with as many whole groups as a small model may learn from, drawn at random."""
    if table.rows <= MAX_ROWS:
        return table
    sizes = table.frame[name].drop_nulls().value_counts().sort(name)
    order = np.random.default_rng(seed).permutation(len(sizes))
    enough = int(np.searchsorted(np.cumsum(sizes["count"].to_numpy()[order]), MAX_ROWS)) + 1
    chosen = sizes[name].gather(order[:enough])
    return replace(table, frame=table.frame.filter(pl.col(name).is_in(chosen.implode())))
