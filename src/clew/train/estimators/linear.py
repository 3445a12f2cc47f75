"""Linear and logistic regression over standardised numbers and one-hot categories."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from clew.core.errors import UsageError
from clew.define.problem import Task
from clew.prepare.matrix import Matrix
from clew.store.artifacts import load_arrays, save_arrays
from clew.train.estimators.base import Engine, EstimatorSpec, Floats, Honours, Order, Part
from clew.train.estimators.columns import both_classes, normalised
from clew.train.estimators.design import Design, Scaling
from clew.train.space import Domain, Number

_FILE = "linear.npz"


class Linear(EstimatorSpec):
    """Ridge regression, logistic regression, or multinomial logistic regression, with an L2 penalty.

    A missing number becomes the median of the training rows, beside a column that says so; numbers are standardised and
    kept within eight standard deviations; each category has its coefficient, and a missing or unseen one has its own.
    Minimised by L-BFGS (Byrd et al. 1995) of SciPy. Stored as plain arrays.
    """

    name = "linear"
    label = "Linear model"
    honours = Honours(monotone=False, weights=True, missing=False, categories=True, early_stopping=False)
    defaults: ClassVar[Mapping[str, Any]] = {"alpha": 1.0, "max_iter": 200, "tol": 1e-5}
    space: ClassVar[Mapping[str, Domain]] = {"alpha": Number(0.01, 100.0, log=True)}

    def warm(self) -> None:
        """Import the library."""
        import scipy.optimize  # noqa: F401 - that it is there is what counts

    def _fit(self, part: Part, stop: Part | None, order: Order) -> Engine:  # noqa: ARG002 - no rounds
        if not float(order.params["alpha"]) >= 0:
            raise UsageError(f"`alpha` is {order.params['alpha']!r}, and a penalty is at least 0.")
        scaling = Scaling.fit(part.matrix)
        design = Design.of(part.matrix, scaling)
        weight = np.ones(len(part)) if part.weight is None else part.weight / part.weight.mean()
        if order.task is Task.REGRESSION:
            return _regression(part, design, scaling, weight, order)
        truth = np.eye(order.classes)[part.target] if order.classes > 2 else part.target[:, None].astype(float)
        found = _minimise(design, truth, weight, _LOSSES[min(order.classes, 3)], order)
        return LinearEngine(scaling, found[:-1], found[-1], np.array(min(order.classes, 3)))

    def _load(self, folder: Path) -> Engine:
        arrays = load_arrays(folder / _FILE)
        scaling = Scaling(**{field.name: arrays[field.name] for field in fields(Scaling)})
        return LinearEngine(scaling, arrays["coefficients"], arrays["intercept"], arrays["answer"])


@dataclass(frozen=True)
class LinearEngine(Engine):
    """Coefficients; the terms are added one after the other, so that a row's bits do not depend on the others.

    Parameters
    ----------
    scaling : Scaling
        From the matrix to the terms.
    coefficients : ndarray, shape (terms, k)
        In the order of `Scaling`: numbers, missing numbers, categories.
    intercept : ndarray, shape (k,)
        Answer where all terms are 0.
    answer : ndarray, shape ()
        0 for a number, 2 for two classes, 3 for more.
    """

    scaling: Scaling
    coefficients: Floats
    intercept: Floats
    answer: NDArray[Any]

    def values(self, matrix: Matrix, threads: int) -> Floats:  # noqa: ARG002 - bound by memory, not by arithmetic
        """Return probabilities or numbers of many rows."""
        total = np.repeat(self.intercept[None, :], len(matrix.numeric), axis=0)
        for position, column in enumerate(self.scaling.columns(matrix)):
            total += column[:, None] * self.coefficients[position]
        for positions in self.scaling.category_positions(matrix.codes).T:
            total += self.coefficients[positions]
        return self._shaped(total)

    def values_row(self, numeric: NDArray[np.float32], codes: NDArray[np.int32]) -> Floats:
        """Return probabilities or a number of one row."""
        numbers = self.scaling.row(numeric)
        terms = numbers[:, None] * self.coefficients[: len(numbers)]
        categories = self.coefficients[self.scaling.category_positions(codes[None, :])[0]]
        # A running sum adds in order, as the loop over columns does.
        every = np.concatenate([self.intercept[None, :], terms, categories])
        return self._shaped(np.add.accumulate(every, axis=0)[-1:])

    def save(self, folder: Path) -> None:
        """Write the arrays."""
        arrays = {field.name: getattr(self.scaling, field.name) for field in fields(Scaling)}
        own = {"coefficients": self.coefficients, "intercept": self.intercept, "answer": self.answer}
        save_arrays(folder / _FILE, {**arrays, **own})

    def _shaped(self, total: Floats) -> Floats:
        if self.answer == 0:
            return np.ascontiguousarray(total[:, 0])
        if self.answer == 2:
            return both_classes(_sigmoid(np.ascontiguousarray(total[:, 0])))
        return normalised(np.exp(total - total.max(axis=1, keepdims=True)))


def _sigmoid(values: Floats) -> Floats:
    # From 40 on the result is 1 to the last bit, and exp must not overflow.
    result: Floats = 1.0 / (1.0 + np.exp(-np.clip(values, -700.0, 40.0)))
    return result


def _regression(part: Part, design: Design, scaling: Scaling, weight: Floats, order: Order) -> LinearEngine:
    mean = float(np.average(part.target, weights=weight))
    spread = float(np.sqrt(np.average((part.target - mean) ** 2, weights=weight))) or 1.0
    found = _minimise(design, (part.target[:, None] - mean) / spread, weight, _square, order) * spread
    return LinearEngine(scaling, found[:-1], found[-1] + mean, np.array(0))


def _square(answer: Floats, truth: Floats) -> tuple[Floats, Floats]:
    error = answer - truth
    return 0.5 * error[:, 0] ** 2, error


def _logistic(answer: Floats, truth: Floats) -> tuple[Floats, Floats]:
    loss = np.logaddexp(0.0, answer) - truth * answer
    return loss[:, 0], _sigmoid(answer) - truth


def _softmax(answer: Floats, truth: Floats) -> tuple[Floats, Floats]:
    shifted = answer - answer.max(axis=1, keepdims=True)
    powers = np.exp(shifted)
    total = powers.sum(axis=1, keepdims=True)
    loss = np.log(total[:, 0]) - (shifted * truth).sum(axis=1)
    return loss, powers / total - truth


_LOSSES = {2: _logistic, 3: _softmax}


def _minimise(design: Design, truth: Floats, weight: Floats, loss: Any, order: Order) -> Floats:
    """Return coefficients and, as the last row, the intercept, which bears no penalty; shape (terms + 1, k)."""
    from scipy.optimize import minimize

    params = order.params
    shape = (design.terms + 1, truth.shape[1])
    penalty = np.full(shape, float(params["alpha"]))
    penalty[-1] = 0.0

    def cost(flat: Floats) -> tuple[float, Floats]:
        found = flat.reshape(shape)
        losses, slopes = loss(design.times(found[:-1]) + found[-1], truth)
        slopes = slopes * weight[:, None]
        gradient = np.concatenate([design.transposed_times(slopes), slopes.sum(axis=0, keepdims=True)])
        value = float(losses @ weight) + 0.5 * float((penalty * found**2).sum())
        return value / len(weight), ((gradient + penalty * found) / len(weight)).ravel()

    def watch(_: Floats) -> None:
        if order.deadline is not None and time.monotonic() >= order.deadline:
            raise StopIteration

    options = {"maxiter": int(params["max_iter"]), "gtol": float(params["tol"]), "ftol": 1e-9}
    start = np.zeros(shape).ravel()
    result = minimize(cost, start, jac=True, method="L-BFGS-B", options=options, callback=watch)
    return np.asarray(result.x, dtype=np.float64).reshape(shape)
