"""Plots as SVG: specifications of Vega-Lite in the colours of the house, which vl-convert draws.

Labels are drawn by their position and spelt by the axis, so that any text is only ever shown. Boxes, shares and cells
are rectangles with computed edges: the pictures show just the figures of the result.
"""

import math
from itertools import accumulate, pairwise
from typing import Any

from clew.core.html import PALETTE, QUIET, SEQUENCE
from clew.core.readable import number, percent
from clew.core.svg import svg_of
from clew.explore.charts import colours_of, render
from clew.explore.pictures import Parts, Picture, edge_text
from clew.explore.plot import Plot
from clew.explore.plots.axes import Axis, Scale
from clew.explore.plots.boxes import Boxes
from clew.explore.plots.course import Course
from clew.explore.plots.marks import (
    APART,
    TELLS,
    Layer,
    above,
    at_axis,
    fill_by,
    listed,
    numeric,
    places,
    rectangles,
    spec,
    title_of,
    told_value,
)
from clew.explore.plots.points import Points, Span
from clew.explore.plots.shares import Shares

_HEIGHT = 300
#: Room beside the outermost points, as a share of the axis.
_ROOM = 0.015
#: Height of a label's place, and of the thinnest bar of shares.
_PLACE, _THINNEST = 34, 12
#: More points than this carry no figures of their own, which would be most of the file.
_TOLD = 400
#: From which share on a cell of the map of shares takes each colour.
SHARE_STEPS = (0.0, 0.05, 0.2, 0.5)
#: Labels of the second column that are told apart by colour.
MOST_COLOURS = 6


def plot_chart(plot: Plot) -> str:
    """Draw a plot.

    Parameters
    ----------
    plot : Plot
        Something must be drawn in it.

    Returns
    -------
    str
        An SVG document, at most 480 pixels wide.
    """
    if isinstance(plot.drawn, Picture):
        return render(plot.drawn, plot.parts)
    return svg_of(specification(plot))


def specification(plot: Plot) -> dict[str, Any]:
    """Return the Vega-Lite specification of a plot of two columns."""
    drawn, y = plot.drawn, plot.y
    assert y is not None  # noqa: S101 - one column is a `Picture`
    if isinstance(drawn, Points):
        return _points(plot, drawn, y)
    if isinstance(drawn, Boxes):
        return _boxes(plot, drawn, y)
    if isinstance(drawn, Shares):
        return _mosaic(plot, drawn, y) if is_mosaic(y) else _heat(plot, drawn, y)
    assert isinstance(drawn, Course)  # noqa: S101 - there is no other picture
    return _course(plot, drawn, y)


def is_mosaic(other: Axis) -> bool:
    """Tell whether labels are few enough for a colour each."""
    return len(other.levels) <= MOST_COLOURS


def colours_of_levels(axis: Axis) -> tuple[str, ...]:
    """Return a colour for each label; grey for those that share a place."""
    count = len(axis.levels)
    if axis.ranked and count <= len(SEQUENCE):
        return SEQUENCE[-count:]
    colours = PALETTE[:count]
    return (*colours[:-1], PALETTE[7]) if axis.others else colours


def density_steps(drawn: Points) -> tuple[tuple[int, int], ...]:
    """Return the fewest and the most rows of each colour of a map of density, in steps of equal ratio."""
    most = max(cell.rows for cell in drawn.cells)
    ends = sorted({1, *(max(1, round(most ** (step / len(SEQUENCE)))) for step in range(1, len(SEQUENCE))), most + 1})
    return tuple((low, high - 1) for low, high in pairwise(ends))


def _points(plot: Plot, drawn: Points, y: Axis) -> dict[str, Any]:
    # Points at the very edge need room; cells fill the frame.
    room = 0.0 if drawn.cells else _ROOM
    across = numeric(plot.x, *_widened(drawn.across, room), field="x", grid=False)
    up = numeric(y, *_widened(drawn.up, room), field="y", grid=True)
    up["axis"] = up["axis"] | {"domain": False} | above(title_of(y), -34)
    layers = []
    if drawn.cells:
        layers.append(_density(plot, drawn, y, across, up))
    if not drawn.cells or plot.target is not None:
        layers.append(_dots(plot, drawn, y, across, up))
    return spec(layers, _HEIGHT)


