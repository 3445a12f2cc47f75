"""All projects of the workspace, and the place to begin a new one."""

from asyncio import to_thread

from nicegui import ui

from clew.core.readable import number
from clew.project.overview import Overview, overview
from clew.project.workspace import Entry
from clew.studio.studio import Studio
from clew.studio.thread import place_address
from clew.studio.widgets.drop import drop_zone
from clew.studio.widgets.links import link_to
from clew.studio.widgets.messages import empty


async def show(studio: Studio) -> None:
    """Build the page."""
    ui.page_title("Clew")
    entries = await to_thread(studio.workspace.entries)
    with ui.element("div").classes("page-head"):
        ui.html("<h1>Projects</h1>", sanitize=False)
        ui.label(f"In {studio.workspace.root}").classes("lead")
    with ui.element("div").classes("projects"):
        for entry in entries:
            await _card(studio, entry)
    if not entries:
        empty(
            "Nothing here yet",
            "A project is a folder with one question and the rows that answer it. Drop a table below: its columns are "
            "read, a question is proposed, and you confirm it.",
        )
    if not studio.workspace.alone:
        drop_zone()


async def _card(studio: Studio, entry: Entry) -> None:
    card = ui.element("article").classes("card project")
    with card:
        with ui.element("h3"):
            link_to(entry.name, place_address(entry.name, ""))
        if entry.config is None:
            ui.label(entry.error.message if entry.error else "").classes("bad")
            ui.label("Open it to see what is wrong.").classes("lead")
            return
        problem = entry.config.file.problem
        ui.label(problem.question or f"Predict {problem.target}.").classes("lead")
        known = await to_thread(overview, studio.workspace.project(entry.name))
        _known(known)


def _known(known: Overview) -> None:
    with ui.element("div").classes("tags"):
        stands = list(known.standing.values())
        done = sum(stand.value == "done" for stand in stands)
        ui.label(f"{done} of {len(stands)} stages done").classes("badge quiet")
        for item in known.attention[:2]:
            ui.label(item.title).classes(f"badge {item.severity.value}")
    if known.figures:
        first = known.figures[0]
        with ui.element("p").classes("figure"):
            ui.label(number(first.value)).classes("figure-value")
            ui.label(f"{first.label}, {number(first.low)} to {number(first.high)}, {number(first.rows)} rows")
