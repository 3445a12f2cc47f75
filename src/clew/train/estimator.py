"""`AutoClassifier` and `AutoRegressor`: training behind scikit-learn's estimator contract.

They hold no logic of their own: `fit` calls `clew.train.automl.train` and copies the result into attributes. Inheriting
from scikit-learn is what makes `clone`, pipelines and `GridSearchCV` accept them, so this module, alone of all, imports it
when it is loaded; it is loaded when one of the two classes is first used.
"""

from pathlib import Path
from typing import Any, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils.validation import check_consistent_length, check_is_fitted, column_or_1d, validate_data

from clew.collect.dataset import Dataset
from clew.collect.split import SplitSpec
from clew.core.errors import DataError, InputError, UsageError
from clew.define.problem import Task, define_problem
from clew.prepare.recipe import Recipe
from clew.train.arrays import TARGET, WEIGHT, frame_of_array, table_of
from clew.train.automl import TrainResult, TrainSpec, train
from clew.train.model import FittedModel


class FitError(DataError, ValueError):
    """What came in cannot be learnt from; also a ValueError, as scikit-learn's contract wants."""


class _Auto(BaseEstimator):  # type: ignore[misc]
    """What both have in common."""

    def __init__(
        self,
        *,
        time_limit_s: float | None = 60.0,
        trials: int | None = None,
        metric: str | None = None,
        algorithms: tuple[str, ...] | None = None,
        params: dict[str, Any] | None = None,
        recipe: Recipe | None = None,
        split: SplitSpec | None = None,
        max_latency_ms: float | None = 1.0,
        cpus: int | None = None,
        seed: int = 0,
        journal: Path | None = None,
    ) -> None:
        self.time_limit_s = time_limit_s
        self.trials = trials
        self.metric = metric
        self.algorithms = algorithms
        self.params = params
        self.recipe = recipe
        self.split = split
        self.max_latency_ms = max_latency_ms
        self.cpus = cpus
        self.seed = seed
        self.journal = journal

    def fit(
        self,
        X: Any,
        y: Any = None,
        *,
        target: str | None = None,
        sample_weight: Any = None,
        validation: Any = None,
    ) -> Self:
        """Search for the best model.

        Parameters
        ----------
        X : Dataset, frame, path or array of shape (n, p)
            Features; with `target` the target among them. Columns of an array are numbers named ``x0``, ``x1`` …
        y : array-like of shape (n,), optional
            Labels or numbers.
        target : str, optional
            Column to predict, instead of `y`.
        sample_weight : array-like of shape (n,), optional
            Weight of each row, from 0 upwards.
        validation : Dataset, frame or path, optional
            Rows that judge, instead of folds; only with `target`.

        Returns
        -------
        AutoClassifier or AutoRegressor
            Itself.

        Raises
        ------
        FitError
            If nothing can be learnt from the rows; the message says why.
        UsageError
            If neither or both of `y` and `target` are given, or a parameter makes no sense.
        """
        if (y is None) == (target is None):
            if y is None and target is None and not isinstance(X, str | Path | Dataset):
                validate_data(self, X, y, dtype=None, ensure_all_finite="allow-nan")
            raise UsageError("Give either `y` or `target`.", hint="fit(X, y), or fit(data, target='column').")
        try:
            dataset = self._dataset(X, y, target, sample_weight)
            self._train(dataset, validation)
        except UsageError:
            raise
        except InputError as error:
            raise FitError(error.message, hint=error.hint) from error
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        """Predict rows.

        Parameters
        ----------
        X : Dataset, frame, path or array of shape (n, p)
            With the columns of the training rows.

        Returns
        -------
        ndarray, shape (n,)
            Labels or numbers.
        """
        return self._predictions(X).prediction

    @property
    def leaderboard_(self) -> pl.DataFrame:
        """The ensemble and every configuration that was tried, the best first."""
        check_is_fitted(self, "result_")
        rows = [{**row.to_dict(), "params": str(dict(row.params))} for row in self.result_.leaderboard]
        return pl.DataFrame(rows)

    @property
    def model_(self) -> FittedModel:
        """The fitted model."""
        check_is_fitted(self, "result_")
        return self.result_.model

    def _dataset(self, X: Any, y: Any, target: str | None, weight: Any) -> Dataset:
        if target is not None:
            return table_of(X).with_target(target)
        if _is_array(X):
            X, y = validate_data(
                self, X, y, dtype=None, ensure_all_finite="allow-nan", y_numeric=self._task is Task.REGRESSION
            )
            dataset = frame_of_array(X)
        else:
            dataset = table_of(X)
            y = column_or_1d(y, warn=True)
            check_consistent_length(dataset.frame, y)
            if not isinstance(X, str | Path | Dataset):
                validate_data(self, X, skip_check_array=True)
        return dataset.with_extra(TARGET, y, WEIGHT, weight)

    def _train(self, dataset: Dataset, validation: Any) -> None:
        raise NotImplementedError