def _widened(span: Span, share: float) -> tuple[float, float]:
    """Return the ends of an axis with room at both."""
    room = (span.high / 2 - span.low / 2) * 2 * share
    return (span.low - room, span.high + room) if math.isfinite(room) else (span.low, span.high)


def _density(plot: Plot, drawn: Points, y: Axis, across: Layer, up: Layer) -> Layer:
    steps = density_steps(drawn)
    values = []
    for cell in drawn.cells:
        step = next(at for at, (_, most) in enumerate(steps) if cell.rows <= most)
        along, up_to = ((cell.x, cell.x_end), (cell.y, cell.y_end))
        ends = [" to ".join(told_value(end, axis) for end in pair) for pair, axis in ((along, plot.x), (up_to, y))]
        edges = dict(zip(("x", "x2"), (at_axis(end, plot.x) for end in along), strict=True))
        edges |= dict(zip(("y", "y2"), (at_axis(end, y) for end in up_to), strict=True))
        told = f"{ends[0]}, {ends[1]}: {cell.rows:,} {'row' if cell.rows == 1 else 'rows'}"
        values.append({**edges, "colour": str(step), "step": (step + 1) / len(steps), "told": told})
    names = [str(step) for step in range(len(steps))]
    if plot.target is None:
        return rectangles(values, across, up, fill_by(names, SEQUENCE[-len(steps) :]), clip=True)
    # Under coloured points the density steps back.
    layer = rectangles(values, across, up, {"value": QUIET}, clip=True)
    scale = {"domain": [0, 1], "range": [0.05, 0.55]}
    layer["encoding"]["opacity"] = {"field": "step", "type": "quantitative", "legend": None, "scale": scale}
    return layer


def _dots(plot: Plot, drawn: Points, y: Axis, across: Layer, up: Layer) -> Layer:
    names, colours = (plot.parts.names, colours_of(plot.parts)) if plot.target else (("",), (PALETTE[0],))
    told = len(drawn.x) <= _TOLD
    values = []
    for one, other, part, row in zip(drawn.x, drawn.y, drawn.parts, drawn.rows, strict=True):
        if plot.target is not None and part < 0:
            continue
        name = names[part] if plot.target else ""
        value: Layer = {"x": at_axis(one, plot.x), "y": at_axis(other, y), "colour": name}
        if told:
            words = f"{told_value(one, plot.x)}, {told_value(other, y)}{f', {name}' if name else ''} (row {row:,})"
            value["told"] = words
        values.append(value)
    mark = {"type": "point", "filled": True, "size": 22 if told else 12, "opacity": 0.7, "clip": True}
    encoding: Layer = {"x": across, "y": up, "fill": fill_by(names, colours)}
    if told:
        encoding["description"] = TELLS
    else:
        mark["aria"] = False
    return {"data": {"values": values}, "mark": mark, "encoding": encoding}


