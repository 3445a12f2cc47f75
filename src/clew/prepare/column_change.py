"""A column that a step adds, removes or changes, and how its values are spread before and after."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np

from clew.core.schema import Kind
from clew.explore.cells import Cells
from clew.explore.column import ColumnStatistics
from clew.explore.comparison import Overlay, overlay_of
from clew.explore.distance import Counts, jensen_shannon
from clew.explore.families import Family
from clew.explore.values import Value

#: Counts before and after, in bins of an axis or in cells of their own.
Spread: TypeAlias = Overlay | Cells
#: Labels with a cell of their own, each with at least this share of the rows on either side; the others share one.
_MOST_LABELS, _LEAST_SHARE = 12, 0.01
#: Where the bulk of one side takes less than this share of a common axis, each side gets an axis of its own.
_READABLE = 0.15
MISSING, OTHERS = "(missing)", "(all others)"


@dataclass(frozen=True, eq=False)
class ColumnChange:
    """A column that a step adds, removes or changes.

    Parameters
    ----------
    name : str
        The column.
    change : {"added", "removed", "changed"}
        What happens to it.
    cells : int or None
        Cells that differ, of the rows that are there before and after; None where rows cannot be compared.
    before, after : ColumnStatistics, optional
        The distribution.
    """

    name: str
    change: str
    cells: int | None
    before: ColumnStatistics | None
    after: ColumnStatistics | None

    @cached_property
    def spreads(self) -> tuple[Spread, ...]:
        """Both sides counted alike; one after the other where no axis suits both; empty where no value is frequent."""
        sides = [side for side in (self.before, self.after) if side is not None]
        if any(side.family is Family.OPAQUE for side in sides):
            return ()
        if len({(side.family, _is_quantity(side)) for side in sides}) > 1:
            return _apart(self.before, self.after)
        return (_on_axes if _is_quantity(sides[0]) else _in_cells)(self.before, self.after)

    @property
    def distance(self) -> float:
        """How far the sides are apart, from 0 to 1 (Jensen-Shannon); 1 where no axis suits both or one is not there."""
        if len(self.spreads) != 1 or self.before is None or self.after is None:
            return 1.0 if self.spreads else 0.0
        return jensen_shannon(*(np.array(counts, dtype=np.float64) for counts in _counts(self.spreads[0])))

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready values."""
        return {
            "name": self.name,
            "change": self.change,
            "cells": self.cells,
            "before": self.before.to_dict() if self.before else None,
            "after": self.after.to_dict() if self.after else None,
            "distributions": [_spelt(spread) for spread in self.spreads],
        }


def _is_quantity(side: ColumnStatistics) -> bool:
    return side.family in {Family.NUMBER, Family.MOMENT} and side.kind in {Kind.NUMERIC, Kind.DATETIME}


def _on_axes(before: ColumnStatistics | None, after: ColumnStatistics | None) -> tuple[Spread, ...]:
    if before is None or after is None or not before.quantiles or not after.quantiles:
        return _apart(before, after)
    if _share_an_axis(before, after):
        both = overlay_of(before, after)
        return (both,) if both else ()
    return _apart(before, after)


def _share_an_axis(before: ColumnStatistics, after: ColumnStatistics) -> bool:
    """Whether the bulk of either side, 98 % of its values, would still be seen as more than a line beside the other."""
    ends = [(side.quantiles[1], side.quantiles[99]) for side in (before, after)]
    narrow = min(high - low for low, high in ends)
    whole = max(high for _, high in ends) - min(low for low, _ in ends)
    return narrow == 0 or narrow >= _READABLE * whole


def _apart(before: ColumnStatistics | None, after: ColumnStatistics | None) -> tuple[Spread, ...]:
    """Count each side by itself."""
    sides = [(side, later) for side, later in ((before, False), (after, True)) if side is not None]
    return tuple(spread for side, later in sides for spread in _alone(side, later=later))


def _alone(side: ColumnStatistics, *, later: bool) -> tuple[Spread, ...]:
    if not _is_quantity(side):
        return _in_cells(None, side) if later else _in_cells(side, None)
    if side.histogram is None:
        return ()
    bins, none = side.histogram, (0,) * len(side.histogram.counts)
    counts = (none, bins.counts) if later else (bins.counts, none)
    return (Overlay(bins.edges, *counts, bins.open_left, bins.open_right),)


def _in_cells(before: ColumnStatistics | None, after: ColumnStatistics | None) -> tuple[Spread, ...]:
    """Count the most frequent labels of both sides, the others together, and the rows without one."""
    largest: dict[Value, float] = {}
    for side in [side for side in (before, after) if side is not None]:
        for value, count in side.values.items:
            if count > 1 and count >= _LEAST_SHARE * side.rows:
                largest[value] = max(largest.get(value, 0.0), count / side.rows)
    shown = sorted(largest, key=lambda value: -largest[value])[:_MOST_LABELS]
    if not shown:
        return ()
    if not any(isinstance(value, str) for value in shown):
        shown.sort()
    counts = [_per_label(side, shown) for side in (before, after)]
    labels = (*map(str, shown), OTHERS, MISSING)
    filled = [place for place in range(len(labels)) if counts[0][place] or counts[1][place]]
    return (Cells(tuple(labels[place] for place in filled), counts[0][filled], counts[1][filled]),)


def _per_label(side: ColumnStatistics | None, labels: Sequence[Value]) -> Counts:
    if side is None:
        return np.zeros(len(labels) + 2)
    known = dict(side.values.items)
    own = [known.get(label, 0) for label in labels]
    return np.array([*own, side.present - sum(own), side.missing], dtype=np.float64)


def _counts(spread: Spread) -> tuple[Iterable[float], Iterable[float]]:
    return (spread.baseline, spread.now) if isinstance(spread, Cells) else (spread.data, spread.other)


def _spelt(spread: Spread) -> dict[str, Any]:
    before, after = ([int(count) for count in side] for side in _counts(spread))
    axis = {"labels": list(spread.labels)} if isinstance(spread, Cells) else {"edges": list(spread.edges)}
    return {**axis, "before": before, "after": after}
