"""How what is known about a column carries over to the columns made from it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from clew.core.duration import parse_duration
from clew.core.errors import UsageError
from clew.core.schema import Column, Direction, Kind, Role


def derive(
    source: Column,
    *,
    name: str | None = None,
    dtype: str | None = None,
    kind: Kind | None = None,
    direction: Direction = Direction.KEEPS,
    keep_values: bool = False,
) -> Column:
    """Describe a column made from one other.

    Raw sources, protection, monotonicity, availability and the direction so far carry over. Facts about the values
    themselves (unit, range, allowed values, order, pattern) do so only where the values stay what they were.

    Parameters
    ----------
    source : Column
        The column as it is before the step.
    name, dtype, kind : optional
        What differs from the source.
    direction : Direction, default Direction.KEEPS
        What the step does to the order of the values.
    keep_values : bool, default False
        Whether the values still are the source's own, e.g. after filling gaps.
    """
    new_name = name or source.name
    made = replace(
        source,
        name=new_name,
        dtype=dtype or source.dtype,
        kind=kind or source.kind,
        role=source.role if new_name == source.name else Role.FEATURE,
        format=None,
        missing=None,
        sources=source.raw_sources,
        direction=compose(source.direction, direction),
    )
    if keep_values:
        return made
    return replace(
        made, unit=None, minimum=None, maximum=None, allowed=None, order=None, pattern=None, description=None
    )


def combine(sources: Sequence[Column], *, name: str, dtype: str, kind: Kind) -> Column:
    """Describe a column made from several others: it orders rows as none of them does.

    It is protected if any source is, and available when the last of them is.
    """
    raw = dict.fromkeys(origin for column in sources for origin in column.raw_sources)
    return Column(
        name,
        dtype,
        kind,
        protected=any(column.protected for column in sources),
        available_after=_latest([column.available_after for column in sources if column.available_after]),
        sources=tuple(raw),
        direction=Direction.LOSES,
    )


def compose(first: Direction, second: Direction) -> Direction:
    """Return what two steps, one after the other, do to the order of values."""
    if Direction.LOSES in {first, second}:
        return Direction.LOSES
    return Direction.KEEPS if first is second else Direction.REVERSES


def _latest(moments: list[str]) -> str | None:
    """Return the latest moment; the name of an event lies after every length of time."""
    lengths: list[tuple[timedelta, str]] = []
    for moment in moments:
        try:
            lengths.append((parse_duration(moment), moment))
        except UsageError:
            return moment
    return max(lengths)[1] if lengths else None
