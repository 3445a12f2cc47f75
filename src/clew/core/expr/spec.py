"""What a function of the expression language is, and the tools that several of them share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import narwhals.stable.v2 as nw

#: The module ``polars`` or ``narwhals.stable.v2``, or what stands for one (see `clew.prepare.table`).
Language: TypeAlias = Any


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the expression language.

    Parameters
    ----------
    arity : tuple of int
        Fewest and most arguments.
    frame : callable
        Takes the language and an expression per argument, or its plain value where it must be written out.
    row : callable
        Takes plain values; None is a missing value.
    sql : str or callable
        In DuckDB's dialect: a template with ``{0}``, ``{1}`` … for the arguments, or ``{all}`` for all of them; or what
        takes their texts, and the plain values of those that are written out, and returns the text.
    help : str
        What it gives, in a few words.
    written : mapping of int to callable
        Arguments that must be written out, by position; each with what says what is needed instead, or None.
    plain : frozenset of int
        Further arguments that are handed to `frame` as a plain value where they are written out.
    copies : int
        How often the frame and SQL repeat an argument: what a nested expression grows by.
    """

    arity: tuple[int, int]
    frame: Callable[..., Any]
    row: Callable[..., Any]
    sql: str | Callable[..., str]
    help: str
    written: Mapping[int, Callable[[Any], str | None]] = field(default_factory=dict)
    plain: frozenset[int] = frozenset()
    copies: int = 1


def strict(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a version that answers None as soon as an argument is None."""

    def wrapped(*values: Any) -> Any:
        for value in values:
            if value is None:
                return None
        return function(*values)

    return wrapped


def beside(F: Language, column: Any, number: float) -> Any:
    """Return a number in as many rows as a column has, none of them missing.

    Polars divides by a single number by multiplying with its inverse, and takes some powers by other means: the last
    bit is another one then. Dividing by a column is exact.
    """
    return number if F is nw else column.is_null().cast(F.Float64) * 0.0 + number


def whole_number(low: int, high: int) -> Callable[[Any], str | None]:
    """Return what accepts a whole number between two others."""

    def check(value: Any) -> str | None:
        fits = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
        return None if fits else f"a whole number from {low} to {high}"

    return check


def text(value: Any) -> str | None:
    """Accept a quoted text that is not empty."""
    return None if isinstance(value, str) and value else "a quoted text, not an empty one"


def one_of(*choices: str) -> Callable[[Any], str | None]:
    """Return what accepts some texts."""
    return lambda value: None if value in choices else "one of " + ", ".join(f"'{choice}'" for choice in choices)
