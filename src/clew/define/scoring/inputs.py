"""What every metric checks and prepares first: truth, weights, label codes, probabilities."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.core.errors import UsageError
from clew.core.predictions import Predictions

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

#: Weights whose largest lies beyond 2 to this power, or below 2 to minus this power, are scaled.
_FAR = 200
#: Weights of shape (b, n) → b figures.
Statistic = Callable[[FloatArray], FloatArray]


class _Codes(dict[Any, int]):
    """Label → code; a label that is not there yet gets the next code."""

    def __missing__(self, label: Any) -> int:
        self[label] = code = len(self)
        return code


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels as small integers.

    Parameters
    ----------
    truth : ndarray, shape (n,)
        Code of the true label.
    prediction : ndarray, shape (n,)
        Code of the predicted label; equal to `truth` where only the truth was asked for.
    names : tuple
        Label of each code: the declared classes first, then labels that occur without having been declared.
    positive : int, optional
        Code of the positive label of a binary task.
    """

    truth: IntArray
    prediction: IntArray
    names: tuple[Any, ...]
    positive: int | None


def truth_of(predictions: Predictions) -> NDArray[Any]:
    """Return the truth.

    Raises
    ------
    UsageError
        If there is none, or it is of another length.
    """
    truth = predictions.truth
    if truth is None:
        raise UsageError(
            "These predictions carry no truth, and a metric compares the two.",
            hint="Predict on labelled rows, or set `truth`.",
        )
    if len(truth) != len(predictions):
        raise UsageError(
            f"`truth` has {len(truth)} values for {len(predictions)} predictions.",
            hint="Give one truth for each row.",
        )
    return truth


def weights_of(predictions: Predictions) -> FloatArray:
    """Return the weight of each row, 1 where none are declared; shape (n,).

    Weights whose sums or squares would overflow or vanish are scaled by a power of two, which changes no other bit.

    Raises
    ------
    UsageError
        If a weight is negative, missing or infinite, or their number is not that of the rows.
    """
    if predictions.weight is None:
        return np.ones(len(predictions))
    weight = np.asarray(predictions.weight, dtype=np.float64)
    if weight.shape != (len(predictions),):
        raise UsageError(
            f"`weight` has shape {weight.shape} for {len(predictions)} predictions.",
            hint="Give one weight for each row.",
        )
    if not np.isfinite(weight).all() or (weight < 0).any():
        raise UsageError(
            "A weight is negative, missing or infinite.", hint="Weights are finite numbers from 0 upwards."
        )
    exponent = int(np.frexp(weight.max(initial=0.0))[1])
    return weight if abs(exponent) < _FAR else np.ldexp(weight, -exponent)


def labels_of(predictions: Predictions, *, with_prediction: bool = True) -> Labels:
    """Encode the labels.

    Integer labels that are the codes 0 … k-1 themselves are taken as they are, which is about 50 times quicker than
    looking up objects.

    Parameters
    ----------
    predictions : Predictions
        With truth.
    with_prediction : bool, default True
        False where the predicted label does not matter.

    Raises
    ------
    UsageError
        If a true label is missing, or the positive label is none of the classes.
    """
    if predictions.positive is not None and predictions.positive not in predictions.classes:
        raise UsageError(
            f"The positive label {predictions.positive!r} is none of the classes {predictions.classes!r}.",
            hint="Give it as it stands in the data, of the same type.",
        )
    codes = _Codes((label, code) for code, label in enumerate(predictions.classes))
    known = len(codes)
    truth = _encode(truth_of(predictions), codes)
    _refuse_missing_labels(list(codes)[known:])
    prediction = _encode(predictions.prediction, codes) if with_prediction else truth
    positive = codes[predictions.positive] if predictions.positive is not None else None
    return Labels(truth, prediction, tuple(codes), positive)


def _encode(values: NDArray[Any], codes: _Codes) -> IntArray:
    if values.dtype.kind in "iu" and len(values) and list(codes) == list(range(len(codes))):
        low, high = values.min(), values.max()
        if low >= 0 and high < len(codes):
            return values.astype(np.intp, copy=False)
    return np.fromiter(map(codes.__getitem__, values.tolist()), dtype=np.intp, count=len(values))


def codes_of(values: NDArray[Any]) -> IntArray:
    """Return a number for each value, from 0 in order of first appearance; shape (n,)."""
    return _encode(values, _Codes())


def _refuse_missing_labels(new: list[Any]) -> None:
    if any(label is None or (isinstance(label, float) and math.isnan(label)) for label in new):
        raise UsageError("The truth is missing in some rows.", hint="Leave those rows out first.")


def probabilities_of(predictions: Predictions, labels: Labels) -> FloatArray:
    """Return a probability for each row and label, shape (n, len(labels.names)); 0 for labels the model does not know.

    Raises
    ------
    UsageError
        If there are no probabilities, or their shape is not (rows, classes).
    """
    given = predictions.probabilities
    if given is None:
        raise UsageError(
            "These predictions carry no probabilities, and this metric needs them.",
            hint="Choose a metric of labels, e.g. 'accuracy', or a model that gives probabilities.",
        )
    expected = (len(predictions), len(predictions.classes))
    if given.shape != expected:
        raise UsageError(
            f"`probabilities` has shape {given.shape}, and rows and classes make it {expected}.",
            hint="Give one column for each class, in the order of `classes`.",
        )
    missing = len(labels.names) - given.shape[1]
    return np.hstack([given, np.zeros((len(given), missing))]) if missing else np.asarray(given, dtype=np.float64)


def numbers_of(predictions: Predictions) -> tuple[FloatArray, FloatArray]:
    """Return truth and prediction of a regression as float64, each of shape (n,).

    Raises
    ------
    UsageError
        If a true value is missing or one of the two is not numeric.
    """
    try:
        truth = np.asarray(truth_of(predictions), dtype=np.float64)
        prediction = np.asarray(predictions.prediction, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise UsageError(
            f"Truth and prediction of a regression are numbers, and one is not: {error}.",
            hint="Choose a metric of labels for a classification.",
        ) from error
    if np.isnan(truth).any():
        raise UsageError("The truth is missing in some rows.", hint="Leave those rows out first.")
    return truth, prediction


def ratio(numerator: FloatArray, denominator: FloatArray, otherwise: float = math.nan) -> FloatArray:
    """Divide element by element; `otherwise` where the denominator is 0."""
    result = np.full(np.broadcast_shapes(numerator.shape, denominator.shape), otherwise)
    np.divide(numerator, denominator, out=result, where=denominator != 0)
    return result
