"""How long one row may take where nobody has said: quick models come first, but not at any price."""

import math
import time
from collections.abc import Sequence

import numpy as np

from clew.core.errors import UsageError
from clew.prepare.matrix import Matrix
from clew.train.ensemble.choice import MANY_ROWS, evenly
from clew.train.ensemble.judge import Judge
from clew.train.search.fit import LATENCY_CALLS, latency_ms
from clew.train.search.trial import Trial

#: What is quicker must keep this share of what the best one gains over a constant answer.
_ALMOST = 0.99


def measured_alone(trials: Sequence[Trial], judged: Matrix, *, above: float, seconds: float) -> tuple[Trial, ...]:
    """Return trials with the milliseconds that a row takes while nothing runs beside it, where the model is at hand.

    Parameters
    ----------
    trials : sequence of Trial
        As they were measured during the search.
    judged : Matrix
        Rows of the first fold that judge.
    above : float
        Milliseconds up to which it does not matter.
    seconds : float
        What this may take.
    """
    until = time.monotonic() + seconds

    def measured(trial: Trial) -> Trial:
        estimator, ms = trial.outcomes[0].estimator, trial.predict_ms
        if estimator is None or ms is None or ms <= above or len(trials) == 1:
            return trial
        if time.monotonic() + LATENCY_CALLS * ms / 1000.0 > until:
            return trial
        alone = latency_ms(estimator, judged)
        estimator.engine.release()
        return trial if alone is None else trial.with_ms(min(alone, ms))

    return tuple(measured(trial) for trial in trials)


def quickest_of_the_good(trials: Sequence[Trial], ms: Sequence[float], judge: Judge) -> float:
    """Return the milliseconds of the quickest trial that is about as good as the best.

    Parameters
    ----------
    trials : sequence of Trial
        At least one.
    ms : sequence of float
        What each takes for a row.
    judge : Judge
        Of the rows of their scores.
    """
    rows = evenly(len(judge), MANY_ROWS)
    few = judge.take(rows)
    losses = [few.best_loss(trial.scores[rows]) for trial in trials]
    some = trials[0].scores[rows]
    try:
        worst, best = few.best_loss(np.array(np.broadcast_to(some.mean(axis=0), some.shape))), min(losses)
    except UsageError:  # a metric of the user's own that knows no constant answer cannot say what is about as good
        return 0.0
    if not math.isfinite(worst):
        return 0.0
    least = best + (1.0 - _ALMOST) * max(0.0, worst - best)
    return min(took for took, loss in zip(ms, losses, strict=True) if loss <= least)
