"""What stands around every page: the thread at the side, the bar above, the palette, and the place for the page."""

from asyncio import to_thread
from collections.abc import Callable, Mapping
from urllib.parse import unquote, urlsplit

from nicegui import background_tasks, ui

from clew.studio.assets import asset_address
from clew.studio.routes import routes
from clew.studio.studio import Studio
from clew.studio.thread import PLACES, Place, place_address
from clew.studio.widgets.messages import show_error, trouble
from clew.studio.widgets.running import Running
from clew.studio.widgets.standing import standing_of


class Pages(ui.sub_pages):
    """The place for the page; what goes wrong in one is said there, and not only in a log."""

    def _render_404(self) -> None:
        trouble("There is no such page.", "Choose one at the left, or press Ctrl+K and type where you want to go.")

    def _render_error(self, error: Exception) -> None:
        show_error(error)


def build(studio: Studio) -> None:
    """Build the frame; the root page of the studio.

    Parameters
    ----------
    studio : Studio
        Handed on to the pages.
    """
    ui.add_head_html(_looks())
    client = ui.context.client
    content = client.content.classes("clew-content")
    # NiceGUI puts everything into a <main>; the one that a reader jumps to is ours, without the thread and the bar.
    outer = content.parent_slot.parent if content.parent_slot else content
    outer.props('role="none"')
    ui.html('<a class="skip" href="#content" data-skip>Skip to the content</a>', sanitize=False)
    with ui.element("div").classes("shell"):
        side = ui.element("aside").classes("side").props('id="side" aria-label="Thread of the project"')
        with ui.element("div").classes("stage"):
            head = ui.element("header").classes("head")

            known: dict[str, dict[str, str]] = {}

            def draw() -> None:
                name, key = _project(), _key()
                name = name if name in studio.workspace.names() else None
                with side.clear():
                    _side(name, key, known.get(name or "", {}))

            async def look(name: str) -> None:
                # Beside the event loop: a clew.yaml of thousands of columns takes a while to read.
                if name not in await to_thread(studio.workspace.names):
                    return
                stands = await to_thread(standing_of, studio, name)
                if known.get(name) != stands and not client.is_deleted:
                    known[name] = stands
                    with client:
                        draw()

            def thread() -> None:
                if (name := _project()) is not None:
                    background_tasks.create(look(name))

            def around(_: str = "") -> None:
                draw()
                with head.clear():
                    _head(studio, _project(), _key(), thread)
                thread()

            around()
            with ui.element("main").props('id="content" tabindex="-1"').classes("page"):
                Pages(routes(), data={"studio": studio})
    client.sub_pages_router.on_path_changed(around)


def _looks() -> str:
    """Return what loads the looks and the script: the same for everybody, nothing of it from data."""
    sheets = (f'<link rel="stylesheet" href="{asset_address(name)}">' for name in ("report.css", "studio.css"))
    return f'{"".join(sheets)}<script src="{asset_address("studio.js")}"></script>'


def _path() -> list[str]:
    parts = urlsplit(ui.context.client.sub_pages_router.current_path).path.strip("/").split("/")
    return [unquote(part) for part in parts]


def _project() -> str | None:
    parts = _path()
    return parts[1] if len(parts) > 1 and parts[0] == "project" else None


def _key() -> str:
    parts = _path()
    return parts[2] if len(parts) > 2 else ""


def _side(name: str | None, key: str, standing: Mapping[str, str]) -> None:
    with ui.element("a").props('href="/" aria-label="Clew: all projects"').classes("brand"):
        ui.html(_MARK, sanitize=False)
        ui.label("Clew")
    if name is None:
        ui.label("Choose a project, or drop a table to begin one.").classes("side-note")
        return
    ui.label(name).classes("side-project").tooltip(name)
    with ui.element("nav").props('aria-label="Lifecycle"'), ui.element("ol").classes("thread"):
        for place in PLACES:
            with ui.element("li").classes(f"node {standing.get(place.key, '')}"):
                _link(name, place, current=place.key == key, standing=standing.get(place.key))


def _link(name: str, place: Place, *, current: bool, standing: str | None) -> None:
    link = ui.element("a").classes("node-link")
    link._props["href"] = place_address(name, place)  # noqa: SLF001 - props() would parse what a folder is called
    if current:
        link.props('aria-current="page"')
    with link:
        ui.element("span").classes("dot").props('aria-hidden="true"')
        with ui.element("span").classes("node-words"):
            ui.label(place.title).classes("node-title")
            if standing:
                ui.label(standing).classes("node-state")


def _head(studio: Studio, name: str | None, key: str, on_change: Callable[[], None]) -> None:
    ui.html(
        '<button type="button" class="icon-button menu" data-menu aria-label="Open the thread" aria-expanded="false" '
        'aria-controls="side"><span></span><span></span><span></span></button>',
        sanitize=False,
    )
    with ui.element("nav").classes("crumbs").props('aria-label="Where you are"'):
        _crumb("Projects", "/")
        if name is not None:
            _crumb(name, place_address(name, ""))
            place = next((item for item in PLACES if item.key == key and key), None)
            if place is not None:
                ui.label(place.title).classes("crumb here")
    ui.element("div").classes("grow")
    if name is not None:
        Running(studio, name, on_change)
    palette = ui.element("button").classes("palette-open").props('type="button" data-palette')
    palette._props["data-project"] = name or ""  # noqa: SLF001 - as above
    with palette:
        ui.label("Go to …")
        ui.html("<kbd>Ctrl K</kbd>", sanitize=False)
    ui.html(_THEME, sanitize=False)
    ui.html(
        '<button type="button" class="icon-button" data-help aria-label="Keyboard shortcuts">?</button>', sanitize=False
    )


def _crumb(text: str, address: str) -> None:
    link = ui.element("a").classes("crumb")
    link._props["href"] = address  # noqa: SLF001 - props() would parse what a folder is called
    with link:
        ui.label(text)


_MARK = (
    '<svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true"><g fill="none" stroke="currentColor" '
    'stroke-width="2.200" stroke-linecap="round"><circle cx="15" cy="14" r="10"/><path d="M8 9c5 1 10 6 11.500 13.500'
    'M6.500 15c4.500 0 9 3.500 10 9M12 5c6 1 11 6.500 12.500 12.500M21.500 21.500c2.500 3 5 4.500 8 4.500"/></g></svg>'
)
_THEME = (
    '<button type="button" class="icon-button" data-theme-switch aria-label="Switch to the dark theme">'
    '<svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true"><circle cx="12" cy="12" r="8.5" fill="none" '
    'stroke="currentColor" stroke-width="1.8"/><path d="M12 3.5a8.5 8.5 0 0 1 0 17z" fill="currentColor"/></svg>'
    "</button>"
)
