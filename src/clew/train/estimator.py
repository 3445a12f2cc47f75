"""`AutoClassifier` and `AutoRegressor`: training behind scikit-learn's estimator contract.

They hold no logic of their own: `fit` calls `clew.train.automl.train` and copies the result into attributes. Inheriting
from scikit-learn is what makes `clone`, pipelines and `GridSearchCV` accept them, so this module, alone of all, imports
it when it is loaded; it is loaded when one of the two classes is first used.
"""

import json
import time
from collections.abc import Callable, Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length, check_is_fitted, column_or_1d, validate_data

from clew.collect.arrays import dataset_of_array, is_array
from clew.collect.dataset import Dataset
from clew.collect.source import read
from clew.collect.split import SplitSpec
from clew.core.errors import DataError, InputError, UsageError
from clew.core.predictions import Predictions
from clew.define.custom_metric import as_metric
from clew.define.problem import Task, define_problem
from clew.prepare.recipe import Recipe
from clew.train.arrays import TARGET, copies_together, is_missing, with_answer
from clew.train.automl import TrainResult, TrainSpec, train
from clew.train.estimators.described import Described, describe_estimator, foreign_names
from clew.train.model import FittedModel
from clew.train.spread import interval_levels
from clew.train.views import estimator_view

Answers = TypeVar("Answers")


class FitError(DataError, ValueError):
    """What came in cannot be learnt from; also a ValueError, as scikit-learn's contract wants."""


