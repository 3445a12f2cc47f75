"""The report of monitoring as a page: what is wrong first, then each column, then the figures behind it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from clew.core.html import Entry, Html, Section, badge, chart, element, finding_list, join, page, table, tiles
from clew.core.readable import number, percent
from clew.explore.cells_chart import cells_chart
from clew.monitor.drift import MEASURES, ColumnDrift, missing_share

if TYPE_CHECKING:
    from clew.monitor.report import MonitorReport

#: Charts of columns that have not drifted are left out beyond so many.
_MOST_CHARTS = 60
#: What the two samples are called.
THEN, NOW = "training rows", "these rows"


def render(report: "MonitorReport") -> str:
    """Return the report as an HTML document.

    Parameters
    ----------
    report : MonitorReport
        What was found.
    """
    subtitle = f"{number(report.rows)} rows against {number(report.baseline_rows)} training rows"
    return page("Monitoring report", list(_sections(report)), subtitle=f"{subtitle}; model {report.model_id[:12]}")


def _sections(report: "MonitorReport") -> Iterator[Section]:
    names = {item.column: f"column-{place}" for place, item in enumerate(report.columns)}
    found = [item.to_finding() for item in report.violations]
    drawn = {item.column: names[item.column] for item in _drawn(report)}
    yield Section("summary", "Summary", _tiles(report))
    yield Section("violations", "Violations", finding_list(found, anchors=drawn), lead=_VIOLATIONS if found else "")
    if report.notices:
        yield Section("notices", "Notices", finding_list(item.to_finding() for item in report.notices))
    if report.performance:
        yield Section("performance", "Performance", _performance(report), lead="On labelled rows, with 95 % intervals.")
    if report.predictions:
        yield Section("predictions", "Predictions", _cards(report.predictions, {}), lead=_PREDICTIONS)
    if drawn:
        entries = [Entry(drawn[item.column], item.column, "shifted") for item in _drawn(report)]
        yield Section("columns", "Columns that shifted", _cards(_drawn(report), drawn), lead=_SHARES, entries=entries)
    yield Section("all", "All columns", _all_columns(report))


_VIOLATIONS = (
    "Every limit is about the size of a change; what chance alone does to samples of this size is added to it."
)
_PREDICTIONS = f"Shares of the {THEN} (as predicted when the model had not learnt from them) and of {NOW}."
_SHARES = f"Shares of the {THEN} and of {NOW}."


def _tiles(report: "MonitorReport") -> Html:
    shifted = sum(item.drifted for item in report.columns)
    items: list[tuple[str, object] | tuple[str, object, str]] = [
        ("Result", badge("violated", "error") if report.violated else badge("within limits", "good")),
        ("Rows", number(report.rows)),
        ("Violations", number(len(report.violations))),
        ("Columns that shifted", number(shifted), f"of {number(len(report.columns))}"),
    ]
    for metric, figure in report.estimated.items():
        items.append((f"Estimated {metric}", number(figure["value"]), "without labels, if well calibrated"))
    return tiles(items)


def _drawn(report: "MonitorReport") -> list[ColumnDrift]:
    return [item for item in report.columns if item.drifted and item.cells is not None][:_MOST_CHARTS]


def _cards(columns: list[ColumnDrift] | tuple[ColumnDrift, ...], anchors: dict[str, str]) -> Html:
    return element("div", *(_card(item, anchors.get(item.column)) for item in columns), class_="cards")


def _card(item: ColumnDrift, anchor: str | None) -> Html:
    drawing = None
    if item.cells is not None:
        label, before, later = item.cells.largest_change()
        told = (
            f"Shares of {item.column} then and now; most changed: {label}, {percent(before)} then, {percent(later)} now"
        )
        drawing = chart(cells_chart(item.cells, THEN, NOW), label=told)
    rows = [(MEASURES[measure.name], measure.value, measure.limit, measure.p_value) for measure in item.measures]
    figures = table(("measure", "value", "limit", "p-value"), rows)
    return element("article", element("h3", item.column), drawing, figures, class_="card", id=anchor)


def _performance(report: "MonitorReport") -> Html:
    rows = []
    for figure in report.performance:
        before = figure.baseline or {}
        now = figure.now.to_dict()
        rows.append(
            (
                figure.metric.label,
                now["value"],
                f"{number(now['low'])} to {number(now['high'])}",
                before.get("value"),
                f"{number(before.get('low'))} to {number(before.get('high'))}" if before else "",
                now["rows"],
            )
        )
    return table(("Metric", "Now", "95 %", "At training time", "95 %", "Rows"), rows)


def _all_columns(report: "MonitorReport") -> Html:
    rows = []
    for item in report.columns:
        values = {measure.name: measure.value for measure in item.measures}
        rows.append(
            (
                item.column,
                item.kind.value,
                badge("shifted", "error") if item.drifted else "" if item.measures else badge("not compared"),
                *(values.get(name) for name in MEASURES),
                f"{percent(missing_share(item.baseline))} → {percent(missing_share(item.now))}",
                percent(report.outside_seen.get(item.column)),
            )
        )
    headers = ("Column", "Kind", "", "PSI", "JS", "KS", "V", "Missing", "Beyond the range seen")
    body = table(headers, rows)
    reasons = [(item.column, item.reason) for item in report.columns if item.reason]
    if not reasons:
        return body
    return join((body, table(("Column", "Why it is not compared"), reasons)))
