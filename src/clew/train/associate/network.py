"""Which items lead to which, as a picture: places for items so that those with a strong rule stand near each other."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clew.train.associate.ragged import Ragged
from clew.train.associate.rules import Rules

Floats = NDArray[np.float64]

#: Rules that are drawn at most, and items.
_MOST_RULES, _MOST_ITEMS = 60, 30
_STEPS = 300
#: The level at which a rule counts as more than chance.
_LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class Link:
    """An item leads to another one.

    Parameters
    ----------
    source, target : int
        Positions in the network's items.
    lift, confidence : float
        Of the rule with the highest lift that has the one on its left and the other on its right.
    """

    source: int
    target: int
    lift: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Network:
    """Items with places, and what leads from one to another.

    Parameters
    ----------
    items : tuple of str
        Names.
    places : ndarray, shape (items, 2)
        Where they stand, from 0 to 1 each way.
    links : tuple of Link
        The strongest first.
    rules : int
        How many rules stand behind it.
    """

    items: tuple[str, ...]
    places: Floats
    links: tuple[Link, ...]
    rules: int


def network_of(rules: Rules) -> Network:
    """Return the network of the rules with the highest lift among those that are more than chance.

    Where none is, all rules are looked at.
    """
    lift = rules.measures["lift"].to_numpy()
    chosen = np.flatnonzero(rules.measures["p_adjusted"].to_numpy() <= _LEVEL)
    chosen = chosen if len(chosen) else np.arange(len(rules))
    chosen = chosen[np.argsort(-lift[chosen], kind="stable")][:_MOST_RULES]
    strongest: dict[tuple[int, int], Link] = {}
    codes: dict[int, int] = {}
    used = 0
    for rule in chosen.tolist():
        left, right = _codes(rules.antecedent, rule), _codes(rules.consequent, rule)
        if len(codes.keys() | {*left, *right}) > _MOST_ITEMS:
            continue
        used += 1
        for code in (*left, *right):
            codes.setdefault(code, len(codes))
        for source in left:
            for target in right:
                link = Link(codes[source], codes[target], float(lift[rule]), rules.measures["confidence"][rule])
                strongest.setdefault((source, target), link)
    names = tuple(str(rules.items[code]) for code in codes)
    links = tuple(strongest.values())
    return Network(names, _places(len(names), links), links, used)


def _codes(side: Ragged, rule: int) -> list[int]:
    values: list[int] = side.take(np.array([rule])).values.tolist()
    return values


def _places(count: int, links: tuple[Link, ...]) -> Floats:
    """Let linked items attract and all items repel each other (Fruchterman and Reingold 1991), from a circle."""
    if count < 2:
        return np.full((count, 2), 0.5)
    angle = np.arange(count) * 2 * np.pi / count
    at = 0.5 + 0.4 * np.column_stack([np.cos(angle), np.sin(angle)])
    joined = np.zeros((count, count))
    for link in links:
        joined[link.source, link.target] = joined[link.target, link.source] = 1.0
    ideal = 1 / np.sqrt(count)
    for step in range(_STEPS):
        apart = at[:, None] - at[None]
        distance = np.sqrt((apart**2).sum(axis=2)) + 1e-9
        force = ideal**2 / distance**2 - joined * distance / ideal
        np.fill_diagonal(force, 0.0)
        move = (apart * force[..., None]).sum(axis=1) - 0.3 * (at - 0.5)
        length = np.sqrt((move**2).sum(axis=1, keepdims=True)) + 1e-9
        at = at + move / length * np.minimum(length, 0.1 * (1 - step / _STEPS))
    low, high = at.min(axis=0), at.max(axis=0)
    placed: Floats = (at - low) / np.maximum(high - low, 1e-9)
    return placed
