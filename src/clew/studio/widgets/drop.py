"""The place where a table is dropped; the script of the studio sends it and goes on to the confirmation."""

from nicegui import ui

from clew.collect.formats import ENDINGS
from clew.core.html import element, join
from clew.core.markup import Html
from clew.studio.widgets.html import html_of


def drop_zone() -> None:
    """Show a place to drop a file, or to choose one."""
    accept = ",".join((*ENDINGS, ".gz", ".zst"))
    field = Html(f'<input type="file" id="drop-file" class="unseen" data-drop-file accept="{accept}">')
    words = element("span", "Drop a table here, or choose a file", class_="drop-title")
    kinds = element("span", f"{', '.join(ending[1:] for ending in ENDINGS)}; up to 1 GB", class_="drop-note")
    label = element("label", words, kinds, for_="drop-file", class_="drop-label")
    bar = element("progress", max="1", value="0", aria_label="Sending the file", hidden=True, data_drop_bar=True)
    said = element("p", "", role="alert", class_="bad", data_drop_error=True, hidden=True)
    html_of(element("div", join((field, label, bar, said)), class_="drop", data_drop=True))
    ui.label("The file stays on this machine: it goes into the new project's folder.").classes("lead")
