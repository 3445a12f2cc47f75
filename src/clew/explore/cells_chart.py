"""Shares of two samples, cell by cell, as SVG."""

from collections.abc import Sequence

from clew.core.html import INK, PALETTE, QUIET, RULE
from clew.core.readable import percent
from clew.core.svg import drawable, literal, svg_of
from clew.explore.cells import Cells
from clew.explore.distance import shares

_WIDTH, _BAR, _CHARACTERS = 330, 26, 26
#: The cells that changed most are drawn, in their order.
_MOST_BARS = 16


def cells_chart(cells: Cells, then: str, now: str, *, colours: Sequence[str] | None = None) -> str:
    """Draw the share of the rows in each cell, then and now.

    Parameters
    ----------
    cells : Cells
        Counts; the cells whose share changed most, if there are very many.
    then, now : str
        What the two samples are called.
    colours : sequence of two str, optional
        Their colours, where the page says what they mean; by default a quiet and a loud one, with a legend.

    Returns
    -------
    str
        An SVG document in the colours of `clew.core.html`.
    """
    import altair as alt

    before, later = shares(cells.baseline), shares(cells.now)
    most = sorted(sorted(range(len(cells)), key=lambda place: -abs(later[place] - before[place]))[:_MOST_BARS])
    # A name that holds its place stays distinct when it is cut.
    names = {place: f"{_short(cells.labels[place])}" for place in most}
    values = [
        {
            "cell": place,
            "name": names[place],
            "when": when,
            "share": float(share[place]),
            "told": f"{names[place]}, {when}: {percent(float(share[place]))}",
        }
        for place in most
        for when, share in ((then, before), (now, later))
    ]
    lookup = "[" + ", ".join(literal(names[place]) for place in most) + "]"
    places = "[" + ", ".join(str(place) for place in most) + "]"
    axis = alt.Axis(
        labelExpr=f"{lookup}[indexof({places}, datum.value)]", labelLimit=150, ticks=False, domain=False, labelPadding=6
    )
    chart = (
        alt.Chart(alt.InlineData(values=values))
        .mark_bar(height=alt.RelativeBandSize(0.85))
        .encode(
            y=alt.Y("cell:O", title=None, axis=axis, sort=None),
            yOffset=alt.YOffset("when:N", sort=[then, now]),
            x=alt.X("share:Q", title=None, axis=alt.Axis(format="%", tickCount=4, domain=False)),
            color=alt.Color(
                "when:N",
                scale=alt.Scale(domain=[then, now], range=list(colours or (QUIET, PALETTE[1]))),
                legend=None if colours else alt.Legend(title=None, orient="bottom"),
            ),
            description="told:N",
        )
        .properties(width=_WIDTH, height=_BAR * len(most))
        .configure(
            axis={"labelColor": INK, "gridColor": RULE, "labelFontSize": 11},
            legend={"labelColor": INK, "labelFontSize": 12},
            view={"stroke": None},
            background="transparent",
            font="sans-serif",
            padding=2,
        )
    )
    return svg_of(chart.to_dict())


def _short(label: str) -> str:
    label = drawable(label)
    return label if len(label) <= _CHARACTERS else f"{label[: _CHARACTERS - 1]}…"
