"""One dimension of a space: a range with its scale, or a list of values.

A dimension keeps its own encoding: what a sampler draws, evenly on the scale that was asked for, becomes a value by
`decode`, and back by `encode`. A *fixed* value is a choice of one.
"""

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from clew.train.space import Choice, Domain, Number

#: Digits of a drawn number: people can read them, and they say as much as all those that a number can have.
_DIGITS, _MOST_DIGITS = 6, 17
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
        if self.whole:
            return round(drawn)
        if self.scale is Scale.REVERSE_LOG:  # near 1 it is the distance to 1 that counts
            value = float(f"{1.0 - self._rounded(drawn):.15g}")
        else:
            value = self._rounded(drawn if self.step is None else self._stepped(drawn))
        return min(max(value, self.low), self.high)

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

    def _rounded(self, drawn: float) -> float:
        """Return a drawn number with few digits: more of them where the ends have their first ones in common."""
        ends = (self.encode(self.low), self.encode(self.high))
        width, largest = self.step or abs(ends[1] - ends[0]), max(map(abs, ends))
        common = math.floor(math.log10(largest / width)) if 0 < width < largest else 0
        return float(f"{drawn:.{min(_DIGITS + common, _MOST_DIGITS)}g}")

    def _stepped(self, value: float) -> float:
        """Return the step next to a value."""
        step = self.step or 1.0
        return self.low + step * min(max(round((value - self.low) / step), 0), self._steps)

    @property
    def _steps(self) -> int:
        """Steps between the ends."""
        return math.floor((self.high - self.low) / (self.step or 1.0) + 1e-9)

    def position(self, value: float) -> float:
        """Return where a value lies on the scale, from 0 to 1."""
        if self.high == self.low:
            return 0.0
        low, high, here = (self._scaled(number) for number in (self.low, self.high, value))
        return (here - low) / (high - low)

    def grid(self) -> Iterator[float | int]:
        """Yield the values that a grid tries, from low to high: there may be very many steps."""
        last = None
        for drawn in self._evenly():
            if (value := self.decode(drawn)) != last:
                yield value
            last = value

    def _evenly(self) -> Iterator[float]:
        """Yield what a sampler would draw of a grid's values."""
        if self.step is not None:
            yield from (self.low + self.step * i for i in range(self._steps + 1))
        elif self.whole and self.high - self.low < self.points:
            yield from range(round(self.low), round(self.high) + 1)
        elif self.points == 1:
            yield self.encode(self.low)
        else:
            low, high = self._scaled(self.low), self._scaled(self.high)
            even = (low + (high - low) * i / (self.points - 1) for i in range(self.points))
            yield from (self.encode(self._unscaled(number)) for number in even)

    @property
    def middle(self) -> float | int:
        """The value in the middle of a grid."""
        if self.step is not None:
            return self.decode(self.low + self.step * ((self._steps + 1) // 2))
        values = tuple(self.grid())
        return values[len(values) // 2]

    def to_dict(self) -> dict[str, Any]:
        """Return the text form."""
        written: dict[str, Any] = {"type": "int" if self.whole else "float", "low": self.low, "high": self.high}
        if self.scale is not Scale.LINEAR:
            written["scale"] = self.scale.value
        if self.step is not None:
            written["step"] = self.step
        if self.points != GRID_POINTS:
            written["points"] = self.points
        return written | _condition(self.when)

    def _scaled(self, number: float) -> float:
        if self.scale is Scale.LOG:
            return math.log(number)
        return -math.log1p(-number) if self.scale is Scale.REVERSE_LOG else number

    def _unscaled(self, number: float) -> float:
        if self.scale is Scale.LOG:
            return math.exp(number)
        return -math.expm1(-number) if self.scale is Scale.REVERSE_LOG else number


@dataclass(frozen=True, slots=True)
class Values:
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
        return among(value, self.values)

    def grid(self) -> Iterator[Any]:
        """Yield the values."""
        yield from self.values

    def to_dict(self) -> dict[str, Any]:
        """Return the text form."""
        return {"values": list(self.values)} | _condition(self.when)


Dimension = Range | Values


def same(first: Any, second: Any) -> bool:
    """Return whether two values are the same: 1 is 1.0, and neither is True."""
    return isinstance(first, bool) == isinstance(second, bool) and bool(first == second)


def among(value: Any, values: Collection[Any]) -> bool:
    """Return whether a value is one of several."""
    return any(same(known, value) for known in values)


def fixed(dimension: Dimension) -> bool:
    """Return whether a dimension has one value only."""
    return len(dimension.values) == 1 if isinstance(dimension, Values) else dimension.low == dimension.high


def of_domain(domain: Domain) -> Dimension:
    """Return the dimension of what an algorithm's own search draws from."""
    if isinstance(domain, Choice):
        return Values(tuple(dict.fromkeys(domain.values)))
    return _of_number(domain)


def _of_number(number: Number) -> Range:
    return Range(number.low, number.high, number.whole, Scale.LOG if number.log else Scale.LINEAR)


def _condition(when: Mapping[str, tuple[Any, ...]]) -> dict[str, Any]:
    return {"when": {name: list(values) for name, values in when.items()}} if when else {}
