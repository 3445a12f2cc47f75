"""What the steps give that make other rows: by hand, and against pandas."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Direction, Role, Schema
from clew.prepare.dtypes import dtype_name, kind_of
from clew.prepare.recipe import FittedRecipe, Recipe
from clew.prepare.step import Step
from clew.prepare.steps import GroupBy, Pivot, Resample, TargetMean, Unpivot
from clew.prepare.steps.resample import MAX_ROWS


def fitted(step: Step, frame: pl.DataFrame, **roles: Role) -> FittedRecipe:
    names = {name: dtype_name(dtype) for name, dtype in frame.schema.items()}
    columns = (
        Column(n, t, kind_of(t), role=roles.get(n, Role.FEATURE), protected=n == "sex") for n, t in names.items()
    )
    return Recipe((step,)).learn(frame, Schema(tuple(columns)))


def made(step: Step, frame: pl.DataFrame, **roles: Role) -> pl.DataFrame:
    after: pl.DataFrame = fitted(step, frame, **roles).transform(frame)
    return after


class TestGroupBy:
    USAGE = pl.DataFrame(
        {
            "household": ["h1", "h0", "h0", "h1", "h0"],
            "day": [date(2020, 1, 3), date(2020, 1, 4), date(2020, 1, 1), date(2020, 1, 2), date(2020, 1, 2)],
            "usage": [55.0, 35.0, 30.0, 45.0, 40.0],
            "occupants": [4, 3, 2, 3, 2],
        }
    )

    def test_arrays_in_the_order_of_time_with_their_span(self) -> None:
        step = GroupBy("household", {"usage": ("list",), "occupants": ("list",)}, time="day", span=True)
        assert made(step, self.USAGE).rows() == [
            ("h0", [30.0, 40.0, 35.0], [2, 2, 3], date(2020, 1, 1), date(2020, 1, 4)),
            ("h1", [45.0, 55.0], [3, 4], date(2020, 1, 2), date(2020, 1, 3)),
        ]

    def test_pandas_gives_the_same_figures(self) -> None:
        rng = np.random.default_rng(0)
        frame = pl.DataFrame(
            {
                "g": [None if i % 13 == 0 else f"g{v}" for i, v in enumerate(rng.integers(0, 9, 3_000))],
                "x": [None if i % 7 == 0 else float(v) for i, v in enumerate(rng.normal(size=3_000))],
            }
        )
        functions = ("count", "sum", "mean", "median", "min", "max", "std", "var", "n_unique")
        got = made(GroupBy("g", {"x": functions}), frame)
        table = frame.to_pandas().groupby("g", dropna=False)["x"]
        theirs = table.agg(["count", "sum", "mean", "median", "min", "max", "std", "var", "nunique"])
        assert got["g"].to_list() == [*(f"g{i}" for i in range(9)), None]
        np.testing.assert_allclose(got.drop("g").to_numpy(), theirs.to_numpy(), rtol=1e-12)

    def test_values_of_one_moment_stand_by_themselves_and_rows_without_one_nowhere(self) -> None:
        frame = pl.DataFrame({"g": [1] * 5, "t": [2, 1, 2, None, 2], "x": [5.0, 7.0, None, 9.0, 4.0]})
        after = made(GroupBy("g", {"x": ("list", "first", "last", "count")}, time="t"), frame)
        assert after.row(0) == (1, [7.0, None, 4.0, 5.0], 7.0, 5.0, 4)

    def test_no_value_has_no_figure_but_a_count(self) -> None:
        frame = pl.DataFrame({"g": ["a", "b"], "x": [None, 1.0]})
        after = made(GroupBy("g", {"x": ("sum", "count", "length", "std", "most_frequent")}), frame)
        assert after.rows() == [("a", None, 0, 1, None, None), ("b", 1.0, 1, 1, None, 1.0)]

    def test_tsfresh_divides_by_n(self) -> None:
        frame = pl.DataFrame({"g": [1, 1], "x": [1.0, 3.0]})
        after = made(GroupBy("g", {"x": "minimal"}), frame)
        assert after.row(0, named=True) == {
            "g": 1, "x_sum_values": 4.0, "x_median": 2.0, "x_mean": 2.0, "x_length": 2, "x_standard_deviation": 1.0,
            "x_variance": 1.0, "x_maximum": 3.0, "x_minimum": 1.0,
        }  # fmt: skip

    def test_what_is_known_of_a_column_goes_along(self) -> None:
        frame = pl.DataFrame({"sex": ["f", "m"], "x": [1.0, 2.0]})
        output = fitted(GroupBy("sex", {"sex": ("n_unique",), "x": ("max",)}), frame).output_schema
        assert (output["sex_n_unique"].protected, output["sex_n_unique"].dtype) == (True, "Int64")
        assert (output["x_max"].raw_sources, output["x_max"].direction) == (("x",), Direction.LOSES)

    def test_a_target_goes_along_as_a_name_only(self) -> None:
        frame = pl.DataFrame({"shop": ["a", "a", "b"], "y": ["no", "yes", "no"], "x": [1.0, 2.0, 3.0]})
        recipe = Recipe((GroupBy(("shop", "y"), {"x": ("sum",)}), TargetMean("shop")))
        done = recipe.prepare(frame, target="y")
        assert done.target.tolist() == ["no", "yes", "no"]
        with pytest.raises(RecipeError, match=r"Step 1 \(group_by\): The column 'y' is the target"):
            fitted(GroupBy("shop", {"y": ("n_unique",)}), frame, y=Role.TARGET)

    @pytest.mark.parametrize(
        ("step", "message"),
        [
            (GroupBy("town", {"x": ("sum",)}), "There is no column 'town', which `by` names"),
            (GroupBy("shop", {"z": ("sum",)}), "There is no column 'z', which `aggregations` names"),
            (GroupBy("shop", {"shop": ("sum",)}), "'shop' holds String, which has no sum"),
            (GroupBy("shop", {"x": ("first",)}), "'first' asks for the order of the rows"),
            (GroupBy(("shop", "x_sum"), {"x": ("sum",)}), "Two columns would be called 'x_sum'"),
        ],
    )
    def test_what_cannot_be_done_is_said(self, step: Step, message: str) -> None:
        frame = pl.DataFrame({"shop": ["a"], "x": [1.0], "x_sum": [1.0]})
        with pytest.raises(RecipeError, match=rf"Step 1 \(group_by\): .*{message}"):
            fitted(step, frame)

    @pytest.mark.parametrize(
        "options", [{"by": [], "aggregations": {"x": ["sum"]}}, {"by": "g", "aggregations": {"x": []}}]
    )
    def test_options_without_meaning_are_refused(self, options: dict[str, Any]) -> None:
        with pytest.raises(ConfigError, match=r"group_by has no"):
            Recipe.from_dict([{"op": "group_by", **options}])


class TestPivot:
    SOLD = pl.DataFrame(
        {
            "shop": ["a", "a", "b", "a", None],
            "day": ["Mon", "Tue", "Mon", "Mon", "Tue"],
            "sold": [1.0, 2.0, 3.0, 5.0, 7.0],
        }
    )

    def test_pandas_gives_the_same_table(self) -> None:
        got = made(Pivot("day", "sold", "shop", "sum"), self.SOLD)
        theirs = self.SOLD.to_pandas().pivot_table(
            index="shop", columns="day", values="sold", aggfunc="sum", dropna=False
        )
        assert got.head(2).drop("shop").to_numpy().tolist()[0] == theirs.loc["a"].tolist()
        assert got.rows() == [("a", 6.0, 2.0), ("b", 3.0, None), (None, None, 7.0)]

    def test_columns_are_those_of_training(self) -> None:
        recipe = fitted(Pivot("day", "sold", "shop"), self.SOLD)
        later = pl.DataFrame({"shop": ["c"], "day": ["Sun"], "sold": [1.0]})
        assert recipe.transform(later).rows() == [("c", None, None)]

    def test_names_are_not_values(self) -> None:
        with pytest.raises(RecipeError, match=r"'sold' has 5 categories, and 3 may become columns"):
            fitted(Pivot("sold", "sold", "shop", max_categories=3), self.SOLD)

    def test_stacking_undoes_it(self) -> None:
        wide = made(Pivot("day", "sold", "shop", "sum"), self.SOLD)
        long = made(Unpivot(["sold_Mon", "sold_Tue"], "day", "sold", drop_missing=True), wide)
        assert long.rows() == [
            ("a", "sold_Mon", 6.0), ("a", "sold_Tue", 2.0), ("b", "sold_Mon", 3.0), (None, "sold_Tue", 7.0)
        ]  # fmt: skip

    def test_one_column_holds_one_type(self) -> None:
        with pytest.raises(RecipeError, match=r"'day' and 'sold' hold String and Float64|'sold' and 'day' hold"):
            fitted(Unpivot(["day", "sold"]), self.SOLD)
        with pytest.raises(RecipeError, match=r"There is a column 'shop' already"):
            fitted(Unpivot("sold", "shop"), self.SOLD)


def hours(*moments: tuple[int, int], zone: str | None = None) -> pl.Series:
    local = pl.Series("at", [datetime(2024, 3, 30 + day, hour) for day, hour in moments])
    return local.dt.replace_time_zone(zone) if zone else local


class TestResample:
    def test_pandas_gives_the_same_means(self) -> None:
        rng = np.random.default_rng(0)
        n = 500
        frame = pl.DataFrame(
            {
                "g": [f"g{v}" for v in rng.integers(0, 3, n)],
                "at": [datetime(2024, 1, 1) + timedelta(minutes=int(m)) for m in rng.integers(0, 20_000, n)],
                "x": [None if i % 9 == 0 else float(v) for i, v in enumerate(rng.normal(size=n))],
            }
        )
        for function, unit, rule in (("mean", "hour", "h"), ("std", "day", "D"), ("median", "week", "W-MON")):
            got = made(Resample("x", unit, time="at", by="g", numeric=function), frame)
            options = {"label": "left", "closed": "left"}
            theirs = frame.to_pandas().set_index("at").groupby("g")["x"].resample(rule, **options).agg(function)
            expected = pl.from_pandas(theirs.reset_index()).with_columns(pl.col("at").cast(pl.Datetime("us")))
            assert_frame_equal(got, expected.with_columns(pl.col("x").fill_nan(None)), check_dtypes=False)

    def test_a_gap_is_filled_in_the_way_that_is_asked_for(self) -> None:
        frame = pl.DataFrame(
            [hours((0, 1), (0, 1), (0, 5)), pl.Series("x", [1, 3, 10]), pl.Series("w", ["a", "b", "c"])]
        )
        expected = {
            "none": [2.0, None, None, None, 10.0],
            "zero": [2.0, 0.0, 0.0, 0.0, 10.0],
            "forward": [2.0, 2.0, 2.0, 2.0, 10.0],
            "interpolate": [2.0, 4.0, 6.0, 8.0, 10.0],
        }
        for fill, values in expected.items():
            after = made(Resample(["x", "w"], "hour", time="at", fill=fill), frame)
            assert after["x"].to_list() == values
            words = ["a", *([None] * 3 if fill in {"none", "zero"} else ["a"] * 3), "c"]
            assert after["w"].to_list() == words

    def test_days_follow_the_clock_and_hours_the_time_that_has_passed(self) -> None:
        frame = pl.DataFrame([hours((0, 22), (1, 1), (1, 4), zone="Europe/Berlin"), pl.Series("x", [1.0, 2.0, 3.0])])
        days = made(Resample("x", "day", time="at", numeric="sum"), frame)
        assert [moment.isoformat() for moment in days["at"]] == [
            "2024-03-30T00:00:00+01:00",
            "2024-03-31T00:00:00+01:00",
        ]
        assert days["x"].to_list() == [1.0, 5.0]
        clock = made(Resample("x", "hour", time="at"), frame)["at"]
        assert [moment.hour for moment in clock] == [22, 23, 0, 1, 3, 4]  # there is no hour 2

    def test_an_hour_that_comes_twice_is_two_hours(self) -> None:
        utc = pl.Series("at", [datetime(2024, 10, 27, h, 30, tzinfo=UTC) for h in (0, 1)])
        frame = pl.DataFrame([utc.dt.convert_time_zone("Europe/Berlin"), pl.Series("x", [1.0, 2.0])])
        after = made(Resample("x", "hour", time="at"), frame)
        assert [moment.isoformat() for moment in after["at"]] == [
            "2024-10-27T02:00:00+02:00",
            "2024-10-27T02:00:00+01:00",
        ]

    def test_a_midnight_that_is_skipped_is_told_an_hour_later(self) -> None:
        at = pl.Series("at", [datetime(2017, 10, 14, 12), datetime(2017, 10, 15, 12), datetime(2017, 10, 16, 12)])
        frame = pl.DataFrame([at.dt.replace_time_zone("America/Sao_Paulo"), pl.Series("x", [1.0, 2.0, 3.0])])
        after = made(Resample("x", "day", time="at"), frame)
        assert [(moment.day, moment.hour) for moment in after["at"]] == [(14, 0), (15, 1), (16, 0)]
        assert after["x"].to_list() == [1.0, 2.0, 3.0]

    def test_zones_of_half_an_hour_begin_at_their_own_hours(self) -> None:
        at = pl.Series("at", [datetime(2024, 1, 1, 6, 40)]).dt.replace_time_zone("Asia/Kolkata")
        after = made(Resample("x", "hour", time="at"), pl.DataFrame([at, pl.Series("x", [1.0])]))
        assert after["at"].to_list()[0].isoformat() == "2024-01-01T06:00:00+05:30"

    def test_months_quarters_and_weeks(self) -> None:
        days = pl.DataFrame({"at": [date(2024, 1, 31), date(2024, 3, 1)], "x": [1.0, 2.0]})
        assert made(Resample("x", "month", time="at"), days).rows() == [
            (date(2024, 1, 1), 1.0), (date(2024, 2, 1), None), (date(2024, 3, 1), 2.0)
        ]  # fmt: skip
        assert made(Resample("x", "quarter", time="at"), days).rows() == [(date(2024, 1, 1), 1.5)]
        assert made(Resample("x", "week", time="at"), days)["at"][0] == date(2024, 1, 29)  # a Monday

    def test_series_do_not_mix_and_may_have_one_span(self) -> None:
        at = [datetime(2024, 1, day) for day in (1, 3, 2, 4)]
        frame = pl.DataFrame({"g": ["a", "a", "b", None], "at": at, "x": [1.0, 3.0, 2.0, 4.0]})
        apart = made(Resample("x", time="at", by="g", fill="forward"), frame)
        assert apart["g"].to_list() == ["a", "a", "a", "b", None]
        assert apart["x"].to_list() == [1.0, 1.0, 3.0, 2.0, 4.0]
        together = made(Resample("x", time="at", by="g", same_span=True), frame)
        assert together.group_by("g", maintain_order=True).len()["len"].to_list() == [4, 4, 4]
        assert together.filter(pl.col("g") == "b")["x"].to_list() == [None, 2.0, None, None]

    def test_first_and_last_are_told_by_the_moment(self) -> None:
        frame = pl.DataFrame([hours((0, 5), (0, 1), (0, 3)), pl.Series("x", [5, 1, 3])])
        for function, value in (("first", 1), ("last", 5)):
            after = made(Resample("x", "day", time="at", numeric=function), frame)
            assert after["x"].to_list() == [value]
            assert after["x"].dtype == pl.Int64

    def test_a_row_for_every_second_of_a_century_is_refused(self) -> None:
        frame = pl.DataFrame({"at": [datetime(1900, 1, 1), datetime(2024, 1, 1)], "x": [1.0, 2.0]})
        with pytest.raises(
            RecipeError, match=rf"A row per 1 second makes about 39\d+ rows of 1 series, and {MAX_ROWS}"
        ):
            made(Resample("x", "second", time="at"), frame)

    @pytest.mark.parametrize(
        ("step", "message"),
        [
            (Resample("x"), "resample does not know the moments"),
            (Resample("x", time="x"), "'x' holds Float64, which is no moment"),
            (Resample("x", "hour", time="day"), "'day' holds days, which have no hours"),
        ],
    )
    def test_what_cannot_be_done_is_said(self, step: Step, message: str) -> None:
        with pytest.raises(RecipeError, match=rf"Step 1 \(resample\): .*{message}"):
            fitted(step, pl.DataFrame({"day": [date(2024, 1, 1)], "x": [1.0]}))


def test_a_rare_pandas_frame_keeps_its_engine() -> None:
    frame = pd.DataFrame({"g": ["b", "a", "b"], "x": [1.0, 2.0, np.nan]})
    after = Recipe((GroupBy("g", {"x": ("sum", "list")}, time="x"),)).learn(frame).transform(frame)
    assert isinstance(after, pd.DataFrame)
    assert after["x_sum"].tolist() == [2.0, 1.0]
    assert [list(cell) for cell in after["x_list"]] == [[2.0], [1.0]]
