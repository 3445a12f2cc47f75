"""How results that several commands share look to people."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from clew.cli.output import show_table

if TYPE_CHECKING:
    from rich.console import Console

#: More findings are counted, not shown.
MAX_FINDINGS = 30


def show_findings(console: "Console", findings: Sequence[Mapping[str, Any]]) -> None:
    """Write findings, the most severe first."""
    if not findings:
        return
    rank = {"error": 0, "warning": 1, "info": 2}
    ordered = sorted(findings, key=lambda finding: rank[finding["severity"]])
    rows = [[item["severity"], item["code"], item["column"] or "", item["detail"]] for item in ordered[:MAX_FINDINGS]]
    show_table(console, ["", "code", "column", "what deserves attention"], rows)
    if len(ordered) > MAX_FINDINGS:
        console.print(f"… and {len(ordered) - MAX_FINDINGS} more; --format json has all.")


def show_metrics(console: "Console", metrics: Mapping[str, Mapping[str, Any]]) -> None:
    """Write figures with their intervals and numbers of rows."""
    rows = [[name, item["value"], item["low"], item["high"], item["rows"]] for name, item in metrics.items()]
    show_table(console, ["metric", "value", "low", "high", "rows"], rows)
