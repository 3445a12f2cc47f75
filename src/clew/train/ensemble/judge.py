"""How good scores are: the problem's metric over rows that were not learnt from, as a loss to be made small."""

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.core.predictions import Predictions
from clew.define.custom_metric import with_labels
from clew.define.error_costs import ErrorCosts
from clew.define.metrics import Metric, get_metric
from clew.define.problem import Problem, Task
from clew.train.ensemble.calibrators import row_losses, soft_targets
from clew.train.estimators.base import Floats
from clew.train.model import decide

#: Metrics of labels for which a threshold other than one half is looked for. Precision or recall alone would push it to
#: an end where the model says one thing only.
_THRESHOLD_METRICS = frozenset({"accuracy", "balanced_accuracy", "f1"})
#: Metrics of numbers that count absolute errors.
_ABSOLUTE_METRICS = frozenset({"mae", "mape"})
#: A threshold other than the one that follows from the costs must save this many standard errors.
_SURE = 2.0
#: Candidate thresholds while an ensemble is chosen, and for the final choice.
_COARSE, _FINE = 15, 200


@dataclass(frozen=True)
class Judge:
    """Truth of some rows, and what counts.

    Labels are handled as class indices.

    Parameters
    ----------
    problem : Problem
        Task, classes and positive label.
    metric : Metric
        The figure that decides.
    truth : ndarray, shape (n,)
        Class indices, or numbers.
    weight : ndarray, shape (n,), optional
        Weight of each row.
    group : ndarray, shape (n,), optional
        Group of each row.
    costs : ErrorCosts, optional
        What errors cost, where the problem states it: then they decide about the threshold.
    """

    problem: Problem
    metric: Metric
    truth: NDArray[Any]
    weight: Floats | None = None
    group: NDArray[Any] | None = None
    costs: ErrorCosts | None = None

    @classmethod
    def of(
        cls,
        problem: Problem,
        truth: NDArray[Any],
        weight: Floats | None,
        group: NDArray[Any] | None,
        metric: Metric | None = None,
    ) -> "Judge":
        """Make a judge of the problem's metric, or of one of the user's own."""
        indexed = problem
        if problem.task.is_classification:
            positive = problem.classes.index(problem.positive) if problem.task is Task.BINARY else None
            indexed = replace(problem, classes=tuple(range(len(problem.classes))), positive=positive)
        known = with_labels(metric or get_metric(problem.metric, problem.task), problem)
        return cls(indexed, known, truth, weight, group, ErrorCosts.of(problem))

    def __len__(self) -> int:
        return len(self.truth)

    def take(self, rows: NDArray[Any]) -> "Judge":
        """Return the judge of some of the rows, by position or mask."""
        return replace(
            self,
            truth=self.truth[rows],
            weight=None if self.weight is None else self.weight[rows],
            group=None if self.group is None else self.group[rows],
        )

    @property
    def chooses_threshold(self) -> bool:
        """Whether the threshold is part of the choice."""
        moves = self.metric.name in _THRESHOLD_METRICS or (self.metric.labelled and self.metric.needs == "prediction")
        return self.costs is None and self.problem.task is Task.BINARY and moves

    def predictions(self, scores: Floats, labels: NDArray[np.int64] | None = None) -> Predictions:
        """Return scores as predictions whose labels are class indices.

        Parameters
        ----------
        scores : ndarray, shape (n, k) or (n,)
            Probabilities or numbers.
        labels : ndarray, shape (n,), optional
            Predicted class indices; by default those of threshold one half.
        """
        classification = self.problem.task.is_classification
        if classification and labels is None:
            labels = decide(scores, self.problem, 0.5)
        return Predictions(
            prediction=scores if labels is None else labels,
            probabilities=scores if classification else None,
            classes=self.problem.classes,
            positive=self.problem.positive,
            truth=self.truth,
            weight=self.weight,
            group=self.group,
        )

    def loss(self, scores: Floats, threshold: float = 0.5) -> float:
        """Return the metric as a figure to be made small; infinite where it is not defined."""
        labels = decide(scores, self.problem, threshold) if self.problem.task.is_classification else None
        value = self.metric(self.predictions(scores, labels))
        if math.isnan(value):
            return math.inf
        return -value if self.metric.greater_is_better else value

    @cached_property
    def targets(self) -> Floats:
        """What probabilities are held against, shape (n, k): a little less than certain, as of `soft_targets`."""
        return soft_targets(self.truth, len(self.problem.classes), self.weight)

    def row_losses(self, scores: Floats) -> Floats:
        """Return a loss of each row whose weighted mean judges scores with little noise, whatever the metric.

        Labels: the log loss in nats, in which no row is quite certain. Numbers: the absolute error where the metric
        counts it, else the squared one.
        """
        if self.problem.task.is_classification:
            losses = row_losses(scores, self.targets)
        else:
            error = np.abs(scores - self.truth)
            losses = error if self.metric.name in _ABSOLUTE_METRICS else error**2
        return losses if self.weight is None else losses * self.weight / self.weight.mean()

    def error_of_mean(self, distances: Floats) -> float:
        """Return the standard error of a mean over these rows, given the distances from it; a group goes together."""
        rows = len(distances)
        if self.group is not None:
            places = np.unique(self.group, return_inverse=True)[1]
            distances = np.asarray(np.bincount(places, weights=distances), dtype=float)
        return math.sqrt(float((distances**2).sum())) / rows

    def best_loss(self, scores: Floats) -> float:
        """Return the loss at the best of a few thresholds, where the threshold is part of the choice."""
        return self.loss(scores, self.coarse_threshold(scores))

    def coarse_threshold(self, scores: Floats) -> float:
        """Return the best of a few thresholds; that of the costs where errors have some, 0.5 where none is chosen."""
        if self.costs is not None:
            return self.costs.threshold
        if not self.chooses_threshold:
            return 0.5
        return self._best_of(self._candidates(scores, _COARSE), scores)

    def best_threshold(self, scores: Floats) -> float:
        """Return the threshold with the smallest loss, the nearest to one half among equals; 0.5 if none is chosen.

        Where errors have costs, it is the one that follows from them for probabilities that come true, unless another
        one saves more than chance would on these rows.
        """
        if self.costs is not None:
            return self._cheapest(scores, self.costs)
        if not self.chooses_threshold:
            return 0.5
        return self._best_of(self._candidates(scores, _FINE), scores)

    def _best_of(self, thresholds: list[float], scores: Floats) -> float:
        return min(thresholds, key=lambda threshold: (self.loss(scores, threshold), abs(threshold - 0.5)))

    def _cheapest(self, scores: Floats, costs: ErrorCosts) -> float:
        def spent(threshold: float) -> Floats:
            labels = decide(scores, self.problem, threshold)
            rows = costs.of_rows(self.truth == self.problem.positive, labels == self.problem.positive)
            return rows if self.weight is None else rows * self.weight / self.weight.mean()

        told = spent(costs.threshold)
        best = min(self._candidates(scores, _FINE), key=lambda threshold: (spent(threshold).sum(), threshold))
        saved = told - spent(best)
        mean = float(saved.mean())
        return best if mean > _SURE * self.error_of_mean(saved - mean) else costs.threshold

    def _candidates(self, scores: Floats, count: int) -> list[float]:
        """Return one half and thresholds between neighbouring values, evenly many rows apart."""
        positive = np.unique(scores[:, self.problem.classes.index(self.problem.positive)])
        between = (positive[:-1] + positive[1:]) / 2
        if len(between) > count:
            between = between[np.linspace(0, len(between) - 1, count).round().astype(int)]
        return [0.5, *(float(value) for value in between)]
