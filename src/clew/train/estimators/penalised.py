"""Least squares, logistic and multinomial logistic regression with a quadratic penalty, by L-BFGS."""

import time
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from clew.train.estimators.base import Floats, Order, Part
from clew.train.estimators.link import MORE, NUMBER, TWO, sigmoid


class Terms(Protocol):
    """The terms of many rows, each with a coefficient for every sum."""

    @property
    def terms(self) -> int:
        """Number of terms."""

    def times(self, coefficients: Floats) -> Floats:
        """Return the terms times the coefficients, shape (n, k)."""

    def transposed_times(self, values: Floats) -> Floats:
        """Return the transposed terms times one row of values per row, shape (terms, k)."""


def truth_of(part: Part, order: Order) -> Floats:
    """Return the target as `minimise` wants it: 0 or 1, or one column a class; shape (n, k)."""
    if order.classes > 2:
        return np.asarray(np.eye(order.classes)[part.target], dtype=np.float64)
    return np.asarray(part.target, dtype=np.float64)[:, None]


def even_weights(part: Part) -> Floats:
    """Return the rows' weights with mean 1, shape (n,)."""
    return np.ones(len(part)) if part.weight is None else part.weight / part.weight.mean()


def minimise(
    terms: Terms,
    truth: Floats,
    weight: Floats,
    answer: int,
    *,
    penalty: float | Floats,
    max_iter: int,
    tol: float,
    deadline: float | None,
) -> Floats:
    """Return the coefficients with the least loss and penalty (L-BFGS; Byrd, Lu, Nocedal & Zhu 1995).

    Parameters
    ----------
    terms : Terms
        Of ``n`` rows.
    truth : ndarray, shape (n, k)
        As of `truth_of`.
    weight : ndarray, shape (n,)
        Weight of each row.
    answer : int
        `NUMBER`, `TWO` or `MORE`, which decides the loss.
    penalty : float or ndarray of shape (terms,)
        Times half the squared coefficients, at least 0.
    max_iter : int
        Most iterations.
    tol : float
        Slope that counts as none.
    deadline : float, optional
        Value of `time.monotonic` after which no further iteration starts.

    Returns
    -------
    ndarray, shape (terms + 1, k)
        As the last row the intercept, which bears no penalty.
    """
    from scipy.optimize import minimize

    loss = _LOSSES[answer]
    shape = (terms.terms + 1, truth.shape[1])
    penalties = np.zeros(shape)
    penalties[:-1] = np.reshape(penalty, (-1, 1))

    def cost(flat: Floats) -> tuple[float, Floats]:
        found = flat.reshape(shape)
        losses, slopes = loss(terms.times(found[:-1]) + found[-1], truth)
        slopes = slopes * weight[:, None]
        gradient = np.concatenate([terms.transposed_times(slopes), slopes.sum(axis=0, keepdims=True)])
        value = float(losses @ weight) + 0.5 * float((penalties * found**2).sum())
        return value / len(weight), ((gradient + penalties * found) / len(weight)).ravel()

    def watch(_: Floats) -> None:
        if deadline is not None and time.monotonic() >= deadline:
            raise StopIteration

    options = {"maxiter": max_iter, "gtol": tol, "ftol": 1e-9}
    start = np.zeros(shape).ravel()
    result = minimize(cost, start, jac=True, method="L-BFGS-B", options=options, callback=watch)
    return np.asarray(result.x, dtype=np.float64).reshape(shape)


def _square(answer: Floats, truth: Floats) -> tuple[Floats, Floats]:
    error = answer - truth
    return 0.5 * error[:, 0] ** 2, error


def _logistic(answer: Floats, truth: Floats) -> tuple[Floats, Floats]:
    loss = np.logaddexp(0.0, answer) - truth * answer
    return loss[:, 0], sigmoid(answer) - truth


def _softmax(answer: Floats, truth: Floats) -> tuple[Floats, Floats]:
    shifted = answer - answer.max(axis=1, keepdims=True)
    powers = np.exp(shifted)
    total = powers.sum(axis=1, keepdims=True)
    loss = np.log(total[:, 0]) - (shifted * truth).sum(axis=1)
    return loss, powers / total - truth


_Loss = Callable[[Floats, Floats], tuple[Floats, Floats]]
_LOSSES: dict[int, _Loss] = {NUMBER: _square, TWO: _logistic, MORE: _softmax}


def losses_of(answer: int, sums: Floats, truth: Floats) -> Floats:
    """Return the loss of each row, shape (n,).

    Parameters
    ----------
    answer : int
        `NUMBER`, `TWO` or `MORE`.
    sums, truth : ndarray, shape (n, k)
        What is added up, and the target as of `truth_of`.
    """
    return _LOSSES[answer](sums, truth)[0]


class Centred:
    """A numeric target as it is learnt: centred, with spread 1.

    Parameters
    ----------
    target : ndarray, shape (n,)
        Numbers.
    weight : ndarray, shape (n,)
        Weight of each row.
    """

    def __init__(self, target: NDArray[Any], weight: Floats) -> None:
        self.middle = float(np.average(target, weights=weight))
        self.spread = float(np.sqrt(np.average((target - self.middle) ** 2, weights=weight))) or 1.0
        self.values: Floats = (target - self.middle) / self.spread


class Dense:
    """Terms that stand in one matrix.

    Parameters
    ----------
    matrix : ndarray, shape (n, terms)
        One row of terms for each row.
    """

    def __init__(self, matrix: Floats) -> None:
        self.matrix = matrix

    @property
    def terms(self) -> int:
        """Number of terms."""
        return int(self.matrix.shape[1])

    def times(self, coefficients: Floats) -> Floats:
        """Return the terms times the coefficients, shape (n, k)."""
        product: Floats = self.matrix @ coefficients
        return product

    def transposed_times(self, values: Floats) -> Floats:
        """Return the transposed terms times one row of values per row, shape (terms, k)."""
        product: Floats = self.matrix.T @ values
        return product
