"""Opening a project in a notebook, its objects loaded."""

from asyncio import to_thread

from nicegui import ui

from clew.core.errors import ClewError
from clew.project.notebook import write_notebook
from clew.project.project import Project
from clew.studio.studio import Studio
from clew.studio.widgets.buttons import quiet
from clew.studio.widgets.messages import told


def notebook_button(studio: Studio, project: Project) -> None:
    """Show a button that writes the project's notebook and starts JupyterLab; a link to it takes the button's place.

    Beyond this machine there is none: JupyterLab listens on the loopback address only.

    Parameters
    ----------
    studio : Studio
        Whose servers are used.
    project : Project
        An open one.
    """
    if not studio.local:
        return
    place = ui.element("span")

    async def start() -> None:
        button.disable()
        button.set_text("Starting JupyterLab …")
        try:
            await to_thread(write_notebook, project)
            server = await to_thread(studio.notebooks.open, project.folder)
        except ClewError as error:
            told(error)
            button.set_text("Open in a notebook")
            button.enable()
            return
        place.clear()
        with place:
            ui.link("Notebook is ready: open it", server.url(), new_tab=True).classes("notebook-link")

    with place:
        button = quiet("Open in a notebook", start)
