"""A text to be read or edited, with its syntax coloured to suit light and dark."""

from typing import Literal

from nicegui import ui
from nicegui.events import GenericEventArguments


def editor(
    text: str, language: Literal["YAML", "Python", "SQL"], label: str, *, readonly: bool = False
) -> ui.codemirror:
    """Show a text in an editor.

    Parameters
    ----------
    text : str
        The text.
    language : {"YAML", "Python", "SQL"}
        What it is written in.
    label : str
        What it is, for people who cannot see it.
    readonly : bool, default False
        Whether it can only be read.

    Returns
    -------
    ui.codemirror
        Its ``value`` is the text as it stands.
    """
    shown = ui.codemirror(text, language=language, theme=_theme(dark=False), line_wrapping=True).classes("editor")
    shown._props["aria-label"] = label  # noqa: SLF001 - no text of a user
    if readonly:
        shown.props("readonly disable")

    def suit(event: GenericEventArguments) -> None:
        if not shown.is_deleted:
            shown.set_theme(_theme(dark=bool(event.args)))

    ui.on("clew_theme", suit)
    # The page answers with the same event; nobody waits for it.
    ui.run_javascript("emitEvent('clew_theme', document.body.classList.contains('body--dark'))")
    return shown


def _theme(*, dark: bool) -> Literal["githubDark", "githubLight"]:
    return "githubDark" if dark else "githubLight"
