"""Which labels are taken for which: the confusion matrix, with precision and recall of each class."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from clew.core.predictions import Predictions
from clew.define.scoring.inputs import FloatArray, Labels, labels_of, ratio, weights_of
from clew.define.shares import share_of
from clew.define.uncertainty import Interval
from clew.evaluation.views import confusion_view

#: With more labels than this, the rarest are merged into one line.
MAX_LABELS = 50


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """How well one class is told apart.

    Parameters
    ----------
    label : object
        The class.
    rows : int
        Rows of it in the truth.
    precision : Interval
        Share of the rows predicted as it that are of it; NaN where there are none.
    recall : Interval
        Share of its rows that are predicted as it; NaN where there are none.
    """

    label: Any
    rows: int
    precision: Interval
    recall: Interval

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        return {
            "label": self.label,
            "rows": self.rows,
            "precision": self.precision.to_dict(),
            "recall": self.recall.to_dict(),
        }


@dataclass(frozen=True, slots=True, eq=False)
class Confusion:
    """Truth (lines) against prediction (columns).

    Parameters
    ----------
    labels : tuple
        Label of each line and column: the model's classes in their order, then labels it does not know.
    counts : ndarray, shape (k, k) or (k + 1, k + 1)
        Rows, or their weight where rows are weighted; the last line and column hold the merged labels, if any.
    weighted : bool
        Whether `counts` are weights.
    merged : int
        Number of rare labels in the last line and column, 0 where there is none.
    classes : tuple of ClassFigures
        For each of `labels`.
    """

    labels: tuple[Any, ...]
    counts: FloatArray
    weighted: bool
    merged: int
    classes: tuple[ClassFigures, ...]

    @property
    def shares(self) -> FloatArray:
        """Each line divided by its sum; NaN for a label that does not occur in the truth."""
        return ratio(self.counts, self.counts.sum(axis=1, keepdims=True))

    def __repr__(self) -> str:
        return f"Confusion({len(self.labels)} labels)"

    def _repr_html_(self) -> str:
        return confusion_view(self)

    def to_dict(self) -> dict[str, Any]:
        """Return labels, counts, shares and figures of each class, JSON-ready."""
        counts = self.counts if self.weighted else self.counts.astype(int)
        return {
            "labels": list(self.labels),
            "counts": counts.tolist(),
            "shares": [[None if np.isnan(share) else share for share in line] for line in self.shares.tolist()],
            "weighted": self.weighted,
            "merged": self.merged,
            "classes": [item.to_dict() for item in self.classes],
        }


def confusion(predictions: Predictions) -> Confusion:
    """Count which labels are taken for which.

    Parameters
    ----------
    predictions : Predictions
        Of a classification, with truth.

    Raises
    ------
    UsageError
        If there is no truth.
    """
    labels = labels_of(predictions)
    kept = _most_frequent(labels)
    place = np.full(len(labels.names), len(kept))
    place[kept] = np.arange(len(kept))
    merged = len(labels.names) - len(kept)
    size = len(kept) + bool(merged)
    pairs = place[labels.truth] * size + place[labels.prediction]
    counts = np.bincount(pairs, weights_of(predictions), minlength=size * size).astype(np.float64).reshape(size, size)
    return Confusion(
        labels=tuple(labels.names[code] for code in kept),
        counts=counts,
        weighted=predictions.weight is not None,
        merged=merged,
        classes=tuple(_figures(code, labels, predictions) for code in kept),
    )


def _most_frequent(labels: Labels) -> list[int]:
    """Codes of the labels that get a line of their own, in order."""
    if len(labels.names) <= MAX_LABELS:
        return list(range(len(labels.names)))
    frequent = np.argsort(-np.bincount(labels.truth, minlength=len(labels.names)), kind="stable")
    return sorted(int(code) for code in frequent[: MAX_LABELS - 1])


def _figures(code: int, labels: Labels, predictions: Predictions) -> ClassFigures:
    truly, said = labels.truth == code, labels.prediction == code
    return ClassFigures(
        label=labels.names[code],
        rows=int(truly.sum()),
        precision=share_of(truly, said, predictions),
        recall=share_of(said, truly, predictions),
    )
