"""The leaderboard: the ensemble, and every configuration that was tried."""

from collections.abc import Mapping, Sequence

from clew.define.uncertainty import Interval, bootstrap
from clew.train.ensemble.judge import Judge
from clew.train.model import decide
from clew.train.result import LeaderboardRow
from clew.train.search.trial import Trial

#: Configurations whose score gets an interval: the best ones and the members.
_WITH_INTERVAL = 5


def board_of(
    trials: Sequence[Trial],
    judge: Judge,
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
    losses = {position: judge.best_loss(trial.scores) for position, trial in enumerate(trials)}
    order = sorted(losses, key=lambda position: (losses[position], position))
    sure = set(order[:_WITH_INTERVAL]) | set(weights)
    rows = [_row(trials[p], judge, weights.get(p, 0.0), seed if p in sure else None) for p in order]
    return (first, *rows)


def _row(trial: Trial, judge: Judge, weight: float, seed: int | None) -> LeaderboardRow:
    labels = None
    if judge.problem.task.is_classification:
        labels = decide(trial.scores, judge.problem, judge.best_threshold(trial.scores))
    predictions = judge.predictions(trial.scores, labels)
    if seed is None:
        interval = Interval(judge.metric(predictions), float("nan"), float("nan"), len(judge))
    else:
        interval = bootstrap(judge.metric, predictions, seed=seed)
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
