"""What a model may cost: milliseconds for a row, megabytes on disk, seconds of fitting again."""

import math
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from clew.core.finding import Finding
from clew.train.codes import finding
from clew.train.ensemble.choice import Budget
from clew.train.estimators import get_estimator
from clew.train.finish.latency import quickest_of_the_good
from clew.train.folds.preparation import Fold, Folds
from clew.train.search import costs
from clew.train.search.clock import REFIT_FACTOR
from clew.train.search.trial import Trial
from clew.train.spec import TrainSpec

#: What members take at most where no latency is stated, each measured alone: one after the other they take half as long
#: again, so that with the recipe a row takes about half a millisecond.
_AUTO_MS, _SEVERAL_CLASSES_MS = 0.35, 0.5
_IN_A_ROW = 1.5
_LATENCY_ROWS = 20


class Saved(Protocol):
    """What can be written into a folder."""

    def save(self, folder: Path) -> None:
        """Write it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Upper limits of a whole model; None where there is none.

    Parameters
    ----------
    latency_ms : float, optional
        Milliseconds for one row.
    members_ms : float, optional
        Milliseconds that the members take of it, unless only slower ones are about as good as the best.
    size_mb : float, optional
        Megabytes on disk, of recipe and members.
    refit_s : float, optional
        Seconds for fitting the members again.
    """

    latency_ms: float | None = None
    members_ms: float | None = None
    size_mb: float | None = None
    refit_s: float | None = None


def limits_of(spec: TrainSpec, classes: int, refit_s: float | None) -> Limits:
    """Return the limits that a spec sets.

    Parameters
    ----------
    spec : TrainSpec
        How to search.
    classes : int
        Number of classes, 0 for a regression: boosters grow trees for each, so more of them take longer.
    refit_s : float, optional
        Seconds for fitting the members again.
    """
    if spec.max_latency_ms == "auto" and spec.own:
        # Estimators of the user's own are slow for single rows, and were not named to be left out.
        return Limits(None, None, spec.max_size_mb, refit_s)
    if spec.max_latency_ms == "auto":
        return Limits(None, _SEVERAL_CLASSES_MS if classes > 2 else _AUTO_MS, spec.max_size_mb, refit_s)
    return Limits(spec.max_latency_ms, None, spec.max_size_mb, refit_s)


@dataclass(frozen=True)
class Costs:
    """What trials cost, beside the limits that they count against.

    Parameters
    ----------
    of_trials : list of tuple of float
        One number per budget for each trial.
    budgets : tuple of Budget
        What the members of a model may cost together.
    latency_ms : list of float
        Milliseconds for one row of each trial, asked alone.
    recipe_ms : float
        Milliseconds for one row on its way to the members.
    """

    of_trials: list[tuple[float, ...]]
    budgets: tuple[Budget, ...]
    latency_ms: list[float]
    recipe_ms: float

    def model_ms(self, members: Sequence[int]) -> float:
        """Return the milliseconds for one row that recipe and members take, one after the other."""
        together = _IN_A_ROW if len(members) > 1 else 1.0
        return self.recipe_ms + together * sum(self.latency_ms[member] for member in members)


def costs_of(
    trials: Sequence[Trial],
    rows_folds: Folds,
    limits: Limits,
    *,
    measured: bool,
    workers: int,
    sizes_mb: Mapping[int, float],
) -> Costs:
    """Return what each trial would cost as a member; parameters as in `clew.train.finish.choosing.choose_members`."""
    fold = rows_folds[0]
    columns = fold.judged.numeric.shape[1] + fold.judged.codes.shape[1]
    latency = [member_ms(trial, columns, rows_folds.rows.classes, measured=measured) for trial in trials]
    recipe_ms = 0.0 if limits.latency_ms is None else recipe_ms_of(fold, rows_folds, measured=measured)
    budgets: list[Budget] = []
    columns_of_costs: list[list[float]] = []
    if limits.latency_ms is not None:
        budgets.append(Budget(limits.latency_ms - recipe_ms, _IN_A_ROW))
        columns_of_costs.append(latency)
    if limits.members_ms is not None:
        usual = limits.members_ms
        if any(one > usual for one in latency):
            usual = max(usual, quickest_of_the_good(trials, latency, rows_folds.judge()))
        budgets.append(Budget(usual))
        columns_of_costs.append(latency)
    if limits.size_mb is not None:
        budgets.append(Budget(limits.size_mb - size_mb(fold.prepared.recipe)))
        columns_of_costs.append([sizes_mb.get(position, 0.0) for position in range(len(trials))])
    if limits.refit_s is not None:
        budgets.append(Budget(limits.refit_s))
        alone = [refit_seconds(trial) for trial in trials]
        # Fits run side by side, but none of them is done sooner for it.
        columns_of_costs.append([one / workers if one <= limits.refit_s else math.inf for one in alone])
    of_trials = [tuple(column[position] for column in columns_of_costs) for position in range(len(trials))]
    return Costs(of_trials, tuple(budgets), latency, recipe_ms)


