"""The plan of a search with a limit in seconds: always something to show, nothing that does not fit."""

import math
import threading
import time
from bisect import insort
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from statistics import median, median_low

from clew.train.search.costs import fit_seconds
from clew.train.search.judging import Judging
from clew.train.search.trial import Configuration, Trial

#: Share of the limit for choosing, judging and checking at the end, and its bounds in seconds.
_END_SHARE, _LEAST_END_S, _MOST_END_S = 0.04, 0.4, 20.0
#: What is expected to be fitted again at the end, in addition to the best: the next ones.
_EXPECTED_MEMBERS = 4
#: Share of the limit that refitting a member may take, unless it is the best of all.
_DEAR_SHARE = 0.15
#: Share of what is left that all folds of a configuration may take, once another one is finished.
_AT_MOST = 0.33
#: Seconds are estimated; this much longer must fit too.
_CAUTION = 1.15
#: Seconds that the import of a library takes, before anything of it was seen.
_IMPORT_S = 2.0
#: An algorithm that was not tried yet comes early where it costs less than this share of the limit: its errors differ
#: from those of the others.
_NEXT_TO_NOTHING = 0.03
#: Share of the limit above which time left is worth a configuration that may be cut short by the clock.
_WORTH_A_TRY = 0.1
#: A fit to all rows against one in a fold, which learns from fewer rows but may look for its rounds first.
REFIT_FACTOR = 1.2
#: Share of the limit that judging, and so the end, may be expected to take.
_MOST_JUDGING = 0.2
#: The seconds kept for the end grow with those observed per second of the table, this many times at most.
_SLOWEST = 4.0
#: With this many columns, few rows take the recipe as long as many; and rows that the checks look at, all in all.
_MANY_COLUMNS, _CHECKED_ROWS = 2_000, 1_500
#: Trials, the best so far, whose models of the first fold are at hand where no time is left for fitting again.
MODELS_KEPT = 6
#: Configurations of an algorithm that may fail before it is left alone, where none has worked.
_MOST_FAILURES = 3
#: Configurations looked at for one that still fits.
_LOOK_AHEAD = 60


@dataclass(frozen=True, slots=True)
class Size:
    """Size of what is learnt from.

    Parameters
    ----------
    rows, columns : int
        Of the matrix of one fold.
    classes : int
        Number of classes, 0 for a regression.
    """

    rows: int
    columns: int
    classes: int


