"""What the parameters of an algorithm may be, and how one combination is drawn."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Number:
    """A range of numbers.

    Parameters
    ----------
    low, high : float
        Both ends belong to it.
    log : bool, default False
        Draw evenly on the logarithmic scale; `low` is above 0.
    whole : bool, default False
        Whole numbers only.
    """

    low: float
    high: float
    log: bool = False
    whole: bool = False

    def draw(self, generator: np.random.Generator) -> float | int:
        """Draw one value."""
        if self.log:
            value = math.exp(generator.uniform(math.log(self.low), math.log(self.high)))
        else:
            value = float(generator.uniform(self.low, self.high))
        # Four digits say as much as sixteen, and people can read them.
        return round(value) if self.whole else float(f"{value:.4g}")


@dataclass(frozen=True, slots=True)
class Choice:
    """A list of values.

    Parameters
    ----------
    values : tuple
        Each is drawn as often as the others.
    """

    values: tuple[Any, ...]

    def draw(self, generator: np.random.Generator) -> Any:
        """Draw one value."""
        return self.values[int(generator.integers(len(self.values)))]


Domain = Number | Choice


def draw(space: Mapping[str, Domain], generator: np.random.Generator) -> dict[str, Any]:
    """Draw one combination.

    Parameters
    ----------
    space : mapping of str to Number or Choice
        The parameters, drawn in the order given.
    generator : numpy Generator
        Source of chance.
    """
    return {name: domain.draw(generator) for name, domain in space.items()}
