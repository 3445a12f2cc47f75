"""Which options an operation of a step needs, which it may have, and which mean nothing to it."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, cast

from clew.core.errors import ConfigError
from clew.prepare.step import Step, Uses

__all__ = ["Uses", "check_uses"]

#: Options that every operation has.
_ALWAYS = ("columns", "operation", "output", "disabled")


def check_uses(step: Step, operation: str) -> None:
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
    uses = step.uses[operation]
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