class _Auto(BaseEstimator):  # type: ignore[misc]
    """What both have in common."""

    def __init__(
        self,
        *,
        time_limit_s: float | None = 60.0,
        trials: int | None = None,
        metric: Any = None,
        algorithms: tuple[Any, ...] | None = None,
        params: dict[str, Any] | None = None,
        engine: str = "clew",
        device: str = "cpu",
        recipe: Recipe | None = None,
        split: SplitSpec | None = None,
        max_latency_ms: float | Literal["auto"] | None = "auto",
        max_size_mb: float | None = None,
        cpus: int | None = None,
        seed: int = 0,
        journal: Path | None = None,
        trust: tuple[str, ...] = (),
    ) -> None:
        self.time_limit_s = time_limit_s
        self.trials = trials
        self.metric = metric
        self.algorithms = algorithms
        self.params = params
        self.engine = engine
        self.device = device
        self.recipe = recipe
        self.split = split
        self.max_latency_ms = max_latency_ms
        self.max_size_mb = max_size_mb
        self.cpus = cpus
        self.seed = seed
        self.journal = journal
        self.trust = trust

    def fit(
        self,
        X: Any,
        y: Any = None,
        *,
        target: str | None = None,
        sample_weight: Any = None,
        groups: Any = None,
        validation: Any = None,
        continue_from: Any = None,
    ) -> Self:
        """Search for the best model.

        Parameters
        ----------
        X : Dataset, frame, path or array of shape (n, p)
            Features; with `target` the target among them. Columns of an array are numbers named ``x0``, ``x1`` …
            Copies of a row of numbers are taken together, with their weights added.
        y : array-like of shape (n,), optional
            Labels or numbers; beside a frame some may be missing, whose rows are left out.
        target : str, optional
            Column to predict, instead of `y`.
        sample_weight : array-like of shape (n,), optional
            Weight of each row, from 0 upwards.
        groups : array-like of shape (n,), optional
            Group of each row: rows of one group stay together in every fold. A row without one (None, NaN) is a group
            of its own.
        validation : Dataset, frame or path, optional
            Rows that judge, instead of folds; only with `target`.
        continue_from : FittedModel, Bundle, AutoClassifier or AutoRegressor, optional
            A model of boosters that learn more rounds from these rows, through the recipe that they have.

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
        started = time.monotonic()
        if target is not None and y is not None:
            raise UsageError("Both `y` and `target` are given.", hint="fit(X, y), or fit(data, target='column').")
        if target is not None and sample_weight is not None:
            raise UsageError("`sample_weight` goes with `y`.", hint="Give the weight's column the role weight.")
        if target is not None and groups is not None:
            raise UsageError("`groups` goes with `y`.", hint="Give the group's column the role group.")
        if target is None and validation is not None:
            raise UsageError("`validation` goes with `target`.", hint="fit(data, target='column', validation=rows).")
        try:
            dataset = self._labelled(X, y, sample_weight, groups) if target is None else read(X).with_target(target)
            dataset = copies_together(dataset) if target is None else dataset
            start = getattr(continue_from, "model_", getattr(continue_from, "model", continue_from))
            self._train(dataset, None if validation is None else read(validation), started, start)
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
        return self._asked(X).prediction

    @property
    def leaderboard_(self) -> pl.DataFrame:
        """The ensemble and every configuration that was tried, the best first."""
        check_is_fitted(self, "result_")
        rows = [{**row.to_dict(), "params": json.dumps(dict(row.params))} for row in self.result_.leaderboard]
        return pl.DataFrame(rows)

    @property
    def model_(self) -> FittedModel:
        """The fitted model."""
        check_is_fitted(self, "result_")
        return self.result_.model

    def _repr_html_(self) -> str:
        return estimator_view(self)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        # Notebooks ask for this first, and scikit-learn would answer with its own diagram.
        return {"text/plain": repr(self), "text/html": self._repr_html_()}

    def _labelled(self, X: Any, y: Any, weight: Any, groups: Any) -> Dataset:
        """Return features and answer as one dataset, checked as scikit-learn checks them."""
        regression = self._regression()
        if is_array(X):
            X, y = validate_data(
                self, X, y, dtype="numeric", ensure_all_finite="allow-nan", ensure_min_samples=2, y_numeric=regression
            )
            dataset = dataset_of_array(X)
        else:
            if y is None:
                raise UsageError("There is nothing to learn: neither `y` nor `target` is given.", hint="fit(X, y).")
            dataset, y = read(X), column_or_1d(_as_they_are(y), warn=True)
            check_consistent_length(dataset.frame, y)
            _remember_columns(self, dataset)
        if not regression:
            _check_classes(y)
        if weight is not None:
            weight = column_or_1d(weight, dtype=np.float64)
            check_consistent_length(y, weight)
        if groups is not None:
            groups = column_or_1d(_as_they_are(groups))
            check_consistent_length(y, groups)
        return with_answer(dataset, y, Task.REGRESSION if regression else None, weight, groups)

    def _train(
        self, dataset: Dataset, validation: Dataset | None, started: float, start: FittedModel | None = None
    ) -> None:
        column = dataset.schema.target
        if column is None:
            raise UsageError("The dataset has no target.", hint="Name it: fit(data, target='column').")
        values = dataset.frame[column.name]
        task, positive = self._task(values), getattr(self, "positive", None)
        named = self.metric if isinstance(self.metric, str | None) else None
        costs = _costs(getattr(self, "costs", None))
        problem = define_problem(values, column, task=task, metric=named, positive=positive, costs=costs)
        algorithms = None if self.algorithms is None else tuple(map(_algorithm, _several(self.algorithms)))
        own = [name for item in algorithms or () for name in _given(item)]
        spec = TrainSpec(
            time_limit_s=self.time_limit_s,
            trials=self.trials,
            algorithms=algorithms,
            params=self.params,
            engine=self.engine,
            device=self.device,
            max_latency_ms=self.max_latency_ms,
            max_size_mb=self.max_size_mb,
            cpus=self.cpus,
            seed=self.seed,
            split=self.split if self.split is not None else SplitSpec(),
            recipe=self.recipe,
            journal=_folder(self.journal),
            metric=None if named is self.metric else as_metric(self.metric),
            continue_from=start,
            trust=(*self.trust, *own),
        )
        if validation is not None:
            validation = validation.with_target(column.name)
        self.result_: TrainResult = train(dataset, problem, spec, validation=validation, started=started)
        # What monitoring will compare later rows with.
        self.statistics_ = self.result_.statistics
        features = [c.name for c in dataset.schema.features]
        if not hasattr(self, "n_features_in_") or column.name != TARGET:
            self.n_features_in_ = len(features)
            self.feature_names_in_ = np.array(features, dtype=object)

    def _asked(self, X: Any) -> Predictions:
        return self._of_model(X, FittedModel.predict)

    def _of_model(self, X: Any, ask: Callable[[FittedModel, Any], Answers]) -> Answers:
        """Ask the model about rows, which an array is turned into."""
        check_is_fitted(self, "result_")
        model = self.result_.model
        try:
            if is_array(X):
                X = validate_data(self, X, reset=False, dtype="numeric", ensure_all_finite="allow-nan")
                names = getattr(self, "feature_names_in_", None)
                return ask(model, dataset_of_array(X, names))
            if not isinstance(X, str | Path | Dataset) and not hasattr(self, "feature_names_in_"):
                return self._of_model(np.asarray(X), ask)
            return ask(model, X)
        except UsageError:
            raise
        except InputError as error:
            raise FitError(error.message, hint=error.hint) from error

    def _regression(self) -> bool:
        raise NotImplementedError

    def _task(self, values: pl.Series) -> Task:
        raise NotImplementedError

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.non_deterministic = self.trials is None  # what fits into seconds depends on the machine
        return tags


class AutoClassifier(ClassifierMixin, _Auto):  # type: ignore[misc]
    """The best classifier that the limit allows, as a scikit-learn estimator.

    Parameters
    ----------
    time_limit_s : float, optional
        Seconds for everything; 60 by default.
    trials : int, optional
        Number of configurations instead; the result can then be repeated bit by bit.
    metric : str, Metric or callable, optional
        What decides, by default ``roc_auc`` for two classes and ``log_loss`` for more. One of your own is made by
        `clew.define.custom_metric.metric`; a function says which direction is better by ``greater_is_better``.
    positive : object, optional
        Label of interest where there are two.
    costs : dict, optional
        What errors of a binary task cost, e.g. ``{"false_positive": 1, "false_negative": 5}``; they set the threshold.
    algorithms : tuple, str or estimator, optional
        Names of algorithms, and estimators of your own: instances or classes that keep scikit-learn's contract, or
        classes spelt ``"package.module.Class"``.
    params, engine, device, recipe, split, max_latency_ms, max_size_mb, cpus, seed, journal, trust
        As in `clew.train.spec.TrainSpec`.

    Attributes
    ----------
    classes_ : ndarray, shape (k,)
        Labels in the order of `predict_proba`.
    result_ : TrainResult
        Model, score with its interval, findings.
    model_ : FittedModel
        What predicts.
    leaderboard_ : polars.DataFrame
        What was tried.
    n_features_in_, feature_names_in_
        As in scikit-learn.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> model = AutoClassifier(trials=1, algorithms=("linear",)).fit(X, y)
    >>> model.predict_proba(X[:1]).round().tolist()
    [[1.0, 0.0, 0.0]]
    """

    def __init__(
        self,
        *,
        time_limit_s: float | None = 60.0,
        trials: int | None = None,
        metric: Any = None,
        positive: Any = None,
        costs: dict[str, float] | None = None,
        algorithms: tuple[Any, ...] | None = None,
        params: dict[str, Any] | None = None,
        engine: str = "clew",
        device: str = "cpu",
        recipe: Recipe | None = None,
        split: SplitSpec | None = None,
        max_latency_ms: float | Literal["auto"] | None = "auto",
        max_size_mb: float | None = None,
        cpus: int | None = None,
        seed: int = 0,
        journal: Path | None = None,
        trust: tuple[str, ...] = (),
    ) -> None:
        super().__init__(
            time_limit_s=time_limit_s,
            trials=trials,
            metric=metric,
            algorithms=algorithms,
            params=params,
            engine=engine,
            device=device,
            recipe=recipe,
            split=split,
            max_latency_ms=max_latency_ms,
            max_size_mb=max_size_mb,
            cpus=cpus,
            seed=seed,
            journal=journal,
            trust=trust,
        )
        self.positive = positive
        self.costs = costs

    def predict(self, X: Any) -> NDArray[Any]:
        """Predict the label of each row, shape (n,), of the type of the training labels."""
        return self._asked(X).prediction.astype(self.classes_.dtype)

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Predict the probability of each class, shape (n, k), in the order of `classes_`."""
        probabilities = self._asked(X).probabilities
        assert probabilities is not None  # noqa: S101 - a classifier has them
        return probabilities

    def _train(
        self, dataset: Dataset, validation: Dataset | None, started: float, start: FittedModel | None = None
    ) -> None:
        super()._train(dataset, validation, started, start)
        self.classes_ = np.array(list(self.result_.model.classes))

    def _regression(self) -> bool:
        return False

    def _task(self, values: pl.Series) -> Task:
        if values.dtype.is_float() and (values.drop_nulls() % 1.0 != 0.0).any():
            raise FitError(
                f"The target {values.name!r} holds numbers with fractions, and a classifier needs labels.",
                hint="Use AutoRegressor, or turn the numbers into labels first.",
            )
        return Task.BINARY if values.drop_nulls().n_unique() <= 2 else Task.MULTICLASS


