"""What a cluster is like: its size, how sure it is, and what sets it apart, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import polars as pl

from clew.core.excerpt import cut
from clew.core.readable import percent
from clew.train.cluster.assign import Labels
from clew.train.points.points import Points
from clew.train.points.terms import Floats
from clew.train.points.traits import Described, Trait

#: Traits of a cluster that are told, and those that make its name.
_MOST, _NAMED = 8, 2
#: Share of a cluster from which on a label stands for it in its name, and characters of that label.
_MOSTLY, _LONGEST = 0.5, 30


@dataclass(frozen=True, slots=True)
class Profile:
    """One cluster.

    Parameters
    ----------
    cluster : int
        Its number, from 0 on, the largest cluster first.
    name : str
        A few words made of its strongest traits.
    size : int
        Training rows.
    share : float
        Their share of all.
    stability : float, optional
        How much of it is found again from half of the rows, 0 to 1; None where that could not be measured.
    typical_row : int
        Position of the training row closest to its middle.
    traits : tuple of Trait
        What sets it apart from all other rows, the strongest first. They describe the rows by which the cluster was
        made, so a test of them would prove nothing.
    """

    cluster: int
    name: str
    size: int
    share: float
    stability: float | None
    typical_row: int
    traits: tuple[Trait, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """What sets it apart, in words; names of columns stand between backticks."""
        return tuple(trait.text for trait in self.traits)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready, with the sentences as ``profile``."""
        return {
            "cluster": self.cluster,
            "name": self.name,
            "size": self.size,
            "share": self.share,
            "stability": self.stability,
            "typical_row": self.typical_row,
            "profile": list(self.sentences),
            "traits": [trait.to_dict() for trait in self.traits],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Rebuild a profile from `to_dict`."""
        facts = {name: data[name] for name in ("cluster", "name", "size", "share", "stability", "typical_row")}
        return cls(**facts, traits=tuple(Trait(**item) for item in data["traits"]))


def profiles(
    frame: pl.DataFrame,
    points: Points,
    values: Floats,
    labels: Labels,
    stability: Sequence[float | None],
) -> tuple[Profile, ...]:
    """Describe every cluster.

    Parameters
    ----------
    frame : polars.DataFrame
        Raw rows.
    points : Points
        What they are compared by.
    values : ndarray, shape (rows, terms)
        Their points.
    labels : ndarray, shape (rows,)
        Their clusters.
    stability : sequence of float or None
        Of each cluster.
    """
    made, rows = [], Described(frame, points.schema)
    for cluster, known in enumerate(stability):
        own = labels == cluster
        found = rows.traits(own, _MOST) if not own.all() else ()
        size = int(own.sum())
        made.append(Profile(cluster, "", size, size / len(labels), known, _typical(values, own), found))
    return _named(made, frozenset(points.compared))


def _typical(values: Floats, own: Any) -> int:
    places = np.flatnonzero(own)
    middle = values[own].mean(axis=0)
    return int(places[np.argmin(((values[own] - middle) ** 2).sum(axis=1))])


def _named(made: Sequence[Profile], compared: frozenset[str]) -> tuple[Profile, ...]:
    """Give each a name, of what rows are compared by first; where two would have the same, the next trait joins."""
    names: list[str] = []
    for profile in made:
        words = [_short(trait) for trait in sorted(profile.traits, key=lambda trait: trait.column not in compared)]
        count = min(_NAMED, len(words))
        name = ", ".join(words[:count]) or f"{percent(profile.share)} of the rows"
        while name in names and count < len(words):
            count += 1
            name = ", ".join(words[:count])
        names.append(name if name not in names else f"{name} ({profile.cluster})")
    facts = ((profile, name) for profile, name in zip(made, names, strict=True))
    return tuple(Profile(p.cluster, name, p.size, p.share, p.stability, p.typical_row, p.traits) for p, name in facts)


def _short(trait: Trait) -> str:
    """Return a trait in a few words; what does not hold for most rows of the cluster is said to hold more often."""
    more = trait.effect >= 0
    if trait.share is None:
        later = isinstance(trait.value, str)  # the median of moments
        return f"{('later' if more else 'earlier') if later else ('high' if more else 'low')} {trait.column}"
    mostly = (trait.share if more else 1 - trait.share) > _MOSTLY
    if trait.value is None:
        return f"{'' if mostly else 'more often '}{'no' if more else 'known'} {trait.column}"
    label = cut(trait.value, _LONGEST)
    if mostly:
        return f"{trait.column} {'' if more else 'not '}{label}"
    return f"{'more' if more else 'less'} often {trait.column} {label}"
