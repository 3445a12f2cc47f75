"""What a row costs by the stated costs of errors, at the chosen threshold and at one half."""

from dataclasses import dataclass
from typing import Any

from clew.core.finding import Finding
from clew.core.predictions import Predictions
from clew.core.readable import number
from clew.define.error_costs import cost_metric
from clew.define.uncertainty import Interval, bootstrap
from clew.train.codes import finding
from clew.train.ensemble.judge import Judge


@dataclass(frozen=True, slots=True)
class Spent:
    """Cost of a row.

    Parameters
    ----------
    threshold : float
        Probability from which on the positive label is predicted.
    per_row : Interval
        On rows that had no part in the choice, in the unit of the stated costs.
    at_half : float
        The same with a threshold of one half.
    """

    threshold: float
    per_row: Interval
    at_half: float

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        return {"threshold": self.threshold, "per_row": self.per_row.to_dict(), "at_half": self.at_half}

    def findings(self, label: object) -> list[Finding]:
        """Return ``ME120``; `label` is the one of interest."""
        low, high = number(self.per_row.low), number(self.per_row.high)
        detail = (
            f"The label of interest, {label!r}, is predicted from a probability of {number(self.threshold)} on: a row "
            f"then costs {number(self.per_row.value)} on average (95 %: {low} to {high}), and {number(self.at_half)} "
            "from one half on."
        )
        return [finding("ME120", detail, **self.to_dict())]


def spent(judge: Judge, predictions: Predictions, threshold: float, *, seed: int) -> Spent | None:
    """Return what a row costs; None where the problem states no costs.

    Parameters
    ----------
    judge : Judge
        Of the rows.
    predictions : Predictions
        For them, by choices that they had no part in.
    threshold : float
        Of the final choice.
    seed : int
        Of the interval.
    """
    costs, probabilities = judge.costs, predictions.probabilities
    if costs is None or probabilities is None:
        return None
    metric = cost_metric(costs)
    at_half = metric(judge.predictions(probabilities))
    return Spent(threshold, bootstrap(metric, predictions, seed=seed), at_half)
