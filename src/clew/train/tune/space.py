"""What is tuned: dimensions, and under which condition each exists."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from clew.core.errors import ConfigError, did_you_mean
from clew.train.tune.dimension import Dimension, Range, Values, among, fixed


@dataclass(frozen=True)
class Space:
    """Dimensions by name, those that others depend on before them.

    Parameters
    ----------
    dimensions : mapping of str to Range or Values
        In any order. A condition that always holds is left away.

    Raises
    ------
    ConfigError
        If a condition names no other dimension or a value that it never has, or conditions run in a circle.
    """

    dimensions: Mapping[str, Dimension]

    def __post_init__(self) -> None:
        placed: dict[str, Dimension] = {}
        for name, dimension in _ordered(dict(self.dimensions)).items():
            placed[name] = replace(dimension, when=_open(dimension.when, placed))
        object.__setattr__(self, "dimensions", placed)
        for name in placed:
            self.example(name)  # each can exist

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
            other in values and among(values[other], allowed) for other, allowed in self.dimensions[name].when.items()
        )

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Return whether a combination is one of the space's: all that exists is there, within its bounds."""
        there = [name for name in self.dimensions if self.exists(name, values)]
        return set(values) == set(there) and all(self.dimensions[name].holds(values[name]) for name in there)

    def example(self, name: str) -> dict[str, Any]:
        """Return a combination in which a dimension exists.

        Raises
        ------
        ConfigError
            If there is none: what it depends on would need several values at once.
        """
        wanted: dict[str, tuple[Any, ...]] = {}
        asking = [name]
        for one in asking:
            for other, allowed in self.dimensions[one].when.items():
                wanted[other] = tuple(value for value in wanted.get(other, allowed) if among(value, allowed))
                asking.append(other)
                if not wanted[other]:
                    raise ConfigError(
                        f"{name!r} can never exist: its conditions ask for several values of {other!r} at once.",
                        hint="Take one `when` away.",
                    )
        chosen: dict[str, Any] = {}
        for other, dimension in self.dimensions.items():
            if self.exists(other, chosen):
                chosen[other] = wanted[other][0] if other in wanted else next(dimension.grid())
        return chosen

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


def _open(when: Mapping[str, tuple[Any, ...]], placed: Mapping[str, Dimension]) -> dict[str, tuple[Any, ...]]:
    """Return the conditions that do not always hold."""
    return {other: allowed for other, allowed in when.items() if not _always(placed[other], allowed)}


def _always(dimension: Dimension, allowed: Collection[Any]) -> bool:
    """Return whether a dimension always exists, and has no other values than these."""
    if dimension.when or (isinstance(dimension, Range) and not fixed(dimension)):
        return False
    return all(among(value, allowed) for value in dimension.grid())


def _check_taken(name: str, dimension: Dimension, other: str, parent: Dimension) -> None:
    """Refuse a condition on no value, or on one that the other dimension never has."""
    if not dimension.when[other]:
        raise ConfigError(f"`when` of {name!r} lists no value of {other!r}.", hint="List at least one.")
    for value in dimension.when[other]:
        if not parent.holds(value):
            taken = (
                did_you_mean(str(value), map(str, parent.values))
                if isinstance(parent, Values)
                else f"It goes from {parent.low:g} to {parent.high:g}."
            )
            raise ConfigError(f"`when` of {name!r} asks for {value!r} of {other!r}, which it never is.", hint=taken)


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
            _check_taken(name, dimension, other, dimensions[other])
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
