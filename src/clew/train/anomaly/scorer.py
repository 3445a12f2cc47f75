"""What gives points a score: the higher, the odder; the same bits for a point by itself and in a table."""

import math
from collections.abc import Mapping
from typing import Any, Protocol

from numpy.typing import NDArray

from clew.train.anomaly.covariance import RobustCovariance
from clew.train.anomaly.density import LocalOutlierFactor
from clew.train.anomaly.isolation import IsolationForest
from clew.train.anomaly.spec import AnomalyAlgorithm, AnomalySpec
from clew.train.points.terms import Floats

#: Rows that an algorithm looks at.
_MOST_ROWS: Mapping[str, int] = {"isolation_forest": 200_000, "lof": 20_000, "robust_covariance": 10_000}
#: Differences of two rows in one term that neighbours may take to be found, where no tree helps any more.
_DIFFERENCES = 10_000_000_000


class Scorer(Protocol):
    """What gives points a score. Never changed; safe for several threads."""

    def score(self, values: Floats) -> Floats:
        """Return the score of each point, shape (n,): the higher, the odder."""

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return what `scorer_of` rebuilds it from."""

    def fits(self, terms: int) -> bool:
        """Return whether it scores points of so many terms."""


def most_rows(algorithm: str, terms: int) -> int:
    """Return how many rows an algorithm looks at: the fewer, the more terms there are to find neighbours by."""
    if algorithm == "lof":
        return min(_MOST_ROWS[algorithm], math.isqrt(_DIFFERENCES // terms))
    return _MOST_ROWS[algorithm]


def fit_scorer(values: Floats, spec: AnomalySpec) -> Scorer:
    """Fit the algorithm of a spec.

    Parameters
    ----------
    values : ndarray, shape (n, terms)
        Points of training rows.
    spec : AnomalySpec
        Which algorithm.

    Raises
    ------
    DataError
        If the algorithm cannot look at such rows.
    """
    if spec.algorithm == "isolation_forest":
        return IsolationForest.fit(values, spec.seed)
    if spec.algorithm == "lof":
        return LocalOutlierFactor.fit(values, spec.neighbours)
    return RobustCovariance.fit(values, spec.seed)


def scorer_of(algorithm: str, arrays: Mapping[str, NDArray[Any]]) -> Scorer:
    """Rebuild what an algorithm fitted from its arrays."""
    kinds: Mapping[AnomalyAlgorithm, Any] = {
        AnomalyAlgorithm.ISOLATION_FOREST: IsolationForest,
        AnomalyAlgorithm.LOF: LocalOutlierFactor,
        AnomalyAlgorithm.ROBUST_COVARIANCE: RobustCovariance,
    }
    scorer: Scorer = kinds[AnomalyAlgorithm(algorithm)].of_arrays(arrays)
    return scorer
