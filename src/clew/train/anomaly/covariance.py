"""Robust covariance: how far a point lies from the middle of the densest half of the rows."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.core.errors import DataError
from clew.train.points.terms import Floats
from clew.train.points.whitening import squared_distances

#: Least variance of a direction, as a part of a column's: values that hardly differ must not be infinitely far apart.
_LEAST_VARIANCE = 1e-3
#: Terms with fewer different values are no numbers that a covariance could speak of.
_VALUES = 10
#: Rows for each term that a covariance needs, and terms at most: hundreds of starts invert it again and again.
_ROWS_A_TERM, _MOST_TERMS = 2, 100


@dataclass(frozen=True, eq=False)
class RobustCovariance:
    """How far a point lies from the middle, in the scale of the covariance of the half of the rows that lies densest.

    The half is that with the least determinant of its covariance (Rousseeuw and Van Driessen 1999).

    Parameters
    ----------
    used : ndarray of int64, shape (t,)
        Terms that the distance is of.
    middle : ndarray, shape (t,)
        Middle of these rows.
    whitening : ndarray, shape (t, t)
        A root of the inverse of their covariance.
    """

    used: NDArray[np.int64]
    middle: Floats
    whitening: Floats

    @classmethod
    def fit(cls, values: Floats, seed: int) -> "RobustCovariance":
        """Find the half with scikit-learn; terms with few values, or that are equal in half of the rows, take no part.

        Raises
        ------
        DataError
            If no term is left, there are too many, or too few rows for them.
        """
        from sklearn.covariance import MinCovDet

        used = np.flatnonzero([why_unused(term) is None for term in values.T])
        _check(len(used), len(values))
        with warnings.catch_warnings():
            # A covariance without full rank is what the least variance below is for.
            warnings.simplefilter("ignore")
            # A single wild value must not make the others look as if they were equal.
            unit = np.array([_spread(term) for term in values[:, used].T])
            found = MinCovDet(random_state=seed).fit(values[:, used] / unit)
        squares, axes = np.linalg.eigh(found.covariance_)
        squares = np.maximum(squares, _LEAST_VARIANCE)
        return cls(used, found.location_ * unit, axes / np.sqrt(squares) / unit[:, None])

    def score(self, values: Floats) -> Floats:
        """Return the distance of each point, shape (n,)."""
        return np.sqrt(squared_distances(values[:, self.used], self.middle[None], self.whitening[None])[:, 0])

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the fields."""
        return {"used": self.used, "middle": self.middle, "whitening": self.whitening}

    def fits(self, terms: int) -> bool:
        """Return whether it scores points of so many terms."""
        size = len(self.used)
        within = size > 0 and bool(((self.used >= 0) & (self.used < terms)).all())
        return within and (self.middle.shape, self.whitening.shape) == ((size,), (size, size))

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> "RobustCovariance":
        """Rebuild it from `to_arrays`."""
        return cls(**arrays)


def _spread(term: Floats) -> float:
    """Return how far the middle half of the values lies apart, as a standard deviation; of all where it is a point."""
    low, high = np.quantile(term, [0.25, 0.75])
    return float((high - low) / 1.349) or float(term.std()) or 1.0


def why_unused(term: Floats) -> str | None:
    """Return why a covariance cannot speak of a term; None where it can."""
    _, counts = np.unique(term, return_counts=True)
    if len(counts) < _VALUES:
        return f"fewer than {_VALUES} different values"
    return "one value in half of the rows or more" if 2 * counts.max() >= len(term) else None


def _check(terms: int, rows: int) -> None:
    if not terms:
        why = "needs numbers with many values that differ in more than half of the rows"
    elif terms > _MOST_TERMS:
        why = f"looks at up to {_MOST_TERMS} numbers together, and there are {terms:,}"
    elif rows < _ROWS_A_TERM * terms:
        why = f"needs {_ROWS_A_TERM} rows for each of {terms} numbers, and there are {rows}"
    else:
        return
    raise DataError(
        f"robust_covariance {why}.", hint="Use isolation_forest, or compare by fewer columns (`columns`, --columns)."
    )
