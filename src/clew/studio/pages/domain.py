"""What is to be decided, and what the field knows, held against the rows while one types."""

from asyncio import to_thread
from functools import partial

from nicegui import ui

from clew.collect.dataset import Dataset
from clew.core.errors import ClewError
from clew.core.readable import number
from clew.explore.violations import Checked
from clew.project.config import CONFIG_NAME
from clew.project.gather import tables_of
from clew.project.modelling import Stated, check_columns, rows_to_check, stated
from clew.studio.modelling.evidence import verdict
from clew.studio.modelling.facts import FactsForm
from clew.studio.modelling.question import Question
from clew.studio.modelling.relations import Relations
from clew.studio.modelling.rules import Rules
from clew.studio.modelling.saving import Saver
from clew.studio.studio import Studio
from clew.studio.widgets.every import Every
from clew.studio.widgets.html import html_of
from clew.studio.widgets.messages import empty, told, trouble
from clew.studio.widgets.work import Work

#: Columns listed at most; the field above them finds the others.
SHOWN = 150


async def show(studio: Studio, name: str, column: str = "") -> None:
    """Build the page.

    Parameters
    ----------
    studio : Studio
        The studio.
    name : str
        The project.
    column : str, default ""
        The column whose form is open at first.
    """
    ui.page_title(f"Define · {name} · Clew")
    page = _Page(studio, name, column)
    await page.build()


class _Page:
    """One visit of the page."""

    def __init__(self, studio: Studio, name: str, column: str) -> None:
        self.studio = studio
        self.name = name
        self.project = studio.workspace.project(name)
        self.chosen = column
        self.filter = ""
        self.saver = Saver(self.project, self.refresh)
        self.data: Dataset | None = None
        self.checked: dict[str, Checked] = {}
        self.stated: Stated

    async def build(self) -> None:
        with ui.element("div").classes("page-head define-head"):
            with ui.element("div"):
                ui.html("<h1>Define</h1>", sanitize=False)
                self.question = ui.label().classes("lead")
            self.tools = ui.element("div").classes("row-end")
        self.question_panel = ui.element("section").classes("panel")
        self.note = ui.element("div")
        self.later = ui.element("div")
        with ui.element("div").classes("define"):
            with ui.element("section").classes("panel"):
                ui.html("<h2>Columns</h2>", sanitize=False)
                ui.label(
                    "What is stated here reaches imports, findings, recipes, models, requests and monitoring."
                ).classes("lead")
                ui.input("Find a column", on_change=self._find).props("outlined dense clearable debounce=200")
                self.list = ui.element("div").classes("define-list").props('role="group" aria-label="Columns"')
            self.form = ui.element("section").classes("panel define-form")
        self.rules = ui.element("section").classes("panel")
        self.relations = ui.element("section").classes("panel")
        await self.refresh()

    async def refresh(self) -> None:
        """Read what is stated, and show it."""
        self.stated = await to_thread(stated, self.project)
        self.saver.reads(self.stated.file)
        history = await to_thread(self.project.edits.history, CONFIG_NAME)
        self.tools.clear()
        with self.tools:
            self.saver.buttons(history)
        problem = self.project.config.file.problem
        self.question.set_text(problem.question or f"Predict {problem.target}.")
        self.question_panel.clear()
        with self.question_panel:
            Question(problem, self.saver).build()
        await self._rows()
        self._columns()
        self._form()
        self.rules.clear()
        with self.rules:
            await Rules(self.stated, self.data, self.saver).build()
        self.relations.clear()
        with self.relations:
            Relations(self.project, list(tables_of(self.project.config)), self.stated, self.saver).build()
        if self.data is not None:
            # Last, so that a large table keeps nobody from reading and typing.
            self.checked = await to_thread(check_columns, self.data, self.stated.columns)
            self._columns()

    async def _rows(self) -> None:
        self.note.clear()
        try:
            self.data = await to_thread(rows_to_check, self.studio.workspace, self.name)
        except ClewError as error:
            with self.note:
                trouble(error.message, error.hint)
        if self.data is None:
            with self.note:
                empty(
                    "No rows are kept yet",
                    "Facts can be stated all the same. Once the rows are collected, every fact is held against them "
                    "here while you type.",
                    "Collect the rows",
                    self._collect,
                )

    async def _collect(self) -> None:
        """Collect the rows as a job, and show the page with them when it has ended."""
        try:
            job = await to_thread(self.project.jobs.start, "run", "Collect the rows", {"stage": "collect"})
        except ClewError as error:
            told(error)
            return
        self.note.clear()
        with self.note:
            Work(self.project, job.id, self._collected).build()

    async def _collected(self) -> None:
        # Not from here: building anew takes away the timer that is calling.
        with self.later:
            Every(0.01, self.refresh, once=True)

    def _find(self, event: object) -> None:
        self.filter = str(getattr(event, "value", None) or "").lower()
        self._columns()

    def _names(self) -> list[str]:
        rows = self.data.schema.names if self.data is not None else ()
        return list(dict.fromkeys([*rows, *self.stated.columns]))

    def _columns(self) -> None:
        self.list.clear()
        found = [name for name in self._names() if self.filter in name.lower()]
        with self.list:
            for name in found[:SHOWN]:
                self._column(name)
            if len(found) > SHOWN:
                ui.label(f"{number(len(found) - SHOWN)} more; type above to find them.").classes("lead")
            if not found:
                ui.label("No column has such a name.").classes("lead")

    def _column(self, name: str) -> None:
        facts = self.stated.columns.get(name, {})
        row = ui.element("button").classes("define-row").props('type="button"').on("click", partial(self._choose, name))
        row._props["aria-pressed"] = "true" if name == self.chosen else "false"  # noqa: SLF001 - a literal
        with row:
            ui.label(name).classes("define-name")
            kind = facts.get("kind") or (self.data.schema[name].kind if self.data and name in self.data.schema else "")
            ui.label(str(kind)).classes("define-kind")
            if set(facts) - {"kind", "role"} or (
                (checked := self.checked.get(name)) and (checked.error or checked.broken)
            ):
                html_of(verdict(self.checked.get(name)))
            said = ", ".join(_said(fact, value) for fact, value in facts.items() if fact != "kind")
            if said:
                ui.label(said).classes("define-facts")

    def _choose(self, name: str) -> None:
        self.chosen = name
        self._columns()
        self._form()

    def _form(self) -> None:
        self.form.clear()
        with self.form:
            if self.chosen not in self._names():
                empty(
                    "Choose a column",
                    "Say what the field knows about it: unit, range, the values that may occur. The rows answer "
                    "while you type, and nothing is written before you save.",
                )
                return
            FactsForm(self.chosen, self.stated.columns.get(self.chosen, {}), self.data, self.saver).build()


def _said(fact: str, value: object) -> str:
    """Return a fact in a few words."""
    if isinstance(value, bool):
        words = {("nullable", False): "a value in every row", ("protected", True): "protected"}
        return words.get((fact, value), f"{fact} {str(value).lower()}")
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return f"{fact.replace('_', ' ')} {text if len(text) <= 40 else f'{text[:39]}…'}"
