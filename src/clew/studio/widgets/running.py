"""The small sign in the header: how many jobs are at work, how far the latest is, and a word when one ends."""

from asyncio import to_thread
from collections.abc import Callable
from typing import Literal

from nicegui import ui

from clew.core.errors import ClewError
from clew.store.jobs import Job
from clew.studio.studio import Studio
from clew.studio.thread import place_address
from clew.studio.widgets.every import Every
from clew.studio.widgets.job_progress import Bar, share

#: Seconds between two looks while something is at work, and while nothing is.
BUSY_S, CALM_S = 1.0, 3.0
_ENDS: dict[str, tuple[str, Literal["positive", "negative", "warning"]]] = {
    "done": ("is done", "positive"),
    "failed": ("failed", "negative"),
    "interrupted": ("was interrupted", "warning"),
}


class Running:
    """The sign; it looks by one timer, which ends with the element that it stands in.

    Parameters
    ----------
    studio : Studio
        Where the project is.
    name : str
        The project.
    on_change : callable, optional
        Called when a job has begun or ended.
    """

    def __init__(self, studio: Studio, name: str, on_change: Callable[[], object] | None = None) -> None:
        self._studio = studio
        self._name = name
        self._on_change = on_change
        self._known: dict[int, Job] | None = None
        self._link = ui.element("a").classes("jobs-sign")
        self._link._props["href"] = place_address(name, "jobs")  # noqa: SLF001 - props() would parse the name
        with self._link:
            ui.element("span").classes("sign-dot").props("aria-hidden=true")
            self._count = ui.label()
            self._words = ui.label().classes("sign-words")
            self._bar = Bar("Progress of the latest job")
        self._link.set_visibility(False)
        self._timer = Every(CALM_S, self._look)

    async def _look(self) -> None:
        try:
            jobs = await to_thread(self._running)
        except ClewError:
            return  # the page itself says what is wrong with the project
        self._show(jobs)
        before, self._known = self._known, {job.id: job for job in jobs}
        if before is not None and before.keys() != self._known.keys():
            for number in before.keys() - self._known.keys():
                _tell_end(await to_thread(self._get, number))
            if self._on_change is not None:
                self._on_change()

    def _running(self) -> list[Job]:
        return self._studio.workspace.project(self._name).jobs.running()

    def _get(self, number: int) -> Job:
        return self._studio.workspace.project(self._name).jobs.get(number)

    def _show(self, jobs: list[Job]) -> None:
        self._timer.interval = BUSY_S if jobs else CALM_S
        if self._link.visible != bool(jobs):
            self._link.set_visibility(bool(jobs))
        if jobs:
            # One that waits for another says nothing of how far it is.
            shown = next((job for job in jobs if job.done is not None), jobs[0])
            noun = "job" if len(jobs) == 1 else "jobs"
            self._count.set_text(str(len(jobs)))
            self._words.set_text(f"{noun} \N{MIDDLE DOT} {share(shown)}" if share(shown) else noun)
            self._bar.show(shown.done)


def _tell_end(job: Job) -> None:
    if job.status in _ENDS:
        words, kind = _ENDS[job.status]
        ui.notify(f"{job.title} {words}.", type=kind, timeout=5000)
