"""How the candidates answer together in the end, and how good that is on rows that had no part in it.

Two means compete, each with and without a second layer beside it (see `clew.train.ensemble.pooling`): the greedy one,
which may be a single model, and the plain one of several of the best, which follows noise least. Each part of the
judging rows is answered by all of them as chosen and fitted on the *other* parts. These answers decide on the form,
teach the calibrator and set the threshold; for the honest score of a part, again those of the other parts alone do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from clew.core.predictions import Predictions
from clew.train.ensemble.calibration import choose_calibrator
from clew.train.ensemble.choice import MANY_ROWS, Budget, Candidate, Choice, choose, evenly, fits, ranked
from clew.train.ensemble.judge import Judge
from clew.train.ensemble.pooling import fit_pool
from clew.train.estimators.fitted import Floats
from clew.train.model import decide

_GREEDY, _BROAD = "greedy", "broad"
_POOLED: Mapping[str, str] = {"greedy and pooled": _GREEDY, "broad and pooled": _BROAD}
#: Members of the broad mean at most, and candidates among which they are: a quick one that fits is no reason to ask it.
_BROAD_MEMBERS, _BROAD_AMONG = 8, 12
#: Members of a pool at most, unless the mean has more.
_POOL_MEMBERS = 6
#: With fewer rows a second layer would learn noise.
_POOL_ROWS = 100
#: Rows on which a choice is made that only judges: it is one of several, and theirs is the same noise.
_JUDGING_ROWS = 4_000
#: Numbers that a second layer learns from at most.
_POOL_NUMBERS = 200_000


@dataclass(frozen=True)
class Settled:
    """The choice, and what it is worth.

    Parameters
    ----------
    choice : Choice
        Made on all rows.
    predictions : Predictions
        For all rows, each by a choice without its part; labels are class indices.
    """

    choice: Choice
    predictions: Predictions


def settle(
    candidates: Sequence[Candidate],
    judge: Judge,
    parts: NDArray[np.int64],
    *,
    budgets: tuple[Budget, ...] = (),
) -> Settled:
    """Choose members, form, calibrator and threshold.

    Parameters
    ----------
    candidates : sequence of Candidate
        At least one.
    judge : Judge
        Of the rows of their scores.
    parts : ndarray of int64, shape (n,)
        Which part each row is in; at least two.
    budgets : tuple of Budget
        As in `choose`.
    """
    few = _JUDGING_ROWS
    held = _held_out(candidates, judge, parts, budgets=budgets, rows=few)
    losses = {form: judge.row_losses(answers) for form, answers in held.items()}
    scores, labels = np.empty_like(candidates[0].scores), np.zeros(len(judge), dtype=np.int64)
    for part in np.unique(parts):
        inside, others = np.flatnonzero(parts == part), np.flatnonzero(parts != part)
        form = _best_form({name: loss[others] for name, loss in losses.items()})
        decision = _decision(held[form][others], judge.take(others), parts[others], few)
        scores[inside] = _calibrated(held[form][inside], decision)
        if judge.problem.task.is_classification:
            labels[inside] = decide(scores[inside], judge.problem, decision.threshold)
    form = _best_form(losses)
    choice = forms_of(candidates, judge, (form,), budgets=budgets, rows=MANY_ROWS)[form]
    decision = _decision(held[form], judge, parts, MANY_ROWS)
    choice = replace(choice, calibrator=decision.calibrator, threshold=decision.threshold)
    return Settled(choice, judge.predictions(scores, labels if judge.problem.task.is_classification else None))


def _held_out(
    candidates: Sequence[Candidate],
    judge: Judge,
    parts: NDArray[np.int64],
    *,
    budgets: tuple[Budget, ...],
    rows: int,
) -> dict[str, Floats]:
    """Return the answers of each form for all rows, those of a part by a choice on the other parts."""
    forms = _possible(candidates, judge)
    held = {form: np.empty_like(candidates[0].scores) for form in forms}
    for part in np.unique(parts):
        inside, others = np.flatnonzero(parts == part), np.flatnonzero(parts != part)
        known, asked = [c.take(others) for c in candidates], [c.take(inside) for c in candidates]
        for form, choice in forms_of(known, judge.take(others), forms, budgets=budgets, rows=rows).items():
            held[form][inside] = choice.scores(asked)
    return held


def _possible(candidates: Sequence[Candidate], judge: Judge) -> list[str]:
    """Return the forms that there are rows and candidates enough for, the first of equals first."""
    if len(candidates) == 1:
        return [_GREEDY]
    return [_GREEDY, *_POOLED, _BROAD] if len(judge) >= _POOL_ROWS else [_GREEDY, _BROAD]


def forms_of(
    candidates: Sequence[Candidate],
    judge: Judge,
    forms: Sequence[str] | None = None,
    *,
    budgets: tuple[Budget, ...] = (),
    rows: int = MANY_ROWS,
) -> dict[str, Choice]:
    """Return the choice of each form.

    Parameters
    ----------
    candidates, judge, budgets
        As in `settle`.
    forms : sequence of str, optional
        Which; by default those that there are rows and candidates enough for.
    rows : int, default 10000
        Rows at most on which members are compared.
    """
    forms = _possible(candidates, judge) if forms is None else forms
    if len(judge) > rows:
        sample = evenly(len(judge), rows)
        candidates, judge = [c.take(sample) for c in candidates], judge.take(sample)
    losses = [judge.best_loss(candidate.scores) for candidate in candidates]
    made: dict[str, Choice] = {}
    wanted = {_POOLED.get(form, form) for form in forms}
    if _GREEDY in wanted:
        made[_GREEDY] = choose(candidates, judge, budgets=budgets, rows=rows, losses=losses)
    if _BROAD in wanted:
        made[_BROAD] = _broad(candidates, judge, budgets)
    for form in forms:
        if form in _POOLED:
            made[form] = _pooled(made[_POOLED[form]], candidates, judge, losses, budgets)
    return {form: made[form] for form in forms}


def _broad(candidates: Sequence[Candidate], judge: Judge, budgets: tuple[Budget, ...]) -> Choice:
    """Return the plain mean of those that are best by `Judge.row_losses`, as many as the budgets allow."""
    members: list[int] = []
    order = ranked([float(judge.row_losses(candidate.scores).mean()) for candidate in candidates])
    for index in order[:_BROAD_AMONG]:
        if len(members) < _BROAD_MEMBERS and fits([candidates[m] for m in (*members, index)], budgets):
            members.append(index)
    if not members:  # none of them fits by itself
        return choose(candidates, judge, budgets=budgets)
    return Choice(tuple(members), (1.0 / len(members),) * len(members))


def _pooled(
    mean: Choice,
    candidates: Sequence[Candidate],
    judge: Judge,
    losses: Sequence[float],
    budgets: tuple[Budget, ...],
) -> Choice:
    """Return the mean with a second layer, which may ask further members: the best of each algorithm, then the next."""
    order = ranked(losses)
    firsts = {candidates[index].algorithm: index for index in reversed(order)}
    members = list(mean.members)
    for index in (*sorted(firsts.values(), key=order.index), *order):
        if len(members) >= _POOL_MEMBERS:
            break
        if index not in members and fits([candidates[m] for m in (*members, index)], budgets):
            members.append(index)
    numbers = candidates[0].scores[0].size * len(members)
    sample = evenly(len(judge), max(_POOL_ROWS, _POOL_NUMBERS // numbers))
    weight = None if judge.weight is None else judge.weight[sample]
    pool = fit_pool([candidates[member].scores[sample] for member in members], judge.truth[sample], weight)
    weights = (*mean.weights, *[0.0] * (len(members) - len(mean.members)))
    asked = [place for place, part in enumerate(pool.coefficients) if part or weights[place]]
    if len(asked) == 1:
        return mean
    pool = replace(pool, coefficients=tuple(pool.coefficients[place] for place in asked))
    return Choice(tuple(members[place] for place in asked), tuple(weights[place] for place in asked), pool)


def _best_form(losses: Mapping[str, Floats]) -> str:
    """Return the form whose rows have the smallest mean loss."""
    return min(losses, key=lambda form: losses[form].mean())


def _decision(scores: Floats, judge: Judge, parts: NDArray[np.int64], rows: int) -> Choice:
    """Return a choice of which only calibrator and threshold count."""
    sample = evenly(len(judge), rows)
    calibrator = choose_calibrator(scores[sample], judge.take(sample), parts[sample])
    decision = Choice((), (), calibrator=calibrator)
    return replace(decision, threshold=judge.best_threshold(_calibrated(scores, decision)))


def _calibrated(scores: Floats, decision: Choice) -> Floats:
    return scores if decision.calibrator is None else decision.calibrator(scores)
