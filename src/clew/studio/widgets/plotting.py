"""One column, or any two together, as a picture: two lists to choose from."""

from asyncio import to_thread
from collections.abc import Callable

from nicegui import ui

from clew.core.markup import Html
from clew.explore.plot import plot
from clew.explore.sections.plot import plot_view
from clew.project.exploring import LearningRows
from clew.project.project import Project
from clew.studio.widgets.buttons import quiet
from clew.studio.widgets.html import html_of
from clew.studio.widgets.messages import show_error

_NONE = ""


class Plotting:
    """Two lists and the picture.

    Parameters
    ----------
    kept : LearningRows
        Brings the rows.
    project : Project
        An open one.
    names : sequence of str
        Columns to choose from.
    x, y : str
        Those that are chosen first; `y` may be empty.
    on_choice : callable
        Called with both when others are chosen.
    """

    def __init__(
        self,
        kept: LearningRows,
        project: Project,
        names: list[str],
        x: str,
        y: str,
        *,
        on_choice: Callable[[str, str], None],
    ) -> None:
        self.kept = kept
        self.project = project
        self.names = names
        self.x, self.y = x, y
        self.on_choice = on_choice
        self.asked = 0

    async def build(self) -> None:
        """Build the lists and draw."""
        with ui.element("div").classes("filters"):
            self.first = ui.select(
                self.names, value=self.x if self.x in self.names else None, label="Column", with_input=True
            )
            others = {_NONE: "alone", **{name: name for name in self.names}}
            self.second = ui.select(others, value=self.y if self.y in others else _NONE, label="With", with_input=True)
            for select in (self.first, self.second):
                select.props("outlined dense options-dense")
                select.on_value_change(self._changed)
            quiet("Swap", self._swap)
        self.place = ui.element("div").classes("plot-place").props('aria-live="polite"')
        await self._draw()

    async def _changed(self) -> None:
        chosen = str(self.first.value or ""), str(self.second.value or "")
        if chosen == (self.x, self.y):
            return
        self.x, self.y = chosen
        self.on_choice(*chosen)
        await self._draw()

    async def _swap(self) -> None:
        if not self.y:
            return
        self.x, self.y = self.y, self.x
        self.first.set_value(self.x)
        self.second.set_value(self.y)
        self.on_choice(self.x, self.y)
        await self._draw()

    async def _draw(self) -> None:
        self.asked += 1
        number = self.asked
        if not self.x:
            with self.place.clear():
                ui.label("Choose a column.").classes("lead")
            return
        try:
            view = await to_thread(_view, self.kept, self.project, self.x, self.y)
        except Exception as error:  # noqa: BLE001 - said in the place of the picture
            if number == self.asked:
                with self.place.clear():
                    show_error(error)
            return
        if number == self.asked:  # else another one was asked for meanwhile
            with self.place.clear():
                html_of(view)


def _view(kept: LearningRows, project: Project, x: str, y: str) -> Html:
    return plot_view(plot(kept.of(project).dataset, x, y or None))
