"""Findings that can be narrowed down, each with its evidence, its rows on demand, and its remedy as a button."""

from asyncio import to_thread
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl
from nicegui import ui

from clew.core.errors import DataError
from clew.core.finding import Finding, Severity
from clew.core.html import element, finding_details, finding_head, prose
from clew.core.readable import number
from clew.explore.evidence_rows import evidence_rows, is_about_rows
from clew.explore.look import Look
from clew.project.exploring import LearningRows
from clew.project.project import Project
from clew.project.remedies import Fixed, fix, is_fixed, take_back
from clew.studio.studio import Studio
from clew.studio.thread import place_address
from clew.studio.widgets.buttons import quiet
from clew.studio.widgets.grid import Options, grid
from clew.studio.widgets.html import html_of
from clew.studio.widgets.links import link_to
from clew.studio.widgets.messages import done, told

#: Findings that are shown at once; the others on demand.
_SHOWN = 40
_ALL = ""


@dataclass
class Chosen:
    """Which findings are shown.

    Parameters
    ----------
    severity : str, default ""
        Only those so grave; empty for all.
    column : str, default ""
        Only those about this column.
    search : str, default ""
        Only those that say this.
    """

    severity: str = ""
    column: str = ""
    search: str = ""

    def keeps(self, finding: Finding) -> bool:
        """Tell whether a finding is shown."""
        about = {finding.column, *_columns_of(finding)}
        said = " ".join((finding.code, finding.title, finding.detail, *(name for name in about if name))).casefold()
        return (
            (not self.severity or finding.severity == self.severity)
            and (not self.column or self.column in about)
            and self.search.strip().casefold() in said
        )


def _columns_of(finding: Finding) -> list[str]:
    """Return the columns that a finding about several of them names."""
    named = finding.evidence.get("columns")
    return [name for name in named if isinstance(name, str)] if isinstance(named, list) else []


class Insights:
    """The findings of a project.

    Parameters
    ----------
    studio : Studio
        That serves the rows.
    project : Project
        An open one.
    findings : sequence of Finding
        The gravest first.
    chosen : Chosen
        Which of them are shown first.
    link : callable
        Takes a column and returns the address that shows it.
    on_choice : callable
        Called when others are chosen.
    """

    def __init__(
        self,
        studio: Studio,
        project: Project,
        findings: Sequence[Finding],
        chosen: Chosen,
        *,
        link: Callable[[str], str],
        on_choice: Callable[[], None],
    ) -> None:
        self.studio = studio
        self.project = project
        self.findings = findings
        self.chosen = chosen
        self.link = link
        self.on_choice = on_choice
        self.most = _SHOWN

    def build(self) -> None:
        """Build the filters and the list."""
        if not self.findings:
            ui.label("Nothing was found that needs attention.").classes("lead")
            return
        with ui.element("div").classes("filters").props('role="search" aria-label="Narrow the findings down"'):
            self._filters()
        self.said = ui.label().classes("lead").props('role="status"')
        self.list = ui.element("ol").classes("findings")
        self.more = ui.element("div")
        self._fill()

    def _filters(self) -> None:
        counts = {grade: sum(item.severity is grade for item in self.findings) for grade in reversed(Severity)}
        grades = {_ALL: f"All {len(self.findings)}"} | {g.value: f"{n} {g.value}" for g, n in counts.items() if n}
        severity = self.chosen.severity if self.chosen.severity in grades else _ALL
        ui.select(
            grades, value=severity, label="Severity", on_change=lambda e: self._choose("severity", e.value)
        ).props("outlined dense options-dense")
        names = sorted({name for item in self.findings for name in (item.column, *_columns_of(item)) if name})
        columns = {_ALL: "All columns", **{name: name for name in names}}
        column = self.chosen.column if self.chosen.column in columns else _ALL
        ui.select(
            columns, value=column, label="Column", with_input=True, on_change=lambda e: self._choose("column", e.value)
        ).props("outlined dense options-dense")
        search = ui.input("Search the findings", value=self.chosen.search)
        search.props("outlined dense clearable debounce=200")
        search.on_value_change(lambda e: self._choose("search", e.value))

    def _choose(self, fact: str, value: str | None) -> None:
        setattr(self.chosen, fact, value or "")
        self.most = _SHOWN
        self.on_choice()
        self._fill()

    def _fill(self) -> None:
        kept = [item for item in self.findings if self.chosen.keeps(item)]
        count = f"{len(kept)} of {len(self.findings)} findings" if len(kept) < len(self.findings) else ""
        self.said.set_text(count if kept else "No finding is like that.")
        self.said.set_visibility(bool(count) or not kept)
        with self.list.clear():
            for item in kept[: self.most]:
                _Item(self, item).build()
        with self.more.clear():
            if len(kept) > self.most:
                quiet(f"Show the other {len(kept) - self.most}", lambda: self._show(len(kept)))

    def _show(self, most: int) -> None:
        self.most = most
        self._fill()


