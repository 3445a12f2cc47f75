"""In which pieces a trial is done, and which trials go on to the next piece.

All trials of a generation do a piece before any goes on, so that the decision depends on neither the number of workers
nor on which of them is quickest.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from clew.train.tune.goals import Goals
from clew.train.tune.spec import Resource, Strategy, TuneSpec

#: What a trial is compared by, the smaller the better: by how much it breaks a bound, and its loss.
Standing = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Rung:
    """A piece of a trial.

    Parameters
    ----------
    step : int
        Names it in a trial's course, from 1.
    folds : tuple of int
        Folds that are fitted.
    rows, rounds : float
        Shares of the learning rows and of the rounds.
    """

    step: int
    folds: tuple[int, ...]
    rows: float = 1.0
    rounds: float = 1.0


@dataclass(frozen=True, slots=True)
class Ladder:
    """How the trials of one generation are done.

    Parameters
    ----------
    size : int
        Trials of the generation.
    rungs : tuple of Rung
        The last one has all of the resource and the last of the folds.
    reduction : int, optional
        One of this many goes on from each rung; None where that is not the rule.
    """

    size: int
    rungs: tuple[Rung, ...]
    reduction: int | None = None


def ladder_of(spec: TuneSpec, goals: Goals, folds: int, generation: int, size: int) -> Ladder:
    """Return how the trials of a generation are done.

    Parameters
    ----------
    spec : TuneSpec
        How to tune.
    goals : Goals
        What counts.
    folds : int
        Number of folds.
    generation : int
        Which one, from 0.
    size : int
        Its size, where the strategy does not say it.
    """
    every = tuple(range(folds))
    if spec.strategy is Strategy.HYPERBAND:
        rungs = rungs_of(spec, folds)
        lowest = len(rungs) - 1 - generation % len(rungs)
        count = math.ceil(len(rungs) / (lowest + 1) * spec.reduction**lowest)
        return Ladder(count, rungs[len(rungs) - 1 - lowest :], spec.reduction)
    if spec.uses_median_rule(goals):
        return Ladder(size, tuple(Rung(step, (fold,)) for step, fold in enumerate(every, start=1)))
    return Ladder(size, (Rung(1, every),))


def rungs_of(spec: TuneSpec, folds: int) -> tuple[Rung, ...]:
    """Return all rungs of Hyperband, from the least share of the resource to all of it.

    A share has the same step in every bracket, since strategies compare trials step by step.
    """
    every = tuple(range(folds))
    count = math.floor(math.log(1.0 / spec.least_share) / math.log(spec.reduction) + 1e-9)
    shares = [float(spec.reduction) ** -power for power in range(count, -1, -1)]
    if spec.resource is Resource.ROWS:
        return tuple(Rung(step, every, rows=share) for step, share in enumerate(shares, start=1))
    return tuple(Rung(step, every, rounds=share) for step, share in enumerate(shares, start=1))


def best_of_rung(standings: Mapping[int, Standing], reduction: int) -> list[int]:
    """Return the numbers of the trials that go on from a rung: one of `reduction`, at least one, the best."""
    count = max(1, len(standings) // reduction)
    return sorted(sorted(standings, key=lambda number: (standings[number], number))[:count])


def not_hopeless(losses: Mapping[int, float], earlier: Sequence[float], behind: float) -> list[int]:
    """Return the numbers of the trials that go on to the next fold.

    A trial ends whose mean loss so far is above the median of the earlier ones at the same step, and further behind the
    best one than folds differ by chance: close to the best, where all are about equally good, half of them would
    otherwise be ended for nothing at each fold. A bound that it breaks so far does not end it: after all folds it may
    keep it.

    Parameters
    ----------
    losses : mapping of int to float
        Number → mean loss so far.
    earlier : sequence of float
        Those of earlier generations after as many folds that kept all bounds; not empty.
    behind : float
        The loss up to which a trial is close to the best one, after as many folds.
    """
    ordered = sorted(earlier)
    middle = (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2
    return sorted(number for number, loss in losses.items() if loss <= max(middle, behind))


def close_to_best(folds: Sequence[Sequence[float]], seen: int) -> float:
    """Return the mean loss over the first folds up to which a trial is close to the best one.

    Parameters
    ----------
    folds : sequence of sequence of float
        The loss of each finished trial in each fold, finite; not empty.
    seen : int
        Number of the first folds.

    Returns
    -------
    float
        One standard error above the best one's mean: that of the difference between two trials over these folds, as an
        estimate of the one over all folds, judged by the better half of the trials.
    """
    table = np.array(folds, dtype=np.float64)
    ranked = table[np.argsort(table.mean(axis=1), kind="stable")]
    best, others = ranked[0], ranked[1 : max(2, len(ranked) // 2)]
    if len(others) == 0 or table.shape[1] < 2:
        return math.inf
    noise = float(np.median((others - best).std(axis=1, ddof=1)))
    return float(best[:seen].mean()) + noise * math.sqrt(1.0 / seen - 1.0 / table.shape[1])
