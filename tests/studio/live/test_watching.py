"""The watch over a browser's page tells what went wrong, or every test that leans on it would be blind."""

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from tests.studio.live.access import grave_violations
from tests.studio.live.looking import look, too_wide, write_sheet
from tests.studio.live.watching import Watch

pytestmark = pytest.mark.full

GOOD = '<!doctype html><html lang="en"><title>Good</title><link rel="icon" href="data:,"><main><h1>Good</h1></main>'
BAD = f"""{GOOD}
<img src="missing.png" alt="nothing"><img src="http://example.org/far.png" alt="nothing">
<script>console.error('said so'); nobody()</script>
<div style="width: 1000px">wide</div> <input> <p style="color: #bbb">pale</p>
"""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_) -> None:
        """Say nothing."""


@pytest.fixture
def site(tmp_path):
    (tmp_path / "good.html").write_text(GOOD)
    (tmp_path / "bad.html").write_text(BAD)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_good_page_gives_no_cause_for_complaint(site, browser):
    page = browser.new_page()
    watch = Watch(page, site)
    page.goto(f"http://{site}/good.html")
    assert watch.complaints == []
    assert grave_violations(page) == []
    assert too_wide(page) == {}
    page.close()


def test_whatever_a_page_does_wrong_is_told(site, browser):
    page = browser.new_page()
    watch = Watch(page, site)
    page.goto(f"http://{site}/bad.html", wait_until="load")
    told = "\n".join(watch.complaints)
    assert f"answered 404: GET http://{site}/missing.png" in told
    assert "another host: http://example.org/far.png" in told
    assert "console error: said so" in told
    assert "script error: nobody is not defined" in told
    rules = {line.partition(" ")[0] for line in grave_violations(page)}
    assert rules == {"label", "color-contrast"}
    assert set(too_wide(page)) == {390, 800}
    for expected in ("missing.png", "example.org", "said so", "nobody", "Failed to load resource"):
        watch.allow(expected)
    assert watch.complaints == []
    page.close()


def test_screenshots_are_kept_and_shown_on_one_sheet(site, browser, tmp_path):
    page = browser.new_page()
    page.goto(f"http://{site}/good.html")
    kept = look(page, "good-page", folder=tmp_path / "shots")
    assert {path.name for path in kept} == {
        f"good-page-{theme}-{width}.png" for theme in ("light", "dark") for width in (390, 800, 1280)
    }
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in kept)
    page.goto(write_sheet(tmp_path / "shots").as_uri())
    assert page.get_by_role("img").count() == 6
    assert page.get_by_role("heading", name="good-page").is_visible()
    page.close()
