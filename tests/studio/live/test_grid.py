"""The grid in a browser: the server sorts and filters, headers tell and choose, keys do what the pointer does."""

import csv
import re

import pytest
from tests.studio.live.access import grave_violations
from tests.studio.live.looking import look, too_wide

pytestmark = pytest.mark.full

ROWS = "/project/penguins/data"


@pytest.fixture
def rows(page):
    """The page of the rows, with what stands above the first columns."""
    page.goto(ROWS)
    page.wait_for_selector(".grid-bars svg")
    return page


def shows(page, row: int, column: str, text: str) -> None:
    """Wait until a cell shows a text."""
    at = header(page, column).get_attribute("col-id")
    page.locator(f'.ag-row[row-index="{row}"] .ag-cell[col-id="{at}"]', has_text=text).wait_for()


def header(page, column: str):
    return page.locator(".ag-header-cell", has=page.locator(".grid-name", has_text=column)).first


def settled(page, count: str) -> None:
    page.wait_for_function("count => document.querySelector('.grid-count').textContent === count", arg=count)


def test_a_header_tells_type_quality_and_distribution(rows):
    told = header(rows, "bill_length_mm")
    assert told.locator(".grid-type").inner_text() == "123"
    assert told.locator(".grid-quality").get_attribute("aria-label") == (
        "99.4 % valid (342), 0.6 % missing (2), 0 % invalid (0)"
    )
    assert told.locator(".grid-bars rect.grid-bar").count() > 10
    shows(rows, 3, "bill_length_mm", "missing")


def test_the_server_sorts_and_filters_and_saves_what_is_shown(rows):
    told = header(rows, "bill_length_mm")
    told.hover()
    told.get_by_role("button", name="Sort").click()
    shows(rows, 0, "bill_length_mm", "32.1")
    told.hover()
    told.get_by_role("button", name="Filter").click()
    rows.locator(".ag-filter input").first.fill("40.2")
    settled(rows, "3 of 344 rows")
    rows.keyboard.press("Escape")
    with rows.expect_download() as download:
        rows.get_by_role("link", name="Save as CSV").click()
    with download.value.path().open(encoding="utf-8") as file:
        saved = list(csv.DictReader(file))
    assert [row["bill_length_mm"] for row in saved] == ["40.2"] * 3
    rows.get_by_role("button", name="Show all rows").click()
    settled(rows, "344 rows")


def test_values_are_chosen_from_a_list(rows):
    told = header(rows, "island")
    told.hover()
    told.get_by_role("button", name="Filter").click()
    rows.locator(".grid-values").get_by_label(re.compile("^biscoe")).check()
    settled(rows, "9 of 344 rows")
    rows.locator(".grid-values").get_by_role("button", name="Reset").click()
    settled(rows, "344 rows")
    rows.get_by_label("Values of island that contain").fill("dream")
    settled(rows, "124 of 344 rows")


def test_texts_are_searched(rows):
    rows.get_by_label("Search the texts").fill("gentoo")
    settled(rows, "124 of 344 rows")
    rows.get_by_label("Search the texts").fill("nobody")
    settled(rows, "0 of 344 rows")
    rows.get_by_text("No row passes.").wait_for()


def test_a_chosen_column_is_shown_beside_and_stays_in_the_address(rows):
    header(rows, "island").locator(".grid-name").click()
    rows.get_by_role("heading", name="island").wait_for()
    assert "column=island" in rows.url
    rows.reload()
    rows.get_by_role("heading", name="island").wait_for()
    assert rows.locator(".ag-header-cell.grid-chosen .grid-name").inner_text() == "island"


def test_keys_do_what_the_pointer_does(rows):
    at = header(rows, "bill_length_mm").get_attribute("col-id")
    rows.get_by_label("Search the texts").focus()
    focused = "document.activeElement.getAttribute('col-id')"
    for key in ["Tab"] * 6 + ["ArrowRight"] * 6:
        if rows.evaluate(focused) in {"c0", at} and key == "Tab":
            continue
        if rows.evaluate(focused) == at:
            break
        rows.keyboard.press(key)
    rows.keyboard.press("s")
    shows(rows, 0, "bill_length_mm", "32.1")
    rows.keyboard.press("f")
    rows.wait_for_selector(".ag-filter")
    rows.keyboard.press("Escape")
    rows.wait_for_function(f"{focused} === '{at}'")
    rows.keyboard.press("Enter")
    rows.get_by_role("heading", name="bill_length_mm").wait_for()
    rows.keyboard.press("ArrowDown")
    rows.keyboard.press("Enter")
    rows.locator("dialog.grid-cell[open]").wait_for()
    assert rows.locator("dialog.grid-cell pre").inner_text() == "32.1"


def test_versions_are_compared(page):
    page.goto(f"{ROWS}?view=versions")
    page.get_by_role("button", name="Compare").click()
    page.get_by_text("Columns that are new: mass_kg.").wait_for()
    page.get_by_role("heading", name="Added rows").wait_for()
    changed = page.locator(".clew-grid").first
    changed.locator(".ag-cell.grid-changed", has_text="torgersen").first.wait_for()
    assert changed.locator(".grid-count").inner_text() == "15 rows"
    page.wait_for_function("document.querySelectorAll('.difference .ag-row').length > 20")
    assert grave_violations(page) == []
    assert too_wide(page) == {}
    look(page, "data_difference")


@pytest.mark.parametrize("view", ["rows&column=island", "columns", "versions", "sources"])
def test_everybody_can_use_it_at_any_width(page, view):
    page.goto(f"{ROWS}?view={view}")
    page.wait_for_selector(".ag-row, .card, table")
    page.wait_for_timeout(800)
    assert grave_violations(page) == []
    assert too_wide(page) == {}
    look(page, f"data_{view.partition('&')[0]}")
