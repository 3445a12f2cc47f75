"""Rules that parameters share."""

from numbers import Integral, Real
from typing import Any

from clew.core.errors import UsageError


def at_least(name: str, value: Any, least: int) -> None:
    """Refuse what is no whole number, or too small a one; None is left to the default.

    Raises
    ------
    UsageError
        If it is.
    """
    if value is not None and (not isinstance(value, Integral) or isinstance(value, bool) or value < least):
        raise UsageError(f"`{name}` is {value!r}; it takes a whole number from {least} on.")


def a_share(name: str, value: Any, most: float, hint: str | None = None) -> None:
    """Refuse what is no number above 0 and up to a bound; None is left to the default.

    Raises
    ------
    UsageError
        If it is.
    """
    if value is not None and (not isinstance(value, Real) or isinstance(value, bool) or not 0 < value <= most):
        raise UsageError(f"`{name}` is {value!r}; it takes a share above 0 and up to {most:g}.", hint=hint)
