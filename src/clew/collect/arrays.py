"""Tables out of arrays: rows of plain values without names."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.collect.dataset import Dataset
from clew.core.schema import Column, Kind, Schema


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
