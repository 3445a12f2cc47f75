"""Why a row is odd: the columns in which a typical value would make it less so."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from clew.core.jsonable import plain
from clew.train.points.terms import Floats, Terms
from clew.train.points.usual import Usual

#: Columns named for a row, and those looked at: where there are more, the ones in which that row is oddest.
_MOST, _LOOKED_AT = 3, 200
#: A column is no reason if its effect is below this part of the largest one.
_LEAST_EFFECT = 0.25
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Reason:
    """A column that makes a row odd.

    Parameters
    ----------
    column : str
        Raw column; several, with commas, where a feature was made of several.
    value : object
        What the row holds, JSON-ready; cut where it is long.
    usual : str
        How it compares, in words.
    effect : float
        By how much the score rises with the typical value in its place, given that those of the reasons before it have
        theirs.
    """

    column: str
    value: Any
    usual: str
    effect: float

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        return {"column": self.column, "value": self.value, "usual": self.usual, "effect": self.effect}


def reasons(
    rows: Sequence[Mapping[str, Any]],
    values: Floats,
    terms: Terms,
    score: Callable[[Floats], Floats],
    usual: Mapping[str, Usual],
) -> list[tuple[Reason, ...]]:
    """Say why rows are odd.

    One column after the other is put at its typical value, each time the one that helps most; the columns before it
    stay so. That finds values that are odd only together.

    Parameters
    ----------
    rows : sequence of mapping
        Raw rows.
    values : ndarray, shape (n, terms)
        Their points.
    terms : Terms
        Says which terms come from which columns.
    score : callable
        Gives points a score: the higher, the odder.
    usual : mapping
        What values of raw columns usually are.

    Returns
    -------
    list of tuple of Reason
        For each row, the strongest first; none where no column helps.
    """
    places: dict[tuple[str, ...], list[int]] = {}
    for place, block in enumerate(terms.blocks):
        places.setdefault(block, []).append(place)
    found = []
    for row, point in zip(rows, values, strict=True):
        steps = _steps(point, _oddest(places, np.abs(point - terms.typical)), terms.typical, score)
        found.append(tuple(_reason(block, effect, row, usual) for block, effect in steps))
    return found


def _oddest(places: Mapping[tuple[str, ...], list[int]], away: Floats) -> Mapping[tuple[str, ...], list[int]]:
    """Return the places of the terms of each column; of many columns those in which a row is furthest away."""
    if len(places) <= _LOOKED_AT:
        return places
    distances = away.tolist()
    odd = set(sorted(places, key=lambda block: -max(distances[place] for place in places[block]))[:_LOOKED_AT])
    return {block: own for block, own in places.items() if block in odd}


def _steps(
    point: Floats, blocks: Mapping[tuple[str, ...], list[int]], typical: Floats, score: Callable[[Floats], Floats]
) -> list[tuple[tuple[str, ...], float]]:
    names, now = list(blocks), float(score(point[None])[0])
    made = point.copy()
    found: list[tuple[tuple[str, ...], float]] = []
    while names and len(found) < _MOST:
        tried = np.repeat(made[None], len(names), axis=0)
        for line, name in enumerate(names):
            tried[line, blocks[name]] = typical[blocks[name]]
        scores = score(tried)
        best = int(np.argmin(scores))
        effect = now - float(scores[best])
        if effect <= 0 or (found and effect < _LEAST_EFFECT * found[0][1]):
            break
        made, now = tried[best], float(scores[best])
        found.append((names.pop(best), effect))
    return found


def _reason(block: tuple[str, ...], effect: float, row: Mapping[str, Any], usual: Mapping[str, Usual]) -> Reason:
    shown = [_shown(row.get(name)) for name in block]
    said = [usual[name].compared(row.get(name)) for name in block if name in usual]
    return Reason(", ".join(block), shown[0] if len(shown) == 1 else shown, "; ".join(said), effect)


def _shown(value: Any) -> Any:
    if isinstance(value, bytes):
        return f"{len(value):,} bytes"
    made = plain(value)
    return made if not isinstance(made, str) or len(made) <= _LONGEST else f"{made[: _LONGEST - 1]}…"
