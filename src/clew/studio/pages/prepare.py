"""The recipe, step by step: what it does to the rows, seen before it is applied, and its text beside it."""

import asyncio
from asyncio import to_thread
from collections.abc import Mapping
from typing import Any

from nicegui import background_tasks, ui

from clew.core.errors import ClewError, ConflictError
from clew.core.readable import number
from clew.core.schema import Schema
from clew.explore.look import Look
from clew.prepare import blocks
from clew.prepare.bench import StepOutcome
from clew.prepare.catalogue import step_info
from clew.prepare.recipe import Recipe
from clew.prepare.selectors import literal
from clew.prepare.step_change import Preview
from clew.prepare.suggest import Suggestion, suggest
from clew.prepare.usual import usual
from clew.project.edits import FileText
from clew.project.project import Project
from clew.project.recipes import begin_recipe, read_recipe, recipe_file
from clew.project.results import latest_results
from clew.studio.desks import Desk
from clew.studio.studio import Studio
from clew.studio.thread import place_address
from clew.studio.widgets.buttons import primary, quiet
from clew.studio.widgets.change import show_change
from clew.studio.widgets.conflict import show_conflict
from clew.studio.widgets.every import Every
from clew.studio.widgets.follow import follow
from clew.studio.widgets.grid import Options, grid
from clew.studio.widgets.messages import done, empty, show_error, told
from clew.studio.widgets.recipe_text import RecipeText
from clew.studio.widgets.run import run_button
from clew.studio.widgets.step_form import StepForm
from clew.studio.widgets.step_list import step_list
from clew.studio.widgets.suggestions import show_suggestion, show_usual

#: Rows whose changed cells are marked.
_MARKED_ROWS = 200
#: A preview waits so long for the next key, in seconds.
_PAUSE_S = 0.3
#: How often a look is taken whether somebody else changed the recipe, in seconds.
_LOOK_S = 2.0
_VIEWS = {"table": "Table", "yaml": "YAML", "python": "Python", "sql": "SQL", "history": "History"}


async def show(studio: Studio, name: str, view: str = "table", column: str = "") -> None:
    """Build the page."""
    ui.page_title(f"Prepare · {name} · Clew")
    with ui.element("div").classes("page-head"):
        ui.html("<h1>Prepare</h1>", sanitize=False)
        ui.label("One recipe for training rows, new rows and single requests.").classes("lead")
    project = studio.workspace.project(name)
    with ui.element("div").classes("waiting") as waiting:
        ui.spinner(size="lg")
        ui.label("Reading the rows …")
    if "collect" not in await to_thread(latest_results, project):
        waiting.delete()
        empty("No rows yet", "Steps are tried on the rows that learn; they have to be read first.")
        follow(project)
        run_button(project, "Read and explore the rows", "explore")
        return
    desk = await to_thread(studio.desks.get, project)
    waiting.delete()
    await _Page(studio, name, project, desk).build(view if view in _VIEWS else "table", column)


