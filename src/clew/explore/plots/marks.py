"""What the pictures of `clew.explore.plots.drawing` are put together from, as parts of a Vega-Lite specification."""

from collections.abc import Mapping, Sequence
from typing import Any

from clew.core.svg import literal
from clew.explore.charts import HOUSE
from clew.explore.pictures import edge_text
from clew.explore.plots.axes import Axis, Scale

WIDTH = 480
_CHARACTERS = 22

Layer = dict[str, Any]

#: An axis of its own at each side.
APART: Layer = {"resolve": {"axis": {"y": "independent"}}}
#: Figures that a mark carries.
TELLS: Layer = {"field": "told", "type": "nominal"}


def spec(layers: Sequence[Layer], height: int, **more: Any) -> dict[str, Any]:
    """Return a specification of layers over each other, in the looks of the house; the height in pixels."""
    return {**HOUSE, "width": WIDTH, "height": height, "layer": list(layers), **more}


def at_axis(value: float, axis: Axis) -> float:
    """Return a value as its axis counts: moments in milliseconds, times of day in hours."""
    if axis.scale is Scale.MOMENT:
        return value * 1000
    return value / 3600 if axis.unit == "clock" else value


def told_value(value: float, axis: Axis) -> str:
    """Return a value as people read it."""
    return edge_text(value, axis.unit if axis.unit in {"time", "clock"} else "")


def title_of(axis: Axis) -> str:
    """Return the title of an axis: the column and its unit."""
    units = {"time": "", "clock": "hour", "characters": "characters"}
    unit = units.get(axis.unit, axis.unit)
    return f"{axis.name}, {unit}" if unit else axis.name


def numeric(axis: Axis, low: float, high: float, *, field: str, grid: bool) -> Layer:
    """Return the encoding of numbers or moments between two ends."""
    ends = [at_axis(low, axis), at_axis(high, axis)]
    shown: Layer = {"title": title_of(axis), "grid": grid, "tickCount": 5, "labelOverlap": True, "titleLimit": 300}
    scale: Layer = {"domain": ends, "nice": False, "zero": False}
    if axis.scale is Scale.MOMENT:
        return {"field": field, "type": "temporal", "axis": shown, "scale": {**scale, "type": "utc"}}
    # No comma in a year; thousands as k from 10 000 on.
    shown["format"] = "~s" if max(map(abs, ends)) >= 10_000 else ".6~g"
    return {"field": field, "type": "quantitative", "axis": shown, "scale": scale}


def short(text: str, characters: int = _CHARACTERS) -> str:
    """Cut a text to what an axis has room for."""
    return text if len(text) <= characters else f"{text[: characters - 1]}…"


def listed(texts: Sequence[str], middles: Sequence[float]) -> Layer:
    """Return an axis that spells texts at positions."""
    spelt = "[" + ", ".join(literal(short(text)) for text in texts) + "]"
    places = "[" + ", ".join(f"{middle:.9g}" for middle in middles) + "]"
    # The renderer hands positions on as they are, so the nearest one is the one meant.
    nearest = f"{spelt}[indexof({places}, datum.value)]"
    return {
        "values": [float(f"{middle:.9g}") for middle in middles],
        "labelExpr": nearest,
        "ticks": False,
        "domain": False,
        "grid": False,
        "labelLimit": 150,
        "labelPadding": 6,
        "labelOverlap": False,
    }


def above(title: str, at: int) -> Layer:
    """Return the title of an upright axis: above it and level, so that it is read easily and covers no label."""
    place = {"titleX": at, "titleAlign": "left" if at else "right", "titleY": -9}
    return {"title": title, "titleAngle": 0, "titleBaseline": "bottom", "titleLimit": 260, **place}


def places(axis: Axis, rows: Sequence[int], ends: Sequence[tuple[float, float]], total: float) -> list[Layer]:
    """Return two layers that name labels at the left and count their rows at the right."""
    middles = [(low + high) / 2 for low, high in ends]
    data = {"values": [{"middle": middle} for middle in middles]}
    scale = {"domain": [total, 0], "nice": False, "zero": False}
    mark = {"type": "rule", "opacity": 0, "aria": False}
    counted = [f"{count:,}" for count in rows]
    sides: tuple[tuple[str, Sequence[str], str], ...] = (
        ("left", axis.levels, title_of(axis)),
        ("right", counted, "rows"),
    )
    layers = []
    for side, texts, title in sides:
        shown = listed(texts, middles) | {"orient": side} | above(title, 6 if side == "right" else 0)
        y = {"field": "middle", "type": "quantitative", "scale": scale, "axis": shown}
        layers.append({"data": data, "mark": mark, "encoding": {"y": y}})
    return layers


def fill_by(names: Sequence[str], colours: Sequence[str]) -> Layer:
    """Return the encoding of colours by the field ``colour``."""
    scale = {"domain": list(names), "range": list(colours)}
    return {"field": "colour", "type": "nominal", "legend": None, "scale": scale}


def rectangles(values: list[Layer], x: Layer, y: Layer, fill: Mapping[str, Any], **mark: Any) -> Layer:
    """Return a layer of rectangles with the fields x, x2, y, y2, colour and told."""
    return {
        "data": {"values": values},
        "mark": {"type": "rect", **mark},
        "encoding": {
            "x": x,
            "x2": {"field": "x2"},
            "y": y,
            "y2": {"field": "y2"},
            "fill": dict(fill),
            "description": TELLS,
        },
    }
