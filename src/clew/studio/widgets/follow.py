"""Pages that show what stages came to follow them: when a stage has ended anew, the page is built again."""

from asyncio import to_thread

from nicegui import Client, background_tasks, ui

from clew.core.errors import ClewError
from clew.project.project import Project
from clew.project.results import latest_results
from clew.studio.widgets.every import Every

#: Seconds between two looks.
_LOOK_S = 2.0


def follow(project: Project) -> None:
    """Build the current page again as soon as any stage of a project has another result.

    Parameters
    ----------
    project : Project
        An open one.
    """
    seen: dict[str, int] | None = None
    client = ui.context.client

    async def look() -> None:
        nonlocal seen
        try:
            now = await to_thread(_runs, project)
        except ClewError:
            return  # the page itself says what is wrong with the project
        if seen is not None and now != seen:
            # By a task of its own: this one ends together with the page that it stands in.
            background_tasks.create(_again(client))
        seen = now

    Every(_LOOK_S, look)


async def _again(client: Client) -> None:
    with client:
        await client.sub_pages_router.refresh()


def _runs(project: Project) -> dict[str, int]:
    return {stage: found.run for stage, found in latest_results(project).items()}
