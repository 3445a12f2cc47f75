"""A project at a glance: what needs attention, the latest figures, and what ran."""

from asyncio import to_thread

from nicegui import ui

from clew.core.html import badge, element, join, table, tiles
from clew.core.readable import number
from clew.project.overview import Attention, Overview, overview
from clew.project.project import Project
from clew.store.runs import Run
from clew.studio.studio import Studio
from clew.studio.thread import PLACES, place_address
from clew.studio.widgets.follow import follow
from clew.studio.widgets.html import html_of
from clew.studio.widgets.links import link_to
from clew.studio.widgets.messages import empty
from clew.studio.widgets.moments import ago
from clew.studio.widgets.notebooks import notebook_button
from clew.studio.widgets.run import run_button

_TONES = {"done": "good", "failed": "error", "running": "info", "interrupted": "warning"}


async def show(studio: Studio, name: str) -> None:
    """Build the page."""
    ui.page_title(f"{name} · Clew")
    project = studio.workspace.project(name)
    problem = project.config.file.problem
    known = await to_thread(overview, project)
    with ui.element("div").classes("page-head"):
        with ui.element("h1"):
            ui.label(name)
        ui.label(problem.question or f"Predict {problem.target}.").classes("lead")
    follow(project)
    _attention(name, project, known)
    _figures(known)
    _runs(known)
    with ui.element("div").classes("form-end"):
        notebook_button(studio, project)


def _attention(name: str, project: Project, known: Overview) -> None:
    ui.html("<h2>Needs attention</h2>", sanitize=False)
    if not known.runs:
        empty("Nothing has run yet", "Look at the rows first: they are read, kept as a version, and looked through.")
        run_button(project, "Read and explore the rows", "explore")
        return
    if not known.attention:
        ui.label("Nothing: no stage is out of date, and no gate or limit is broken.").classes("lead")
        _next(project, known)
        return
    with ui.element("ul").classes("attention"):
        for item in known.attention:
            _item(name, item)
    _next(project, known)


def _next(project: Project, known: Overview) -> None:
    """Offer what comes next along the thread."""
    stands = list(known.standing.items())
    waiting = [stage for stage, stand in stands if stand.value in {"outdated", "failed", "interrupted"}]
    never = [stage for stage, stand in stands if stand.value == "not yet"]
    with ui.element("div").classes("form-end"):
        if waiting:
            run_button(project, "Run what has changed", [s for s, stand in stands if stand.value != "not yet"][-1])
        if never:
            run_button(project, f"Run up to {never[-1]}", main=not waiting)


def _item(name: str, item: Attention) -> None:
    place = next((place for place in PLACES if item.place in place.stages), PLACES[0])
    with ui.element("li").classes(f"finding {item.severity.value}"):
        html_of(badge(item.severity.value, item.severity.value))
        link_to(item.title, place_address(name, place), classes="attention-title")
        ui.label(item.detail).classes("lead")


def _figures(known: Overview) -> None:
    if not known.figures:
        return
    ui.html("<h2>Latest figures</h2>", sanitize=False)
    shown = [
        (f.label, number(f.value), f"{number(f.low)} to {number(f.high)} (95 %), {number(f.rows)} rows")
        for f in known.figures
    ]
    html_of(tiles(shown))


def _runs(known: Overview) -> None:
    if not known.runs:
        return
    ui.html("<h2>Recent runs</h2>", sanitize=False)
    rows = [[run.id, run.stage, _state(run), ago(run.started), run.seconds] for run in known.runs]
    html_of(table(("Run", "Stage", "State", "Began", "Took, s"), rows))


def _state(run: Run) -> object:
    return join((badge(run.status, _TONES.get(run.status, "quiet")), element("span", "")))
