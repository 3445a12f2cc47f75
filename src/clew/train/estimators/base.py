"""What every algorithm promises, and the frame in which it is fitted and loaded."""

import json
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from clew.core.errors import ArtifactError, ClewError, DataError, UsageError
from clew.define.problem import Task
from clew.prepare.matrix import Matrix, MatrixLayout
from clew.store.files import no_temporary_files
from clew.train.estimators.fitted import HEAD, Certain, Engine, FittedEstimator, Floats, Part, take
from clew.train.estimators.shared import Shared
from clew.train.estimators.vocabulary import DEVICE, PATIENCE, Vocabulary
from clew.train.space import Domain

__all__ = ["Certain", "Engine", "EstimatorSpec", "FittedEstimator", "Floats", "Honours", "Order", "Part", "take"]

#: Length of all steps together where no rows can say when to stop: 120 rounds at a learning rate of 0.05.
_STEPS_UNWATCHED = 6.0
#: Standard deviations of a target between which it is learnt as it is.
_SMALL, _LARGE = 0.03, 1e12
#: Parameters whose values are in units of the target, or that choose a loss with such a one.
_IN_UNITS = frozenset({"objective", "loss", "loss_function", "alpha", "huber_slope", "base_score", "max_delta_step"})
#: What a split has to gain: in squared units of the target, as long as the loss is the squared error.
_IN_SQUARES = frozenset({"gamma", "min_split_gain", "min_impurity_decrease", "ccp_alpha"})
#: Chooses another loss of trees, in which a gain has other units.
_CRITERION = "criterion"
#: Weights are rescaled only where their mean lies below this, or above its reciprocal.
_LIGHT = 0.5


@dataclass(frozen=True, slots=True)
class Honours:
    """Which wishes an algorithm follows exactly, rather than ignores.

    Parameters
    ----------
    monotone : bool
        Monotone constraints of the layout, in regression and binary tasks.
    weights : bool
        Weights of rows.
    missing : bool
        Missing numbers are used as they are, not replaced.
    categories : bool
        Category codes are used as categories, not as numbers.
    early_stopping : bool
        Learns in rounds and stops where a part that it does not learn from says so.
    """

    monotone: bool
    weights: bool
    missing: bool
    categories: bool
    early_stopping: bool


@dataclass(frozen=True, slots=True)
class Order:
    """How one fit is to be done; what an algorithm receives beside the rows.

    Parameters
    ----------
    task : Task
        Kind of answer.
    classes : int
        Number of classes among the rows, 0 for a regression.
    params : mapping
        Every parameter of the algorithm, defaults filled in.
    monotone : tuple of int
        Per numeric column -1, 0 or +1.
    seed : int
        Seed of all random choices, 0 to 2**31 - 1.
    threads : int
        Threads to use, at least 1.
    deadline : float, optional
        Value of `time.monotonic` after which no further round starts; only algorithms that learn in rounds keep it.
    start : Engine, optional
        What is continued rather than begun.
    shared : Shared
        What was made of the rows for earlier fits.
    unit : float, default 1
        In which the numbers of the target are, and those of `params` that go with them.
    """

    task: Task
    classes: int
    params: Mapping[str, Any]
    monotone: tuple[int, ...]
    seed: int
    threads: int
    deadline: float | None = None
    start: Engine | None = None
    shared: Shared = field(default_factory=Shared)
    unit: float = 1.0

    def in_unit(self, unit: float, squared: Collection[str]) -> "Order":
        """Return the order for numbers in a unit; parameters named in `squared` are in its square."""
        if unit == 1.0:
            return self
        found = {name: value for name, value in self.params.items() if name in squared and _is_number(value)}
        converted = {name: value / unit**2 for name, value in found.items()}
        return replace(self, params={**self.params, **converted}, unit=unit)


