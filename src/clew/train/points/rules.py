"""Rules that parameters share."""

from collections.abc import Collection
from typing import Any

import numpy as np

from clew.core.errors import UsageError


def at_least(name: str, value: Any, least: int, most: int | None = None) -> None:
    """Refuse what is no whole number, or too small or too large a one; None is left to the default.

    Raises
    ------
    UsageError
        If the value is out of range.
    """
    if value is not None:
        whole_number(name, value, least, most)


def whole_number(name: str, value: Any, least: int, most: int | None = None) -> None:
    """Refuse what is no whole number, or too small or too large a one.

    Raises
    ------
    UsageError
        If the value is out of range.
    """
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not (whole and value >= least and (most is None or value <= most)):
        until = "on" if most is None else f"to {most}"
        raise UsageError(f"`{name}` is {value!r}; it takes a whole number from {least} {until}.")


def some_names(name: str, value: Any) -> None:
    """Refuse what is no collection of names, such as a single text, of which each letter would count as a name.

    Raises
    ------
    UsageError
        If it is none, or empty.
    """
    if value is None:
        return
    listed = isinstance(value, Collection) and not isinstance(value, str)
    if not listed or not len(value) or not all(isinstance(item, str) for item in value):
        raise UsageError(f"`{name}` is {value!r}; it takes names of columns.", hint="Write e.g. ('age', 'income').")


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
