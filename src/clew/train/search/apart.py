"""Fits that a deadline alone cannot end run in a process that can be ended."""

import contextlib
import json
import shutil
import threading
import time
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from clew.core.errors import DataError
from clew.core.process import Children
from clew.store.files import no_temporary_files
from clew.train.estimators import ESTIMATORS
from clew.train.estimators.base import Part
from clew.train.folds.preparation import Sides
from clew.train.search.child import message_of, outcome_from, write_sides
from clew.train.search.costs import step_seconds
from clew.train.search.fit import FitRequest
from clew.train.search.trial import Outcome

#: With a smaller limit it does not pay to import the libraries in another process.
_LEAST_LIMIT_S = 4.0
#: A step that may take longer, between two looks at the clock, is not waited for: seconds, and share of the limit.
_LONG_STEP_S, _LONG_STEP = 0.15, 0.01
#: Share of the limit that one fit of this kind may take.
_MOST = 0.25
#: A fit that looks at the clock itself gets this many more seconds to end in good order.
_ORDERLY_S = 0.25


class EndableFits:
    """A place for fits that can be ended (`clew.train.search.fit.Apart`); use it as a context manager.

    Parameters
    ----------
    limit_s : float
        The whole limit, in seconds.
    """

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._children = Children("clew.train.search.child:work")
        # By the identity of the learning rows, which are kept so that it stays theirs.
        self._written: dict[int, tuple[Part, Path]] = {}
        self._count = 0
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._children.close()

    @property
    def available(self) -> bool:
        """Whether fits can run here: the system can fork, and the limit leaves time for it."""
        return Children.available() and self._limit_s >= _LEAST_LIMIT_S

    def warm(self, algorithms: Collection[str]) -> None:
        """Import libraries where fits will run, in the background, if there will be such fits."""
        if algorithms and self.available:
            self._children.first = json.dumps({"warm": sorted(algorithms)})
            with contextlib.suppress(OSError):  # the first fit will try again, and say what stands in the way
                self._children.start()

    def takes(self, request: FitRequest, learn: Part) -> bool:
        """Return whether a fit must run in a process of its own, as it may not stop at its deadline."""
        if not self.available:
            return False
        matrix = learn.matrix
        columns = matrix.numeric.shape[1] + matrix.codes.shape[1]
        told = request.configuration
        return needs_ending(told.algorithm, told.params, len(learn), columns, request.classes, self._limit_s)

    def outcome(self, request: FitRequest, sides: Sides, *, until: float) -> Outcome:
        """Fit and ask about the judging rows.

        Parameters
        ----------
        request : FitRequest
            What is fitted, and how.
        sides : Sides
            The rows; the same learning rows come with the same others each time, and are written once.
        until : float
            Value of `time.monotonic` after which nothing counts any more.

        Raises
        ------
        DataError
            If the library refuses the rows or the parameters, the fit had to be ended or was killed, or there is no
            room for its files.
        """
        try:
            rows, out = self._places(sides)
            try:
                return self._asked(request, rows, out, until)
            finally:
                shutil.rmtree(out, ignore_errors=True)
        except OSError as error:
            raise no_temporary_files("A fit in a process of its own", error) from error

    def release(self) -> None:
        """Give back the memory of what waits for fits, and the rows on disk; the next one starts it anew."""
        with self._lock:
            self._children.close()
            self._written.clear()

    def _asked(self, request: FitRequest, rows: Path, out: Path, until: float) -> Outcome:
        begun = time.monotonic()
        told = request.configuration
        orderly = _ORDERLY_S if ESTIMATORS[told.algorithm].stops_on_time(told.params) else 0.0
        until = min(until, begun + _MOST * self._limit_s)
        if request.deadline is not None:
            request = replace(request, deadline=min(request.deadline, until))
        end = until + orderly
        answer = self._children.run(message_of(request, rows, out), until=end)
        if answer is None:
            raise _without_answer(begun, end)
        said = json.loads(answer)
        if "refused" in said:
            raise DataError(said["refused"], hint=said["hint"])
        return outcome_from(request, said, out)

    def _places(self, sides: Sides) -> tuple[Path, Path]:
        """Return the folder of the rows, written if need be, and an empty one for the outcome."""
        with self._lock:
            folder, key = self._children.folder, id(sides.learn)
            if key not in self._written:
                rows = folder / f"rows-{len(self._written)}"
                try:
                    write_sides(sides, rows)
                except OSError:
                    shutil.rmtree(rows, ignore_errors=True)  # half of them is of no use, and takes room
                    raise
                self._written[key] = sides.learn, rows
            rows = self._written[key][1]
            self._count += 1
            out = folder / f"out-{self._count}"
            out.mkdir()
            return rows, out


def _without_answer(begun: float, end: float) -> DataError:
    """Say whether a fit without an answer was ended at its time, or before."""
    now = time.monotonic()
    if now >= end:
        return DataError(
            f"Its fit was ended after {now - begun:.1f} s, and had no result yet.",
            hint="Allow more time, or leave this algorithm out.",
        )
    return DataError(
        f"Its process was killed, or failed, after {now - begun:.1f} s, before its time was over.",
        hint="It may have needed more memory than there is: use fewer `cpus`, or leave this algorithm out.",
    )


def needs_ending(
    algorithm: str, params: Mapping[str, Any], rows: int, columns: int, classes: int, limit_s: float
) -> bool:
    """Return whether a deadline alone might not end a fit.

    Parameters
    ----------
    algorithm : str
        What is fitted; only Clew's own algorithms are known well enough.
    params : mapping
        Parameters that differ from its defaults.
    rows, columns : int
        Size of the matrix.
    classes : int
        Number of classes, 0 for a regression.
    limit_s : float
        The whole limit, in seconds.
    """
    spec = ESTIMATORS.get(algorithm)
    if spec is None:
        return False
    longest_s = max(_LONG_STEP_S, _LONG_STEP * limit_s)
    return not spec.stops_on_time(params) or step_seconds(algorithm, rows, columns, classes) > longest_s
