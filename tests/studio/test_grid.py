"""The grid as other pages use it: rows of their own, columns to choose, cells to highlight."""

from collections.abc import AsyncIterator
from datetime import date, datetime, time, timedelta

import polars as pl
import pytest
from nicegui import ui
from nicegui.testing import User, user_simulation

from clew.core.schema import Column, Kind, Role, Schema
from clew.explore.look import Look
from clew.studio.studio import Studio
from clew.studio.widgets.grid import Grid, Options, grid


def look_of(frame: pl.DataFrame) -> Look:
    columns = (Column(name, str(dtype), Kind.NUMERIC, Role.FEATURE) for name, dtype in frame.schema.items())
    return Look(frame, Schema(tuple(columns)))


class Page:
    """A page with one grid, and what was chosen in it."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self.chosen: list[str] = []
        self.look = look_of(pl.DataFrame({"a": [1, 2], "<b>": ["x", "y"]}))

    def build(self) -> None:
        options = Options("Evidence", changed={(1, "<b>"): "was z"}, marks={"a": "new"}, headers=False)
        ui.label("A page")
        self.grid = grid(self.studio, self.look, options, on_column=self.chosen.append)


@pytest.fixture
def page(studio: Studio) -> Page:
    return Page(studio)


@pytest.fixture
async def visitor(page: Page) -> AsyncIterator[User]:
    async with user_simulation(page.build) as simulated:
        await simulated.open("/")
        yield simulated


async def test_the_page_is_told_what_to_show(page: Page, visitor: User) -> None:
    props = page.grid._props
    assert props["rows"] == 2
    assert props["changed"] == {"<b>": [[1, "was z"]]}
    assert (props["marks"], props["label"], props["tall"], props["save-as"]) == (
        {"a": "new"},
        "Evidence",
        False,
        "rows.csv",
    )
    name = props["address"].removeprefix("/api/grids/")
    assert page.studio.grids.get(name) is page.look


async def test_a_click_on_a_header_calls_back_with_a_column_of_the_table(page: Page, visitor: User) -> None:
    visitor.find(Grid).trigger("column", {"column": "<b>"})
    visitor.find(Grid).trigger("column", {"column": "made up"})
    assert page.chosen == ["<b>"]


async def test_columns_are_chosen_and_cells_highlighted_later(page: Page, visitor: User) -> None:
    page.grid.choose("a", scroll=True)
    page.grid.highlight({(0, "a"): ""})
    page.grid.show_row(1)
    assert page.grid.chosen == "a"
    assert page.grid._props["changed"] == {"a": [[0, ""]]}


async def test_rows_of_a_page_are_forgotten_with_their_grid(page: Page, visitor: User) -> None:
    assert len(page.studio.grids) == 1
    page.grid.delete()
    assert len(page.studio.grids) == 0


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1], {"number": True, "sortable": True, "filter": "number"}),
        (["x"], {"number": False, "sortable": True, "filter": "text"}),
        ([True], {"number": False, "sortable": True, "filter": "same"}),
        ([date(2024, 1, 1)], {"number": False, "sortable": True, "filter": "date"}),
        ([datetime(2024, 1, 1)], {"number": False, "sortable": True, "filter": "date"}),
        ([time(1)], {"number": False, "sortable": True, "filter": "same"}),
        ([timedelta(1)], {"number": True, "sortable": True, "filter": "number"}),
        ([[1]], {"number": False, "sortable": False, "filter": "there"}),
        ([b"x"], {"number": False, "sortable": True, "filter": "there"}),
    ],
)
async def test_columns_of_each_type_have_the_filter_that_suits_them(
    page: Page, values: list[object], expected: dict[str, object]
) -> None:
    page.look = look_of(pl.DataFrame({"c": values}))
    async with user_simulation(page.build) as simulated:
        await simulated.open("/")
        [told] = page.grid._props["columns"]
    assert {key: told[key] for key in expected} == expected
