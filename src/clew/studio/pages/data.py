"""The project's data: rows in a grid, a card for every column, versions and what changed, sources."""

from asyncio import to_thread
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import urlencode

from nicegui import ui

from clew.core.errors import UsageError
from clew.core.html import badge, element, join, table
from clew.explore.cards import card_of
from clew.project.browsing import as_seen_from, sources
from clew.project.config import Config
from clew.project.project import Project
from clew.studio.studio import Studio
from clew.studio.thread import place_address
from clew.studio.widgets.collecting import collect_button
from clew.studio.widgets.columns import ColumnCards
from clew.studio.widgets.grid import dataset_grid
from clew.studio.widgets.html import html_of
from clew.studio.widgets.messages import empty, told
from clew.studio.widgets.moments import ago
from clew.studio.widgets.versions import Comparison, version_table

_VIEWS = {"rows": "Rows", "columns": "Columns", "versions": "Versions", "sources": "Sources"}


async def show(
    studio: Studio, name: str, dataset: str = "", version: str = "", column: str = "", view: str = "rows"
) -> None:
    """Build the page."""
    ui.page_title(f"Data · {name} · Clew")
    with ui.element("div").classes("page-head"):
        ui.html("<h1>Data</h1>", sanitize=False)
        ui.label("The rows as they were read, version by version.").classes("lead")
    place = ui.element("div")
    shown = view if view in _VIEWS else "rows"

    async def build(dataset: str = "", version: str = "", column: str = "", view: str = "rows") -> None:
        project = studio.workspace.project(name)
        kept = await to_thread(project.datasets)
        with place.clear():
            if kept:
                page = _Page(studio, name, project, kept, partial(build, view="versions"))
                await page.build(dataset, version, column, view)
            else:
                _nothing(project, build)

    await build(dataset, version, column, shown)


def _nothing(project: Project, build: Callable[[], Awaitable[None]]) -> None:
    empty(
        "No rows yet",
        "Collecting reads the sources below, infers what each column is, and keeps the rows as version 0.",
    )
    collect_button(project, "Read the rows", build, first=True)
    ui.html("<h2>Sources</h2>", sanitize=False)
    _sources(project.config)


