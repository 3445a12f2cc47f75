"""What the scikit-learn estimators over points have in common."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import validate_data

from clew.collect.arrays import dataset_of_array, is_array
from clew.collect.dataset import Dataset
from clew.collect.source import read
from clew.core.errors import InputError, UsageError
from clew.core.excerpt import cut
from clew.core.html import badge, element, fragment, pairs
from clew.train.estimator import FitError


def listed(columns: Sequence[str] | None) -> tuple[str, ...] | None:
    """Return the names of columns to compare by; one may stand alone."""
    if columns is None:
        return None
    return (columns,) if isinstance(columns, str) else tuple(columns)


class PointsEstimator(BaseEstimator):  # type: ignore[misc]
    """An estimator that learns from rows without a target."""

    def _rows_to_learn(self, X: Any) -> Dataset:
        """Return the rows as a dataset, arrays checked as scikit-learn checks them, and remember the columns."""
        if is_array(X):
            X = validate_data(self, X, dtype="numeric", ensure_all_finite="allow-nan", ensure_min_samples=2)
            return dataset_of_array(X)
        dataset = read(X)
        names = [column.name for column in dataset.schema.features]
        self.n_features_in_ = len(names)
        self.feature_names_in_ = np.array(names, dtype=object)
        return dataset

    def _rows_to_answer(self, X: Any) -> Any:
        """Return rows in a form that fitted points read."""
        if is_array(X):
            X = validate_data(self, X, reset=False, dtype="numeric", ensure_all_finite="allow-nan")
            return dataset_of_array(X, getattr(self, "feature_names_in_", None))
        if not isinstance(X, str | Path | Dataset) and not hasattr(self, "feature_names_in_"):
            return self._rows_to_answer(np.asarray(X))
        return X

    def _repr_html_(self) -> str:
        name = type(self).__name__
        result = getattr(self, "result_", None)
        if result is not None:
            return str(result._repr_html_())
        stated = ((key, cut(value)) for key, value in sorted(self.get_params(deep=False).items()) if value is not None)
        return fragment(element("h3", name, " ", badge("not fitted")), pairs(stated), title=name)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        # Notebooks ask for this first, and scikit-learn would answer with its own diagram.
        return {"text/plain": repr(self), "text/html": self._repr_html_()}

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


@contextmanager
def refusing() -> Iterator[None]:
    """Turn an error about rows into one that is a ValueError too, as scikit-learn's contract wants.

    Raises
    ------
    FitError
        If the rows cannot be used.
    """
    try:
        yield
    except UsageError:
        raise
    except InputError as error:
        raise FitError(error.message, hint=error.hint) from error
