"""What a model said about rows: all that metrics, comparison, fairness and monitoring ever take."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from clew.core.predictions_view import predictions_view


@dataclass(frozen=True, slots=True)
class Predictions:
    """Predictions for ``n`` rows, in the order in which the rows came.

    Parameters
    ----------
    prediction : ndarray, shape (n,)
        Predicted label (as in the data, dtype object) or number (float64).
    probabilities : ndarray, shape (n, k), optional
        Probability of each class, float64, rows sum to 1; None for regression.
    classes : tuple
        The k labels, in the order of the columns of `probabilities`; empty for regression.
    positive : object, optional
        The label of interest in a binary task.
    truth : ndarray, shape (n,), optional
        What really was, like `prediction`.
    row_id : ndarray, shape (n,), optional
        Identifies the rows; the position if None.
    weight : ndarray, shape (n,), optional
        Weight of each row, float64.
    group : ndarray, shape (n,), optional
        Rows of one group are resampled together when uncertainty is estimated.
    low, high : ndarray, shape (n,), optional
        Between which numbers the truth lies as often as `share` says; only for a regression.
    share : float, optional
        Share of rows whose truth is to lie between `low` and `high`.
    """

    prediction: NDArray[Any]
    probabilities: NDArray[np.float64] | None = None
    classes: tuple[Any, ...] = ()
    positive: Any = None
    truth: NDArray[Any] | None = None
    row_id: NDArray[Any] | None = None
    weight: NDArray[np.float64] | None = None
    group: NDArray[Any] | None = None
    low: NDArray[np.float64] | None = None
    high: NDArray[np.float64] | None = None
    share: float | None = None

    def __len__(self) -> int:
        return len(self.prediction)

    def take(self, rows: NDArray[Any]) -> Self:
        """Return the predictions for some rows.

        Parameters
        ----------
        rows : ndarray
            Positions (int) or a mask (bool, shape (n,)).
        """

        def pick(values: NDArray[Any] | None) -> NDArray[Any] | None:
            return None if values is None else values[rows]

        return replace(
            self,
            prediction=self.prediction[rows],
            probabilities=pick(self.probabilities),
            truth=pick(self.truth),
            row_id=pick(self.row_id),
            weight=pick(self.weight),
            group=pick(self.group),
            low=pick(self.low),
            high=pick(self.high),
        )

    @property
    def positive_probability(self) -> NDArray[np.float64]:
        """Probability of the positive class, shape (n,); only for binary tasks."""
        if self.probabilities is None or self.positive is None:
            raise ValueError("Only predictions of a binary task have a positive class.")
        return self.probabilities[:, self.classes.index(self.positive)]

    def __repr__(self) -> str:
        kind = f"{len(self.classes)} classes" if self.classes else "numbers"
        return f"Predictions({len(self)} rows, {kind}{', with truth' if self.truth is not None else ''})"

    def _repr_html_(self) -> str:
        return predictions_view(self)
