"""A journey: the domain model is edited, and the rows that go against it are seen before anything is saved."""

import pytest
from tests.studio.live.access import grave_violations
from tests.studio.live.looking import THEMES, look, settle, too_wide

from clew.project.clewyaml import with_facts
from clew.project.project import Project

pytestmark = pytest.mark.full


def stated(served) -> str:
    return (served.folder / "penguins" / "clew.yaml").read_text(encoding="utf-8")


def test_facts_are_stated_and_the_rows_against_them_are_seen(page, served):
    page.goto("/project/penguins/domain")
    page.get_by_role("button", name="bill_length_mm").click()
    page.get_by_role("heading", name="bill_length_mm").wait_for()
    page.get_by_text("All 344 rows agree.").wait_for()
    before = stated(served)
    page.get_by_role("spinbutton", name="Minimum").fill("35")
    page.get_by_text("9 of 344 rows (2.6 %) against “at least 35”").click()
    page.get_by_role("cell", name="34.1").first.wait_for()
    assert stated(served) == before, "nothing is written before it is saved"

    settle(page)
    look(page, "define")
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        settle(page)
        assert grave_violations(page) == [], theme
    assert too_wide(page) == {}

    page.get_by_role("button", name="Save the facts").click()
    page.get_by_role("button", name="bill_length_mm").get_by_text("9 against it").wait_for()
    assert "bill_length_mm: {kind: numeric, minimum: 35}   #" in stated(served)
    page.locator("h1").click()
    page.keyboard.press("Control+z")
    page.get_by_text("9 against it").wait_for(state="detached")
    assert stated(served) == before


def test_who_saves_second_is_told_and_loses_nothing(page, served):
    page.goto("/project/penguins/domain?column=year")
    page.get_by_text("All 344 rows agree.").wait_for()
    page.get_by_role("textbox", name="Unit").fill("a")
    with Project(served.folder / "penguins") as other:
        read = other.edits.read("clew.yaml")
        changed = with_facts(read.text, "year", {"minimum": 2007})
        other.edits.write("clew.yaml", changed, expected=read.version, title="theirs")
    page.get_by_role("button", name="Save the facts").click()
    page.get_by_role("dialog", name="Somebody else saved first").get_by_text("minimum: 2007").wait_for()
    look(page, "define-conflict")
    page.get_by_role("button", name="Make my change on top of theirs").click()
    page.get_by_text("Saved: year: unit").wait_for()
    assert "year: {kind: numeric, minimum: 2007, unit: a}" in stated(served)