class AutoRegressor(RegressorMixin, _Auto):  # type: ignore[misc]
    """The best regressor that the limit allows, as a scikit-learn estimator.

    Parameters
    ----------
    time_limit_s, trials, metric, algorithms, params, engine, device, recipe, split, max_latency_ms, max_size_mb, cpus,
    seed, journal, trust
        As for `AutoClassifier`; the metric is ``rmse`` by default.

    Attributes
    ----------
    result_, model_, leaderboard_, n_features_in_, feature_names_in_
        As for `AutoClassifier`.
    """

    def predict_interval(self, X: Any, interval: float = 0.9) -> NDArray[np.float64]:
        """Say between which numbers the truth lies.

        Parameters
        ----------
        X : Dataset, frame, path or array of shape (n, p)
            With the columns of the training rows.
        interval : float, default 0.9
            Share of rows whose truth is to lie between them, from 0.01 to 0.99.

        Returns
        -------
        ndarray, shape (n, 2)
            Lower and upper end.
        """
        return self.predict_quantiles(X, interval_levels(interval))

    def predict_quantiles(self, X: Any, levels: Any) -> NDArray[np.float64]:
        """Predict quantiles of the truth, e.g. what it exceeds in one of ten rows.

        Parameters
        ----------
        X : Dataset, frame, path or array of shape (n, p)
            With the columns of the training rows.
        levels : float or sequence of float
            From 0.005 to 0.995.

        Returns
        -------
        ndarray, shape (n, len(levels))
        """
        return self._of_model(X, lambda model, rows: model.quantiles(rows, levels))

    def _regression(self) -> bool:
        return True

    def _task(self, values: pl.Series) -> Task:  # noqa: ARG002 - whatever the values are
        return Task.REGRESSION


