"""Fits by the workers of a Dask cluster, which may come and go."""

import time
import warnings
import weakref
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED
from functools import cache
from importlib import import_module
from typing import Any

from clew.core.errors import InputError, UsageError
from clew.train.search.journal import versions
from clew.train.tune.fit import FoldRequest, FoldResult, LostFitError, PreparedFold, fit_fold_apart

DASK = "dask://"
_CONNECT_S = 5
#: A fit whose worker ended is given to another one this many times.
_ATTEMPTS = 2
#: Seconds between two looks at whether workers are left, and how long none may be there.
_LOOK_S, _WITHOUT_WORKERS_S = 1.0, 60.0
#: Seconds by which clocks may differ where a limit in seconds is to be kept.
_CLOCKS_S = 2.0
_LOST = "Start workers and run the same again: what was finished is kept."


class DaskWorkers:
    """Workers of a Dask cluster.

    Parameters
    ----------
    address : str
        ``dask://HOST:PORT`` of the scheduler.
    algorithms : sequence of str
        What is fitted: all workers must have the same versions of it.
    end : float, optional
        Value of `time.monotonic` after which fits are not waited for while there is no worker.

    Raises
    ------
    UsageError
        If Dask is not installed, nobody answers, or a worker has other versions of what a fit depends on, or, with a
        limit in seconds, another time.
    """

    def __init__(self, address: str, algorithms: Sequence[str], end: float | None) -> None:
        try:
            self._distributed: Any = import_module("distributed")
        except ImportError:
            raise UsageError(
                f"--compute {address} needs Dask, which is not installed.", hint="pip install 'clew[dask]'"
            ) from None
        where = address.removeprefix(DASK)
        try:
            self._client = self._distributed.Client(f"tcp://{where}", timeout=_CONNECT_S, set_as_default=False)
        except (OSError, ValueError) as error:
            raise UsageError(
                f"No Dask scheduler answers at {where}: {type(error).__name__}.",
                hint="Start one: `dask scheduler` and `dask worker HOST:PORT`, and name its address.",
            ) from None
        self._own = tuple(name for name in algorithms if "." in name)
        self._versions, self._end = versions(self._own), end
        # Rows that nobody here can ask for any more are given up there too.
        self._placed: weakref.WeakKeyDictionary[PreparedFold, Any] = weakref.WeakKeyDictionary()
        try:
            self._check_workers(where)
        except BaseException:
            self._client.close()
            raise

    @property
    def workers(self) -> int:
        """Fits side by side: threads of all workers that are there now."""
        return max(1, sum(map(int, self._client.nthreads().values())))

    def _check_workers(self, where: str) -> None:
        there = self._client.run(versions, self._own, on_error="return")
        if not there:
            raise UsageError(f"The Dask cluster at {where} has no workers.", hint="Start `dask worker` on a machine.")
        for worker, found in there.items():
            if isinstance(found, InputError):  # as where a module of one's own is missing there
                raise UsageError(f"The Dask worker {worker} cannot work: {found.message}", hint=found.hint)
            if isinstance(found, BaseException):
                raise UsageError(
                    f"The Dask worker {worker} cannot run Clew: {type(found).__name__}: {found}.",
                    hint="Install Clew, in the same version, on all machines.",
                )
            _check_versions(worker, found, self._versions)
        if self._end is None:
            return
        before = time.time()
        for worker, now in self._client.run(time.time).items():
            off = max(before - now, now - time.time())
            if off > _CLOCKS_S:
                raise UsageError(
                    f"The clock of the Dask worker {worker} is {off:.0f} s off, and a limit in seconds needs one time.",
                    hint="Let the machines keep the same time, or limit the trials instead.",
                )

    def place(self, prepared: PreparedFold) -> Any:
        """Hand a fold to the cluster, once; its workers pass it on to each other.

        It is the result of a task, and not scattered: the scheduler can then make it anew where the worker that held
        it has ended.
        """
        if prepared not in self._placed:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # that it is large is known
                self._placed[prepared] = self._client.submit(_handed, prepared, pure=False)
        return self._placed[prepared]

    def submit(self, place: Any, request: FoldRequest) -> Any:
        """Begin a fit; where its worker ends, another one does it."""
        return self._client.submit(_on_worker, place, request, self._own, self._versions, pure=False, retries=_ATTEMPTS)

    def result(self, future: Any) -> FoldResult:
        """Wait for a fit.

        Raises
        ------
        LostFitError
            If whoever made it is lost.
        """
        if self._done([future]) is None:
            return FoldResult({}, late=True)
        try:
            result: FoldResult = future.result()
        except self._distributed.KilledWorker:
            raise LostFitError(
                "The Dask workers that made a fit ended one after the other, perhaps for want of memory.",
                hint="Give them more memory or use a smaller space, and run the same again: what was finished is kept.",
            ) from None
        except self._distributed.CancelledError:
            raise _lost() from None
        return result

    def first(self, futures: Sequence[Any]) -> Any:
        """Wait until one of several fits is done, or can no longer be."""
        done = self._done(futures)
        return futures[0] if done is None else done

    def _done(self, futures: Sequence[Any]) -> Any:
        """Wait until one of several fits is done; None where time is over, and no worker is there to go on with them.

        Raises
        ------
        LostFitError
            If there is no worker for long, or the scheduler has forgotten the fits.
        """
        since = None
        while True:
            try:
                deserted = not self._client.nthreads()
                over = deserted and self._end is not None and time.monotonic() >= self._end
                if (done := self._next(futures, 0.0 if over else _LOOK_S)) is not None:
                    return done
            except (self._distributed.CancelledError, OSError):
                raise _lost() from None
            if over:
                return None
            now = time.monotonic()
            since = (since or now) if deserted else None
            if since is not None and now - since > _WITHOUT_WORKERS_S:
                raise _lost()

    def _next(self, futures: Sequence[Any], wait_s: float) -> Any:
        """Return a fit that is done; None where none is after some seconds."""
        try:
            with self._client.as_current():
                done = self._distributed.wait(list(futures), timeout=wait_s, return_when=FIRST_COMPLETED).done
        except TimeoutError:
            return None
        return next(iter(done))

    def close(self) -> None:
        """Leave the cluster."""
        self._client.close()


def _lost() -> LostFitError:
    return LostFitError(
        "The Dask cluster lost what it was given: all its workers, or its scheduler, ended.", hint=_LOST
    )


def _check_versions(worker: str, found: Mapping[str, str], wanted: Mapping[str, str]) -> None:
    other = {name: version for name, version in found.items() if wanted.get(name) != version}
    if other:
        shown = ", ".join(f"{name} {version} (here {wanted.get(name)})" for name, version in other.items())
        raise UsageError(
            f"The Dask worker {worker} has {shown}, so that its fits would differ from those made here.",
            hint="Install the same versions on all machines.",
        )


def _handed(prepared: PreparedFold) -> PreparedFold:
    return prepared


#: Of this worker: they stay the same as long as it runs.
_versions_here = cache(versions)


def _on_worker(
    prepared: PreparedFold, request: FoldRequest, own: tuple[str, ...], wanted: Mapping[str, str]
) -> FoldResult:
    """Do a fit on a worker, which may have come after the others were checked."""
    worker: Any = import_module("distributed").get_worker()
    _check_versions(worker.address, _versions_here(own), wanted)
    return fit_fold_apart(prepared, request)
