"""Who does the fits: threads of this process, processes of this machine, or the workers of a Dask cluster.

All three answer the same to the same request, bit by bit. A crew keeps no order of its own: who asks waits for the
answers in the order in which they were asked for.
"""

import contextlib
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, ThreadPoolExecutor, wait
from typing import Any, Protocol

from clew.core.errors import UsageError
from clew.train.threads import blas_threads
from clew.train.tune.dask_workers import DASK, DaskWorkers
from clew.train.tune.fit import FoldRequest, FoldResult, PreparedFold, fit_fold
from clew.train.tune.processes import Processes


class Crew(Protocol):
    """Does fits."""

    @property
    def workers(self) -> int:
        """Fits side by side."""

    def place(self, prepared: PreparedFold) -> Any:
        """Bring a fold to where the work is done, and return what stands for it."""

    def submit(self, place: Any, request: FoldRequest) -> Any:
        """Begin a fit, and return its future."""

    def result(self, future: Any) -> FoldResult:
        """Wait for a fit; a DataError where whoever made it is lost."""

    def first(self, futures: Sequence[Any]) -> Any:
        """Wait until one of several fits is done, and return it."""


class Threads:
    """Threads of this process, which share all rows.

    Parameters
    ----------
    workers : int
        Fits side by side.
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._pool: Executor = ThreadPoolExecutor(workers)

    def place(self, prepared: PreparedFold) -> PreparedFold:
        """Return the fold itself."""
        return prepared

    def submit(self, place: PreparedFold, request: FoldRequest) -> Any:
        """Begin a fit."""
        return self._pool.submit(fit_fold, place, request)

    def result(self, future: Any) -> FoldResult:
        """Wait for a fit."""
        result: FoldResult = future.result()
        return result

    def first(self, futures: Sequence[Any]) -> Any:
        """Wait until one of several fits is done."""
        return next(iter(wait(futures, return_when=FIRST_COMPLETED).done))

    def close(self) -> None:
        """Begin no fit that has not begun."""
        self._pool.shutdown(wait=True, cancel_futures=True)


@contextlib.contextmanager
def crew_of(
    compute: str, workers: int, threads: int = 1, algorithms: Sequence[str] = (), end: float | None = None
) -> Iterator[Crew]:
    """Bring a crew together for the duration of a block.

    Parameters
    ----------
    compute : str
        ``local``, ``processes`` or ``dask://HOST:PORT``.
    workers : int
        Fits side by side on this machine.
    threads : int, default 1
        Threads of each fit.
    algorithms : sequence of str, default ()
        What is fitted: other machines must have the same versions of it.
    end : float, optional
        Value of `time.monotonic` after which fits that nobody can make are not waited for.

    Raises
    ------
    UsageError
        If there is no such crew.
    """
    crew: Threads | Processes | DaskWorkers
    if compute == "local":
        crew = Threads(workers)
    elif compute == "processes":
        crew = Processes(workers)
    elif compute.startswith(DASK):
        crew = DaskWorkers(compute, algorithms, end)
    else:
        raise UsageError(
            f"`compute` is {compute!r}, which is not known.", hint="Use local, processes or dask://HOST:PORT."
        )
    try:
        with blas_threads(threads):
            yield crew
    finally:
        crew.close()
