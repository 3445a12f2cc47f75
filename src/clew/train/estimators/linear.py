"""Linear and logistic regression over standardised numbers and one-hot categories."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from clew.core.errors import UsageError
from clew.prepare.matrix import Matrix
from clew.store.artifacts import load_arrays, save_arrays
from clew.train.estimators.base import Engine, EstimatorSpec, Floats, Honours, Order, Part
from clew.train.estimators.design import Design, Scaling
from clew.train.estimators.link import NUMBER, answer_of, linked
from clew.train.estimators.penalised import Centred, even_weights, minimise, truth_of
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
        return _fitted(part, Design.of(part.matrix, scaling), scaling, order)

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
        return linked(total, self.answer)

    def values_row(self, numeric: NDArray[np.float32], codes: NDArray[np.int32]) -> Floats:
        """Return probabilities or a number of one row."""
        numbers = self.scaling.row(numeric)
        terms = numbers[:, None] * self.coefficients[: len(numbers)]
        categories = self.coefficients[self.scaling.category_positions(codes[None, :])[0]]
        # A running sum adds in order, as the loop over columns does.
        every = np.concatenate([self.intercept[None, :], terms, categories])
        return linked(np.add.accumulate(every, axis=0)[-1:], self.answer)

    def save(self, folder: Path) -> None:
        """Write the arrays."""
        arrays = {field.name: getattr(self.scaling, field.name) for field in fields(Scaling)}
        own = {"coefficients": self.coefficients, "intercept": self.intercept, "answer": self.answer}
        save_arrays(folder / _FILE, {**arrays, **own})


def _fitted(part: Part, design: Design, scaling: Scaling, order: Order) -> LinearEngine:
    params, weight, answer = order.params, even_weights(part), answer_of(order)
    centred = Centred(part.target, weight) if answer == NUMBER else None
    truth = truth_of(part, order) if centred is None else centred.values[:, None]
    found = minimise(
        design,
        truth,
        weight,
        int(answer),
        penalty=float(params["alpha"]),
        max_iter=int(params["max_iter"]),
        tol=float(params["tol"]),
        deadline=order.deadline,
    )
    if centred is None:
        return LinearEngine(scaling, found[:-1], found[-1], answer)
    found = found * centred.spread
    return LinearEngine(scaling, found[:-1], found[-1] + centred.middle, answer)
