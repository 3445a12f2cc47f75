"""What is in the rows: findings that can be mended, scores, the target, columns together, two versions compared."""

from asyncio import Lock, to_thread
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from nicegui import ui

from clew.core.errors import ClewError
from clew.core.html import bars, element, join
from clew.core.markup import Html
from clew.core.readable import number
from clew.explore.sections.comparison import comparison_section
from clew.explore.sections.correlations import correlations_map, lead_of, strongest_pairs
from clew.explore.sections.scorecard import SCORECARD_LEAD, fix_list, score_cards
from clew.explore.sections.target import target_cards, target_lead
from clew.project.exploring import Explored, compare_datasets, explored
from clew.project.project import Project
from clew.project.results import latest_results
from clew.project.standing import Standing
from clew.store.jobs import Job
from clew.studio.studio import Studio
from clew.studio.thread import place_address, report_address
from clew.studio.widgets.buttons import primary, quiet
from clew.studio.widgets.every import Every
from clew.studio.widgets.html import html_of
from clew.studio.widgets.insights import Chosen, Insights
from clew.studio.widgets.links import link_to
from clew.studio.widgets.messages import empty, show_error, told, trouble
from clew.studio.widgets.moments import ago
from clew.studio.widgets.plotting import Plotting
from clew.studio.widgets.work import Work

_VIEWS = {
    "insights": "Insights",
    "scorecard": "Scorecard",
    "target": "Target",
    "together": "Columns together",
    "plot": "Plot",
    "versions": "Versions",
}
#: Features whose predictive power is shown.
_MAX_BARS = 30
#: Seconds between two looks for another result.
_LOOK_S = 2.0


async def show(
    studio: Studio,
    name: str,
    view: str = "insights",
    severity: str = "",
    column: str = "",
    search: str = "",
    x: str = "",
    y: str = "",
    one: str = "",
    two: str = "",
) -> None:
    """Build the page."""
    ui.page_title(f"Explore · {name} · Clew")
    with ui.element("div").classes("page-head"):
        ui.html("<h1>Explore</h1>", sanitize=False)
        ui.label("What is in the rows that learn; those kept to judge are not looked at.").classes("lead")
    chosen = Chosen(severity, column, search)
    asked = {"x": x, "y": y, "one": one, "two": two}
    await _Page(studio, name, view if view in _VIEWS else "insights", chosen, asked).build()


