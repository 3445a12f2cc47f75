"""From the values of a trial to what is fitted: an algorithm with parameters, behind a recipe."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from clew.core.errors import ConfigError, UsageError, did_you_mean
from clew.define.problem import Task
from clew.prepare.recipe import Recipe
from clew.train.estimators import get_estimator
from clew.train.estimators.base import EstimatorSpec
from clew.train.estimators.described import classes_in, refuse_untrusted
from clew.train.estimators.foreign import Foreign
from clew.train.estimators.vocabulary import DEVICE
from clew.train.tune.dimension import Dimension, Values
from clew.train.tune.reading import dimensions_of
from clew.train.tune.space import Space
from clew.train.tune.spaces import space_for
from clew.train.tune.spec import TuneSpec

ALGORITHM = "algorithm"
_RECIPE = "recipe"


@dataclass(frozen=True)
class Pipeline:
    """What is tuned.

    Parameters
    ----------
    space : Space
        Dimensions: ``parameter``, or ``algorithm`` and ``algorithm.parameter`` where several are tuned, and
        ``recipe.step.option``.
    algorithms : tuple of str
        One or several.
    recipe : Recipe
        Unfitted; what is not tuned of it stays as it is.
    """

    space: Space
    algorithms: tuple[str, ...]
    recipe: Recipe

    def algorithm(self, values: Mapping[str, Any]) -> str:
        """Return the algorithm of a trial."""
        return str(values[ALGORITHM]) if self._several else self.algorithms[0]

    def params(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters of a trial's algorithm, without those of the recipe."""
        prefix = f"{self.algorithm(values)}." if self._several else ""
        return {
            name.removeprefix(prefix): value
            for name, value in values.items()
            if not self._chooses(name) and not name.startswith(f"{_RECIPE}.") and name.startswith(prefix)
        }

    @property
    def classes(self) -> tuple[str, ...]:
        """Classes of the user's own that are fitted, on which what comes out depends."""
        own = (name for name in self.algorithms if "." in name)
        return tuple(dict.fromkeys([*own, *_classes_of(self.space)]))

    @property
    def _several(self) -> bool:
        return len(self.algorithms) > 1

    def _chooses(self, name: str) -> bool:
        """Return whether a dimension is the choice of the algorithm; a single one may have a parameter of that name."""
        return self._several and name == ALGORITHM

    def recipe_of(self, values: Mapping[str, Any]) -> Recipe:
        """Return the recipe of a trial.

        Raises
        ------
        ConfigError
            If an option makes no sense with the others.
        """
        tuned = {name: value for name, value in values.items() if name.startswith(f"{_RECIPE}.")}
        return _changed(self.recipe, tuned) if tuned else self.recipe

    def defaults(self) -> dict[str, Any] | None:
        """Return the combination of the defaults, where the space holds it."""
        spec = get_estimator(self.algorithms[0])
        prefix = f"{self.algorithms[0]}." if self._several else ""
        chosen: dict[str, Any] = {}
        for name, dimension in self.space.dimensions.items():
            if not self.space.exists(name, chosen):
                continue
            if self._chooses(name):
                value: Any = self.algorithms[0]
            elif name.startswith(f"{_RECIPE}."):
                value = _stated(self.recipe, name)
            else:
                value = spec.defaults.get(name.removeprefix(prefix))
            if not dimension.holds(value):
                value = _nearest(dimension, value)
            if value is None and not dimension.holds(None):
                return None
            chosen[name] = value
        return chosen


def pipeline_of(spec: TuneSpec, recipe: Recipe, joining: Collection[str], task: Task) -> Pipeline:
    """Put together what is tuned.

    Parameters
    ----------
    spec : TuneSpec
        Algorithms and space.
    recipe : Recipe
        Unfitted.
    joining : collection of str
        Those of Clew's own algorithms that these rows allow: with a monotone column some are left out.
    task : Task
        Of the problem.

    Raises
    ------
    ConfigError
        If the space makes no sense.
    UsageError
        If an algorithm has no such parameter, or nothing is left to tune.
    """
    stated = {str(name): value for name, value in (spec.space or {}).items()}
    options = stated.pop(_RECIPE, None) or {}
    if not isinstance(options, Mapping):
        raise ConfigError(
            f"`recipe` of the space is {options!r}.", hint="Write a line per option: step.option: values."
        )
    able = tuple(name for name in spec.algorithms if name in joining or "." in name)
    only_recipe = bool(options) and not stated
    if len(able) < len(spec.algorithms):
        _check_top(spec.algorithms, stated)
        stated = {name: part for name, part in stated.items() if name in able}
        stated = dict(stated.get(able[0]) or {}) if len(able) == 1 else stated
        spec = replace(spec, algorithms=able)
    dimensions = _of_algorithms(spec, stated, task, only_recipe=only_recipe)
    steps = {f"{_RECIPE}.{_place(recipe, str(name))}": value for name, value in options.items()}
    named = {f"{_RECIPE}.{name}": f"{_RECIPE}.{_place(recipe, str(name))}" for name in options}
    for name, dimension in dimensions_of({str(key): value for key, value in options.items()}, prefix="recipe.").items():
        when = {named[other]: values for other, values in dimension.when.items()}
        dimensions[named[name]] = replace(dimension, when=when)
    pipeline = Pipeline(Space(dimensions), spec.algorithms, recipe)
    # Said before any row is looked at.
    _check(pipeline, spec.trust, spec.device)
    for name in steps:
        for value in _telling(dimensions[name]):
            _changed(recipe, {name: value})
    if not pipeline.space.free:
        raise UsageError("Nothing is left to tune: every parameter has one value.", hint="Give one of them a range.")
    return pipeline


