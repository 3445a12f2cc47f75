"""Which configurations answer together, and how good that choice is on rows that had no part in it.

The choice is greedy selection with replacement (Caruana et al. 2004, Ensemble selection from libraries of models):
start from the best one, add again and again whichever lowers the loss most, stop when nothing does. How often each was
taken is its weight.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from clew.core.predictions import Predictions
from clew.train.calibration import choose_calibrator
from clew.train.calibrators import Calibrator
from clew.train.estimators.base import Floats
from clew.train.judge import Judge
from clew.train.model import blend, decide

#: Picks at most: a finer weight than a fiftieth follows noise.
_PICKS = 50
#: Picks without a lower loss after which to stop.
_PATIENCE = 5
#: Candidates at most: the best, and the best of each algorithm.
_CANDIDATES = 20
#: Rows at most on which a choice is made; more make it slow, and hardly better.
_ROWS = 10_000
#: Share of the loss that a further member must save.
_LEAST_GAIN = 1e-4


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


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen.

    Parameters
    ----------
    members : tuple of int
        Positions of the candidates, the heaviest first.
    weights : tuple of float
        Their shares; they sum to 1.
    calibrator : Calibrator, optional
        Of the blended probabilities, where it makes them come true more often.
    threshold : float
        Of a binary task.
    """

    members: tuple[int, ...]
    weights: tuple[float, ...]
    calibrator: Calibrator | None = None
    threshold: float = 0.5

    def scores(self, candidates: Sequence[Candidate]) -> Floats:
        """Return the blended and calibrated answers."""
        blended = blend([candidates[member].scores for member in self.members], self.weights)
        return blended if self.calibrator is None else self.calibrator(blended)


def choose(
    candidates: Sequence[Candidate],
    judge: Judge,
    parts: NDArray[np.int64] | None = None,
    *,
    budgets: tuple[float, ...] = (),
    rows: int = _ROWS,
) -> Choice:
    """Choose members, weights, calibrator and threshold.

    Parameters
    ----------
    candidates : sequence of Candidate
        At least one.
    judge : Judge
        Of the rows of their scores.
    parts : ndarray of int64, shape (n,), optional
        Which part of the rows each is in; a calibrator must prove itself on parts that it was not fitted to. Without
        it, none is looked for.
    budgets : tuple of float
        Upper limits for the summed costs of the members; a candidate that breaks one by itself joins only if all do,
        and then the one with the smallest excess stands alone.
    rows : int, default 10000
        Rows at most on which the members are compared; evenly spread where there are more.
    """
    few, narrow, among = candidates, judge, parts
    if len(judge) > rows:
        sample = np.linspace(0, len(judge) - 1, rows).round().astype(np.int64)
        few = [Candidate(c.algorithm, c.scores[sample], c.cost) for c in candidates]
        narrow, among = judge.take(sample), None if parts is None else parts[sample]
    losses = [narrow.best_loss(candidate.scores) for candidate in few]
    counts = _picked(few, losses, narrow, budgets)
    members = tuple(sorted(counts, key=lambda member: (-counts[member], losses[member], member)))
    total = sum(counts.values())
    choice = Choice(members, tuple(counts[member] / total for member in members))
    if among is not None:
        choice = replace(choice, calibrator=choose_calibrator(choice.scores(few), narrow, among))
    return replace(choice, threshold=judge.best_threshold(choice.scores(candidates)))


def _picked(
    candidates: Sequence[Candidate], losses: list[float], judge: Judge, budgets: tuple[float, ...]
) -> dict[int, int]:
    """Return how often each candidate is taken."""
    order = sorted(range(len(candidates)), key=lambda index: (losses[index], index))
    alone = [index for index in order if _fits([candidates[index]], budgets)]
    if not alone:
        return {min(order, key=lambda index: _excess(candidates[index], budgets)): 1}
    pool = _shortlist(alone, candidates)
    counts = {pool[0]: 1}
    total, lowest, best = candidates[pool[0]].scores.copy(), losses[pool[0]], dict(counts)
    for pick in range(2, _PICKS + 1):
        open_to = [i for i in pool if i in counts or _fits([candidates[j] for j in (*counts, i)], budgets)]
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


def _fits(members: Sequence[Candidate], budgets: tuple[float, ...]) -> bool:
    return all(sum(member.cost[i] for member in members) <= limit for i, limit in enumerate(budgets))


def _excess(candidate: Candidate, budgets: tuple[float, ...]) -> float:
    return max(cost / max(limit, 1e-9) for cost, limit in zip(candidate.cost, budgets, strict=True))


def cross_fitted(
    candidates: Sequence[Candidate],
    judge: Judge,
    parts: NDArray[np.int64],
    *,
    budgets: tuple[float, ...] = (),
    rows: int = _ROWS,
) -> Predictions:
    """Judge the choice itself: each part of the rows is answered by a choice made on the other parts.

    Parameters
    ----------
    candidates, judge, budgets, rows
        As in `choose`.
    parts : ndarray of int64, shape (n,)
        Which part each row is in.

    Returns
    -------
    Predictions
        For all rows, in order; labels are class indices.
    """
    scores = np.empty_like(candidates[0].scores)
    labels = np.zeros(len(judge), dtype=np.int64)
    for part in np.unique(parts):
        inside, others = np.flatnonzero(parts == part), np.flatnonzero(parts != part)
        known = [Candidate(c.algorithm, c.scores[others], c.cost) for c in candidates]
        choice = choose(known, judge.take(others), parts[others], budgets=budgets, rows=rows)
        scores[inside] = choice.scores([Candidate(c.algorithm, c.scores[inside]) for c in candidates])
        if judge.problem.task.is_classification:
            labels[inside] = decide(scores[inside], judge.problem, choice.threshold)
    return judge.predictions(scores, labels if judge.problem.task.is_classification else None)
