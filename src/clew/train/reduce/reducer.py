"""`Reducer`: dimension reduction behind scikit-learn's estimator contract."""

from collections.abc import Collection
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import TransformerMixin
from sklearn.utils.validation import check_is_fitted

from clew.prepare.recipe import Recipe
from clew.train.points.shell import PointsEstimator, listed, refusing
from clew.train.points.terms import Floats
from clew.train.reduce.reduce import reduce
from clew.train.reduce.reduction import Reduction
from clew.train.reduce.result import ReduceResult
from clew.train.reduce.spec import ReduceSpec


class Reducer(TransformerMixin, PointsEstimator):  # type: ignore[misc]
    """Few numbers a row that keep most of many columns, as a scikit-learn transformer.

    Parameters
    ----------
    components, variance, columns, recipe, seed
        As in `clew.train.reduce.spec.ReduceSpec`.

    Attributes
    ----------
    result_ : ReduceResult
        What each number is made of.
    reduction_ : Reduction
        What reduces new rows, and is saved.
    n_features_in_, feature_names_in_
        As in scikit-learn.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> X, _ = load_iris(return_X_y=True)
    >>> Reducer(components=2).fit_transform(X).shape
    (150, 2)
    """

    def __init__(
        self,
        *,
        components: int | None = None,
        variance: float | None = None,
        columns: tuple[str, ...] | None = None,
        recipe: Recipe | None = None,
        seed: int = 0,
    ) -> None:
        self.components = components
        self.variance = variance
        self.columns = columns
        self.recipe = recipe
        self.seed = seed

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002 - scikit-learn hands it over
        """Find the components.

        Parameters
        ----------
        X : Dataset, frame, path or array of shape (n, p)
            The rows.
        y : object, optional
            Not looked at.

        Raises
        ------
        FitError
            If no column tells the rows apart.
        UsageError
            If a parameter makes no sense.
        """
        spec = ReduceSpec(
            components=self.components,
            variance=self.variance,
            columns=listed(self.columns),
            recipe=self.recipe,
            seed=self.seed,
        )
        with refusing():
            self.result_: ReduceResult = reduce(self._rows_to_learn(X), spec)
        return self

    def transform(self, X: Any) -> Floats:
        """Reduce rows, shape (n, components)."""
        check_is_fitted(self, "result_")
        with refusing():
            return self.reduction_.transform(self._rows_to_answer(X))

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[Any]:  # noqa: ARG002 - as scikit-learn asks
        """Return the names of the numbers: ``pc_1``, ``pc_2`` and so on."""
        return np.array(self.reduction_.names, dtype=object)

    @property
    def reduction_(self) -> Reduction:
        """What reduces new rows."""
        check_is_fitted(self, "result_")
        return self.result_.reduction

    def save(self, folder: Path | str) -> Path:
        """Write what reduces new rows into a folder: JSON and arrays, nothing that runs."""
        return self.reduction_.save(folder)

    @staticmethod
    def load(folder: Path | str, *, trust: Collection[str] = ()) -> Reduction:
        """Read what `save` wrote; nothing in it is executed but code of its recipe that is trusted by name."""
        return Reduction.load(folder, trust=trust)
