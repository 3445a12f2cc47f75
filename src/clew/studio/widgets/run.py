"""Beginning a run of the project as a job."""

from nicegui import ui

from clew.core.errors import ClewError
from clew.project.project import Project
from clew.studio.widgets.buttons import primary, quiet
from clew.studio.widgets.messages import done, told


def run_button(project: Project, text: str, stage: str | None = None, *, main: bool = True) -> ui.button:
    """Show a button that runs the project up to a stage, as a job.

    Parameters
    ----------
    project : Project
        An open one.
    text : str
        What the button says.
    stage : str, optional
        Last stage to run; by default all.
    main : bool, default True
        Whether it is what the page is about.
    """

    def start() -> None:
        try:
            begin(project, text, stage)
        except ClewError as error:
            told(error)
            return
        button.disable()
        done("Begun. The sign above tells how far it is; you can go on meanwhile.")

    button = (primary if main else quiet)(text, start)
    if at_work(project):
        button.disable()
        ui.label("A run is at work; the sign above tells how far it is.").classes("lead")
    return button


def at_work(project: Project) -> bool:
    """Tell whether a run of the project is at work as a job."""
    return any(job.kind == "run" for job in project.jobs.running())


def begin(project: Project, title: str, stage: str | None = None) -> None:
    """Begin a run as a job, unless one that does as much is at work.

    Raises
    ------
    ClewError
        If it cannot be begun.
    """
    if not any(job.kind == "run" and job.arguments.get("stage") in {None, stage} for job in project.jobs.running()):
        project.jobs.start("run", title, {} if stage is None else {"stage": stage})
