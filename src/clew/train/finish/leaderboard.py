"""The leaderboard: the ensemble, and every configuration that was tried."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from clew.define.uncertainty import Interval, bootstrap
from clew.train.ensemble.judge import Judge
from clew.train.estimators.base import Floats
from clew.train.model import decide
from clew.train.result import LeaderboardRow
from clew.train.search.trial import Trial

#: Configurations whose score gets an interval: the best ones and the members.
_WITH_INTERVAL = 5


def board_of(
    trials: Sequence[Trial],
    judge: Judge,
    parts: NDArray[np.int64],
    weights: Mapping[int, float],
    *,
    ensemble: Interval,
    fit_s: float,
    predict_ms: float | None,
    seed: int,
) -> tuple[LeaderboardRow, ...]:
    """Return the rows of the board.

    Parameters
    ----------
    trials : sequence of Trial
        Finished ones.
    judge : Judge
        Of the rows of their scores.
    parts : ndarray of int64, shape (n,)
        Which part each row is in: where thresholds are chosen, those for half of the parts come from the other half.
    weights : mapping of int to float
        Position among `trials` → share in the ensemble.
    ensemble : Interval
        Score of the ensemble.
    fit_s : float
        Seconds of the whole training.
    predict_ms : float, optional
        Milliseconds for one row of the whole model.
    seed : int
        Of the intervals.
    """
    first = LeaderboardRow(
        "ensemble", "ensemble", {}, ensemble.value, ensemble.low, ensemble.high, fit_s, predict_ms, 1.0
    )
    answers = [judge.predictions(trial.scores, held_out_labels(trial.scores, judge, parts)) for trial in trials]
    figures = [judge.metric(predictions) for predictions in answers]
    sign = -1.0 if judge.metric.greater_is_better else 1.0
    order = sorted(range(len(trials)), key=lambda p: (math.isnan(figures[p]), sign * figures[p], p))
    sure = set(order[:_WITH_INTERVAL]) | set(weights)
    rows = []
    for p in order:
        unknown = Interval(figures[p], math.nan, math.nan, len(judge))
        interval = bootstrap(judge.metric, answers[p], seed=seed) if p in sure else unknown
        rows.append(_row(trials[p], interval, weights.get(p, 0.0)))
    return (first, *rows)


def held_out_labels(scores: Floats, judge: Judge, parts: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """Return the labels by thresholds that other rows have chosen; None for numbers.

    Parameters
    ----------
    scores : ndarray, shape (n, k) or (n,)
        Probabilities or numbers.
    judge : Judge
        Of their rows.
    parts : ndarray of int64, shape (n,)
        As in `board_of`.
    """
    if not judge.problem.task.is_classification:
        return None
    if not judge.chooses_threshold:
        return decide(scores, judge.problem, judge.coarse_threshold(scores))
    labels = np.empty(len(judge), dtype=np.int64)
    half = np.unique(parts, return_inverse=True)[1] % 2 == 0
    for inside in (half, ~half):
        threshold = judge.take(~inside).coarse_threshold(scores[~inside])
        labels[inside] = decide(scores[inside], judge.problem, threshold)
    return labels


def _row(trial: Trial, interval: Interval, weight: float) -> LeaderboardRow:
    told = trial.configuration
    return LeaderboardRow(
        told.name,
        told.algorithm,
        dict(told.params),
        interval.value,
        interval.low,
        interval.high,
        trial.fit_s,
        trial.predict_ms,
        weight,
    )
