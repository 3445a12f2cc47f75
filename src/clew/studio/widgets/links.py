"""Links that take any text: what a column or folder is called is never read as markup or as properties."""

from nicegui import ui


def link_to(text: str, address: str, *, classes: str = "") -> ui.element:
    """Show a link.

    Parameters
    ----------
    text : str
        What it says.
    address : str
        Where it leads: a quoted path of the studio.
    classes : str, optional
        Names of its looks.
    """
    link = ui.element("a").classes(classes)
    link._props["href"] = address  # noqa: SLF001 - props() would parse the text
    with link:
        ui.label(text)
    return link
