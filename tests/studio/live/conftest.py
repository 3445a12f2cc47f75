"""A running studio over a real project, and a watched page of a real browser on it."""

import os
from importlib.util import find_spec

import pytest
from tests.conftest import need
from tests.studio.live.looking import FOLDER, write_sheet
from tests.studio.live.places import workspace
from tests.studio.live.running import running_studio
from tests.studio.live.watching import Watch

#: The browser reaches nothing but this machine, and starts nothing by itself that would.
BROWSER_OPTIONS = (
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A studio over a workspace with one explored project."""
    folder = tmp_path_factory.mktemp("studio")
    place = workspace(folder / "workspace")
    with running_studio(place, folder / "log") as running:
        yield running


@pytest.fixture(scope="module")
def browser(chromium):
    """A Chromium."""
    need(find_spec("playwright") is not None, "playwright")
    import playwright.sync_api as playwright

    with playwright.sync_playwright() as started:
        root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        opened = started.chromium.launch(executable_path=chromium, args=[*root, *BROWSER_OPTIONS])
        yield opened
        opened.close()


@pytest.fixture
def page(served, browser):
    """A page of the studio, which the test opens; `page.watch` says what it did wrong, and no test may leave a fault."""
    context = browser.new_context(base_url=served.url, viewport={"width": 1280, "height": 900}, accept_downloads=True)
    opened = context.new_page()
    opened.watch = Watch(opened, served.host)
    yield opened
    context.close()
    assert opened.watch.complaints == []


@pytest.fixture(scope="session", autouse=True)
def sheet():
    """Leave one page that shows every screenshot, where a test kept some."""
    yield
    if FOLDER.is_dir() and any(FOLDER.glob("*.png")):
        write_sheet()
