"""Learn how far the truth lies from the answers of a regression, and say honestly how often that holds.

The thread of it: what was left unexplained on rows that judged → regressions of it, fitted to the rows of all folds but
one and asked about that one, for three of them → the constant of each level → how often the intervals of a fold, placed
by the others, hold the truth → the same regressions fitted to all those rows. Where regressions are no better than one
distance for all rows, or there was no time for them, there is that one distance.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.core.predictions import Predictions
from clew.define.problem import Task
from clew.define.shares import share_of
from clew.define.uncertainty import Interval
from clew.prepare.matrix import Matrix
from clew.train.estimators import get_estimator
from clew.train.estimators.base import FittedEstimator, Floats, take
from clew.train.estimators.shared import Shared
from clew.train.folds.parts import parts_of
from clew.train.folds.preparation import Folds, Preparation
from clew.train.spread import ALGORITHM, GRID, LEVELS, Spread, between_levels, with_answer

#: Share of rows by which intervals are judged.
JUDGED_SHARE = 0.9
#: Fewer rows that judge say nothing about how distances differ; and rows that a regression learns from, at most.
_LEAST_ROWS, _MOST_ROWS = 500, 10_000
#: Fewer rows that judge make no interval at all.
_LEAST_AT_ALL = 20
#: Parts of the rows, the last ones, by which the regressions are judged: more of them change next to nothing.
_MOST_SIDES = 3
#: A small booster: it follows what differs between rows by a lot. On nine tables, three times as many rounds were no
#: better.
_PARAMS = {"n_estimators": 30, "learning_rate": 0.15, "num_leaves": 15, "min_child_samples": 40, "reg_lambda": 5.0}
#: A fold takes so many times what its first regression took, and the clock counts this much more than that.
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
    """

    spread: Spread
    coverage: Interval
    width: float

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
    learn, judged : Matrix
        Their features.
    teaching, judging : ndarray of int64
        Their positions among the rows that judged the model.
    """

    learn: Matrix
    teaching: NDArray[np.int64]
    judged: Matrix
    judging: NDArray[np.int64]


def learn_spread(
    folds: Folds,
    judged: Predictions,
    prepared: Preparation,
    *,
    seed: int,
    threads: int,
    end: float | None = None,
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
    threads : int
        Threads to use.
    end : float, optional
        Value of `time.monotonic` at which it has to be done.

    Returns
    -------
    Learnt or None
        None where fewer than 20 rows judge.
    """
    answers = judged.prediction.astype(np.float64)
    truth = np.asarray(judged.truth, dtype=np.float64)
    weight = np.ones(len(truth)) if judged.weight is None else judged.weight
    if np.count_nonzero(weight) < _LEAST_AT_ALL:
        return None
    residual = truth - answers
    unit = float(np.average(np.abs(residual), weights=weight)) or 1.0
    floor = 0.0 if truth.min() >= 0 else -np.inf
    rows = _Rows(answers, residual / unit, weight, parts_of(folds, seed))
    teacher = _Teacher(rows, seed, threads, end)
    found = teacher.crossed(list(_sides(folds, rows.parts))[-_MOST_SIDES:]) if len(truth) >= _LEAST_ROWS else None
    pays = found is not None and _pinball(rows, found) < _pinball(rows, 0.0 * found)
    members = teacher.all(*_everything(folds, prepared, rows.parts)) if pays else ()
    placed = found if found is not None and pays else np.zeros((len(truth), len(LEVELS)))
    known = ~np.isnan(placed[:, 0])
    kept = rows.take(known)
    shifts = _shifts(kept, placed[known])
    covered, width = _judged(kept, placed[known], floor / unit, answers[known] / unit)
    coverage = share_of(covered, np.ones(len(covered), dtype=bool), judged.take(known))
    return Learnt(Spread(members, shifts, unit, floor), coverage, width * unit)


@dataclass(frozen=True)
class _Rows:
    """The rows that judged the model.

    Parameters
    ----------
    answers : ndarray, shape (n,)
        What the model said.
    residual : ndarray, shape (n,)
        What it left unexplained, in units of its mean.
    weight : ndarray, shape (n,)
        Weight of each.
    parts : ndarray of int64, shape (n,)
        Part of each: those of other parts may teach what is asked about it.
    """

    answers: Floats
    residual: Floats
    weight: Floats
    parts: NDArray[np.int64]

    def take(self, rows: NDArray[Any]) -> "_Rows":
        return _Rows(self.answers[rows], self.residual[rows], self.weight[rows], self.parts[rows])


