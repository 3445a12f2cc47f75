"""Rules that parameters share."""

from typing import Any

from clew.core.errors import UsageError


def at_least(name: str, value: Any, least: int) -> None:
    """Refuse what is no whole number, or too small a one; None is left to the default.

    Raises
    ------
    UsageError
        If it is.
    """
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < least):
        raise UsageError(f"`{name}` is {value!r}; it takes a whole number from {least} on.")
