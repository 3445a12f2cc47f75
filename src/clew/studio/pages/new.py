"""A dropped table becomes a project: what was inferred, to be confirmed."""

from asyncio import to_thread
from collections.abc import Callable
from typing import Any

from nicegui import ui

from clew.core.errors import ClewError
from clew.core.readable import number, percent
from clew.core.schema import Kind, Role
from clew.define.problem import Problem, Task
from clew.prepare.advice.words import many
from clew.project.proposal import Confirmed, Proposal, create_project, propose
from clew.project.workspace import Workspace
from clew.studio.studio import Studio
from clew.studio.thread import place_address
from clew.studio.uploads import Upload
from clew.studio.widgets.buttons import primary, quiet
from clew.studio.widgets.messages import show_error, told
from clew.studio.widgets.run import begin

_TASKS = {Task.BINARY: "one of two answers", Task.MULTICLASS: "one of several answers", Task.REGRESSION: "a number"}
_SHOWN_COLUMNS = 200
_LIKELY = 6
_COLUMN_HEADS = (
    '<tr><th scope="col">Column</th><th scope="col">Kind</th><th scope="col">Role</th><th scope="col">Missing</th>'
    '<th scope="col">Distinct</th></tr>'
)


async def show(studio: Studio, upload: str) -> None:
    """Build the page."""
    ui.page_title("New project · Clew")
    try:
        taken = studio.uploads.get(upload)
        with ui.element("div").classes("waiting") as waiting:
            ui.spinner(size="lg")
            ui.label(f"Reading {taken.name} …")
        proposal = await to_thread(propose, taken.path)
        waiting.delete()
    except ClewError as error:
        ui.context.slot.parent.clear()
        ui.html("<h1>New project</h1>", sanitize=False)
        show_error(error)
        return
    _Form(studio, taken, proposal).build()


