"""`AnomalyDetector`: anomaly detection behind scikit-learn's estimator contract."""

from collections.abc import Collection
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import OutlierMixin
from sklearn.utils.validation import check_is_fitted

from clew.prepare.recipe import Recipe
from clew.train.anomaly.anomalies import anomalies
from clew.train.anomaly.detector import Anomaly, Detector
from clew.train.anomaly.result import AnomalyResult
from clew.train.anomaly.spec import AnomalySpec
from clew.train.points.shell import PointsEstimator, listed, refusing
from clew.train.points.terms import Floats


class AnomalyDetector(OutlierMixin, PointsEstimator):  # type: ignore[misc]
    """Rows unlike the others, as a scikit-learn estimator.

    Parameters
    ----------
    algorithm : {"isolation_forest", "lof", "robust_covariance"}
        What scores the rows.
    contamination, neighbours, columns, recipe, shown, seed
        As in `clew.train.anomaly.spec.AnomalySpec`.

    Attributes
    ----------
    result_ : AnomalyResult
        The oddest training rows with their reasons.
    detector_ : Detector
        What scores new rows, and is saved.
    offset_ : float
        What `score_samples` of an anomalous row lies below.
    n_features_in_, feature_names_in_
        As in scikit-learn.

    Examples
    --------
    >>> import numpy as np
    >>> rows = np.append(np.random.default_rng(0).normal(size=(200, 2)), [[9.0, 9.0]], axis=0)
    >>> model = AnomalyDetector().fit(rows)
    >>> int(model.predict(rows)[-1]), model.result_.anomalies[0].row
    (-1, 200)
    """

    def __init__(
        self,
        *,
        algorithm: str = "isolation_forest",
        contamination: float | None = None,
        neighbours: int | None = None,
        columns: tuple[str, ...] | None = None,
        recipe: Recipe | None = None,
        shown: int = 20,
        seed: int = 0,
    ) -> None:
        self.algorithm = algorithm
        self.contamination = contamination
        self.neighbours = neighbours
        self.columns = columns
        self.recipe = recipe
        self.shown = shown
        self.seed = seed

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002 - scikit-learn hands it over
        """Learn what rows usually are like.

        Parameters
        ----------
        X : Dataset, frame, path or array of shape (n, p)
            The rows.
        y : object, optional
            Not looked at.

        Raises
        ------
        FitError
            If the rows are too few or too alike.
        UsageError
            If a parameter makes no sense.
        """
        spec = AnomalySpec(
            algorithm=self.algorithm,
            contamination=self.contamination,
            neighbours=self.neighbours,
            columns=listed(self.columns),
            recipe=self.recipe,
            shown=self.shown,
            seed=self.seed,
        )
        with refusing():
            self.result_: AnomalyResult = anomalies(self._rows_to_learn(X), spec)
        self.offset_ = -self.detector_.threshold
        return self

    def decision_function(self, X: Any) -> Floats:
        """Return how far each row is from being anomalous, shape (n,): below 0 it is."""
        check_is_fitted(self, "result_")
        with refusing():
            return self.detector_.score(self._rows_to_answer(X))

    def score_samples(self, X: Any) -> Floats:
        """Return the score of each row without the threshold, shape (n,): the lower, the odder."""
        return np.asarray(self.decision_function(X) + self.offset_)

    def predict(self, X: Any) -> NDArray[np.int64]:
        """Return -1 for an anomalous row and 1 for another, shape (n,)."""
        return np.where(self.decision_function(X) < 0, -1, 1)

    def explain(self, X: Any, most: int = 20) -> tuple[Anomaly, ...]:
        """Return the oddest rows with the columns that make them so, the oddest first."""
        check_is_fitted(self, "result_")
        with refusing():
            return self.detector_.explain(self._rows_to_answer(X), most)

    @property
    def detector_(self) -> Detector:
        """What scores new rows."""
        check_is_fitted(self, "result_")
        return self.result_.detector

    def save(self, folder: Path | str) -> Path:
        """Write what scores new rows into a folder: JSON and arrays, nothing that runs."""
        return self.detector_.save(folder)

    @staticmethod
    def load(folder: Path | str, *, trust: Collection[str] = ()) -> Detector:
        """Read what `save` wrote; nothing in it is executed but code of its recipe that is trusted by name."""
        return Detector.load(folder, trust=trust)
