"""Who does the fits: threads of this process, processes of this machine, or the workers of a Dask cluster.

All three answer the same to the same order, bit by bit. A crew keeps no order of its own: who asks waits for the
answers in the order in which they were asked for.
"""

import contextlib
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, ThreadPoolExecutor, wait
from dataclasses import replace
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from clew.core.errors import DataError, UsageError
from clew.train.search.journal import versions
from clew.train.threads import blas_threads, limit_blas
from clew.train.tune.fit import Bench, FoldRequest, FoldResult, fit_fold

_DASK = "dask://"
_CONNECT_S = 5
#: A fit whose worker ended is given to another one this many times.
_ATTEMPTS = 2


class Crew(Protocol):
    """Does fits."""

    def place(self, bench: Bench) -> Any:
        """Bring a bench to where the work is done, and return what stands for it."""

    def submit(self, place: Any, order: FoldRequest) -> Any:
        """Begin a fit, and return its future."""

    def result(self, future: Any) -> FoldResult:
        """Wait for a fit."""

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
        self._pool: Executor = ThreadPoolExecutor(workers)

    def place(self, bench: Bench) -> Bench:
        """Return the bench itself."""
        return bench

    def submit(self, place: Bench, order: FoldRequest) -> Any:
        """Begin a fit."""
        return self._pool.submit(fit_fold, place, order)

    def result(self, future: Any) -> FoldResult:
        """Wait for a fit."""
        told: FoldResult = future.result()
        return told

    def first(self, futures: Sequence[Any]) -> Any:
        """Wait until one of several fits is done."""
        return next(iter(wait(futures, return_when=FIRST_COMPLETED).done))

    def close(self) -> None:
        """Begin no fit that has not begun."""
        self._pool.shutdown(wait=True, cancel_futures=True)


class Processes:
    """Processes of this machine, which map the rows of each bench from one file.

    Parameters
    ----------
    workers : int
        Fits side by side.
    """

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._folder = tempfile.TemporaryDirectory(prefix="clew-tune-")
        self._places: dict[int, tuple[Bench, Path]] = {}

    def place(self, bench: Bench) -> Path:
        """Write the bench, once, to a folder that only this user can read."""
        from joblib import dump, wrap_non_picklable_objects

        if id(bench) not in self._places:
            path = Path(self._folder.name) / f"{len(self._places)}.bench"
            # A metric of the user's own may be a function that no module holds.
            metric = wrap_non_picklable_objects(bench.judge.metric, keep_wrapper=False)
            dump(replace(bench, judge=replace(bench.judge, metric=metric)), path)
            self._places[id(bench)] = (bench, path)
        return self._places[id(bench)][1]

    def submit(self, place: Path, order: FoldRequest) -> Any:
        """Begin a fit."""
        return _Again(self._executor().submit(_in_process, str(place), order), place, order)

    def result(self, future: "_Again") -> FoldResult:
        """Wait for a fit; where its process ended, another one does it."""
        from joblib.externals.loky.process_executor import BrokenProcessPool

        for _ in range(_ATTEMPTS):
            try:
                told: FoldResult = future.future.result()
            except BrokenProcessPool:
                future.future = self._executor().submit(_in_process, str(future.place), future.order)
            else:
                return told
        try:
            return future.future.result()  # type: ignore[no-any-return]
        except BrokenProcessPool:
            return FoldResult({}, error="The process that fitted it ended, perhaps for want of memory.")

    def first(self, futures: Sequence["_Again"]) -> Any:
        """Wait until one of several fits is done."""
        done = wait([future.future for future in futures], return_when=FIRST_COMPLETED).done
        return next(future for future in futures if future.future in done)

    def close(self) -> None:
        """End the processes, and remove what was written for them."""
        self._executor().shutdown(wait=True, kill_workers=True)
        self._folder.cleanup()

    def _executor(self) -> Any:
        from joblib.externals.loky import get_reusable_executor

        return get_reusable_executor(max_workers=self._workers, timeout=60)


class _Again:
    """A fit that can be given to another process."""

    def __init__(self, future: Any, place: Path, order: FoldRequest) -> None:
        self.future, self.place, self.order = future, place, order


@lru_cache(maxsize=32)
def _bench(path: str) -> Bench:
    """Read a bench that `Processes` wrote for this very process."""
    from joblib import load

    bench: Bench = load(path, mmap_mode="r")
    return bench


def _in_process(path: str, order: FoldRequest) -> FoldResult:
    return _elsewhere(_bench(path), order)


