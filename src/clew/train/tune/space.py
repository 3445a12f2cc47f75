"""What is tuned: dimensions with their scales, and under which condition each exists.

A dimension keeps its own encoding: what a sampler draws, evenly on the scale that was asked for, becomes a value by
`decode`, and back by `encode`. A *fixed* value is a choice of one.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from clew.core.errors import ConfigError, did_you_mean
from clew.train.space import Choice, Domain, Number

#: Digits of a drawn number: people can read them, and they say as much as sixteen.
_DIGITS = 6
#: How far a value may lie from its step, as a part of it, by being rounded.
_NEARLY = 1e-3
#: Values of a range in a grid, unless it says another number.
GRID_POINTS = 5


class Scale(StrEnum):
    """How a range is drawn from."""

    LINEAR = "linear"
    LOG = "log"
    REVERSE_LOG = "reverse_log"


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers between two ends, both of which belong to it.

    Parameters
    ----------
    low, high : float
        The ends.
    whole : bool, default False
        Whole numbers only.
    scale : Scale, default linear
        ``log`` draws evenly on the logarithm (`low` above 0); ``reverse_log`` on the logarithm of the distance to 1
        (0 ≤ `low`, `high` below 1), for shares near 1.
    step : float, optional
        Distance of neighbouring values; only on a linear scale.
    points : int, default 5
        Values in a grid, where no step says them.
    when : mapping, default {}
        Other dimension → values of it under which this one exists.
    """

    low: float
    high: float
    whole: bool = False
    scale: Scale = Scale.LINEAR
    step: float | None = None
    points: int = GRID_POINTS
    when: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)

    def decode(self, drawn: float) -> float | int:
        """Return the value of a number that a sampler drew."""
        value = 1.0 - drawn if self.scale is Scale.REVERSE_LOG else float(drawn)
        if self.whole:
            return round(value)
        if self.step is not None:
            value = self._stepped(value)
        return min(max(float(f"{value:.{_DIGITS}g}"), self.low), self.high)

    def encode(self, value: float) -> float:
        """Return the number that a sampler would have to draw."""
        if self.step is not None:  # a value is rounded, and a sampler wants the step to the last bit
            return self._stepped(value)
        return 1.0 - value if self.scale is Scale.REVERSE_LOG else value

    def nearest(self, value: float) -> float | int:
        """Return the value of the range that comes next to one that need not lie in it."""
        kept = min(max(value, self.low), self.high)
        if self.step is not None:
            kept = self._stepped(kept)
        return round(kept) if self.whole else self.decode(self.encode(kept))

    def holds(self, value: Any) -> bool:
        """Return whether a value lies in the range."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        if self.step is not None and abs(value - self._stepped(value)) > _NEARLY * self.step:
            return False
        return self.low <= value <= self.high and (not self.whole or float(value).is_integer())

    def _stepped(self, value: float) -> float:
        """Return the step next to a value."""
        step = self.step or 1.0
        last = math.floor((self.high - self.low) / step + 1e-9)
        return self.low + step * min(max(round((value - self.low) / step), 0), last)

    def position(self, value: float) -> float:
        """Return where a value lies on the scale, from 0 to 1."""
        if self.high == self.low:
            return 0.0
        low, high, here = (self._scaled(number) for number in (self.low, self.high, value))
        return (here - low) / (high - low)

    def grid(self) -> tuple[float | int, ...]:
        """Return the values that a grid tries, from low to high."""
        if self.step is not None:
            count = math.floor((self.high - self.low) / self.step + 1e-9) + 1
            return tuple(dict.fromkeys(self.decode(self.low + self.step * i) for i in range(count)))
        if self.whole and self.high - self.low < self.points:
            return tuple(range(round(self.low), round(self.high) + 1))
        if self.points == 1:
            return (self.decode(self.encode(self.low)),)
        low, high = self._scaled(self.low), self._scaled(self.high)
        even = (low + (high - low) * i / (self.points - 1) for i in range(self.points))
        values = (self._unscaled(number) for number in even)
        return tuple(dict.fromkeys(round(v) if self.whole else self.decode(self.encode(v)) for v in values))

    def to_dict(self) -> dict[str, Any]:
        """Return the text form."""
        told: dict[str, Any] = {"type": "int" if self.whole else "float", "low": self.low, "high": self.high}
        if self.scale is not Scale.LINEAR:
            told["scale"] = self.scale.value
        if self.step is not None:
            told["step"] = self.step
        if self.points != GRID_POINTS:
            told["points"] = self.points
        return told | _condition(self.when)

    def _scaled(self, number: float) -> float:
        if self.scale is Scale.LOG:
            return math.log(number)
        return -math.log1p(-number) if self.scale is Scale.REVERSE_LOG else number

    def _unscaled(self, number: float) -> float:
        if self.scale is Scale.LOG:
            return math.exp(number)
        return -math.expm1(-number) if self.scale is Scale.REVERSE_LOG else number


@dataclass(frozen=True, slots=True)
class Options:
    """A list of values, without an order.

    Parameters
    ----------
    values : tuple
        JSON-ready, each another one.
    when : mapping, default {}
        Other dimension → values of it under which this one exists.
    """

    values: tuple[Any, ...]
    when: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)

    def decode(self, drawn: int) -> Any:
        """Return the value at a position that a sampler drew."""
        return self.values[drawn]

    def encode(self, value: Any) -> int:
        """Return the position of a value."""
        return next(i for i, known in enumerate(self.values) if same(known, value))

    def holds(self, value: Any) -> bool:
        """Return whether a value is one of them."""
        return any(same(known, value) for known in self.values)

    def grid(self) -> tuple[Any, ...]:
        """Return the values."""
        return self.values

    def to_dict(self) -> dict[str, Any]:
        """Return the text form."""
        return {"values": list(self.values)} | _condition(self.when)


Dimension = Range | Options


def same(first: Any, second: Any) -> bool:
    """Return whether two values are the same: 1 is 1.0, and neither is True."""
    return isinstance(first, bool) == isinstance(second, bool) and bool(first == second)


@dataclass(frozen=True)
class Space:
    """Dimensions by name, those that others depend on before them.

    Parameters
    ----------
    dimensions : mapping of str to Range or Options
        In any order.

    Raises
    ------
    ConfigError
        If a condition names no other dimension, or conditions run in a circle.
    """

    dimensions: Mapping[str, Dimension]

    def __post_init__(self) -> None:
        object.__setattr__(self, "dimensions", _ordered(dict(self.dimensions)))

    @property
    def conditional(self) -> bool:
        """Whether a dimension exists only sometimes."""
        return any(dimension.when for dimension in self.dimensions.values())

    @property
    def free(self) -> tuple[str, ...]:
        """Names of the dimensions with more than one value."""
        return tuple(name for name, dimension in self.dimensions.items() if not fixed(dimension))

    def exists(self, name: str, values: Mapping[str, Any]) -> bool:
        """Return whether a dimension exists beside values of those before it."""
        return all(
            other in values and any(same(values[other], value) for value in allowed)
            for other, allowed in self.dimensions[name].when.items()
        )

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Return whether a combination is one of the space's: all that exists is there, within its bounds."""
        there = [name for name in self.dimensions if self.exists(name, values)]
        return set(values) == set(there) and all(self.dimensions[name].holds(values[name]) for name in there)

    def grid(self) -> Iterator[dict[str, Any]]:
        """Yield every combination of the grid once, the last dimension changing first."""
        yield from self._combinations(tuple(self.dimensions), {})

    def _combinations(self, names: tuple[str, ...], chosen: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if not names:
            yield dict(chosen)
        elif not self.exists(names[0], chosen):
            yield from self._combinations(names[1:], chosen)
        else:
            for value in self.dimensions[names[0]].grid():
                yield from self._combinations(names[1:], {**chosen, names[0]: value})

    def to_dict(self) -> dict[str, Any]:
        """Return the text form: name → range or values."""
        return {name: dimension.to_dict() for name, dimension in self.dimensions.items()}


def fixed(dimension: Dimension) -> bool:
    """Return whether a dimension has one value only."""
    return len(dimension.values) == 1 if isinstance(dimension, Options) else dimension.low == dimension.high


def of_domain(domain: Domain) -> Dimension:
    """Return the dimension of what an algorithm's own search draws from."""
    if isinstance(domain, Choice):
        return Options(tuple(dict.fromkeys(domain.values)))
    return _of_number(domain)


def _of_number(number: Number) -> Range:
    return Range(number.low, number.high, number.whole, Scale.LOG if number.log else Scale.LINEAR)


def _condition(when: Mapping[str, tuple[Any, ...]]) -> dict[str, Any]:
    return {"when": {name: list(values) for name, values in when.items()}} if when else {}


def _ordered(dimensions: dict[str, Dimension]) -> dict[str, Dimension]:
    """Put dimensions behind those that they depend on."""
    for name, dimension in dimensions.items():
        for other in dimension.when:
            if other not in dimensions or other == name:
                known = [candidate for candidate in dimensions if candidate != name]
                raise ConfigError(
                    f"`when` of {name!r} names {other!r}, which is no other parameter of the space.",
                    hint=did_you_mean(other, known),
                )
    placed: dict[str, Dimension] = {}
    waiting = dict(dimensions)
    while waiting:
        ready = [name for name, dimension in waiting.items() if all(other in placed for other in dimension.when)]
        if not ready:
            raise ConfigError(
                f"The conditions of {', '.join(map(repr, waiting))} depend on each other in a circle.",
                hint="Take one `when` away.",
            )
        placed |= {name: waiting.pop(name) for name in ready}
    return placed
