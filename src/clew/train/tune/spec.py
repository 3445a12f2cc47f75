"""How to tune."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np

from clew.collect.split import SplitSpec
from clew.core.errors import UsageError, did_you_mean
from clew.define.metrics import Metric
from clew.prepare.recipe import Recipe
from clew.train.estimators import ESTIMATORS, get_estimator
from clew.train.estimators.described import foreign_names, refuse_untrusted
from clew.train.tune.goals import Goals

#: Trials where no rule says when to end.
TRIALS = 50
_LEAST_SECONDS = 1.0
_LEAST_PATIENCE = 3
_LEAST_POPULATION = 2


class Strategy(StrEnum):
    """Who says what is tried next."""

    GRID = "grid"
    RANDOM = "random"
    BAYESIAN = "bayesian"
    CMAES = "cmaes"
    HYPERBAND = "hyperband"


class Stopping(StrEnum):
    """Which trials end before all their folds are done."""

    NONE = "none"
    MEDIAN = "median"


class Resource(StrEnum):
    """What a trial of Hyperband gets more of, from rung to rung."""

    ROWS = "rows"
    ROUNDS = "rounds"


_WHOLE = ("trials", "patience", "generation", "nested", "reduction", "seed", "cpus")
_CHOICES: Mapping[str, type[StrEnum]] = {"strategy": Strategy, "stopping": Stopping, "resource": Resource}


@dataclass(frozen=True, slots=True)
class TuneSpec:
    """What is tuned, how, and until when.

    The tuning ends as soon as one of the five rules says so: `trials`, `time_limit_s`, `target_score`, `patience`,
    `converged`. Without `time_limit_s` no clock takes part: the same data, seed and versions give the same trials, on
    any number of workers, whether the tuning was interrupted or not.

    Parameters
    ----------
    algorithms : tuple of str
        Names of `ESTIMATORS`, or classes of the user's own, spelt ``"package.module.Class"``; with several, the
        algorithm is tuned too.
    strategy : Strategy, default bayesian
        ``grid``, ``random``, ``bayesian`` (tree-structured Parzen estimators), ``cmaes`` or ``hyperband``.
    space : mapping, optional
        As `clew.train.tune.reading` describes it; by default the one that ships for each algorithm.
    trials : int, optional
        Combinations to try; 50 where neither time nor patience nor convergence ends it, for a grid all of it.
    time_limit_s : float, optional
        Seconds, at least 1; fitting the best combination again is part of them, nested folds are not.
    target_score : float, optional
        Ends once the first objective is this good.
    patience : int, optional
        Ends after this many trials in a row without a better one, at least 3. Those that failed do not count; those
        that a rule ended do.
    converged : float, optional
        Ends once the improvement to expect of a further trial is at most this share of the best score: 0.01 is usual.
    stopping : Stopping, default median
        ``median`` ends a trial whose mean over the folds so far is worse than the median of the earlier trials' means
        over as many folds, and further behind the best one than folds differ by chance; with constraints, those trials
        count that keep them. It goes with one objective, and neither with Hyperband, which has its own rule, nor with
        CMA-ES, which learns from whole trials only.
    resource : Resource, default rows
        What Hyperband gives: a share of the learning rows, or of the rounds.
    reduction : int, default 3
        Of Hyperband: one of this many goes on to the next rung, with this many times the resource.
    least_share : float, default 1/9
        Of Hyperband: share of the resource on the lowest rung.
    asynchronous : bool, default False
        Hyperband without brackets (ASHA): a trial goes on, or ends, as soon as its rung is done. Keeps more workers
        busy; what is tried then depends on which worker is quickest, so the result cannot be repeated.
    objectives : tuple of str, default ()
        Metrics of the task or ``latency_ms``; by default the problem's metric. With several, the result has the
        combinations that none beats in all of them.
    constraints : tuple of str, default ()
        Bounds such as ``"latency_ms <= 0.5"``; the best trial keeps them all. Not with CMA-ES.
    generation : int, optional
        Trials that are asked for at once, before any of them is told. It decides what is tried, so it does not depend
        on the number of workers; by default 4. For CMA-ES it is the population, at least 2.
    nested : int, optional
        Outer folds, at least 2: the whole tuning is done once more in each, and judged by rows that it has not seen.
    warm_start : tuple of Path, default ()
        Folders of earlier tunings.
    transfer : bool, default False
        Whether earlier tunings were of other rows: then their best combinations are tried first; otherwise their trials
        count as if they were of this one.
    refit : bool, default True
        Whether the best combination is fitted to all rows, as the result's model.
    compute : str, default "local"
        ``local`` (threads), ``processes``, or ``dask://HOST:PORT``.
    cpus : int, optional
        Threads to use in all on this machine; by default all that the process may use.
    seed : int, default 0
        Of everything random.
    split : SplitSpec
        Folds, stratification and gap.
    recipe : Recipe, optional
        Unfitted; by default the suggested one.
    journal : Path, optional
        File ``….jsonl`` in which finished fits are kept and found again; or a folder, for a file of this tuning's own.
    device : {"cpu", "cuda"}, default "cpu"
        Where the algorithms learn that can choose.
    metric : Metric, optional
        What decides, where it is one of the user's own (`clew.define.custom_metric`) rather than the problem's.
    trust : tuple of str, default ()
        Classes of other packages than scikit-learn that may be imported, where one of them is tuned.
    """

    algorithms: tuple[str, ...]
    strategy: Strategy = Strategy.BAYESIAN
    space: Mapping[str, Any] | None = None
    trials: int | None = None
    time_limit_s: float | None = None
    target_score: float | None = None
    patience: int | None = None
    converged: float | None = None
    stopping: Stopping = Stopping.MEDIAN
    resource: Resource = Resource.ROWS
    reduction: int = 3
    least_share: float = 1 / 9
    asynchronous: bool = False
    objectives: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    generation: int | None = None
    nested: int | None = None
    warm_start: tuple[Path, ...] = ()
    transfer: bool = False
    refit: bool = True
    compute: str = "local"
    cpus: int | None = None
    seed: int = 0
    split: SplitSpec = field(default_factory=SplitSpec)
    recipe: Recipe | None = None
    journal: Path | None = None
    device: str = "cpu"
    metric: Metric | None = None
    trust: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, kind in _CHOICES.items():
            object.__setattr__(self, name, _one_of(name, kind, getattr(self, name)))
        for name in _WHOLE:  # NumPy's are written down as if they were others
            if isinstance(value := getattr(self, name), np.integer):
                object.__setattr__(self, name, int(value))

    def check(self) -> None:
        """Refuse what makes no sense, before any work starts.

        Raises
        ------
        UsageError
            If a value is out of range, or two of them exclude each other.
        """
        if not self.algorithms:
            raise UsageError("No algorithm is named.", hint="Name one, e.g. algorithm='xgboost'.")
        if len(set(self.algorithms)) < len(self.algorithms):
            raise UsageError(f"An algorithm is named twice: {', '.join(self.algorithms)}.", hint="Name each once.")
        for name in self.algorithms:
            estimator = get_estimator(name)
            if name not in ESTIMATORS and "." not in name:
                raise UsageError(
                    f"{estimator.label} searches by itself, and has nothing to tune here.",
                    hint=f"Use `clew train --engine {name}`.",
                )
        refuse_untrusted((name for one in self.algorithms if "." in one for name in foreign_names(one, {})), self.trust)
        _whole("trials", self.trials, 1)
        _whole("patience", self.patience, _LEAST_PATIENCE)
        _whole("generation", self.generation, 1)
        _whole("nested", self.nested, 2)
        _whole("reduction", self.reduction, 2)
        _whole("seed", self.seed, 0)
        if self.time_limit_s is not None and not _LEAST_SECONDS <= self.time_limit_s < math.inf:
            raise UsageError(
                f"`time_limit_s` is {self.time_limit_s!r}; at least {_LEAST_SECONDS:g} second is needed.",
                hint="Use e.g. 60, or `trials` for a result that can be repeated.",
            )
        if self.target_score is not None and not math.isfinite(self.target_score):
            raise UsageError(f"`target_score` is {self.target_score!r}, and a finite number is needed.")
        if self.converged is not None and not 0 < self.converged < 1:
            raise UsageError(f"`converged` is {self.converged!r}; it is a share between 0 and 1.", hint="Use 0.01.")
        if not 0 < self.least_share < 1:
            raise UsageError(f"`least_share` is {self.least_share!r}; it is between 0 and 1.", hint="Use e.g. 0.1.")
        self._check_together()

    def check_goals(self, goals: Goals) -> None:
        """Refuse goals that the strategy cannot follow.

        Parameters
        ----------
        goals : Goals
            Objectives and constraints, as they were read.

        Raises
        ------
        UsageError
            If there are more objectives than it takes, or constraints that it has no eye for.
        """
        if goals.several and self.strategy in {Strategy.CMAES, Strategy.HYPERBAND}:
            named = ", ".join(goal.name for goal in goals.objectives)
            raise UsageError(
                f"The strategy {self.strategy.value} follows one objective, and there are several: {named}.",
                hint="Use bayesian, random or grid.",
            )
        if goals.constraints and self.strategy is Strategy.CMAES:
            raise UsageError(
                f"CMA-ES takes no notice of constraints, and there is {goals.constraints[0]}.", hint="Use bayesian."
            )

    def _check_together(self) -> None:
        if self.strategy is Strategy.CMAES and self.generation is not None and self.generation < _LEAST_POPULATION:
            raise UsageError(
                f"`generation` is {self.generation}, and CMA-ES compares the trials of a generation with each other.",
                hint=f"Use {_LEAST_POPULATION} or more, or leave it away.",
            )
        if self.asynchronous and self.strategy is not Strategy.HYPERBAND:
            raise UsageError(
                f"`asynchronous` is for hyperband, and the strategy is {self.strategy.value}.", hint="Leave it away."
            )
        if self.resource is not Resource.ROWS and self.strategy is not Strategy.HYPERBAND:
            raise UsageError(
                f"`resource` is for hyperband, and the strategy is {self.strategy.value}.", hint="Leave it away."
            )
        if self.transfer and not self.warm_start:
            raise UsageError("`transfer` says how to use earlier tunings, and none is named.", hint="Name a folder.")
        if self.strategy is Strategy.GRID and self.warm_start:
            raise UsageError(
                "A grid tries every combination once, whatever earlier tunings found.",
                hint="Leave `warm_start` away, or use another strategy.",
            )
        if self.strategy is Strategy.CMAES and self.warm_start and not self.transfer:
            raise UsageError(
                "CMA-ES follows its own trials only, so those of an earlier tuning cannot count as its own.",
                hint="Use bayesian, or transfer=True to try their best first.",
            )

    @property
    def limit(self) -> int | None:
        """Trials at most; None where another rule ends the tuning, and for a whole grid."""
        # A score may never be reached: it ends a tuning early, and not alone.
        others = (self.time_limit_s, self.patience, self.converged)
        if self.trials is not None or self.strategy is Strategy.GRID or any(rule is not None for rule in others):
            return self.trials
        return TRIALS

    def uses_median_rule(self, goals: Goals) -> bool:
        """Return whether the median rule is in force: CMA-ES needs whole trials, and Hyperband has its own rule."""
        others = {Strategy.HYPERBAND, Strategy.CMAES}
        return self.stopping is Stopping.MEDIAN and not goals.several and self.strategy not in others


def _one_of(name: str, kind: type[StrEnum], value: Any) -> StrEnum:
    try:
        return kind(value)
    except ValueError:
        raise UsageError(
            f"There is no {name} {value!r}.", hint=did_you_mean(str(value), [known.value for known in kind])
        ) from None


def _whole(name: str, value: Any, least: int) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise UsageError(f"`{name}` is {value!r}; a whole number from {least} on is needed.")
