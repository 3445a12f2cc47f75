"""The buttons of the studio; labels are plain text."""

from collections.abc import Callable
from typing import Any

from nicegui import ui


def primary(text: str, on_click: Callable[..., Any] | None = None) -> ui.button:
    """Show the one button that a page is about."""
    return _button(text, on_click, "primary")


def quiet(text: str, on_click: Callable[..., Any] | None = None) -> ui.button:
    """Show a button beside others."""
    return _button(text, on_click, "quiet")


def danger(text: str, on_click: Callable[..., Any] | None = None) -> ui.button:
    """Show a button that takes something away."""
    return _button(text, on_click, "quiet danger")


def _button(text: str, on_click: Callable[..., Any] | None, classes: str) -> ui.button:
    # Without a colour Quasar adds none of its own, whose rules no stylesheet outside its layers can undo.
    return ui.button(text, on_click=on_click, color=None).props("unelevated no-caps").classes(classes)
