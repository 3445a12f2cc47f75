"""From the sum that a model adds up to its answer: a number, or probabilities."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.train.estimators.base import Floats, Order
from clew.train.estimators.columns import both_classes, normalised

#: Kinds of answer as they are stored: a number, a number by its logarithm, two classes by one sum, more classes by one
#: sum each.
NUMBER, LOGARITHM, TWO, MORE = 0, 1, 2, 3


def answer_of(order: Order) -> NDArray[Any]:
    """Return the kind of answer as an array that can be stored, shape ()."""
    return np.array(min(order.classes, MORE) if order.task.is_classification else NUMBER)


def linked(total: Floats, answer: NDArray[Any] | int) -> Floats:
    """Return answers for sums.

    Parameters
    ----------
    total : ndarray, shape (n, k)
        One sum, or one for each of more than two classes.
    answer : int or ndarray of shape ()
        `NUMBER`, `LOGARITHM`, `TWO` or `MORE`.

    Returns
    -------
    ndarray, shape (n,) or (n, classes)
        Numbers, or probabilities.
    """
    if answer == NUMBER:
        return np.ascontiguousarray(total[:, 0])
    if answer == LOGARITHM:
        return np.exp(np.ascontiguousarray(total[:, 0]))
    if answer == TWO:
        return both_classes(sigmoid(np.ascontiguousarray(total[:, 0])))
    return normalised(np.exp(total - total.max(axis=1, keepdims=True)))


def sigmoid(values: Floats) -> Floats:
    """Return 1 / (1 + exp(-values)) without overflow."""
    # From 40 on the result is 1 to the last bit.
    result: Floats = 1.0 / (1.0 + np.exp(-np.clip(values, -700.0, 40.0)))
    return result
