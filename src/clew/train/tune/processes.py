"""Fits in processes of this machine, which map the rows of each fold from one file."""

import contextlib
import weakref
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, wait
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Any

from clew.store.scratch import scratch_folder
from clew.train.tune.fit import FoldRequest, FoldResult, LostFitError, PreparedFold, fit_fold_apart

#: A fit whose process ended is given to another one this many times.
_ATTEMPTS = 2


class Processes:
    """Processes of this machine.

    Parameters
    ----------
    workers : int
        Fits side by side.
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._stack = contextlib.ExitStack()
        self._folder = self._stack.enter_context(scratch_folder("clew-tune-"))
        # A file is of use as long as somebody holds its fold: trials that may ask for it, or a fit that waits.
        self._files: weakref.WeakKeyDictionary[PreparedFold, Path] = weakref.WeakKeyDictionary()
        self._numbers = count()

    def place(self, prepared: PreparedFold) -> "_Written":
        """Write the fold, once, to a folder that only this user can read."""
        if prepared not in self._files:
            self._files[prepared] = self._write(prepared)
        return _Written(prepared, self._files[prepared])

    def _write(self, prepared: PreparedFold) -> Path:
        from joblib import dump, wrap_non_picklable_objects

        path = self._folder / f"{next(self._numbers)}.fold"
        # A metric of the user's own may be a function that no module holds.
        metric = wrap_non_picklable_objects(prepared.judge.metric, keep_wrapper=False)
        try:
            dump(replace(prepared, judge=replace(prepared.judge, metric=metric)), path)
        except OSError as error:
            _remove(path)
            raise LostFitError(
                f"The rows cannot be written to {self._folder} for other processes: {error.strerror}.",
                hint="Make room there, or name another folder in TMPDIR; then run the same again.",
            ) from error
        weakref.finalize(prepared, _remove, path)
        return path

    def submit(self, place: "_Written", request: FoldRequest) -> Any:
        """Begin a fit."""
        return Resubmittable(self._executor().submit(_in_process, str(place.path), request), place, request)

    def result(self, future: "Resubmittable") -> FoldResult:
        """Wait for a fit; where its process ended, another one does it.

        Raises
        ------
        LostFitError
            If those ended too.
        """
        from joblib.externals.loky.process_executor import BrokenProcessPool

        for attempt in range(_ATTEMPTS + 1):
            if attempt:
                future.future = self.submit(future.place, future.request).future
            try:
                result: FoldResult = future.future.result()
            except BrokenProcessPool:
                continue
            return result
        raise LostFitError(
            f"The process that fitted {future.request.configuration.name} ended {_ATTEMPTS + 1} times, perhaps for "
            "want of memory.",
            hint="Use fewer processors or a smaller space, and run the same again: what was finished is kept.",
        )

    def first(self, futures: Sequence["Resubmittable"]) -> Any:
        """Wait until one of several fits is done."""
        done = wait([future.future for future in futures], return_when=FIRST_COMPLETED).done
        return next(future for future in futures if future.future in done)

    def close(self) -> None:
        """End the processes, and remove what was written for them."""
        self._executor().shutdown(wait=True, kill_workers=True)
        self._stack.close()

    def _executor(self) -> Any:
        from joblib.externals.loky import get_reusable_executor

        return get_reusable_executor(max_workers=self.workers, timeout=60)


@dataclass(frozen=True)
class _Written:
    """A fold, and the file that it was written to, which stays as long as the fold does."""

    prepared: PreparedFold
    path: Path


@dataclass(eq=False)
class Resubmittable:
    """A fit that can be given to another process."""

    future: Any
    place: _Written
    request: FoldRequest


def _remove(path: Path) -> None:
    # Where a process has it mapped, some systems do not remove it: it goes with the folder.
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)


@lru_cache(maxsize=32)
def _read(path: str) -> PreparedFold:
    """Read a fold that `Processes` wrote for this very process."""
    from joblib import load

    prepared: PreparedFold = load(path, mmap_mode="r")
    return prepared


def _in_process(path: str, request: FoldRequest) -> FoldResult:
    return fit_fold_apart(_read(path), request)
