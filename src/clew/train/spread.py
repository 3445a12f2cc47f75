"""Where the truth lies around an answer: quantiles for any row.

Quantile regressions (Koenker and Bassett 1978) of what a model leaves unexplained, on the features and on the answer
itself, say for a few levels how far the truth lies from the answer. In between and beyond, a level's quantile goes on
as that of a normal distribution would. A constant for each level, found on rows that had no part in all this, then lets
each be exceeded as often as it says (conformalised quantile regression, Romano, Patterson and Candès 2019).
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.core.errors import ArtifactError, UsageError
from clew.core.jsonable import dumps
from clew.prepare.matrix import Matrix
from clew.train.estimators import get_estimator
from clew.train.estimators.base import FittedEstimator, Floats

#: Levels that have a regression of their own.
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
#: Levels whose constant is kept; those in between go from neighbour to neighbour, and the ends are the outermost.
GRID = (0.005, 0.01, 0.025, *(number / 20 for number in range(1, 20)), 0.975, 0.99, 0.995)
#: The algorithm of the regressions, and what the answer is called among its columns.
ALGORITHM, ANSWER = "lightgbm", "(answer)"
_FILE = "levels.json"
#: How far a number of float32 may lie from the bound that it stands for.
_NARROW = 1e-7
#: Rows that are placed at a time.
_CHUNK_ROWS = 100_000
_KNOTS = np.array([NormalDist().inv_cdf(level) for level in LEVELS])
_GRID = np.array([NormalDist().inv_cdf(level) for level in GRID])
_MIDDLE = GRID.index(0.5)
#: What is added to a quantile, as a share of its size: a few times the rounding of a sum, away from the middle.
_OUTWARDS = 4.0 * np.finfo(np.float64).eps * np.sign(_GRID)


@dataclass(frozen=True, eq=False)
class Spread:
    """Quantiles of the truth around an answer.

    Parameters
    ----------
    members : tuple of FittedEstimator
        The regression of each of `LEVELS`, in `unit`; empty where the answer's distance is the same for all rows.
    shifts : ndarray, shape (len(GRID),)
        The constant of each level of `GRID`, in `unit`.
    unit : float
        What 1 stands for, in units of the target.
    floor : float
        What no quantile lies below: 0 where the target never did, else minus infinity.
    rows : float
        Rows that the constants rest on; with weights, the number of equal ones that would say as much. The more, the
        further out a level may lie.
    """

    members: tuple[FittedEstimator, ...]
    shifts: Floats
    unit: float
    floor: float
    rows: float

    def quantiles(self, matrix: Matrix, answers: Floats, levels: Sequence[float], *, threads: int = 1) -> Floats:
        """Return quantiles of the truth of many rows.

        Parameters
        ----------
        matrix : Matrix
            Features of n rows.
        answers : ndarray, shape (n,)
            What the model answers for them.
        levels : sequence of float
            From 0.005 to 0.995.
        threads : int, default 1
            Threads to use; the result does not depend on it.

        Returns
        -------
        ndarray, shape (n, len(levels))
            A higher level never has a lower quantile.

        Raises
        ------
        UsageError
            If a level lies further out than the rows that judged can tell.
        """
        self.check_reach(levels)
        found = []
        if self.members:
            beside = with_answer(matrix, answers)
            found = [member.predict(beside, threads=threads) for member in self.members]
        between = np.stack(found, axis=1) if found else None
        placed = np.empty((len(answers), len(levels)))
        for start in range(0, len(answers), _CHUNK_ROWS):  # on the way there is a column for each level of the grid
            some = slice(start, start + _CHUNK_ROWS)
            placed[some] = self._placed(None if between is None else between[some], answers[some], levels)
        return placed

    def reaches(self, levels: Sequence[float]) -> bool:
        """Return whether there were rows enough to tell levels that lie so far out."""
        furthest = max(max(level, 1.0 - level) for level in levels)
        return furthest * (self.rows + 1.0) <= self.rows + 1e-9

    def quantiles_row(
        self, numeric: NDArray[np.float32], codes: NDArray[np.int32], answer: float, levels: Sequence[float]
    ) -> Floats:
        """Return quantiles of the truth of one row, with the bits that it has in a table.

        Parameters
        ----------
        numeric, codes
            The row's features, as of `clew.prepare.matrix.row_to_matrix`.
        answer : float
            What the model answers for it.
        levels : sequence of float
            As in `quantiles`, and so are the errors.
        """
        self.check_reach(levels)
        answers = np.array([answer])
        beside = np.append(numeric, as_feature(answers))
        found = [member.predict_row(beside, codes) for member in self.members]
        placed: Floats = self._placed(np.stack(found, axis=1) if found else None, answers, levels)[0]
        return placed

    def _placed(self, found: Floats | None, answers: Floats, levels: Sequence[float]) -> Floats:
        # All levels of the grid are placed, so that a quantile does not depend on which others are asked for.
        between = 0.0 if found is None else between_levels(found, GRID)
        placed = answers[:, None] + (between + self.shifts) * self.unit
        # A truth that lies just where it was among the rows that judged is within, however the sum is rounded.
        placed += _OUTWARDS * np.maximum(np.abs(placed), np.abs(answers[:, None]))
        return np.maximum(_between(_in_order(placed), _GRID, levels), self.floor)

    def check_reach(self, levels: Sequence[float]) -> None:
        """Refuse levels that lie further out than the rows that judged can tell.

        Raises
        ------
        UsageError
            If there is one.
        """
        if not self.reaches(levels):
            furthest = max(max(level, 1.0 - level) for level in levels)
            needed = math.ceil(furthest / (1.0 - furthest) - 1e-9)
            raise UsageError(
                f"The level {furthest:g} takes {needed} rows that judge the model, and {math.floor(self.rows)} did.",
                hint="Ask for a smaller share, or train with more rows.",
            )

    def save(self, folder: Path) -> None:
        """Write it, as JSON and in the format of the regressions."""
        folder.mkdir(parents=True, exist_ok=True)
        told = {
            "levels": list(LEVELS) if self.members else [],
            "grid": list(GRID),
            "shifts": self.shifts.tolist(),
            "unit": self.unit,
            "rows": self.rows,
            "never_below": self.floor if np.isfinite(self.floor) else None,
        }
        (folder / _FILE).write_text(dumps(told, indent=1), encoding="utf-8")
        for number, member in enumerate(self.members):
            member.save(folder / f"{number:02d}-{ALGORITHM}")

    @classmethod
    def load(cls, folder: Path) -> "Spread":
        """Read what `save` wrote.

        Raises
        ------
        ArtifactError
            If the files are damaged.
        """
        try:
            told = json.loads((folder / _FILE).read_text(encoding="utf-8"))
            shifts, unit = np.array(told["shifts"], dtype=np.float64), float(told["unit"])
            rows = float(told["rows"])
            floor = -np.inf if told["never_below"] is None else float(told["never_below"])
            known = (
                tuple(told["grid"]) == GRID and tuple(told["levels"]) in ((), LEVELS) and shifts.shape == (len(GRID),)
            )
            count = len(told["levels"])
        except (OSError, KeyError, TypeError, ValueError) as error:
            raise _damaged(folder, str(error)) from error
        if not known:
            raise _damaged(folder, "it holds other levels than this version knows")
        spec = get_estimator(ALGORITHM)
        return cls(tuple(spec.load(folder / f"{n:02d}-{ALGORITHM}") for n in range(count)), shifts, unit, floor, rows)


def between_levels(found: Floats, levels: Sequence[float]) -> Floats:
    """Return quantiles for any levels from those for `LEVELS`.

    Parameters
    ----------
    found : ndarray, shape (n, len(LEVELS))
        Of each row; where they cross, they are put in order.
    levels : sequence of float
        Between 0 and 1.

    Returns
    -------
    ndarray, shape (n, len(levels))
        Straight lines between neighbours, and beyond the outermost two, over the quantiles of the normal distribution.
    """
    return _between(np.sort(found, axis=1), _KNOTS, levels)


def _in_order(placed: Floats) -> Floats:
    """Return quantiles for `GRID` that rise with their level: where they cross, the outer one is moved outwards."""
    below = np.minimum.accumulate(placed[:, _MIDDLE::-1], axis=1)[:, ::-1]
    above = np.maximum.accumulate(placed[:, _MIDDLE:], axis=1)
    return np.concatenate([below, above[:, 1:]], axis=1)


def _between(placed: Floats, knots: Floats, levels: Sequence[float]) -> Floats:
    """Return what lies at some levels, from what lies at knots, by straight lines over the normal distribution."""
    asked = np.array([NormalDist().inv_cdf(level) for level in levels])
    left = np.clip(np.searchsorted(knots, asked, side="right") - 1, 0, len(knots) - 2)
    part = (asked - knots[left]) / (knots[left + 1] - knots[left])
    found: Floats = placed[:, left] + (placed[:, left + 1] - placed[:, left]) * part
    return found


def with_answer(matrix: Matrix, answers: Floats) -> Matrix:
    """Return a matrix with the answers as its last number.

    Parameters
    ----------
    matrix : Matrix
        Features of n rows.
    answers : ndarray, shape (n,)
        What a model answers for them.
    """
    layout = matrix.layout
    # Quantiles are bound to no direction, as they are free to lie further apart.
    beside = replace(layout, numeric=(*layout.numeric, ANSWER), monotone=(0,) * (len(layout.numeric) + 1))
    return Matrix(np.column_stack([matrix.numeric, as_feature(answers)]), matrix.codes, beside)


def as_feature(answers: Floats) -> NDArray[np.float32]:
    """Return answers as the matrix holds numbers: missing where they are too large for it."""
    with np.errstate(over="ignore"):
        narrow = answers.astype(np.float32)
    return np.where(np.isfinite(narrow), narrow, np.float32(np.nan))


def interval_levels(interval: Any) -> tuple[float, float]:
    """Return the levels of both ends of an interval.

    Parameters
    ----------
    interval : float
        Share of rows whose truth lies within, e.g. 0.9.

    Raises
    ------
    UsageError
        If it is no number from 0.01 to 0.99.
    """
    number = isinstance(interval, int | float | np.number) and not isinstance(interval, bool)
    share = float(interval) if number else math.nan
    if not 0.01 - _NARROW <= share <= 0.99 + _NARROW:
        raise UsageError(
            f"The share of an interval is {interval!r}.",
            hint="Use a number from 0.01 to 0.99, e.g. 0.9 for nine in ten.",
        )
    tail = (1.0 - min(max(share, 0.01), 0.99)) / 2.0
    return tail, 1.0 - tail


def quantile_levels(levels: Any) -> tuple[float, ...]:
    """Return levels of quantiles, checked.

    Parameters
    ----------
    levels : float or sequence of float
        From 0.005 to 0.995.

    Raises
    ------
    UsageError
        If there is none, or one is something else.
    """
    several = (
        isinstance(levels, Sequence | np.ndarray) and not isinstance(levels, str) and getattr(levels, "ndim", 1) > 0
    )
    asked = list(levels) if several else [levels[()] if isinstance(levels, np.ndarray) else levels]
    fine = [
        not isinstance(one, bool)
        and isinstance(one, int | float | np.number)
        and GRID[0] - _NARROW <= float(one) <= GRID[-1] + _NARROW
        for one in asked
    ]
    if not asked or not all(fine):
        wrong = asked[fine.index(False)] if asked else levels
        raise UsageError(
            f"The level of a quantile is {wrong!r}.", hint=f"Use numbers from {GRID[0]} to {GRID[-1]}, e.g. 0.5."
        )
    return tuple(min(max(float(one), GRID[0]), GRID[-1]) for one in asked)


def _damaged(folder: Path, why: str) -> ArtifactError:
    return ArtifactError(f"{folder} holds no readable intervals: {why}.", hint="Copy the bundle again, or train anew.")
