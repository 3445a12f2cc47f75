"""Shares of rows, each with its interval."""

import numpy as np
from numpy.typing import NDArray

from clew.core.predictions import Predictions
from clew.define.scoring.inputs import weights_of
from clew.define.uncertainty import Interval, wilson

Mask = NDArray[np.bool_]


def share_of(hit: Mask, among: Mask, predictions: Predictions) -> Interval:
    """Return the weighted share of rows that are hits among some, with Wilson's interval.

    The interval reckons with the *effective* number of rows: (Σw)² / Σw² of the weights (Kish 1965), and no more than
    the number of groups, since rows of one group may all say the same.

    Parameters
    ----------
    hit, among : ndarray of bool, shape (n,)
        The rows that count, and those that could have; hits outside of `among` are ignored.
    predictions : Predictions
        Gives weights and groups.

    Returns
    -------
    Interval
        NaN where there are no rows; `rows` is the number of rows in `among`.
    """
    rows = int(among.sum())
    weight = weights_of(predictions)[among]
    if not weight.any():
        return Interval(np.nan, np.nan, np.nan, rows)
    # Squares of very small or large ones would vanish or overflow; a power of two changes no other bit.
    weight = np.ldexp(weight, -np.frexp(weight.max())[1])
    total = float(weight.sum())
    value = float(weight[hit[among]].sum()) / total
    effective = total**2 / float((weight**2).sum())
    if predictions.group is not None:
        effective = min(effective, len(set(predictions.group[among].tolist())))
    low, high = wilson(np.array([value * effective]), np.array([effective]))
    # Rounding must not put a share of 0 or 1 outside of its own interval.
    return Interval(value, min(float(low[0]), value), max(float(high[0]), value), rows)
