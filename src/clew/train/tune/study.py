"""Who says what is tried next: a study of Optuna in memory, asked with a seed from the trial's number."""

import logging
import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any

from clew.core.errors import UsageError
from clew.train.search.portfolio import trial_seed
from clew.train.tune.dimension import Dimension, Range, Scale, Values, fixed
from clew.train.tune.goals import Goals
from clew.train.tune.space import Space
from clew.train.tune.spec import Strategy, TuneSpec

if TYPE_CHECKING:
    import optuna

#: Trials at random before the first that was learnt from, and trials asked for at once.
_AT_RANDOM, GENERATION = 10, 4
#: A larger grid is not tried by anybody.
_MOST_IN_GRID = 100_000


class Sampler:
    """Asks for combinations, and tells what they were worth.

    Parameters
    ----------
    spec : TuneSpec
        Strategy and seed.
    space : Space
        What is tuned.
    goals : Goals
        Objectives and constraints.
    first : sequence of mapping
        Combinations of the space that are tried before all others.
    """

    def __init__(self, spec: TuneSpec, space: Space, goals: Goals, first: Sequence[Mapping[str, Any]] = ()) -> None:
        import optuna

        self._spec, self._space, self._goals = spec, space, goals
        with quiet():
            self.study = optuna.create_study(directions=["minimize"] * len(goals.objectives))
        self._first = list(first)
        self._grid = _grid(space) if spec.strategy is Strategy.GRID else None
        self._whole_run = self._cmaes() if spec.strategy is Strategy.CMAES else None

    @property
    def generation(self) -> int:
        """Trials that are asked for at once."""
        if self._spec.generation is not None:
            return self._spec.generation
        if self._spec.strategy is Strategy.CMAES:
            return 4 + math.floor(3 * math.log(max(1, len(self._numeric()))))
        return GENERATION

    def ask(self, number: int) -> tuple["optuna.trial.Trial", dict[str, Any]] | None:
        """Return the next combination; None where the grid is done.

        Parameters
        ----------
        number : int
            Of the trial, from 0.
        """
        planned = self._planned()
        if planned is None and self._grid is not None:
            return None
        with quiet():
            self.study.sampler = self._sampler(number)
            if planned is not None:
                self.study.enqueue_trial(_drawn(self._space, planned))
            trial = self.study.ask()
            values: dict[str, Any] = {}
            for name, dimension in self._space.dimensions.items():
                if self._space.exists(name, values):
                    values[name] = _suggested(trial, name, dimension)
        return trial, values

    def tell(
        self,
        trial: "optuna.trial.Trial",
        figures: Mapping[str, float] | None,
        steps: Sequence[tuple[int, float]],
        *,
        stopped: bool,
    ) -> None:
        """Tell what a combination was worth.

        Parameters
        ----------
        trial : Trial
            As it was asked for.
        figures : mapping, optional
            Figure → value, of a stopped trial as far as it came; None where it failed.
        steps : sequence of (int, float)
            Its course: step and loss.
        stopped : bool
            Whether a rule ended it.
        """
        from optuna.trial import TrialState

        with quiet():
            if not self._goals.several:
                for step, loss in steps:
                    trial.report(min(loss, 1e300), step)
            if figures is None:
                self.study.tell(trial, state=TrialState.FAIL)
                return
            for name, excess in self._goals.excesses(figures).items():
                trial.set_constraint(name, min(excess, 1e300))
            losses = self._goals.losses(figures)
            if stopped:
                self.study.tell(trial, state=TrialState.PRUNED)
            elif all(map(math.isfinite, losses)):
                self.study.tell(trial, list(losses))
            else:
                self.study.tell(trial, state=TrialState.FAIL)

    def count(self, values: Mapping[str, Any], figures: Mapping[str, float]) -> bool:
        """Let a trial of an earlier tuning count as one of this; False where it is none of this space or these goals.

        Parameters
        ----------
        values : mapping
            Its combination.
        figures : mapping
            Its figures.
        """
        from optuna.trial import create_trial

        if not self._space.holds(values) or not set(self._goals.names) <= set(figures):
            return False
        losses = self._goals.losses(figures)
        if not all(map(math.isfinite, losses)):
            return False
        with quiet():
            self.study.add_trial(
                create_trial(
                    values=list(losses),
                    params=_drawn(self._space, values),
                    distributions={
                        name: distribution_of(self._space.dimensions[name])
                        for name in values
                        if not fixed(self._space.dimensions[name])
                    },
                    constraints=self._goals.excesses(figures),
                )
            )
        return True

    def _planned(self) -> Mapping[str, Any] | None:
        if self._grid is not None:
            return next(self._grid, None)
        return self._first.pop(0) if self._first else None

    def _sampler(self, number: int) -> Any:
        from optuna.samplers import RandomSampler, TPESampler

        if self._whole_run is not None:
            return self._whole_run
        seed = trial_seed(self._spec.seed, number)
        if self._spec.strategy in {Strategy.RANDOM, Strategy.GRID}:
            return RandomSampler(seed=seed)
        return TPESampler(
            seed=seed, n_startup_trials=_AT_RANDOM, multivariate=True, group=self._space.conditional, constant_liar=True
        )

    def _cmaes(self) -> Any:
        from optuna.samplers import CmaEsSampler, RandomSampler

        sometimes = next((name for name, dimension in self._space.dimensions.items() if dimension.when), None)
        if sometimes is not None:
            raise UsageError(
                f"CMA-ES follows the same numbers in every trial, and {sometimes!r} exists only sometimes.",
                hint="Use bayesian, or take the condition away.",
            )
        numeric = self._numeric()
        if not numeric:
            raise UsageError("CMA-ES follows numbers, and the space has none that vary.", hint="Use bayesian.")
        start = self._first.pop(0) if self._first else None
        with quiet():
            return CmaEsSampler(
                x0=None if start is None else {name: numeric[name].encode(start[name]) for name in numeric},
                seed=trial_seed(self._spec.seed, 0),
                n_startup_trials=1,
                popsize=self.generation,
                independent_sampler=RandomSampler(seed=trial_seed(self._spec.seed, 1)),
                warn_independent_sampling=False,
            )

    def _numeric(self) -> dict[str, Range]:
        return {
            name: dimension
            for name, dimension in self._space.dimensions.items()
            if isinstance(dimension, Range) and not fixed(dimension)
        }


