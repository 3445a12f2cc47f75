"""Estimators of the user's own: whatever keeps scikit-learn's contract."""

import inspect
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from clew.core.errors import DataError, UsageError, did_you_mean
from clew.prepare.matrix import Matrix
from clew.store.artifacts import load_arrays, load_sklearn, save_arrays, save_sklearn
from clew.train.estimators.base import Engine, EstimatorSpec, Floats, Honours, Order, Part
from clew.train.estimators.columns import normalised
from clew.train.estimators.described import build, found
from clew.train.estimators.plain_table import PlainTable
from clew.train.space import Domain

_MODEL, _COLUMNS = "estimator.skops", "columns.npz"


class Foreign(EstimatorSpec):
    """An estimator that keeps scikit-learn's contract, by the name of its class.

    It is given float64 numbers: standardised, missing ones filled, categories as ones and zeros (see
    `clew.train.estimators.plain_table`), and class indices from 0 upwards. A ``random_state`` that is not stated is
    set; weights reach every part of it that takes them. Stored with skops.

    One row is asked as a table of one row, so that its last bits may differ from those of the same row among many.

    Parameters
    ----------
    name : str
        As ``"package.module.Class"``; importing it runs its code.
    """

    honours = Honours(monotone=False, weights=True, missing=False, categories=False, early_stopping=False)
    interruptible = False
    defaults: ClassVar[Mapping[str, Any]] = {}
    space: ClassVar[Mapping[str, Domain]] = {}

    def __init__(self, name: str) -> None:
        self.name = name
        self.label = name.rpartition(".")[2]

    def named(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters, checked by what the class says of itself."""
        self.check_names(params)
        build(self.name, params)
        return dict(params)

    def check_names(self, params: Collection[str]) -> None:
        """Refuse parameters that the class does not have; whether it takes their values is seen when it is made."""
        known = dict(inspect.signature(found(self.name).__init__).parameters)
        del known["self"]
        open_ended = any(parameter.kind is parameter.VAR_KEYWORD for parameter in known.values())
        for given in params:
            if "__" not in given and given not in known and not open_ended:
                raise UsageError(
                    f"{self.label} has no parameter {given!r}.",
                    hint=did_you_mean(given, known),
                )

    def warm(self) -> None:
        """Import the class."""
        found(self.name)

    def _fit(self, part: Part, stop: Part | None, order: Order) -> Engine:  # noqa: ARG002 - no rounds
        estimator = _seeded(build(self.name, order.params), order)
        if order.task.is_classification and not hasattr(estimator, "predict_proba"):
            raise UsageError(
                f"{self.label} gives labels and no probabilities (`predict_proba`), which members are weighed by.",
                hint=f"Wrap it: sklearn.calibration.CalibratedClassifierCV(estimator={self.label}(…)).",
            )
        columns = PlainTable.fit(part, order)
        fitted = _fitted(estimator, columns.table(part.matrix), part)
        engine = ForeignEngine(fitted, columns, order.classes)
        answer = engine.values(part.take(np.arange(min(2, len(part)))).matrix, 1)
        if not np.isfinite(answer).all():
            raise DataError(f"{self.label} answers with numbers that are not finite.", hint="Leave it out.")
        return engine

    def _unit(self, params: Mapping[str, Any], target: Floats) -> float:  # noqa: ARG002 - it gets what it was made for
        """Return 1."""
        return 1.0

    def _load(self, folder: Path) -> Engine:
        return self._load_trusted(folder, ())

    def _load_trusted(self, folder: Path, trust: Collection[str]) -> Engine:
        arrays = load_arrays(folder / _COLUMNS)
        classes = int(arrays.pop("classes"))
        return ForeignEngine(load_sklearn(folder / _MODEL, trust=trust), PlainTable.of_arrays(arrays), classes)

    def _refusals(self) -> tuple[type[Exception], ...]:
        # Whatever a stranger's code raises says that it cannot learn from these rows.
        return (Exception,)


@dataclass(frozen=True)
class ForeignEngine(Engine):
    """A fitted estimator, and the columns that it wants.

    Parameters
    ----------
    estimator : object
        What was fitted.
    columns : PlainTable
        From the matrix to its columns.
    classes : int
        Classes that it tells apart, 0 for numbers.
    """

    estimator: Any
    columns: PlainTable
    classes: int

    def values(self, matrix: Matrix, threads: int) -> Floats:  # noqa: ARG002 - the estimator knows how many
        """Return probabilities or numbers of many rows."""
        rows = self.columns.table(matrix)
        try:
            if not self.classes:
                return np.asarray(self.estimator.predict(rows), dtype=np.float64).reshape(len(rows))
            answer = np.asarray(self.estimator.predict_proba(rows), dtype=np.float64)
        except Exception as error:
            raise DataError(
                f"{type(self.estimator).__name__} cannot answer {len(rows)} rows: {type(error).__name__}: {error}.",
                hint="Change its parameters, or leave it out.",
            ) from error
        if answer.shape != (len(rows), self.classes):
            raise DataError(
                f"{type(self.estimator).__name__} answers {len(rows)} rows and {self.classes} classes with an array of "
                f"shape {answer.shape}.",
                hint="`predict_proba` returns one column for each class.",
            )
        return normalised(answer)

    def values_row(self, numeric: NDArray[np.float32], codes: NDArray[np.int32]) -> Floats:
        """Return probabilities or a number of one row."""
        return self.values(self.columns.one_row(numeric, codes), 1)

    def save(self, folder: Path) -> None:
        """Write the estimator, and its columns."""
        save_sklearn(self.estimator, folder / _MODEL)
        save_arrays(folder / _COLUMNS, {**self.columns.arrays(), "classes": np.array(self.classes)})


def _seeded(estimator: Any, order: Order) -> Any:
    """Set the seeds that are left open, so that the same again gives the same."""
    stated = estimator.get_params(deep=True).items()
    seeds = [name for name, value in stated if name.split("__")[-1] == "random_state" and value is None]
    return estimator.set_params(**dict.fromkeys(seeds, order.seed))


def _fitted(estimator: Any, rows: Floats, part: Part) -> Any:
    from sklearn import config_context
    from sklearn.utils.validation import has_fit_parameter

    if part.weight is None:
        return estimator.fit(rows, part.target)
    if has_fit_parameter(estimator, "sample_weight"):
        return estimator.fit(rows, part.target, sample_weight=part.weight)
    with config_context(enable_metadata_routing=True):
        parts = [estimator, *(v for v in estimator.get_params(deep=True).values() if hasattr(v, "set_fit_request"))]
        asking = [one for one in parts if has_fit_parameter(one, "sample_weight")]
        if not asking:
            raise UsageError(
                f"{type(estimator).__name__} takes no weights (`sample_weight` in `fit`), and the rows have some.",
                hint="Leave it out, or take the role `weight` from the column.",
            )
        for one in asking:
            one.set_fit_request(sample_weight=True)
        return estimator.fit(rows, part.target, sample_weight=part.weight)
