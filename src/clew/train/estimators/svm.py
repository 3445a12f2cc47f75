"""Support vector machines with the Gaussian kernel."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from clew.core.errors import UsageError
from clew.train.estimators.base import Engine, EstimatorSpec, Floats, Honours, Order, Part
from clew.train.estimators.category_order import CategoryOrder
from clew.train.estimators.kernel import GAUSSIAN, KernelEngine, Space
from clew.train.estimators.link import MORE, TWO, answer_of
from clew.train.estimators.penalised import Centred, Dense, even_weights, minimise, truth_of
from clew.train.estimators.relevance import relevance
from clew.train.space import Domain, Number

#: Parts for the decisions on rows that were not learnt from, by which probabilities are calibrated.
_PARTS = 3
#: Penalty of the calibration: keeps it finite where the classes do not overlap.
_CALIBRATION_PENALTY = 1e-2
#: Megabytes of libsvm's cache of kernel rows.
_CACHE_MB = 100


class SupportVectors(EstimatorSpec):
    """C-SVC and epsilon-SVR (Cortes & Vapnik 1995) of libsvm with the Gaussian kernel over mixed columns.

    More than two classes are decided in pairs, and each class by the mean of its decisions. Probabilities are
    a logistic regression over decisions on rows that were not learnt from, in three parts (after Platt 1999). Columns
    count by what each says about the target by itself, raised to `relevance`. Stored as plain arrays, which hold the
    support vectors: scaled numbers and codes, not texts.
    """

    name = "svm"
    label = "Support vectors"
    honours = Honours(monotone=False, weights=True, missing=False, categories=True, early_stopping=False)
    largest = (8_000, 200)
    interruptible = False
    defaults: ClassVar[Mapping[str, Any]] = {
        "C": 3.0,
        "gamma": 1.0,
        "epsilon": 0.1,
        "relevance": 1.0,
        "tol": 1e-3,
    }
    space: ClassVar[Mapping[str, Domain]] = {
        "C": Number(0.1, 100.0, log=True),
        "gamma": Number(0.1, 10.0, log=True),
        "epsilon": Number(0.02, 0.3, log=True),
        "relevance": Number(0.0, 1.5),
    }

    def warm(self) -> None:
        """Import the library."""
        import sklearn.svm  # noqa: F401 - that it is there is what counts

    def _fit(self, part: Part, stop: Part | None, order: Order) -> Engine:  # noqa: ARG002 - no rounds
        for name in ("C", "gamma"):
            if not float(order.params[name]) > 0:
                raise UsageError(f"`{name}` is {order.params[name]!r}, and must be above 0.")
        if part.weight is not None and not part.weight.all():
            part = part.take(np.flatnonzero(part.weight))
        place = _Place.of(part, order)
        if not order.task.is_classification:
            return _regression(part, place, order)
        machine = _machine(part, place, order)
        decisions, held = _held_out(part, place, order)
        answer = answer_of(order)
        found = minimise(
            Dense(decisions),
            truth_of(held, order),
            even_weights(held),
            int(answer),
            penalty=_CALIBRATION_PENALTY,
            max_iter=200,
            tol=1e-6,
            deadline=None,
        )
        # Decisions are sums over support vectors, and so are sums of decisions.
        coefficients = machine.coefficients @ found[:-1]
        intercept = machine.intercept @ found[:-1] + found[-1]
        return place.engine(part, machine.rows, coefficients, intercept, answer)

    def _load(self, folder: Path) -> Engine:
        return KernelEngine.load(folder)


@dataclass(frozen=True)
class _Place:
    """Training rows as points whose distances are those of the kernel, the stretch included."""

    space: Space
    stretch: Floats
    points: Floats

    @classmethod
    def of(cls, part: Part, order: Order) -> "_Place":
        space = Space.fit(part.matrix)
        scores = CategoryOrder.fit(part, order, scores=True)
        told = np.nan_to_num(scores.table(part.matrix)[:, part.matrix.numeric.shape[1] :].astype(np.float64))
        columns = np.concatenate([space.numbers(part.matrix.numeric), told], axis=1)
        weight = relevance(columns, truth_of(part, order), even_weights(part)) ** float(order.params["relevance"])
        flat, owner = space.flat(part.matrix)
        points = flat * weight[owner]
        # With gamma 1 the mean squared distance of two rows is 2: usual for scaled columns (1 / (p · variance)).
        gamma = float(order.params["gamma"]) / max(float(points.var(axis=0).sum()), 1e-12)
        return cls(space, weight**2 * gamma, points * np.sqrt(gamma))

    def engine(
        self, part: Part, rows: NDArray[np.int64], coefficients: Floats, intercept: Floats, answer: NDArray[Any]
    ) -> KernelEngine:
        kept = part.take(rows).matrix
        kind = np.array(GAUSSIAN)
        return KernelEngine.of(self.space, kept, self.stretch, coefficients, intercept, kind=kind, answer=answer)


@dataclass(frozen=True)
class _Machine:
    """Decisions as sums over support vectors.

    Parameters
    ----------
    rows : ndarray of int64, shape (m,)
        Which training rows are kept.
    coefficients : ndarray, shape (m, k)
        One column for two classes, else one for each class.
    intercept : ndarray, shape (k,)
        What is added.
    """

    rows: NDArray[np.int64]
    coefficients: Floats
    intercept: Floats


def _regression(part: Part, place: _Place, order: Order) -> KernelEngine:
    from sklearn.svm import SVR

    centred = Centred(part.target, even_weights(part))
    params = {name: order.params[name] for name in ("C", "epsilon", "tol")}
    machine = SVR(kernel="rbf", gamma=1.0, cache_size=_CACHE_MB, **params)
    machine.fit(place.points, centred.values, sample_weight=part.weight)
    coefficients = machine.dual_coef_.T * centred.spread
    intercept = machine.intercept_ * centred.spread + centred.middle
    return place.engine(part, machine.support_.astype(np.int64), coefficients, intercept, answer_of(order))


def _machine(part: Part, place: _Place, order: Order) -> _Machine:
    """Fit to rows in which at least two classes occur; a class that does not occur has the decision -1."""
    from sklearn.svm import SVC

    params = {name: order.params[name] for name in ("C", "tol")}
    machine = SVC(kernel="rbf", gamma=1.0, cache_size=_CACHE_MB, decision_function_shape="ovo", **params)
    machine.fit(place.points, part.target, sample_weight=part.weight)
    rows = machine.support_.astype(np.int64)
    if order.classes == 2:
        return _Machine(rows, machine.dual_coef_.T, machine.intercept_)
    seen = machine.classes_
    coefficients, intercept = np.zeros((len(rows), order.classes)), np.full(order.classes, -1.0)
    intercept[seen] = 0.0
    owner = np.searchsorted(seen, part.target[rows])
    others = max(1, len(seen) - 1)
    # The library's own order: a pair after the other, and in `dual_coef_` for each vector the classes but its own.
    for pair, (first, second) in enumerate(zip(*np.triu_indices(len(seen), 1), strict=True)):
        weight = np.where(owner == first, machine.dual_coef_[second - 1], 0.0)
        weight += np.where(owner == second, machine.dual_coef_[first], 0.0)
        sign = -1.0 if len(seen) == 2 else 1.0
        coefficients[:, seen[first]] += sign * weight / others
        coefficients[:, seen[second]] -= sign * weight / others
        intercept[seen[first]] += sign * machine.intercept_[pair] / others
        intercept[seen[second]] -= sign * machine.intercept_[pair] / others
    return _Machine(rows, coefficients, intercept)


def _held_out(part: Part, place: _Place, order: Order) -> tuple[Floats, Part]:
    """Return decisions on rows that were not learnt from, shape (n, k), and those rows."""
    turn = np.random.default_rng(order.seed).permutation(len(part))
    sequence = turn[np.argsort(part.target[turn], kind="stable")]
    home = np.empty(len(part), dtype=np.int64)
    home[sequence] = np.arange(len(part)) % _PARTS
    decisions, asked = [], []
    for number in range(_PARTS):
        inside, outside = np.flatnonzero(home != number), np.flatnonzero(home == number)
        learn = part.take(inside)
        if not len(outside) or len(np.unique(learn.target)) < 2:
            continue
        machine = _machine(learn, _Place(place.space, place.stretch, place.points[inside]), order)
        kind = np.array(MORE if order.classes > 2 else TWO)
        engine = place.engine(learn, machine.rows, machine.coefficients, machine.intercept, kind)
        decisions.append(engine.sums(part.take(outside).matrix))
        asked.append(outside)
    if not asked:
        return np.zeros((len(part), order.classes if order.classes > 2 else 1)), part
    return np.concatenate(decisions), part.take(np.concatenate(asked))
