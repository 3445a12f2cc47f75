"""What the page of a profile says about a closer look."""

import re
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

import clew
from clew.core.schema import Role
from clew.define.domain import Domain

EVIL = "<script>alert(1)</script>\"'&<img src=x onerror=document.title='pwned'>"


def hourly(rows=500):
    random = np.random.default_rng(0)
    x = random.normal(size=rows)
    return pl.DataFrame(
        {
            "at": [datetime(2024, 1, 1) + timedelta(hours=i) for i in range(rows)],
            "x": x,
            "twice": 2 * x,
            "load": 50 + 10 * np.sin(2 * np.pi * np.arange(rows) / 24) + random.normal(0, 1, rows),
            EVIL: random.choice([EVIL, "plain"], rows),
            "kind": np.where(x + random.normal(0, 0.6, rows) > 0, EVIL, "other"),
        }
    )


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    domain = Domain.from_dict({"columns": {"at": {"role": Role.TIME.value}}})
    frame = hourly()
    frame = pl.concat([frame, frame.tail(3)])
    report = clew.profile(frame, target="kind", domain=domain)
    place = tmp_path_factory.mktemp("page") / "profile.html"
    return report, report.save(place).read_text(encoding="utf-8")


def test_it_has_a_section_for_each_thing_to_see(page):
    _, html = page
    titles = re.findall(r"<h2>([^<]+)</h2>", html)
    expected = [
        "Scorecard",
        "Quick model",
        "Rows to look at",
        "Collinear numbers",
        "In the order of time",
        "Definitions",
    ]
    assert [title for title in titles if title in expected] == expected


def test_the_scorecard_shows_the_scores_that_the_report_has(page):
    report, html = page
    for name, score in report.scorecard.scores.items():
        shown = "0.99+" if 0.995 <= score < 1 else f"{score:.2f}"
        assert re.search(rf"<h3>{name.capitalize()}</h3>.{{0,60}}<strong>{re.escape(shown)}</strong>", html)
    for item in report.scorecard["accuracy"].subscores:
        assert item.label in html


def test_texts_of_the_data_are_shown_and_never_run(page):
    _, html = page
    assert "<script>alert" not in html
    assert "<img" not in html
    assert "&lt;script&gt;alert(1)" in html


def test_without_anything_to_see_the_sections_are_left_out(tmp_path):
    report = clew.profile(pl.DataFrame({"x": [1, 2, 3]}))
    html = report.save(tmp_path / "profile.html").read_text(encoding="utf-8")
    assert "Quick model" not in html
    assert "Scorecard" in html
