"""What the model says to one request, ready to be written in any form and to be captured."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from clew.core.predictions import Predictions


def label_text(label: Any) -> str:
    """Spell a class in a column name or key: as CSV and JSON would write the value."""
    return str(label).lower() if isinstance(label, bool | np.bool_) else str(label)


@dataclass(frozen=True, slots=True)
class Answer:
    """Predictions for the rows of a request, as plain Python values.

    Parameters
    ----------
    predictions : list
        A label or number per row.
    probabilities : list of list of float, optional
        Per row the probability of each class; None for a regression.
    classes : tuple
        Labels in the order of the probabilities; empty for a regression.
    """

    predictions: list[Any]
    probabilities: list[list[float]] | None
    classes: tuple[Any, ...]

    def __len__(self) -> int:
        return len(self.predictions)

    @classmethod
    def of(cls, predictions: Predictions) -> "Answer":
        """Take the values out of arrays."""
        probabilities = None if predictions.probabilities is None else predictions.probabilities.tolist()
        return cls(predictions.prediction.tolist(), probabilities, predictions.classes)
