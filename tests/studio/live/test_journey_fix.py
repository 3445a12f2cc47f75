"""A journey: a problem in the data is found, its rows are looked at, it is mended by a step, and that is taken back."""

import pytest
from tests.studio.live.access import grave_violations
from tests.studio.live.looking import THEMES, look, settle, too_wide
from tests.studio.live.places import flawed

from clew.project.project import Project

pytestmark = pytest.mark.full


@pytest.fixture(scope="module")
def place(served):
    """A project of penguins whose table has problems."""
    return flawed(served.folder)


def choose_severity(page, text: str) -> None:
    page.get_by_role("combobox", name="Severity").click()
    page.get_by_role("option").filter(has_text=text).click()


def steps_on_disk(place) -> list[dict]:
    with Project(place) as project:
        return project.config.recipe.to_dict() if project.config.recipe else []


def test_a_problem_is_found_mended_and_the_step_is_taken_back(page, place):
    page.goto("/project/flawed")
    page.get_by_role("navigation", name="Lifecycle").get_by_role("link", name="Explore").click()
    constant = page.get_by_role("listitem").filter(has_text="Constant column")
    constant.wait_for()
    choose_severity(page, "info")
    constant.wait_for(state="detached")
    page.wait_for_url("**severity=info")

    gaps = page.get_by_role("listitem").filter(has_text="Many missing values")
    gaps.get_by_text("Without a value: 89 of 275 rows").wait_for()
    page.get_by_role("button", name="Show the rows of DQ007 of gaps").click()
    gaps.get_by_text("All rows that it is about: 89.").wait_for()
    gaps.get_by_role("gridcell", name="Adelie").first.wait_for()
    settle(page)
    look(page, "fix-evidence")
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        settle(page)
        assert grave_violations(page) == [], theme
    assert too_wide(page) == {}

    page.get_by_role("button", name="Fix DQ007 of gaps").click()
    page.get_by_role("alert").filter(has_text="recipes/main.yaml is its recipe now").wait_for()
    assert grave_violations(page) == [], "with the notice"
    gaps.get_by_role("link", name="In the recipe").wait_for()
    look(page, "fix-notice")
    recipe = (place / "recipes" / "main.yaml").read_text(encoding="utf-8")
    assert recipe.startswith("# DQ007: Without a value: 89 of 275 rows (32.4 %).\n- op: fill_missing\n")
    assert steps_on_disk(place) == [{"op": "fill_missing", "columns": "gaps"}]

    gaps.get_by_role("link", name="In the recipe").click()
    page.get_by_role("button", name="1. fill_missing").wait_for()
    page.get_by_text("After step 1:").wait_for()
    page.get_by_text("DQ007: Without a value: 89 of 275 rows (32.4 %).").first.wait_for()
    settle(page)
    look(page, "fix-prepare")

    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="1. fill_missing").wait_for(state="detached")
    assert steps_on_disk(place) == []
    page.go_back()
    page.get_by_role("button", name="Fix DQ007 of gaps").wait_for()