class _Page:
    """The page of one visit."""

    def __init__(self, studio: Studio, name: str, project: Project, desk: Desk) -> None:
        self.studio = studio
        self.name = name
        self.project = project
        self.desk = desk
        self.file: FileText | None = None
        self.recipe = Recipe()
        #: The step that is looked at, from 1; 0 for the rows as they enter.
        self.chosen = 0
        self.column: str | None = None
        #: A step that is being made or changed, and where it stands, from 0.
        self.form: StepForm | None = None
        self.at = 0
        self.replaces = False
        self._asked = 0
        #: Whether somebody has made a text of the project one that cannot be read; said once.
        self._wrong = False
        self.suggestion: Suggestion | None = None
        #: How far each step of the recipe came on the rows.
        self.outcomes: tuple[StepOutcome, ...] = ()

    async def build(self, view: str, column: str) -> None:
        """Build the parts, and fill them."""
        self._read()
        self.chosen = len(self.recipe.steps)
        with ui.element("div").classes("recipe-bar"):
            self.bar = ui.element("div").classes("recipe-actions")
            with ui.tabs().props("no-caps dense outside-arrows mobile-arrows") as self.tabs:
                for key, title in _VIEWS.items():
                    ui.tab(key, label=title)
            self.tabs.set_value(view)
            self.tabs.on_value_change(self._turn)
        with ui.element("div").classes("recipe-desk"):
            self.steps = ui.element("section").classes("recipe-steps").props('aria-label="Steps"')
            with ui.element("div").classes("recipe-main"):
                self.text = RecipeText(self)
                self.table = ui.element("section").classes("recipe-table").props('aria-label="Rows"')
                self.about = (
                    ui.element("section").classes("recipe-about").props('aria-label="Details" aria-live="polite"')
                )
        Every(_LOOK_S, self._watch)
        await self._try_steps()
        if column and column in self.desk.learning.dataset.schema:
            self.column = column
        await self._fill(view)

    @property
    def drafting(self) -> bool:
        """Whether a step is being made or changed."""
        return self.form is not None

    # What stands there

    def _read(self) -> None:
        name = recipe_file(self.project)
        self.file = self.project.edits.read(name) if name is not None else None
        stated = self.project.config.recipe
        self.recipe = read_recipe(self.project, self.file) if self.file else stated or Recipe()
        steps = enumerate(self.recipe.steps, start=1)
        self.outcomes = tuple(StepOutcome(number, step.op, step.disabled) for number, step in steps)

    async def _try_steps(self) -> bool:
        """Do the steps on the rows, and show how far each came; False where another recipe is there by then."""
        recipe = self.recipe
        outcomes = await to_thread(self.desk.bench.outline, recipe)
        if recipe is not self.recipe:
            return False
        self.outcomes = outcomes
        self._draw_steps()
        return True

    def _draw_steps(self) -> None:
        self.bar.clear()
        with self.bar:
            self._history_buttons()
        self.steps.clear()
        with self.steps:
            step_list(self)

    def _history_buttons(self) -> None:
        known = self.project.edits.history(self.file.name) if self.file else None
        # clew.yaml names the file, so it is not unmade here: an empty recipe is where undoing ends.
        undone = known.undo if known and not known.unmakes else None
        for word, title in (("Undo", undone), ("Redo", known.redo if known else None)):
            button = quiet(word, lambda _, word=word: self._step_back(word))
            button._props[f"data-{word.lower()}"] = True  # noqa: SLF001 - a mark for the script of the studio
            button.set_enabled(title is not None)
            if title:
                button.tooltip(f"{word}: {title}")
        quiet("Prepare all rows", self._prepare_all).tooltip(
            "Fit on all rows, those kept to judge too, and write them: not for judging a model"
        )

    def _step_back(self, word: str) -> None:
        if self.file is None:
            return
        change = self.project.edits.undo if word == "Undo" else self.project.edits.redo
        try:
            change(self.file.name, expected=self.file.version)
        except ConflictError as error:
            show_conflict(error, self.reload)
            return
        except ClewError as error:
            told(error)
            return
        self.reload()

    def reload(self) -> None:
        """Show the recipe as it stands now."""
        try:
            self._read()
        except ClewError as error:
            told(error)
            return
        self.form = None
        self.chosen = min(self.chosen, len(self.recipe.steps)) if self.recipe.steps else 0
        self._later(self._refresh())

    async def _refresh(self) -> None:
        if await self._try_steps():
            await self._fill(self.tabs.value)

    def _watch(self) -> None:
        """Follow what somebody else does to the recipe, unless something is being written here."""
        if self.form is not None or self.text.touched:
            return
        try:
            name = recipe_file(self.project)
            now = self.project.edits.read(name) if name else None
        except ClewError as error:
            if not self._wrong:
                self._wrong = True
                told(error)
            return
        self._wrong = False
        if (now.version if now else None) != (self.file.version if self.file else None):
            done("The recipe was changed elsewhere; this is how it stands now.")
            self.reload()

    # Changing it

    def save(self, text: str, title: str) -> bool:
        """Write the text of the recipe; return whether it was written."""
        try:
            if self.file is None:
                self.file = begin_recipe(self.project, title="Begin a recipe")
            self.file = self.project.edits.write(self.file.name, text, expected=self.file.version, title=title)
        except ConflictError as error:
            show_conflict(error, self.reload)
            return False
        except ClewError as error:
            told(error)
            return False
        return True

    @property
    def source(self) -> str:
        """The text of the recipe."""
        if self.file is not None:
            return self.file.text
        return self.recipe.to_yaml() if self.recipe.steps else ""

    def change(self, title: str, text: str, chosen: int) -> None:
        """Save a change, and look at a step afterwards."""
        if self.save(text, title):
            self.chosen, self.column = chosen, None
            self.reload()

    def move(self, at: int, to: int) -> None:
        """Move a step, by positions from 0."""
        if 0 <= to < len(self.recipe.steps):
            step = self.recipe.steps[at]
            self._try(f"Move {step.op}", lambda: blocks.moved(self.source, at, to), to + 1)

    def switch(self, at: int) -> None:
        """Switch a step off, or on again."""
        step = dict(blocks.steps_of(self.source)[at])
        off = not step.pop("disabled", False)
        if off:
            step["disabled"] = True
        title = f"Switch {step['op']} {'off' if off else 'on'}"
        self._try(title, lambda: blocks.replaced(self.source, at, step), at + 1)

    def remove(self, at: int) -> None:
        """Take a step out."""
        op = self.recipe.steps[at].op
        self._try(f"Remove {op}", lambda: blocks.without_step(self.source, at), min(at + 1, len(self.recipe.steps) - 1))

    def add(self, step: Mapping[str, Any], reason: str = "", at: int | None = None) -> None:
        """Put a step in as it is."""
        place = len(self.recipe.steps) if at is None else at
        self._try(f"Add {step['op']}", lambda: blocks.with_step(self.source, step, place, remark=reason), place + 1)

    def _try(self, title: str, text: Any, chosen: int) -> None:
        try:
            made = text()
        except ClewError as error:
            told(error)
            return
        self.change(title, made, chosen)

    # A step that is being made

    def draft(self, step: Mapping[str, Any], at: int | None = None, *, replaces: bool = False) -> None:
        """Open the form of a step: a new one, or the one at a position from 0."""
        if self.file is not None and not blocks.is_plain(self.file.text):
            ui.notify("This recipe starts from another file or has parameters: change it as text.", type="warning")
            return
        self.at = (len(self.recipe.steps) if at is None else at) if not replaces else int(at or 0)
        self.replaces = replaces
        if self.column is not None and "columns" not in step:
            step = self._on_column(step, self.column)
        self._later(self._open_form(step))

    def _on_column(self, step: Mapping[str, Any], column: str) -> Mapping[str, Any]:
        """Return a new step on the column that is being looked at, if it can work on it."""
        info = step_info(str(step["op"]))
        if column not in self.look.schema or not info.takes_columns:
            return step
        if info.accepts and self.look.schema[column].kind.value not in info.accepts:
            return step
        return {**step, "columns": [literal(column)]}

    async def _open_form(self, step: Mapping[str, Any]) -> None:
        before = await to_thread(self.desk.bench.after, self.recipe, self.at)
        self.form = StepForm(step, before.recipe.output_schema, self._tried)
        self._draw_steps()
        self.about.clear()
        with self.about:
            self._form_panel(self.form)
        self._tried()

    def _form_panel(self, form: StepForm) -> None:
        with ui.element("div").classes("panel form-panel"):
            words = "Change step" if self.replaces else "New step"
            with ui.element("h2"):
                ui.label(f"{words} {self.at + 1}: {form.info.op}")
            form.build()
            with ui.element("div").classes("form-end"):
                self.apply = primary("Apply", self._apply)
                quiet("Cancel", self.reload)
        self.tried = ui.element("div").classes("tried")

    def _drafted(self) -> Recipe:
        assert self.form is not None  # noqa: S101 - asked only while there is a form
        steps = self.recipe.to_dict()[: self.at]
        made = Recipe.from_dict([*steps, self.form.step()])
        made.folder = self.recipe.folder
        return made

    def _tried(self) -> None:
        self._later(self._try_draft())

    async def _try_draft(self) -> None:
        self._asked += 1
        mine = self._asked
        await asyncio.sleep(_PAUSE_S if mine > 1 else 0)
        if mine != self._asked or self.form is None:
            return
        if missing := self.form.missing():
            self.apply.disable()
            self.tried.clear()
            with self.tried:
                ui.label(f"Choose {' and '.join(missing)}, and see here what the step does.").classes("lead")
            return
        try:
            recipe = self._drafted()
            seen = await to_thread(self.desk.bench.preview, recipe, self.at + 1, _MARKED_ROWS)
        except ClewError as error:
            if mine == self._asked and self.form is not None:
                self.apply.disable()
                self.tried.clear()
                with self.tried:
                    show_error(error)
            return
        if mine != self._asked or self.form is None:
            return
        self.apply.enable()
        await self._show_rows(recipe, self.at + 1, seen)
        self.tried.clear()
        with self.tried:
            await show_change(seen)

    def _apply(self) -> None:
        if self.form is None:
            return
        try:
            step = self.form.step()
            made = (
                blocks.replaced(self.source, self.at, step)
                if self.replaces
                else blocks.with_step(self.source, step, self.at)
            )
        except ClewError as error:
            told(error)
            return
        self.change(f"{'Change' if self.replaces else 'Add'} {step['op']}", made, self.at + 1)

    # What is seen

    def look_at(self, step: int) -> None:
        """Look at a step, by its position from 1; 0 for the rows as they enter."""
        self.form, self.column, self.chosen = None, None, step
        self._draw_steps()
        self._later(self._fill("table"))

    def _later(self, work: Any) -> None:
        background_tasks.create(self._in_page(work))

    async def _in_page(self, work: Any) -> None:
        with self.about:
            try:
                await work
            except ClewError as error:
                told(error)

    def _turn(self, event: Any) -> None:
        self._later(self._fill(event.value))

    async def _fill(self, view: str) -> None:
        table = view == "table"
        self.table.set_visibility(table)
        self.about.set_visibility(table)
        self.text.set_visibility(not table)
        if table:
            await self._look()
        else:
            await self.text.fill(view)

    async def _look(self) -> None:
        self._asked += 1
        mine = self._asked
        try:
            if self.chosen == 0:
                await self._show_rows(self.recipe, 0, None)
                seen = None
            else:
                seen = await to_thread(self.desk.bench.preview, self.recipe, self.chosen, _MARKED_ROWS)
                if mine != self._asked:
                    return
                await self._show_rows(self.recipe, self.chosen, seen)
        except ClewError as error:
            self.table.clear()
            self.about.clear()
            with self.about:
                show_error(error)
            return
        await self._show_about(seen)

    async def _show_about(self, seen: Preview | None) -> None:
        self.about.clear()
        with self.about:
            if self.column is not None:
                await self._show_column(self.column)
            elif seen is not None:
                with ui.element("h2"):
                    ui.label(f"Step {seen.number}: {seen.op}")
                if reason := self._reason(seen.number):
                    ui.label(reason).classes("lead")
                await show_change(seen)
            else:
                await self._begin()

    def _reason(self, step: int) -> str:
        """Return the remark above a step, by its position from 1; empty where there is none."""
        if self.file is None or not blocks.is_plain(self.file.text):
            return ""
        remarks = blocks.remarks_of(self.file.text)
        return remarks[step - 1] if step <= len(remarks) else ""

    async def _show_rows(self, recipe: Recipe, count: int, seen: Preview | None) -> None:
        prepared = await to_thread(self.desk.bench.after, recipe, count)
        schema, frame = prepared.recipe.output_schema, prepared.frame
        schema = schema.select(name for name in schema.names if name in frame.columns)
        look = Look(frame[list(schema.names)], schema)
        sampled = self.desk.bench.sampled_from
        words = f"a sample of {number(sampled)} rows that learn" if sampled else "the rows that learn"
        marks = {c.name: "new" for c in seen.columns if c.change == "added"} if seen else {}
        self.look = look
        self.table.clear()
        with self.table:
            stage = f"After step {count}" if count else "As they enter the recipe"
            ui.label(f"{stage}: {number(len(frame))} rows, {number(len(schema))} columns; {words}.").classes("lead")
            options = Options(
                label=f"{stage} of the recipe", changed=_changed(seen), marks=marks, height="46vh",
                save_as=f"{self.name}-prepared.csv",
            )  # fmt: skip
            self.grid = grid(self.studio, look, options, on_column=self._column_clicked)
            if self.column is not None and self.column in schema:
                self.grid.choose(self.column)
            elif shown := _first_touched(seen, schema):
                self.grid.run_method("show_column", shown)

    def _column_clicked(self, column: str) -> None:
        if self.form is not None:
            return
        self.column = column
        self.grid.choose(column)
        self._later(self._show_about(None))

    async def _show_column(self, name: str) -> None:
        if name not in self.look.schema:
            self.column = None
            await self._begin()
            return
        column = self.look.schema[name]
        statistics = await to_thread(self.look.statistics, name)
        task = self.desk.learning.problem.task
        found = usual(column, statistics, (), task)
        show_usual(column, statistics, found, lambda step: self.draft(step, self.chosen))

    async def _begin(self) -> None:
        if self.suggestion is None:
            learning = self.desk.learning
            with ui.element("div").classes("waiting"):
                ui.spinner()
                ui.label("Looking for steps that these rows need …")
            self.suggestion = await to_thread(suggest, learning.dataset, learning.problem)
            self.about.clear()
        with self.about:
            show_suggestion(self, self.suggestion)

    def _prepare_all(self) -> None:
        if self.file is None or not self.recipe.steps:
            ui.notify("There is no recipe yet: add a step first.", type="warning")
            return
        learning = self.desk.learning
        out = f"prepared/{self.name}.parquet"
        arguments = {
            "recipe": self.file.name,
            "dataset": learning.name,
            "version": learning.version,
            "out": out,
            "target": learning.problem.target,
        }
        try:
            self.project.jobs.start("prepare", f"Prepare all rows into {out}", arguments)
        except ClewError as error:
            told(error)
            return
        ui.navigate.to(place_address(self.name, "jobs"))


def _first_touched(seen: Preview | None, schema: Schema) -> str | None:
    """Return the first column that a step added or changed; None where one of the first is."""
    touched = {column.name for column in seen.columns if column.cells != 0} if seen else set()
    found = next((name for name in schema.names if name in touched), None)
    return None if found in schema.names[:3] else found


def _changed(seen: Preview | None) -> dict[tuple[int, str], str]:
    """Return the changed cells, each with what it was."""
    if seen is None:
        return {}
    before = {name: seen.before[name] for name in {column for _, column in seen.changed} if name in seen.before.columns}
    return {(row, name): f"was {_short(before[name][row])}" if name in before else "new" for row, name in seen.changed}


def _short(value: object) -> str:
    if value is None:
        return "missing"
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 40 else text[:39] + "…"
