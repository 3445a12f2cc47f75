"""What pages say when something is wrong, empty, or done."""

import logging
from collections.abc import Callable

from nicegui import ui

from clew.core.errors import ClewError
from clew.studio.widgets.buttons import primary

_LOG = logging.getLogger("clew.studio")


def trouble(message: str, hint: str | None = None) -> None:
    """Show what is wrong and the way out, in the page."""
    with ui.element("div").classes("trouble").props('role="alert"'):
        ui.label(message).classes("trouble-what")
        if hint:
            ui.label(hint).classes("trouble-hint")


def show_error(error: Exception) -> None:
    """Show an error in the page: its sentence, or that it is our fault where it is none of ours; the log has it all."""
    if isinstance(error, ClewError):
        trouble(error.message, error.hint)
        return
    _LOG.error("A page failed.", exc_info=error)
    trouble(
        f"Something went wrong here that is our fault ({type(error).__name__}).",
        "The server's log has the details. Nothing was changed; go back, or try again.",
    )


def told(error: Exception) -> None:
    """Say an error as a notice, for what a button was to do."""
    if isinstance(error, ClewError):
        text = f"{error.message} {error.hint}" if error.hint else error.message
    else:
        _LOG.error("An action failed.", exc_info=error)
        text = f"Something went wrong that is our fault ({type(error).__name__}); the server's log has the details."
    ui.notify(text, type="negative", multi_line=True, timeout=12000, close_button="Close")


def done(text: str) -> None:
    """Say that something was done."""
    ui.notify(text, type="positive", timeout=4000)


def empty(title: str, text: str, action: str | None = None, on_click: Callable[[], object] | None = None) -> None:
    """Show that there is nothing yet, what would be here, and how to get it."""
    with ui.element("div").classes("nothing"):
        ui.label(title).classes("nothing-title")
        ui.label(text).classes("nothing-text")
        if action is not None:
            primary(action, on_click)
