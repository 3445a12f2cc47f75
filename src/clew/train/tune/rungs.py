"""In which pieces a trial is done, and which trials go on to the next piece.

All trials of a generation do a piece before any goes on, so that the decision depends on neither the number of workers
nor on which of them is quickest.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clew.train.tune.spec import Resource, Stopping, Strategy, TuneSpec


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
        One of so many goes on from each rung; None where that is not the rule.
    """

    size: int
    rungs: tuple[Rung, ...]
    reduction: int | None = None


def ladder_of(spec: TuneSpec, folds: int, generation: int, size: int) -> Ladder:
    """Return how the trials of a generation are done.

    Parameters
    ----------
    spec : TuneSpec
        How to tune.
    folds : int
        Number of folds.
    generation : int
        Which one, from 0.
    size : int
        Its size, where the strategy does not say it.
    """
    every = tuple(range(folds))
    if spec.strategy is Strategy.HYPERBAND:
        shares = shares_of(spec)
        lowest = len(shares) - 1 - generation % len(shares)
        count = math.ceil(len(shares) / (lowest + 1) * spec.reduction**lowest)
        climbed = shares[len(shares) - 1 - lowest :]
        rungs = tuple(rung_of(spec, step, share, every) for step, share in enumerate(climbed, start=1))
        return Ladder(count, rungs, spec.reduction)
    if spec.stops and spec.stopping is Stopping.MEDIAN:
        return Ladder(size, tuple(Rung(step, (fold,)) for step, fold in enumerate(every, start=1)))
    return Ladder(size, (Rung(1, every),))


def shares_of(spec: TuneSpec) -> tuple[float, ...]:
    """Return the shares of Hyperband's resource, from the least to 1."""
    count = math.floor(math.log(1.0 / spec.least_share) / math.log(spec.reduction) + 1e-9)
    return tuple(float(spec.reduction) ** -power for power in range(count, -1, -1))


def rung_of(spec: TuneSpec, step: int, share: float, folds: tuple[int, ...]) -> Rung:
    """Return a rung with a share of the resource that the spec names."""
    if spec.resource is Resource.ROWS:
        return Rung(step, folds, rows=share)
    return Rung(step, folds, rounds=share)


def best_losses(losses: Mapping[int, float], reduction: int) -> list[int]:
    """Return the numbers of the trials that go on from a rung: one of `reduction`, at least one, the best."""
    count = max(1, len(losses) // reduction)
    return sorted(sorted(losses, key=lambda number: (losses[number], number))[:count])


def not_worse_than_median(losses: Mapping[int, float], earlier: Sequence[float], least: int) -> list[int]:
    """Return the numbers of the trials whose loss is at most the median of the earlier ones at the same step.

    Parameters
    ----------
    losses : mapping of int to float
        Number → mean loss so far.
    earlier : sequence of float
        Those of earlier generations after as many folds.
    least : int
        With fewer earlier ones than these, all go on.
    """
    if len(earlier) < least:
        return sorted(losses)
    ordered = sorted(earlier)
    middle = (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2
    return sorted(number for number, loss in losses.items() if loss <= middle)
