"""Which address shows which page."""

import inspect
from asyncio import to_thread
from typing import Any

from nicegui import ui

from clew.studio.pages import data, domain, explore, home, jobs, new, overview, prepare, stage
from clew.studio.studio import Page
from clew.studio.widgets.messages import show_error


def routes() -> dict[str, Page]:
    """Return the pages by their address; what stands in braces is given to the page by name."""
    pages: dict[str, Page] = {
        "/": home.show,
        "/new/{upload}": new.show,
        "/project/{name}": overview.show,
        "/project/{name}/domain": domain.show,
        "/project/{name}/data": data.show,
        "/project/{name}/explore": explore.show,
        "/project/{name}/prepare": prepare.show,
        "/project/{name}/jobs": jobs.show,
        **{f"/project/{{name}}/{key}": stage.page(key) for key in stage.STAGES},
    }
    return {address: _safely(page) for address, page in pages.items()}


def _safely(page: Page) -> Page:
    """Return a page that says in its own place what goes wrong while it is built."""

    async def shown(**given: Any) -> None:
        place = ui.element("div").classes("page-body")
        with place:
            try:
                if "name" in given and "studio" in given:
                    # Read beside the event loop, so that a large clew.yaml keeps nobody else waiting.
                    await to_thread(given["studio"].workspace.entry, given["name"])
                built = page(**given)
                if inspect.isawaitable(built):
                    await built
            except Exception as error:  # noqa: BLE001 - said on the page, and in the log where it is our fault
                place.clear()
                show_error(error)

    shown.__signature__ = inspect.signature(page)  # type: ignore[attr-defined]
    return shown
