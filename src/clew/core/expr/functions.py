"""The functions an expression may call: each on a frame, on one value, and in SQL."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import narwhals.stable.v2 as nw

from clew.core.expr.order import greater


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the expression language.

    Parameters
    ----------
    arity : tuple of int
        Fewest and most arguments.
    frame : callable
        Takes and returns narwhals expressions.
    row : callable
        Takes and returns plain values; None is a missing value.
    sql : str
        Template with ``{0}``, ``{1}`` … for the arguments, or ``{all}`` for all of them, in DuckDB's dialect.
    help : str
        What it gives, in a few words.
    """

    arity: tuple[int, int]
    frame: Callable[..., nw.Expr]
    row: Callable[..., Any]
    sql: str
    help: str


def _strict(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a version that answers None as soon as an argument is None."""

    def wrapped(*values: Any) -> Any:
        return None if any(value is None for value in values) else function(*values)

    return wrapped


def _sqrt(value: float) -> float:
    return math.sqrt(value) if value >= 0 else math.nan


def _log(value: float) -> float:
    if value > 0:
        return math.log(value)
    return -math.inf if value == 0 else math.nan


def _exp(value: float) -> float:
    try:
        return math.exp(value)
    except OverflowError:
        return math.inf


def _extreme(*, largest: bool) -> Callable[..., Any]:
    def extreme(*values: Any) -> Any:
        best = None
        for value in values:
            if value is not None and (best is None or (greater(value, best) is largest and value != best)):
                best = value
        return best

    return extreme


def _coalesce(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


def _weekday(value: date) -> int:
    return value.isoweekday()


def _part(name: str) -> Callable[[date], int]:
    def part(value: date) -> int:
        return int(getattr(value, name)) if isinstance(value, datetime) or name in {"year", "month", "day"} else 0

    return part


FUNCTIONS: dict[str, Function] = {
    "abs": Function((1, 1), lambda x: x.abs(), _strict(abs), "abs({0})", "absolute value"),
    "sqrt": Function((1, 1), lambda x: x.sqrt(), _strict(_sqrt), "sqrt({0})", "square root; NaN below zero"),
    "log": Function((1, 1), lambda x: x.log(), _strict(_log), "ln({0})", "natural logarithm"),
    "exp": Function((1, 1), lambda x: x.exp(), _strict(_exp), "exp({0})", "e to the power of x"),
    "lower": Function((1, 1), lambda x: x.str.to_lowercase(), _strict(str.lower), "lower({0})", "text in lower case"),
    "upper": Function((1, 1), lambda x: x.str.to_uppercase(), _strict(str.upper), "upper({0})", "text in upper case"),
    "length": Function((1, 1), lambda x: x.str.len_chars(), _strict(len), "length({0})", "characters of a text"),
    "coalesce": Function((1, 9), nw.coalesce, _coalesce, "coalesce({all})", "first value that is not missing"),
    "least": Function(
        (2, 9),
        nw.min_horizontal,
        _extreme(largest=False),
        "least({all})",
        "smallest value that is not missing",
    ),
    "greatest": Function(
        (2, 9),
        nw.max_horizontal,
        _extreme(largest=True),
        "greatest({all})",
        "largest value that is not missing",
    ),
    "year": Function((1, 1), lambda x: x.dt.year(), _strict(_part("year")), "year({0})", "year of a date"),
    "month": Function((1, 1), lambda x: x.dt.month(), _strict(_part("month")), "month({0})", "month, 1 to 12"),
    "day": Function((1, 1), lambda x: x.dt.day(), _strict(_part("day")), "day({0})", "day of the month"),
    "hour": Function(
        (1, 1), lambda x: x.dt.hour(), _strict(_part("hour")), "hour({0})", "hour of a date-time, 0 to 23"
    ),
    "weekday": Function(
        (1, 1),
        lambda x: x.dt.weekday(),
        _strict(_weekday),
        "isodow({0})",
        "day of the week, Monday 1 to Sunday 7",
    ),
}
