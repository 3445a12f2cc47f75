"""Plots as SVG: valid, in the colours of the house, and without any text that acts."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from altair import LayerChart

from clew.core.html import PALETTE, SEQUENCE
from clew.explore.plot import plot
from clew.explore.plots.drawing import plot_chart, specification
from clew.explore.sections.plot import caption, plot_view, strength_words

ROWS = 2500
PAIRS = [
    ("n", "m"),
    ("few", "m"),
    ("label", "n"),
    ("label", "flag"),
    ("label", "many"),
    ("day", "n"),
    ("day", "label"),
    ("day", "moment"),
    ("day", "flag"),
]


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    rng = np.random.default_rng(0)
    days = rng.integers(0, 400, ROWS)
    return pl.DataFrame(
        {
            "n": rng.normal(size=ROWS),
            "m": rng.lognormal(3, 2, ROWS) * 1000,
            "few": rng.integers(0, 3, ROWS),
            "label": rng.choice(["a", "'] + alert(1) + ['", "<script>alert(1)</script>", "", "\u2028"], ROWS),
            "many": rng.choice([f"label {i}" for i in range(30)], ROWS),
            "flag": rng.random(ROWS) < 0.3,
            "day": [date(2024, 1, 1) + timedelta(days=int(day)) for day in days],
            "moment": [date(2024, 2, 1) + timedelta(days=int(day)) for day in days],
        }
    )


@pytest.mark.parametrize("target", [None, "flag", "n"])
@pytest.mark.parametrize("pair", PAIRS)
def test_every_plot_is_valid_and_drawn(make_dataset, frame, pair, target):
    data = make_dataset(frame)
    seen = plot(data.with_target(target) if target else data, *pair)
    spec = specification(seen)
    for layer in spec["layer"]:
        layer["data"] = {"values": layer["data"]["values"][:9]}  # to check thousands alike takes seconds
    assert LayerChart.from_dict(spec, validate=True)
    svg = plot_chart(seen)
    assert svg.startswith("<svg")
    assert any(f'"{colour}"' in svg for colour in (*PALETTE, *SEQUENCE))
    page = plot_view(seen)
    assert "<script" not in page
    assert strength_words(seen) in page.replace("&#x27;", "'")


def test_labels_are_spelt_and_never_run(make_dataset, frame):
    svg = plot_chart(plot(make_dataset(frame), "label", "flag"))
    assert "&lt;script&gt;alert(1" in svg
    assert "&#39;] + alert(1) + [&#39;" in svg or "'] + alert(1) + ['" in svg


def test_odd_names_are_drawn(make_dataset):
    odd = ["", "a.b[0]", "'quoted' \\ \"twice\"", "<b>", "datum.x", "日本\u2028語", "x" * 300]
    frame = pl.DataFrame({name: np.random.default_rng(i).normal(size=40) for i, name in enumerate(odd)})
    data = make_dataset(frame)
    for one, other in zip(odd, [*odd[1:], odd[0]], strict=True):
        assert plot_chart(plot(data, one, other)).startswith("<svg")
        assert plot_chart(plot(data, one)).startswith("<svg")
    assert "&lt;b&gt;" in plot_chart(plot(data, "<b>", "datum.x"))


def test_every_box_tells_its_figures(make_dataset):
    frame = pl.DataFrame({"label": ["a"] * 5 + ["b"] * 7, "value": [1.0, 2.0, 3.0, 4.0, 5.0, *np.arange(6.5, 13.5)]})
    svg = plot_chart(plot(make_dataset(frame, value={"unit": "kg"}), "label", "value"))
    assert "a: median 3, 25 % 2, 75 % 4, 5 rows, 0 beyond the whiskers" in svg
    assert "value, kg" in svg


def test_bars_of_shares_are_as_thick_as_they_have_rows(make_dataset):
    frame = pl.DataFrame({"one": ["a"] * 30 + ["b"] * 10, "two": ["x", "y"] * 20})
    values = specification(plot(make_dataset(frame), "one", "two"))["layer"][0]["data"]["values"]
    heights = [value["y2"] - value["y"] + 2 for value in values]
    assert heights[0] == pytest.approx(3 * heights[2])
    assert [value["x2"] - value["x"] for value in values] == pytest.approx([0.5] * 4)


def test_a_gap_in_time_is_no_line(make_dataset):
    days = [date(2024, 1, 1), date(2024, 1, 2), date(2024, 1, 9), date(2024, 1, 10)] * 5
    seen = plot(make_dataset(pl.DataFrame({"day": days, "value": np.arange(20.0)})), "day", "value")
    values = specification(seen)["layer"][0]["data"]["values"]
    assert [value["segment"] for value in values] == [0, 0, 1, 1]


def test_what_is_left_out_is_said(make_dataset):
    frame = pl.DataFrame({"a": [None, *np.arange(19.0)], "b": np.arange(20.0)})
    assert "1 of 20 rows (5.0 %) are left out" in caption(plot(make_dataset(frame), "a", "b"))
    empty = make_dataset(pl.DataFrame({"a": pl.Series([None, None], dtype=pl.Float64), "b": [1.0, 2.0]}))
    assert "No row has a value of both columns." in plot_view(plot(empty, "a", "b"))
    assert "No row has a value." in plot_view(plot(empty, "a"))
