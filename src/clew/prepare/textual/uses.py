"""Which options an operation of a step needs, which it may have, and which mean nothing to it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, cast

from clew.core.errors import ConfigError
from clew.prepare.step import Step

#: Options that every operation has.
_ALWAYS = ("columns", "operation", "output", "disabled")


@dataclass(frozen=True, slots=True)
class Uses:
    """Options of an operation, by name.

    Parameters
    ----------
    needed : tuple of str
        Those that must be stated.
    optional : tuple of str
        Those that may be.
    """

    needed: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()


def check_uses(step: Step, operation: str, uses: Uses) -> None:
    """Refuse options that are lacking, empty, or mean nothing to the operation.

    Raises
    ------
    ConfigError
        With the name of the option.
    """
    stated: Mapping[str, Any] = {
        field.name: getattr(step, field.name)
        for field in fields(cast("Any", step))
        if field.name not in _ALWAYS and getattr(step, field.name) != field.default
    }
    for name in uses.needed:
        if name not in stated:
            raise ConfigError(f"{step.op} with `operation: {operation}` needs `{name}`.", hint=f"Add `{name}: …`.")
    for name in stated:
        if name not in (*uses.needed, *uses.optional):
            known = ", ".join(f"`{item}`" for item in (*uses.needed, *uses.optional)) or "none"
            raise ConfigError(
                f"`{name}` means nothing to {step.op} with `operation: {operation}`.",
                hint=f"Leave it out; the options of this operation are: {known}.",
            )
