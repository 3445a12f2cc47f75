"""`derive` and `filter` with figures learnt from training rows: values that can be checked by hand, and what goes wrong."""

import math
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Kind, Schema
from clew.prepare import learnt
from clew.prepare.recipe import FittedRecipe, Recipe
from clew.prepare.steps import Derive, Filter

FRAME = pl.DataFrame(
    {
        "price": [10.0, 20.0, 60.0, None, math.inf],
        "shop": ["a", "a", "b", "c", None],
        "size": [1, 2, 3, 4, 5],
        "open": [True, False, True, True, None],
        "day": [date(2024, 1, 1), date(2024, 1, 3), None, date(2024, 1, 10), date(2024, 2, 1)],
        "at": [datetime(2024, 1, 1, 12), None, None, datetime(2024, 1, 2), datetime(2024, 1, 3, 6)],
    }
)
KINDS = {
    pl.String: Kind.CATEGORICAL,
    pl.Boolean: Kind.BOOLEAN,
    pl.Date: Kind.DATETIME,
    pl.Datetime("us"): Kind.DATETIME,
}
TYPES = {"Datetime(time_unit='us', time_zone=None)": "Datetime(us)"}
SCHEMA = Schema(
    tuple(Column(n, TYPES.get(str(t), str(t)), KINDS.get(t, Kind.NUMERIC)) for n, t in FRAME.schema.items())
)


def fitted(expression: str) -> FittedRecipe:
    return Recipe([Derive("made", expression)]).learn(FRAME, SCHEMA)


def made(expression: str, new: pl.DataFrame = FRAME) -> list[Any]:
    done = fitted(expression)
    after: pl.DataFrame = done.transform(new)
    rows = [done.row()(row)["made"] for row in new.to_dicts()]
    assert after["made"].to_list() == rows
    return rows


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("sum(price)", 90.0),
        ("min(price)", 10.0),
        ("max(price)", 60.0),
        ("avg(price)", 30.0),
        ("std(price)", float(np.std([10, 20, 60], ddof=1))),
        ("stddev(price)", float(np.std([10, 20, 60], ddof=1))),
        ("stddev_pop(price)", float(np.std([10, 20, 60]))),
        ("variance(price)", 700.0),
        ("variance_pop(price)", 1400.0 / 3.0),
        ("approx_count_distinct(shop)", 3.0),
        ("count(shop)", 4.0),
        ("count()", 5.0),
        ("first(shop)", "a"),
        ("last(shop)", "c"),
        ("max(shop)", "c"),
        ("avg(open)", 0.75),
        ("min(day)", date(2024, 1, 1)),
        ("max(at)", datetime(2024, 1, 3, 6)),
        ("avg(size * 2 + 1)", 7.0),
        ("sum(price) / count() - min(size)", 17.0),
    ],
)
def test_figures(expression: str, value: Any) -> None:
    assert made(expression) == [pytest.approx(value) if isinstance(value, float) else value] * len(FRAME)


def test_figures_stay_what_they_were_in_training() -> None:
    new = FRAME.head(2).with_columns(price=pl.Series([1000.0, None]))
    assert made("price - avg(price)", new) == [970.0, None]
    assert made("date_diff('day', min(day), day)") == [0.0, 2.0, None, 9.0, 31.0]


def test_figures_of_groups() -> None:
    assert made("price - avg(price by shop)") == [-5.0, 5.0, 0.0, None, None]
    assert made("count(price by shop)") == [2.0, 2.0, 1.0, 0.0, None]
    assert made("first(size by open) + 0") == [1.0, 2.0, 1.0, 1.0, None]
    unseen = FRAME.head(1).with_columns(shop=pl.lit("new"))
    assert made("avg(price by shop)", unseen) == [None]
    assert made("coalesce(avg(price by shop), avg(price))", unseen) == [30.0]


def test_what_was_learnt_can_be_read_and_saved(tmp_path: Path) -> None:
    done = fitted("price - avg(price by shop) + sum(size)")
    learned = done.learned()["steps"][0]["learned"]
    assert learned["figures"]["sum(size)"]["value"] == 15.0
    assert learned["figures"]["avg(price by shop)"] == {"groups": 3, "first": {"a": 15.0, "b": 60.0, "c": None}}
    done.save(tmp_path)
    assert FittedRecipe.load(tmp_path).transform(FRAME).equals(done.transform(FRAME))


def test_rows_are_chosen_by_figures_of_the_training_rows() -> None:
    done = Recipe([Filter("size > avg(size)")]).prepare(FRAME, SCHEMA)
    assert done.rows is not None
    assert done.rows.tolist() == [3, 4]
    assert len(done.recipe.transform(FRAME)) == 5


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("avg(shop)", r"The figure `avg\(shop\)` is asked for of String, and needs numbers"),
        ("max(day by shop)", "gives Date per group; numbers, texts and truth values can be"),
        ("avg(nothing)", "no column 'nothing', which the expression"),
        ("avg(size by nothing)", "no column 'nothing'"),
        ("avg(size + shop)", "cannot be computed"),
        ("case when open then price else shop end", "chooses between numbers and texts"),
        ("coalesce(price, shop)", "chooses between numbers and texts"),
    ],
)
def test_what_cannot_be_learnt_is_named(expression: str, message: str) -> None:
    with pytest.raises(RecipeError, match=f"Step 1 .derive.: .*{message}.*Hint"):
        fitted(expression)


def test_nested_figures_are_refused() -> None:
    with pytest.raises(ConfigError, match="'avg' within 'max'"):
        fitted("max(price - avg(price))")


def test_too_many_groups_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learnt, "MAX_GROUPS", 2)
    with pytest.raises(RecipeError, match="has 3 groups, and 2 are the most"):
        fitted("avg(price by shop)")


def test_no_rows_teach_nothing() -> None:
    done = Recipe([Derive("made", "price - avg(price) + count()")]).learn(FRAME.head(0), SCHEMA)
    assert done.transform(FRAME)["made"].to_list() == [None] * 5
    assert done.output_schema["made"].dtype == "Float64"
