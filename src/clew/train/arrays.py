"""The answer, and the weights, beside the features that scikit-learn users hand over."""

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.collect.dataset import Dataset
from clew.collect.dtypes import dtype_name
from clew.core.schema import Column, Kind, Role
from clew.define.problem import Task
from clew.train.folds.rows import MIN_ROWS

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
        Labels or numbers.
    task : Task, optional
        A regression wants numbers; anything else labels.
    weight : array-like of shape (n,), optional
        Weight of each row.
    groups : array-like of shape (n,), optional
        Group of each row: rows of one stay together in every split.
    """
    regression = task is Task.REGRESSION
    answer = pl.Series(TARGET, target.astype(np.float64) if regression else target.tolist())
    kind = Kind.NUMERIC if regression else Kind.CATEGORICAL
    added = [Column(TARGET, dtype_name(answer.dtype), kind, Role.TARGET)]
    frame = dataset.frame.with_columns(answer)
    if weight is not None:
        frame = frame.with_columns(pl.Series(WEIGHT, np.asarray(weight, dtype=np.float64)))
        added.append(Column(WEIGHT, "Float64", Kind.NUMERIC, Role.WEIGHT))
    if groups is not None:
        named = pl.Series(GROUP, [str(group) for group in np.asarray(groups).tolist()])
        frame = frame.with_columns(named)
        added.append(Column(GROUP, "String", Kind.CATEGORICAL, Role.GROUP))
    return Dataset.of(frame, dataset.schema.with_columns(*added), dataset.source, dataset.findings)


def copies_together(dataset: Dataset) -> Dataset:
    """Put copies of a row together, in an order that depends on the rows alone; weights add up, and 0 is no row.

    So a row that stands there n times is what a row of weight n is, and no copy judges what another one has taught.
    Rows are copies of each other where nothing but numbers tells rows apart, not all of them whole, and equal features
    have equal answers; elsewhere, and in tables of more than 100 000 rows, nothing is changed.

    Parameters
    ----------
    dataset : Dataset
        As of `with_answer`.

    Returns
    -------
    Dataset
        Without weights where all are 1. Where too few different rows to learn from are left, those of whole weights
        stand there this many times.
    """
    frame = dataset.frame
    features = [name for name in frame.columns if name not in (TARGET, WEIGHT)]
    if GROUP in features or frame.height > _MOST_ROWS or not _measured(frame.select(features)):
        return dataset
    names = [*features, TARGET]
    mass = pl.col(WEIGHT).sum() if WEIGHT in frame.columns else pl.len().cast(pl.Float64).alias(WEIGHT)
    rows = frame.group_by(names).agg(mass).filter(pl.col(WEIGHT) != 0.0)
    if rows.select(features).n_unique() < len(rows):
        return dataset
    rows = rows[rows.select(features).hash_rows(seed=0).arg_sort()]
    if len(rows) < MIN_ROWS:
        copies = rows[WEIGHT].round()
        if (copies != rows[WEIGHT]).any() or not MIN_ROWS <= copies.sum() <= _MOST_COPIES:
            return dataset
        rows = rows[np.repeat(np.arange(len(rows)), copies.to_numpy().astype(np.int64))]
        rows = rows.with_columns(pl.lit(1.0).alias(WEIGHT))
    schema = dataset.schema.select(names)
    if (rows[WEIGHT] == 1.0).all():
        return Dataset.of(rows.select(names), schema, dataset.source, dataset.findings)
    weight = Column(WEIGHT, "Float64", Kind.NUMERIC, Role.WEIGHT)
    return Dataset.of(rows.select(*names, WEIGHT), schema.with_columns(weight), dataset.source, dataset.findings)


def _measured(features: pl.DataFrame) -> bool:
    """Return whether there are only numbers, and not only whole ones."""
    if not all(dtype.is_numeric() for dtype in features.schema.values()):
        return False
    floats = [name for name, dtype in features.schema.items() if dtype.is_float()]
    return any(bool((features[name] != features[name].round()).any()) for name in floats)
