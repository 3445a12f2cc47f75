"""Suggestions by kind of model: what a linear model needs, and what trees do without."""

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from clew.core.errors import UsageError
from clew.core.schema import Kind
from clew.prepare.matrix import fit_layout, to_matrix
from clew.prepare.recipe import Recipe
from clew.prepare.suggest import Suggestion, suggest

ROWS = 3000
RNG = np.random.default_rng(0)
HOUR = RNG.integers(0, 24, ROWS)
START = [datetime(2023, 1, 1) + timedelta(hours=int(h), days=int(d)) for h, d in zip(HOUR, HOUR * 31, strict=True)]
FRAME = pl.DataFrame(
    {
        "hour": HOUR,
        "income": RNG.lognormal(3, 1.0, ROWS),
        "level": RNG.normal(size=ROWS),
        "gaps": [None if i % 4 == 0 else float(i % 97) for i in range(ROWS)],
        "town": [f"town {i}" for i in RNG.integers(0, 60, ROWS)],
        "colour": [["red", None, "blue"][i] for i in RNG.integers(0, 3, ROWS)],
        "member": [[True, False, None][i] for i in RNG.integers(0, 3, ROWS)],
        "start": START,
        "stop": [moment + timedelta(hours=float(h)) for moment, h in zip(START, RNG.gamma(2, 3, ROWS), strict=True)],
        "y": np.where((HOUR > 6) & (HOUR < 10), "late", "early"),
    }
)


def ops(suggestion: Suggestion) -> list[tuple[str, ...]]:
    return [(step["op"], *step["columns"]) for step in suggestion.steps]


def test_linear_model_gets_curves_seasons_and_one_scale() -> None:
    found = suggest(FRAME, "y", for_model="linear")
    assert ops(found) == [
        ("date_difference", "stop"),
        ("date_difference", "start", "stop"),
        ("missing_indicator", "gaps", "member"),
        ("fourier", "start", "stop"),
        ("duplicate", "hour", "income", "level", "gaps", "stop_hours_since_start", "start_days", "stop_days"),
        ("bin", "income_copy", "level_copy", "gaps_copy", "stop_hours_since_start_copy", "start_days_copy", "stop_days_copy"),
        ("cast", "hour_copy", "income_copy", "level_copy", "gaps_copy", "stop_hours_since_start_copy", "start_days_copy", "stop_days_copy"),
        ("power_transform", "income", "stop_hours_since_start"),
        ("text_svd", "town"),
        ("target_mean", "town"),
        ("one_hot", "kind:categorical"),
        ("fill_missing", "member"),
        ("fill_missing", "kind:numeric"),
        ("scale", "kind:numeric"),
    ]  # fmt: skip


def test_what_comes_out_for_a_linear_model_are_finite_numbers() -> None:
    recipe = suggest(FRAME, "y", for_model="linear").recipe
    done = recipe.prepare(FRAME, target="y")
    layout = fit_layout(done.recipe.output_schema, done.frame)
    assert layout.categorical == ()
    empty = FRAME.head(1).with_columns(pl.lit(None).cast(dtype).alias(name) for name, dtype in FRAME.schema.items())
    for rows in (done.frame, done.recipe.transform(FRAME.head(5)), done.recipe.transform(empty.drop("y"))):
        assert np.isfinite(to_matrix(rows, layout).numeric).all()


def test_a_linear_model_learns_from_it_what_no_line_shows() -> None:
    from sklearn.linear_model import LogisticRegression

    columns = ["hour", "level", "colour", "y"]
    train, test = FRAME.head(2000).select(columns), FRAME.tail(1000).select(columns)
    done = suggest(train, "y", for_model="linear").recipe.prepare(train, target="y")
    layout = fit_layout(done.recipe.output_schema, done.frame)
    model = LogisticRegression(max_iter=1000).fit(to_matrix(done.frame, layout).numeric, train["y"].to_numpy())
    assert model.score(to_matrix(done.recipe.transform(test), layout).numeric, test["y"].to_numpy()) > 0.99
    line = LogisticRegression().fit(train.select("hour").to_numpy(), train["y"].to_numpy())
    assert line.score(test.select("hour").to_numpy(), test["y"].to_numpy()) < 0.9


def test_trees_keep_gaps_tails_and_categories() -> None:
    assert ops(suggest(FRAME, "y", for_model="trees")) == [
        ("date_difference", "stop"),
        ("date_parts", "start", "stop"),
        ("text_svd", "town"),
        ("target_mean", "town"),
    ]
    done = suggest(FRAME, "y", for_model="trees").recipe.prepare(FRAME, target="y")
    kept = {column.name: column.kind for column in done.recipe.output_schema.features}
    assert kept["colour"] is Kind.CATEGORICAL
    assert "town" not in kept


def test_unknown_kind_of_model_is_refused() -> None:
    with pytest.raises(UsageError, match="`for_model` is 'tree'") as raised:
        suggest(FRAME, "y", for_model="tree")  # type: ignore[arg-type]
    assert "trees" in str(raised.value)


def test_few_rows_get_no_columns_for_detail() -> None:
    few = {step["op"] for step in suggest(FRAME.head(60), "y", for_model="linear").steps}
    assert not few & {"duplicate", "bin", "text_svd"}


def test_reasons_name_the_figures() -> None:
    said = {step["op"]: step["reason"] for step in suggest(FRAME, "y", for_model="linear").steps}
    assert "`hour` (24 values) has few whole values" in said["duplicate"]
    assert "3000 rows are 30 or more for each column" in said["duplicate"]
    assert said["bin"].startswith("10 bins of 300 rows each")
    assert "`income` (skewness " in said["power_transform"]


def test_columns_with_the_name_that_a_step_would_make_are_left_alone() -> None:
    taken = FRAME.with_columns(
        pl.lit(1.5).add(pl.col("level")).alias("gaps_missing"),
        pl.col("level").mul(2.0).alias("hour_copy"),
        pl.col("level").mul(3.0).alias("town_target_mean"),
        pl.col("level").mul(4.0).alias("town_svd_1"),
        pl.col("level").mul(5.0).alias("stop_hours_since_start"),
        pl.col("level").mul(6.0).alias("start_month"),
    )
    for family in ("any", "linear", "trees"):
        suggest(taken, "y", for_model=family).recipe.fit(taken, target="y")


def test_monotone_columns_lose_no_order() -> None:
    from clew.collect.dataset import Dataset
    from clew.collect.source import read

    schema = read(FRAME).schema.with_facts("income", monotonic="increasing")
    found = suggest(Dataset.of(FRAME, schema, "rows"), "y", for_model="linear")
    copied = next(step["columns"] for step in found.steps if step["op"] == "duplicate")
    assert "income" not in copied
    assert "level" in copied


@pytest.mark.parametrize("family", ["any", "linear", "trees"])
@pytest.mark.parametrize(
    ("name", "target"), [("titanic", "survived"), ("taxis_tip", "tip"), ("nsl_kdd", "attack"), ("bike_sharing", "cnt")]
)
def test_real_tables_run_and_round_trip(real_tables: Path, name: str, target: str, family: str) -> None:
    frame = pl.read_parquet(real_tables / "tables" / f"{name}.parquet").head(2000)
    found = suggest(frame, target, for_model=family)
    assert Recipe.from_yaml(found.to_yaml()) == found.recipe
    assert found.to_dict() == suggest(frame, target, for_model=family).to_dict()
    prepared = found.recipe.fit(frame.head(1500), target=target).transform(frame.tail(500))
    assert len(prepared) == 500
