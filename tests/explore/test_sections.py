import re

import numpy as np
import polars as pl
import pytest

from clew.explore.profile import profile

EVIL = "<script>alert(1)</script>\"'&<img src=x onerror=alert(2)>"


def orders(rows=600, seed=0):
    rng = np.random.default_rng(seed)
    value = rng.lognormal(3, 1, rows)
    gone = rng.random(rows) < 0.2
    return pl.DataFrame(
        {
            "value": np.where(gone, np.nan, value),
            "weight": np.where(gone, np.nan, value * 2 + rng.normal(size=rows)),
            "shop": rng.choice(["north", "south", "east"], rows),
            "number": [f"AB-{n}" for n in rng.integers(1000, 9999, rows)],
            "day": pl.date_range(pl.date(2023, 1, 1), pl.date(2024, 8, 22), eager=True)[:rows],
            "late": np.where(value + rng.normal(size=rows) * 5 > 25, "yes", "no"),
        }
    ).filter(pl.int_range(rows) != 100)


def page(known, tmp_path):
    return known.save(tmp_path / "page.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    known = profile(orders(), target="late", compare=orders(300, 1).with_columns(pl.col("value") * 5, new=pl.lit("x")))
    return known, page(known, tmp_path_factory.mktemp("page"))


def section(text, anchor):
    return re.search(rf'<section id="{anchor}">.*?</section>', text, re.DOTALL)[0]


def test_there_is_a_section_for_each_look(full):
    _, text = full
    order = re.findall(r'<section id="([a-z-]+)"', text)
    first = ["overview", "comparison", "scorecard", "findings", "power", "target", "correlations", "missing"]
    assert order == [*first, "quick-model", "rows", "collinearity", "time", "columns", "definitions"]


def test_what_there_is_nothing_to_say_about_has_no_section(tmp_path):
    text = page(profile(pl.DataFrame({"x": ["a", "b", "c"]})), tmp_path)
    shown = ["overview", "scorecard", "findings", "columns", "definitions"]
    assert re.findall(r'<section id="([a-z-]+)"', text) == shown


def test_the_target_is_shown_with_its_intervals(full):
    known, text = full
    shown = section(text, "target")
    assert "share of late = yes" in shown
    for view in known.views:
        for item in view.bins:
            assert f"{100 * item.value:.1f} %" in shown
            assert f"{item.rows:,} rows" in shown


def test_every_pair_has_a_cell_and_the_strongest_their_figures(full):
    known, text = full
    shown = section(text, "correlations")
    columns = len(known.correlations.columns)
    assert len(re.findall(r'<td class="(?:up|down|none)', shown)) == columns * (columns - 1) // 2
    assert "weight" in shown
    assert "Spearman" in shown


def test_combinations_are_drawn_as_dots(full):
    _, text = full
    shown = section(text, "missing")
    assert shown.count("\N{BLACK CIRCLE}") == 2  # value and weight, together
    assert "value and weight" in shown


def test_the_card_of_a_column_says_how_its_texts_and_moments_are_made(full):
    _, text = full
    cards = section(text, "columns")
    assert "<code>AB-{digits:4}</code>" in cards
    assert "1 day (99.8 %)" in cards
    assert "1, 1 missing" in cards


def test_the_comparison_says_what_came_and_what_moved(full):
    _, text = full
    shown = section(text, "comparison")
    assert "only in the other" in shown
    assert "shifted" in shown
    assert shown.count("<svg") >= 1
    assert 'role="img" aria-label="value in both tables"' in shown


def test_names_and_values_are_harmless_everywhere(tmp_path):
    one = orders().rename({"shop": EVIL, "value": "</style><b>"}).with_columns(
        number=pl.concat_str(pl.lit(EVIL), "number"), late=pl.col("late").replace("yes", EVIL)
    )  # fmt: skip
    other = one.with_columns(pl.col("</style><b>") * 5, late=pl.lit(EVIL)).rename({"weight": "<i>new</i>"})
    text = page(profile(one, target="late", compare=other), tmp_path)
    for raw in ("<script>alert", "<img", "</style><b>", "<i>new</i>"):
        assert raw not in text
    assert "&lt;script&gt;alert(1)" in text