@dataclass(frozen=True)
class _Teacher:
    """Fits the regressions of all levels, as long as there is time."""

    rows: _Rows
    seed: int
    threads: int
    end: float | None

    def crossed(self, sides: Sequence[_Side]) -> Floats | None:
        """Return quantiles for `LEVELS` by regressions that have not seen the row; None where time is short.

        Returns
        -------
        ndarray, shape (n, len(LEVELS))
            In the unit of the residual; NaN for rows that no side judges.
        """
        found = np.full((len(self.rows.answers), len(LEVELS)), np.nan)
        for number, side in enumerate(sides):
            started = time.monotonic()
            members = self.all(side.learn, side.teaching)
            beside = with_answer(side.judged, self.rows.answers[side.judging])
            for level, member in enumerate(members):
                found[side.judging, level] = member.predict(beside, threads=self.threads)
            taken = time.monotonic() - started
            # The same as often as there are sides left, and once for all rows.
            if self.end is not None and time.monotonic() + _CAUTION * taken * (len(sides) - number) > self.end:
                return None
        return found if sides else None

    def all(self, learn: Matrix, teaching: NDArray[np.int64]) -> tuple[FittedEstimator, ...]:
        """Return the regression of each level."""
        chosen = np.arange(len(teaching))
        if len(chosen) > _MOST_ROWS:
            chosen = np.sort(np.random.default_rng(self.seed).permutation(len(chosen))[:_MOST_ROWS])
        places = teaching[chosen]
        beside = with_answer(take(learn, chosen), self.rows.answers[places])
        residual, weight, shared = self.rows.residual[places], self.rows.weight[places], Shared()
        spec = get_estimator(ALGORITHM)
        return tuple(
            spec.fit(
                beside,
                residual,
                task=Task.REGRESSION,
                params={**_PARAMS, "objective": "quantile", "alpha": level},
                weight=weight,
                seed=self.seed,
                threads=self.threads,
                shared=shared,
            )
            for level in LEVELS
        )


def _sides(folds: Folds, parts: NDArray[np.int64]) -> Iterator[_Side]:
    """Yield for each part the rows that teach, and its own rows, prepared by a recipe that has not seen them."""
    if len(folds) == 1:
        matrix = folds[0].judged
        for part in np.unique(parts):
            teaching, judging = np.flatnonzero(parts != part), np.flatnonzero(parts == part)
            yield _Side(take(matrix, teaching), teaching, take(matrix, judging), judging)
        return
    places = _places(folds)
    start = 0
    for number, split in enumerate(folds.splits):
        prepared, judging = folds[number].prepared, np.arange(start, start + len(split.test))
        start += len(split.test)
        learnt = split.train if prepared.origins is None else split.train[prepared.origins.rows]
        known = np.flatnonzero(places[learnt] >= 0)
        if len(known) >= _LEAST_ROWS // 2:  # where time goes forward, nothing is known before the first fold
            yield _Side(take(prepared.learn.matrix, known), places[learnt[known]], folds[number].judged, judging)


def _everything(folds: Folds, prepared: Preparation, parts: NDArray[np.int64]) -> tuple[Matrix, NDArray[np.int64]]:
    """Return the features of the rows that judged, as the model sees them, and their positions."""
    if prepared is folds[0].prepared:  # the model is that of the first fold
        return folds[0].judged, np.arange(len(folds[0].judged.numeric))
    if folds.validation is not None:
        return prepared.matrix(folds.validation), np.arange(len(parts))
    places = _places(folds)
    learnt = np.arange(len(places)) if prepared.origins is None else prepared.origins.rows
    known = np.flatnonzero(places[learnt] >= 0)
    return take(prepared.learn.matrix, known), places[learnt[known]]


def _places(folds: Folds) -> NDArray[np.int64]:
    """Return the position of each row among those that judge, -1 where it does not."""
    places = np.full(len(folds.rows), -1, dtype=np.int64)
    tested = np.concatenate([split.test for split in folds.splits])
    places[tested] = np.arange(len(tested))
    return places


def _pinball(rows: _Rows, found: Floats) -> float:
    """Return the mean loss over the levels, each row placed by the constants of the other parts."""
    known = np.flatnonzero(~np.isnan(found[:, 0]))
    kept, placed = rows.take(known), found[known]
    losses = np.zeros(len(known))
    for column, level in enumerate(LEVELS):
        over = kept.residual - placed[:, column]
        over = over - _others(kept, over, level)
        losses += np.maximum(level * over, (level - 1.0) * over)
    return float(np.average(losses, weights=kept.weight))


def _others(rows: _Rows, over: Floats, level: float) -> Floats:
    """Return for each row the constant of a level that the other parts have."""
    constant = np.empty(len(over))
    for part in np.unique(rows.parts):
        own = rows.parts == part
        others = own if own.all() else ~own  # a single group is a single part
        constant[own] = _quantile(over[others], rows.weight[others], level)
    return constant


def _shifts(rows: _Rows, placed: Floats) -> Floats:
    """Return the constant of each level of the grid."""
    between = between_levels(placed, GRID)
    return np.array([_quantile(rows.residual - between[:, n], rows.weight, level) for n, level in enumerate(GRID)])


def _judged(rows: _Rows, placed: Floats, floor: float, answers: Floats) -> tuple[NDArray[np.bool_], float]:
    """Return which rows lie within their interval, placed by the other parts, and the mean width."""
    tail = (1.0 - JUDGED_SHARE) / 2.0
    low, high = (_limit(rows, placed, level) for level in (tail, 1.0 - tail))
    high = np.maximum(high, low)
    low, high = np.maximum(answers + low, floor), np.maximum(answers + high, floor)
    truth = answers + rows.residual
    inside = (truth >= low) & (truth <= high)
    return inside, float(np.average(high - low, weights=rows.weight))


def _limit(rows: _Rows, placed: Floats, level: float) -> Floats:
    between = between_levels(placed, (level,))[:, 0]
    return between + _others(rows, rows.residual - between, level)


def _quantile(values: Floats, weight: Floats, level: float) -> float:
    """Return a quantile that one more row of the same kind exceeds no more often than the level says, on average."""
    if level < 0.5:
        return -_quantile(-values, weight, 1.0 - level)
    rows = float(weight.sum() ** 2 / np.square(weight).sum())
    safe = min(1.0, level * (rows + 1.0) / rows)
    return float(np.quantile(values, safe, method="inverted_cdf", weights=weight))