def _elsewhere(bench: Bench, order: FoldRequest) -> FoldResult:
    """Do a fit in a process that is not ours, whose linear algebra would use all its threads."""
    limit_blas(order.threads)
    return fit_fold(bench, order)


def _handed(bench: Bench) -> Bench:
    return bench


class Dask:
    """Workers of a Dask cluster.

    Parameters
    ----------
    address : str
        ``dask://HOST:PORT`` of the scheduler.

    Raises
    ------
    UsageError
        If Dask is not installed, nobody answers, or a worker has other versions of what a fit depends on.
    """

    def __init__(self, address: str) -> None:
        try:
            distributed: Any = import_module("distributed")
        except ImportError:
            raise UsageError(
                f"--compute {address} needs Dask, which is not installed.", hint="pip install 'clew[dask]'"
            ) from None
        where = address.removeprefix(_DASK)
        try:
            self._client = distributed.Client(f"tcp://{where}", timeout=_CONNECT_S, set_as_default=False)
        except (OSError, ValueError) as error:
            raise UsageError(
                f"No Dask scheduler answers at {where}: {type(error).__name__}.",
                hint="Start one: `dask scheduler` and `dask worker HOST:PORT`, and name its address.",
            ) from None
        self._places: dict[int, tuple[Bench, Any]] = {}
        try:
            self._check_workers(where)
        except UsageError:
            self._client.close()
            raise

    def _check_workers(self, where: str) -> None:
        here, there = versions(), self._client.run(versions, on_error="return")
        if not there:
            raise UsageError(f"The Dask cluster at {where} has no workers.", hint="Start `dask worker` on a machine.")
        for worker, found in there.items():
            if isinstance(found, BaseException):
                raise UsageError(
                    f"The Dask worker {worker} cannot run Clew: {type(found).__name__}: {found}.",
                    hint="Install Clew, in the same version, on all machines.",
                )
            other = {name: version for name, version in found.items() if here.get(name) != version}
            if other:
                shown = ", ".join(f"{name} {version} (here {here.get(name)})" for name, version in other.items())
                raise UsageError(
                    f"The Dask worker {worker} has {shown}, so that its fits would differ from those made here.",
                    hint="Install the same versions on all machines.",
                )

    def place(self, bench: Bench) -> Any:
        """Hand a bench to the cluster, once; its workers pass it on to each other.

        It is the result of a task, and not scattered: the scheduler can then make it anew where the worker that held
        it has ended.
        """
        if id(bench) not in self._places:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # that it is large is known
                self._places[id(bench)] = (bench, self._client.submit(_handed, bench, pure=False))
        return self._places[id(bench)][1]

    def submit(self, place: Any, order: FoldRequest) -> Any:
        """Begin a fit; where its worker ends, another one does it."""
        return self._client.submit(_elsewhere, place, order, pure=False, retries=_ATTEMPTS)

    def result(self, future: Any) -> FoldResult:
        """Wait for a fit."""
        distributed: Any = import_module("distributed")
        try:
            told: FoldResult = future.result()
        except distributed.KilledWorker:
            return FoldResult({}, error="The workers that fitted it ended, perhaps for want of memory.")
        except distributed.CancelledError:
            raise DataError(
                "The Dask cluster lost the rows that it was given: all its workers ended.",
                hint="Start workers and run the same again: what was finished is kept.",
            ) from None
        return told

    def first(self, futures: Sequence[Any]) -> Any:
        """Wait until one of several fits is done."""
        distributed: Any = import_module("distributed")
        with self._client.as_current():
            return next(iter(distributed.wait(list(futures), return_when=FIRST_COMPLETED).done))

    def close(self) -> None:
        """Leave the cluster."""
        self._client.close()


@contextlib.contextmanager
def crew_of(compute: str, workers: int, threads: int = 1) -> Iterator[Crew]:
    """Bring a crew together for the duration of a block.

    Parameters
    ----------
    compute : str
        ``local``, ``processes`` or ``dask://HOST:PORT``.
    workers : int
        Fits side by side on this machine.
    threads : int, default 1
        Threads of each fit.

    Raises
    ------
    UsageError
        If there is no such crew.
    """
    crew: Threads | Processes | Dask
    if compute == "local":
        crew = Threads(workers)
    elif compute == "processes":
        crew = Processes(workers)
    elif compute.startswith(_DASK):
        crew = Dask(compute)
    else:
        raise UsageError(
            f"`compute` is {compute!r}, which is not known.", hint="Use local, processes or dask://HOST:PORT."
        )
    try:
        with blas_threads(threads):
            yield crew
    finally:
        crew.close()