class _Form:
    """What a person confirms; one object per visit."""

    def __init__(self, studio: Studio, upload: Upload, proposal: Proposal) -> None:
        self.studio = studio
        self.upload = upload
        self.proposal = proposal
        self.name = _free(studio.workspace, proposal.name)
        self.target: str | None = proposal.targets[0] if proposal.targets else None
        self.problem: Problem | None = None
        self.positive: Any = None
        self.metric: str | None = None
        self.question = ""
        self.kinds: dict[str, str] = {}
        self.roles: dict[str, str] = {}

    def build(self) -> None:
        rows, columns = len(self.proposal.dataset), len(self.proposal.dataset.schema)
        with ui.element("div").classes("page-head"):
            ui.html("<h1>New project</h1>", sanitize=False)
            ui.label(f"{self.upload.name}: {many(rows, 'row')}, {many(columns, 'column')}").classes("lead")
        with ui.element("div").classes("confirm"):
            with ui.element("section").classes("panel"):
                ui.html("<h2>The question</h2>", sanitize=False)
                self._question()
            with ui.element("section").classes("panel"):
                ui.html("<h2>The columns</h2>", sanitize=False)
                ui.label(
                    "What each column means, as it was read. Correct what is wrong; everything can be changed later."
                ).classes("lead")
                self._columns()
        with ui.element("div").classes("confirm-end"):
            self.create_button = primary("Create the project", self._create)
            ui.label("Writes clew.yaml and looks at the rows; nothing is trained yet.").classes("lead")

    def _question(self) -> None:
        ui.input("Name of the project", value=self.name, on_change=self._set("name")).props("outlined dense")
        names = list(self.proposal.dataset.schema.names)
        likely = self.proposal.targets[:_LIKELY]
        if likely:
            ui.label("What is to be predicted? Likely columns:").classes("field-label")
            with ui.element("div").classes("chips").props('role="group" aria-label="Likely targets"'):
                for name in likely:
                    chip = quiet(name, lambda _, name=name: self.select.set_value(name)).classes("chip-button")
                    chip.props("dense")
        self.select = ui.select(names, value=self.target, label="Target", with_input=True, on_change=self._retarget)
        self.select.props("outlined dense")
        self.about = ui.element("div").classes("about")
        ui.input(
            "The question in words (optional)", placeholder="Which customers will leave next month?",
            on_change=self._set("question"),
        ).props("outlined dense")  # fmt: skip
        self._describe()

    def _set(self, name: str) -> Callable[[Any], None]:
        return lambda event: setattr(self, name, event.value)

    def _retarget(self, event: Any) -> None:
        self.target = event.value
        self._describe()

    def _describe(self) -> None:
        self.about.clear()
        self.problem = self.positive = self.metric = None
        with self.about:
            if self.target is None:
                ui.label("Choose the column that is to be predicted.").classes("lead")
                return
            try:
                problem = self.proposal.problem(self.target)
            except ClewError as error:
                show_error(error)
                return
            self.problem, self.positive, self.metric = problem, problem.positive, problem.metric
            ui.label(f"A {problem.task.value} task: {_TASKS[problem.task]}.").classes("field-label")
            if problem.positive is not None:
                options = {label: str(label) for label in problem.classes}
                ui.select(
                    options, value=problem.positive, label="The case of interest", on_change=self._set("positive")
                ).props("outlined dense")
            metrics = dict(self.proposal.metrics(problem))
            ui.select(metrics, value=problem.metric, label="Judged by", on_change=self._set("metric")).props(
                "outlined dense"
            )

    def _columns(self) -> None:
        schema = self.proposal.dataset.schema
        frame = ui.element("div").classes("scroll").props('tabindex="0" role="group" aria-label="Columns"')
        with frame, ui.element("table").classes("columns-table"):
            ui.html(_COLUMN_HEADS, sanitize=False, tag="thead")
            with ui.element("tbody"):
                for name in schema.names[:_SHOWN_COLUMNS]:
                    self._column(name)
        if len(schema) > _SHOWN_COLUMNS:
            ui.label(f"{len(schema) - _SHOWN_COLUMNS} more columns are kept as they were read.").classes("lead")

    def _column(self, name: str) -> None:
        column, known = self.proposal.dataset.schema[name], self.proposal.statistics.columns[name]
        with ui.element("tr"):
            with ui.element("th").props('scope="row"'):
                ui.label(name)
            with ui.element("td"):
                self._choice(name, "kind", [kind.value for kind in Kind], column.kind.value, self.kinds)
            with ui.element("td"):
                roles = [role.value for role in Role if role is not Role.TARGET]
                self._choice(name, "role", roles, column.role.value, self.roles)
            with ui.element("td").classes("number"):
                ui.label(percent(known.missing_share) if known.missing else "none")
            with ui.element("td").classes("number"):
                ui.label(number(known.distinct))

    def _choice(self, name: str, fact: str, options: list[str], value: str, kept: dict[str, str]) -> None:
        def changed(event: Any) -> None:
            if event.value == value:
                kept.pop(name, None)
            else:
                kept[name] = event.value

        select = ui.select(options, value=value, on_change=changed).props("dense borderless options-dense")
        select._props["aria-label"] = f"{fact} of {name}"  # noqa: SLF001 - props() would parse the column's name

    async def _create(self) -> None:
        if self.target is None or self.problem is None:
            ui.notify("Choose the column that is to be predicted.", type="warning")
            return
        self.create_button.disable()
        roles = {column: role for column, role in self.roles.items() if column != self.target}
        kinds = {column: kind for column, kind in self.kinds.items() if column != self.target}
        confirmed = Confirmed(
            self.name, self.target, self.positive, self.metric, self.question.strip(), kinds=kinds, roles=roles
        )
        try:
            folder = self.studio.workspace.new_folder(self.name)
            await to_thread(create_project, folder, self.upload.path, confirmed)
        except Exception as error:  # noqa: BLE001 - said to the person; the file is still there
            told(error)
            self.create_button.enable()
            return
        self.studio.uploads.remove(self.upload.id)
        begin(self.studio.workspace.project(folder.name), "Read and explore the rows", "explore")
        ui.navigate.to(place_address(folder.name, ""))


def _free(workspace: Workspace, name: str) -> str:
    """Return the name, with a number where it is taken."""
    chosen, number_ = name, 2
    while (workspace.root / chosen).exists():
        chosen, number_ = f"{name}-{number_}", number_ + 1
    return chosen
