"""Pictures of rules, as SVG: support by confidence, and which items lead to which.

Data goes in as values under fixed names, so that no item can be taken for an expression, and the renderer escapes
texts.
"""

from typing import Any

import numpy as np

from clew.core.html import INK, PALETTE, RULE, SEQUENCE
from clew.core.svg import svg_of
from clew.train.associate.network import Network
from clew.train.associate.rules import Rules

_WIDTH, _HEIGHT = 520, 400
#: How much wider a unit is than high, in the picture of what leads to what.
_ACROSS = _WIDTH / 1.9 / (_HEIGHT / 1.04)
#: Rules drawn as points at most, and characters of a label.
_MOST_POINTS, _CHARACTERS = 1_500, 24
#: Supports that differ more than this many times are drawn on a logarithmic scale.
_WIDE = 8


def bands(rules: Rules) -> tuple[float, ...]:
    """Return the limits between four bands of lift: 1, and where the rest falls into three parts of equal number."""
    lift = rules.measures["lift"].to_numpy()
    above = lift[lift > 1]
    return (1.0, *(float(np.quantile(above, share)) for share in (1 / 3, 2 / 3))) if len(above) else (1.0,)


def colours(count: int) -> tuple[str, ...]:
    """Return a colour per band: grey for what is no more than chance, the darker the stronger."""
    return (PALETTE[-1], *SEQUENCE[len(SEQUENCE) - count + 1 :])


def scatter(rules: Rules) -> str:
    """Draw rules by support and confidence; the colour is the band of the lift."""
    import altair as alt

    limits = bands(rules)
    rows = np.arange(len(rules))
    if len(rows) > _MOST_POINTS:
        rows = np.sort(np.random.default_rng(0).choice(rows, _MOST_POINTS, replace=False))
    columns = [rules.measures[name].to_numpy()[rows] for name in ("support", "confidence", "lift")]
    band = np.searchsorted(limits, columns[2], side="left")
    values = [
        {"x": float(x), "y": float(y), "band": int(b), "lift": float(z)}
        for x, y, z, b in zip(*columns, band, strict=True)
    ]
    scale = alt.Scale(domain=list(range(len(limits) + 1)), range=list(colours(len(limits) + 1)))
    spread = len(values) > 1 and columns[0].max() > _WIDE * columns[0].min()
    x = alt.X(
        "x:Q",
        title="Support" + (" (logarithmic)" if spread else ""),
        scale=alt.Scale(type="log", nice=False) if spread else alt.Scale(zero=False),
        axis=alt.Axis(tickCount=5, format="~g"),
    )
    dots = alt.Chart(alt.InlineData(values=values)).mark_circle(size=34, opacity=0.75, aria=False)
    drawn = dots.encode(
        x=x,
        y=alt.Y("y:Q", title="Confidence", scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=6)),
        color=alt.Color("band:O", scale=scale, legend=None),
        order=alt.Order("lift:Q"),
    )
    return _svg(drawn)


def network_chart(network: Network) -> str:
    """Draw which items lead to which: the thicker, the higher the lift; a triangle points to what follows."""
    import altair as alt

    lifts = [link.lift for link in network.links]
    lines, arrows = [], []
    for link in reversed(network.links):
        (x, y), (to_x, to_y) = network.places[link.source], network.places[link.target]
        lines.append({"x": float(x), "y": float(y), "x2": float(to_x), "y2": float(to_y), "lift": link.lift})
        # Angles are seen in the drawing, which is wider than it is high, and grow clockwise from the top.
        angle = float(np.degrees(np.arctan2((to_x - x) * _ACROSS, to_y - y)))
        arrows.append({"x": float(x + 0.7 * (to_x - x)), "y": float(y + 0.7 * (to_y - y)), "angle": angle})
    points = [
        {"x": float(x), "y": float(y), "name": _short(name), "left": bool(x < 0.5)}
        for name, (x, y) in zip(network.items, network.places, strict=True)
    ]
    across = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[-0.45, 1.45]))
    up = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[-0.02, 1.02]))
    thick = alt.StrokeWidth("lift:Q", legend=None, scale=alt.Scale(domain=[min(lifts), max(lifts)], range=[0.8, 4]))
    dots = alt.Chart(alt.InlineData(values=points)).encode(x=across, y=up)
    layers = [
        alt.Chart(alt.InlineData(values=lines))
        .mark_rule(color=PALETTE[5], opacity=0.55, aria=False)
        .encode(x=across, y=up, x2="x2", y2="y2", strokeWidth=thick),
        alt.Chart(alt.InlineData(values=arrows))
        .mark_point(shape="triangle-up", filled=True, size=60, color=PALETTE[0], opacity=1, aria=False)
        .encode(x=across, y=up, angle=alt.Angle("angle:Q", scale=None)),
        dots.mark_circle(size=60, color=INK, opacity=1, aria=False),
        dots.transform_filter("datum.left").mark_text(align="right", dx=-9, color=INK).encode(text="name:N"),
        dots.transform_filter("!datum.left").mark_text(align="left", dx=9, color=INK).encode(text="name:N"),
    ]
    return _svg(alt.layer(*layers))


def _short(name: str) -> str:
    return name if len(name) <= _CHARACTERS else f"{name[: _CHARACTERS - 1].rstrip()}…"


def _svg(chart: Any) -> str:
    """Render a chart in the colours of the report, without any network."""
    specification = chart.properties(width=_WIDTH, height=_HEIGHT).to_dict()
    specification["config"] = {
        "background": None,
        "font": "sans-serif",
        "view": {"stroke": None},
        "axis": {
            "domainColor": RULE, "tickColor": RULE, "gridColor": RULE, "gridOpacity": 0.6,
            "labelColor": INK, "titleColor": INK, "titleFontWeight": "normal", "labelFontSize": 11, "titleFontSize": 12,
        },
    }  # fmt: skip
    return svg_of(specification)
