"""Learn how far the truth lies from the answers of a regression, and say honestly how often that holds.

The thread of it: what was left unexplained on rows that judged → regressions of it, fitted to the rows of all folds but
one and asked about that one, for three of them → the constant of each level → how often the intervals of a fold, placed
by the others, hold the truth → the same regressions fitted to all those rows. Where regressions are no better than one
distance for all rows, or there was no time for them, there is that one distance.
"""

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.core.errors import DataError
from clew.core.predictions import Predictions
from clew.define.problem import Task
from clew.define.shares import share_of
from clew.define.uncertainty import Interval
from clew.prepare.matrix import Matrix
from clew.train.estimators import get_estimator
from clew.train.estimators.base import FittedEstimator, Floats, take
from clew.train.estimators.shared import Shared
from clew.train.finish.limits import size_mb
from clew.train.folds.parts import parts_of
from clew.train.folds.preparation import Folds, Preparation
from clew.train.search.costs import fit_seconds
from clew.train.spread import ALGORITHM, GRID, LEVELS, Spread, between_levels, with_answer

#: Share of rows by which intervals are judged.
JUDGED_SHARE = 0.9
#: Fewer rows that judge say nothing about how distances differ; and rows that a regression learns from, at most.
_LEAST_ROWS, _MOST_ROWS = 500, 10_000
#: Fewer rows teach no regression.
_LEAST_TEACHERS = _LEAST_ROWS // 2
#: Fewer rows that judge make no interval at all.
_LEAST_AT_ALL = 20
#: Rows by which constants are placed and intervals judged, at most.
_MOST_JUDGES = 50_000
#: Parts of the rows by which the regressions are judged: more of them change next to nothing.
_MOST_SIDES = 3
#: Into this many parts rows are cut that form a single one.
_PARTS = 5
#: Seconds that the import of the library takes, where nothing has needed it before.
_IMPORT_S = 2.0
#: A small booster: it follows what differs between rows by a lot. On nine tables, three times as many rounds were no
#: better.
_PARAMS = {"n_estimators": 30, "learning_rate": 0.15, "num_leaves": 15, "min_child_samples": 40, "reg_lambda": 5.0}
#: A further side is expected to take this many times what one took.
_CAUTION = 1.3


