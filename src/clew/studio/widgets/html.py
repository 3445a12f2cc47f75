"""The one door through which HTML reaches a page: what `clew.core.html` made, with every text escaped."""

from nicegui import ui

from clew.core.markup import Html


def html_of(content: Html) -> ui.html:
    """Show HTML that was made by `clew.core.html`.

    Parameters
    ----------
    content : Html
        Never a plain text: that is for `ui.label`.

    Raises
    ------
    TypeError
        If the text does not carry the mark of `clew.core.markup.Html`.
    """
    if not isinstance(content, Html):
        raise TypeError("Only Html of clew.core may be shown as HTML; show a text with ui.label.")
    return ui.html(content, sanitize=False)
