"""What monitoring found, for a notebook; the page has the charts."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from clew.core.excerpt import findings, lines, many
from clew.core.html import badge, element, finding_list, fragment, tiles
from clew.core.readable import number, percent
from clew.monitor.drift import Measure, missing_share

if TYPE_CHECKING:
    from clew.monitor.report import MonitorReport


def report_view(report: "MonitorReport") -> str:
    """Return the verdict, the violations, and every column, those that shifted first."""
    shifted = sum(item.drifted for item in report.columns)
    told = f"{many(report.rows, 'row')} against {report.baseline_rows:,} training rows; model {report.model_id[:12]}"
    ordered = sorted(report.columns, key=lambda item: not item.drifted)
    listed = (
        (
            item.column,
            item.kind.value,
            badge("shifted", "error") if item.drifted else element("small", item.reason or ""),
            *(_measured(item.measures, name) for name in ("psi", "js")),
            f"{percent(missing_share(item.baseline))} → {percent(missing_share(item.now))}",
        )
        for item in ordered
    )
    estimated = [
        (f"Estimated {name}", number(figure["value"]), "without labels, if well calibrated")
        for name, figure in report.estimated.items()
    ]
    return fragment(
        element("h3", "Monitoring"),
        element("p", told, class_="lead"),
        tiles(
            (
                ("Result", badge("violated", "error") if report.violated else badge("within limits", "good")),
                ("Violations", number(len(report.violations))),
                ("Columns that shifted", number(shifted), f"of {number(len(report.columns))}"),
                *estimated,
            )
        ),
        findings(report.findings) or finding_list(()),
        lines(("Column", "Kind", "", "PSI", "JS", "Missing"), listed, len(ordered), "column", where=".columns"),
        title="Monitoring",
    )


def _measured(measures: Sequence[Measure], name: str) -> float | None:
    return next((item.value for item in measures if item.name == name), None)
