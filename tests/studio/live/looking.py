"""Screenshots of a page in both themes and three widths, kept as build output, and one sheet that shows them all."""

import os
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

from clew.core.html import element, join

FOLDER = Path(os.environ.get("CLEW_SCREENSHOTS", Path(__file__).parents[3] / ".screenshots"))
THEMES = ("light", "dark")
WIDTHS = (390, 800, 1280)
HEIGHT = 900
#: Longer than any transition of the page.
CALM_MS = 350


def look(page, name: str, *, folder: Path = FOLDER) -> list[Path]:
    """Keep screenshots of a page as it stands, in both themes and three widths.

    Parameters
    ----------
    page : playwright Page
        The page.
    name : str
        What the files are called: `NAME-light-390.png` and so on.
    folder : Path, optional
        Where they are kept; `.screenshots` in the repository, or what `CLEW_SCREENSHOTS` names.

    Returns
    -------
    list of Path
        The six files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    before = page.viewport_size
    page.evaluate("scrollTo(0, 0)")
    kept = []
    for theme in THEMES:
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": HEIGHT})
            settle(page)
            kept.append(folder / f"{name}-{theme}-{width}.png")
            page.screenshot(path=kept[-1], full_page=True)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(before)
    return kept


def settle(page) -> None:
    """Wait until nothing on the page says that it is still at work."""
    page.wait_for_function("document.fonts.status === 'loaded' && !document.querySelector('[aria-busy=true]')")
    page.wait_for_timeout(CALM_MS)


def too_wide(page) -> dict[int, list[str]]:
    """Return, for each width at which the page can be scrolled sideways, the elements that stick out."""
    found = {}
    before = page.viewport_size
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        settle(page)
        if page.evaluate("document.documentElement.scrollWidth") > width + 1:
            found[width] = page.evaluate(_STICKING_OUT, width)
    page.set_viewport_size(before)
    return found


_STICKING_OUT = """
width => [...document.querySelectorAll('body *')]
  .filter(each => each.getBoundingClientRect().right > width + 1)
  .slice(0, 8)
  .map(each => `${each.tagName.toLowerCase()}.${[...each.classList].join('.')}`)
"""


def write_sheet(folder: Path = FOLDER) -> Path:
    """Write `index.html` beside the screenshots: all of them, a row for each page."""
    pages = defaultdict(dict)
    for path in sorted(folder.glob("*-*-*.png")):
        name, theme, width = path.stem.rsplit("-", 2)
        pages[name][theme, int(width)] = path
    rows = [element("section", element("h2", name), _pictures(found)) for name, found in sorted(pages.items())]
    made = datetime.now(UTC).isoformat(" ", "minutes")
    lead = element("p", f"{len(pages)} pages, {sum(map(len, pages.values()))} pictures, made {made}.")
    body = element("body", element("h1", "Clew's studio"), lead, *rows)
    sheet = folder / "index.html"
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Screenshots</title><style>{_STYLE}</style>'
    sheet.write_text(f"{head}{body}</html>", encoding="utf-8")
    return sheet


def _pictures(found: dict[tuple[str, int], Path]):
    order = sorted(found.items(), key=lambda item: (THEMES.index(item[0][0]), item[0][1]))
    figures = [
        element(
            "figure",
            element("a", element("img", src=path.name, alt=path.stem, loading="lazy"), href=path.name),
            element("figcaption", f"{theme}, {width} px"),
        )
        for (theme, width), path in order
    ]
    return element("div", join(figures), class_="row")


_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem; background: #f4f4f2; color: #222 }
.row { display: flex; gap: 1rem; align-items: flex-start; overflow-x: auto; padding-bottom: 1rem }
figure { margin: 0; flex: none } figcaption { color: #555 }
img { max-height: 520px; max-width: 480px; border: 1px solid #bbb; background: #fff; object-fit: contain }
"""