class _Item:
    """One finding."""

    def __init__(self, insights: Insights, finding: Finding) -> None:
        self.insights = insights
        self.finding = finding
        self.project = insights.project
        self.shown = False

    def build(self) -> None:
        finding = self.finding
        with ui.element("li").classes(f"finding {finding.severity.value}"):
            html_of(finding_head(finding, self.insights.link(finding.column) if finding.column else None))
            html_of(element("p", prose(finding.detail), class_="finding-says"))
            details = finding_details(finding)
            if details is not None:
                html_of(details)
            self.actions = ui.element("div").classes("finding-actions")
            self.place = ui.element("div").classes("finding-rows")
            self._actions()

    def _name(self) -> str:
        return f"{self.finding.code}{f' of {self.finding.column}' if self.finding.column else ''}"

    def _actions(self) -> None:
        with self.actions.clear():
            if is_about_rows(self.finding):
                words = "Hide the rows" if self.shown else "Show the rows"
                self.rows_button = _named(quiet(words, self._rows), f"{words} of {self._name()}")
            if self.finding.remedy is not None:
                if is_fixed(self.project, self.finding.remedy):
                    self._fixed(None)
                else:
                    _named(quiet("Fix it", self._fix), f"Fix {self._name()}").classes("fix")

    def _fixed(self, fixed: Fixed | None) -> None:
        link_to("In the recipe", place_address(self.project.folder.name, "prepare"), classes="in-recipe")
        if fixed is not None:
            _named(quiet("Undo", lambda: self._undo(fixed)), f"Undo the fix of {self._name()}")

    async def _fix(self) -> None:
        assert self.finding.remedy is not None  # noqa: S101 - there is no button otherwise
        title = f"Fix {self.finding.code}: {self.finding.title}"
        title += f" ({self.finding.column})" if self.finding.column else ""
        try:
            reason = f"{self.finding.code}: {self.finding.detail}"
            fixed = await to_thread(fix, self.project, self.finding.remedy, title=title, reason=reason)
        except Exception as error:  # noqa: BLE001 - said to the person, and in the log where it is our fault
            told(error)
            return
        new = f" The project had no recipe; {fixed.recipe.name} is its recipe now." if fixed.config else ""
        done(f"The step is the first of {fixed.recipe.name}.{new}")
        self._actions()
        with self.actions:
            _named(quiet("Undo", lambda: self._undo(fixed)), f"Undo the fix of {self._name()}")

    async def _undo(self, fixed: Fixed) -> None:
        try:
            await to_thread(take_back, self.project, fixed)
        except Exception as error:  # noqa: BLE001 - as above
            told(error)
            return
        done("Taken back.")
        self._actions()

    def _say_rows(self) -> None:
        words = "Hide the rows" if self.shown else "Show the rows"
        self.rows_button.set_text(words)
        _named(self.rows_button, f"{words} of {self._name()}").update()

    async def _rows(self) -> None:
        self.shown = not self.shown
        self._say_rows()
        self.place.clear()
        if not self.shown:
            return
        try:
            found = await to_thread(_look, self.insights.studio.learning, self.project, self.finding)
        except Exception as error:  # noqa: BLE001 - as above
            self.shown = False
            self._say_rows()
            told(error)
            return
        with self.place:
            look, complete = found
            count = len(look.frame)
            words = "All rows that it is about" if complete else "Rows that it names, as examples"
            ui.label(f"{words}: {number(count)}. They are numbered among the rows that learn.").classes("lead")
            if count:
                options = Options(f"Rows of {self._name()}", height="18rem", save_as=f"{self.finding.code}.csv")
                grid(self.insights.studio, look, options)


def _named(button: ui.button, name: str) -> ui.button:
    """Give a button a name of its own among others that say the same."""
    button._props["aria-label"] = name  # noqa: SLF001 - props() would parse what a column is called
    return button


def _look(kept: LearningRows, project: Project, finding: Finding) -> tuple[Look, bool]:
    """Return the rows of a finding, its columns first, and whether these are all."""
    learning = kept.of(project)
    rows = evidence_rows(finding, learning.dataset)
    if rows is None:  # those that it names are not there
        raise DataError("The rows that this finding names are not at hand.", hint="Explore the rows again.")
    schema = learning.dataset.schema
    target = schema.target.name if schema.target else None
    first = [name for name in (finding.column, *_columns_of(finding), target) if name is not None and name in schema]
    names = list(dict.fromkeys((*first, *schema.names)))
    frame = learning.dataset.frame.select(names)[rows.positions]
    positions = pl.Series("position", rows.positions, dtype=pl.Int64)
    return Look(frame, schema.select(names), positions=positions), rows.complete
