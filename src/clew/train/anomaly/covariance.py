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
#: Rows for each term that a covariance needs.
_ROWS_A_TERM = 2


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
            If no term is left, or there are too few rows for those that are.
        """
        from sklearn.covariance import MinCovDet

        used = np.flatnonzero([_varied(term) for term in values.T])
        if not len(used) or len(values) < _ROWS_A_TERM * len(used):
            why = (
                f"needs {_ROWS_A_TERM} rows for each of {len(used)} numbers, and there are {len(values)}"
                if len(used)
                else "needs numbers with many values that differ in more than half of the rows"
            )
            raise DataError(f"robust_covariance {why}.", hint="Use isolation_forest, or compare by fewer columns.")
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

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> "RobustCovariance":
        """Rebuild it from `to_arrays`."""
        return cls(**arrays)


def _spread(term: Floats) -> float:
    """Return how far the middle half of the values lies apart, as a standard deviation; of all where it is a point."""
    low, high = np.quantile(term, [0.25, 0.75])
    return float((high - low) / 1.349) or float(term.std()) or 1.0


def _varied(term: Floats) -> bool:
    _, counts = np.unique(term, return_counts=True)
    return len(counts) >= _VALUES and bool(2 * counts.max() < len(term))
