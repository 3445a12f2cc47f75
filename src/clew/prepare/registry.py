"""The steps there are, by their name in a recipe. Families of steps fill it; so may anybody's package."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeVar

from clew.core.errors import ConfigError, UsageError, did_you_mean
from clew.prepare.step import Step

_STEPS: dict[str, type[Step]] = {}
#: Name → class of every registered step.
STEPS: Mapping[str, type[Step]] = MappingProxyType(_STEPS)

S = TypeVar("S", bound=Step)


def register(step: type[S]) -> type[S]:
    """Make a step known under its `op`; a class decorator.

    Raises
    ------
    UsageError
        If another class already has the name.
    """
    known = _STEPS.get(step.op)
    if known is not None and (known.__module__, known.__qualname__) != (step.__module__, step.__qualname__):
        raise UsageError(
            f"The step {step.op!r} of {step.__module__} is already registered by {known.__module__}.",
            hint="Give it another `op`.",
        )
    _STEPS[step.op] = step
    return step


def step_class(op: str) -> type[Step]:
    """Return the class of a step.

    Raises
    ------
    ConfigError
        If there is no such step.
    """
    if op not in _STEPS:
        raise ConfigError(f"There is no step {op!r}.", hint=did_you_mean(op, _STEPS))
    return _STEPS[op]
