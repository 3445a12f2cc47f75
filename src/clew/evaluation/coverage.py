"""Whether intervals hold the truth as often as they say: on the whole, and where they are narrow or wide."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from clew.core.predictions import Predictions
from clew.define.scoring.inputs import numbers_of, weights_of
from clew.define.shares import Mask, share_of
from clew.define.uncertainty import Interval
from clew.evaluation.views import coverage_view

#: Share of rows whose truth the intervals of a model are asked to hold.
SHARE = 0.9
#: Bins by width, and rows of which each has some more at least.
BINS, MIN_BIN_ROWS = 5, 50


@dataclass(frozen=True, slots=True)
class WidthBin:
    """Rows whose intervals are about as wide.

    Parameters
    ----------
    width : float
        Mean width, in units of the target.
    inside : Interval
        Share of rows whose truth lies within.
    """

    width: float
    inside: Interval

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        return {"width": self.width, "inside": self.inside.to_dict()}


@dataclass(frozen=True, slots=True)
class Coverage:
    """How often intervals hold the truth.

    Parameters
    ----------
    share : float
        Share of rows that was asked for.
    inside : Interval
        Share of rows whose truth lies within.
    below, above : Interval
        Shares of rows whose truth lies below the lower end, and above the upper one.
    width : float
        Mean width, in units of the target.
    bins : tuple of WidthBin
        By width, from narrow to wide; one where all are as wide.
    """

    share: float
    inside: Interval
    below: Interval
    above: Interval
    width: float
    bins: tuple[WidthBin, ...]

    def __repr__(self) -> str:
        return f"Coverage({self.inside.value:.3f} of {self.inside.rows} rows where {self.share:g} was asked for)"

    def _repr_html_(self) -> str:
        return coverage_view(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        return {
            "share": self.share,
            "inside": self.inside.to_dict(),
            "below": self.below.to_dict(),
            "above": self.above.to_dict(),
            "width": self.width,
            "bins": [item.to_dict() for item in self.bins],
        }


def coverage(predictions: Predictions) -> Coverage | None:
    """Measure how often the truth lies within the intervals.

    Parameters
    ----------
    predictions : Predictions
        Of a regression, with truth.

    Returns
    -------
    Coverage or None
        None where there is no row, or no interval.

    Raises
    ------
    UsageError
        If there is no truth.
    """
    low, high, share = predictions.low, predictions.high, predictions.share
    if low is None or high is None or share is None or not len(predictions):
        return None
    truth, _ = numbers_of(predictions)
    under, over = truth < low, truth > high
    inside = ~(under | over)
    every = np.ones(len(truth), dtype=bool)
    width, weight = high - low, weights_of(predictions)
    order = np.argsort(width, kind="stable")
    # Ends far from zero are rounded more coarsely than the widths between them.
    rounding = 4.0 * float(np.finfo(np.float64).eps) * float(np.maximum(np.abs(low), np.abs(high)).max())
    alike = np.ptp(width) <= 1e-9 * max(float(width.max()), 1e-300) + rounding
    count = 1 if alike else int(np.clip(len(order) // MIN_BIN_ROWS, 1, BINS))

    def mean(rows: Mask) -> float:
        return float(np.average(width[rows], weights=weight[rows])) if weight[rows].any() else float(width[rows].mean())

    bins = []
    for part in np.array_split(order, count):
        rows = np.zeros(len(truth), dtype=bool)
        rows[part] = True
        bins.append(WidthBin(mean(rows), share_of(inside, rows, predictions)))
    shares = [share_of(hit, every, predictions) for hit in (inside, under, over)]
    return Coverage(share, shares[0], shares[1], shares[2], mean(every), tuple(bins))
