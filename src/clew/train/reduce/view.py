"""Components for people: a summary for a notebook, and a report as one page."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from clew.core.excerpt import findings, lines, many
from clew.core.html import Html, Section, chart, element, finding_list, fragment, join, page, tiles
from clew.core.readable import number, percent
from clew.train.points.charts import lines as line_chart
from clew.train.points.charts import scatter
from clew.train.points.view import compared

if TYPE_CHECKING:
    from clew.train.reduce.result import ReduceResult

_METHOD = """\
Components are directions in which rows differ most, uncorrelated with each other (principal components). Columns are \
put on one scale before; what a recipe makes of one column shares its weight.
A weight says how much of a term, in standard deviations, goes into the number. The sign of a component means nothing: \
it is chosen such that the largest weight is positive.\
"""


def reduce_view(result: "ReduceResult") -> str:
    """Return the components for a notebook."""
    return fragment(element("h3", "Components"), *_summary(result), title="Components")


def _summary(result: "ReduceResult") -> Iterator[Html | None]:
    yield _tiles(result)
    yield _listed(result)
    yield findings(result.findings)


def reduce_page(result: "ReduceResult") -> str:
    """Return the report as an HTML document that needs nothing else."""
    sections = [
        Section("overview", "Overview", join((_tiles(result), compared(result.reduction.points, "reduced")))),
        Section("findings", "Findings", finding_list(result.findings)),
        Section("components", "Components", _listed(result)),
        Section("charts", "Charts", _charts(result)),
        Section("method", "How to read this", join(element("p", line) for line in _METHOD.splitlines())),
    ]
    return page("Components", sections, subtitle=many(len(result.values), "row"))


def _tiles(result: "ReduceResult") -> Html:
    made = result.components
    return tiles(
        (
            ("Numbers a row", number(len(made)), f"of {many(len(result.reduction.points.compared), 'column')}"),
            ("Explained", percent(made[-1].cumulative), "of the variance"),
            ("Rows", number(len(result.values)), ""),
        )
    )


def _listed(result: "ReduceResult") -> Html:
    rows = (
        (
            f"pc_{component.number}",
            percent(component.explained),
            percent(component.cumulative),
            join((join((element("code", term), f" {weight:+.2f}")) for term, weight in component.weights), ", "),
        )
        for component in result.components
    )
    headers = ("Number", "Explains", "With those before", "Largest weights")
    return lines(headers, rows, len(result.components), "component", where=".components")


def _charts(result: "ReduceResult") -> Html:
    made = result.components
    places, shares = [c.number for c in made], [c.cumulative for c in made]
    curve = line_chart(places, shares, titles=("components", "Share of the variance explained"), marked=None)
    parts = [
        chart(curve, label="Share of the variance by number of components"),
        chart(scatter(result.picture, {0: "row"}), label="Rows along the first two components"),
    ]
    return element("div", *(element("article", part, class_="card") for part in parts), class_="cards")
