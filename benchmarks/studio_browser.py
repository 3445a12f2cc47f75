"""What a person with a browser waits for: pages, rows of a grid, and the first rows after a start."""

import shutil
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from playwright.sync_api import Page, sync_playwright

ROUNDS = 5
#: Pages of a project, and what each shows when it is ready.
PAGES = {
    "Data": ".ag-center-cols-container [row-index='0'] .ag-cell",
    "Train": "main h1:has-text('Train')",
    "Overview": "main h2:has-text('Needs attention')",
}
_OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


@contextmanager
def browser_page() -> Iterator[Page]:
    """Open a page of a headless Chromium, 1280 by 900."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as started:
        opened = started.chromium.launch(executable_path=path, args=_OPTIONS)
        yield opened.new_page(viewport={"width": 1280, "height": 900})
        opened.close()


def summary(seconds: list[float]) -> dict[str, float]:
    """Return median and largest."""
    return {"median": round(statistics.median(seconds), 3), "largest": round(max(seconds), 3)}


def answered(url: str, process: subprocess.Popen[bytes], limit_s: float = 300.0) -> None:
    """Wait until a server answers an address with 200.

    Raises
    ------
    RuntimeError
        If it ends, or does not answer in time.
    """
    end = time.perf_counter() + limit_s
    while time.perf_counter() < end and process.poll() is None:
        try:
            if httpx.get(url, trust_env=False, timeout=limit_s).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.01)
    raise RuntimeError(f"{url} did not answer.")


def navigation(page: Page, url: str, project: str) -> dict[str, Any]:
    """Return the seconds from a click in the thread to the content of the page, the first visit apart."""
    page.goto(f"{url}/project/{project}")
    page.locator(PAGES["Overview"]).wait_for()
    first, later = {}, {name: [] for name in PAGES}
    for number in range(ROUNDS + 1):
        for name, ready in PAGES.items():
            started = time.perf_counter()
            page.get_by_role("navigation", name="Lifecycle").get_by_role("link", name=name).click()
            page.locator(ready).first.wait_for()
            seconds = time.perf_counter() - started
            if number == 0:
                first[name] = round(seconds, 3)
            else:
                later[name].append(seconds)
            page.wait_for_timeout(200)
    return {"first_visit": first, "later_visits": {name: summary(seconds) for name, seconds in later.items()}}


def painted(page: Page, url: str, project: str, rows: int) -> dict[str, float]:
    """Return the seconds from scrolling to a place that was not shown yet until its cells are on the screen."""
    page.goto(f"{url}/project/{project}/data")
    page.locator(PAGES["Data"]).first.wait_for()
    page.wait_for_timeout(500)
    seconds = []
    for number in range(12):
        target = int(rows * (number + 1) / 13)
        seconds.append(page.evaluate(_JUMP, target) / 1000)
        page.wait_for_timeout(150)
    return summary(seconds)


#: Scrolls to a share of all rows and returns the milliseconds until a row in the middle of the window is painted.
_JUMP = """
async target => {
  const view = document.querySelector('.ag-body-viewport');
  const height = document.querySelector('.ag-center-cols-container').getBoundingClientRect().height;
  const began = performance.now();
  const total = Number(document.querySelector('[aria-rowcount]').getAttribute('aria-rowcount'));
  view.scrollTop = height * target / total;
  const shown = () => {
    const box = view.getBoundingClientRect();
    const at = document.elementFromPoint(box.left + 300, box.top + box.height / 2)?.closest('.ag-row');
    if (!at || at.classList.contains('ag-row-loading')) return false;
    const index = Number(at.getAttribute('row-index'));
    const filled = [...at.querySelectorAll('.ag-cell')].some(each => each.innerText.trim());
    return filled && Math.abs(index - target) < total / 50;
  };
  while (!shown()) {
    if (performance.now() - began > 20000) throw new Error('no row was painted within 20 s');
    await new Promise(requestAnimationFrame);
  }
  await new Promise(requestAnimationFrame);
  return performance.now() - began;
}
"""


def first_rows(page: Page, url: str, process: subprocess.Popen[bytes], cell: str, started: float) -> float:
    """Return the seconds since a process was started until a cell of its grid is on the screen."""
    answered(url, process)
    page.goto(url)
    page.locator(cell).first.wait_for(timeout=300_000)
    return time.perf_counter() - started
