"""ROC and precision-recall curves, and what each decision threshold would do."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from clew.core.predictions import Predictions
from clew.define.scoring.inputs import FloatArray, labels_of, probabilities_of, weights_of
from clew.define.scoring.ranking import tied
from clew.define.shares import Mask, share_of
from clew.define.uncertainty import Interval
from clew.evaluation.views import curves_view

#: A curve is drawn by at most this many of its points.
MAX_POINTS = 200
#: Of more classes than this, the most frequent get a curve.
MAX_CURVES = 8
#: Thresholds of the table, besides the model's own.
THRESHOLDS = (0.01, 0.02, *(round(0.05 * step, 2) for step in range(1, 20)), 0.98, 0.99)


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Points of a curve, from the highest threshold to the lowest.

    Parameters
    ----------
    label : object
        The class that counts as positive.
    x, y : ndarray, shape (m,)
        False and true positive rate of a ROC curve; recall and precision of a precision-recall curve.
    thresholds : ndarray, shape (m,)
        Positive is predicted from this probability on; infinite where nothing is.
    """

    label: Any
    x: FloatArray
    y: FloatArray
    thresholds: FloatArray

    def to_dict(self) -> dict[str, Any]:
        """Return the points, JSON-ready; an infinite threshold is None."""
        return {
            "label": self.label,
            "x": self.x.tolist(),
            "y": self.y.tolist(),
            "thresholds": [None if math.isinf(value) else value for value in self.thresholds.tolist()],
        }


@dataclass(frozen=True, slots=True)
class Curves:
    """Curves of the positive class, or of each class against the rest.

    Parameters
    ----------
    roc, pr : tuple of Curve
        One for each class that has positive and negative rows, the most frequent first; empty where there is none.
    """

    roc: tuple[Curve, ...]
    pr: tuple[Curve, ...]

    def __repr__(self) -> str:
        return f"Curves(of {', '.join(repr(curve.label) for curve in self.roc[:6]) or 'no class'})"

    def _repr_html_(self) -> str:
        return curves_view(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the curves, JSON-ready."""
        return {"roc": [curve.to_dict() for curve in self.roc], "pr": [curve.to_dict() for curve in self.pr]}


@dataclass(frozen=True, slots=True)
class Threshold:
    """What one decision threshold would do.

    Parameters
    ----------
    threshold : float
        Positive is predicted from this probability on.
    precision, recall, f1 : Interval
        Of the positive class.
    predicted : Interval
        Share of rows predicted positive.
    chosen : bool
        Whether it is the model's own.
    """

    threshold: float
    precision: Interval
    recall: Interval
    f1: Interval
    predicted: Interval
    chosen: bool

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        figures = {name: getattr(self, name).to_dict() for name in ("precision", "recall", "f1", "predicted")}
        return {"threshold": self.threshold, **figures, "chosen": self.chosen}


def curves(predictions: Predictions) -> Curves:
    """Return the ROC and precision-recall curves of probabilities.

    Parameters
    ----------
    predictions : Predictions
        With truth and probabilities.

    Raises
    ------
    UsageError
        If one of them is missing.
    """
    labels = labels_of(predictions, with_prediction=False)
    scores = probabilities_of(predictions, labels)
    weight = weights_of(predictions)
    counts = np.bincount(labels.truth, minlength=len(labels.names))
    if labels.positive is not None:
        chosen = [labels.positive]
    else:
        chosen = [int(code) for code in np.argsort(-counts, kind="stable")[:MAX_CURVES]]
    roc, pr = [], []
    for code in chosen:
        positive = labels.truth == code
        if weight[positive].sum() > 0 and weight[~positive].sum() > 0 and not np.isnan(scores[:, code]).any():
            first, second = _pair(labels.names[code], scores[:, code], positive, weight)
            roc.append(first)
            pr.append(second)
    return Curves(tuple(roc), tuple(pr))


def _pair(label: Any, scores: FloatArray, positive: Mask, weight: FloatArray) -> tuple[Curve, Curve]:
    order, starts = tied(-scores)
    ends = np.append(starts[1:], len(order)) - 1
    ordered = weight[order]
    hits = np.cumsum(ordered * positive[order])[ends]
    alarms = np.cumsum(ordered * ~positive[order])[ends]
    thresholds = scores[order[ends]]
    # Rows without weight that score above all others would leave nothing to take a precision of.
    seen = hits + alarms > 0
    hits, alarms, thresholds = hits[seen], alarms[seen], thresholds[seen]
    roc = _thinned(
        label,
        np.append(0.0, alarms / alarms[-1]),
        np.append(0.0, hits / hits[-1]),
        np.append(np.inf, thresholds),
    )
    return roc, _thinned(label, hits / hits[-1], hits / (hits + alarms), thresholds)


def _thinned(label: Any, x: FloatArray, y: FloatArray, thresholds: FloatArray) -> Curve:
    """Keep points at even distances along the curve, both ends among them, where there are very many."""
    if len(x) <= MAX_POINTS:
        return Curve(label, x, y, thresholds)
    way = np.append(0.0, np.cumsum(np.abs(np.diff(x)) + np.abs(np.diff(y))))
    kept = np.unique(np.searchsorted(way, np.linspace(0.0, way[-1], MAX_POINTS)).clip(max=len(x) - 1))
    kept = np.union1d(kept, [0, len(x) - 1])
    return Curve(label, x[kept], y[kept], thresholds[kept])


def threshold_table(predictions: Predictions, chosen: float | None = None) -> tuple[Threshold, ...]:
    """Return what each of `THRESHOLDS` would do in a binary task.

    Parameters
    ----------
    predictions : Predictions
        Of a binary task, with truth and probabilities.
    chosen : float, optional
        The model's own threshold, which gets a line as well.

    Returns
    -------
    tuple of Threshold
        From the lowest to the highest.
    """
    labels = labels_of(predictions, with_prediction=False)
    score = probabilities_of(predictions, labels)[:, labels.positive if labels.positive is not None else 0]
    positive = labels.truth == labels.positive
    every = sorted({*THRESHOLDS, *(() if chosen is None else (float(chosen),))})
    return tuple(_line(threshold, score >= threshold, positive, predictions, chosen) for threshold in every)


def _line(threshold: float, said: Mask, positive: Mask, predictions: Predictions, chosen: float | None) -> Threshold:
    # F1 grows with the share of hits among all rows that are or are said to be positive (Jaccard's index), so the
    # limits of that share give those of F1.
    overlap = share_of(said & positive, said | positive, predictions)
    f1, low, high = (2 * share / (1 + share) for share in (overlap.value, overlap.low, overlap.high))
    return Threshold(
        threshold=threshold,
        precision=share_of(positive, said, predictions),
        recall=share_of(said, positive, predictions),
        f1=Interval(f1, low, high, overlap.rows),
        predicted=share_of(said, np.ones(len(said), dtype=bool), predictions),
        chosen=threshold == chosen,
    )
