"""Journeys through the studio as a person makes them, in a real browser."""

import pytest
from tests.studio.live.access import grave_violations
from tests.studio.live.looking import THEMES, look, settle, too_wide
from tests.studio.live.places import penguins

from clew.project.project import Project

pytestmark = pytest.mark.full


@pytest.fixture
def table(tmp_path):
    """A file of a name of its own, so that each journey makes a project of its own."""
    path = tmp_path / f"birds-{len(list(tmp_path.parent.iterdir()))}.csv"
    penguins().write_csv(path)
    return path


def drop(page, path) -> None:
    """Drop a file on the page, as a hand does from the desktop."""
    content = path.read_text(encoding="utf-8")
    transfer = page.evaluate_handle(
        """([name, content]) => {
          const moved = new DataTransfer();
          moved.items.add(new File([content], name, {type: 'text/csv'}));
          return moved;
        }""",
        [path.name, content],
    )
    zone = page.locator("[data-drop]")
    for event in ("dragenter", "dragover", "drop"):
        zone.dispatch_event(event, {"dataTransfer": transfer})


def test_a_dropped_csv_becomes_a_confirmed_project(page, served, table):
    page.goto("/")
    page.get_by_text("Drop a table here").wait_for()
    drop(page, table)
    page.get_by_text("344 rows, 8 columns").wait_for()
    settle(page)
    look(page, "new")
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        settle(page)
        assert grave_violations(page) == [], theme
    assert too_wide(page) == {}

    page.get_by_role("button", name="species", exact=True).click()
    page.get_by_text("A multiclass task").wait_for()
    page.get_by_role("button", name="Create the project").click()
    page.wait_for_url("**/project/birds*")
    page.get_by_role("heading", name=table.stem).wait_for()

    with Project(served.folder / table.stem) as made:
        assert made.config.file.problem.target == "species"
        assert made.config.file.problem.task == "multiclass"
    page.goto("/")
    page.get_by_role("link", name=table.stem).wait_for()


def test_two_versions_are_compared(page):
    page.goto("/project/penguins")
    page.get_by_role("navigation", name="Lifecycle").get_by_role("link", name="Data").click()
    page.get_by_role("tab", name="Versions").click()
    page.get_by_role("heading", name="What changed").wait_for()
    page.get_by_role("button", name="Compare").click()
    page.get_by_role("heading", name="Changed rows").wait_for()
    tiles = page.get_by_role("main").inner_text()
    assert "Added\n44\nof 344 rows" in tiles
    assert "Removed\n0\nof 300 rows" in tiles
    assert "Changed\n15\nknown by number" in tiles
    page.get_by_text("Columns that are new: mass_kg.").wait_for()
    page.get_by_role("gridcell", name="biscoe").or_(page.get_by_role("gridcell", name="torgersen")).first.wait_for()
    settle(page)
    look(page, "versions")
    assert grave_violations(page) == []
    assert too_wide(page) == {}


def test_a_file_that_is_no_table_is_told_and_makes_nothing(page, served, tmp_path):
    page.watch.allow(r"answered 400: PUT|status of 400")
    before = {item.name for item in served.folder.iterdir()}
    path = tmp_path / "notes.pdf"
    path.write_text("this is no table")
    page.goto("/")
    page.get_by_text("Drop a table here").wait_for()
    drop(page, path)
    page.get_by_role("alert").filter(has_text="no ending of a table").wait_for()
    assert {item.name for item in served.folder.iterdir()} == before
