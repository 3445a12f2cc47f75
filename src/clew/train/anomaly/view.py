"""Anomalies for people: a summary for a notebook, and a report as one page."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from clew.core.excerpt import cut, findings, many
from clew.core.html import Html, Section, chart, element, finding_list, fragment, join, page, table, tiles
from clew.core.readable import number, percent
from clew.train.points.charts import counts, scatter
from clew.train.points.view import compared

if TYPE_CHECKING:
    from clew.train.anomaly.detector import Anomaly
    from clew.train.anomaly.reasons import Reason
    from clew.train.anomaly.result import AnomalyResult

#: Rows in a notebook, and bars of the scores.
_SHOWN, _BARS = 10, 40
_METHOD = """\
A score below 0 is anomalous; the lower, the odder. It says that a row is unlike the others, not that it is wrong: \
whether it matters is for people who know the field.
A reason is a column in which a typical value (the median, or the most frequent label) would make the row less odd. \
The effect says by how much the score would rise; columns are put at their typical values one after the other, so \
effects add up. A row without reasons is odd in so many columns at once that none of them helps alone.\
"""
_HOW = {
    "isolation_forest": "Random cuts through the columns set an odd row apart sooner than others (isolation forest).",
    "lof": "Around an odd row lie fewer rows than around its neighbours (local outlier factor).",
    "robust_covariance": "An odd row lies far from the middle, in the scale of the densest half of the rows.",
}


def anomaly_view(result: "AnomalyResult") -> str:
    """Return the oddest rows for a notebook."""
    return fragment(element("h3", "Anomalies"), *_summary(result), title="Anomalies")


def _summary(result: "AnomalyResult") -> Iterator[Html | None]:
    yield _tiles(result)
    yield _rows(result.anomalies[:_SHOWN]) if result.anomalies else None
    yield findings(result.findings)


def anomaly_page(result: "AnomalyResult") -> str:
    """Return the report as an HTML document that needs nothing else."""
    sections = [
        Section(
            "overview",
            "Overview",
            join((_tiles(result), compared(result.detector.points, "compared by"))),
            lead=_HOW[result.detector.algorithm],
        ),
        Section("findings", "Findings", finding_list(result.findings)),
        Section("scores", "Scores", _scores(result)),
    ]
    if result.anomalies:
        lead = "The oddest rows, with the columns that make them so."
        sections.append(Section("rows", "Rows", _rows(result.anomalies), lead=lead))
    sections.append(Section("method", "How to read this", join(element("p", line) for line in _METHOD.splitlines())))
    return page("Anomalies", sections, subtitle=f"{many(len(result.scores), 'row')}, by {result.detector.algorithm}")


def _tiles(result: "AnomalyResult") -> Html:
    return tiles(
        (
            ("Anomalous rows", number(result.count), percent(result.share)),
            ("Rows", number(len(result.scores)), ""),
            ("Columns", number(len(result.detector.points.compared)), "that rows are compared by"),
        )
    )


def _scores(result: "AnomalyResult") -> Html:
    edges = np.histogram_bin_edges(result.scores, _BARS)
    inside, _ = np.histogram(result.scores, edges)
    bars = counts(edges.tolist(), inside.tolist(), marked=0.0)
    drawn = chart(bars, label="Rows by score", caption="Left of the line is anomalous.")
    called = {-1: "not anomalous", 1: "anomalous"}
    caption = "Anomalous rows in colour, along the two directions in which rows differ most."
    seen = chart(scatter(result.picture, called), label="Rows in two directions", caption=caption)
    cards = (element("article", part, class_="card") for part in (drawn, seen))
    return element("div", *cards, class_="cards")


def _rows(shown: tuple["Anomaly", ...]) -> Html:
    lines = [
        (str(item.row), round(item.score, 4), "yes" if item.anomalous else "no", _told(item.reasons)) for item in shown
    ]
    return table(("Row", "Score", "Anomalous", "Because"), lines)


def _told(known: tuple["Reason", ...]) -> Html:
    if not known:
        return element("span", "of its values together; none alone")
    return join(element("div", element("code", item.column), f" {_value(item)}: {item.usual}") for item in known)


def _value(item: "Reason") -> str:
    if item.value is None:
        return ""
    return number(item.value) if isinstance(item.value, float) else cut(item.value)
