"""How well the model does: on labelled rows, and as an estimate where there are no labels."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.core.predictions import Predictions
from clew.core.readable import number
from clew.define.metrics import Metric, metric_of, metrics_for
from clew.define.problem import Problem
from clew.define.uncertainty import Interval, bootstrap_all
from clew.monitor.violation import Violation

#: Rows that all draws of a bootstrap together are made of, beyond 50 draws.
_DRAWN_ROWS = 20_000_000
#: Probabilities that an estimate holds at a time; of more rows, it looks at evenly spaced ones.
_MOST_CELLS = 8_000_000
#: With more classes, too few rows would be left.
_MOST_CLASSES = 50


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure on labelled rows.

    Parameters
    ----------
    metric : Metric
        What is measured.
    now : Interval
        On these rows.
    baseline : mapping or None
        ``value``, ``low``, ``high``, ``rows`` at training time.
    """

    metric: Metric
    now: Interval
    baseline: Mapping[str, Any] | None

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as JSON-ready values."""
        return {**self.now.to_dict(), "baseline": dict(self.baseline) if self.baseline else None}

    def worsening(self) -> float | None:
        """Return by how much it is worse than the baseline, relative to it; None where that is not defined."""
        before = (self.baseline or {}).get("value")
        if before is None or not math.isfinite(self.now.value) or before == 0:
            return None
        drop = before - self.now.value if self.metric.greater_is_better else self.now.value - before
        return float(drop / abs(before))

    def apart(self) -> bool:
        """Tell whether the intervals show that it is worse: they do not overlap."""
        before = self.baseline or {}
        low, high = before.get("low"), before.get("high")
        if low is None or high is None:
            low = high = before.get("value", math.nan)
        return bool(self.now.high < low if self.metric.greater_is_better else self.now.low > high)


def measure(
    predictions: Predictions, problem: Problem, before: Mapping[str, Mapping[str, Any]], *, seed: int = 0
) -> list[Figure]:
    """Measure predictions for labelled rows, by every metric of the task.

    Parameters
    ----------
    predictions : Predictions
        With truth; rows without a label are left out.
    problem : Problem
        What is decided.
    before : mapping
        Metric → ``value``, ``low``, ``high``, ``rows`` at training time, as far as it is known.
    seed : int, default 0
        Seed of the resampling.

    Returns
    -------
    list of Figure
        Empty where no row has a label.
    """
    truth = predictions.truth
    if truth is None:
        return []
    known = (
        ~np.isnan(truth) if truth.dtype.kind == "f" else np.array([label is not None for label in truth], dtype=bool)
    )
    if not known.any():
        return []
    metrics = metrics_for(problem.task)
    labelled = _numbered(predictions.take(known))
    # Of very many rows intervals are narrow, and a rough limit of one is near enough: the time stays in seconds.
    resamples = min(200, max(50, _DRAWN_ROWS // len(labelled)))
    intervals = bootstrap_all(metrics, labelled, resamples=resamples, seed=seed)
    return [Figure(metric, now, before.get(metric.name)) for metric, now in zip(metrics, intervals, strict=True)]


def check_performance(figures: list[Figure], decides: str, limit: float | None) -> Iterator[Violation]:
    """Yield DR013: the figure that decides is worse than at training time, by more than the limit and beyond chance.

    The others are reported and do not alarm: the more figures are looked at, the more of them are worse by chance.
    """
    for figure in figures:
        worsening = figure.worsening()
        if figure.metric.name != decides or limit is None or worsening is None:
            continue
        if worsening <= limit or not figure.apart():
            continue
        before = (figure.baseline or {})["value"]
        now = figure.now
        detail = (
            f"{figure.metric.label} is {number(now.value)} ({number(now.low)} to {number(now.high)}) on "
            f"{number(now.rows)} labelled rows; it was {number(before)}."
        )
        yield Violation("DR013", figure.metric.name, worsening, limit, detail, evidence=figure.to_dict())


def _numbered(predictions: Predictions) -> Predictions:
    """Return the same with numbers in the place of labels: objects would be looked up one by one, again and again."""
    if not predictions.classes:
        return predictions
    number_of = {label: place for place, label in enumerate(predictions.classes)}

    def numbers(labels: NDArray[Any]) -> NDArray[np.int64]:
        return np.array([number_of.setdefault(label, len(number_of)) for label in labels], dtype=np.int64)

    return replace(
        predictions,
        prediction=numbers(predictions.prediction),
        truth=None if predictions.truth is None else numbers(predictions.truth),
        classes=tuple(range(len(predictions.classes))),
        positive=None if predictions.positive is None else number_of[predictions.positive],
    )


def estimate(predictions: Predictions, problem: Problem) -> dict[str, Any]:
    """Estimate the deciding metric without labels, by taking the model's probabilities at their word.

    Each row counts as each class, weighted by its probability. That is right as far as the probabilities are
    calibrated for these rows: it sees that rows have become harder, and not that the answer to them has changed.

    Parameters
    ----------
    predictions : Predictions
        Of ``n`` rows.
    problem : Problem
        What is decided.

    Returns
    -------
    dict
        ``{metric: {"value", "rows"}}``, the rows being those looked at. Empty for a regression, whose predictions say
        nothing of their own error, and with more than 50 classes.

    References
    ----------
    The confidence-based performance estimation of the NannyML project (2021), here for any metric with weights.
    """
    classes = len(predictions.classes)
    if predictions.probabilities is None or not len(predictions) or classes > _MOST_CLASSES:
        return {}
    metric = metric_of(problem)
    count = min(len(predictions), _MOST_CELLS // classes**2)
    rows = np.linspace(0, len(predictions) - 1, count).round().astype(np.int64)
    part = _numbered(replace(predictions, truth=None).take(rows))
    weights = np.ones(len(rows)) if part.weight is None else part.weight
    spread = replace(
        part.take(np.repeat(np.arange(len(rows)), classes)),
        truth=np.tile(np.arange(classes), len(rows)),
        weight=(predictions.probabilities[rows] * weights[:, None]).reshape(-1),
        group=None,
    )
    value = metric(spread)
    return {metric.name: {"value": value if math.isfinite(value) else None, "rows": len(rows)}}