def refit_seconds(trial: Trial) -> float:
    """Return the seconds that fitting a trial's configuration to all rows takes, roughly."""
    one = trial.fit_s / len(trial.outcomes)
    # What takes the time that it is given needs no more of it for more rows.
    return one if get_estimator(trial.configuration.algorithm).fills_time else REFIT_FACTOR * one


def too_slow(total_ms: float, limits: Limits) -> Iterator[Finding]:
    """Say that a model is slower than it may be."""
    if limits.latency_ms is not None and total_ms > limits.latency_ms:
        detail = f"One row takes about {total_ms:.2f} ms, and the limit is {limits.latency_ms:g} ms."
        yield finding("ME109", detail, predict_ms=total_ms, limit_ms=limits.latency_ms)


def too_large(total_mb: float, limits: Limits) -> Iterator[Finding]:
    """Say that a model is larger than it may be."""
    if limits.size_mb is not None and total_mb > limits.size_mb:
        detail = f"The model takes {total_mb:.3g} MB on disk, and the limit is {limits.size_mb:g} MB."
        yield finding("ME122", detail, size_mb=total_mb, limit_mb=limits.size_mb)


def size_mb(part: Saved) -> float:
    """Return the megabytes (of 1 000 000 bytes) that a fitted part takes on disk."""
    with tempfile.TemporaryDirectory(prefix="clew-") as name:
        part.save(Path(name))
        return sum(path.stat().st_size for path in Path(name).rglob("*") if path.is_file()) / 1e6


def sizes_known(trials: Sequence[Trial], rows: int, learnt_from: int) -> dict[int, float]:
    """Return what members will take on disk, as far as fitted ones are at hand.

    Parameters
    ----------
    trials : sequence of Trial
        Of a search with a limit in seconds, which keeps the models of the first fold.
    rows, learnt_from : int
        Rows in all, and those that the models at hand have learnt from: some grow with them.
    """
    sizes = {}
    for position, trial in enumerate(trials):
        estimator = trial.outcomes[0].estimator
        if estimator is not None:
            sizes[position] = size_mb(estimator) * rows / max(1, learnt_from) * _more_rounds(trial)
    return sizes


def _more_rounds(trial: Trial) -> float:
    """Return how many times as large, and as slow, the rounds of all folds make a model as those of the first do."""
    if not costs.grows_with_rounds(trial.configuration.algorithm):
        return 1.0
    first = trial.outcomes[0].rounds
    return trial.rounds / first if first and trial.rounds else 1.0


def member_ms(trial: Trial, columns: int, classes: int, *, measured: bool) -> float:
    """Return the milliseconds that one row takes a trial's estimator, as observed or as the table has it."""
    if measured and trial.predict_ms is not None:
        return trial.predict_ms * _more_rounds(trial)
    told = trial.configuration
    return costs.predict_ms(told.algorithm, trial.rounds, told.params, columns, classes)


def recipe_ms_of(fold: Fold, rows_folds: Folds, *, measured: bool) -> float:
    """Return the milliseconds that one raw row takes through the recipe, as observed or as the table has it."""
    recipe = fold.prepared.recipe
    if not measured or not recipe.online:
        return costs.recipe_ms(len(recipe.schema.features))
    return min(row_times_ms(recipe.row(), rows_folds.rows.frame))


def row_times_ms(answer: Callable[[dict[str, Any]], object], rows: pl.DataFrame) -> list[float]:
    """Return the milliseconds of some calls for one raw row each, after a first one that is not counted."""
    asked = rows.head(_LATENCY_ROWS).to_dicts()
    answer(asked[0])
    taken = []
    for row in asked:
        started = time.perf_counter()
        answer(row)
        taken.append((time.perf_counter() - started) * 1000.0)
    return taken
