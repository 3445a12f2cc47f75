"""Trying many configurations at a time.

A plan hands out configurations; every fold of each becomes a task, and tasks run on threads side by side (the libraries
release the interpreter's lock). Nothing is nested: a task uses the threads that it is given, one where the table is
small. Folds are raced: after the first ones, a configuration that is hopeless beside the others is stopped.
"""

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed

from clew.core.errors import DataError
from clew.core.freed import give_back
from clew.core.progress import Progress
from clew.train.device import turn
from clew.train.folds.preparation import Folds
from clew.train.log import Log
from clew.train.search.board import Board, Found, Task
from clew.train.search.fit import Apart, run_fold
from clew.train.search.journal import Journal
from clew.train.search.plan import Plan
from clew.train.search.race import Race
from clew.train.search.trial import Outcome

#: From this many numbers in the table on, a fit uses several threads.
_LARGE_CELLS = 20_000_000
_THREADS_PER_LARGE_FIT = 4
#: A longer fit may leave much behind in memory, beside which it takes no time to give that back.
_LONG_FIT_S = 0.3
#: Folds after each of which a configuration may be stopped.
_STAGES = 2


def divided(cpus: int, rows: int, columns: int, device: str = "cpu") -> tuple[int, int]:
    """Return how many tasks run side by side, and on how many threads each.

    Several fits on one thread each beat one fit on several threads, whose threads wait for each other after every tree,
    unless the table is so large that side by side they would need too much memory.

    Parameters
    ----------
    cpus : int
        Threads in all.
    rows, columns : int
        Size of the matrix.
    device : str, default "cpu"
        Where the boosters learn. A GPU has one fit at a time, so there is one task, with all threads.
    """
    if device != "cpu":
        return 1, cpus
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
    apart: Apart | None = None,
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
        Called with a message and the share that is done.
    journal : Journal, optional
        Where finished trials are kept and found.
    known : mapping, optional
        Outcomes that are there already, by number of the configuration and position of the fold.
    apart : Apart, optional
        Where fits run that a deadline alone might not end.
    """
    race = Race([folds.judge(stage + 1) for stage in range(min(_STAGES, len(folds) - 1))])
    board = Board(plan, len(folds), race, journal, progress, known or {})
    if workers == 1:
        _work(board, plan, folds, threads, apart)
        return board.found()
    with ThreadPoolExecutor(workers, thread_name_prefix="clew-fit") as pool:
        try:
            working = [pool.submit(_work, board, plan, folds, threads, apart) for _ in range(workers)]
            for done in as_completed(working):
                done.result()
        except KeyboardInterrupt:
            progress("stopping, once the fits in progress have ended", plan.share())
            raise
        finally:
            board.close()
    return board.found()


def _work(board: Board, plan: Plan, folds: Folds, threads: int, apart: Apart | None) -> None:
    """Do one task after the other."""
    try:
        while (task := _waited(board, folds.log)) is not None:
            board.take(task, _outcome(task, plan, folds, threads, apart))
    finally:
        board.close()


def _waited(board: Board, log: Log) -> Task | None:
    """Return the next task, and take note of the time until it was there."""
    start = time.monotonic()
    task = board.next()
    log.add("wait", start, time.monotonic() - start)
    return task


def _outcome(task: Task, plan: Plan, folds: Folds, threads: int, apart: Apart | None) -> Outcome | DataError:
    configuration, position = task
    told = {"algorithm": configuration.algorithm, "model": configuration.name}
    start = time.monotonic()
    try:
        _ = folds[position]  # its preparation is no part of the fit
        with turn(configuration.params, plan.deadline(1)):
            start, deadline = time.monotonic(), plan.deadline(len(folds) - position)
            outcome = run_fold(configuration, folds, position, threads=threads, deadline=deadline, apart=apart)
    except DataError as error:
        folds.log.add("failed", start, time.monotonic() - start, **told)
        return error
    folds.log.add("fit", start, outcome.fit_s, **told)
    if outcome.fit_s > _LONG_FIT_S:
        give_back()
    folds.log.add("judge", start + outcome.fit_s, time.monotonic() - start - outcome.fit_s, **told)
    return outcome