class _Page:
    """The page of one visit."""

    def __init__(self, studio: Studio, name: str, view: str, chosen: Chosen, asked: dict[str, str]) -> None:
        self.studio = studio
        self.name = name
        self.project = studio.workspace.project(name)
        self.view = view
        self.chosen = chosen
        self.asked = asked
        self.built: set[str] = set()
        self.run: int | None = None
        self.building = Lock()

    async def build(self) -> None:
        """Build what depends on the latest result; again when there is another."""
        self.place = ui.element("div")
        await self._refresh()
        Every(_LOOK_S, self._look)

    async def _look(self) -> None:
        """Show another result as soon as there is one, whoever asked for it."""
        try:
            run = await to_thread(_latest_run, self.project)
        except ClewError:
            return  # the page says what is wrong with the project when it is built
        if run != self.run:
            await self._refresh()

    async def _refresh(self) -> None:
        async with self.building:  # a job that ends and the look for another result may both ask for it
            await self._build()

    async def _build(self) -> None:
        self.built.clear()
        try:
            self.run = await to_thread(_latest_run, self.project)
            found = await to_thread(explored, self.project)
        except Exception as error:  # noqa: BLE001 - said in the page; exploring anew is the way out
            with self.place.clear():
                show_error(error)
                self.work = ui.element("div")
                with self.work:
                    primary("Explore the rows", self._run)
            return
        running = self._running({"explore"})
        with self.place.clear():
            self.work = ui.element("div")
            if running is not None:
                with self.work:
                    Work(self.project, running.id, self._refresh).build()
            if found is None:
                if running is None:
                    with self.work:
                        self._last_failure()
                        empty(
                            "Not explored yet",
                            "Exploring reads the rows, keeps them as a version, sets some apart for the final "
                            "judgement, and looks at all others: findings with evidence and remedies, a scorecard, how "
                            "the columns go together.",
                            "Explore the rows",
                            self._run,
                        )
                return
            self.found = found
            self._state(found, running=running is not None)
            await self._tabs()

    def _state(self, found: Explored, *, running: bool) -> None:
        profile = found.profile
        words = f"{number(profile.rows)} rows"
        if found.has_rows:
            words += f" of {found.dataset}, version {found.version}; {number(found.judging_rows)} are kept to judge"
        with ui.element("div").classes("explored"):
            ui.label(f"{words}. Run {found.run}, {ago(found.started)}.").classes("lead")
            if found.report:
                link = link_to("The whole report", report_address(self.name, found.report), classes="report-link")
                link._props["target"] = "_blank"  # noqa: SLF001 - no text of a user, but the link's own
        if not running and found.standing is not Standing.DONE:
            with self.work, ui.element("div").classes("outdated").props('role="status"'):
                why = {
                    Standing.OUTDATED: "The rows, or what clew.yaml states about them, changed since.",
                    Standing.FAILED: "The last attempt failed; what is shown is from the one before.",
                    Standing.INTERRUPTED: "The last attempt was interrupted; what is shown is from the one before.",
                    Standing.RUNNING: "It is running, in another place; what is shown is from the time before.",
                }.get(found.standing, "It has to be done again.")
                ui.label(why)
                if found.standing is not Standing.RUNNING:
                    quiet("Explore again", self._run)

    def _last_failure(self) -> None:
        """Say why the latest run did not end well, if it did not."""
        latest = next((job for job in self.project.jobs.latest(5) if job.kind == "run"), None)
        if latest is not None and latest.status == "failed" and latest.error is not None:
            trouble(latest.error.message, latest.error.hint)

    def _running(self, stages: Collection[str | None]) -> Job | None:
        """Return the job that runs the project up to one of these stages, if there is one."""
        jobs = self.project.jobs.running()
        return next((job for job in jobs if job.kind == "run" and job.arguments.get("stage") in stages), None)

    async def _run(self) -> None:
        try:
            # A whole run that is at work explores the rows as well.
            job = self._running({"explore", None})
            if job is None:
                job = await to_thread(self.project.jobs.start, "run", "Explore the rows", {"stage": "explore"})
        except Exception as error:  # noqa: BLE001 - said to the person, and in the log where it is our fault
            told(error)
            return
        with self.work.clear():
            Work(self.project, job.id, self._refresh).build()

    async def _tabs(self) -> None:
        with ui.tabs().props('no-caps dense align=left outside-arrows mobile-arrows aria-label="Sections"') as tabs:
            made = {key: ui.tab(key, label=title) for key, title in _VIEWS.items()}
        self.panels: dict[str, ui.element] = {}
        with ui.tab_panels(tabs, value=made[self.view], animated=False).classes("data-panels"):
            for key in _VIEWS:
                with ui.tab_panel(key):
                    self.panels[key] = ui.element("div").classes("compared" if key == "together" else "")
        tabs.on_value_change(self._turn)
        await self._fill(self.view)

    async def _turn(self, event: Any) -> None:
        self.view = event.value
        self._remember()
        await self._fill(event.value)

    def _remember(self) -> None:
        """Let the address say what is shown."""
        facts: dict[str, str] = {}
        if self.view == "insights":
            facts = {"severity": self.chosen.severity, "column": self.chosen.column, "search": self.chosen.search}
        elif self.view == "plot":
            facts = {"x": self.asked["x"], "y": self.asked["y"]}
        elif self.view == "versions":
            facts = {"one": self.asked["one"], "two": self.asked["two"]}
        ui.navigate.history.replace(self._address(self.view, **facts))

    def _address(self, view: str, **facts: str) -> str:
        asked = {"view": view, **{key: value for key, value in facts.items() if value}}
        return f"{place_address(self.name, 'explore')}?{urlencode(asked)}"

    def _plot_of(self, x: str, y: str = "") -> str:
        return self._address("plot", x=x, y=y)

    async def _fill(self, view: str) -> None:
        """Build a panel when it is first looked at."""
        if view in self.built:
            return
        self.built.add(view)
        with self.panels[view]:
            if view == "insights":
                self._insights()
            elif view == "scorecard":
                self._scorecard()
            elif view == "target":
                self._target()
            elif view == "together":
                self._together()
            elif view == "plot":
                await self._plot()
            else:
                await self._versions()

    def _insights(self) -> None:
        ui.html('<h2 class="unseen">Insights</h2>', sanitize=False)
        Insights(
            self.studio,
            self.project,
            self.found.profile.findings,
            self.chosen,
            link=self._plot_of,
            on_choice=self._remember,
        ).build()

    def _scorecard(self) -> None:
        profile = self.found.profile
        ui.html('<h2 class="unseen">Scorecard</h2>', sanitize=False)
        if not profile.principles:
            ui.label("No scores were made.").classes("lead")
            return
        links = {str(item["name"]): self._plot_of(str(item["name"])) for item in profile.columns}
        fixes = fix_list(profile.fixes, links) if profile.fixes else ""
        html_of(join((element("p", SCORECARD_LEAD, class_="lead"), score_cards(profile.principles), fixes)))

    def _target(self) -> None:
        profile = self.found.profile
        ui.html('<h2 class="unseen">The target</h2>', sanitize=False)
        if not profile.associations:
            ui.label("There is no target, or too little of it, to say what tells something about it.").classes("lead")
            return
        target = profile.target or ""
        strongest = profile.associations[:_MAX_BARS]
        items = [
            (element("a", item.feature, href=self._plot_of(item.feature, target)), item.power, f"{item.power:.2f}")
            for item in strongest
        ]
        lead = (
            "How much each feature alone says about the target on rows that had no say: 0 is a guess, 1 is certainty. "
            f"Judged on {strongest[0].rows:,} rows."
        )
        rest = len(profile.associations) - len(strongest)
        parts: list[object] = [
            element("h3", "Predictive power", class_="part"),
            element("p", lead, class_="lead"),
            bars(items, label="Predictive power of single features"),
            element("p", f"{rest} weaker ones are not shown.", class_="lead") if rest else "",
        ]
        if profile.views:
            links = {view.feature: self._plot_of(view.feature, target) for view in profile.views}
            parts.append(element("h3", "The target by feature", class_="part"))
            parts.append(element("p", target_lead(profile.views), class_="lead"))
            parts.append(target_cards(profile.views, links, target))
        html_of(join(parts))

    def _together(self) -> None:
        known = self.found.profile.correlations
        ui.html('<h2 class="unseen">Columns together</h2>', sanitize=False)
        if not known.pairs:
            ui.label("No two columns can be related.").classes("lead")
            return
        links = {name: self._plot_of(name) for name in known.columns}
        lead = lead_of(known, sampled=known.sampled, ranked=bool(self.found.profile.associations))
        html_of(
            join(
                (
                    element("p", f"{lead} Choose a cell to see both columns.", class_="lead"),
                    correlations_map(known, links, self.found.profile.target, self._plot_of),
                    element("h3", "The strongest pairs", class_="part"),
                    strongest_pairs(known),
                )
            )
        )

    async def _plot(self) -> None:
        ui.html('<h2 class="unseen">Plot</h2>', sanitize=False)
        names = [str(item["name"]) for item in self.found.profile.columns]
        if not self.asked["x"] and names:
            best = self.found.profile.associations
            self.asked["x"] = best[0].feature if best else names[0]
            self.asked["y"] = (self.found.profile.target or "") if best else ""
        await Plotting(
            self.studio.learning, self.project, names, self.asked["x"], self.asked["y"], on_choice=self._plotted
        ).build()

    def _plotted(self, x: str, y: str) -> None:
        self.asked.update(x=x, y=y)
        self._remember()

    async def _versions(self) -> None:
        ui.html('<h2 class="unseen">Versions</h2>', sanitize=False)
        known = [item for item in await to_thread(self.project.datasets) if item["name"] == self.found.dataset]
        numbers = [int(item["version"]) for item in known]
        if len(numbers) < 2:
            ui.label(
                "There is one version. When the source changes, the next run keeps another, and their columns can be "
                "compared."
            ).classes("lead")
            return
        ui.label(
            "Two versions, all rows of each: which columns came and went, and which moved. Whoever decides by it has "
            "looked at the rows that judge, too."
        ).classes("lead")
        self._choices(known, numbers)
        self.compared = ui.element("div").classes("compared")
        await self._compare()

    def _choices(self, known: Sequence[Mapping[str, Any]], numbers: list[int]) -> None:
        options = {str(item["version"]): f"{item['version']}: {item['rows']:,} rows" for item in known}
        for fact, default in (("one", numbers[-2]), ("two", numbers[-1])):
            if self.asked[fact] not in options:
                self.asked[fact] = str(default)
        with ui.element("div").classes("filters"):
            for fact, label in (("one", "Version"), ("two", "Beside")):
                ui.select(
                    options, value=self.asked[fact], label=label, on_change=lambda e, fact=fact: self._other(fact, e)
                ).props("outlined dense options-dense")

    async def _other(self, fact: str, event: Any) -> None:
        self.asked[fact] = str(event.value)
        self._remember()
        await self._compare()

    async def _compare(self) -> None:
        one, two = self.asked["one"], self.asked["two"]
        self.compared.clear()
        with self.compared:
            if one == two:
                ui.label("That is one version twice; choose two.").classes("lead")
                return
            waiting = ui.element("div").classes("waiting")
            with waiting:
                ui.spinner(size="lg")
                ui.label("Comparing …")
        try:
            view = await to_thread(self._comparison, int(one), int(two))
        except Exception as error:  # noqa: BLE001 - said in the place of the comparison
            with self.compared.clear():
                show_error(error)
            return
        if (one, two) == (self.asked["one"], self.asked["two"]):
            with self.compared.clear():
                html_of(view)

    def _comparison(self, one: int, two: int) -> Html:
        workspace, dataset = self.studio.workspace, self.found.dataset
        known = compare_datasets(*(workspace.dataset(self.name, dataset, version) for version in (one, two)))
        section = comparison_section(known, {}, (f"version {one}", f"version {two}"))
        return join((element("p", section.lead, class_="lead"), section.body))


def _latest_run(project: Project) -> int | None:
    found = latest_results(project).get("explore")
    return found.run if found else None
