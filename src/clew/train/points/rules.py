"""Rules that parameters share."""

from typing import Any

import numpy as np

from clew.core.errors import UsageError


def at_least(name: str, value: Any, least: int) -> None:
    """Refuse what is no whole number, or too small a one; None is left to the default.

    Raises
    ------
    UsageError
        If the value is out of range.
    """
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if value is not None and not (whole and value >= least):
        raise UsageError(f"`{name}` is {value!r}; it takes a whole number from {least} on.")


def a_share(name: str, value: Any, most: float, hint: str | None = None) -> None:
    """Refuse what is no number above 0 and up to a bound; None is left to the default.

    Raises
    ------
    UsageError
        If the value is out of range.
    """
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if value is not None and not (number and 0 < value <= most):
        raise UsageError(f"`{name}` is {value!r}; it takes a share above 0 and up to {most:g}.", hint=hint)
