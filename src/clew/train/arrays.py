"""Tables out of what scikit-learn users hand over: an array, or a frame, with the answer beside it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.collect.dataset import Dataset
from clew.collect.dtypes import dtype_name
from clew.core.schema import Column, Kind, Role, Schema
from clew.define.problem import Task

#: Columns that are put beside the features; no table of a user's will have them.
TARGET, WEIGHT = "__target__", "__weight__"


def is_array(data: Any) -> bool:
    """Return whether something is rows of plain values, rather than a table with named columns."""
    named = isinstance(data, str | Path | Dataset) or any(
        hasattr(data, name) for name in ("columns", "schema", "__arrow_c_stream__", "__narwhals_dataframe__")
    )
    return not named


def dataset_of_array(values: NDArray[Any], names: Sequence[str] | None = None) -> Dataset:
    """Return an array of numbers as a dataset of numeric features.

    Parameters
    ----------
    values : ndarray, shape (n, p)
        Numbers; NaN is missing.
    names : sequence of str, optional
        Of the columns; by default ``x0``, ``x1`` …
    """
    named = list(names) if names is not None else [f"x{position}" for position in range(values.shape[1])]
    columns = dict(zip(named, values.astype(np.float64).T, strict=True))
    frame = pl.DataFrame(columns).with_columns(pl.all().fill_nan(None))
    return Dataset.of(frame, Schema(tuple(Column(name, "Float64", Kind.NUMERIC) for name in named)), "array")


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
