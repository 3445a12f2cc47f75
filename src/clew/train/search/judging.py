"""What it takes to judge answers: measured, so that a search keeps the time for it."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from clew.define.uncertainty import bootstrap
from clew.train.ensemble.choice import MANY_ROWS
from clew.train.ensemble.judge import Judge
from clew.train.estimators.base import Floats

#: An ensemble is chosen this many times, in about this many picks, among this many candidates.
_PARTS, _PICKS, _SHORTLIST = 6, 12, 25
#: Resamples of an interval, and intervals of the leaderboard.
_RESAMPLES, _INTERVALS = 200, 9
#: Resamples that are measured.
_FEW_RESAMPLES = 20
#: Calls of which the quickest counts.
_CALLS = 5


@dataclass(frozen=True, slots=True)
class Judging:
    """What it takes to judge answers, as the end of the work does again and again.

    Parameters
    ----------
    once_s : float
        Seconds of judging the answers for all rows once, or for as many as are compared at most.
    resample_s : float
        Seconds of one resample of all rows, of those that make an interval.
    """

    once_s: float
    resample_s: float

    @classmethod
    def measured(cls, judge: Judge, scores: Floats, folds: int = 1) -> "Judging":
        """Judge answers and look at the clock.

        Parameters
        ----------
        judge : Judge
            Of their rows.
        scores : ndarray, shape (n, k) or (n,)
            Some answers.
        folds : int, default 1
            How many times as many rows there will be.
        """
        few, answers = _compared(judge, scores)
        told = few.predictions(answers)
        once_s = _quickest(lambda: few.best_loss(answers), _CALLS)
        resample_s = _quickest(lambda: bootstrap(few.metric, told, resamples=_FEW_RESAMPLES), 1) / _FEW_RESAMPLES
        rows, at_most = len(judge) * folds, min(MANY_ROWS, len(judge) * folds)
        here = max(1, len(few))
        return cls(once_s * at_most / here, resample_s * rows / here)

    def seconds(self, candidates: int) -> float:
        """Return what it takes to choose among this many candidates and to give the best ones their intervals."""
        return _PARTS * self.choosing(candidates) + self.intervals(candidates)

    def choosing(self, candidates: int) -> float:
        """Return what it takes to choose among this many candidates once."""
        return self.once_s * _judged(candidates)

    def intervals(self, candidates: int) -> float:
        """Return what it takes to give the best of this many candidates their intervals."""
        return self.resample_s * _RESAMPLES * min(candidates + 1, _INTERVALS)


def choosing_seconds(judge: Judge, scores: Floats, candidates: Sequence[int]) -> float:
    """Return what it takes to choose once among each of these numbers of candidates.

    Parameters
    ----------
    judge : Judge
        Of their rows.
    scores : ndarray, shape (n, k) or (n,)
        Some answers.
    candidates : sequence of int
        How many there are, for each choice.
    """
    few, answers = _compared(judge, scores)
    return _quickest(lambda: few.best_loss(answers), _CALLS) * sum(map(_judged, candidates))


def _compared(judge: Judge, scores: Floats) -> tuple[Judge, Floats]:
    """Return the rows on which candidates are compared."""
    rows = np.arange(min(len(judge), MANY_ROWS))
    return judge.take(rows), scores[rows]


def _judged(candidates: int) -> float:
    """Return how often answers are judged while an ensemble is chosen among this many candidates."""
    return _PICKS * min(candidates, _SHORTLIST) + 3.0 * candidates


def _quickest(work: Callable[[], object], calls: int) -> float:
    """Return the seconds of the quickest of some calls: other work on the machine only ever adds to the others."""
    taken = []
    for _ in range(calls):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return min(taken)
