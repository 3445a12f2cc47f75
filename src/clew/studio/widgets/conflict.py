"""What the loser of two people who save at once is told: what changed meanwhile, and the ways out."""

from collections.abc import Awaitable, Callable

from nicegui import ui

from clew.core.errors import ConflictError
from clew.core.html import element
from clew.core.markup import Html
from clew.studio.widgets.buttons import primary, quiet
from clew.studio.widgets.html import html_of

_SIGNS = {"+": "added", "-": "removed", "@": "place"}


def show_conflict(
    error: ConflictError, reload: Callable[[], object], again: Callable[[], Awaitable[object]] | None = None
) -> None:
    """Show a dialog with what somebody else changed.

    Parameters
    ----------
    error : ConflictError
        What saving said.
    reload : callable
        Called to show the text as it stands now.
    again : callable, optional
        Makes the change once more, on the text as it stands now, for changes that fit any text.
    """

    async def repeat() -> None:
        dialog.close()
        if again is not None:
            await again()

    def drop() -> object:
        dialog.close()
        return reload()

    with (
        ui.dialog().props('persistent aria-label="Somebody else saved first"') as dialog,
        ui.card().classes("conflict"),
    ):
        ui.html("<h2>Somebody else saved first</h2>", sanitize=False)
        ui.label("Nothing of theirs was overwritten, and your change was not saved. This is what they changed:")
        html_of(difference_html(error.changes))
        with ui.element("div").classes("row-end"):
            if again is None:
                primary("Show the text as it is now", drop)
            else:
                primary("Make my change on top of theirs", repeat)
                quiet("Drop my change and show theirs", drop)
    dialog.open()


def difference_html(changes: str) -> Html:
    """Return a unified diff with the lines that came and went told apart."""
    lines = changes.split("\n")[2:] if changes else ["What was there before is not known any more."]
    shown = [element("span", f"{line}\n", class_=_SIGNS.get(line[:1])) for line in lines]
    return element("pre", *shown, class_="diff", tabindex="0", aria_label="What was changed")
