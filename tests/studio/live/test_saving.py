"""Charts and tables are taken along as they are seen."""

from pathlib import Path

import pytest

pytestmark = pytest.mark.full


def saved(page, press, place: Path) -> bytes:
    with page.expect_download() as download:
        press()
    download.value.save_as(place)
    return place.read_bytes()


def test_a_chart_is_saved_whole_with_its_legend(page, tmp_path):
    page.goto("/project/penguins/explore?view=plot&x=island&y=species")
    figure = page.locator("figure.chart").first
    figure.wait_for()
    figure.hover()
    drawing = saved(page, lambda: figure.locator("[data-save=svg]").click(), tmp_path / "chart.svg").decode()
    assert drawing.startswith("<svg")
    assert "Adelie" in drawing
    assert "Gentoo" in drawing
    picture = saved(page, lambda: figure.locator("[data-save=png]").click(), tmp_path / "chart.png")
    assert picture.startswith(b"\x89PNG")


def test_a_table_is_saved_as_csv(page, tmp_path):
    page.goto("/project/penguins")
    button = page.locator("[data-save-table]").first
    button.wait_for()
    lines = saved(page, button.click, tmp_path / "runs.csv").decode().splitlines()
    assert lines[0] == 'Run,Stage,State,Began,"Took, s"'
    assert any(",explore,done," in line for line in lines)
