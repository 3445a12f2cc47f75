"""Cards of a table's columns, to be searched and filtered; drawn as far as somebody looks."""

from asyncio import to_thread
from typing import Any

from nicegui import ui

from clew.core.schema import Kind, Role
from clew.explore.cards import card_of
from clew.explore.look import Look
from clew.studio.widgets.buttons import quiet
from clew.studio.widgets.html import html_of
from clew.studio.widgets.messages import show_error

#: Cards that are drawn at once.
STEP = 12


class ColumnCards:
    """The cards of a table's columns.

    Parameters
    ----------
    look : Look
        The table.
    """

    def __init__(self, look: Look) -> None:
        self.look = look
        self.text = ""
        self.kind = self.role = ""
        self.with_missing = False
        self.shown = STEP
        #: Counts the questions, so that an answer that comes late does not overwrite a later one.
        self._asked = 0

    async def build(self) -> None:
        """Build the fields and the first cards."""
        kinds = {column.kind for column in self.look.schema}
        roles = {column.role for column in self.look.schema}
        with ui.element("div").classes("filters"):
            field = ui.input("Search columns", on_change=self._set("text")).props(
                "outlined dense clearable debounce=250"
            )
            field.classes("filter-text")
            self._choice("Kind", "kind", [kind.value for kind in Kind if kind in kinds])
            self._choice("Role", "role", [role.value for role in Role if role in roles])
            ui.checkbox("With missing values", on_change=self._set("with_missing"))
            self.count = ui.label().classes("grid-count").props("role=status")
        self.place = ui.element("div").classes("cards column-cards")
        self.more = ui.element("div").classes("more-cards")
        await self._draw()

    def _choice(self, label: str, name: str, values: list[str]) -> None:
        options = {"": "any", **{value: value for value in values}}
        ui.select(options, value="", label=label, on_change=self._set(name)).props("outlined dense options-dense")

    def _set(self, name: str) -> Any:
        async def changed(event: Any) -> None:
            setattr(self, name, event.value if event.value is not None else "")
            self.shown = STEP
            await self._draw()

        return changed

    async def _more(self) -> None:
        self.shown += STEP
        await self._draw(keep=True)

    async def _draw(self, *, keep: bool = False) -> None:
        self._asked += 1
        asked = self._asked
        found = await to_thread(
            self.look.find,
            self.text,
            kinds={self.kind} if self.kind else (),
            roles={self.role} if self.role else (),
            with_missing=self.with_missing,
        )
        total = len(self.look.schema)
        self.count.set_text(f"{total:,} columns" if len(found) == total else f"{len(found):,} of {total:,} columns")
        first = self.shown - STEP if keep else 0
        if not keep:
            self.place.clear()
        self.more.clear()
        for name in found[first : self.shown]:
            card = await to_thread(self._card, name)
            if asked != self._asked:
                return
            with self.place:
                html_of(card) if not isinstance(card, Exception) else show_error(card)
        with self.more:
            if len(found) > self.shown:
                quiet(f"Show {min(STEP, len(found) - self.shown)} more", self._more)
            elif not found:
                ui.label("No column is called or described like that.").classes("lead")

    def _card(self, name: str) -> Any:
        return card_of(self.look, name)
