"""Any column as whole-number codes: the common form in which a feature meets the target."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.explore.families import Family, axis_of, family_of_series, present_in

#: Numbers with more distinct values than this are cut into as many bins of equal frequency.
BINS = 64
#: Bins of their own for the ends of a distribution, as shares of the rows.
_TAILS = (0.001, 0.002, 0.005)


def codes_of(values: pl.Series) -> NDArray[np.int64] | None:
    """Return each value's bin, shape (rows,), counted from 0; missing values share a bin of their own.

    Texts and truth values get a bin per value, numbers and moments one per value or per 1/64 of the rows. Nothing but
    the column itself is looked at.

    Parameters
    ----------
    values : Series
        A column.

    Returns
    -------
    ndarray of int64, shape (rows,), or None
        None for nested and binary columns.
    """
    family = family_of_series(values)
    if family is Family.OPAQUE:
        return None
    codes = np.zeros(len(values), dtype=np.int64)
    there = values.is_not_null().to_numpy() if values.null_count() else slice(None)
    if family in {Family.TEXT, Family.BOOLEAN}:
        ranked = present_in(values).cast(pl.String).rank("dense").to_numpy()
        codes[there] = ranked.astype(np.int64)
        return codes
    numbers = axis_of(values)
    known = ~np.isnan(numbers)
    inner = np.zeros(len(numbers), dtype=np.int64)
    inner[known] = 1 + _bin(numbers[known])
    codes[there] = inner
    return codes


def _bin(numbers: NDArray[np.float64]) -> NDArray[np.int64]:
    distinct = np.unique(numbers)
    if len(distinct) > BINS:
        tails = [*_TAILS, *(1 - share for share in _TAILS)]
        shares = np.unique(np.concatenate((np.linspace(0, 1, BINS + 1)[1:-1], tails)))
        # Existing values as edges: interpolating towards an infinite one would give NaN.
        distinct = np.unique(np.quantile(numbers, shares, method="lower"))
    return np.searchsorted(distinct, numbers, side="left")
