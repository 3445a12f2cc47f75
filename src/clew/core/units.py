"""Units of measurement: how a number in one becomes a number in another."""

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

from clew.core.errors import ConfigError

#: Longer texts are no units.
_LENGTH = 60
#: What a unit never needs, and what would make its reader compute powers without end: long numbers, powers of powers.
_REFUSED = re.compile(
    r"\d{3}|[⁰¹²³⁴-⁹]{2}|(?:\*\*|\^)\s*[-+(]*\s*[\d.]+[)\s]*(?:\*\*|\^)|[^\w\s*/^().%°µμΩ·⋅Å⁰¹²³⁴-⁹⁻'\"-]"
)


@dataclass(frozen=True, slots=True)
class Conversion:
    """How a number becomes one in another unit: ``number * factor + offset``.

    Parameters
    ----------
    factor, offset : float
        The nearest floats to the exact figures.
    """

    factor: float
    offset: float


def conversion(source: str, target: str) -> Conversion:
    """Return how numbers in one unit become numbers in another.

    Units are written as pint reads them: ``km/h``, ``degC`` or ``°C``, ``m**2`` or ``m^2``, ``percent``; a difference
    of temperatures is in ``delta_degC``. The figures are exact fractions until the end.

    Parameters
    ----------
    source, target : str
        The units.

    Raises
    ------
    ConfigError
        If a text is no unit, the two measure different things, or one is on a logarithmic scale.
    """
    import pint

    one, other = _unit(source), _unit(target)
    try:
        start, next_ = (_registry().Quantity(Fraction(number), one).to(other).magnitude for number in (0, 1))
    except pint.DimensionalityError as error:
        raise ConfigError(
            f"{source!r} cannot be converted to {target!r}: one measures {_measured(error.dim1)}, the other "
            f"{_measured(error.dim2)}.",
            hint="Name a unit of the same quantity.",
        ) from error
    except (TypeError, ValueError, pint.PintError) as error:
        raise ConfigError(
            f"{source!r} cannot be converted to {target!r}: {_said(error)}.",
            hint="A logarithmic scale has no factor; compute the values with the step derive.",
        ) from error
    return Conversion(float(next_ - start), float(start))


def _unit(text: str) -> Any:
    """Return a unit as pint knows it."""
    if not text.strip() or len(text) > _LENGTH or _REFUSED.search(text):
        raise ConfigError(f"{text[:_LENGTH]!r} is no unit.", hint="Write e.g. `km/h`, `degC`, `m**2` or `percent`.")
    try:
        return _registry().parse_units(text)
    except Exception as error:
        # Whatever a text makes pint's reader stumble over, it is no unit.
        raise ConfigError(
            f"{text!r} is no unit: {_said(error)}.", hint="Write e.g. `km/h`, `degC`, `m**2` or `percent`."
        ) from error


def _said(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__


def _measured(dimension: Any) -> str:
    return str(dimension).strip("[]").replace("[", "").replace("]", "") or "a plain number"


@cache
def _registry() -> Any:
    import pint

    return pint.UnitRegistry(non_int_type=Fraction)
