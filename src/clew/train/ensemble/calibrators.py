"""Maps from probabilities to calibrated ones, learnt from answers for rows that the models had not seen.

Each keeps the order of the classes within a row of several, and the order of the rows in a binary task: neither the
label nor a ranking nor a monotone constraint can be lost through one.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.train.estimators.columns import both_classes, normalised
from clew.train.estimators.fitted import Floats

#: Probabilities nearer to 0 or 1 than this are taken as this: their logarithm has to be finite.
_NEAREST = 1e-15
#: Temperatures looked at.
_COLDEST, _HOTTEST = 0.2, 5.0


class Calibrator(ABC):
    """A fitted map."""

    kind: str

    @abstractmethod
    def __call__(self, probabilities: Floats) -> Floats:
        """Return calibrated probabilities; the bits of a row do not depend on the other rows.

        Parameters
        ----------
        probabilities : ndarray, shape (n, k)
            Their rows sum to 1.
        """

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Return kind and parameters, JSON-ready."""


@dataclass(frozen=True, slots=True)
class Temperature(Calibrator):
    """All logarithms divided by one number (Guo et al. 2017, On calibration of modern neural networks).

    Parameters
    ----------
    value : float
        Above 1 takes confidence away, below 1 adds some.
    """

    value: float
    kind = "temperature"

    def __call__(self, probabilities: Floats) -> Floats:
        """Return calibrated probabilities."""
        scaled = np.log(_inside(probabilities)) / self.value
        return normalised(np.exp(scaled - scaled.max(axis=1, keepdims=True)))

    def to_dict(self) -> dict[str, Any]:
        """Return kind and value."""
        return {"kind": self.kind, "value": self.value}


@dataclass(frozen=True, slots=True)
class Platt(Calibrator):
    """A logistic curve over the log odds of the second of two classes (Platt 1999), with a slope above 0.

    Parameters
    ----------
    slope, intercept : float
        Of the log odds.
    """

    slope: float
    intercept: float
    kind = "platt"

    def __call__(self, probabilities: Floats) -> Floats:
        """Return calibrated probabilities."""
        second = 1.0 / (1.0 + np.exp(-(self.slope * _log_odds(probabilities) + self.intercept)))
        return both_classes(second)

    def to_dict(self) -> dict[str, Any]:
        """Return kind, slope and intercept."""
        return {"kind": self.kind, "slope": self.slope, "intercept": self.intercept}


def calibrator_of(told: Mapping[str, Any] | None) -> Calibrator | None:
    """Rebuild a calibrator from `Calibrator.to_dict`; None stays None.

    Raises
    ------
    ValueError, KeyError
        If the mapping is no calibrator.
    """
    if told is None:
        return None
    numbers = {name: float(value) for name, value in told.items() if name != "kind"}
    if not all(np.isfinite(value) for value in numbers.values()):
        raise ValueError(f"a calibrator with {numbers}")
    if told["kind"] == Temperature.kind and numbers["value"] > 0:
        return Temperature(numbers["value"])
    if told["kind"] == Platt.kind and numbers["slope"] > 0:
        return Platt(numbers["slope"], numbers["intercept"])
    raise ValueError(f"an unknown calibrator {dict(told)}")


def fit_temperature(probabilities: Floats, truth: NDArray[np.int64], weight: Floats | None) -> Temperature:
    """Find the temperature with the smallest log loss against `soft_targets`.

    Parameters
    ----------
    probabilities : ndarray, shape (n, k)
        For rows that the models had not learnt from.
    truth : ndarray, shape (n,)
        Class indices.
    weight : ndarray, shape (n,), optional
        Of each row.
    """
    from scipy.optimize import minimize_scalar

    logs = np.log(_inside(probabilities))
    targets = soft_targets(truth, probabilities.shape[1], weight)
    share = _shares(weight, len(truth))

    def loss(logarithm: float) -> float:
        scaled = logs / np.exp(logarithm)
        top = scaled.max(axis=1)
        total = top + np.log(np.exp(scaled - top[:, None]).sum(axis=1))
        return float(share @ (total - (targets * scaled).sum(axis=1)))

    found = minimize_scalar(loss, bounds=(np.log(_COLDEST), np.log(_HOTTEST)), method="bounded")
    return Temperature(float(np.exp(found.x)))


def fit_platt(probabilities: Floats, truth: NDArray[np.int64], weight: Floats | None) -> Platt | None:
    """Find the logistic curve with the smallest log loss against `soft_targets`; None if it would turn the order round.

    Parameters
    ----------
    probabilities : ndarray, shape (n, 2)
        For rows that the models had not learnt from.
    truth, weight
        As in `fit_temperature`.
    """
    from scipy.optimize import minimize

    odds = _log_odds(probabilities)
    target = soft_targets(truth, 2, weight)[:, 1]
    share = _shares(weight, len(truth))

    def loss(at: Floats) -> tuple[float, Floats]:
        answer = at[0] * odds + at[1]
        error = share * (1.0 / (1.0 + np.exp(-np.clip(answer, -700.0, 700.0))) - target)
        value = float(share @ (np.logaddexp(0.0, answer) - target * answer))
        return value, np.array([error @ odds, error.sum()])

    found = minimize(loss, np.array([1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=[(1e-3, 20.0), (-20.0, 20.0)])
    slope, intercept = (float(value) for value in found.x)
    return Platt(slope, intercept) if slope > 2e-3 else None


def soft_targets(truth: NDArray[np.int64], classes: int, weight: Floats | None) -> Floats:
    """Return what probabilities are fitted to: a little less than certainty of each row's class (Platt 1999).

    Of a class with r rows each counts as (r + 1) / (r + 2) of this class, and the rest as the others in equal parts:
    that all of a few rows were answered rightly does not show that none ever errs.

    Parameters
    ----------
    truth : ndarray, shape (n,)
        Class indices.
    classes : int
        Number of classes.
    weight : ndarray, shape (n,), optional
        Of each row.

    Returns
    -------
    ndarray, shape (n, classes)
        Its rows sum to 1.
    """
    rows = np.bincount(truth, weights=_shares(weight, len(truth)), minlength=classes) * len(truth)
    left = (1.0 / (rows + 2.0))[truth]
    targets = np.repeat((left / max(1, classes - 1))[:, None], classes, axis=1)
    targets[np.arange(len(truth)), truth] = 1.0 - left
    return targets


def row_losses(probabilities: Floats, targets: Floats) -> Floats:
    """Return the log loss of each row, in nats.

    Parameters
    ----------
    probabilities : ndarray, shape (n, k)
        Their rows sum to 1.
    targets : ndarray, shape (n, k)
        As of `soft_targets`.
    """
    losses: Floats = -(targets * np.log(_inside(probabilities))).sum(axis=1)
    return losses


def _shares(weight: Floats | None, rows: int) -> Floats:
    return np.full(rows, 1.0 / rows) if weight is None else weight / weight.sum()


def _inside(probabilities: Floats) -> Floats:
    return np.clip(probabilities, _NEAREST, 1.0)


def _log_odds(probabilities: Floats) -> Floats:
    second = np.clip(probabilities[:, 1], _NEAREST, 1.0 - _NEAREST)
    return np.log(second) - np.log1p(-second)
