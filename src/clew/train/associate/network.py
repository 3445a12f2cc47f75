"""Which items lead to which, as a picture: places for items so that those with a strong rule stand near each other."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clew.train.associate.ragged import Ragged
from clew.train.associate.rules import Rules

Floats = NDArray[np.float64]

#: Rules that are drawn at most, and items.
_MOST_RULES, _MOST_ITEMS = 40, 24
#: The level at which a rule counts as more than chance, and the share of its confidence that each item must add.
_LEVEL, _LEAST_GAIN = 0.05, 0.2


@dataclass(frozen=True, slots=True)
class Link:
    """An item leads to another one.

    Parameters
    ----------
    source, target : int
        Positions in the network's items.
    lift : float
        Of the rule with the highest lift that has the one on its left and the other on its right.
    """

    source: int
    target: int
    lift: float


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
    """Return the network of the rules with the highest lift among those that are more than chance and not too long.

    A rule is too long where one of its items adds next to nothing. Where no rule is left, all are looked at.
    """
    lift = rules.measures["lift"].to_numpy()
    confidence, gain = (rules.measures[name].to_numpy() for name in ("confidence", "improvement"))
    chosen = np.flatnonzero((rules.measures["p_adjusted"].to_numpy() <= _LEVEL) & (gain > _LEAST_GAIN * confidence))
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
                link = Link(codes[source], codes[target], float(lift[rule]))
                strongest.setdefault((source, target), link)
    names = tuple(str(rules.items[code]) for code in codes)
    links = tuple(strongest.values())
    return Network(names, _places(len(names), links), links, used)


def _codes(side: Ragged, rule: int) -> list[int]:
    values: list[int] = side.take(np.array([rule])).values.tolist()
    return values


def _places(count: int, links: tuple[Link, ...]) -> Floats:
    """Place items on a circle, linked ones near each other, and evenly from top to bottom: so no label hides another.

    The order is that of the Laplacian's second eigenvector, which keeps the sum of squared distances along links small
    (Hall 1970); those of its first half stand on the left, the others on the right.
    """
    joined = np.zeros((count, count))
    for link in links:
        joined[link.source, link.target] = joined[link.target, link.source] = 1.0
    # A weak link between all keeps parts together that no rule joins.
    laplacian = np.diag(joined.sum(axis=1)) - joined + 0.01 * (count * np.eye(count) - 1)
    order = np.argsort(np.linalg.eigh(laplacian)[1][:, min(1, count - 1)].round(9), kind="stable")
    places = np.empty((count, 2))
    half = -(-count // 2)
    for side, chosen in ((-1, order[:half]), (1, order[half:][::-1])):
        height = (np.arange(len(chosen)) + 0.5) / max(len(chosen), 1) * 2 - 1
        places[chosen] = np.column_stack([0.5 + side * 0.5 * np.sqrt(1 - height**2), 0.5 + 0.5 * height])
    return places