@dataclass(frozen=True)
class Learnt:
    """Quantiles, and how often they hold.

    Parameters
    ----------
    spread : Spread
        What stays with the model.
    coverage : Interval
        Share of the judged rows whose truth lay within their interval for `JUDGED_SHARE`.
    width : float
        Mean width of these intervals, in units of the target.
    left_out : str, optional
        Why there are no regressions, where the library refused them or there is no room for them.
    """

    spread: Spread
    coverage: Interval
    width: float
    left_out: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the facts that stay with a model, JSON-ready."""
        return {
            "share": JUDGED_SHARE,
            "coverage": self.coverage.to_dict(),
            "width": self.width,
            "same_for_all_rows": not self.spread.members,
        }


@dataclass(frozen=True)
class _Side:
    """Rows that teach the regressions, and rows that judge them.

    Parameters
    ----------
    source : Matrix
        Features of rows, among them those that teach.
    at : ndarray of int64
        Which rows of it teach.
    teaching, judging : ndarray of int64
        Positions of both among the rows that judged the model.
    judged : Matrix
        Features of the rows that judge.
    """

    source: Matrix
    at: NDArray[np.int64]
    teaching: NDArray[np.int64]
    judging: NDArray[np.int64]
    judged: Matrix


def learn_spread(
    folds: Folds,
    judged: Predictions,
    prepared: Preparation,
    *,
    seed: int,
    workers: int,
    threads: int,
    end: float | None = None,
    room_mb: float | None = None,
) -> Learnt | None:
    """Learn quantiles of the truth around the answers of a model.

    Parameters
    ----------
    folds : Folds
        The splits of the search.
    judged : Predictions
        With truth, for the rows that judge in the order of the folds, each by a model that had not seen it.
    prepared : Preparation
        Recipe and matrix of the rows that the model has learnt from.
    seed : int
        Of whatever is drawn.
    workers, threads : int
        Fits side by side, and threads of each, on which their last bits depend.
    end : float, optional
        Value of `time.monotonic` at which it has to be done.
    room_mb : float, optional
        Megabytes on disk that the regressions may take.

    Returns
    -------
    Learnt or None
        None where fewer than 20 rows judge.
    """
    answers = judged.prediction.astype(np.float64)
    truth = np.asarray(judged.truth, dtype=np.float64)
    weight = np.ones(len(truth)) if judged.weight is None else judged.weight
    if not weight.any() or _effective(weight) < _LEAST_AT_ALL:
        return None
    residual = truth - answers
    unit = float(np.average(np.abs(residual), weights=weight)) or 1.0
    floor = 0.0 if min(truth.min(), folds.rows.target.min()) >= 0 else -np.inf
    rows = _Rows(answers, residual / unit, unit, weight, parts_of(folds, seed))
    teacher = _Teacher(rows, seed, workers, threads, end)
    found, members, left_out = None, None, None
    try:
        found = _crossed(teacher, folds, judged, seed) if len(truth) >= _LEAST_ROWS else None
        members = None if found is None else teacher.all(*_everything(folds, prepared))
    except DataError as error:  # one distance for all rows is there without them
        left_out = error.message
    if members is not None and room_mb is not None and sum(map(size_mb, members)) > room_mb:
        members, left_out = None, "The limit of size leaves no room for them."
    placed = np.zeros((len(truth), len(LEVELS)))
    if found is not None and members is not None:
        rows, placed = found
    known = _drawn(np.flatnonzero(~np.isnan(placed[:, 0])), seed)
    if _effective(weight[known]) < _LEAST_AT_ALL:  # a few rows weigh more than all others
        members, placed, known = None, np.zeros_like(placed), _drawn(np.arange(len(truth)), seed)
    kept = rows.take(known)
    shifts = _shifts(kept, placed[known])
    covered, width = _judged(kept, placed[known], floor / unit)
    coverage = share_of(covered, np.ones(len(covered), dtype=bool), judged.take(known))
    spread = Spread(members or (), shifts, unit, floor, _effective(kept.weight))
    return Learnt(spread, coverage, width * unit, left_out)


def _crossed(teacher: "_Teacher", folds: Folds, judged: Predictions, seed: int) -> tuple["_Rows", Floats] | None:
    """Return quantiles for `LEVELS` by regressions that have not seen the row, and the rows with their parts.

    None where they are no better than one distance for all rows, or time is short.
    """
    rows = teacher.rows
    found = teacher.crossed(folds)
    if found is None:
        return None
    known = np.flatnonzero(~np.isnan(found[:, 0]))
    if not rows.weight[known].any():
        return None
    if len(np.unique(rows.parts[known])) < 2:  # as where time goes forward in two steps
        parts = rows.parts.copy()
        parts[known] = _cut(judged.take(known), seed)
        rows = replace(rows, parts=parts)
    drawn = _drawn(known, seed)
    asked, placed = rows.take(drawn), found[drawn]
    return (rows, found) if _pinball(asked, placed) < _pinball(asked, np.zeros_like(placed)) else None


def _drawn(rows: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """Return as many of some rows as are enough to place constants by, and to judge by."""
    if len(rows) <= _MOST_JUDGES:
        return rows
    return np.sort(np.random.default_rng(seed).permutation(rows)[:_MOST_JUDGES])


def _cut(judged: Predictions, seed: int) -> NDArray[np.int64]:
    """Cut rows into parts, groups as a whole."""
    unit = np.arange(len(judged)) if judged.group is None else np.unique(judged.group, return_inverse=True)[1]
    drawn = np.random.default_rng(seed).permutation(int(unit.max()) + 1)
    return np.asarray(drawn[unit] % _PARTS, dtype=np.int64)


@dataclass(frozen=True)
class _Rows:
    """The rows that judged the model.

    Parameters
    ----------
    answers : ndarray, shape (n,)
        What the model said.
    residual : ndarray, shape (n,)
        What it left unexplained, in units of its mean.
    unit : float
        That mean.
    weight : ndarray, shape (n,)
        Weight of each.
    parts : ndarray of int64, shape (n,)
        Part of each: those of other parts may teach what is asked about it.
    """

    answers: Floats
    residual: Floats
    unit: float
    weight: Floats
    parts: NDArray[np.int64]

    def take(self, rows: NDArray[Any]) -> "_Rows":
        return _Rows(self.answers[rows], self.residual[rows], self.unit, self.weight[rows], self.parts[rows])


@dataclass(frozen=True)
class _Teacher:
    """Fits the regressions of all levels, as long as there is time."""

    rows: _Rows
    seed: int
    workers: int
    threads: int
    end: float | None

    def crossed(self, folds: Folds) -> Floats | None:
        """Return quantiles for `LEVELS` by regressions that have not seen the row; None where time is short.

        Returns
        -------
        ndarray, shape (n, len(LEVELS))
            In the unit of the residual; NaN for rows that no side judges.
        """
        sides = min(_MOST_SIDES, _count_sides(folds, self.rows.parts))
        if not self._affords((sides + 1) * self._expected_s(folds)):
            return None
        found = np.full((len(self.rows.answers), len(LEVELS)), np.nan)
        judges = 0
        coming = islice(_sides(folds, self.rows.parts), _MOST_SIDES)
        side = next(coming, None)
        while side is not None:
            started = time.monotonic()
            members = self.all(side.source, side.at, side.teaching)
            if members is None:
                return None
            beside = with_answer(side.judged, self.rows.answers[side.judging])
            for level, member in enumerate(members):
                found[side.judging, level] = member.predict(beside, threads=self.threads)
            judges, took_s = judges + 1, time.monotonic() - started
            side = next(coming, None)
            # The same as often as there are sides left, and once for all rows.
            left = sides - judges if side is not None else 0
            if not self._affords(_CAUTION * took_s * (left + 1)):
                return None
        return found if judges else None

    def all(
        self, source: Matrix, at: NDArray[np.int64], teaching: NDArray[np.int64]
    ) -> tuple[FittedEstimator, ...] | None:
        """Return the regression of each level, learnt from some rows of a matrix; None where the clock ended one."""
        if len(at) > _MOST_ROWS:
            drawn = np.sort(np.random.default_rng(self.seed).permutation(len(at))[:_MOST_ROWS])
            at, teaching = at[drawn], teaching[drawn]
        beside = with_answer(take(source, at), self.rows.answers[teaching])
        residual, weight, shared = self.rows.residual[teaching], self.rows.weight[teaching], Shared()
        spec = get_estimator(ALGORITHM)

        def fitted(level: float) -> FittedEstimator:
            return spec.fit(
                beside,
                residual,
                task=Task.REGRESSION,
                params={**_PARAMS, "objective": "quantile", "alpha": level},
                weight=weight,
                seed=self.seed,
                threads=self.threads,
                deadline=self.end,
                shared=shared,
            )

        if self.workers == 1:
            members = tuple(map(fitted, LEVELS))
        else:
            from joblib import Parallel, delayed

            side_by_side = Parallel(n_jobs=self.workers, require="sharedmem", batch_size=1)
            members = tuple(side_by_side(delayed(fitted)(level) for level in LEVELS))
        return members if self._affords(0.0) else None

    def _expected_s(self, folds: Folds) -> float:
        """Return the seconds that the regressions of one side take, roughly."""
        layout = folds[0].prepared.layout
        rows = min(len(self.rows.answers), _MOST_ROWS)
        columns = len(layout.numeric) + len(layout.categorical)
        imported = 0.0 if ALGORITHM in sys.modules else _IMPORT_S
        one_s = fit_seconds(ALGORITHM, _PARAMS, rows, columns, 0)
        return imported + len(LEVELS) * one_s / (self.workers * self.threads)

    def _affords(self, seconds: float) -> bool:
        return self.end is None or time.monotonic() + seconds <= self.end


def _sides(folds: Folds, parts: NDArray[np.int64]) -> Iterator[_Side]:
    """Yield for each part the rows that teach, and its own rows, prepared by a recipe that has not seen them.

    Forward in time the latest part comes first, whose teachers know most.
    """
    if len(folds) == 1:
        matrix = folds[0].judged
        for part in np.unique(parts):
            teaching, judging = np.flatnonzero(parts != part), np.flatnonzero(parts == part)
            if len(teaching) >= _LEAST_TEACHERS:
                yield _Side(matrix, teaching, teaching, judging, take(matrix, judging))
        return
    places = _places(folds)
    start = 0
    for number, split in enumerate(folds.splits):
        judging = np.arange(start, start + len(split.test))
        start += len(split.test)
        prepared = folds[number].prepared
        learnt = _learnt_from(prepared, split.train)
        known = np.flatnonzero(places[learnt] >= 0)
        if len(known) >= _LEAST_TEACHERS:  # where time goes forward, nothing is known before the first fold
            yield _Side(prepared.learn.matrix, known, places[learnt[known]], judging, folds[number].judged)


def _count_sides(folds: Folds, parts: NDArray[np.int64]) -> int:
    """Return how many parts have enough rows to teach."""
    if len(folds) == 1:
        return int(np.sum(len(parts) - np.unique(parts, return_counts=True)[1] >= _LEAST_TEACHERS))
    known = _places(folds) >= 0
    return sum(int(known[split.train].sum()) >= _LEAST_TEACHERS for split in folds.splits)


def _learnt_from(prepared: Preparation, train: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return which row each row of a prepared matrix comes from."""
    return train if prepared.origins is None else train[prepared.origins.rows]


