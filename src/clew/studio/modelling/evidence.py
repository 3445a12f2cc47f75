"""What rows say about a statement, with the rows that break it."""

from nicegui import ui

from clew.core.html import badge, element, join, table
from clew.core.markup import Html
from clew.core.readable import number, part
from clew.explore.violations import Checked, Violation
from clew.studio.widgets.html import html_of
from clew.studio.widgets.messages import trouble


def show_checked(checked: Checked, holds: str) -> None:
    """Show how a statement does on the rows.

    Parameters
    ----------
    checked : Checked
        The answer.
    holds : str
        What to say where nothing is broken.
    """
    if checked.error is not None:
        trouble(checked.error.message, checked.error.hint)
        return
    if not checked.violations:
        html_of(element("p", badge("holds", "good"), f" {holds}", class_="verdict"))
        return
    html_of(join(_violation(item) for item in checked.violations))


def verdict(checked: Checked | None) -> Html:
    """Return the state of a statement in a word."""
    if checked is None:
        return Html("")
    if checked.error is not None:
        return badge("cannot be checked", "error")
    if not checked.violations:
        return badge("holds", "good")
    gravest = min(checked.violations, key=lambda item: ("error", "warning", "info").index(item.severity.value))
    return badge(f"{number(checked.broken)} against it", gravest.severity.value)


def _violation(item: Violation) -> Html:
    what = part(item.broken, item.rows) if item.about != "repeated" else f"{number(item.broken)} keys"
    said = {"rule": "break it", "unmatched": item.says, "repeated": item.says.removeprefix("keys ")}
    text = f"{what} {said[item.about]}" if item.about in said else f"{what} against “{item.says}”"
    summary = element("summary", badge(item.severity.value, item.severity.value), f" {text}")
    names = list(item.cells[0]) if item.cells else []
    rows = [
        [position, *(row.get(name) for name in names)] for position, row in zip(item.positions, item.cells, strict=True)
    ]
    inside = table(("Row", *names), rows) if rows else element("p", "No single row stands for it.", class_="lead")
    return element("details", summary, inside, class_="evidence")


def loading() -> None:
    """Show that the rows are being looked at."""
    ui.label("Looking at the rows …").classes("lead")
