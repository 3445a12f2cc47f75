"""From finished trials to the model: choose, judge the choice, fit the chosen ones to all rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from types import MappingProxyType
from typing import Any

from clew.core.errors import DataError
from clew.core.freed import give_back
from clew.core.predictions import Predictions
from clew.train.device import turn
from clew.train.ensemble.choice import Candidate, Choice
from clew.train.ensemble.pooling import shares_of
from clew.train.ensemble.settling import settle
from clew.train.finish.limits import Limits, costs_of, row_times_ms
from clew.train.folds.parts import parts_of
from clew.train.folds.preparation import Folds, Preparation, prepare
from clew.train.model import FittedModel, Member
from clew.train.search.clock import end_seconds
from clew.train.search.fit import Apart, refit_member, refit_request
from clew.train.search.trial import Trial


@dataclass(frozen=True)
class Chosen:
    """Members, and how good their choice is.

    Parameters
    ----------
    choice : Choice
        Made on all judging rows.
    predictions : Predictions
        For all judging rows, each by a choice without it.
    predict_ms : float
        Milliseconds that the model is expected to take for one row.
    """

    choice: Choice
    predictions: Predictions
    predict_ms: float


def choose_members(
    trials: Sequence[Trial],
    rows_folds: Folds,
    limits: Limits,
    *,
    measured: bool,
    workers: int,
    seed: int,
    sizes_mb: Mapping[int, float] = MappingProxyType({}),
) -> Chosen:
    """Choose how the trials answer together within the limits, and judge that on rows that had no part in it.

    Parameters
    ----------
    trials : sequence of Trial
        At least one.
    rows_folds : Folds
        Their splits.
    limits : Limits
        Of the whole model.
    measured : bool
        Whether milliseconds are those observed, or those of the shipped table.
    workers : int
        Fits side by side.
    seed : int
        Of the parts.
    sizes_mb : mapping of int to float
        Position among the trials → size on disk, where it is known; others count nothing.
    """
    costs = costs_of(trials, rows_folds, limits, measured=measured, workers=workers, sizes_mb=sizes_mb)
    candidates = [
        Candidate(trial.configuration.algorithm, trial.scores, cost)
        for trial, cost in zip(trials, costs.of_trials, strict=True)
    ]
    judge = rows_folds.judge()
    settled = settle(candidates, judge, parts_of(rows_folds, seed), budgets=costs.budgets)
    return Chosen(settled.choice, settled.predictions, costs.model_ms(settled.choice.members))


def seconds_to_refit(rows_folds: Folds, left_s: float, limit_s: float) -> float:
    """Return the seconds for fitting members again, before choosing, preparing and judging take their part.

    Parameters
    ----------
    rows_folds : Folds
        Their rows say how long the choice takes.
    left_s, limit_s : float
        Seconds left, and the whole limit.
    """
    return max(0.0, left_s - end_seconds(limit_s) - rows_folds.prepare_s)


def refit(
    chosen: Choice,
    trials: Sequence[Trial],
    rows_folds: Folds,
    *,
    threads: int,
    workers: int,
    deadline: float | None,
    apart: Apart | None = None,
    last: bool = False,
) -> tuple[Preparation, tuple[Member | DataError, ...]]:
    """Fit recipe and members to all training rows, with the mean number of rounds found in the folds.

    Those that count most come first. In the place of a member whose fit had to be ended, or was refused, stands why.

    One fit to all rows was better than the mean of the folds' models, and as good as the mean of three fits with other
    seeds, on the tables of ``benchmarks/finishing.py``.

    Parameters
    ----------
    chosen : Choice
        The members.
    trials : sequence of Trial
        Where they come from.
    rows_folds : Folds
        Rows and recipe.
    threads, workers : int
        Threads of a fit, and fits side by side.
    deadline : float, optional
        Value of `time.monotonic` after which no further round starts.
    apart : Apart, optional
        Where fits run that the deadline alone might not end.
    last : bool, default False
        Whether no other members will be fitted after these.
    """
    rows = rows_folds.rows
    ready = prepare(rows, rows_folds.recipe, rows_folds.spec, seed=rows_folds.seed)

    how: dict[str, Any] = {"task": rows.problem.task, "classes": rows.classes, "threads": threads, "deadline": deadline}
    requests = {position: refit_request(trials[position], **how) for position in chosen.members}
    if apart is not None and last and not any(apart.takes(request, ready.learn) for request in requests.values()):
        apart.release()

    def fitted(position: int) -> Member | DataError:
        configuration = trials[position].configuration
        try:
            with turn(configuration.params, deadline):
                estimator = refit_member(requests[position], ready.learn, apart)
        except DataError as error:  # others may answer without it
            return error
        give_back()
        return Member(configuration.name, estimator, dict(configuration.params))

    shares = dict(zip(chosen.members, shares_of(chosen.weights, chosen.pool), strict=True))
    line = sorted(chosen.members, key=lambda position: -shares[position])
    if workers == 1 or len(line) == 1:
        made = [fitted(position) for position in line]
    else:
        from joblib import Parallel, delayed

        made = Parallel(n_jobs=workers, require="sharedmem", batch_size=1)(delayed(fitted)(one) for one in line)
    members = dict(zip(line, made, strict=True))
    return ready, tuple(members[position] for position in chosen.members)


def kept(chosen: Choice, trials: Sequence[Trial], rows_folds: Folds) -> tuple[Preparation, tuple[Member, ...]]:
    """Return recipe and members as the first fold has them, of trials whose estimators were kept."""
    members = []
    for position in chosen.members:
        told, estimator = trials[position].configuration, trials[position].outcomes[0].estimator
        if estimator is None:
            raise ValueError(f"the estimator of {told.name} was not kept")
        members.append(Member(told.name, estimator, dict(told.params)))
    return rows_folds[0].prepared, tuple(members)


def model_ms(model: FittedModel, rows_folds: Folds) -> float | None:
    """Return the median of some calls for one raw row each, in milliseconds; None where the recipe wants tables."""
    if not model.online:
        return None
    return median(row_times_ms(model.predict_row, rows_folds.rows.frame.select(model.features)))