def _boxes(plot: Plot, drawn: Boxes, y: Axis) -> dict[str, Any]:
    labels, numbers = (plot.x, y) if plot.x.scale is Scale.LABELS else (y, plot.x)
    low, high = min(box.low for box in drawn.boxes), max(box.high for box in drawn.boxes)
    pad = (high - low) * 0.03 or abs(low) * 0.05 or 0.5
    across = numeric(numbers, low - pad, high + pad, field="x", grid=True)
    names, colours = (plot.parts.names, colours_of(plot.parts)) if drawn.split else (("",), (PALETTE[0],))
    levels = len(labels.levels)
    thick = 0.62 / len(names)
    values = []
    for box in drawn.boxes:
        top = box.level + 0.19 + box.part * thick
        said = f"{labels.levels[box.level]}{f', {names[box.part]}' if drawn.split else ''}"
        figures = (box.quartile, box.median, box.upper_quartile)
        told = f"{said}: median {told_value(box.median, numbers)}, 25 % {told_value(figures[0], numbers)}, 75 % "
        told += f"{told_value(figures[2], numbers)}, {box.rows:,} rows, {box.beyond:,} beyond the whiskers"
        upright = {"y": top, "y2": top + thick * 0.9, "middle": top + thick * 0.45, "colour": names[box.part]}
        ends = {"low": box.low, "x": box.quartile, "median": box.median, "x2": box.upper_quartile, "high": box.high}
        values.append({**{name: at_axis(value, numbers) for name, value in ends.items()}, **upright, "told": told})
    data, height = {"values": values}, {"type": "quantitative", "axis": None}
    fill = fill_by(names, colours)
    whisker = {"x": across | {"field": "low"}, "x2": {"field": "high"}, "y": height | {"field": "middle"}}
    middle = {"x": across | {"field": "median"}, "y": height | {"field": "y"}, "y2": {"field": "y2"}}
    hidden = {"type": "rule", "aria": False}
    layers = [
        {"data": data, "mark": hidden, "encoding": whisker | {"stroke": fill}},
        rectangles(values, across, height | {"field": "y"}, fill, opacity=0.45, stroke=None),
        {"data": data, "mark": hidden | {"strokeWidth": 2.5}, "encoding": middle | {"stroke": fill}},
        *places(labels, drawn.rows, [(at, at + 1) for at in range(levels)], levels),
    ]
    return spec(layers, max(2, levels) * _PLACE, **APART)


def _mosaic(plot: Plot, drawn: Shares, y: Axis) -> dict[str, Any]:
    """Return bars as thick as a label has rows, each divided by the labels of the other column."""
    rows = drawn.rows
    size = max(2, len(rows)) * _PLACE
    parts = [max(_THINNEST, size * count / sum(rows)) for count in rows]
    scale = size / sum(parts)
    ends = list(pairwise(accumulate((part * scale for part in parts), initial=0.0)))
    values = []
    for label, counts, shares, (top, bottom) in zip(plot.x.levels, drawn.counts, drawn.shares, ends, strict=True):
        starts = pairwise(accumulate(shares, initial=0.0))
        for name, count, share, (start, stop) in zip(y.levels, counts, shares, starts, strict=True):
            if count:
                told = f"{label}: {name} {percent(share)}, {count:,} {'row' if count == 1 else 'rows'}"
                edges = {"x": start, "x2": stop, "y": top + 1, "y2": bottom - 1}
                values.append({**edges, "colour": name, "told": told})
    axis = {"title": f"share of {title_of(y)}", "format": "%", "tickCount": 5, "grid": False, "titleLimit": 300}
    x = {"field": "x", "type": "quantitative", "scale": {"domain": [0, 1]}, "axis": axis}
    height = {"field": "y", "type": "quantitative", "axis": None}
    fill = fill_by(y.levels, colours_of_levels(y))
    return spec([rectangles(values, x, height, fill), *places(plot.x, rows, ends, size)], round(size), **APART)


def _heat(plot: Plot, drawn: Shares, y: Axis) -> dict[str, Any]:
    values = []
    for row, (label, counts, shares) in enumerate(zip(plot.x.levels, drawn.counts, drawn.shares, strict=True)):
        for column, (name, count, share) in enumerate(zip(y.levels, counts, shares, strict=True)):
            if count:
                step = sum(share > limit for limit in SHARE_STEPS) - 1
                told = f"{label}: {name} {percent(share)}, {count:,} {'row' if count == 1 else 'rows'}"
                edges = {"x": column + 0.03, "x2": column + 0.97, "y": row + 0.06, "y2": row + 0.94}
                values.append({**edges, "colour": str(step), "told": told})
    wide, high = len(y.levels), len(plot.x.levels)
    shown = listed(y.levels, [at + 0.5 for at in range(wide)])
    shown |= {"orient": "top", "labelAngle": -40, "labelAlign": "left", "title": title_of(y), "labelLimit": 110}
    x = {"field": "x", "type": "quantitative", "scale": {"domain": [0, wide], "nice": False}, "axis": shown}
    fill = fill_by([str(step) for step in range(len(SHARE_STEPS))], SEQUENCE)
    named = places(plot.x, drawn.rows, [(at, at + 1) for at in range(high)], high)
    cells = rectangles(values, x, {"field": "y", "type": "quantitative", "axis": None}, fill)
    return spec([cells, *named], max(2, high) * 26, **APART)


