"""Saving a change of clew.yaml from a page: with a history, and with a way out where somebody else was quicker."""

from asyncio import to_thread
from collections.abc import Awaitable, Callable
from functools import partial

from nicegui import ui

from clew.core.errors import ConflictError
from clew.project.config import CONFIG_NAME
from clew.project.edits import FileText, History
from clew.project.project import Project
from clew.studio.widgets.buttons import quiet
from clew.studio.widgets.conflict import show_conflict
from clew.studio.widgets.messages import done, told

#: From a clew.yaml to the changed one.
Change = Callable[[str], str]


class Saver:
    """Saves changes of one project's clew.yaml; one object per visit.

    Parameters
    ----------
    project : Project
        The project.
    refresh : callable
        Builds the page anew after a change.
    """

    def __init__(self, project: Project, refresh: Callable[[], Awaitable[None]]) -> None:
        self._project = project
        self._refresh = refresh
        self._file = FileText(CONFIG_NAME, "", "")

    def reads(self, file: FileText) -> None:
        """Say which text the page shows now; changes are made from this one."""
        self._file = file

    async def save(self, title: str, change: Change) -> bool:
        """Change the text and save it; return whether it was saved.

        Parameters
        ----------
        title : str
            What the change does, for the history.
        change : callable
            From the text to the changed text.
        """
        return await self._save(self._file, title, change)

    async def _save(self, file: FileText, title: str, change: Change) -> bool:
        def work() -> FileText:
            return self._project.edits.write(CONFIG_NAME, change(file.text), expected=file.version, title=title)

        try:
            saved = await to_thread(work)
        except ConflictError as error:
            self._conflict(error, title, change)
            return False
        except Exception as error:  # noqa: BLE001 - said to the person, who keeps what was typed
            told(error)
            return False
        if saved == file:
            ui.notify("Nothing changed.", type="info")
            return True
        done(f"Saved: {title}")
        await self._refresh()
        return True

    def buttons(self, history: History) -> None:
        """Show undo and redo, each named after the change that it is about."""
        for word, title, action in (("Undo", history.undo, self._undo), ("Redo", history.redo, self._redo)):
            button = quiet(word, action).props(f"data-{word.lower()}")
            button._props["aria-label"] = f"{word}: {title}" if title else f"Nothing to {word.lower()}"  # noqa: SLF001
            if title is None:
                button.disable()
            else:
                button.tooltip(f"{word}: {title}")

    async def _undo(self) -> None:
        await self._step(self._project.edits.undo, "Undone")

    async def _redo(self) -> None:
        await self._step(self._project.edits.redo, "Redone")

    async def _step(self, step: Callable[..., FileText], word: str) -> None:
        try:
            await to_thread(step, CONFIG_NAME, expected=self._file.version)
        except ConflictError as error:
            self._conflict(error, "", None)
            return
        except Exception as error:  # noqa: BLE001 - said to the person
            told(error)
            return
        done(f"{word}.")
        await self._refresh()

    def _conflict(self, error: ConflictError, title: str, change: Change | None) -> None:
        """Show what somebody else did; a change of facts, rules or relations can be made on top of theirs."""
        current: FileText = error.current
        again = None if change is None else partial(self._save, current, title, change)
        show_conflict(error, self._refresh, again)
