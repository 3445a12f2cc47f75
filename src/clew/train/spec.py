"""What to train: the section ``train`` of a project."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import Any, Literal

import numpy as np

from clew.collect.split import SplitSpec
from clew.core.errors import UsageError, did_you_mean
from clew.define.metrics import Metric
from clew.prepare.recipe import Recipe
from clew.train.estimators import ESTIMATORS, get_estimator
from clew.train.estimators.described import Described, foreign_names, refuse_untrusted
from clew.train.estimators.vocabulary import DEVICES
from clew.train.model import FittedModel

#: Who can learn; Clew's own search is the first.
ENGINES = ("clew", "autogluon")
#: Less time than this does not fit a model.
_LEAST_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class TrainSpec:
    """How to search for a model.

    Parameters
    ----------
    time_limit_s : float, optional
        Seconds for everything, at least 1; the default is 60. Ignored where `trials` is given.
    trials : int, optional
        Number of configurations. Nothing then depends on a clock: the same data, seed and versions give the same model,
        bit by bit.
    algorithms : tuple of str or Described, optional
        Names in `ESTIMATORS` that may join, by default all of them, and estimators of the user's own: classes spelt
        ``"package.module.Class"``, or what `clew.train.estimators.described.describe_estimator` makes of an instance.
    params : mapping, optional
        Parameters of the one algorithm named, any that its library takes, in any of its spellings: exactly this
        configuration is fitted, and nothing is searched. Where they name the number of rounds, it is kept to the
        letter, unless `early_stopping_rounds` is named too; otherwise rows that are not learnt from say when to stop.
    engine : {"clew", "autogluon"}, default "clew"
        Who learns. AutoGluon (an extra) learns in the same folds, through the same recipe and judged in the same way;
        `params` are then those of its ``TabularPredictor.fit``.
    device : {"cpu", "cuda"}, default "cpu"
        Where the boosters learn; their libraries are told. Other algorithms learn on the CPU, and all answer there.
    max_latency_ms : float or "auto", optional
        Upper limit for one row through the whole model; None lifts it. By default ("auto") the members together take at
        most 0.35 ms, 0.5 ms with more than two classes, whatever the recipe takes; longer only where no quicker one is
        about as good as the best. Measured with a limit in seconds, taken from a table with a limit in trials.
    max_size_mb : float, optional
        Upper limit for recipe and members on disk, in megabytes; by default none.
    cpus : int, optional
        Threads to use in all; by default all that the process may use.
    seed : int, default 0
        Of everything random, at least 0.
    split : SplitSpec
        Folds, stratification and gap.
    recipe : Recipe, optional
        Unfitted; by default the suggested one.
    journal : Path, optional
        Folder in which finished trials are kept and found again.
    metric : Metric, optional
        What decides, where it is one of the user's own (`clew.define.custom_metric`) rather than the problem's.
    continue_from : FittedModel, optional
        A model of boosters, which learn more rounds from the rows, through the recipe that the model has; nothing is
        searched. `params` are then those of its one algorithm.
    trust : tuple of str
        Classes of other packages than scikit-learn that may be imported, spelt as in `algorithms`.
    """

    time_limit_s: float | None = 60.0
    trials: int | None = None
    algorithms: tuple[str | Described, ...] | None = None
    params: Mapping[str, Any] | None = None
    engine: str = "clew"
    device: str = "cpu"
    max_latency_ms: float | Literal["auto"] | None = "auto"
    max_size_mb: float | None = None
    cpus: int | None = None
    seed: int = 0
    split: SplitSpec = field(default_factory=SplitSpec)
    recipe: Recipe | None = None
    journal: Path | None = None
    metric: Metric | None = None
    continue_from: FittedModel | None = None
    trust: tuple[str, ...] = ()

    @property
    def families(self) -> tuple[str, ...] | None:
        """Those of Clew's own algorithms that are named; None where no algorithm is."""
        if self.algorithms is None:
            return None
        return tuple(name for name in self.algorithms if isinstance(name, str) and "." not in name)

    @property
    def own(self) -> tuple[Described, ...]:
        """Estimators of the user's own, with their parameters."""
        named = [Described(item) if isinstance(item, str) else item for item in self.algorithms or ()]
        found = [item for item in named if "." in item.name]
        if len(named) == 1 and self.params is not None:
            return tuple(Described(item.name, {**item.params, **self.params}) for item in found)
        return tuple(found)

    def check(self) -> None:
        """Refuse what makes no sense, before any work starts.

        Raises
        ------
        UsageError
            If a value is out of range, or an algorithm or a parameter does not exist.
        """
        if self.trials is None and self.time_limit_s is None:
            raise UsageError(
                "Neither `time_limit_s` nor `trials` is given.", hint="Give one of them, e.g. time_limit_s=60."
            )
        if self.trials is not None and not _whole(self.trials, 1):
            raise UsageError(
                f"`trials` is {self.trials!r}; a whole number of at least 1 is needed.", hint="Use e.g. 20."
            )
        if self.trials is None and not _at_least(self.time_limit_s, _LEAST_SECONDS):
            raise UsageError(
                f"`time_limit_s` is {self.time_limit_s!r}; a number of at least {_LEAST_SECONDS:g} second is needed.",
                hint="Use e.g. 60, or `trials` for a result that can be repeated.",
            )
        self._check_limits()
        if not _whole(self.seed, 0):
            raise UsageError(f"`seed` is {self.seed!r}; a whole number of at least 0 is needed.", hint="Use e.g. 0.")
        if self.recipe is not None and not isinstance(self.recipe, Recipe):
            raise UsageError(
                f"`recipe` is {type(self.recipe).__name__}, and a Recipe is needed.",
                hint='Read one from its file: clew.Recipe.from_file("recipe.yaml").',
            )
        if not isinstance(self.split, SplitSpec):
            raise UsageError(
                f"`split` is {self.split!r}, and a SplitSpec is needed.",
                hint="Use e.g. clew.collect.split.SplitSpec(folds=3).",
            )
        if self.params is not None and not _is_mapping(self.params):
            raise UsageError(
                f"`params` is {self.params!r}, and it takes one mapping of names to values.",
                hint='Write e.g. {"max_depth": 4}.',
            )
        if self.device not in DEVICES:
            raise UsageError(f"There is no device {self.device!r}.", hint="Use 'cpu' or 'cuda'.")
        if self.engine == "clew":
            self._check_algorithms()
        else:
            self._check_engine()

    def _check_limits(self) -> None:
        latency = self.max_latency_ms
        if latency is not None and latency != "auto" and not _above_0(latency):
            raise UsageError(
                f"`max_latency_ms` is {latency!r}; it must be a number above 0.", hint="Use None for no limit."
            )
        if self.max_size_mb is not None and not _above_0(self.max_size_mb):
            raise UsageError(
                f"`max_size_mb` is {self.max_size_mb!r}; it must be a number above 0.",
                hint="Leave it out for no limit.",
            )
        if self.cpus is not None and not _whole(self.cpus, 1):
            raise UsageError(
                f"`cpus` is {self.cpus!r}; a whole number of at least 1 is needed.",
                hint="Leave it out to use all there are.",
            )

    def _check_engine(self) -> None:
        if self.engine not in ENGINES:
            raise UsageError(f"There is no engine {self.engine!r}.", hint=did_you_mean(self.engine, ENGINES))
        spec = get_estimator(self.engine)
        if self.continue_from is not None:
            raise UsageError(
                f"A model is continued by Clew's own engine, not {spec.label}.", hint="Leave `engine` out."
            )
        if self.device != "cpu":
            raise UsageError(
                f"{spec.label} learns on the CPU here.",
                hint="Name GPUs for its models in `params`, e.g. {'hyperparameters': {'GBM': {'ag_args_fit': …}}}.",
            )
        if self.algorithms is not None:
            raise UsageError(
                f"`algorithms` are those of Clew's own engine, and {spec.label} brings its own.",
                hint="Name models in `params`, e.g. {'included_model_types': ['GBM']}.",
            )
        if self.trials is not None or self.time_limit_s is None:
            raise UsageError(
                f"{spec.label} counts seconds, not trials.",
                hint="Use `time_limit_s`, --time-limit on the command line.",
            )
        spec.warm()
        spec.check(self.params or {})

    def _check_algorithms(self) -> None:
        if self.algorithms is not None and not self.algorithms:
            raise UsageError("`algorithms` is empty.", hint=f"Choose from {', '.join(ESTIMATORS)}, or leave it out.")
        for item in self.own:
            refuse_untrusted(foreign_names(item.name, item.params), self.trust)
            get_estimator(item.name).named(item.params)
        specs = [get_estimator(name) for name in self.families or ()]
        if self.params is None or self.continue_from is not None or len(self.own) == len(self.algorithms or ()) == 1:
            return
        if len(specs) != 1 or self.own:
            raise UsageError(
                f"`params` belong to one algorithm, and {len(self.algorithms or ()) or 'none'} are named.",
                hint="Name it, e.g. algorithms=('lightgbm',), or --algorithms lightgbm on the command line.",
            )
        specs[0].check(self.params)


def _is_mapping(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(name, str) for name in value)


def _at_least(value: Any, least: float) -> bool:
    return _is_number(value) and bool(least <= value < inf)


def _above_0(value: Any) -> bool:
    return _is_number(value) and bool(value > 0)


def _whole(value: Any, least: int) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and bool(value >= least)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
