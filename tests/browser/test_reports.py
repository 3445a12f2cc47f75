"""Reports in a real browser: they draw, they say nothing on the console, and they ask for nothing from elsewhere."""

import os
from importlib.util import find_spec

import polars as pl
import pytest
from sklearn.datasets import load_breast_cancer
from tests.conftest import need

from clew.project.project import Project

CONFIG = """
name: cancer
problem: {question: "Is the tumour malignant? <script>alert(1)</script>", target: target, positive: 0}
data: {source: rows.csv}
train: {trials: 2, algorithms: [linear, lightgbm], cpus: 1}
split: {folds: 3}
monitor: {data: later.csv}
"""

pytestmark = pytest.mark.full


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reports")
    frame = pl.from_pandas(load_breast_cancer(as_frame=True).frame).rename({"mean area": "<b>mean area</b>"})
    frame.head(400).write_csv(folder / "rows.csv")
    frame.tail(169).write_csv(folder / "later.csv")
    (folder / "clew.yaml").write_text(CONFIG)
    with Project(folder) as project:
        project.run()
    return folder / "reports"


@pytest.fixture(scope="module")
def browser(chromium):
    need(find_spec("playwright") is not None, "playwright")
    import playwright.sync_api as playwright

    with playwright.sync_playwright() as started:
        options = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        opened = started.chromium.launch(
            executable_path=chromium,
            args=[*options, "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
        )
        yield opened
        opened.close()


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("name", ["index", "profile", "evaluation", "monitor"])
def test_a_report_draws_by_itself(reports, browser, name, width):
    page = browser.new_page(viewport={"width": width, "height": 900})
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(f"dialog {dialog.message}"))
    page.on("request", lambda request: asked.append(request.url))
    page.goto((reports / f"{name}.html").as_uri())
    assert page.locator("main section").count() >= 3
    assert all(url.startswith("file://") for url in asked)
    assert said == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width + 1
    page.close()


def test_the_theme_can_be_switched(reports, browser):
    page = browser.new_page()
    page.goto((reports / "index.html").as_uri())
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button").first.click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before
    page.close()


def test_the_overview_leads_to_every_report(reports, browser):
    page = browser.new_page()
    page.goto((reports / "index.html").as_uri())
    links = page.locator("main a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    pages = {link for link in links if link.endswith(".html")}
    assert pages == {"profile.html", "evaluation.html", "monitor.html"}
    assert all((reports / link).is_file() for link in pages)
    page.close()
