"""A journey: a recipe of ten steps, each seen before it is applied; undone, done again, and taken along as code."""

import pytest
from tests.studio.live.access import grave_violations
from tests.studio.live.looking import THEMES, look, settle, too_wide

from clew.project.project import Project

pytestmark = pytest.mark.full

#: Steps as a person would choose them for penguins: what, and for which columns.
STEPS = [
    ("drop_duplicates", []),
    ("missing_indicator", ["sex"]),
    ("fill_missing", ["bill_length_mm", "body_mass_g"]),
    ("group_rare", ["island"]),
    ("clip_outliers", ["body_mass_g"]),
    ("log", ["body_mass_g"]),
    ("scale", ["bill_length_mm"]),
    ("round", ["bill_length_mm"]),
    ("bin", ["flipper_length_mm"]),
    ("one_hot", ["island"]),
]


def choose(page, label: str, text: str) -> None:
    """Choose an option of a field by typing it, as a keyboard does."""
    field = page.get_by_role("combobox", name=label)
    field.click()
    field.fill(text)
    page.get_by_role("option").filter(has_text=text).first.click()


def add(page, op: str, columns: list[str], number: int) -> None:
    """Add a step at the end, and see what it does before it is applied."""
    choose(page, "Add a step", f"{op}:")
    page.get_by_role("heading", name=f"New step {number}: {op}").wait_for()
    for column in columns:
        choose(page, "Columns", column)
    if columns:
        page.keyboard.press("Escape")
    page.locator(".tried").get_by_text("Changed cells are marked").wait_for()
    page.get_by_text(f"After step {number}:").wait_for()
    settle(page)
    if number == len(STEPS):
        look(page, "prepare-preview")
    page.get_by_role("button", name="Apply").click()
    page.get_by_role("button", name=f"{number}. {op}").wait_for()


def steps_of(page) -> list[str]:
    return page.locator(".step-name").all_inner_texts()[1:]


def test_a_recipe_of_ten_steps_is_built_undone_and_exported(page, served, tmp_path):
    page.goto("/project/penguins/prepare")
    page.get_by_role("heading", name="Suggested steps").wait_for()
    look(page, "prepare-empty")
    for number, (op, columns) in enumerate(STEPS, start=1):
        add(page, op, columns, number)
    names = [f"{number}. {op}" for number, (op, _) in enumerate(STEPS, start=1)]
    assert steps_of(page) == names

    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="10. one_hot").wait_for(state="detached")
    assert steps_of(page) == names[:9]
    page.locator("h1").click()
    page.keyboard.press("Control+Shift+Z")
    page.get_by_role("button", name="10. one_hot").wait_for()
    assert steps_of(page) == names

    page.get_by_role("tab", name="Python").click()
    with page.expect_download() as caught:
        page.get_by_role("button", name="Save", exact=True).click()
    code = caught.value.path().read_text(encoding="utf-8")
    compile(code, "recipe.py", "exec")
    assert "body_mass_g" in code
    settle(page)
    look(page, "prepare-python")

    page.get_by_role("tab", name="Table").click()
    page.get_by_role("button", name="10. one_hot").click()
    page.get_by_text("After step 10:").wait_for()
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        settle(page)
        assert grave_violations(page) == [], theme
    assert too_wide(page) == {}
    look(page, "prepare")
    with Project(served.folder / "penguins") as project:
        assert [step["op"] for step in project.config.recipe.to_dict()] == [op for op, _ in STEPS]
