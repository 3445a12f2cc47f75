"""Parts of a pattern, written for the engines, and how parts become larger ones."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a pattern, written for the engines.

    Parameters
    ----------
    python, rust : str
        The part as Python's ``re`` and as Rust's ``regex`` read it.
    shortest : int, default 1
        Length of the shortest text that it matches.
    ways : float, default 1
        From one place in a text of n characters, it can match in at most ``ways * n ** power`` ways.
    power : int or None, default 0
        See `ways`; None if there is no such bound.
    repeats : int, default 1
        How often something in it is repeated, repeats within repeats multiplied.
    groups : int, default 0
        Groups in it.
    portable : bool, default True
        Whether RE2 reads `rust` alike.
    repeatable : bool, default True
        Whether it can be repeated: places in a text cannot.
    """

    python: str
    rust: str
    shortest: int = 1
    ways: float = 1.0
    power: int | None = 0
    repeats: int = 1
    groups: int = 0
    portable: bool = True
    repeatable: bool = True


def joined(parts: list[Part]) -> Part:
    """Return parts that follow one another."""
    powers = [part.power for part in parts if part.power is not None]
    return Part(
        "".join(part.python for part in parts),
        "".join(part.rust for part in parts),
        sum(part.shortest for part in parts),
        math.prod(part.ways for part in parts),
        sum(powers) if len(powers) == len(parts) else None,
        max((part.repeats for part in parts), default=1),
        sum(part.groups for part in parts),
        all(part.portable for part in parts),
        any(part.repeatable for part in parts),
    )


def either(branches: list[Part]) -> Part:
    """Return parts of which one matches, the first if it can."""
    powers = [branch.power for branch in branches if branch.power is not None]
    return Part(
        "|".join(branch.python for branch in branches),
        "|".join(branch.rust for branch in branches),
        min(branch.shortest for branch in branches),
        sum(branch.ways for branch in branches),
        max(powers) if len(powers) == len(branches) else None,
        max(branch.repeats for branch in branches),
        sum(branch.groups for branch in branches),
        all(branch.portable for branch in branches),
    )


def ways_of_repeat(part: Part, low: int, high: int | None) -> tuple[float, int | None]:
    """Return in how many ways a repeat can match from one place."""
    one_way = part.ways == 1.0 and part.power == 0
    if high is None:
        return (1.0, 1) if one_way else (1.0, None)
    if one_way:
        return float(high - low + 1), 0
    if part.power is None:
        return 1.0, None
    # Beyond any use, and no longer a float.
    too_many = high * math.log10(max(part.ways, 1.0)) > 100
    return (1.0, None) if too_many else ((high - low + 1) * part.ways**high, part.power * high)
