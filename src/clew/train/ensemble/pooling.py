"""The second layer: members' answers put together once more, with coefficients learnt from out-of-fold answers.

Labels: a logarithmic opinion pool, probabilities multiplied after each was raised to its own power (Genest and Zidek
1986, Combining probability distributions). Numbers: a sum with coefficients of its own (Breiman 1996, Stacked
regressions). No coefficient is below 0, so whatever direction every member keeps, the pool keeps too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.train.ensemble.calibrators import soft_targets
from clew.train.estimators.columns import normalised
from clew.train.estimators.fitted import Floats

#: Strength with which coefficients are drawn towards equal ones, in rows.
_PULL = 1.0
#: Coefficients below this are 0: the member is not worth its time.
_LEAST = 0.02
#: No coefficient is larger.
_LARGEST = 3.0
#: Probabilities below this count as this.
_SMALLEST = 1e-9


@dataclass(frozen=True, slots=True)
class Pool:
    """Coefficients of a second layer.

    Parameters
    ----------
    coefficients : tuple of float
        One per member, at least 0.
    centre : float, default 0
        For a regression: subtracted from every answer before it is weighted, and added to the sum.
    share : float, default 0.5
        Of the pool in the answer; the rest is the weighted mean of the members.
    """

    coefficients: tuple[float, ...]
    centre: float = 0.0
    share: float = 0.5

    def __call__(self, answers: Sequence[Floats]) -> Floats:
        """Return what the pool says; the bits of a row do not depend on the other rows.

        Parameters
        ----------
        answers : sequence of ndarray, shape (n, k) or (n,)
            One per coefficient.
        """
        pairs = [(part, answer) for part, answer in zip(self.coefficients, answers, strict=True) if part]
        if answers[0].ndim == 1:
            total = np.full(len(answers[0]), self.centre)
            for part, answer in pairs:
                total += part * (answer - self.centre)
            return total
        powers = np.zeros_like(answers[0])
        for part, answer in pairs:
            powers += part * _logs(answer)
        return normalised(np.exp(powers - powers.max(axis=1, keepdims=True)))

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        return {"coefficients": list(self.coefficients), "centre": self.centre, "share": self.share}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> "Pool":
        """Rebuild a pool from `to_dict`.

        Raises
        ------
        ValueError, KeyError, TypeError
            If it is none.
        """
        pool = cls(tuple(map(float, told["coefficients"])), float(told["centre"]), float(told["share"]))
        if not np.isfinite([*pool.coefficients, pool.centre]).all() or min(pool.coefficients) < 0:
            raise ValueError(f"a pool with {dict(told)}")
        if not 0 <= pool.share <= 1:
            raise ValueError(f"a pool with a share of {pool.share}")
        return pool


def blend(answers: Sequence[Floats], weights: Sequence[float], pool: Pool | None = None) -> Floats:
    """Return the members' joint answer: their weighted mean, and where there is a pool its share of that.

    Parameters
    ----------
    answers : sequence of ndarray
        One per member, of equal shape.
    weights : sequence of float
        One per member; they sum to 1.
    pool : Pool, optional
        The second layer.
    """
    pairs = [(weight, answer) for weight, answer in zip(weights, answers, strict=True) if weight]
    total = pairs[0][1] * pairs[0][0]
    for weight, answer in pairs[1:]:
        total += answer * weight
    return total if pool is None else (1.0 - pool.share) * total + pool.share * pool(answers)


def shares_of(weights: Sequence[float], pool: Pool | None) -> tuple[float, ...]:
    """Return the share of each member in the joint answer, for people; they sum to 1."""
    if pool is None:
        return tuple(weights)
    total = sum(pool.coefficients)
    pairs = zip(weights, pool.coefficients, strict=True)
    return tuple((1.0 - pool.share) * weight + pool.share * part / total for weight, part in pairs)


def fit_pool(answers: Sequence[Floats], truth: NDArray[Any], weight: Floats | None) -> Pool:
    """Learn the coefficients with the smallest log loss or squared error, drawn towards equal ones.

    Parameters
    ----------
    answers : sequence of ndarray, shape (n, k) or (n,)
        Of members that have not learnt from these rows.
    truth : ndarray, shape (n,)
        Class indices, or numbers.
    weight : ndarray, shape (n,), optional
        Of each row.
    """
    share = np.full(len(truth), 1.0 / len(truth)) if weight is None else weight / weight.sum()
    centre = 0.0
    if answers[0].ndim == 1:
        found, centre = _of_numbers(answers, truth, share)
    else:
        found = _of_labels(answers, truth, share)
    kept = np.where(found < _LEAST, 0.0, found)
    if not kept.any():
        kept = np.full(len(answers), 1.0 / len(answers))
    return Pool(tuple(float(part) for part in kept), centre)


def _logs(answer: Floats) -> Floats:
    return np.log(np.maximum(answer, _SMALLEST))


def _of_labels(answers: Sequence[Floats], truth: NDArray[Any], share: Floats) -> Floats:
    from scipy.optimize import minimize

    logs, equal = [_logs(answer) for answer in answers], 1.0 / len(answers)
    targets = soft_targets(truth, answers[0].shape[1], share)
    of_truth = [float(share @ (targets * log).sum(axis=1)) for log in logs]
    pull = _PULL / len(truth)

    def loss(at: Floats) -> tuple[float, Floats]:
        powers = np.zeros_like(logs[0])
        for part, log in zip(at, logs, strict=True):
            powers += part * log
        top = powers.max(axis=1, keepdims=True)
        spread = np.exp(powers - top)
        total = spread.sum(axis=1)
        chances = spread / total[:, None] * share[:, None]
        value = float(share @ (np.log(total) + top[:, 0])) - float(at @ np.array(of_truth))
        slopes = np.array([float((chances * log).sum()) for log in logs]) - np.array(of_truth)
        away = at - equal
        return value + pull * float(away @ away), slopes + 2 * pull * away

    start = np.full(len(logs), equal)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0.0, _LARGEST)] * len(logs))
    return np.asarray(found.x, dtype=np.float64)


def _of_numbers(answers: Sequence[Floats], truth: NDArray[Any], share: Floats) -> tuple[Floats, float]:
    from scipy.optimize import nnls

    centre = float((share * truth).sum())
    spread = float(np.sqrt((share * (truth - centre) ** 2).sum())) or 1.0
    members = [(answer - centre) / spread for answer in answers]
    wanted = (truth - centre) / spread
    pull = _PULL / len(truth)
    # Sums of products by hand: linear algebra on several threads would round differently.
    gram = np.array([[float((share * one * other).sum()) for other in members] for one in members])
    gram += pull * np.eye(len(members))
    right = np.array([float((share * one * wanted).sum()) for one in members]) + pull / len(members)
    root = np.linalg.cholesky(gram)
    found, _ = nnls(root.T, np.linalg.solve(root, right))
    return np.asarray(found, dtype=np.float64), centre
