"""Every page in a real browser: kept as pictures in both themes and three widths, open to everybody, never too wide."""

import pytest
from tests.studio.live.access import grave_violations
from tests.studio.live.looking import THEMES, look, settle, too_wide

pytestmark = pytest.mark.full

#: What the file of a picture is called, and the address that is shown.
PAGES = {
    "home": "/",
    "overview": "/project/penguins",
    "data": "/project/penguins/data",
    "train": "/project/penguins/train",
    "nowhere": "/project/penguins/nowhere",
    "no-project": "/project/none-of-that-name",
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_whole_in_every_width_and_theme(page, name):
    if name == "nowhere":
        page.watch.allow(r"answered 404|status of 404")
    page.goto(PAGES[name])
    page.get_by_role("main").get_by_role("heading").or_(page.get_by_role("alert")).first.wait_for()
    settle(page)
    assert len(look(page, name)) == 6
    violations = {}
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        settle(page)
        violations[theme] = grave_violations(page)
    assert violations == {theme: [] for theme in THEMES}
    assert too_wide(page) == {}


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
