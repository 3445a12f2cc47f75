"""Every page in a real browser: kept as pictures in both themes and three widths, open to everybody, never too wide."""

import pytest
from tests.studio.live.access import grave_violations
from tests.studio.live.looking import THEMES, look, settle, too_wide

from clew.project.project import Project
from clew.project.recipes import add_step

pytestmark = pytest.mark.full

#: What the file of a picture is called, the address that is shown, and what stands there once it is whole.
PAGES = {
    "home": ("/", "penguins"),
    "overview": ("/project/penguins", "Needs attention"),
    "train": ("/project/penguins/train", "Train"),
    "nowhere": ("/project/penguins/nowhere", "There is no such page."),
    "no-project": ("/project/none-of-that-name", "none-of-that-name"),
    "data": ("/project/penguins/data", "Adelie"),
    "data-column": ("/project/penguins/data?column=island", "Torgersen"),
    "data-columns": ("/project/penguins/data?view=columns", "bill_length_mm"),
    "data-versions": ("/project/penguins/data?view=versions", "Read the source again"),
    "data-sources": ("/project/penguins/data?view=sources", "As clew.yaml states them"),
    "domain": ("/project/penguins/domain", "Choose a column"),
    "domain-column": ("/project/penguins/domain?column=bill_length_mm", "All 344 rows agree."),
    "explore": ("/project/penguins/explore", "Severity"),
    "explore-scorecard": ("/project/penguins/explore?view=scorecard", "Relevance"),
    "explore-target": ("/project/penguins/explore?view=target", "Predictive power"),
    "explore-together": ("/project/penguins/explore?view=together", "The strongest pairs"),
    "explore-plot": ("/project/penguins/explore?view=plot&x=bill_length_mm&y=species", "Correlation ratio"),
    "explore-plot-two": ("/project/penguins/explore?view=plot&x=body_mass_g&y=flipper_length_mm", "Spearman"),
    "explore-versions": ("/project/penguins/explore?view=versions", "Only in version 1"),
    "prepare-step": ("/project/penguins/prepare", "After step 2:"),
    "prepare-column": ("/project/penguins/prepare?column=sex", "What people usually do"),
    "prepare-yaml": ("/project/penguins/prepare?view=yaml", "what is written here and what is done"),
    "prepare-history": ("/project/penguins/prepare?view=history", "Fill sex"),
    "jobs": ("/project/penguins/jobs", "Explore the rows anew"),
}


@pytest.fixture(scope="module", autouse=True)
def begun(served):
    """A recipe of two steps, a job that ended well, and one that failed."""
    with Project(served.folder / "penguins") as project:
        add_step(project, {"op": "drop", "columns": ["mass_kg"]}, title="Drop mass_kg", remark="Repeats body_mass_g.")
        fill = {"op": "fill_missing", "columns": ["sex"], "strategy": "most_frequent"}
        add_step(project, fill, title="Fill sex")
        well = project.jobs.start("run", "Explore the rows anew", {"stage": "explore"})
        assert project.jobs.wait(well.id, 120).status == "done"
        facts = {"recipe": "recipes/none.yaml", "dataset": "penguins", "out": "prepared/penguins.parquet"}
        badly = project.jobs.start("prepare", "Prepare by a recipe that is not there", facts)
        assert project.jobs.wait(badly.id, 120).status == "failed"


def judge(page, name: str) -> None:
    """Keep pictures of a page, and find nothing that keeps people out or sticks out."""
    settle(page)
    assert len(look(page, name)) == 6
    violations = {}
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        settle(page)
        violations[theme] = grave_violations(page)
    assert violations == {theme: [] for theme in THEMES}
    assert too_wide(page) == {}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_whole_in_every_width_and_theme(page, name):
    if name == "nowhere":
        page.watch.allow(r"answered 404|status of 404")
    address, text = PAGES[name]
    page.goto(address)
    # A drawing names its bars in titles that nobody sees; what is waited for must be seen.
    page.locator("main").get_by_text(text).filter(visible=True).first.wait_for()
    judge(page, name)


