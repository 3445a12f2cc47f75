"""Every remedy is a step that a recipe takes, and that does to the rows what the finding says."""

import numpy as np
import polars as pl
import pytest

import clew
from clew.collect.source import read
from clew.prepare.recipe import Recipe

RNG = np.random.default_rng(0)
ROWS = 400


def troubled():
    x = RNG.normal(size=ROWS)
    frame = pl.DataFrame(
        {
            "same": 1,
            "gone": pl.Series([None] * ROWS, dtype=pl.Float64),
            "case_id": [f"K{i}" for i in range(ROWS)],
            "x": x,
            "twice": 2 * x + 1,
            "skewed": RNG.lognormal(0, 2, ROWS),
            "holes": np.where(RNG.random(ROWS) < 0.4, np.nan, x),
            "code": RNG.choice([f"c{i}" for i in range(300)], ROWS),
            "answer": RNG.choice(["a", "b"], ROWS),
        }
    ).with_columns(copy=pl.col("answer"))
    frame = frame.with_columns(answer=pl.when(pl.int_range(ROWS) < 5).then(pl.lit("rare")).otherwise("answer"))
    return pl.concat([frame, frame.tail(20)])


def spelt(remedy):
    flat = {key: value for key, value in remedy.items() if key != "options" and value != []}
    return {**flat, **remedy["options"]}


@pytest.fixture(scope="module")
def remedies():
    report = clew.profile(troubled(), target="answer")
    found = [item.remedy for item in report.findings] + [fix.remedy for fix in report.scorecard.fixes]
    return [remedy for remedy in found if remedy]


def test_there_are_many(remedies):
    assert {remedy["op"] for remedy in remedies} >= {"drop", "drop_duplicates", "fill_missing", "filter"}


def test_a_recipe_takes_each_of_them_and_it_works_on_the_rows(remedies):
    data = read(troubled()).with_target("answer")
    for remedy in remedies:
        recipe = Recipe.from_dict([spelt(remedy)])
        assert len(recipe.prepare(data.frame, data.schema, "answer").frame)


def test_a_mended_table_has_the_finding_no_more(remedies):
    data = read(troubled()).with_target("answer")
    steps = [spelt(remedy) for remedy in remedies if remedy["op"] in {"drop_duplicates", "filter"}]
    unique = {step["op"]: step for step in steps}
    prepared = Recipe.from_dict(list(unique.values())).prepare(data.frame, data.schema, "answer")
    assert len(prepared.rows) == ROWS - 5
