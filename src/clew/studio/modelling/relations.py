"""How tables belong together: drawn, listed with the keys that do not fit, and edited."""

from asyncio import to_thread
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from nicegui import ui

from clew.collect.dataset import Dataset
from clew.core.errors import ClewError
from clew.define.domain import Relation
from clew.explore.violations import Checked
from clew.project.clewyaml import with_relation, without_relation
from clew.project.modelling import Stated, as_of_fields, check_relations, keys_text, relation_of, tables
from clew.project.project import Project
from clew.studio.modelling.diagram import diagram
from clew.studio.modelling.evidence import loading, show_checked
from clew.studio.modelling.facts import DEBOUNCE_MS
from clew.studio.modelling.saving import Saver
from clew.studio.widgets.buttons import danger, primary, quiet
from clew.studio.widgets.every import Every
from clew.studio.widgets.html import html_of
from clew.studio.widgets.messages import empty, show_error, trouble

_KINDS = {"many_to_one": "many to one", "one_to_one": "one to one", "one_to_many": "one to many"}
_AS_OF = {
    "left": "Time, left",
    "right": "Time, right",
    "offset": "Known until (e.g. -3h)",
    "tolerance": "At most this old",
}


class Relations:
    """The section with the relations.

    Parameters
    ----------
    project : Project
        The project, whose tables are read when they are needed.
    names : sequence of str
        The tables of the project, the main one first.
    stated : Stated
        What clew.yaml states.
    saver : Saver
        Saves.
    """

    def __init__(self, project: Project, names: Sequence[str], stated: Stated, saver: Saver) -> None:
        self.project = project
        self.names = list(names)
        self.stated = stated
        self.saver = saver
        self.data: dict[str, Dataset] | None = None
        self._asked = 0

    def build(self) -> None:
        """Build the section in the present slot."""
        ui.html("<h2>Relations between tables</h2>", sanitize=False)
        ui.label("Which row of another table belongs to a row, and as of when it was known.").classes("lead")
        if len(self.names) < 2 and not self.stated.relations:
            empty(
                "One table, no relations",
                "State further tables under data.tables in clew.yaml, each with its source; then say here by which "
                "columns their rows belong to the main table.",
            )
            return
        with ui.element("div").classes("relations-scroll").props('tabindex="0" role="group" aria-label="Diagram"'):
            html_of(diagram(self.names, self.stated.relations))
        self.answers = [self._listed(relation) for relation in self.stated.relations]
        self.form = ui.element("div").classes("statement-form")
        self._close()
        Every(0.01, self._check, once=True)

    def _listed(self, relation: Relation) -> ui.element:
        with ui.element("div").classes("statement"):
            with ui.element("div").classes("statement-head"):
                with ui.element("div").classes("statement-words"):
                    ui.label(f"{relation.left} → {relation.right}").classes("statement-name")
                    keys = ", ".join(keys_text(relation).splitlines())
                    asked = f", as of {relation.as_of.left} {relation.as_of.offset}" if relation.as_of else ""
                    ui.label(f"{keys}; {_KINDS[relation.kind]}{asked}").classes("code")
                quiet("Edit", partial(self._edit, relation)).props("dense")
                danger("Remove", partial(self._remove, relation)).props("dense")
            return ui.element("div").classes("answer").props('aria-live="polite"')

    async def _check(self) -> None:
        for place in self.answers:
            with place:
                loading()
        try:
            self.data = await to_thread(tables, self.project)
            found = await to_thread(check_relations, self.data, self.stated.relations)
        except ClewError as error:
            self.data = None
            for place in self.answers:
                place.clear()
            if self.answers and not self.answers[0].is_deleted:
                with self.answers[0]:
                    show_error(error)
            return
        for place, checked in zip(self.answers, found, strict=True):
            if not place.is_deleted:
                self._answer(place, checked)

    @staticmethod
    def _answer(place: ui.element, checked: Checked) -> None:
        place.clear()
        with place:
            show_checked(checked, "Every row finds its row, and no key repeats.")

    def _edit(self, relation: Relation | None) -> None:
        left, right = (relation.left, relation.right) if relation else (self.names[0], self.names[-1])
        self.typed: dict[str, Any] = {
            "left": left,
            "right": right,
            "keys": keys_text(relation) if relation else "",
            "kind": relation.kind if relation else "many_to_one",
        }
        self.moments = as_of_fields(relation.as_of if relation else None)
        self.form.clear()
        with self.form:
            ui.html("<h3>Relation</h3>", sanitize=False)
            self._fields()
            self.answer = ui.element("div").classes("answer").props('aria-live="polite"')
            with ui.element("div").classes("row-end"):
                primary("Save the relation", partial(self._save, relation))
                quiet("Cancel", self._close)
        Every(0.01, self._ask, once=True)

    def _fields(self) -> None:
        typed, props = self.typed, f"outlined dense debounce={DEBOUNCE_MS}"
        with ui.element("div").classes("facts-form"):
            for key, label, options in (
                ("left", "Table", None),
                ("right", "Other table", None),
                ("kind", "Rows", _KINDS),
            ):
                known: Mapping[str, str] = options or {name: name for name in [*self.names, typed[key]]}
                ui.select(dict(known), value=typed[key], label=label, on_change=partial(self._set, typed, key)).props(
                    "outlined dense"
                )
            ui.textarea(
                "Keys, one a line: dest = faa", value=typed["keys"], on_change=partial(self._set, typed, "keys")
            ).props(f"{props} autogrow")
            for key, label in _AS_OF.items():
                ui.input(label, value=self.moments[key], on_change=partial(self._set, self.moments, key)).props(props)

    def _set(self, holder: dict[str, Any], key: str, event: Any) -> Any:
        holder[key] = event.value or ""
        return self._ask()

    def _relation(self) -> tuple[Relation | None, ClewError | None]:
        typed, moments = self.typed, dict(self.moments)
        if not moments["left"].strip() and not moments["right"].strip():
            moments = {}
        return relation_of(typed["left"], typed["right"], typed["keys"], typed["kind"], moments)

    async def _ask(self) -> None:
        self._asked += 1
        number = self._asked
        relation, error = self._relation()
        checked = None
        if relation is not None and self.data is not None:
            (checked,) = await to_thread(check_relations, self.data, [relation])
        if number != self._asked or self.answer.is_deleted:
            return
        self.answer.clear()
        with self.answer:
            if error is not None and self.typed["keys"].strip():
                trouble(error.message, error.hint)
            elif checked is not None:
                show_checked(checked, "Every row finds its row, and no key repeats.")

    async def _save(self, before: Relation | None) -> None:
        relation, error = self._relation()
        if relation is None:
            ui.notify(str(error), type="warning")
            return
        title = f"Relation {relation.left} → {relation.right}"
        await self.saver.save(title, partial(with_relation, relation=relation, replaces=before))

    async def _remove(self, relation: Relation) -> None:
        title = f"Remove the relation {relation.left} → {relation.right}"
        await self.saver.save(title, partial(without_relation, relation=relation))

    def _close(self) -> None:
        self.form.clear()
        with self.form:
            quiet("Add a relation", partial(self._edit, None))
