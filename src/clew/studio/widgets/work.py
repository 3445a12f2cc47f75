"""Work that runs while a page is open: its progress, a button that ends it, and what happens then."""

from collections.abc import Awaitable, Callable

from nicegui import ui

from clew.core.errors import ClewError
from clew.project.project import Project
from clew.store.jobs import ACTIVE
from clew.studio.widgets.buttons import quiet
from clew.studio.widgets.every import Every
from clew.studio.widgets.job_progress import Bar
from clew.studio.widgets.messages import told, trouble

#: Seconds between two looks at a job.
_EVERY_S = 0.4


class Work:
    """A job of the project, watched until it ends.

    Parameters
    ----------
    project : Project
        An open one.
    job : int
        The job.
    on_done : callable
        Called when it has ended well.
    """

    def __init__(self, project: Project, job: int, on_done: Callable[[], Awaitable[None]]) -> None:
        self.project = project
        self.job = job
        self.on_done = on_done

    def build(self) -> None:
        """Show the job where it stands."""
        self.place = ui.element("div").classes("work").props('role="status"')
        with self.place:
            self.says = ui.label("Waiting to begin …")
            self.bar = Bar("Progress of the work")
            quiet("Stop", self._stop)
        self.timer = Every(_EVERY_S, self._look)

    async def _look(self) -> None:
        job = self.project.jobs.get(self.job)
        if job.status in ACTIVE:
            self.says.set_text(job.message or job.title)
            self.bar.show(job.done)
            return
        self.timer.cancel()
        if job.status == "done":
            await self.on_done()
            return
        with self.place.clear():
            if job.error is not None:
                trouble(job.error.message, job.error.hint)
            else:
                ui.label("It was stopped.")
            quiet("Try again", self._again)

    def _stop(self) -> None:
        try:
            self.project.jobs.cancel(self.job)
        except ClewError as error:
            told(error)

    def _again(self) -> None:
        try:
            self.job = self.project.jobs.again(self.job).id
        except ClewError as error:
            told(error)
            return
        parent = self.place.parent_slot
        self.place.delete()
        if parent is not None:
            with parent:
                self.build()