def _course(plot: Plot, drawn: Course, y: Axis) -> dict[str, Any]:
    time, shown = (plot.x, y) if plot.x.scale is Scale.MOMENT else (y, plot.x)
    names = [str(line.colour) for line in drawn.lines]
    colours = line_colours(drawn, shown, plot.parts if plot.target else Parts())
    values = []
    for line in drawn.lines:
        segment, last = 0, None
        for item in line.stretches:
            segment += last is not None and item.start > last
            last = item.stop
            told = f"{line.name}{', ' if line.name else ''}from {edge_text(item.start, 'time')}: "
            told += _figures(item.value, item.low, item.high, drawn, shown) + f", {item.rows:,} rows"
            figures = {"y": item.value, "low": item.low, "high": item.high}
            if drawn.measure == "median":
                figures = {name: at_axis(value, shown) for name, value in figures.items()}
            middle = (item.start + item.stop) / 2 * 1000
            values.append({"x": middle, **figures, "colour": str(line.colour), "segment": segment, "told": told})
    starts = [item.start for line in drawn.lines for item in line.stretches]
    stops = [item.stop for line in drawn.lines for item in line.stretches]
    x = numeric(time, min(starts), max(stops), field="x", grid=False)
    measured = f"share of {title_of(shown)}" if drawn.measure == "share" else f"median of {title_of(shown)}"
    axis: Layer = {"tickCount": 5, "domain": False, **above(measured, -34)}
    axis["format"] = "%" if drawn.measure == "share" else "~s" if _large(values) else ".6~g"
    up = {"field": "y", "type": "quantitative", "axis": axis, "scale": {"zero": False, "nice": True}}
    colour = fill_by(names, colours)
    apart = {"field": "segment", "type": "ordinal"}
    data = {"values": values}
    faint = 0.22 if len(drawn.lines) == 1 else 0.12
    band = {"x": x, "y": up | {"field": "low"}, "y2": {"field": "high"}, "fill": colour, "detail": apart}
    dots = {"x": x, "y": up, "fill": colour, "description": TELLS}
    layers = [
        {"data": data, "mark": {"type": "area", "opacity": faint, "aria": False}, "encoding": band},
        {
            "data": data,
            "mark": {"type": "line", "strokeWidth": 2, "aria": False},
            "encoding": {"x": x, "y": up, "stroke": colour, "detail": apart},
        },
        {"data": data, "mark": {"type": "point", "filled": True, "size": 14}, "encoding": dots},
    ]
    return spec(layers, 240)


def _large(values: list[Layer]) -> bool:
    return bool(max(abs(value["high"]) for value in values) >= 10_000)


def _figures(value: float, low: float, high: float, drawn: Course, shown: Axis) -> str:
    if drawn.measure == "share":
        return f"{percent(value)} (95 % interval {percent(low)} to {percent(high)})"
    unit = shown.unit if shown.unit == "clock" else ""
    figures = [edge_text(figure, unit) if unit else number(figure) for figure in (value, low, high)]
    return f"median {figures[0]}, 25 % {figures[1]}, 75 % {figures[2]}"


def line_colours(drawn: Course, shown: Axis, parts: Parts) -> tuple[str, ...]:
    """Return the colour of each line."""
    if drawn.measure == "share":
        known = colours_of_levels(shown) if len(shown.levels) <= MOST_COLOURS else PALETTE
        return tuple(known[line.colour] for line in drawn.lines)
    if len(drawn.lines) == 1:
        return (PALETTE[0],)
    return tuple(colours_of(parts)[line.colour] for line in drawn.lines)
