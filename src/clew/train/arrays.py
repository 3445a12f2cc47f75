"""The answer, and the weights, beside the features that scikit-learn users hand over."""

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.collect.dataset import Dataset
from clew.collect.dtypes import dtype_name
from clew.core.schema import Column, Kind, Role
from clew.define.problem import Task

#: Columns that are put beside the features; no table of a user's will have them.
TARGET, WEIGHT = "__target__", "__weight__"


def with_answer(dataset: Dataset, target: NDArray[Any], task: Task | None, weight: Any = None) -> Dataset:
    """Put the answer, and the weights if there are any, beside the features.

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
    """
    regression = task is Task.REGRESSION
    answer = pl.Series(TARGET, target.astype(np.float64) if regression else target.tolist())
    kind = Kind.NUMERIC if regression else Kind.CATEGORICAL
    added = [Column(TARGET, dtype_name(answer.dtype), kind, Role.TARGET)]
    frame = dataset.frame.with_columns(answer)
    if weight is not None:
        frame = frame.with_columns(pl.Series(WEIGHT, np.asarray(weight, dtype=np.float64)))
        added.append(Column(WEIGHT, "Float64", Kind.NUMERIC, Role.WEIGHT))
    return Dataset.of(frame, dataset.schema.with_columns(*added), dataset.source, dataset.findings)