def distribution_of(dimension: Dimension) -> Any:
    """Return a dimension as a distribution of Optuna, of what a sampler draws."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if isinstance(dimension, Values):
        return CategoricalDistribution(tuple(range(len(dimension.values))))
    log = dimension.scale is not Scale.LINEAR
    if dimension.whole:
        low, high = round(dimension.low), round(dimension.high)
        return IntDistribution(low, high, log=log, step=1 if dimension.step is None else round(dimension.step))
    ends = sorted((dimension.encode(dimension.low), dimension.encode(dimension.high)))
    return FloatDistribution(ends[0], ends[1], log=log, step=dimension.step)


@contextmanager
def quiet() -> Iterator[None]:
    """Let Optuna neither log nor warn while the block runs."""
    log = logging.getLogger("optuna")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(before)


def _suggested(trial: "optuna.trial.Trial", name: str, dimension: Dimension) -> Any:
    if fixed(dimension):
        return next(dimension.grid())
    distribution = distribution_of(dimension)
    if isinstance(dimension, Values):
        return dimension.decode(int(trial.suggest_categorical(name, distribution.choices)))
    if dimension.whole:
        return dimension.decode(
            trial.suggest_int(name, distribution.low, distribution.high, step=distribution.step, log=distribution.log)
        )
    return dimension.decode(
        trial.suggest_float(name, distribution.low, distribution.high, step=distribution.step, log=distribution.log)
    )


def _drawn(space: Space, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a sampler would have drawn for a combination."""
    return {
        name: space.dimensions[name].encode(value)
        for name, value in values.items()
        if not fixed(space.dimensions[name])
    }


def _grid(space: Space) -> Iterator[dict[str, Any]]:
    if sum(1 for _ in islice(space.grid(), _MOST_IN_GRID + 1)) > _MOST_IN_GRID:
        raise UsageError(
            f"The grid has more than {_MOST_IN_GRID:,} combinations.",
            hint="List fewer values, set `points`, or use bayesian or random.",
        )
    return space.grid()
