"""The answer, and the weights, beside the features that scikit-learn users hand over."""

import sys
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.collect.dataset import Dataset
from clew.collect.dtypes import dtype_name
from clew.core.errors import UsageError
from clew.core.schema import Column, Kind, Role
from clew.define.problem import Task
from clew.train.folds.rows import MIN_ROWS
from clew.train.folds.weights import weights_of

#: Columns that are put beside the features; no table of a user's will have them.
TARGET, WEIGHT, GROUP = "__target__", "__weight__", "__group__"
#: In larger tables copies weigh little, and looking for them takes long.
_MOST_ROWS = 100_000
#: Rows that copies of a few different ones may come to.
_MOST_COPIES = 10_000


def with_answer(
    dataset: Dataset, target: NDArray[Any], task: Task | None, weight: Any = None, groups: Any = None
) -> Dataset:
    """Put the answer, and the weights and groups if there are any, beside the features.

    Parameters
    ----------
    dataset : Dataset
        Features.
    target : ndarray, shape (n,)
        Labels, of which some may be missing, or numbers.
    task : Task, optional
        A regression wants numbers; anything else labels.
    weight : array-like of shape (n,), optional
        Weight of each row.
    groups : array-like of shape (n,), optional
        Group of each row: rows of one stay together in every split; a row without one is a group of its own.

    Raises
    ------
    UsageError
        If there are weights, and a column of the features has the role weight.
    """
    regression = task is Task.REGRESSION
    answer = pl.Series(TARGET, target.astype(np.float64) if regression else _or_none(target))
    kind = Kind.NUMERIC if regression else Kind.CATEGORICAL
    added = [Column(TARGET, dtype_name(answer.dtype), kind, Role.TARGET)]
    frame = dataset.frame.with_columns(answer)
    if weight is not None:
        if stated := dataset.schema.by_role(Role.WEIGHT):
            raise UsageError(
                f"`sample_weight` is given, and {stated[0].name!r} has the role weight; a row has one weight.",
                hint="Leave one of them out.",
            )
        frame = frame.with_columns(pl.Series(WEIGHT, np.asarray(weight, dtype=np.float64)))
        added.append(Column(WEIGHT, "Float64", Kind.NUMERIC, Role.WEIGHT))
    if groups is not None:
        named = [None if group is None else str(group) for group in _or_none(np.asarray(groups))]
        frame = frame.with_columns(pl.Series(GROUP, named, dtype=pl.String))
        added.append(Column(GROUP, "String", Kind.CATEGORICAL, Role.GROUP))
    return Dataset.of(frame, dataset.schema.with_columns(*added), dataset.source, dataset.findings)


def is_missing(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which values are missing: None, NaN, or pandas' NA."""
    return np.array([value is None for value in _or_none(values)], dtype=bool)


def _or_none(values: NDArray[Any]) -> list[Any]:
    plain: list[Any] = values.tolist()
    if values.dtype.kind in "biuSU":
        return plain
    # Of NA not even whether it equals itself is known.
    unknown = getattr(sys.modules.get("pandas"), "NA", None)
    return [None if value is unknown or value != value else value for value in plain]  # NaN differs


def copies_together(dataset: Dataset) -> Dataset:
    """Put copies of a row together, in an order that depends on the rows alone; weights add up, and 0 is no row.

    So a row that stands there n times is what a row of weight n is, and no copy judges what another one has taught.
    Rows are copies of each other where nothing but numbers tells rows apart, not all of them whole, and equal features
    have equal answers; elsewhere, and in tables of more than 100 000 rows, nothing is changed.

    Parameters
    ----------
    dataset : Dataset
        As of `with_answer`; a column of the features may have the role weight.

    Returns
    -------
    Dataset
        Without weights where all are 1. Where too few different rows to learn from are left, those of whole weights
        stand there this many times.

    Raises
    ------
    DataError
        If a weight is no number, negative, missing or infinite.
    """
    frame, stated = dataset.frame, dataset.schema.by_role(Role.WEIGHT)
    weight = stated[0] if stated else Column(WEIGHT, "Float64", Kind.NUMERIC, Role.WEIGHT)
    features = [name for name in frame.columns if name not in (TARGET, weight.name)]
    if GROUP in features or frame.height > _MOST_ROWS or not _measured(frame.select(features)):
        return dataset
    names, mass = [*features, TARGET], weights_of(frame, dataset.schema)
    counted = pl.Series(weight.name, np.ones(frame.height) if mass is None else mass)
    rows = frame.with_columns(counted).group_by(names).agg(pl.col(weight.name).sum())
    rows = rows.filter(pl.col(weight.name) != 0.0)
    if rows.select(features).n_unique() < len(rows):
        return dataset
    rows = rows[rows.select(features).hash_rows(seed=0).arg_sort()]
    if len(rows) < MIN_ROWS:
        copies = rows[weight.name].round()
        if (copies != rows[weight.name]).any() or not MIN_ROWS <= copies.sum() <= _MOST_COPIES:
            return dataset
        rows = rows[np.repeat(np.arange(len(rows)), copies.to_numpy().astype(np.int64))]
        rows = rows.with_columns(pl.lit(1.0).alias(weight.name))
    schema = dataset.schema.select(names)
    if (rows[weight.name] == 1.0).all():
        return Dataset.of(rows.select(names), schema, dataset.source, dataset.findings)
    told = replace(weight, dtype="Float64", kind=Kind.NUMERIC)
    return Dataset.of(rows.select(*names, told.name), schema.with_columns(told), dataset.source, dataset.findings)


def _measured(features: pl.DataFrame) -> bool:
    """Return whether there are only numbers, and not only whole ones."""
    if not all(dtype.is_numeric() for dtype in features.schema.values()):
        return False
    floats = [name for name, dtype in features.schema.items() if dtype.is_float()]
    return any(bool((features[name] != features[name].round()).any()) for name in floats)