def _everything(folds: Folds, prepared: Preparation) -> tuple[Matrix, NDArray[np.int64], NDArray[np.int64]]:
    """Return features as the model sees them, which of them judged, and their positions among the rows that did."""
    first = folds[0]
    of_first = prepared is first.prepared
    if folds.validation is not None or (of_first and len(folds) == 1):
        # The recipe of the only fold has learnt from the same rows as the model's.
        every = np.arange(len(first.judged.numeric))
        return first.judged, every, every
    places = _places(folds)
    learnt = _learnt_from(prepared, folds.splits[0].train if of_first else np.arange(len(places)))
    known = np.flatnonzero(places[learnt] >= 0)
    return prepared.learn.matrix, known, places[learnt[known]]


def _places(folds: Folds) -> NDArray[np.int64]:
    """Return the position of each row among those that judge, -1 where it does not."""
    places = np.full(len(folds.rows), -1, dtype=np.int64)
    tested = np.concatenate([split.test for split in folds.splits])
    places[tested] = np.arange(len(tested))
    return places


def _pinball(rows: _Rows, placed: Floats) -> float:
    """Return the mean loss over the levels, each row placed by the constants of the other parts."""
    losses = np.zeros(len(placed))
    for column, level in enumerate(LEVELS):
        over = rows.residual - placed[:, column]
        over = over - _others(rows, over, level)
        losses += np.maximum(level * over, (level - 1.0) * over)
    return float(np.average(losses, weights=rows.weight))