def _several(algorithms: Any) -> Any:
    """Return the algorithms, also where one stands alone."""
    alone = isinstance(algorithms, str) or hasattr(algorithms, "fit") or not isinstance(algorithms, Iterable)
    return (algorithms,) if alone else algorithms


def _algorithm(named: Any) -> str | Described:
    """Return an algorithm's name, or an estimator's description."""
    return named if isinstance(named, str | Described) else describe_estimator(named)


def _given(algorithm: str | Described) -> tuple[str, ...]:
    """Return the classes that are trusted because the caller has handed them over, not their names."""
    return () if isinstance(algorithm, str) else tuple(foreign_names(algorithm.name, algorithm.params))


def _costs(stated: Any) -> dict[str, float]:
    """Return what errors cost, by kind of error."""
    if stated is not None and not isinstance(stated, Mapping):
        raise UsageError(
            f"`costs` is {stated!r}, and it takes one mapping.",
            hint='Write e.g. {"false_positive": 1, "false_negative": 5}.',
        )
    return dict(stated or {})


def _folder(stated: Any) -> Path | None:
    """Return the folder of the journal."""
    if stated is None or isinstance(stated, str | PathLike):
        return None if stated is None else Path(stated)
    raise UsageError(f"`journal` is {stated!r}, and it takes the path of a folder.", hint='Write e.g. "search".')


def _as_they_are(values: Any) -> Any:
    """Return texts such that a NaN among them stays one: NumPy would spell it out."""
    texts = isinstance(values, list | tuple) and any(isinstance(value, str) for value in values)
    return np.array(values, dtype=object) if texts else values


def _check_classes(y: NDArray[Any]) -> None:
    """Refuse labels that cannot be told apart; those that are missing are left out with their rows (``ME101``)."""
    missing = is_missing(y)
    known = np.array(y[~missing].tolist()) if missing.any() else y
    if not len(known):
        raise FitError(f"`y` has no label in any of {len(y)} rows.", hint="Give the labels of at least some rows.")
    check_classification_targets(known)
    if len(np.unique(known)) == 1:
        raise FitError(
            f"`y` holds a single class, {known[0]!r}.", hint="A classifier learns to tell at least two apart."
        )


def _remember_columns(estimator: BaseEstimator, dataset: Dataset) -> None:
    names = [column.name for column in dataset.schema]
    estimator.n_features_in_ = len(names)
    estimator.feature_names_in_ = np.array(names, dtype=object)
