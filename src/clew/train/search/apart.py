"""Fits that a deadline alone cannot end run in a process that can be ended."""

import json
import shutil
import tempfile
import threading
import time
from collections.abc import Collection
from pathlib import Path
from typing import Self

from clew.core.errors import DataError
from clew.core.process import Children
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


class Apart:
    """A place for fits that can be ended; use it as a context manager.

    Parameters
    ----------
    limit_s : float
        The whole limit, in seconds.
    """

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._children = Children("clew.train.search.child:work")
        self._folder = Path(tempfile.mkdtemp(prefix="clew-rows-"))
        # By the identity of the learning rows, which are kept so that it stays theirs.
        self._written: dict[int, tuple[Part, Path]] = {}
        self._count = 0
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._children.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def available(self) -> bool:
        """Whether fits can run here: the system can fork, and the limit leaves time for it."""
        return Children.available() and self._limit_s >= _LEAST_LIMIT_S

    def warm(self, algorithms: Collection[str]) -> None:
        """Import libraries where fits will run, in the background, if there will be such fits."""
        if algorithms and self.available:
            self._children.first = json.dumps({"warm": sorted(algorithms)})
            self._children.start()

    def takes(self, request: FitRequest, learn: Part) -> bool:
        """Return whether a fit must run in a process of its own, as it may not stop at its deadline."""
        if not self.available:
            return False
        matrix = learn.matrix
        columns = matrix.numeric.shape[1] + matrix.codes.shape[1]
        return needs_ending(request.configuration.algorithm, len(learn), columns, request.classes, self._limit_s)

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
            If the library refuses the rows or the parameters, or the fit had to be ended.
        """
        rows, out = self._places(sides)
        begun = time.monotonic()
        orderly = _ORDERLY_S if ESTIMATORS[request.configuration.algorithm].interruptible else 0.0
        end = min(until + orderly, begun + _MOST * self._limit_s)
        try:
            answer = self._children.run(message_of(request, rows, out), until=end)
            if answer is None:
                raise DataError(
                    f"Its fit was ended after {time.monotonic() - begun:.1f} s, and had no result yet.",
                    hint="Allow more time, or leave this algorithm out.",
                )
            said = json.loads(answer)
            if "refused" in said:
                raise DataError(said["refused"], hint=said["hint"])
            return outcome_from(request, said, out)
        finally:
            shutil.rmtree(out, ignore_errors=True)

    def release(self) -> None:
        """Give back the memory of what waits for fits; the next one starts it anew."""
        self._children.close()

    def _places(self, sides: Sides) -> tuple[Path, Path]:
        """Return the folder of the rows, written if need be, and an empty one for the outcome."""
        with self._lock:
            key = id(sides.learn)
            if key not in self._written:
                rows = self._folder / f"rows-{len(self._written)}"
                write_sides(sides, rows)
                self._written[key] = sides.learn, rows
            rows = self._written[key][1]
            self._count += 1
            out = self._folder / f"out-{self._count}"
            out.mkdir()
            return rows, out


def needs_ending(algorithm: str, rows: int, columns: int, classes: int, limit_s: float) -> bool:
    """Return whether a deadline alone might not end a fit.

    Parameters
    ----------
    algorithm : str
        What is fitted; only Clew's own algorithms are known well enough.
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
    return not spec.interruptible or step_seconds(algorithm, rows, columns, classes) > longest_s
