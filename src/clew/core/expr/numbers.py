"""Functions of numbers."""

import math
from typing import Any

import narwhals.stable.v2 as nw

from clew.core.expr.order import greater
from clew.core.expr.spec import Function, Language, strict, whole_number

#: From here on a float has no digits after the point.
_WHOLE = 2.0**52
#: The last digits of a float, as a share of it.
_LAST = 1e-15


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


#: Whole exponents whose powers are computed as products: Polars does so too, but not always.
_PRODUCTS = range(2, 10)


def _product(base: Any, count: int) -> Any:
    result = base
    for _ in range(count - 1):
        result = result * base
    return result


def power_of(F: Language, base: Any, exponent: Any) -> Any:
    """Return powers on a frame, of a column or of a plain number; as `power` computes them."""
    base = base / 1
    if isinstance(exponent, int | float):
        if exponent in _PRODUCTS:
            return _product(base, int(exponent))
        return base.sqrt() if exponent == 0.5 else base ** float(exponent)
    raised = F.when(exponent == 0.5).then(base.sqrt()).otherwise(base**exponent)
    for count in _PRODUCTS:
        raised = F.when(exponent == count).then(_product(base, count)).otherwise(raised)
    return raised


def power(base: float, exponent: float) -> float:
    """Return a power as C computes it: nothing is an error, what is undefined is NaN."""
    base, exponent = float(base), float(exponent)
    if exponent in _PRODUCTS:
        return float(_product(base, int(exponent)))
    if exponent == 0.5:
        return _sqrt(base)
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return -math.inf if base < 0 and exponent % 2 == 1 else math.inf
    except ValueError:
        # Zero to a power below zero, or a number below zero to a power that is not whole.
        if base == 0.0:
            return math.copysign(math.inf, base) if exponent % 2 == 1 else math.inf
        return math.nan


def _logarithm_of(base: float) -> Any:
    """Return the logarithm to a base on a frame; a whole number where it misses one by its last digits only."""

    def frame(F: Language, value: Any) -> Any:
        found = value.log() * (1.0 / math.log(base))
        near = rounded(F, found)
        return F.when((found - near).abs() <= near.abs() * _LAST).then(near).otherwise(found)

    return frame


def _logarithm(base: float) -> Any:
    def row(value: float) -> float:
        found = _log(value) * (1.0 / math.log(base))
        if not math.isfinite(found):
            return found
        near = float(round(found))
        return near if abs(found - near) <= abs(near) * _LAST else found

    return strict(row)


def _logarithm_sql(base: int) -> str:
    found = f"(ln({{0}}) * {1.0 / math.log(base)!r}e0)"
    near = f"round_even({found}, 0)"
    return f"CASE WHEN abs({found} - {near}) <= abs({near}) * {_LAST!r} THEN {near} ELSE {found} END"


def _whole(function: Any) -> Any:
    """Return a rounding function for any number, a float for a float and a whole number for a whole one."""

    def row(value: Any) -> Any:
        return float(function(value)) if isinstance(value, float) and abs(value) < _WHOLE else value

    return strict(row)


def rounded(F: Language, value: Any, digits: int = 0) -> Any:
    """Return numbers rounded on a frame, a half to the even neighbour; large ones have no digits to round.

    Engines disagree about halves, so those that are not Polars are asked for whole parts only.
    """
    if F is not nw:
        return value.round(digits) if not digits else _unless_large(F, value, value.round(digits), digits)
    size = 10.0**digits
    scaled = value * size
    below = scaled.floor()
    rest, odd = scaled - below, below - (below * 0.5).floor() * 2.0
    near = F.when((rest > 0.5) | ((rest == 0.5) & (odd == 1.0))).then(below + 1.0).otherwise(below)
    return _unless_large(F, value, near / size, digits)


def _unless_large(F: Language, value: Any, near: Any, digits: int) -> Any:
    return F.when(value.abs() * 10.0**digits < _WHOLE).then(near).otherwise(value)


def _round(value: Any, digits: int = 0) -> Any:
    if not isinstance(value, float):
        return value
    size = 10.0**digits
    return float(round(value * size)) / size if abs(value) * size < _WHOLE else value


def _sign_of(F: Language, value: Any) -> Any:
    return F.when(value > 0).then(F.lit(1.0)).otherwise(F.when(value < 0).then(F.lit(-1.0)).otherwise(_zero(F, value)))


def _zero(F: Language, value: Any) -> Any:
    return F.when(value == 0).then(F.lit(0.0))


def _sign(value: float) -> float:
    return 1.0 if greater(value, 0) else -1.0 if value < 0 else 0.0


_DIGITS = whole_number(0, 15)
_SIGN = "CASE WHEN {0} > 0 THEN 1.0::DOUBLE WHEN {0} < 0 THEN -1.0::DOUBLE WHEN {0} = 0 THEN 0.0::DOUBLE END"

NUMBERS: dict[str, Function] = {
    "abs": Function((1, 1), lambda _, x: x.abs(), strict(abs), "abs({0})", "absolute value"),
    "sqrt": Function((1, 1), lambda _, x: x.sqrt(), strict(_sqrt), "sqrt({0})", "square root; NaN below zero"),
    "exp": Function((1, 1), lambda _, x: x.exp(), strict(_exp), "exp({0})", "e to the power of x"),
    "log": Function((1, 1), lambda _, x: x.log(), strict(_log), "ln({0})", "natural logarithm, as ln"),
    "ln": Function((1, 1), lambda _, x: x.log(), strict(_log), "ln({0})", "natural logarithm"),
    "log10": Function(
        (1, 1),
        _logarithm_of(10.0),
        _logarithm(10.0),
        _logarithm_sql(10),
        "logarithm to base 10, which Canvas calls Log",
        copies=10,
    ),
    "log2": Function((1, 1), _logarithm_of(2.0), _logarithm(2.0), _logarithm_sql(2), "logarithm to base 2", copies=10),
    "pow": Function(
        (2, 2),
        power_of,
        strict(power),
        "pow({0}::DOUBLE, {1}::DOUBLE)",
        "x to the power of y; NaN where that is no real number",
        plain=frozenset({1}),
        copies=50,
    ),
    "floor": Function(
        (1, 1), lambda _, x: x.floor(), _whole(math.floor), "floor({0})", "largest whole number that is not above x"
    ),
    "ceil": Function(
        (1, 1), lambda _, x: x.ceil(), _whole(math.ceil), "ceil({0})", "smallest whole number that is not below x"
    ),
    "round": Function(
        (1, 2),
        rounded,
        strict(_round),
        lambda x, digits=0: f"round_even({x}, {digits})",
        "x rounded to some digits after the point, 0 by default; a half to the even neighbour",
        written={1: _DIGITS},
        copies=3,
    ),
    "sign": Function((1, 1), _sign_of, strict(_sign), _SIGN, "1 above zero, -1 below, 0 at zero", copies=3),
}
