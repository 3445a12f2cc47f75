"""Additive models: a smooth curve for each number, and a coefficient for each category."""

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
from clew.train.estimators.curves import Curves, roughness
from clew.train.estimators.groups import Groups
from clew.train.estimators.link import NUMBER, answer_of, linked
from clew.train.estimators.penalised import Centred, Dense, even_weights, losses_of, minimise, truth_of
from clew.train.estimators.robust import RobustScale
from clew.train.space import Domain, Number

_FILE = "splines.npz"
#: Terms of all curves together, at most, and cells of the design.
_MOST_TERMS, _MOST_CELLS = 600, 12_000_000
#: Knots of a curve, at least.
_FEWEST_KNOTS = 4
#: Prices of bends that are compared, in how many parts, and on how many rows at most.
_ALPHAS, _PARTS, _MOST_COMPARED = (0.1, 0.6, 3.0, 15.0), 3, 3_000
#: Share of `alpha` that pulls a curve to 0 as a whole; without it the curves could shift against each other.
_LEVEL_SHARE = 0.02


class Splines(EstimatorSpec):
    """Additive regression (Hastie & Tibshirani 1990) with penalised splines (Eilers & Marx 1996) of degree 1.

    Each number, scaled robustly, has a curve of straight pieces between quantiles. `alpha` is the price of its bends,
    by default the best of a few on rows held out; `ridge` is that of categories and of marks of what is missing. Beyond
    the training rows a curve stays level. Rare categories share a coefficient. Least squares, logistic or multinomial
    logistic. Stored as plain arrays.
    """

    name = "splines"
    label = "Splines"
    honours = Honours(monotone=False, weights=True, missing=False, categories=True, early_stopping=False)
    largest = (50_000, 150)
    defaults: ClassVar[Mapping[str, Any]] = {"alpha": "auto", "ridge": 2.0, "knots": 16, "max_iter": 100, "tol": 1e-5}
    space: ClassVar[Mapping[str, Domain]] = {
        "alpha": Number(0.05, 50.0, log=True),
        "ridge": Number(0.3, 30.0, log=True),
        "knots": Number(6, 24, whole=True),
    }

    def warm(self) -> None:
        """Import the library."""
        import scipy.linalg
        import scipy.optimize  # noqa: F401 - that it is there is what counts

    def _fit(self, part: Part, stop: Part | None, order: Order) -> Engine:  # noqa: ARG002 - no rounds
        for name in ("alpha", "ridge"):
            if order.params[name] != "auto" and not float(order.params[name]) > 0:
                raise UsageError(f"`{name}` is {order.params[name]!r}, and a penalty here is above 0.")
        scale = RobustScale.fit(part.matrix.numeric)
        curves = Curves.fit(scale.apply(part.matrix.numeric), _knots(part, order))
        marked = np.flatnonzero(np.isnan(part.matrix.numeric).any(axis=0)).astype(np.int64)
        groups = Groups.fit(part.matrix)
        design = np.concatenate(
            [curves.hats(scale.apply(part.matrix.numeric)), _marks(part.matrix, marked), groups.one_hot(part.matrix)],
            axis=1,
        )
        alpha = order.params["alpha"]
        alpha = _best_alpha(design, curves, part, order) if alpha == "auto" else float(alpha)
        found = _least_loss(design, _penalty(curves, design.shape[1], alpha, order), part, order)
        bends, others, intercept = found[: curves.terms], found[curves.terms : -1], found[-1]
        answer = answer_of(order)
        values, mark_values = curves.padded(bends), others[: len(marked)]
        return SplinesEngine(
            scale, curves, values, marked, mark_values, groups, others[len(marked) :], intercept, answer
        )

    def _load(self, folder: Path) -> Engine:
        return SplinesEngine.load(folder)


