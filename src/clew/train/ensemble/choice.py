"""Which configurations answer together.

The choice is greedy selection with replacement (Caruana et al. 2004, Ensemble selection from libraries of models):
start from the best one, add again and again whichever lowers the loss most, stop when nothing does. How often each was
taken is its weight.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clew.train.ensemble.calibrators import Calibrator
from clew.train.ensemble.judge import Judge
from clew.train.ensemble.pooling import Pool, blend
from clew.train.estimators.base import Floats

#: Picks at most: a finer weight than a fiftieth follows noise.
_PICKS = 50
#: Picks without a lower loss after which to stop.
_PATIENCE = 5
#: Candidates at most: the best, and the best of each algorithm.
_CANDIDATES = 20
#: Rows at most on which a choice is made; more make it slow, and hardly better.
MANY_ROWS = 10_000
#: Share of the loss that a further member must save.
_LEAST_GAIN = 1e-4


class Budget(NamedTuple):
    """What the members of a model may cost.

    Parameters
    ----------
    limit : float
        Upper limit of the sum.
    together : float, default 1
        Several members cost this many times their sum.
    """

    limit: float
    together: float = 1.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """One configuration that may join.

    Parameters
    ----------
    algorithm : str
        Its family.
    scores : ndarray, shape (n, k) or (n,)
        Its answers for rows that it did not learn from.
    cost : tuple of float
        What it adds to each budget, e.g. milliseconds a row and seconds of refitting.
    """

    algorithm: str
    scores: Floats
    cost: tuple[float, ...] = ()

    def take(self, rows: NDArray[np.int64]) -> "Candidate":
        """Return the candidate with its answers for some of the rows, by position."""
        return Candidate(self.algorithm, self.scores[rows], self.cost)


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen.

    Parameters
    ----------
    members : tuple of int
        Positions of the candidates, the heaviest first.
    weights : tuple of float
        Their shares in the mean; they sum to 1. With a pool one may be 0.
    pool : Pool, optional
        Second layer over the members, in their order.
    calibrator : Calibrator, optional
        Of the joint probabilities, where it makes them come true more often.
    threshold : float
        Of a binary task.
    """

    members: tuple[int, ...]
    weights: tuple[float, ...]
    pool: Pool | None = None
    calibrator: Calibrator | None = None
    threshold: float = 0.5

    def scores(self, candidates: Sequence[Candidate]) -> Floats:
        """Return the joint answers, calibrated."""
        joint = blend([candidates[member].scores for member in self.members], self.weights, self.pool)
        return joint if self.calibrator is None else self.calibrator(joint)


def choose(
    candidates: Sequence[Candidate],
    judge: Judge,
    *,
    budgets: tuple[Budget, ...] = (),
    rows: int = MANY_ROWS,
    losses: Sequence[float] | None = None,
) -> Choice:
    """Choose members and weights.

    Parameters
    ----------
    candidates : sequence of Candidate
        At least one.
    judge : Judge
        Of the rows of their scores.
    budgets : tuple of Budget
        Upper limits for the summed costs of the members; a candidate that breaks one by itself joins only if all do,
        and then the one with the smallest excess stands alone.
    rows : int, default 10000
        Rows at most on which the members are compared; evenly spread where there are more.
    losses : sequence of float, optional
        Of each candidate by itself, on no more rows than those, where they are known.
    """
    few, narrow = candidates, judge
    if len(judge) > rows:
        sample = evenly(len(judge), rows)
        few, narrow, losses = [candidate.take(sample) for candidate in candidates], judge.take(sample), None
    alone = [narrow.best_loss(candidate.scores) for candidate in few] if losses is None else list(losses)
    counts = _picked(few, alone, narrow, budgets)
    members = tuple(sorted(counts, key=lambda member: (-counts[member], alone[member], member)))
    total = sum(counts.values())
    return Choice(members, tuple(counts[member] / total for member in members))


def ranked(losses: Sequence[float]) -> list[int]:
    """Return the positions of losses, the smallest first."""
    return sorted(range(len(losses)), key=lambda index: (losses[index], index))


def evenly(count: int, rows: int) -> NDArray[np.int64]:
    """Return at most this many positions, evenly spread."""
    return np.linspace(0, count - 1, min(rows, count)).round().astype(np.int64)


def _picked(
    candidates: Sequence[Candidate], losses: list[float], judge: Judge, budgets: tuple[Budget, ...]
) -> dict[int, int]:
    """Return how often each candidate is taken."""
    order = ranked(losses)
    alone = [index for index in order if fits([candidates[index]], budgets)]
    if not alone:
        return {min(order, key=lambda index: _excess(candidates[index], budgets)): 1}
    pool = _shortlist(alone, candidates)
    counts = {pool[0]: 1}
    total, lowest, best = candidates[pool[0]].scores.copy(), losses[pool[0]], dict(counts)
    for pick in range(2, _PICKS + 1):
        open_to = [i for i in pool if i in counts or fits([candidates[j] for j in (*counts, i)], budgets)]
        tried = [(judge.best_loss((total + candidates[i].scores) / pick), i) for i in open_to]
        loss, chosen = min(tried)
        total += candidates[chosen].scores
        counts[chosen] = counts.get(chosen, 0) + 1
        if loss < lowest - _LEAST_GAIN * abs(lowest):
            lowest, best = loss, dict(counts)
        elif pick - sum(best.values()) >= _PATIENCE:
            break
    return best


def _shortlist(order: list[int], candidates: Sequence[Candidate]) -> list[int]:
    """Return the best candidates and the best of each algorithm, the best first."""
    firsts = {candidates[index].algorithm: index for index in reversed(order)}
    kept = set(order[:_CANDIDATES]) | set(firsts.values())
    return [index for index in order if index in kept]


def fits(members: Sequence[Candidate], budgets: tuple[Budget, ...]) -> bool:
    """Return whether the summed costs keep within the budgets."""
    several = len(members) > 1
    return all(
        sum(member.cost[i] for member in members) * (budget.together if several else 1.0) <= budget.limit
        for i, budget in enumerate(budgets)
    )


def _excess(candidate: Candidate, budgets: tuple[Budget, ...]) -> float:
    return max(cost / max(budget.limit, 1e-9) for cost, budget in zip(candidate.cost, budgets, strict=True))
