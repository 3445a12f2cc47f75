"""What related rows say, as it was known at the row's moment: compared with a plain look at every row."""

import math
import statistics
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Direction, Kind, Schema
from clew.prepare.recipe import FittedRecipe, Recipe
from clew.prepare.step import Step
from clew.prepare.steps import AggregateRelated

START = datetime(2024, 3, 1)
FUNCTIONS = ("count", "days_since_last", "sum", "mean", "min", "max", "std", "last", "n_unique")


def history(rows: int, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return rows with a customer and a moment, and their orders; many moments coincide."""
    rng = np.random.default_rng(seed)
    hours = [START + timedelta(hours=int(hour)) for hour in rng.integers(0, 300, rows)]
    orders = pl.DataFrame(
        {
            "who": [None if i % 17 == 0 else int(v) for i, v in enumerate(rng.integers(0, 8, rows))],
            "ordered": [None if i % 19 == 0 else hour for i, hour in enumerate(hours)],
            "amount": [None if i % 5 == 0 else float(v) for i, v in enumerate(rng.normal(100, 30, rows).round(1))],
            "kind": [None if i % 7 == 0 else f"k{v}" for i, v in enumerate(rng.integers(0, 4, rows))],
        }
    )
    asked = pl.DataFrame(
        {
            "who": [None if i % 11 == 0 else int(v) for i, v in enumerate(rng.integers(0, 11, 60))],
            "at": [
                None if i % 13 == 0 else START + timedelta(hours=int(v))
                for i, v in enumerate(rng.integers(-9, 310, 60))
            ],
        }
    )
    return asked, orders


def by_hand(
    row: dict[str, Any], orders: list[dict[str, Any]], lasts: timedelta | None, *, inclusive: bool
) -> list[Any]:
    """Compute every function of the amount, and last and n_unique of the kind."""
    moment = row["at"]
    if row["who"] is None or moment is None:
        return [None] * 11
    mine = [order for order in orders if order["who"] == row["who"] and order["ordered"] is not None]
    past = [order for order in mine if (order["ordered"] <= moment if inclusive else order["ordered"] < moment)]
    if lasts is not None and inclusive:
        past = [order for order in past if order["ordered"] > moment - lasts]
    elif lasts is not None:
        past = [order for order in past if order["ordered"] >= moment - lasts]
    past.sort(key=lambda order: order["ordered"])
    amounts = [order["amount"] for order in past if order["amount"] is not None]
    kinds = [order["kind"] for order in past if order["kind"] is not None]
    days = (moment - past[-1]["ordered"]) / timedelta(days=1) if past else None
    return [
        float(len(past)),
        days,
        math.fsum(amounts),
        statistics.fmean(amounts) if amounts else None,
        min(amounts, default=None),
        max(amounts, default=None),
        statistics.stdev(amounts) if len(amounts) > 1 else None,
        amounts[-1] if amounts else None,
        float(len(set(amounts))),
        kinds[-1] if kinds else None,
        float(len(set(kinds))),
    ]


def saved(frame: pl.DataFrame, folder: Path) -> str:
    frame.write_parquet(folder / "orders.parquet")
    return str(folder / "orders.parquet")


def both_ways(fitted: FittedRecipe, frame: pl.DataFrame) -> list[list[Any]]:
    """Prepare rows as a table and one by one, and return what is new."""
    after = fitted.transform(frame)
    run = fitted.row()
    assert after.to_dicts() == [run(row) for row in frame.to_dicts()]
    return [list(row) for row in after.drop(frame.columns).rows()]


@pytest.mark.parametrize("inclusive", [False, True])
@pytest.mark.parametrize("window", [None, "36h", "5d"])
@pytest.mark.parametrize("offset", ["0", "-3h"])
def test_every_function_at_every_moment(inclusive: bool, window: str | None, offset: str, tmp_path: Path) -> None:
    asked, orders = history(400, seed=1)
    step = AggregateRelated(
        "who",
        table=saved(orders, tmp_path),
        functions=FUNCTIONS,
        time="at",
        table_time="ordered",
        window=window,
        inclusive=inclusive,
        offset=offset,
    )
    got = both_ways(Recipe((step,)).learn(asked), asked)
    lasts = {None: None, "36h": timedelta(hours=36), "5d": timedelta(days=5)}[window]
    shift = timedelta(hours=-3 if offset != "0" else 0)
    listed = orders.to_dicts()
    for row, answers in zip(asked.to_dicts(), got, strict=True):
        moved = {**row, "at": None if row["at"] is None else row["at"] + shift}
        for answer, expected in zip(answers, by_hand(moved, listed, lasts, inclusive=inclusive), strict=True):
            assert answer == (pytest.approx(expected) if isinstance(expected, float) else expected)


def test_what_happens_later_changes_nothing(tmp_path: Path) -> None:
    asked, orders = history(400, seed=2)
    moment = START + timedelta(hours=150)
    later = pl.col("ordered") >= moment
    changed = orders.with_columns(
        amount=pl.when(later).then(pl.col("amount") * 1000).otherwise("amount"),
        kind=pl.when(later).then(pl.lit("new")).otherwise("kind"),
    )
    before = asked.filter(pl.col("at") <= moment)
    results = []
    for number, table in enumerate((orders, changed, orders.filter(~later))):
        (folder := tmp_path / str(number)).mkdir()
        step = AggregateRelated("who", table=saved(table, folder), functions=FUNCTIONS, time="at", table_time="ordered")
        results.append(Recipe((step,)).learn(asked).transform(before))
    assert results[0].equals(results[1])
    # A customer whose orders all lie ahead is as good as unknown.
    assert_frame_equal(results[0], results[2])  # sums may be made in another order


def test_without_a_moment_all_rows_count() -> None:
    orders = (
        {"who": "a", "amount": 1, "paid": True, "word": "x"},
        {"who": "a", "amount": 4, "paid": False, "word": None},
        {"who": "b", "amount": None, "paid": None, "word": "y"},
        {"who": None, "amount": 9, "paid": True, "word": "z"},
    )
    step = AggregateRelated(
        "who", table=orders, functions=("count", "sum", "mean", "max", "std", "n_unique"), prefix="o_"
    )
    fitted = Recipe((step,)).learn(pl.DataFrame({"who": ["a"]}))
    rows = both_ways(fitted, pl.DataFrame({"who": ["a", "b", "z", None]}))
    names = fitted.output_schema.names[1:]
    assert names[:6] == (
        "o_count",
        "o_amount_sum",
        "o_amount_mean",
        "o_amount_max",
        "o_amount_std",
        "o_amount_n_unique",
    )
    assert dict(zip(names, rows[0], strict=True)) == pytest.approx(
        {
            "o_count": 2.0,
            "o_amount_sum": 5.0,
            "o_amount_mean": 2.5,
            "o_amount_max": 4.0,
            "o_amount_n_unique": 2.0,
            "o_amount_std": math.sqrt(4.5),
            "o_paid_sum": 1.0,
            "o_paid_mean": 0.5,
            "o_paid_max": 1.0,
            "o_paid_std": math.sqrt(0.5),
            "o_paid_n_unique": 2.0,
            "o_word_n_unique": 1.0,
        }
    )
    assert rows[1][:3] == [1.0, 0.0, None]
    assert rows[2] == [0.0, 0.0, None, None, None, 0.0, 0.0, None, None, None, 0.0, 0.0]
    assert set(rows[3]) == {None}
    assert fitted.learned()["steps"][0]["learned"]["left_out"] == 1


def test_last_keeps_its_type_and_skips_what_is_missing() -> None:
    orders = (
        {"who": 1, "at": "2024-01-01", "word": "x", "paid": True, "since": "2020-05-05"},
        {"who": 1, "at": "2024-01-03", "word": None, "paid": False, "since": None},
    )
    step = AggregateRelated("who", table=orders, functions=("last",), time="at", inclusive=True)
    frame = pl.DataFrame({"who": [1, 1, 2], "at": [datetime(2024, 1, 2), datetime(2024, 1, 3), datetime(2024, 1, 3)]})
    fitted = Recipe((step,)).learn(frame)
    assert [column.dtype for column in fitted.output_schema][2:] == ["String", "Boolean", "Date"]
    assert [row[:2] for row in both_ways(fitted, frame)] == [["x", True], ["x", False], [None, None]]


def test_moments_compare_across_zones() -> None:
    orders = ({"who": 1, "at": "2024-07-01T10:00:00"},)  # without a zone: UTC
    berlin = ZoneInfo("Europe/Berlin")
    moments = [datetime(2024, 7, 1, 12, 0, tzinfo=berlin), datetime(2024, 7, 1, 12, 1, tzinfo=berlin)]
    frame = pl.DataFrame(
        {"who": [1, 1], "at": pl.Series([m.astimezone(UTC) for m in moments]).dt.convert_time_zone("Europe/Berlin")}
    )
    step = AggregateRelated("who", table=orders, functions=("count", "days_since_last"), time="at")
    rows = both_ways(Recipe((step,)).learn(frame), frame)
    assert rows == [[0.0, None], [1.0, pytest.approx(1 / 1440)]]


def test_lineage_of_what_is_made() -> None:
    schema = Schema(
        (
            Column("who", "Int64", Kind.NUMERIC, protected=True),
            Column("at", "Datetime(us)", Kind.DATETIME, available_after="1h"),
        )
    )
    orders = ({"who": 1, "at": "2024-07-01T10:00:00"},)
    made = Recipe((AggregateRelated("who", table=orders, time="at"),)).learn(
        pl.DataFrame(schema={"who": pl.Int64, "at": pl.Datetime("us")}), schema
    )
    count = made.output_schema["count"]
    assert (count.sources, count.protected, count.available_after) == (("who", "at"), True, "1h")
    assert count.direction is Direction.LOSES


def test_saved_history_is_small_and_gives_the_same(tmp_path: Path) -> None:
    asked, orders = history(400, seed=3)
    step = AggregateRelated("who", table=saved(orders, tmp_path), functions=FUNCTIONS, time="at", table_time="ordered")
    fitted = Recipe((step,)).learn(asked)
    fitted.save(tmp_path / "fitted")
    assert FittedRecipe.load(tmp_path / "fitted").transform(asked).equals(fitted.transform(asked))
    learned = fitted.learned()["steps"][0]["learned"]
    assert (learned["keys"], learned["rows"] + learned["left_out"]) == (8, 400)


ORDERS = ({"who": 1, "at": "2024-07-01", "amount": 2, "word": "x"},)


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (AggregateRelated("who", table=ORDERS, window="3d"), "has `window`, and no `time`"),
        (AggregateRelated("who", table=ORDERS, functions=("last",)), "has `last`, and no `time`"),
        (AggregateRelated("who", table=ORDERS, inclusive=True), "has `inclusive`, and no `time`"),
        (AggregateRelated("who", table=ORDERS, offset="-1h"), "has `offset`, and no `time`"),
        (AggregateRelated("who", table=ORDERS, time="at", window="-1d"), "window '-1d'; a length above 0"),
        (AggregateRelated("who", table=ORDERS, time="at", window="month"), "'month' is no length of time"),
        (AggregateRelated("who", table=ORDERS, functions=()), "different ones are needed"),
        (AggregateRelated("who", table=ORDERS, functions=("sum", "sum")), "different ones are needed"),
        (AggregateRelated("who", table=ORDERS, time="when"), "There is no column 'when', which `time` names"),
        (AggregateRelated("who", table=ORDERS, time="x"), "'x' holds Float64, and `time` needs moments"),
        (AggregateRelated("who", table=ORDERS, time="at", table_time="amount"), "'amount' of the table holds Int64"),
        (AggregateRelated("who", table=ORDERS, time="at", table_time="hour"), "has no column 'hour'"),
        (AggregateRelated("who", table=ORDERS, values=("amout",), functions=("sum",)), "no column 'amout'.*'amount'"),
        (
            AggregateRelated("who", table=ORDERS, values=("word",), functions=("sum",)),
            "None of sum can be computed.*'word'",
        ),
        (AggregateRelated("x", table=ORDERS, key="word"), "'word' of the table holds String, and the column 'x' holds"),
        (AggregateRelated(["who", "x"], table=ORDERS, key="who"), "means 2 for 1"),
        (AggregateRelated("at", table=ORDERS), "'at' is datetime, and aggregate_related works on"),
    ],
)
def test_what_cannot_be_summed_up(step: Step, message: str) -> None:
    frame = pl.DataFrame({"who": [1], "at": [datetime(2024, 7, 2)], "x": [1.0]})
    schema = Schema(
        (
            Column("who", "Int64", Kind.NUMERIC),
            Column("at", "Datetime(us)", Kind.DATETIME),
            Column("x", "Float64", Kind.NUMERIC),
        )
    )
    with pytest.raises((RecipeError, ConfigError), match=message):
        Recipe((step,)).learn(frame, schema)
