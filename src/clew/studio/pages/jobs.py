"""Long work of a project: what is at work and can be cancelled, what ended, and how."""

from asyncio import to_thread
from collections.abc import Callable
from typing import Any

from nicegui import ui

from clew.core.html import badge
from clew.project.job_outcome import outcome
from clew.project.project import Project
from clew.store.jobs import Job
from clew.studio.studio import Studio
from clew.studio.thread import report_address
from clew.studio.widgets.buttons import danger, primary, quiet
from clew.studio.widgets.every import Every
from clew.studio.widgets.html import html_of
from clew.studio.widgets.job_progress import Bar, share, took
from clew.studio.widgets.links import link_to
from clew.studio.widgets.messages import empty, told, trouble
from clew.studio.widgets.moments import ago

#: Seconds between two looks.
LOOK_S = 1.0
#: Jobs that are listed.
LISTED = 50
_TONES = {"done": "good", "failed": "error", "interrupted": "warning", "cancelled": "quiet"}


async def show(studio: Studio, name: str) -> None:
    """Build the page."""
    ui.page_title(f"Jobs · {name} · Clew")
    project = studio.workspace.project(name)
    with ui.element("div").classes("page-head"):
        with ui.element("h1"):
            ui.label("Jobs")
        ui.label(
            "Long work goes on when you close this tab, and when the studio itself ends. "
            "What was finished is kept, whatever happens to a job."
        ).classes("lead")
    page = JobsPage(project, name)
    page.draw(await to_thread(project.jobs.latest, LISTED))
    Every(LOOK_S, page.look, immediate=False)


class JobsPage:
    """The list, kept up to date.

    Parameters
    ----------
    project : Project
        Whose jobs are shown.
    name : str
        Its name in addresses.
    """

    def __init__(self, project: Project, name: str) -> None:
        self._project = project
        self._name = name
        self._place = ui.element("div").classes("jobs")
        self._at_work: dict[int, AtWork] = {}
        self._drawn: list[tuple[int, str]] | None = None

    async def look(self) -> None:
        """Look again; what goes on moves, and the list is drawn anew only when a job began or ended."""
        jobs = await to_thread(self._project.jobs.latest, LISTED)
        if [(job.id, job.status) for job in jobs] != self._drawn:
            self.draw(jobs)
        for job in jobs:
            if job.id in self._at_work:
                self._at_work[job.id].show(job)

    def draw(self, jobs: list[Job]) -> None:
        """Draw the list."""
        self._drawn = [(job.id, job.status) for job in jobs]
        self._at_work.clear()
        active = [job for job in jobs if job.active]
        ended = [job for job in jobs if not job.active]
        with self._place.clear():
            if not jobs:
                empty(
                    "No job yet",
                    "Exploring, training and writing prepared rows take a while, so they run as jobs: you see how far "
                    "they are, can cancel them, and find here what came of them. Running the project goes through "
                    "every stage of which something has changed.",
                    "Run the project",
                    self._run,
                )
                return
            ui.html("<h2>At work</h2>", sanitize=False)
            for job in active:
                self._at_work[job.id] = AtWork(job, self._cancel)
            if not active:
                with ui.element("div").classes("jobs-calm"):
                    ui.label("Nothing is at work.").classes("lead")
                    primary("Run the project", self._run)
            if ended:
                ui.html("<h2>Ended</h2>", sanitize=False)
                # An older report is written over by the next run.
                reported = next((job.id for job in ended if job.result and job.result.get("report")), None)
                with ui.element("ul").classes("job-list"):
                    for job in ended:
                        self._ended(job, reported=job.id == reported)

    def _ended(self, job: Job, *, reported: bool) -> None:
        with ui.element("li").classes("job panel"):
            with ui.element("div").classes("job-head"):
                with ui.element("div").classes("job-names"):
                    with ui.element("h3").classes("job-title"):
                        ui.label(job.title)
                    html_of(badge(job.status, _TONES.get(job.status, "quiet")))
                    ui.label(_when(job)).classes("job-when")
                again = quiet("Run again", lambda: self._again(job.id))
                again._props["aria-label"] = f"Run again: {job.title}"  # noqa: SLF001 - props() would parse the title
            for sentence in outcome(job):
                ui.label(sentence).classes("job-words")
            if reported:
                address = report_address(self._name, "index.html")
                link = link_to("Open the report", address, classes="report-link")
                link._props["target"] = "_blank"  # noqa: SLF001 - no text of a user, but the link's own
            if job.error is not None:
                trouble(job.error.message, job.error.hint)

    async def _run(self) -> None:
        await self._do(lambda: self._project.jobs.start("run", "Run the project", {}))

    async def _again(self, job: int) -> None:
        await self._do(lambda: self._project.jobs.again(job))

    async def _cancel(self, job: int) -> None:
        await self._do(lambda: self._project.jobs.cancel(job))

    async def _do(self, work: Callable[[], Any]) -> None:
        try:
            await to_thread(work)
        except Exception as error:  # noqa: BLE001 - said as a notice, and in the log where it is our fault
            told(error)
        await self.look()


class AtWork:
    """A job that waits or works.

    Parameters
    ----------
    job : Job
        As it stands now.
    on_cancel : callable
        Called with the job's number.
    """

    def __init__(self, job: Job, on_cancel: Callable[[int], Any]) -> None:
        with ui.element("section").classes("job panel at-work") as section:
            section._props["aria-label"] = job.title  # noqa: SLF001 - props() would parse the title
            with ui.element("div").classes("job-head"):
                with ui.element("div").classes("job-names"):
                    with ui.element("h3").classes("job-title"):
                        ui.label(job.title)
                    self._elapsed = ui.label().classes("job-when")
                self._button = danger("Cancel", lambda: on_cancel(job.id))
                self._button._props["aria-label"] = f"Cancel: {job.title}"  # noqa: SLF001 - as above
            with ui.element("div").classes("job-row"):
                self._bar = Bar(f"Progress of {job.title}")
                self._share = ui.label().classes("job-share")
            self._message = ui.label().classes("job-words")
        self.show(job)

    def show(self, job: Job) -> None:
        """Show how far it is."""
        self._bar.show(job.done)
        self._share.set_text(share(job))
        self._message.set_text(_capital(job.message))
        self._elapsed.set_text(took(job.seconds) if job.started else "about to begin")
        if job.cancelling and self._button.enabled:
            self._button.set_text("Cancelling \N{HORIZONTAL ELLIPSIS}")
            self._button.disable()


def _when(job: Job) -> str:
    moment = ago(job.ended or job.created)
    return f"{moment}, took {took(job.seconds)}" if job.started else moment


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
