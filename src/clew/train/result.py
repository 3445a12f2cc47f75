"""What training hands back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clew.core.finding import Finding
from clew.core.jsonable import finite
from clew.define.uncertainty import Interval
from clew.explore.statistics import TableStatistics
from clew.train.log import LogEntry
from clew.train.model import FittedModel
from clew.train.views import result_view, row_view


@dataclass(frozen=True, slots=True)
class LeaderboardRow:
    """One configuration, or the ensemble of the chosen ones.

    Parameters
    ----------
    model : str
        Name, unique on the board; ``"ensemble"`` for the model that was made.
    algorithm : str
        Family.
    params : mapping
        Parameters that differ from the defaults.
    score : float
        The problem's metric on rows that were not learnt from.
    low, high : float
        Limits of its bootstrap interval; NaN where it was not computed.
    fit_s : float
        Seconds of all fits in the folds.
    predict_ms : float, optional
        Milliseconds for one row: of an estimator the quickest of some calls, or what the shipped table says; of the
        ensemble, which stands first, the median of some calls of the whole model.
    weight : float
        Share in the ensemble.
    """

    model: str
    algorithm: str
    params: Mapping[str, Any]
    score: float
    low: float
    high: float
    fit_s: float
    predict_ms: float | None
    weight: float

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready; a figure that is not defined is None."""
        return {
            "model": self.model,
            "algorithm": self.algorithm,
            "params": dict(self.params),
            "score": finite(self.score),
            "low": finite(self.low),
            "high": finite(self.high),
            "fit_s": self.fit_s,
            "predict_ms": self.predict_ms,
            "weight": self.weight,
        }

    def _repr_html_(self) -> str:
        return row_view(self)


@dataclass(frozen=True)
class TrainResult:
    """A fitted model, how good it is on rows that it has not seen, and how it was found.

    Parameters
    ----------
    model : FittedModel
        The best that was found.
    leaderboard : tuple of LeaderboardRow
        The ensemble first, then every configuration, the best first.
    metric : str
        Name of the metric of all scores.
    greater_is_better : bool
        Its direction.
    score : Interval
        Of the ensemble; the choice of its members had no part of the rows that judge it.
    score_from : str
        In words, which rows judge.
    findings : tuple of Finding
        Codes ``ME1…``; see `clew.train.codes`.
    fit_s : float
        Seconds from start to end.
    trials : int
        Configurations that were finished.
    stopped : int
        Configurations that were given up after the first folds, as hopeless beside the others.
    log : tuple of LogEntry
        What the seconds were spent on, in order of time; work that ran side by side counts in full each time.
    statistics : TableStatistics, optional
        Of all rows given: what monitoring compares later rows with.
    """

    model: FittedModel
    leaderboard: tuple[LeaderboardRow, ...]
    metric: str
    greater_is_better: bool
    score: Interval
    score_from: str
    findings: tuple[Finding, ...]
    fit_s: float
    trials: int = 1
    stopped: int = 0
    log: tuple[LogEntry, ...] = ()
    statistics: TableStatistics | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the model, JSON-ready."""
        score = self.score.to_dict()
        return {
            "task": self.model.problem.task.value,
            "classes": list(self.model.problem.classes),
            "positive": self.model.problem.positive,
            "metric": self.metric,
            "score": score["value"],
            "score_low": score["low"],
            "score_high": score["high"],
            "score_rows": score["rows"],
            "score_from": self.score_from,
            "greater_is_better": self.greater_is_better,
            "leaderboard": [row.to_dict() for row in self.leaderboard],
            "findings": [finding.to_dict() for finding in self.findings],
            "fit_s": self.fit_s,
            "trials": self.trials,
            "stopped": self.stopped,
            "log": [entry.to_dict() for entry in self.log],
        }

    def __repr__(self) -> str:
        score = f"{self.metric}={self.score.value:.4g} [{self.score.low:.4g}, {self.score.high:.4g}]"
        return f"TrainResult({score}, {self.score.rows} rows, {self.trials} configurations)"

    def _repr_html_(self) -> str:
        return result_view(self)
