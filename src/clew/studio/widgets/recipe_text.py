"""The recipe as text beside the table: YAML to be edited, Python and SQL to be taken along, and its history."""

from asyncio import to_thread
from typing import Literal

from nicegui import ui

from clew.core.errors import ClewError
from clew.core.html import element, join
from clew.prepare.recipe import FittedRecipe
from clew.studio.widgets.buttons import primary, quiet
from clew.studio.widgets.editor import editor
from clew.studio.widgets.html import html_of
from clew.studio.widgets.messages import done, empty, show_error
from clew.studio.widgets.moments import ago
from clew.studio.widgets.recipe_page import RecipePage


class RecipeText:
    """The text views of the page of a recipe.

    Parameters
    ----------
    page : page of the recipe
        Whose text it is.
    """

    def __init__(self, page: RecipePage) -> None:
        self._page = page
        self._place = ui.element("section").classes("recipe-text").props('aria-label="Text of the recipe"')
        self._editor: ui.codemirror | None = None

    @property
    def touched(self) -> bool:
        """Whether something was written that is not saved."""
        return self._editor is not None and self._editor.value != self._page.source

    def set_visibility(self, visible: bool) -> None:
        """Show it, or hide it."""
        self._place.set_visibility(visible)
        if not visible:
            self._editor = None
            self._place.clear()

    async def fill(self, view: str) -> None:
        """Show one of the views: yaml, python, sql or history."""
        self._editor = None
        self._place.clear()
        with self._place:
            if view == "yaml":
                self._yaml()
            elif view == "history":
                self._history()
            else:
                await self._code(view)

    def _yaml(self) -> None:
        name = self._page.file.name if self._page.file else "recipes/main.yaml"
        ui.label(f"{name}: what is written here and what is done at the left are the same.").classes("lead")
        self._editor = editor(self._page.source, "YAML", "Recipe as YAML")
        with ui.element("div").classes("form-end"):
            primary("Save", self._save)
            quiet("Back to what is saved", self._page.reload)

    def _save(self) -> None:
        if self._editor is None:
            return
        if self._page.save(self._editor.value, "Edit the recipe as text"):
            done("Saved.")
            self._page.reload()

    async def _code(self, view: str) -> None:
        page = self._page
        if not page.recipe.steps:
            empty("No steps yet", "Once there are steps, they stand here as code that needs nothing of Clew.")
            return
        try:
            fitted = (await to_thread(page.desk.bench.after, page.recipe)).recipe
            code = await to_thread(_written, fitted, view)
        except ClewError as error:
            show_error(error)
            return
        words = {
            "python": "Polars code with what the recipe learnt from the rows that learn; it needs nothing of Clew.",
            "sql": "One query with what the recipe learnt, in DuckDB's dialect, over a table called rows.",
        }
        ui.label(words[view]).classes("lead")
        with ui.element("div").classes("form-end"):
            quiet("Copy", lambda: ui.clipboard.write(code))
            ending = "py" if view == "python" else "sql"
            quiet("Save", lambda: ui.download.content(code, f"{page.name}-recipe.{ending}"))
        language: Literal["Python", "SQL"] = "Python" if view == "python" else "SQL"
        editor(code, language, f"Recipe as {language}", readonly=True)

    def _history(self) -> None:
        page = self._page
        known = page.project.edits.history(page.file.name) if page.file else None
        if known is None or not known.edits:
            empty("Nothing was changed yet", "Every change of the recipe stands here, and can be taken back.")
            return
        items = []
        for edit in known.edits:
            words = f"{edit.title} · {ago(edit.created)}{' · undone' if edit.undone else ''}"
            lines = join(map(_line, edit.changes.split("\n")[2:]))
            summary = element("summary", f"{words} (+{edit.added} -{edit.removed})")
            items.append(element("details", summary, element("pre", lines, class_="diff")))
        html_of(join(element("div", item, class_="edit") for item in items))


def _written(fitted: FittedRecipe, view: str) -> str:
    return fitted.to_python() if view == "python" else fitted.to_sql("rows", ())


def _line(line: str) -> object:
    kind = {"+": "added", "-": "removed"}.get(line[:1])
    return element("span", f"{line}\n", class_=kind)