def test_the_form_of_a_step_is_whole_in_every_width_and_theme(page):
    page.goto("/project/penguins/prepare")
    page.get_by_text("After step 2:").wait_for()
    page.get_by_role("button", name="Change", exact=True).click()
    page.get_by_role("heading", name="Change step 2: fill_missing").wait_for()
    page.locator(".tried").get_by_text("Changed cells are marked").wait_for()
    judge(page, "prepare-form")


def test_the_theme_follows_the_system_until_a_person_decides(page):
    paper = "getComputedStyle(document.body).backgroundColor"
    page.goto("/")
    page.get_by_role("heading", name="Projects").wait_for()
    light = page.evaluate(paper)
    page.emulate_media(color_scheme="dark")
    settle(page)
    dark = page.evaluate(paper)
    assert dark != light
    page.get_by_role("button", name="Switch to the light theme").click()
    settle(page)
    assert page.evaluate(paper) == light
    page.reload()
    page.get_by_role("heading", name="Projects").wait_for()
    assert page.evaluate(paper) == light


def test_every_place_has_an_address_that_the_back_button_knows(page):
    page.goto("/")
    page.get_by_role("link", name="penguins", exact=True).click()
    page.get_by_role("heading", name="Needs attention").wait_for()
    assert page.url.endswith("/project/penguins")
    page.get_by_role("navigation", name="Lifecycle").get_by_role("link", name="Train").click()
    page.get_by_role("heading", name="Train").wait_for()
    assert page.url.endswith("/project/penguins/train")
    page.go_back()
    page.get_by_role("heading", name="Needs attention").wait_for()
    page.go_back()
    page.get_by_role("heading", name="Projects").wait_for()
    page.goto("/project/penguins/evaluate")
    page.get_by_role("heading", name="Evaluate").wait_for()
    current = page.locator('[aria-current="page"]')
    assert current.count() == 1
    assert "Evaluate" in current.inner_text()


def test_the_palette_leads_to_pages_and_columns_by_keyboard_alone(page):
    page.goto("/project/penguins")
    page.get_by_role("heading", name="Needs attention").wait_for()
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Go to")
    page.get_by_role("option").first.wait_for()
    assert field.evaluate("field => field === document.activeElement")
    page.keyboard.type("flipper")
    assert "flipper_length_mm" in page.get_by_role("option").first.inner_text()
    assert grave_violations(page) == []
    field.fill("evalu")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Evaluate").wait_for()
    page.keyboard.press("g")
    page.keyboard.press("o")
    page.get_by_role("heading", name="Needs attention").wait_for()


def test_a_keyboard_reaches_everything_and_shows_where_it_is(page):
    page.goto("/project/penguins")
    page.get_by_role("heading", name="Needs attention").wait_for()
    wanted = page.evaluate(_REACHABLE)
    seen, unmarked = set(), []
    for _ in range(wanted + 5):
        page.keyboard.press("Tab")
        at = page.evaluate(_FOCUSED)
        if at is None:
            break
        seen.add(at["id"])
        if not at["marked"]:
            unmarked.append(at["what"])
    assert len(seen) >= wanted
    assert unmarked == []


#: How many elements a person with a mouse can use.
_REACHABLE = """
() => [...document.querySelectorAll('a[href], button, input, select, textarea')]
  .filter(each => each.checkVisibility({visibilityProperty: true}) && !each.disabled && each.tabIndex >= 0).length
"""
#: What has the focus, and whether it looks otherwise than without it.
_FOCUSED = """
() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  at.dataset.visit ??= String(document.querySelectorAll('[data-visit]').length);
  const looks = () => { const s = getComputedStyle(at); return [s.outline, s.boxShadow, s.borderColor, s.backgroundColor].join(); };
  const focused = looks();
  at.blur();
  const blurred = looks();
  at.focus({focusVisible: true});
  return {id: at.dataset.visit, marked: focused !== blurred, what: at.outerHTML.slice(0, 120)};
}
"""
