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

from clew.core.errors import DataError
from clew.store.scratch import scratch_folder
from clew.train.tune.fit import Bench, FoldRequest, FoldResult, fit_fold_apart

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
        # A file is of use as long as somebody holds its bench: trials that may ask for it, or a fit that waits.
        self._files: weakref.WeakKeyDictionary[Bench, Path] = weakref.WeakKeyDictionary()
        self._numbers = count()

    def place(self, bench: Bench) -> "_Written":
        """Write the bench, once, to a folder that only this user can read."""
        if bench not in self._files:
            self._files[bench] = self._write(bench)
        return _Written(bench, self._files[bench])

    def _write(self, bench: Bench) -> Path:
        from joblib import dump, wrap_non_picklable_objects

        path = self._folder / f"{next(self._numbers)}.bench"
        # A metric of the user's own may be a function that no module holds.
        metric = wrap_non_picklable_objects(bench.judge.metric, keep_wrapper=False)
        try:
            dump(replace(bench, judge=replace(bench.judge, metric=metric)), path)
        except OSError as error:
            _remove(path)
            raise DataError(
                f"The rows cannot be written to {self._folder} for other processes: {error.strerror}.",
                hint="Make room there, or name another folder in TMPDIR; then run the same again.",
            ) from error
        weakref.finalize(bench, _remove, path)
        return path

    def submit(self, place: "_Written", order: FoldRequest) -> Any:
        """Begin a fit."""
        return _Again(self._executor().submit(_in_process, str(place.path), order), place, order)

    def result(self, future: "_Again") -> FoldResult:
        """Wait for a fit; where its process ended, another one does it.

        Raises
        ------
        DataError
            If those ended too.
        """
        from joblib.externals.loky.process_executor import BrokenProcessPool

        for attempt in range(_ATTEMPTS + 1):
            if attempt:
                future.future = self.submit(future.place, future.order).future
            try:
                told: FoldResult = future.future.result()
            except BrokenProcessPool:
                continue
            return told
        raise DataError(
            f"The process that fitted {future.order.configuration.name} ended {_ATTEMPTS + 1} times, perhaps for want "
            "of memory.",
            hint="Use fewer processors or a smaller space, and run the same again: what was finished is kept.",
        )

    def first(self, futures: Sequence["_Again"]) -> Any:
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
    """A bench, and the file that it was written to, which stays as long as the bench does."""

    bench: Bench
    path: Path


@dataclass(eq=False)
class _Again:
    """A fit that can be given to another process."""

    future: Any
    place: _Written
    order: FoldRequest


def _remove(path: Path) -> None:
    # Where a process has it mapped, some systems do not remove it: it goes with the folder.
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)


@lru_cache(maxsize=32)
def _bench(path: str) -> Bench:
    """Read a bench that `Processes` wrote for this very process."""
    from joblib import load

    bench: Bench = load(path, mmap_mode="r")
    return bench


def _in_process(path: str, order: FoldRequest) -> FoldResult:
    return fit_fold_apart(_bench(path), order)