def _knots(part: Part, order: Order) -> int:
    columns = max(1, int(part.matrix.numeric.shape[1]))
    most = min(_MOST_TERMS, _MOST_CELLS // max(1, len(part))) // columns
    return max(_FEWEST_KNOTS, min(int(order.params["knots"]), most))


def _marks(matrix: Matrix, marked: NDArray[np.int64]) -> Floats:
    return np.isnan(matrix.numeric[:, marked]).astype(np.float64)


def _best_alpha(design: Floats, curves: Curves, part: Part, order: Order) -> float:
    """Return the price of bends with the least loss on rows that were not learnt from, each row asked once."""
    turn = np.random.default_rng(order.seed).permutation(len(part))[:_MOST_COMPARED]
    answer, truth, weight = int(answer_of(order)), truth_of(part, order), even_weights(part)
    losses = np.zeros(len(_ALPHAS))
    for number in range(_PARTS):
        asked, kept = np.sort(turn[number::_PARTS]), np.sort(np.delete(turn, np.s_[number::_PARTS]))
        learn = part.take(kept)
        for position, alpha in enumerate(_ALPHAS):
            found = _least_loss(design[kept], _penalty(curves, design.shape[1], alpha, order), learn, order)
            sums = design[asked] @ found[:-1] + found[-1]
            losses[position] += float(losses_of(answer, sums, truth[asked]) @ weight[asked])
    return _ALPHAS[int(np.argmin(losses))]


def _penalty(curves: Curves, terms: int, alpha: float, order: Order) -> Floats:
    """Return the quadratic penalty, shape (terms, terms)."""
    penalty = np.zeros((terms, terms))
    start = 0
    for knots in curves.each():
        end = start + len(knots)
        penalty[start:end, start:end] = alpha * roughness(knots)
        start = end
    diagonal = np.full(terms, float(order.params["ridge"]))
    diagonal[:start] = alpha * _LEVEL_SHARE
    return penalty + np.diag(diagonal)


def _least_loss(design: Floats, penalty: Floats, part: Part, order: Order) -> Floats:
    """Return coefficients and, as the last row, the intercept.

    The terms are turned so that both the penalty and the least squares become diagonal (Demmler & Reinsch 1975): then
    few iterations are enough.
    """
    from scipy.linalg import eigh

    weight, answer = even_weights(part), int(answer_of(order))
    centred = Centred(part.target, weight) if answer == NUMBER else None
    truth = truth_of(part, order) if centred is None else centred.values[:, None]
    middle = np.average(design, axis=0, weights=weight)
    gram = (design * weight[:, None]).T @ design - weight.sum() * np.outer(middle, middle)
    curvature = 1.0 if answer == NUMBER else 0.25
    prices, turn = eigh(penalty, curvature * gram + penalty)
    found = minimise(
        Dense((design - middle) @ turn),
        truth,
        weight,
        answer,
        penalty=np.maximum(prices, 0.0),
        max_iter=int(order.params["max_iter"]),
        tol=float(order.params["tol"]),
        deadline=order.deadline,
    )
    coefficients = turn @ found[:-1]
    intercept = found[-1:] - middle @ coefficients
    if centred is not None:
        coefficients, intercept = coefficients * centred.spread, intercept * centred.spread + centred.middle
    return np.concatenate([coefficients, intercept])


_OWN = ("values_at", "marked", "mark_values", "group_values", "intercept", "answer")


@dataclass(frozen=True)
class SplinesEngine(Engine):
    """Curves and coefficients; terms are added one after the other, so that a row's bits do not depend on the others.

    Parameters
    ----------
    scale : RobustScale
        Of the numbers.
    curves : Curves
        The knots.
    values_at : ndarray, shape (p, knots, k)
        Value of each curve at its knots.
    marked : ndarray of int64, shape (marks,)
        Numeric columns with a missing value in training.
    mark_values : ndarray, shape (marks, k)
        What is added where one is missing.
    groups : Groups
        Which coefficient each category takes.
    group_values : ndarray, shape (terms, k)
        The coefficients.
    intercept : ndarray, shape (k,)
        What is added to all.
    answer : ndarray, shape ()
        Kind of answer as in `link`.
    """

    scale: RobustScale
    curves: Curves
    values_at: Floats
    marked: NDArray[np.int64]
    mark_values: Floats
    groups: Groups
    group_values: Floats
    intercept: Floats
    answer: NDArray[Any]

    def values(self, matrix: Matrix, threads: int) -> Floats:  # noqa: ARG002 - bound by memory, not by arithmetic
        """Return probabilities or numbers of many rows."""
        total = np.repeat(self.intercept[None, :], len(matrix.numeric), axis=0)
        for column in self.curves.heights(self.scale.apply(matrix.numeric), self.values_at):
            total += column
        for position, mark in enumerate(np.isnan(matrix.numeric[:, self.marked]).T):
            total += mark[:, None] * self.mark_values[position]
        for taken in self.groups.of(matrix.codes).T:
            total += self.group_values[taken]
        return linked(total, self.answer)

    def values_row(self, numeric: NDArray[np.float32], codes: NDArray[np.int32]) -> Floats:
        """Return probabilities or a number of one row."""
        heights = self.curves.heights_row(self.scale.apply(numeric), self.values_at)
        marks = np.isnan(numeric[self.marked])[:, None] * self.mark_values
        # A running sum adds in order, as the loop over columns does.
        every = np.concatenate([self.intercept[None, :], heights, marks, self.group_values[self.groups.of(codes)]])
        return linked(np.add.accumulate(every, axis=0)[-1:], self.answer)

    def save(self, folder: Path) -> None:
        """Write the arrays."""
        groups = {f"groups_{field.name}": getattr(self.groups, field.name) for field in fields(Groups)}
        own = {name: getattr(self, name) for name in _OWN}
        save_arrays(folder / _FILE, {**own, **groups, "knots": self.curves.knots, **self.scale.arrays()})

    @classmethod
    def load(cls, folder: Path) -> "SplinesEngine":
        """Read what `save` wrote."""
        arrays = load_arrays(folder / _FILE)
        groups = Groups(**{field.name: arrays[f"groups_{field.name}"] for field in fields(Groups)})
        own = {name: arrays[name] for name in _OWN}
        return cls(scale=RobustScale.of_arrays(arrays), curves=Curves(arrays["knots"]), groups=groups, **own)