def _of_algorithms(spec: TuneSpec, stated: Mapping[str, Any], task: Task, *, only_recipe: bool) -> dict[str, Dimension]:
    names = spec.algorithms
    if only_recipe:
        return {ALGORITHM: Values(names)} if len(names) > 1 else {}
    if len(names) == 1:
        return dimensions_of(stated) if stated else dict(space_for(names[0], task, spec.device))
    _check_top(names, stated)
    dimensions: dict[str, Dimension] = {ALGORITHM: Values(names)}
    for name in names:
        part = stated.get(name)
        own = (
            space_for(name, task, spec.device)
            if part is None
            else dimensions_of(part or {}, where=f"the space of {name}")
        )
        for parameter, dimension in own.items():
            when = {ALGORITHM: (name,)} | {f"{name}.{other}": values for other, values in dimension.when.items()}
            dimensions[f"{name}.{parameter}"] = replace(dimension, when=when)
    return dimensions


def _check_top(names: tuple[str, ...], stated: Mapping[str, Any]) -> None:
    """Refuse a space of several algorithms whose top is anything but their names."""
    for name in stated:
        if name not in names:
            raise UsageError(
                f"The space of several algorithms has {name!r} at its top.",
                hint=f"Put each parameter under its algorithm. {did_you_mean(name, names)}",
            )


def _classes_of(space: Space) -> Iterator[str]:
    """Yield the classes of the user's own that stand among the values of algorithms' parameters."""
    for name, dimension in space.dimensions.items():
        if isinstance(dimension, Values) and not name.startswith(f"{_RECIPE}."):
            yield from classes_in(dimension.values)


def _check(pipeline: Pipeline, trust: Collection[str], device: str) -> None:
    """Refuse parameters that do not exist, and values that name code which is not trusted, before it is imported."""
    space, checked = pipeline.space, list[dict[str, Any]]()
    refuse_untrusted(_classes_of(space), trust, "The space")
    # Whole combinations: an estimator may be unable to do with one of its parameters alone.
    for name in space.dimensions:
        values = space.example(name)
        if values not in checked:
            algorithm = get_estimator(pipeline.algorithm(values))
            placed = {DEVICE: device} if device != "cpu" and device in algorithm.devices else {}
            _check_combination(algorithm, {**pipeline.params(values), **placed})
            checked.append(values)


def _check_combination(algorithm: EstimatorSpec, params: Mapping[str, Any]) -> None:
    """Refuse what an algorithm does not take; a class of one's own may refuse some combinations, which then fail."""
    if isinstance(algorithm, Foreign):
        algorithm.check_names(params)
    else:
        algorithm.check(params)


def _telling(dimension: Dimension) -> tuple[Any, ...]:
    """Return values that tell whether an option may be what a dimension says: all of a list, the ends of a range."""
    if isinstance(dimension, Values):
        return dimension.values
    return dimension.nearest(dimension.low), dimension.nearest(dimension.high)


def _place(recipe: Recipe, name: str) -> str:
    """Return ``number.option`` of a step's option, given its number or op."""
    step, dot, option = name.rpartition(".")
    ops = [step.op for step in recipe.steps]
    if not dot:
        raise ConfigError(f"{name!r} in the space's recipe names no option.", hint="Write step.option.")
    if step.isdigit():
        if not 1 <= int(step) <= len(ops):
            raise ConfigError(f"The recipe has {len(ops)} steps, and the space names number {step}.")
        return f"{int(step)}.{option}"
    if ops.count(step) != 1:
        said = "is not there" if step not in ops else f"is there {ops.count(step)} times"
        listed = ", ".join(f"{number} {op}" for number, op in enumerate(ops, start=1)) or "none"
        raise ConfigError(
            f"The space names the step {step!r} of the recipe, which {said}.", hint=f"Its steps are: {listed}."
        )
    return f"{ops.index(step) + 1}.{option}"


def _changed(recipe: Recipe, tuned: Mapping[str, Any]) -> Recipe:
    steps = recipe.to_dict()
    for name, value in tuned.items():
        number, _, option = name.removeprefix(f"{_RECIPE}.").partition(".")
        steps[int(number) - 1] = {**steps[int(number) - 1], option: value}
    return replace(recipe, steps=Recipe.from_dict(steps).steps)


def _stated(recipe: Recipe, name: str) -> Any:
    number, _, option = name.removeprefix(f"{_RECIPE}.").partition(".")
    return getattr(recipe.steps[int(number) - 1], option, None)


def _nearest(dimension: Dimension, value: Any) -> Any:
    """Return the value of a dimension that comes next to one outside of it."""
    if isinstance(dimension, Values):
        return dimension.values[0]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return dimension.middle
    return dimension.nearest(value)
