"""Any column alone, or any two of them, as a picture that fits their kinds: numbers first, drawn by `plot_chart`.

===============  ==========================  ===========================  ===========================
…                number                      label                        moment
===============  ==========================  ===========================  ===========================
alone            histogram                   bars                         histogram
number           points, density if many     box plots                    median and quartiles along
label            box plots                   shares                       shares along
moment           median and quartiles along  shares along                 points, density if many
===============  ==========================  ===========================  ===========================
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from clew.collect.dataset import Dataset
from clew.core.errors import UsageError, did_you_mean
from clew.core.schema import Kind, Schema
from clew.define.problem import infer_task
from clew.explore.correlations import Correlation
from clew.explore.describe import describe_column
from clew.explore.pictures import Codes, Parts, Picture, parts_of, pictures
from clew.explore.plots.axes import Axis, Placed, Scale, place
from clew.explore.plots.boxes import Boxes, boxes
from clew.explore.plots.course import MAX_LINES, Course, course_of_labels, course_of_number
from clew.explore.plots.points import Points, points
from clew.explore.plots.shares import Shares, shares
from clew.explore.plots.strength import strength
from clew.explore.statistics import TableStatistics

Drawn = Picture | Points | Boxes | Shares | Course
#: Kinds of a target by which rows cannot be divided.
_NO_ANSWERS = frozenset({Kind.DATETIME, Kind.NESTED, Kind.IMAGE, Kind.UNKNOWN})
_NAMES = {Picture: "bars", Points: "points", Boxes: "boxes", Shares: "shares", Course: "course"}


@dataclass(frozen=True, slots=True)
class Plot:
    """One column, or two of them, ready to be drawn.

    Parameters
    ----------
    x : Axis
        The first column.
    y : Axis, optional
        The second; None where there is one only.
    rows : int
        Rows of the table.
    left_out : int
        Rows that are not drawn: one of the values is missing or infinite.
    drawn : Picture, Points, Boxes, Shares or Course, optional
        What the picture is made of; None where no row can be drawn.
    strength : Correlation, optional
        How the two go together, over all rows that have both, or 200 000 of them drawn at random; None for one column,
        and where too few rows have both or one does not vary.
    target : str, optional
        The column that colours show, where they do.
    parts : Parts
        What these colours mean.
    seed : int
        Seed of the points drawn.
    """

    x: Axis
    y: Axis | None
    rows: int
    left_out: int
    drawn: Drawn | None = None
    strength: Correlation | None = None
    target: str | None = None
    parts: Parts = field(default_factory=Parts)
    seed: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return all as JSON-ready values; bars as their labels and counts."""
        data: Any = None
        if isinstance(self.drawn, Picture):
            data = {"labels": list(self.drawn.labels), "counts": [list(line) for line in self.drawn.counts]}
            data |= {"edges": list(self.drawn.edges) if self.drawn.edges else None, "note": self.drawn.note}
        elif self.drawn is not None:
            data = self.drawn.to_dict()
        return {
            "x": self.x.to_dict(),
            "y": self.y.to_dict() if self.y else None,
            "rows": self.rows,
            "left_out": self.left_out,
            "drawn": _NAMES[type(self.drawn)] if self.drawn is not None else None,
            "data": data,
            "strength": self.strength.to_dict() if self.strength else None,
            "target": self.target,
            "parts": list(self.parts.names) if self.target else [],
            "seed": self.seed,
        }


def plot(dataset: Dataset, x: str, y: str | None = None, *, seed: int = 0) -> Plot:
    """Look at one column, or at two together.

    Parameters
    ----------
    dataset : Dataset
        The rows. Where the schema has a target, colours show it: in histograms, bars and points, in box plots of two or
        three labels, and along time with up to six.
    x : str
        The first column.
    y : str, optional
        The second.
    seed : int, default 0
        Seed of the points drawn, where there are more than 2 000.

    Returns
    -------
    Plot
        The numbers; `clew.explore.plots.drawing.plot_chart` makes a picture of them. Cost is linear in the rows.

    Raises
    ------
    UsageError
        If there is no such column, if both are the same, or if one holds lists, structs or bytes.
    """
    schema, frame = dataset.schema, dataset.frame
    for name in (x, y):
        if name is not None and name not in schema:
            raise UsageError(f"There is no column {name!r} to draw.", hint=did_you_mean(name, schema.names))
    if x == y:
        raise UsageError(f"The column {x!r} is named twice.", hint="Name two columns, or just this one.")
    first = place(frame[x], schema[x])
    if y is None:
        return _alone(frame, schema, first)
    second = place(frame[y], schema[y])
    there = int((first.there & second.there).sum())
    basis = Plot(first.axis, second.axis, len(frame), len(frame) - there, seed=seed)
    if not there:
        return basis
    target, parts, codes = _parts(frame, schema, {x, y})
    drawn = _together(first, second, parts, codes, seed)
    coloured = target is not None and _is_coloured(drawn)
    return Plot(
        basis.x,
        basis.y,
        basis.rows,
        basis.left_out,
        drawn,
        strength(first, second, seed=seed),
        target if coloured else None,
        parts if coloured else Parts(),
        seed,
    )


def _alone(frame: pl.DataFrame, schema: Schema, placed: Placed) -> Plot:
    name = placed.axis.name
    there = int(placed.there.sum())
    basis = Plot(placed.axis, None, len(frame), len(frame) - there)
    if not there:
        return basis
    target, parts, codes = _parts(frame, schema, {name} if schema.target is None else set())
    column = schema[name]
    known = TableStatistics(len(frame), {name: describe_column(frame[name], column, mergeable=False)})
    drawn = pictures(frame.select(name), Schema((column,)), known, codes if target else None).get(name)
    return Plot(placed.axis, None, len(frame), basis.left_out, drawn, None, target, parts)


def _parts(frame: pl.DataFrame, schema: Schema, shown: set[str]) -> tuple[str | None, Parts, Codes]:
    """Divide the rows by the target, unless it is shown anyway or is nothing to divide rows by."""
    everything = None, Parts(), np.zeros(len(frame), dtype=np.int64)
    column = schema.target
    if column is None or column.name in shown or column.name not in frame.columns:
        return everything
    known = describe_column(frame[column.name], column, mergeable=False)
    if (known.distinct or 0) < 2 or column.kind in _NO_ANSWERS:
        return everything
    return column.name, *parts_of(frame, known, infer_task(frame[column.name], column))


def _together(one: Placed, other: Placed, parts: Parts, codes: Codes, seed: int) -> Drawn:
    scales = one.axis.scale, other.axis.scale
    if Scale.MOMENT in scales and scales[0] is not scales[1]:
        time, shown = (one, other) if scales[0] is Scale.MOMENT else (other, one)
        if shown.axis.scale is Scale.LABELS:
            return course_of_labels(time, shown)
        return course_of_number(time, shown, codes, parts.names)
    if scales == (Scale.LABELS, Scale.LABELS):
        return shares(one, other)
    if Scale.LABELS in scales:
        labels, numbers = (one, other) if scales[0] is Scale.LABELS else (other, one)
        return boxes(labels, numbers, codes, len(parts.names))
    return points(one, other, codes, seed=seed)


def _is_coloured(drawn: Drawn) -> bool:
    if isinstance(drawn, Course):
        return drawn.measure == "median" and 1 < len(drawn.lines) <= MAX_LINES
    return isinstance(drawn, Points) or (isinstance(drawn, Boxes) and drawn.split)
