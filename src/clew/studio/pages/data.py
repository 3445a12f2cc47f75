"""The project's data: rows in a grid, a card for every column, versions and what changed, sources."""

from asyncio import to_thread

from nicegui import ui

from clew.studio.studio import Studio
from clew.studio.widgets.grid import dataset_grid
from clew.studio.widgets.messages import empty


async def show(studio: Studio, name: str, dataset: str = "", version: str = "", column: str = "") -> None:
    """Build the page."""
    ui.page_title(f"Data · {name} · Clew")
    project = studio.workspace.project(name)
    kept = await to_thread(project.datasets)
    with ui.element("div").classes("page-head"):
        ui.html("<h1>Data</h1>", sanitize=False)
    if not kept:
        empty("No rows yet", f"clew run {name} --stage collect")
        return
    data = kept[-1]
    look = await to_thread(studio.looks.get, name, data["name"], data["version"])
    made = dataset_grid((name, data["name"], data["version"]), look, on_column=lambda c: made.choose(c))
