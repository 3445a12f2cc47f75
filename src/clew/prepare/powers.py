"""Powers that make numbers look normal: Yeo and Johnson's, and Box and Cox's, with the most likely exponent.

Each is stated twice with the same operations in the same order: as an expression of a frame and as a function of one
number. Where the exponent is 0 (or 2 for Yeo and Johnson's negative side), the power becomes a logarithm.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.core.expr.numbers import power, power_of

Floats = NDArray[np.float64]
#: Exponents closer to a logarithm's than this are taken for it: the power would lose all its digits.
_LOGARITHM = 1e-12
#: The exponent is searched on this many rows, spread evenly over the sorted values, before all rows decide.
_SKETCH = 20_000
#: So far from the exponent of those rows, that of all rows is searched.
_NEAR = 0.02
#: How close to the best exponent the search ends.
_CLOSE = 1e-7
#: Loss of an exponent that makes numbers too large, or all the same: above any other, and finite for the search.
_UNLIKELY = 1e9
#: How far from 1 exponents are searched at first, and at last.
_FIRST, _FARTHEST = 4.0, 256.0


@dataclass(frozen=True, slots=True)
class Power:
    """A family of powers.

    Parameters
    ----------
    expression : callable
        Takes the language, an expression of floats and the exponent.
    function : callable
        Takes a number and the exponent.
    logarithms : callable
        Takes an array; returns the logarithms of what is raised to λ, and of what is mirrored and raised to 2 - λ.
    """

    expression: Callable[[Any, Any, float], Any]
    function: Callable[[float, float], float]
    logarithms: Callable[[Floats], tuple[Floats, Floats]]


def _bent(F: Any, value: Any, exponent: float) -> Any:
    """Return (value ** exponent - 1) / exponent for an expression of positive numbers."""
    if abs(exponent) < _LOGARITHM:
        return value.log()
    return (power_of(F, value, exponent) - 1.0) * (1.0 / exponent)


def _bent_number(value: float, exponent: float) -> float:
    if abs(exponent) < _LOGARITHM:
        return math.log(value)
    return (power(value, exponent) - 1.0) * (1.0 / exponent)


def _yeo_johnson_of(F: Any, value: Any, exponent: float) -> Any:
    # Where the other side does not apply, a 1 keeps its logarithm and power from undefined values.
    above = F.when(value >= 0.0).then(value + 1.0).otherwise(F.lit(1.0))
    below = F.when(value < 0.0).then(value * -1.0 + 1.0).otherwise(F.lit(1.0))
    bent = F.when(value < 0.0).then(_bent(F, below, 2.0 - exponent) * -1.0).otherwise(_bent(F, above, exponent))
    return F.when(~value.is_null()).then(bent)


def _yeo_johnson(value: float, exponent: float) -> float:
    return _bent_number(value + 1.0, exponent) if value >= 0.0 else -_bent_number(-value + 1.0, 2.0 - exponent)


def _box_cox_of(F: Any, value: Any, exponent: float) -> Any:
    return F.when(value > 0.0).then(_bent(F, F.when(value > 0.0).then(value).otherwise(F.lit(1.0)), exponent))


def _two_sides(values: Floats) -> tuple[Floats, Floats]:
    return np.log1p(values[values >= 0.0]), np.log1p(-values[values < 0.0])


def _one_side(values: Floats) -> tuple[Floats, Floats]:
    return np.log(values), np.array([])


YEO_JOHNSON = Power(_yeo_johnson_of, _yeo_johnson, _two_sides)
BOX_COX = Power(_box_cox_of, _bent_number, _one_side)


def most_likely(power: Power, values: Floats) -> float | None:
    """Return the exponent under which values look most normal.

    Parameters
    ----------
    power : Power
        The family.
    values : ndarray, shape (rows,)
        Finite numbers that the family takes.

    Returns
    -------
    float or None
        None where there is nothing to choose by: fewer than two different values, or no finite likelihood.
    """
    if len(values) < 2 or values.min() == values.max():
        return None
    loss = _Loss(power, values)
    if len(values) <= 2 * _SKETCH:
        return _lowest(loss)
    # Evenly spaced among the sorted values, a few rows lead close to the exponent that all of them want.
    near = _lowest(_Loss(power, np.sort(values)[np.linspace(0, len(values) - 1, _SKETCH).astype(np.int64)]))
    found = None if near is None else _within(loss, near - _NEAR, near + _NEAR)
    return _lowest(loss) if found is None else found


class _Loss:
    """How unlikely values are as powers of a normal distribution, up to a constant."""

    def __init__(self, power: Power, values: Floats) -> None:
        self.above, self.below = power.logarithms(values)
        self.slope = (float(self.above.sum()) - float(self.below.sum())) / len(values)
        self.made = np.empty(len(values))

    def __call__(self, exponent: float) -> float:
        made, middle = self.made, len(self.above)
        with np.errstate(over="ignore", invalid="ignore"):
            _raise(self.above, exponent, made[:middle])
            _raise(self.below, 2.0 - exponent, made[middle:])
            np.negative(made[middle:], out=made[middle:])
            made -= made.mean()
            variance = float(made @ made) / len(made)
        if not 0.0 < variance < math.inf:
            return _UNLIKELY
        return 0.5 * math.log(variance) - (exponent - 1.0) * self.slope


def _raise(logarithms: Floats, exponent: float, out: Floats) -> None:
    """Write the powers of numbers whose logarithms are given; an exponential costs a fraction of a power."""
    if abs(exponent) < _LOGARITHM:
        out[:] = logarithms
    else:
        np.multiply(logarithms, exponent, out=out)
        np.expm1(out, out=out)
        out /= exponent


def _lowest(loss: _Loss) -> float | None:
    """Return where the loss is lowest, looking farther out as long as that is at an edge."""
    reach = _FIRST
    while reach <= _FARTHEST:
        found = _within(loss, 1.0 - reach, 1.0 + reach)
        if found is not None:
            return found
        reach *= 4.0
    return None


def _within(loss: _Loss, low: float, high: float) -> float | None:
    """Return where the loss is lowest between two exponents, None if that is at an edge."""
    from scipy.optimize import minimize_scalar

    found = minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": _CLOSE})
    exponent, edge = float(found.x), 10.0 * _CLOSE
    inside = low + edge < exponent < high - edge
    return exponent if inside and float(found.fun) < _UNLIKELY else None
