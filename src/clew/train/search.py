"""Trying configurations: which one is next, and many at a time.

Trials do not know of each other. A plan hands out configurations; every fold of each becomes a task, and tasks run on
threads side by side (the libraries release the interpreter's lock). Nothing is nested: a task uses the threads that it
is given, one where the table is small.
"""

import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from clew.core.errors import DataError
from clew.core.progress import Progress
from clew.train.journal import Journal
from clew.train.preparation import Folds
from clew.train.trial import Configuration, Outcome, Trial, run_fold

#: From so many numbers in the table on, a fit uses several threads.
_LARGE_CELLS = 20_000_000
_THREADS_PER_LARGE_FIT = 4


class Plan(Protocol):
    """Says what is tried next; called from several threads."""

    def next(self) -> Configuration | None:
        """Return the next configuration, or None when there is none."""

    def deadline(self) -> float | None:
        """Return the moment at which a fit that starts now must end; None where no clock counts."""

    def share(self) -> float | None:
        """Return how much of the search is done, 0 to 1."""

    def learn(self, trial: Trial) -> None:
        """Take note of a finished trial."""


class ListPlan:
    """A fixed list: no clock takes part.

    Parameters
    ----------
    configurations : list of Configuration
        All of them are tried.
    """

    def __init__(self, configurations: list[Configuration]) -> None:
        self._total = len(configurations)
        self._waiting = iter(configurations)
        self._finished = 0

    def next(self) -> Configuration | None:
        """Return the next of the list."""
        return next(self._waiting, None)

    def deadline(self) -> None:
        """Return None."""
        return

    def share(self) -> float:
        """Return the share of finished configurations."""
        return self._finished / self._total

    def learn(self, trial: Trial) -> None:  # noqa: ARG002 - the list stands
        """Count."""
        self._finished += 1


@dataclass(frozen=True)
class Found:
    """What a search found.

    Parameters
    ----------
    trials : tuple of Trial
        In the order of their numbers.
    failed : mapping of str to str
        Configurations that a library refused, with its words.
    """

    trials: tuple[Trial, ...]
    failed: Mapping[str, str] = field(default_factory=dict)


def divided(cpus: int, rows: int, columns: int) -> tuple[int, int]:
    """Return how many tasks run side by side, and on how many threads each.

    Several fits on one thread each beat one fit on several threads, whose threads wait for each other after every tree,
    unless the table is so large that side by side they would need too much memory.

    Parameters
    ----------
    cpus : int
        Threads in all.
    rows, columns : int
        Size of the matrix.
    """
    threads = 1 if rows * columns < _LARGE_CELLS else min(cpus, _THREADS_PER_LARGE_FIT)
    return max(1, cpus // threads), threads


def run_trials(
    plan: Plan,
    folds: Folds,
    *,
    workers: int,
    threads: int,
    progress: Progress,
    journal: Journal | None = None,
    known: Mapping[tuple[int, int], Outcome] | None = None,
) -> Found:
    """Try what the plan hands out.

    Parameters
    ----------
    plan : Plan
        Which configurations, and until when.
    folds : Folds
        The splits that every configuration is fitted to.
    workers, threads : int
        Tasks side by side, and threads of each.
    progress : Progress
        Who listens.
    journal : Journal, optional
        Where finished trials are kept and found.
    known : mapping, optional
        Outcomes that are there already, by number of the configuration and position of the fold.
    """
    board = _Board(plan, folds, journal, progress, dict(known or {}))
    if workers == 1:
        for task in board.tasks():
            board.take(*_work(task, plan, folds, threads))
        return board.found()
    from joblib import Parallel, delayed

    side_by_side = Parallel(
        n_jobs=workers, require="sharedmem", batch_size=1, pre_dispatch=workers, return_as="generator_unordered"
    )
    for result in side_by_side(delayed(_work)(task, plan, folds, threads) for task in board.tasks()):
        board.take(*result)
    return board.found()


_Task = tuple[Configuration, int]


def _work(task: _Task, plan: Plan, folds: Folds, threads: int) -> tuple[_Task, Outcome | DataError]:
    configuration, position = task
    try:
        return task, run_fold(configuration, folds, position, threads=threads, deadline=plan.deadline())
    except DataError as error:
        return task, error


class _Board:
    """Puts outcomes together to trials."""

    def __init__(
        self,
        plan: Plan,
        folds: Folds,
        journal: Journal | None,
        progress: Progress,
        known: dict[tuple[int, int], Outcome],
    ) -> None:
        self._plan, self._folds, self._journal, self._progress = plan, folds, journal, progress
        self._known = known
        self._outcomes: dict[int, dict[int, Outcome]] = defaultdict(dict)
        self._trials: dict[int, Trial] = {}
        self._failed: dict[str, str] = {}
        self._lock = threading.RLock()

    def tasks(self) -> Iterator[_Task]:
        """Yield what is to be done, as long as the plan has something."""
        while (configuration := self._plan.next()) is not None:
            kept = self._journal.find(configuration) if self._journal is not None else None
            if kept is not None:
                self._finish(kept, write=False)
                continue
            missing = []
            for position in range(len(self._folds)):
                outcome = self._known.get((configuration.number, position))
                if outcome is None:
                    missing.append(position)
                else:
                    self.take((configuration, position), outcome)
            for position in missing:
                yield configuration, position

    def take(self, task: _Task, outcome: Outcome | DataError) -> None:
        """Take note of an outcome."""
        configuration, position = task
        with self._lock:
            if isinstance(outcome, DataError):
                self._failed[configuration.name] = str(outcome)
                return
            of_trial = self._outcomes[configuration.number]
            of_trial[position] = outcome
            if len(of_trial) < len(self._folds):
                return
        self._finish(Trial(configuration, tuple(of_trial[i] for i in range(len(self._folds)))), write=True)

    def found(self) -> Found:
        """Return all finished trials."""
        return Found(tuple(self._trials[number] for number in sorted(self._trials)), self._failed)

    def _finish(self, trial: Trial, *, write: bool) -> None:
        if write and self._journal is not None:
            self._journal.write(trial)
        with self._lock:
            self._trials[trial.configuration.number] = trial
            self._plan.learn(trial)
            done = self._plan.share()
        self._progress(f"{trial.configuration.name} done, {len(self._trials)} configurations so far", done)