class _Page:
    """The page of one visit."""

    def __init__(
        self,
        studio: Studio,
        name: str,
        project: Project,
        kept: Sequence[Mapping[str, Any]],
        again: Callable[[], Awaitable[None]],
    ) -> None:
        self.studio = studio
        self.name = name
        self.project = project
        self.config = project.config
        self.kept = kept
        self.again = again
        self.column = ""
        self.view = "rows"
        self.built: set[str] = set()

    async def build(self, dataset: str, version: str, column: str, view: str) -> None:
        self._choose(dataset, version)
        self.look = await to_thread(self.studio.looks.get, self.name, self.dataset, self.version)
        self.column = self.look.column(column).name if column else ""
        self.view = view
        with ui.element("div").classes("data-bar"):
            self._choices()
        with ui.tabs().props("no-caps dense align=left") as tabs:
            made = {key: ui.tab(key, label=title) for key, title in _VIEWS.items()}
        self.panels: dict[str, ui.element] = {}
        with ui.tab_panels(tabs, value=made[view], animated=False).classes("data-panels"):
            for key in _VIEWS:
                with ui.tab_panel(key):
                    self.panels[key] = ui.element("div")
        tabs.on_value_change(self._turn)
        await self._fill(view)

    def _choose(self, dataset: str, version: str) -> None:
        """Decide on a dataset and a version: those of the address, else the latest of the project's own rows."""
        names = list(dict.fromkeys(item["name"] for item in self.kept))
        own = self.config.name if self.config.name in names else names[0]
        self.dataset = dataset or own
        self.versions = [item for item in self.kept if item["name"] == self.dataset]
        if not self.versions:
            raise UsageError(f"The project has no dataset {self.dataset!r}.", hint=f"There is {', '.join(names)}.")
        known = [int(item["version"]) for item in self.versions]
        if version and (not version.isdecimal() or int(version) not in known):
            raise UsageError(
                f"The dataset {self.dataset!r} has no version {version!r}.",
                hint=f"There is {', '.join(map(str, known))}.",
            )
        self.version = int(version) if version else known[-1]

    def _choices(self) -> None:
        names = list(dict.fromkeys(item["name"] for item in self.kept))
        if len(names) > 1:
            ui.select(names, value=self.dataset, label="Dataset", on_change=lambda event: self._go(event.value)).props(
                "outlined dense options-dense"
            )
        options = {
            int(item["version"]): f"{item['version']}: {item['rows']:,} rows, {ago(item['created'])}"
            for item in reversed(self.versions)
        }
        ui.select(
            options, value=self.version, label="Version", on_change=lambda event: self._go(self.dataset, event.value)
        ).props("outlined dense options-dense").classes("version-choice")
        chosen = next(item for item in self.versions if item["version"] == self.version)
        ui.label(f"{len(self.look.schema):,} columns, from {as_seen_from(self.config, chosen['source'])}").classes(
            "lead data-from"
        )

    def _address(self, **other: Any) -> str:
        """Return the address of the page as it stands."""
        facts = {"dataset": self.dataset, "version": self.version, "column": self.column, "view": self.view, **other}
        asked = {key: value for key, value in facts.items() if value not in {"", None}}
        return f"{place_address(self.name, 'data')}?{urlencode(asked)}"

    def _go(self, dataset: str, version: int | None = None) -> None:
        kept = self.column if dataset == self.dataset else ""
        ui.navigate.to(self._address(dataset=dataset, version=version, column=kept))

    async def _turn(self, event: Any) -> None:
        self.view = event.value
        ui.navigate.history.replace(self._address())
        await self._fill(event.value)

    async def _fill(self, view: str) -> None:
        """Build a panel when it is first looked at."""
        if view in self.built:
            return
        self.built.add(view)
        with self.panels[view]:
            if view == "rows":
                await self._rows()
            elif view == "columns":
                await ColumnCards(self.look).build()
            elif view == "versions":
                await self._versions()
            else:
                _sources(self.config)

    async def _rows(self) -> None:
        with ui.element("div").classes("beside"):
            with ui.element("div").classes("beside-main"):
                self.grid = dataset_grid((self.name, self.dataset, self.version), self.look, on_column=self._pick)
            self.aside = ui.element("aside").classes("beside-more").props('aria-label="The chosen column"')
        self.aside.set_visibility(False)
        if self.column:
            await self._pick(self.column)
        else:
            ui.label("Click the name of a column to see its figures; the arrows sort, the funnel filters.").classes(
                "lead"
            )

    async def _pick(self, column: str) -> None:
        """Show the card of a column beside the grid; a second click puts it away."""
        again = column == self.column and self.aside.visible
        self.column = "" if again else column
        ui.navigate.history.replace(self._address())
        self.grid.choose(self.column or None, scroll=not again)
        self.aside.set_visibility(not again)
        if again:
            return
        try:
            card = await to_thread(card_of, self.look, column)
        except Exception as error:  # noqa: BLE001 - said to the person, and in the log where it is our fault
            told(error)
            return
        if self.column != column:
            return
        with self.aside.clear():
            html_of(card)

    async def _versions(self) -> None:
        version_table(self.config, self.versions)
        if self.dataset == self.config.name:
            with ui.element("div").classes("filters again"):
                collect_button(self.project, "Read the source again", self.again, first=False)
                ui.label("Keeps another version if the rows have changed.").classes("lead")
        ui.html("<h2>What changed</h2>", sanitize=False)
        if len(self.versions) < 2:
            ui.label(
                "There is one version. When the source changes, the next run keeps another, and they can be compared."
            ).classes("lead")
            return
        numbers = [int(item["version"]) for item in self.versions]
        await Comparison(self.studio, self.name, self.dataset, numbers).build()


def _sources(config: Config) -> None:
    uses = {"rows": "info", "joined": "quiet", "later rows": "quiet"}
    rows = []
    for source in sources(config):
        details = join(
            (join((element("span", key), " ", element("code", value))) for key, value in source.details), ", "
        )
        rows.append([source.name, badge(source.use, uses[source.use]), element("code", source.address), details])
    ui.label("As clew.yaml states them; passwords are never shown.").classes("lead")
    html_of(table(("Table", "For", "Where", "Read with"), rows))
    for joined in config.file.data.joins or ():
        ui.label(f"Joined by {joined}").classes("lead")
    if config.file.data.where:
        ui.label(f"Only rows where {config.file.data.where}").classes("lead")