class EstimatorSpec(ABC):
    """One algorithm: how it is fitted, asked, saved and loaded, and how it is searched.

    The promises, proven for each algorithm by `clew.testing.estimator.check_estimator_spec`:

    - the same rows, parameters, seed, threads and versions give the same model, bit by bit;
    - one row gives the same bits as the same row among many, before and after saving;
    - what `honours` names is honoured; a wish that is not honoured never changes the model silently: constraints raise;
    - missing numbers, unseen categories, constant columns and classes without a row are taken;
    - the library is silent, writes no file of its own and uses no more threads than it was given.

    Instances hold no state and may be shared between threads.
    """

    name: str
    label: str
    honours: Honours
    space: ClassVar[Mapping[str, Domain]]
    """Parameters that are searched, with what they may be."""
    defaults: ClassVar[Mapping[str, Any]]
    """Parameters that are always set, with their defaults; `vocabulary` has every one that may be given."""
    max_rounds: str | None = None
    """Name of the parameter that bounds the rounds; None where the algorithm does not learn in rounds."""
    largest: tuple[int, int] | None = None
    """Rows and columns of the matrix up to which it takes part in a search; None for any."""
    continues: ClassVar[bool] = False
    """Whether it can learn more rounds from other rows, on top of what it has learnt."""
    interruptible: bool = True
    #: Whether a fit takes all the time that it is given.
    fills_time: bool = False
    """Whether a fit in progress soon ends after its deadline; False where one call of the library is the whole fit."""

    brief: ClassVar[Mapping[str, Any]] = {}
    """Parameters that make a fit short: with these the promises are proven."""
    devices: tuple[str, ...] = ("cpu",)
    """Where it can learn, given what its library needs for that; all answer on the CPU."""
    cpu_only: ClassVar[tuple[str, ...]] = ()
    """Parameters that its library knows on the CPU only; elsewhere they are not searched."""

    def refusal(self, device: str) -> str | None:
        """Return why it cannot learn on a device, by trying; None where it can.

        Parameters
        ----------
        device : str
            ``"cpu"`` or ``"cuda"``.
        """
        if device not in self.devices:
            return f"{self.label} learns on the CPU only"
        if device == "cpu" or self.max_rounds is None:
            return None
        numeric = np.arange(40, dtype=np.float32)[:, None]
        tiny = Matrix(numeric, np.empty((40, 0), dtype=np.int32), MatrixLayout(("x",), (), (), (0,)))
        try:
            params = {DEVICE: device, self.max_rounds: 1}
            self.fit(tiny, numeric[:, 0].astype(np.float64), task=Task.REGRESSION, params=params)
        except DataError as error:
            return str(error.__cause__ or error.message).strip().splitlines()[0].rstrip(".")
        return None

    def takes(self, rows: int, columns: int) -> bool:
        """Return whether it takes part in a search on a table of this size.

        Parameters
        ----------
        rows, columns : int
            Of the matrix.
        """
        return self.largest is None or (rows <= self.largest[0] and columns <= self.largest[1])

    def vocabulary(self) -> Vocabulary:
        """Return every parameter that may be given, by the library's own list."""
        return Vocabulary({name: name for name in self.defaults})

    def named(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return parameters under the names that the algorithm keeps, without defaults.

        Parameters
        ----------
        params : mapping
            In any spelling that the library takes.

        Raises
        ------
        UsageError
            If the algorithm has no such parameter, Clew sets it itself, or it is given twice.
        """
        if all(name in self.defaults for name in params):
            return dict(params)
        return self.vocabulary().resolve(self.label, params)

    def check(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Fill in the defaults.

        Parameters
        ----------
        params : mapping
            Parameters that differ from their defaults.

        Returns
        -------
        dict
            Every parameter of the algorithm.

        Raises
        ------
        UsageError
            As of `named`, or if a parameter is for the CPU only and another device is named.
        """
        named = self.named(params)
        for name in self.unknown_on(named.get(DEVICE)):
            if named.get(name, self.defaults[name]) != self.defaults[name]:
                raise UsageError(
                    f"{self.label} takes {name!r} on the CPU only.", hint="Leave it out, or use device='cpu'."
                )
        return {**self.defaults, **named}

    def unknown_on(self, device: str | None) -> tuple[str, ...]:
        """Return the parameters that its library does not know on a device; None is the CPU."""
        return () if device in (None, "cpu") else self.cpu_only

    def stops_on_time(self, params: Mapping[str, Any]) -> bool:  # noqa: ARG002 - where it learns may matter
        """Return whether a fit ends soon after its deadline, as far as the library's steps are short.

        Parameters
        ----------
        params : mapping
            Parameters that differ from the defaults.
        """
        return self.interruptible

    def stops_early(self, params: Mapping[str, Any]) -> bool:
        """Return whether rows that are not learnt from say when to stop.

        Named rounds are kept to the letter, unless `early_stopping_rounds` is named beside them; 0 there turns it off.

        Parameters
        ----------
        params : mapping
            Parameters that differ from the defaults.
        """
        named = self.named(params)
        return self.max_rounds is not None and bool(named.get(PATIENCE, self.max_rounds not in named))

    def rounds_unwatched(self, params: Mapping[str, Any]) -> int:
        """Return how many rounds to learn where no rows can say when to stop.

        Parameters
        ----------
        params : mapping
            Parameters that differ from the defaults.
        """
        step = self.check(params)["learning_rate"]
        if isinstance(step, bool) or not isinstance(step, int | float) or not step > 0:
            raise UsageError(f"`learning_rate` of {self.label} is {step!r}, and must be a number above 0.")
        return max(10, round(_STEPS_UNWATCHED / step))

    def fit(
        self,
        matrix: Matrix,
        target: NDArray[Any],
        *,
        task: Task,
        classes: int = 0,
        params: Mapping[str, Any] | None = None,
        weight: Floats | None = None,
        stop: Part | None = None,
        seed: int = 0,
        threads: int = 1,
        deadline: float | None = None,
        shared: Shared | None = None,
    ) -> FittedEstimator:
        """Learn from rows.

        Parameters
        ----------
        matrix : Matrix
            Features of ``n`` rows; the monotone constraints of its layout bind where any is other than 0.
        target : ndarray, shape (n,)
            Class indices below `classes`, or finite numbers.
        task : Task
            Kind of answer.
        classes : int, default 0
            Number of classes of the problem, whether they occur here or not; 0 for a regression.
        params : mapping, optional
            Parameters that differ from the defaults.
        weight : ndarray, shape (n,), optional
            Weight of each row, not negative, float64.
        stop : Part, optional
            Rows that are not learnt from and say when to stop; ignored where the algorithm has no rounds.
        seed : int, default 0
            Seed of all random choices.
        threads : int, default 1
            Threads to use.
        deadline : float, optional
            Value of `time.monotonic` after which no further round starts.
        shared : Shared, optional
            What was made of the same rows, targets and weights for earlier fits, and is made for later ones.

        Returns
        -------
        FittedEstimator

        Raises
        ------
        UsageError
            If a parameter is unknown, or its value is refused by the library.
        DataError
            If a constraint cannot be honoured, or the library cannot learn from these rows.
        """
        monotone = tuple(matrix.layout.monotone)
        self._check_monotone(monotone, task)
        filled = self.check(params or {})
        weight, stop = _weighed(weight, stop)
        if not task.is_classification:
            values = target.astype(np.float64)
            unit = self._unit(params or {}, values)
            order = Order(task, 0, filled, monotone, seed, threads, deadline, shared=shared or Shared())
            order = order.in_unit(unit, self._squared)
            learn, stop = _in_unit(Part(matrix, values, weight), unit), stop and _in_unit(stop, unit)
            engine = self._fit_known(learn, stop, order)
            return FittedEstimator(self.name, engine, 0, (), 0.0, unit, engine.cut_short)
        seen, indices = np.unique(target, return_inverse=True)
        floor = 0.5 / (len(target) + 1) / max(1, classes)
        if len(seen) == 1:
            return FittedEstimator(self.name, Certain(), classes, (int(seen[0]),), floor)
        order = Order(task, len(seen), filled, monotone, seed, threads, deadline, shared=shared or Shared())
        engine = self._fit_known(Part(matrix, indices.astype(np.int64), weight), _stop_among(stop, seen), order)
        known = tuple(int(label) for label in seen)
        return FittedEstimator(self.name, engine, classes, known, floor, cut_short=engine.cut_short)

    def resume(
        self,
        start: FittedEstimator,
        part: Part,
        *,
        task: Task,
        params: Mapping[str, Any] | None = None,
        stop: Part | None = None,
        seed: int = 0,
        threads: int = 1,
        deadline: float | None = None,
    ) -> FittedEstimator:
        """Learn more rounds from other rows, on top of what was learnt.

        Parameters
        ----------
        start : FittedEstimator
            Of this algorithm; it stays as it is.
        part : Part
            Rows in the layout of those that it was learnt from.
        task : Task
            Kind of answer.
        params : mapping, optional
            Parameters that differ from the defaults; the number of rounds is that of the further ones.
        stop, seed, threads, deadline
            As of `fit`.

        Returns
        -------
        FittedEstimator
            With at least one round more.

        Raises
        ------
        UsageError
            If the algorithm does not learn in rounds, or a parameter is unknown.
        DataError
            If the rows hold a class that was never learnt, or the library cannot go on.
        """
        if not self.continues or isinstance(start.engine, Certain):
            raise UsageError(
                f"{self.label} cannot go on with other rows.",
                hint="Train anew with all rows, or continue a model of xgboost, lightgbm or catboost.",
            )
        filled, monotone = self.check(params or {}), tuple(part.matrix.layout.monotone)
        weight, stop = _weighed(part.weight, stop)
        part = part if weight is part.weight else replace(part, weight=weight)
        order = Order(task, len(start.seen), filled, monotone, seed, threads, deadline, start.engine)
        if not task.is_classification:
            order = order.in_unit(start.unit, self._squared)
            learn = _in_unit(replace(part, target=part.target.astype(np.float64)), start.unit)
            return replace(start, engine=self._fit_known(learn, stop and _in_unit(stop, start.unit), order))
        seen = np.array(start.seen)
        new = np.setdiff1d(part.target, seen)
        if len(new):
            raise DataError(
                f"The rows hold class {int(new[0])}, which {self.label} has never learnt.",
                hint="Further rounds cannot add a class: train anew with all rows.",
            )
        known = replace(part, target=np.searchsorted(seen, part.target).astype(np.int64))
        return replace(start, engine=self._fit_known(known, _stop_among(stop, seen), order))

    def load(self, folder: Path, trust: Collection[str] = ()) -> FittedEstimator:
        """Read what `FittedEstimator.save` wrote; nothing in it is executed but what is trusted by name.

        Parameters
        ----------
        folder : Path
            Where it was saved.
        trust : collection of str
            Names that the caller trusts, for estimators that are not Clew's own.

        Raises
        ------
        ArtifactError
            If the files are damaged or belong to another algorithm.
        """
        try:
            head = json.loads((folder / HEAD).read_text(encoding="utf-8"))
            classes, floor, unit = int(head["classes"]), float(head["floor"]), float(head.get("unit", 1.0))
            seen = tuple(int(label) for label in head["seen"])
            if head["algorithm"] != self.name:
                raise ArtifactError(f"{folder} holds {head['algorithm']!r}, and {self.name!r} was expected.")
            engine = Certain() if classes and len(seen) == 1 else self._load_trusted(folder, trust)
        except (OSError, KeyError, TypeError) as error:
            raise self._damaged(folder, error) from error
        except self._library_errors() as error:
            raise self._damaged(folder, error) from error
        return FittedEstimator(self.name, engine, classes, seen, floor, unit)

    def _damaged(self, folder: Path, error: Exception) -> ArtifactError:
        return ArtifactError(
            f"{folder} holds no readable estimator of {self.label}: {error}.",
            hint="Copy the bundle again, or train anew.",
        )

    @property
    def _squared(self) -> frozenset[str]:
        """Parameters in squared units of the target."""
        return _IN_SQUARES - set(self.space)

    def _unit(self, params: Mapping[str, Any], target: Floats) -> float:
        """Return in which unit numbers are learnt; 1 where what is named is stated in theirs, and cannot be converted.

        What a split has to gain is converted (`Order.in_unit`), so that it means what it means to the library.
        """
        named = {name: value for name, value in self.named(params).items() if name not in self.space}
        gains = [value for name, value in named.items() if name in _IN_SQUARES]
        converted = not gains or (_CRITERION not in named and all(map(_is_number, gains)))
        return unit_of(target) if converted and _IN_UNITS.isdisjoint(named) else 1.0

    def _fit_known(self, part: Part, stop: Part | None, order: Order) -> Engine:
        try:
            return self._fit(part, stop if self.honours.early_stopping else None, order)
        except ClewError:
            raise
        except self._refusals() as error:
            own = {name: value for name, value in order.params.items() if self.defaults.get(name, order) != value}
            words = str(error).split("\nStack trace")[0].strip().removesuffix(".")
            raise DataError(
                f"{self.label} refused {len(part)} rows with {own or 'its defaults'}: {words}.",
                hint="Check the parameters' values, or leave this algorithm out.",
            ) from error
        except OSError as error:
            raise no_temporary_files(self.label, error) from error

    def _refusals(self) -> tuple[type[Exception], ...]:
        return (*self._library_errors(), TypeError, ArithmeticError, MemoryError)

    def _check_monotone(self, monotone: tuple[int, ...], task: Task) -> None:
        if not any(monotone):
            return
        if task is Task.MULTICLASS:
            raise DataError(
                "A monotone constraint has no meaning with more than two classes.",
                hint="Remove `monotonic` from the domain model, or make the task binary or a regression.",
            )
        if not self.honours.monotone:
            raise DataError(
                f"{self.label} cannot honour monotone constraints.",
                hint="Use xgboost, lightgbm, catboost or hist_gradient_boosting.",
            )

    def warm(self) -> None:
        """Import the library, so that the first fit is not charged with it."""
        self._library_errors()

    @abstractmethod
    def _fit(self, part: Part, stop: Part | None, order: Order) -> Engine:
        """Learn from rows in which every class from 0 to ``order.classes - 1`` occurs."""

    @abstractmethod
    def _load(self, folder: Path) -> Engine:
        """Read what the engine's `save` wrote."""

    def _load_trusted(self, folder: Path, trust: Collection[str]) -> Engine:  # noqa: ARG002 - most hold data only
        """Read what the engine's `save` wrote, running what is trusted."""
        return self._load(folder)

    def _library_errors(self) -> tuple[type[Exception], ...]:
        """Return the exceptions with which the library refuses rows or parameters."""
        return (ValueError,)


def unit_of(target: Floats) -> float:
    """Return in which unit numbers are learnt: 1, or a power of ten where libraries would take them all for equal.

    Bounds of libraries are absolute: XGBoost makes no split that lowers the loss by less than 1e-6, scikit-learn's
    trees none of a variance below 2e-16, and its histograms stop where rounds improve the loss by less than 1e-7.

    Parameters
    ----------
    target : ndarray, shape (n,)
        Finite numbers.
    """
    spread = float(target.std()) if len(target) else 1.0
    usual = spread == 0.0 or _SMALL <= spread <= _LARGE
    return 1.0 if usual else float(10.0 ** np.floor(np.log10(spread)))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _in_unit(part: Part, unit: float) -> Part:
    return part if unit == 1.0 else replace(part, target=part.target / unit)


def _weighed(weight: Floats | None, stop: Part | None) -> tuple[Floats | None, Part | None]:
    """Return weights of a mean near 1: how they compare is what counts, and libraries hold them against rows."""
    if weight is None or not weight.any():
        return weight, stop
    mean = float(weight[weight > 0].mean())
    if _LIGHT <= mean <= 1.0 / _LIGHT:
        return weight, stop
    if stop is not None and stop.weight is not None:
        stop = replace(stop, weight=stop.weight / mean)
    return weight / mean, stop


def _stop_among(stop: Part | None, seen: NDArray[Any]) -> Part | None:
    """Return the stopping rows of the classes that are learnt, with their new indices."""
    if stop is None:
        return None
    known = np.flatnonzero(np.isin(stop.target, seen))
    if not len(known):
        return None
    kept = stop if len(known) == len(stop) else stop.take(known)
    target = np.searchsorted(seen, kept.target).astype(np.int64)
    # As it came, it brings along what was made of it for earlier fits.
    return kept if np.array_equal(target, kept.target) else replace(kept, target=target)
