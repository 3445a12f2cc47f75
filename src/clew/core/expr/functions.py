"""The functions an expression may call: each on a frame, on one value, and in SQL."""

from collections.abc import Callable
from typing import Any

from clew.core.expr.moments import MOMENTS
from clew.core.expr.numbers import NUMBERS
from clew.core.expr.order import greater
from clew.core.expr.spec import Function
from clew.core.expr.texts import TEXTS


def _extreme(*, largest: bool) -> Callable[..., Any]:
    """Return what finds the largest or the smallest value; NaN counts only where there is nothing else."""

    def extreme(*values: Any) -> Any:
        best = None
        for value in values:
            if value is None or (value != value and best is not None):
                continue
            if best is None or best != best or (greater(value, best) is largest and value != best):
                best = value
        return best

    return extreme


def _coalesce(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


FUNCTIONS: dict[str, Function] = {
    **NUMBERS,
    **TEXTS,
    **MOMENTS,
    "coalesce": Function(
        (1, 9), lambda F, *x: F.coalesce(*x), _coalesce, "coalesce({all})", "first value that is not missing"
    ),
    "least": Function(
        (2, 9),
        lambda F, *x: F.min_horizontal(*x),
        _extreme(largest=False),
        "least({all})",
        "smallest value that is not missing",
    ),
    "greatest": Function(
        (2, 9),
        lambda F, *x: F.max_horizontal(*x),
        _extreme(largest=True),
        "greatest({all})",
        "largest value that is not missing",
    ),
}
#: Other names of functions.
SYNONYMS = {"power": "pow", "ceiling": "ceil"}
