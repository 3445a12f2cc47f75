import numpy as np
import polars as pl
import pytest
from altair import Chart

from clew.core.html import PALETTE, SEQUENCE
from clew.explore.charts import colours_of, render, specification
from clew.explore.pictures import Parts, Picture

BARS = Picture(("a", "<b>"), ((3, 1), (2, 0)))
BINS = Picture(("0 to 1", "1 to 2"), ((3, 1), (2, 0)), (0.0, 1.0, 2.0))
TWO = Parts(("no", "yes"))
QUARTERS = Parts(("low", "high"), ranked=True)


@pytest.mark.parametrize("picture", [BARS, BINS, Picture(BINS.labels, BINS.counts, BINS.edges, "time")])
@pytest.mark.parametrize("parts", [TWO, QUARTERS])
def test_a_chart_is_valid_and_drawn(picture, parts):
    spec = specification(picture, parts)
    assert Chart.from_dict(spec, validate=True)
    svg = render(picture, parts)
    assert svg.startswith("<svg")
    assert svg.count('aria-roledescription="bar"') == len(spec["data"]["values"])
    for colour in colours_of(parts):
        assert f'fill="{colour}"' in svg


def test_every_bar_tells_its_figure():
    svg = render(BINS, TWO)
    assert 'aria-label="0 to 1, no: 3 rows"' in svg
    assert 'aria-label="0 to 1, yes: 1 row"' in svg


def test_labels_are_escaped():
    svg = render(Picture(("<script>alert(1)</script>\"&'",), ((3,),)), Parts())
    assert "<script>" not in svg
    assert "&lt;script" in svg


def test_bars_are_stacked():
    rows = specification(BARS, TWO)["data"]["values"]
    assert [(row["bar"], row["start"], row["end"]) for row in rows[:2]] == [("a", 0, 3), ("a", 3, 4)]


def test_one_chart_leaves_the_next_alone():
    first = specification(BARS, TWO)
    assert specification(BINS, QUARTERS) != first
    assert specification(BARS, TWO) == first


def test_colours_follow_the_meaning():
    assert colours_of(TWO) == PALETTE[:2]
    assert colours_of(QUARTERS) == SEQUENCE[-2:]
    assert len(colours_of(Parts())) == 1


def test_a_year_has_no_comma():
    edges = tuple(np.arange(1990.0, 2021.0, 10.0).tolist())
    svg = render(Picture(("a", "b", "c"), ((1,), (2,), (3,)), edges), Parts())
    assert ">2000<" in svg
    assert "2,000" not in svg


def test_moments_are_drawn_in_universal_time(monkeypatch):
    start = pl.Series(["2024-01-01"]).str.to_datetime().dt.epoch("s").item()
    picture = Picture(("a", "b"), ((1,), (1,)), (start, start + 43_200.0, start + 86_400.0), "time")
    spec = specification(picture, Parts())
    assert spec["encoding"]["x"]["scale"]["type"] == "utc"
    assert spec["data"]["values"][0]["x"] == start * 1000
