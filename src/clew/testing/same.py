"""When two tables, or two values, are the same: bit by bit, or nearly."""

import struct
from typing import Any

import numpy as np
import polars as pl


def same(got: pl.DataFrame, expected: pl.DataFrame, what: str, *, ulps: int | None = None) -> None:
    """Check that frames are equal: bit by bit, or by value and up to some units in the last place.

    Parameters
    ----------
    got, expected : polars.DataFrame
        What came, and what should have come.
    what : str
        What it means if they differ.
    ulps : int, optional
        Units in the last place of a float64 that numbers may differ by; types may differ then too.

    Raises
    ------
    AssertionError
        If they differ; the message begins with `what` and shows the first column.
    """
    if got.columns != expected.columns:
        raise AssertionError(f"{what}: other columns:\n{got.columns}\n{expected.columns}")
    if ulps is None and got.schema != expected.schema:
        raise AssertionError(f"{what}: other types:\n{got.schema}\n{expected.schema}")
    for left, right in zip(got.iter_columns(), expected.iter_columns(), strict=True):
        equal = left.equals(right, null_equal=True) if ulps is None else _near(left, right, ulps)
        if not equal:
            raise AssertionError(f"{what}: column {left.name!r}, (got, expected):\n{_shown(left, right)}")


def _shown(left: pl.Series, right: pl.Series) -> object:
    try:
        return list(zip(left.to_list(), right.to_list(), strict=True))
    except ValueError:  # Python knows no moments before the year 1
        return pl.DataFrame({"got": left, "expected": right})


def _near(left: pl.Series, right: pl.Series, ulps: int) -> bool:
    if not right.dtype.is_numeric():
        # The first also knows that NaN within an array is NaN; the second does not mind another type.
        return left.equals(right, null_equal=True) or left.to_list() == right.to_list()
    a, b = (series.cast(pl.Float64).fill_null(np.nan).to_numpy() for series in (left, right))
    with np.errstate(invalid="ignore", over="ignore"):
        near = np.abs(a - b) <= ulps * np.spacing(np.abs(b))
    return bool(((np.isnan(a) & np.isnan(b)) | (a == b) | near).all())


def same_bits(left: Any, right: Any) -> bool:
    """Whether two plain values are the same, floats bit by bit save the sign of zero."""
    if isinstance(left, float) and isinstance(right, int | float) and not isinstance(right, bool):
        return struct.pack("d", left + 0.0) == struct.pack("d", right + 0.0)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same_bits, left, right))
    return type(left) is type(right) and bool(left == right)
