"""Sets of characters as ranges of code points: what a class of a pattern means, whatever engine reads it."""

from collections.abc import Iterable
from functools import lru_cache

from clew.prepare.textual.characters import ranges

#: First and last code point of each run, ascending, without overlaps.
Ranges = tuple[tuple[int, int], ...]

_LAST = 0x10FFFF


def merged(parts: Iterable[tuple[int, int]]) -> Ranges:
    """Return ranges in order, those that touch put together."""
    result: list[tuple[int, int]] = []
    for low, high in sorted(parts):
        if result and low <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(high, result[-1][1]))
        else:
            result.append((low, high))
    return tuple(result)


def others(chosen: Ranges) -> Ranges:
    """Return all other characters."""
    edges = [-1, *(edge for pair in chosen for edge in pair), _LAST + 1]
    gaps = zip(edges[::2], edges[1::2], strict=True)
    return tuple((low + 1, high - 1) for low, high in gaps if low + 1 <= high - 1)


def in_any_case(chosen: Ranges) -> Ranges:
    """Return the characters together with their capitals and small letters."""
    more = {
        other
        for low, high in chosen
        for point, partners in _partners().items()
        if low <= point <= high
        for other in partners
    }
    return merged([*chosen, *ranges(sorted(more))])


def written(chosen: Ranges) -> str:
    """Return the characters as an atom of a regular expression that all engines read alike."""
    if len(chosen) == 1 and chosen[0][0] == chosen[0][1]:
        return _character(chosen[0][0])
    parts = (_character(low) + ("" if low == high else f"-{_character(high)}") for low, high in chosen)
    return f"[{''.join(parts)}]"


def _character(point: int) -> str:
    return chr(point) if point >= 0x80 or chr(point).isalnum() else f"\\x{point:02x}"


@lru_cache(maxsize=1)
def _partners() -> dict[int, frozenset[int]]:
    """Return for each character with a capital or a small letter, of one character each, all that are one with it."""
    partners: dict[int, frozenset[int]] = {}
    for point in range(_LAST + 1):
        character = chr(point)
        for other in {character.lower(), character.upper()} - {character}:
            if len(other) == 1:
                one = {point, ord(other)}.union(partners.get(point, ()), partners.get(ord(other), ()))
                partners.update(dict.fromkeys(one, frozenset(one)))
    return partners
