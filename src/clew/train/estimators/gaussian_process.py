"""Gaussian processes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from clew.core.errors import DataError
from clew.train.estimators.base import Engine, EstimatorSpec, Floats, Honours, Order, Part
from clew.train.estimators.evidence import JITTER, Evidence, most_evident, squared_distances
from clew.train.estimators.kernel import MATERN, KernelEngine, Space, likeness
from clew.train.estimators.link import answer_of
from clew.train.estimators.penalised import Centred, Dense, even_weights, losses_of, minimise, truth_of
from clew.train.space import Domain, Number

#: With more rows a single table of them all takes gigabytes.
_MOST_ROWS = 15_000
#: Precisions of the function that are tried in a classification: 1 / variance of the log odds.
_PENALTIES = (2.0, 0.5, 0.125, 0.03)
#: Share of the rows on which they are compared, and rows that take part in that, at most.
_ASKED, _MOST_COMPARED = 0.3, 1_000
#: Most iterations of a comparison and of the last fit.
_COMPARING, _LAST = 40, 100
#: Added to the diagonal of a classification's kernel, so that equal rows do no harm.
_NUGGET = 1e-6
#: Lowest weight of a row: a row with none would have endless noise.
_LEAST_WEIGHT = 1e-6


class GaussianProcess(EstimatorSpec):
    """Gaussian process with Matérn's kernel and a length scale for each column (Rasmussen & Williams 2006).

    Length scales and noise have the greatest evidence on a sample of rows, classes taken as numbers there. The answer
    of a regression is the posterior mean; that of a classification the most probable function under the logistic
    likelihood, its variance chosen on rows held out. Stored as plain arrays, which hold the training rows: scaled
    numbers and codes, not texts.
    """

    name = "gaussian_process"
    label = "Gaussian process"
    honours = Honours(monotone=False, weights=True, missing=False, categories=True, early_stopping=False)
    largest = (2_500, 100)
    defaults: ClassVar[Mapping[str, Any]] = {"sample": 400, "max_iter": 40, "noise": 1.0}
    brief: ClassVar[Mapping[str, Any]] = {"sample": 100, "max_iter": 8}
    space: ClassVar[Mapping[str, Domain]] = {
        "sample": Number(200, 600, whole=True),
        "noise": Number(0.5, 3.0, log=True),
    }

    def warm(self) -> None:
        """Import the library."""
        import scipy.linalg
        import scipy.optimize  # noqa: F401 - that it is there is what counts

    def _fit(self, part: Part, stop: Part | None, order: Order) -> Engine:  # noqa: ARG002 - no rounds
        if len(part) > _MOST_ROWS:
            raise DataError(
                f"A Gaussian process compares every row with every other, and there are {len(part):,}: "
                f"{_MOST_ROWS:,} are the most.",
                hint="Use svm, knn or a booster, or fewer rows.",
            )
        space = Space.fit(part.matrix)
        points, owner = space.flat(part.matrix)
        weight = np.maximum(even_weights(part), _LEAST_WEIGHT)
        evidence = _evidence(part, points, owner, weight, order)
        placed = points * np.sqrt(evidence.stretch[owner])
        alike = likeness(squared_distances(placed, placed), MATERN)
        if order.task.is_classification:
            coefficients, intercept = _classified(part, alike, weight, order)
        else:
            coefficients, intercept = _regressed(part, alike, weight, evidence, order)
        kinds = {"kind": np.array(MATERN), "answer": answer_of(order)}
        return KernelEngine.of(space, part.matrix, evidence.stretch, coefficients, intercept, **kinds)

    def _load(self, folder: Path) -> Engine:
        return KernelEngine.load(folder)


def _evidence(part: Part, points: Floats, owner: NDArray[np.int64], weight: Floats, order: Order) -> Evidence:
    chosen = np.random.default_rng(order.seed).permutation(len(part))[: int(order.params["sample"])]
    chosen.sort()
    truth = truth_of(part, order)[chosen]
    targets = truth - truth.mean(axis=0)
    targets = targets / max(float(np.sqrt((targets**2).sum(axis=1).mean() / targets.shape[1])), 1e-12)
    columns = part.matrix.numeric.shape[1] + part.matrix.codes.shape[1]
    columns += int(np.isnan(part.matrix.numeric).any(axis=0).sum())
    return most_evident(
        points[chosen],
        owner,
        columns,
        targets,
        weight[chosen],
        max_iter=int(order.params["max_iter"]),
        deadline=order.deadline,
    )


def _regressed(part: Part, alike: Floats, weight: Floats, evidence: Evidence, order: Order) -> tuple[Floats, Floats]:
    from scipy.linalg import cho_factor, cho_solve

    centred = Centred(part.target, weight)
    noise = evidence.noise * float(order.params["noise"]) / evidence.amplitude
    total = alike.copy()
    total[np.diag_indices_from(total)] += noise / weight + JITTER
    solved = cho_solve(cho_factor(total, lower=True, overwrite_a=True), centred.values[:, None])
    return solved * centred.spread, np.array([centred.middle])


def _classified(part: Part, alike: Floats, weight: Floats, order: Order) -> tuple[Floats, Floats]:
    turn = np.random.default_rng([order.seed, 1]).permutation(len(part))[:_MOST_COMPARED]
    asked, kept = np.sort(turn[: int(_ASKED * len(turn))]), np.sort(turn[int(_ASKED * len(turn)) :])
    truth, answer = truth_of(part, order), int(answer_of(order))
    lower = _root(alike[np.ix_(kept, kept)])
    across = alike[np.ix_(asked, kept)]
    losses = []
    for penalty in _PENALTIES:
        found = _most_probable(lower, truth[kept], weight[kept], penalty, order, _COMPARING)
        sums = across @ found[:-1] + found[-1]
        losses.append(float(np.average(losses_of(answer, sums, truth[asked]), weights=weight[asked])))
    best = _PENALTIES[int(np.argmin(losses))]
    found = _most_probable(_root(alike), truth, weight, best * float(order.params["noise"]), order, _LAST)
    return found[:-1], found[-1]


def _root(alike: Floats) -> Floats:
    """Return the lower triangle whose product with itself turned is the kernel of the rows."""
    from scipy.linalg import cholesky

    total = alike.copy()
    total[np.diag_indices_from(total)] += _NUGGET
    lower: Floats = cholesky(total, lower=True, overwrite_a=True)
    return lower


def _most_probable(lower: Floats, truth: Floats, weight: Floats, penalty: float, order: Order, max_iter: int) -> Floats:
    """Return coefficients of the kernel and, as the last row, the intercept; shape (n + 1, k)."""
    from scipy.linalg import solve_triangular

    found = minimise(
        Dense(lower),
        truth,
        weight,
        int(answer_of(order)),
        penalty=penalty,
        max_iter=max_iter,
        tol=1e-4,
        deadline=order.deadline,
    )
    return np.concatenate([solve_triangular(lower, found[:-1], lower=True, trans="T"), found[-1:]])