class ClockPlan:
    """Hands out configurations as long as they, and the end of the work, fit into the limit; a `Plan`.

    Seconds are those of the shipped table, corrected by what was observed of the algorithm, else of all.

    Parameters
    ----------
    configurations : iterator of Configuration
        Without end.
    size : Size
        Of one fold.
    end : float
        Value of `time.monotonic` at which everything must be done.
    limit_s : float
        The whole limit, in seconds.
    folds, workers : int
        Fits per configuration, and fits side by side.
    loss : callable
        Trial → figure to be made small.
    speed : float
        Observed seconds per second of the table so far.
    prepare_s : float
        Seconds that recipe and matrix of all rows will take.
    judging : Judging, optional
        What judging answers takes.
    models : int, optional
        Trials, the best ones, whose fitted estimators are kept; None for all.
    """

    in_order = False

    def __init__(
        self,
        configurations: Iterator[Configuration],
        size: Size,
        *,
        end: float,
        limit_s: float,
        folds: int,
        workers: int,
        loss: Callable[[Trial], float],
        speed: float,
        prepare_s: float,
        judging: Judging | None = None,
        models: int | None = MODELS_KEPT,
    ) -> None:
        self._coming = configurations
        self._skipped: list[Configuration] = []
        self._size, self._end, self._limit_s = size, end, limit_s
        self._folds, self._workers, self._loss = folds, workers, loss
        self._speed, self._prepare_s, self._judging = speed, prepare_s, judging
        self._models, self._with_model = models, list[tuple[float, int]]()
        self._ratios: dict[str, list[float]] = {}
        self._failures: dict[str, int] = {}
        self._tried: set[str] = set()
        self._started: dict[int, float] = {}
        self._ranked: list[tuple[float, float]] = []
        self._lock = threading.RLock()

    def next(self) -> Configuration | None:
        """Return the first configuration in line that fits."""
        with self._lock:
            left = self._end - time.monotonic() - self.reserve()
            coming = [*self._skipped, *islice(self._coming, max(1, _LOOK_AHEAD - len(self._skipped)))]
            line = [waiting for waiting in coming if not self._useless(waiting.algorithm)]
            if not line:
                return None
            # The first one is handed out whatever the clock says: without it there would be nothing to show.
            chosen = self._among(line, left) if self._tried else line[0]
            if chosen is None and left > _WORTH_A_TRY * self._limit_s and not self._started:
                cheapest = min(line, key=self._takes)
                chosen = cheapest if self._takes(cheapest) <= 2.0 * left else None
            self._skipped = [waiting for waiting in line if waiting is not chosen]
            if chosen is not None:
                self._tried.add(chosen.algorithm)
                self._started[chosen.number] = self._busy_s(chosen)
            return chosen

    def _among(self, line: list[Configuration], left: float) -> Configuration | None:
        """Return the first that fits; before it the first of a cheap algorithm that was not tried yet."""
        fits = [waiting for waiting in line if self._takes(waiting) <= left]
        cheap = _NEXT_TO_NOTHING * self._limit_s
        new = (waiting for waiting in fits if waiting.algorithm not in self._tried and self._busy_s(waiting) <= cheap)
        return next(new, next(iter(fits), None))

    def _useless(self, algorithm: str) -> bool:
        """Return whether an algorithm has failed several times on these rows, and never worked."""
        return self._failures.get(algorithm, 0) >= _MOST_FAILURES and algorithm not in self._ratios

    def affords(self, seconds: float) -> bool:
        """Return whether there is time for further folds, which will take about this many seconds of fitting."""
        with self._lock:
            left = self._end - time.monotonic() - self.reserve()
            # Without a finished one there would be nothing to show.
            return not self._ranked or _CAUTION * seconds / self._workers <= left

    def deadline(self, folds: int) -> float:
        """Return the moment at which a fit has to end so that the others of its configuration have as much time.

        All of them together get a share of what is left: a fit that turns out dearer than it looked answers with the
        rounds that it has by then, instead of taking the time of the others and being of no use without them.
        """
        with self._lock:
            now = time.monotonic()
            left = self._end - self.reserve() - now
            share = _AT_MOST if self._ranked else 1.0
            return now + left * min(1.0, share / math.ceil(folds / self._workers))

    def share(self) -> float:
        """Return the share of the limit that is over."""
        return min(1.0, 1.0 - (self._end - time.monotonic()) / self._limit_s)

    def learn(self, trial: Trial) -> None:
        """Correct the estimates, and note what the trial would cost to refit."""
        with self._lock:
            fold_s = trial.fit_s / len(trial.outcomes)
            loss = self._loss(trial)
            self.drop(trial.configuration, fold_s)
            insort(self._ranked, (loss, fold_s))
            insort(self._with_model, (loss, trial.configuration.number))

    def spare(self) -> Collection[int]:
        """Return the numbers of trials that are not among the best any more."""
        with self._lock:
            kept = len(self._with_model) if self._models is None else self._models
            self._with_model, spare = self._with_model[:kept], self._with_model[kept:]
            return [number for _, number in spare]

    def drop(self, configuration: Configuration, fold_s: float | None) -> None:
        """Correct the estimates by a configuration that is over; `fold_s` is what one fold took."""
        with self._lock:
            self._started.pop(configuration.number, None)
            if fold_s is None:
                self._failures[configuration.algorithm] = self._failures.get(configuration.algorithm, 0) + 1
            else:
                told, size = configuration, self._size
                table = fit_seconds(told.algorithm, told.params, size.rows, size.columns, size.classes)
                self._ratios.setdefault(told.algorithm, []).append(fold_s / table)

    def reserve(self) -> float:
        """Return the seconds needed for choosing, refitting and judging what is best so far.

        Where the best cannot be fitted again in what is left, the models of the first fold will be kept, and no time
        is kept for refits.
        """
        with self._lock:
            refits = [_CAUTION * REFIT_FACTOR * fold_s for _, fold_s in self._ranked]
            others = [refit_s for refit_s in refits[1:] if refit_s <= _DEAR_SHARE * self._limit_s]
            members = [*refits[:1], *others[: _EXPECTED_MEMBERS - 1]]
            side_by_side = max([sum(members) / self._workers, *members]) if members else 0.0
            judging_s = self._judging.seconds(len(self._ranked)) if self._judging is not None else 0.0
            judging_s = min(judging_s, _MOST_JUDGING * self._limit_s)
            checks_s = check_seconds(self._prepare_s, self._size.rows, self._size.columns)
            fixed_s = self._end_s() + judging_s + checks_s
            best_s = REFIT_FACTOR * self._ranked[0][1] if self._ranked else 0.0
            # Without caution here: nothing more is begun where that could cost the refit.
            possible = end_seconds(self._limit_s) + self._prepare_s + best_s <= self._end - time.monotonic()
            return fixed_s + self._prepare_s + side_by_side if possible else fixed_s

    def _end_s(self) -> float:
        """Return the seconds kept for the end, more of them on a machine that is slow or busy."""
        usual = end_seconds(self._limit_s)
        slow = min(_SLOWEST, max(1.0, self._speed)) * usual
        return max(usual, min(slow, _MOST_JUDGING * self._limit_s))

    def fold_seconds(self, configuration: Configuration) -> float:
        """Return what one fit of a configuration is expected to take."""
        size = self._size
        table = fit_seconds(configuration.algorithm, configuration.params, size.rows, size.columns, size.classes)
        ratios = self._ratios.get(configuration.algorithm)
        every = [ratio for known in self._ratios.values() for ratio in known]
        return table * (median(ratios) if ratios else median_low(every) if every else self._speed)

    def _busy_s(self, configuration: Configuration) -> float:
        return self.fold_seconds(configuration) * self._folds / self._workers

    def _takes(self, configuration: Configuration) -> float:
        """Return the seconds until a configuration would be done, what runs already included."""
        one = self.fold_seconds(configuration)
        queued = sum(self._started.values()) * 0.5
        imported = 0.0 if configuration.algorithm in self._ratios else _IMPORT_S
        return imported + _CAUTION * (queued + max(one, self._busy_s(configuration)))


def check_seconds(prepare_s: float, rows: int, columns: int) -> float:
    """Return what checking the model takes: some hundred rows go through the recipe several times.

    Parameters
    ----------
    prepare_s : float
        Seconds that recipe and matrix of all rows take.
    rows, columns : int
        Of the matrix.
    """
    return prepare_s * min(1.0, max(columns / _MANY_COLUMNS, _CHECKED_ROWS / max(1, rows)))


def end_seconds(limit_s: float) -> float:
    """Return the seconds kept for choosing, judging and checking, of a limit in seconds."""
    return min(_MOST_END_S, max(_LEAST_END_S, _END_SHARE * limit_s))
