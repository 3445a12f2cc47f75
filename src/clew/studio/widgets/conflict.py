"""What the loser of two people who save at once is told: what changed meanwhile, and the ways out."""

from collections.abc import Callable

from nicegui import ui

from clew.core.errors import ConflictError
from clew.core.html import element, join
from clew.studio.widgets.buttons import primary
from clew.studio.widgets.html import html_of


def show_conflict(error: ConflictError, reload: Callable[[], object]) -> None:
    """Show a dialog with what somebody else changed.

    Parameters
    ----------
    error : ConflictError
        What saving said.
    reload : callable
        Called to show the text as it stands now.
    """

    def again() -> None:
        dialog.close()
        reload()

    with ui.dialog().props("persistent") as dialog, ui.card().classes("conflict"):
        ui.html("<h2>Somebody else saved first</h2>", sanitize=False)
        ui.label("Nothing of theirs was overwritten, and your change was not saved. This is what they changed:")
        html_of(element("pre", join(map(_line, error.changes.split("\n"))), class_="diff"))
        primary("Show the text as it is now", again)
    dialog.open()


def _line(line: str) -> object:
    kind = {"+": "added", "-": "removed"}.get(line[:1], "")
    return element("span", f"{line}\n", class_=kind or None)
