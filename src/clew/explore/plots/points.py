"""Two numbers: the points themselves while they are few, and how dense they lie where they are many."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.explore.plots.axes import Axis, Codes, Floats, Placed, Scale

#: Points drawn at most; of more rows, as many are drawn at random.
MAX_POINTS = 2_000
#: Cells of the map of density, along and up.
_CELLS = (48, 30)
#: Shares of the rows left out at each end where these stretch an axis to more than this many times the rest.
_TAIL, _STRETCH = 0.005, 3.0
#: Beside the seed, so that rows which somebody made with that very seed are no echo of the draw.
_OWN = 0x2D07


@dataclass(frozen=True, slots=True)
class Span:
    """What an axis shows.

    Parameters
    ----------
    low, high : float
        Its ends.
    cut : bool
        Whether values lie beyond them.
    """

    low: float
    high: float
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A rectangle of the map of density.

    Parameters
    ----------
    x, x_end, y, y_end : float
        Its edges.
    rows : int
        Rows in it, at least 1.
    """

    x: float
    x_end: float
    y: float
    y_end: float
    rows: int


@dataclass(frozen=True, slots=True)
class Points:
    """Rows by two numbers.

    Parameters
    ----------
    x, y : tuple of float
        Points drawn; moments in seconds since 1970.
    parts : tuple of int
        Part of the target of each point, -1 where it has none.
    rows : tuple of int
        Position of each point's row in the table.
    sampled : bool
        Whether the points were drawn from more rows, at random.
    cells : tuple of Cell
        How many of all rows lie where; empty where every row is a point.
    across, up : Span
        What the axes show.
    beyond : int
        Rows that lie outside of it.
    """

    x: tuple[float, ...]
    y: tuple[float, ...]
    parts: tuple[int, ...]
    rows: tuple[int, ...]
    sampled: bool
    cells: tuple[Cell, ...]
    across: Span
    up: Span
    beyond: int

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready values."""
        return {
            "points": [
                {"x": x, "y": y, "part": part, "row": row}
                for x, y, part, row in zip(self.x, self.y, self.parts, self.rows, strict=True)
            ],
            "sampled": self.sampled,
            "cells": [[cell.x, cell.x_end, cell.y, cell.y_end, cell.rows] for cell in self.cells],
            "across": [self.across.low, self.across.high],
            "up": [self.up.low, self.up.high],
            "beyond": self.beyond,
        }


def points(x: Placed, y: Placed, parts: Codes, *, seed: int = 0) -> Points:
    """Place rows by two numbers.

    Parameters
    ----------
    x, y : Placed
        The two columns, numbers or moments.
    parts : ndarray of int64, shape (rows,)
        Part of the target of each row.
    seed : int, default 0
        Seed of the draw.

    Returns
    -------
    Points
        Of the rows that have both; the few that would stretch an axis to more than three times of what the others need
        (0.5 % at each end) lie beyond the frame and are counted.
    """
    assert x.numbers is not None and y.numbers is not None  # noqa: S101, PT018 - numbers only come here
    rows = np.flatnonzero(np.isfinite(x.numbers) & np.isfinite(y.numbers))
    one, other = x.numbers[rows], y.numbers[rows]
    across, up = _span(one), _span(other)
    if across.cut or up.cut:
        inside = (one >= across.low) & (one <= across.high) & (other >= up.low) & (other <= up.high)
        rows, one, other, beyond = rows[inside], one[inside], other[inside], int((~inside).sum())
    else:
        beyond = 0
    sampled = len(rows) > MAX_POINTS
    chosen = np.arange(len(rows))
    if sampled:
        chosen = np.sort(np.random.default_rng([_OWN, seed]).choice(len(rows), MAX_POINTS, replace=False))
    return Points(
        tuple(one[chosen].tolist()),
        tuple(other[chosen].tolist()),
        tuple(parts[rows[chosen]].tolist()),
        tuple(rows[chosen].tolist()),
        sampled,
        _cells(one, other, (_edges(x.axis, across, _CELLS[0]), _edges(y.axis, up, _CELLS[1]))) if sampled else (),
        across,
        up,
        beyond,
    )


def _span(values: Floats) -> Span:
    """Return what an axis has to show: all, or all but the ends where a few values stretch it."""
    low, high = float(values.min()), float(values.max())
    if low == high:
        reach = abs(low) * 0.05 or 0.5
        return Span(low - reach, high + reach)
    inner_low, inner_high = (float(end) for end in np.quantile(values, [_TAIL, 1 - _TAIL]))
    # Halves, since the distance of two very large numbers may be beyond all numbers.
    wide, inner = high / 2 - low / 2, inner_high / 2 - inner_low / 2
    if inner > 0 and wide > _STRETCH * inner:
        reach = 0.1 * inner
        shown = max(low, inner_low - reach), min(high, inner_high + reach)
        return Span(*shown, cut=shown != (low, high))
    return Span(low, high)


def _edges(axis: Axis, span: Span, cells: int) -> Floats:
    """Return the edges of cells; whole numbers in a short span have one each, so that none looks empty by rounding."""
    if axis.whole and axis.scale is Scale.NUMBER and span.high - span.low < cells:
        return np.arange(np.floor(span.low), np.ceil(span.high) + 2) - 0.5
    if axis.whole and axis.scale is Scale.NUMBER and span.high - span.low < 1e15:
        step = np.ceil((span.high - span.low + 1) / cells)
        return np.arange(np.floor(span.low), span.high + step + 1, step) - 0.5
    return np.linspace(span.low, span.high, cells + 1)


def _cells(one: Floats, other: Floats, edges: tuple[Floats, Floats]) -> tuple[Cell, ...]:
    along, up = (_binned(values, known) for values, known in zip((one, other), edges, strict=True))
    wide, high = len(edges[0]) - 1, len(edges[1]) - 1
    counts = np.bincount(along * high + up, minlength=wide * high)
    found = []
    for at in np.flatnonzero(counts):
        column, row = divmod(int(at), high)
        ends = [float(end) for end in (*edges[0][column : column + 2], *edges[1][row : row + 2])]
        found.append(Cell(ends[0], ends[1], ends[2], ends[3], int(counts[at])))
    return tuple(found)


def _binned(values: Floats, edges: Floats) -> NDArray[np.int64]:
    """Return the cell of each value; the edges are evenly spaced."""
    width = (edges[-1] - edges[0]) / (len(edges) - 1)
    found = ((values - edges[0]) / width).astype(np.int64)
    return np.asarray(np.clip(found, 0, len(edges) - 2), dtype=np.int64)
