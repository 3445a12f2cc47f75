"""Charts of points, as SVG; data goes in as values, so that no text of the data can be taken for an expression."""

from collections.abc import Mapping, Sequence
from typing import Any

from clew.core.html import INK, PALETTE, QUIET, RULE
from clew.core.svg import svg_of
from clew.train.points.picture import Picture

#: Groups with a colour of their own; the last colour is for the others.
COLOURED = len(PALETTE) - 1
_CONFIG: dict[str, Any] = {
    "background": "transparent",
    "view": {"stroke": None},
    "axis": {
        "labelColor": INK,
        "titleColor": INK,
        "gridColor": RULE,
        "domainColor": RULE,
        "tickColor": RULE,
        "titleFontWeight": "normal",
        "labelFontSize": 11,
        "titleFontSize": 12,
    },
}


def colour_of(group: int) -> str:
    """Return the colour of a group; -1 is none."""
    return QUIET if group < 0 else PALETTE[min(group, COLOURED)]


def scatter(picture: Picture, names: Mapping[int, str]) -> str:
    """Draw rows in two directions, coloured by group.

    Parameters
    ----------
    picture : Picture
        The rows.
    names : mapping of int to str
        What each group is called, for the labels of the points.
    """
    points = [
        {"x": float(x), "y": float(y), "group": str(group), "told": f"row {row}: {names.get(group, 'none')}"}
        for row, x, y, group in zip(picture.rows.tolist(), picture.x, picture.y, picture.groups.tolist(), strict=True)
    ]
    groups = sorted({int(group) for group in picture.groups})
    colours = {"domain": [str(group) for group in groups], "range": [colour_of(group) for group in groups]}
    return svg_of(
        {
            "$schema": "https://vega.github.io/schema/vega-lite/v6.4.1.json",
            "width": 560,
            "height": 340,
            "config": _CONFIG,
            "data": {"values": points},
            "mark": {"type": "point", "filled": True, "size": 24, "opacity": 0.65},
            "encoding": {
                "x": _axis("x", 1, picture.explained[0]),
                "y": _axis("y", 2, picture.explained[1]),
                "color": {"field": "group", "type": "nominal", "legend": None, "scale": colours},
                "description": {"field": "told", "type": "nominal"},
            },
        }
    )


def _axis(field: str, place: int, explained: float) -> dict[str, Any]:
    title = f"Component {place} ({100 * explained:.0f} % of the variance)"
    return {"field": field, "type": "quantitative", "title": title, "axis": {"tickCount": 5}}


def lines(x: Sequence[float], y: Sequence[float | None], *, titles: tuple[str, str], marked: float | None) -> str:
    """Draw one line with its points.

    Parameters
    ----------
    x, y : sequence of float
        The points; None leaves a gap.
    titles : (str, str)
        Of the two axes.
    marked : float, optional
        An x that is marked by a rule.
    """
    values = [
        {"x": a, "y": b, "told": f"{titles[0]} {a:g}: {b:.4g}"} for a, b in zip(x, y, strict=True) if b is not None
    ]
    place = {"field": "x", "type": "quantitative", "title": titles[0], "scale": {"nice": False, "zero": False}}
    # Whole numbers, and not so many of them that they run into each other.
    place["axis"] = {"values": list(x)[:: 1 + len(x) // 12], "format": "d", "grid": False}
    height = {"field": "y", "type": "quantitative", "title": None, "scale": {"zero": False}, "axis": {"tickCount": 4}}
    rule = {
        "data": {"values": [{"x": marked}] if marked is not None else []},
        "mark": {"type": "rule", "color": INK, "strokeDash": [4, 3]},
        "encoding": {"x": {"field": "x", "type": "quantitative"}},
    }
    line = {
        "data": {"values": values},
        "mark": {"type": "line", "color": PALETTE[0], "strokeWidth": 2},
        "encoding": {"x": place, "y": height},
    }
    points = {
        "data": {"values": values},
        "mark": {"type": "point", "filled": True, "color": PALETTE[0], "size": 30, "opacity": 1},
        "encoding": {"x": place, "y": height, "description": {"field": "told", "type": "nominal"}},
    }
    return svg_of(
        {
            "$schema": "https://vega.github.io/schema/vega-lite/v6.4.1.json",
            "width": 300,
            "height": 120,
            "title": {"text": titles[1], "anchor": "start", "color": INK, "fontSize": 12, "fontWeight": "normal"},
            "config": _CONFIG,
            "layer": [rule, line, points],
        }
    )


def counts(edges: Sequence[float], rows: Sequence[int], *, marked: float | None = None) -> str:
    """Draw how many rows lie between edges, as bars; those before a mark in another colour.

    Parameters
    ----------
    edges : sequence of float
        One more than bars.
    rows : sequence of int
        Rows in each.
    marked : float, optional
        An x that is marked by a rule.
    """
    values = [
        {
            "x": float(low),
            "x2": float(high),
            "y": int(count),
            "before": "yes" if marked is not None and low + high < 2 * marked else "no",
            "told": f"{low:.4g} to {high:.4g}: {int(count):,} rows",
        }
        for low, high, count in zip(edges[:-1], edges[1:], rows, strict=True)
    ]
    bars = {
        "data": {"values": values},
        "mark": {"type": "bar", "binSpacing": 0.6},
        "encoding": {
            "x": {"field": "x", "type": "quantitative", "title": None, "axis": {"grid": False, "tickCount": 6}},
            "x2": {"field": "x2"},
            # A few odd rows must be seen beside thousands of others.
            "y": {"field": "y", "type": "quantitative", "title": "rows", "scale": {"type": "symlog"}},
            "y2": {"datum": 0},
            "color": {
                "field": "before",
                "type": "nominal",
                "legend": None,
                "scale": {"domain": ["yes", "no"], "range": [PALETTE[1], QUIET]},
            },
            "description": {"field": "told", "type": "nominal"},
        },
    }
    rule = {
        "data": {"values": [{"x": marked}] if marked is not None else []},
        "mark": {"type": "rule", "color": INK, "strokeDash": [4, 3]},
        "encoding": {"x": {"field": "x", "type": "quantitative"}},
    }
    return svg_of(
        {
            "$schema": "https://vega.github.io/schema/vega-lite/v6.4.1.json",
            "width": 420,
            "height": 220,
            "config": _CONFIG,
            "layer": [bars, rule],
        }
    )