def _others(rows: _Rows, over: Floats, level: float) -> Floats:
    """Return for each row the constant of a level that the other parts have."""
    constant = np.empty(len(over))
    for part in np.unique(rows.parts):
        own = rows.parts == part
        # A single group is a single part; and where the other parts weigh nothing, its own rows have to do.
        others = ~own if rows.weight[~own].any() else own
        constant[own] = _quantile(over[others], rows.weight[others], level)
    return constant


def _shifts(rows: _Rows, placed: Floats) -> Floats:
    """Return the constant of each level of the grid."""
    between = between_levels(placed, GRID)
    return np.array([_quantile(rows.residual - between[:, n], rows.weight, level) for n, level in enumerate(GRID)])


def _judged(rows: _Rows, placed: Floats, floor: float) -> tuple[NDArray[np.bool_], float]:
    """Return which rows lie within their interval, placed by the other parts, and the mean width, in the unit."""
    tail = (1.0 - JUDGED_SHARE) / 2.0
    low, high = (_limit(rows, placed, level) for level in (tail, 1.0 - tail))
    # The floor is one for truths, and residuals are counted from the answers.
    lowest = floor - rows.answers / rows.unit
    low, high = np.maximum(low, lowest), np.maximum(np.maximum(high, low), lowest)
    inside = (rows.residual >= low) & (rows.residual <= high)
    return inside, float(np.average(high - low, weights=rows.weight))


def _limit(rows: _Rows, placed: Floats, level: float) -> Floats:
    between = between_levels(placed, (level,))[:, 0]
    return between + _others(rows, rows.residual - between, level)


def _quantile(values: Floats, weight: Floats, level: float) -> float:
    """Return a quantile that one more row of the same kind exceeds no more often than the level says, on average."""
    if level < 0.5:
        return -_quantile(-values, weight, 1.0 - level)
    rows = _effective(weight)
    safe = min(1.0, level * (rows + 1.0) / rows)
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weight[order])
    # The first value up to which that share lies; the sum is rounded.
    place = int(np.searchsorted(reached, safe * reached[-1] * (1.0 - 1e-12)))
    return float(values[order[min(place, len(order) - 1)]])


def _effective(weight: Floats) -> float:
    """Return the number of equal rows that say as much (Kish 1965)."""
    # Squares of very small or large ones would vanish or overflow; a power of two changes no other bit.
    weight = np.ldexp(weight, -np.frexp(weight.max())[1])
    return float(weight.sum() ** 2 / np.square(weight).sum())
