"""Histograms of two tables over each other, as SVG: shares of the rows, since the tables differ in size."""

from itertools import pairwise

from clew.core.html import INK, PALETTE, RULE
from clew.core.readable import percent
from clew.core.svg import svg_of
from clew.explore.comparison import Overlay
from clew.explore.pictures import edge_text

_WIDTH, _HEIGHT, _OPACITY = 330, 130, 0.5


def overlay_chart(overlay: Overlay, names: tuple[str, str], *, time: bool) -> str:
    """Draw the rows of both tables in common bins.

    Parameters
    ----------
    overlay : Overlay
        The counts.
    names : tuple of two str
        What the tables are called; drawn in the first two colours of the palette.
    time : bool
        Whether the edges are seconds since 1970.

    Returns
    -------
    str
        An SVG document.
    """
    import altair as alt

    scale = 1000.0 if time else 1.0
    axis = alt.Axis(title=None, grid=False, tickCount=4 if time else 5, labelFlush=False, labelOverlap=True)
    if not time:
        axis.format = "~s" if max(map(abs, overlay.edges)) >= 10_000 else ".6~g"
    chart = (
        alt.Chart(alt.InlineData(values=_bars(overlay, names, scale, "time" if time else "")))
        .mark_bar(binSpacing=0, opacity=_OPACITY)
        .encode(
            x=alt.X(
                "start:T" if time else "start:Q",
                axis=axis,
                scale=alt.Scale(nice=False, zero=False, type="utc") if time else alt.Scale(nice=False, zero=False),
            ),
            x2=alt.X2("end"),
            y=alt.Y("share:Q", title=None, axis=alt.Axis(format="%", tickCount=3, domain=False)),
            y2=alt.Y2("zero"),
            color=alt.Color("table:N", legend=None, scale=alt.Scale(domain=list(names), range=list(PALETTE[:2]))),
            description="told:N",
        )
        .properties(width=_WIDTH, height=_HEIGHT)
        .configure(
            axis={"labelColor": INK, "gridColor": RULE, "domainColor": RULE, "tickColor": RULE, "labelFontSize": 11},
            view={"stroke": None},
            background="transparent",
            padding={"left": 8, "right": 4, "top": 2, "bottom": 2},
            autosize={"type": "fit-x", "contains": "padding"},
        )
    )
    return svg_of(chart.to_dict())


def _bars(overlay: Overlay, names: tuple[str, str], scale: float, unit: str) -> list[dict[str, object]]:
    """Return a rectangle per bin and table; a bin that gathers all beyond the fences is as wide as its neighbour."""
    shown = list(overlay.edges)
    if len(shown) > 2 and overlay.open_left:
        shown[0] = shown[1] - (shown[2] - shown[1])
    if len(shown) > 2 and overlay.open_right:
        shown[-1] = shown[-2] + (shown[-2] - shown[-3])
    found: list[dict[str, object]] = []
    for name, counts in zip(names, (overlay.data, overlay.other), strict=True):
        rows = sum(counts) or 1
        ends = zip(pairwise(shown), pairwise(overlay.edges), counts, strict=True)
        for (start, end), (low, high), count in ends:
            if count:
                told = f"{edge_text(low, unit)} to {edge_text(high, unit)}, {name}: {percent(count / rows)}"
                ends_of_bar = {"start": start * scale, "end": end * scale, "zero": 0, "share": count / rows}
                found.append({**ends_of_bar, "table": name, "told": told})
    return found
