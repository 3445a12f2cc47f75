"""The form in which facts about one column are stated, with the rows' answer while one types."""

from asyncio import to_thread
from collections.abc import Mapping
from functools import partial
from typing import Any

from nicegui import ui

from clew.collect.dataset import Dataset
from clew.core.schema import Kind, Role
from clew.explore.violations import Checked, check_column, does_not_apply
from clew.project.clewyaml import with_facts
from clew.project.modelling import difference_of, listed
from clew.studio.modelling.evidence import loading, show_checked
from clew.studio.modelling.saving import Saver
from clew.studio.widgets.buttons import primary, quiet
from clew.studio.widgets.every import Every

#: How long nothing is typed before the rows are asked, in milliseconds.
DEBOUNCE_MS = 250
_TEXTS = {"unit": "Unit", "pattern": "Pattern of the whole text", "available_after": "Known only after"}


class FactsForm:
    """The form of one column.

    Parameters
    ----------
    name : str
        The column.
    facts : mapping
        What clew.yaml states about it.
    data : Dataset or None
        The rows.
    saver : Saver
        Saves.
    """

    def __init__(self, name: str, facts: Mapping[str, Any], data: Dataset | None, saver: Saver) -> None:
        self.name = name
        self.facts = dict(facts)
        self.data = data if data is not None and name in data.schema else None
        self.saver = saver
        self.typed = dict(facts)
        self._asked = 0

    def build(self) -> None:
        """Build the form in the present slot."""
        with ui.element("h2"):
            ui.label(self.name)
        column = self.data.schema[self.name] if self.data else None
        with ui.element("div").classes("facts-form"):
            as_read = f"as read: {column.kind.value}" if column else "as read"
            self._choice("kind", "Kind", {"": as_read, **{item.value: item.value for item in Kind}})
            self._choice("role", "Role", {"": "feature", **{r.value: r.value for r in Role if r.value != "feature"}})
            self._number("minimum", "Minimum")
            self._number("maximum", "Maximum")
            for fact in ("unit", "available_after", "pattern"):
                self._text(fact, _TEXTS[fact])
            directions = {"": "no", "increasing": "increasing", "decreasing": "decreasing"}
            self._choice("monotonic", "Prediction follows it", directions)
            self._lines("allowed", "Allowed values, one a line")
            self._lines("order", "Order, lowest first, one a line")
            self._lines("description", "Description", plain=True)
            self._switch("nullable", "Every row must have a value", stated=False)
            self._switch("protected", "Protected: fairness is reported for it", stated=True)
        self.answer = ui.element("div").classes("answer").props('aria-live="polite"')
        with ui.element("div").classes("row-end"):
            primary("Save the facts", self._save)
            quiet("Take all back", self._clear).classes("danger")
        Every(0.01, self._ask, once=True)

    def _set(self, fact: str, value: Any) -> Any:
        self.typed[fact] = value
        return self._ask()

    def _choice(self, fact: str, label: str, options: Mapping[str, str]) -> None:
        known = self.facts.get(fact) or ""
        shown = dict(options) if known in options else {**options, known: str(known)}
        select = ui.select(shown, value=known, label=label, on_change=lambda e: self._set(fact, e.value or None))
        select.props("outlined dense options-dense")

    def _number(self, fact: str, label: str) -> None:
        field = ui.number(label, value=self.facts.get(fact), on_change=lambda e: self._set(fact, _whole(e.value)))
        field.props(f"outlined dense debounce={DEBOUNCE_MS}")

    def _text(self, fact: str, label: str) -> None:
        value = str(self.facts.get(fact) or "")
        field = ui.input(label, value=value, on_change=lambda e: self._set(fact, (e.value or "").strip() or None))
        field.props(f"outlined dense debounce={DEBOUNCE_MS}")

    def _lines(self, fact: str, label: str, *, plain: bool = False) -> None:
        known = self.facts.get(fact)
        value = str(known or "") if plain else "\n".join(map(str, known or ()))
        column = self.data.schema[self.name] if self.data else None

        def changed(event: Any) -> Any:
            typed = event.value or ""
            return self._set(fact, (typed.strip() or None) if plain else listed(typed, column))

        ui.textarea(label, value=value, on_change=changed).props(f"outlined dense autogrow debounce={DEBOUNCE_MS}")

    def _switch(self, fact: str, label: str, *, stated: bool) -> None:
        on = self.facts.get(fact) is stated
        ui.checkbox(label, value=on, on_change=lambda e: self._set(fact, stated if e.value else None)).props("dense")

    def _present(self) -> dict[str, Any]:
        return {fact: value for fact, value in self.typed.items() if value is not None}

    async def _ask(self) -> None:
        """Ask the rows; an answer that was overtaken by another question is dropped."""
        self._asked += 1
        number, facts = self._asked, self._present()
        if self.data is None:
            return
        if not self.answer.default_slot.children:
            with self.answer:
                loading()
        checked = await to_thread(check_column, self.data, self.name, facts)
        if number != self._asked or self.answer.is_deleted:
            return
        self.answer.clear()
        with self.answer:
            self._show(checked, facts)

    def _show(self, checked: Checked, facts: Mapping[str, Any]) -> None:
        rows = len(self.data) if self.data is not None else 0
        show_checked(checked, f"All {rows:,} rows agree.")
        for fact in does_not_apply(self.data, self.name, facts) if self.data is not None else ():
            ui.label(f"{fact} says nothing about values of this type; state a kind.").classes("lead")

    async def _save(self) -> None:
        changes = difference_of(self.facts, self.typed)
        if not changes:
            ui.notify("Nothing changed.", type="info")
            return
        title = f"{self.name}: {', '.join(changes)}"
        await self.saver.save(title, partial(with_facts, column=self.name, facts=changes))

    async def _clear(self) -> None:
        gone = dict.fromkeys(self.facts)
        await self.saver.save(f"{self.name}: take all facts back", partial(with_facts, column=self.name, facts=gone))


def _whole(value: float | None) -> float | int | None:
    return int(value) if isinstance(value, float) and value.is_integer() else value
