"""Reading a project's source as a job, from a page that shows its rows."""

from asyncio import sleep, to_thread
from collections.abc import Awaitable, Callable

from nicegui import ui

from clew.core.errors import ClewError
from clew.project.project import Project
from clew.studio.widgets.buttons import primary, quiet
from clew.studio.widgets.messages import show_error, told, trouble

#: Seconds between two looks at the job.
_LOOK_S = 0.3


def collect_button(project: Project, text: str, then: Callable[[], Awaitable[object]], *, first: bool) -> None:
    """Show a button that reads the source, and what the reading is about.

    Parameters
    ----------
    project : Project
        Whose rows.
    text : str
        What the button says.
    then : callable
        Awaited when the rows were read.
    first : bool
        Whether it is what the page is about.
    """

    async def clicked() -> None:
        button.disable()
        note.clear()
        with note:
            ui.label("Reading the rows …").classes("waiting")
        try:
            job = await to_thread(project.jobs.start, "run", "Collect the rows", {"stage": "collect"})
            while job.active and not note.is_deleted:
                # No thread waits for it: the server could not stop before it ended.
                await sleep(_LOOK_S)
                job = await to_thread(project.jobs.get, job.id)
        except ClewError as error:
            job = None
            told(error)
        if note.is_deleted:
            return
        button.enable()
        with note.clear():
            if job is not None and job.error is not None:
                trouble(job.error.message, job.error.hint)
            elif job is not None and job.status != "done":
                trouble(f"Reading the rows was {job.status}.", "Try it again.")
        if job is not None and job.status == "done":
            try:
                await then()
            except Exception as error:  # noqa: BLE001 - said in the page, and in the log where it is our fault
                if not note.is_deleted:
                    with note:
                        show_error(error)

    button = (primary if first else quiet)(text, clicked)
    note = ui.element("div")
