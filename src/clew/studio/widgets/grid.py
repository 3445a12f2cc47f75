"""A grid over any number of rows and columns: only what is on the screen leaves the server.

Other pages use it as it is, with rows of their own, such as the evidence of a finding or the preview of a step::

    grid(studio, Look(frame, schema), Options(label="Rows that repeat"))
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import polars as pl
from nicegui import ui
from nicegui.elements.aggrid import AgGrid  # noqa: F401 - makes AG Grid known to the page
from nicegui.events import GenericEventArguments

from clew.core.schema import Column, Kind
from clew.explore.conditions import operations_of
from clew.explore.look import Look
from clew.studio.studio import Studio

#: Kinds whose values are chosen from a list.
_CHOSEN = frozenset({Kind.CATEGORICAL, Kind.ORDINAL, Kind.BOOLEAN})


@dataclass(frozen=True, slots=True)
class Options:
    """How a grid is shown.

    Parameters
    ----------
    label : str, default "Rows"
        What the rows are, for people who cannot see them.
    changed : mapping of (int, str) to str
        Cells to highlight, by position of the row and name of the column, each with a note that is shown for it, such
        as ``"was 12"``; the note may be empty.
    marks : mapping of str to str
        A word beside the names of columns, such as ``"new"``.
    height : str, optional
        In CSS; by default as tall as the rows, up to most of the window.
    save_as : str, optional
        Name of the CSV file, by default ``"rows.csv"``; None offers none.
    headers : bool, default True
        Whether headers show quality and distribution.
    search : bool, default True
        Whether there is a field to search the texts.
    numbered : bool, default True
        Whether a first column tells the positions of the rows.
    """

    label: str = "Rows"
    changed: Mapping[tuple[int, str], str] = field(default_factory=dict)
    marks: Mapping[str, str] = field(default_factory=dict)
    height: str | None = None
    save_as: str | None = "rows.csv"
    headers: bool = True
    search: bool = True
    numbered: bool = True

    def props(self) -> dict[str, Any]:
        """Return what the page is told."""
        return {
            "label": self.label,
            "changed": _by_column(self.changed),
            "marks": dict(self.marks),
            "height": self.height,
            "save-as": self.save_as,
            "tall": self.headers,
            "searchable": self.search,
            "numbered": self.numbered,
        }


class Grid(ui.element, component="grid.js"):
    """A grid; make it with `grid` or `dataset_grid`.

    Parameters
    ----------
    address : str
        Where its rows are served, see `clew.studio.api.rows`.
    look : Look
        The table.
    options : Options
        How it is shown.
    on_column : callable, optional
        Called with the name of a column whose header was clicked; without it, a click sorts.
    forget : callable, optional
        Called when the grid is no more.
    """

    def __init__(
        self,
        address: str,
        look: Look,
        options: Options,
        *,
        on_column: Callable[[str], Any] | None = None,
        forget: Callable[[], None] | None = None,
    ) -> None:
        super().__init__()
        self.look = look
        self._forget = forget
        types = look.frame.schema  # made anew each time it is asked for
        told = [_told(column, types[column.name]) for column in look.schema]
        self._props.update(options.props())
        self._props.update(
            {"address": address, "rows": look.frame.height, "columns": told, "listens": on_column is not None}
        )
        if on_column is not None:

            def clicked(event: GenericEventArguments) -> Any:
                # Only what is a column of this table: the page could send anything.
                return on_column(event.args["column"]) if event.args["column"] in look.schema else None

            self.on("column", clicked)

    @property
    def chosen(self) -> str | None:
        """The column that is marked as the one being looked at."""
        return self._props.get("chosen")

    def choose(self, column: str | None, *, scroll: bool = False) -> None:
        """Mark a column, and bring it into sight if asked to."""
        self._props["chosen"] = column
        # Not by an update, which would send every column again.
        self.run_method("choose", column)
        if scroll and column is not None:
            self.run_method("show_column", column)

    def show_row(self, place: int) -> None:
        """Bring a row into sight, by its place in what is shown."""
        self.run_method("show_position", place)

    def highlight(self, changed: Mapping[tuple[int, str], str]) -> None:
        """Highlight other cells; see `Options.changed`."""
        self._props["changed"] = _by_column(changed)
        self.run_method("highlight", self._props["changed"])

    def _handle_delete(self) -> None:
        if self._forget is not None:
            self._forget()
        super()._handle_delete()


def grid(
    studio: Studio, look: Look, options: Options | None = None, *, on_column: Callable[[str], Any] | None = None
) -> Grid:
    """Show rows of a page's own; they are forgotten when the grid is.

    Parameters
    ----------
    studio : Studio
        That serves them.
    look : Look
        The rows. With ``positions``, they are numbered as in the table that they were taken from.
    options : Options, optional
        How they are shown.
    on_column : callable, optional
        Called with the name of a column whose header was clicked; without it, a click sorts.

    Returns
    -------
    Grid
        The element.
    """
    name = studio.grids.add(look)
    return Grid(
        f"/api/grids/{name}",
        look,
        options or Options(),
        on_column=on_column,
        forget=lambda: studio.grids.remove(name),
    )


def dataset_grid(
    place: tuple[str, str, int], look: Look, *, on_column: Callable[[str], Any] | None = None, height: str | None = None
) -> Grid:
    """Show the rows of a dataset version, under an address that stays.

    Parameters
    ----------
    place : tuple of (str, str, int)
        Names of the project and the dataset, and the version.
    look : Look
        What ``studio.looks`` answers for it.
    on_column : callable, optional
        As for `grid`.
    height : str, optional
        In CSS.
    """
    project, dataset, version = place
    address = f"/api/data/{quote(project, safe='')}/{quote(dataset, safe='')}/{version}"
    options = Options(f"Rows of {dataset}, version {version}", height=height, save_as=f"{dataset}-{version}.csv")
    return Grid(address, look, options, on_column=on_column)


def _by_column(cells: Mapping[tuple[int, str], str]) -> dict[str, list[list[Any]]]:
    found: dict[str, list[list[Any]]] = {}
    for (position, column), note in cells.items():
        found.setdefault(column, []).append([position, note])
    return found


def _told(column: Column, dtype: pl.DataType) -> dict[str, Any]:
    """Return what the page has to know of a column before it is looked at."""
    return {
        "name": column.name,
        "kind": column.kind.value,
        "role": column.role.value,
        "dtype": column.dtype,
        "number": dtype.is_numeric() or isinstance(dtype, pl.Duration),
        "sortable": not dtype.is_nested() and dtype != pl.Object,
        "filter": "values" if column.kind in _CHOSEN and dtype != pl.Binary else _filter(dtype),
        "text": "contains" in operations_of(dtype),
    }


def _filter(dtype: pl.DataType) -> str:
    """Return which filter of the grid suits a column."""
    known = operations_of(dtype)
    if "contains" in known:
        return "text"
    if isinstance(dtype, pl.Date | pl.Datetime):
        return "date"
    if dtype in {pl.Time, pl.Boolean}:
        return "same"
    return "number" if "less" in known else "there"
