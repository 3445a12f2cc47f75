"""What the steps on moments give, against Python's calendar and in figures that can be checked by hand."""

import math
from calendar import isleap, monthrange
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Direction, Kind, Role, Schema
from clew.prepare.recipe import FittedRecipe, Recipe
from clew.prepare.step import Step
from clew.prepare.steps import DateDifference, DateParts, DatetimeRange, Fourier, ValidateTimestamps

BERLIN = ZoneInfo("Europe/Berlin")


def fitted(step: Step, frame: pl.DataFrame, **roles: Role) -> tuple[FittedRecipe, pl.DataFrame]:
    """Fit a step on a frame and return it with what becomes of the rows."""
    columns = []
    for name, dtype in frame.schema.items():
        zone = getattr(dtype, "time_zone", None)
        text = f"Datetime(us, {zone})" if zone else "Datetime(us)" if isinstance(dtype, pl.Datetime) else str(dtype)
        kind = Kind.DATETIME if dtype.is_temporal() else Kind.NUMERIC if dtype.is_numeric() else Kind.TEXT
        columns.append(Column(name, text, kind, role=roles.get(name, Role.FEATURE)))
    recipe = Recipe((step,)).learn(frame, Schema(tuple(columns)))
    return recipe, recipe.transform(frame)


def made(step: Step, **columns: Any) -> pl.DataFrame:
    return fitted(step, pl.DataFrame(columns))[1]


class TestParts:
    def test_every_day_of_forty_years(self) -> None:
        days = [date(1995, 12, 20) + timedelta(days=n) for n in range(40 * 366)]
        after = made(DateParts("x", parts="all"), x=days)
        expected = {
            "x_year": [day.year for day in days],
            "x_quarter": [math.ceil(day.month / 3) for day in days],
            "x_month": [day.month for day in days],
            "x_week": [day.isocalendar().week for day in days],
            "x_day": [day.day for day in days],
            "x_weekday": [day.isoweekday() for day in days],
            "x_day_of_year": [day.timetuple().tm_yday for day in days],
            "x_is_weekend": [day.weekday() >= 5 for day in days],
            "x_is_month_start": [day.day == 1 for day in days],
            "x_is_month_end": [day.day == monthrange(day.year, day.month)[1] for day in days],
            "x_is_leap_year": [isleap(day.year) for day in days],
        }
        assert after.columns == list(expected)
        for name, values in expected.items():
            assert after[name].to_list() == values, name

    def test_weeks_of_early_years(self) -> None:
        days = [date(1, 1, 1), date(4, 12, 31), date(1582, 1, 3), date(9999, 12, 31)]
        assert made(DateParts("x", parts=("week",)), x=days)["x_week"].to_list() == [d.isocalendar().week for d in days]

    def test_a_minute_before_midnight(self) -> None:
        after = made(DateParts("x", parts=("hour", "minute", "second")), x=[datetime(2024, 1, 1, 23, 59, 58, 999_999)])
        assert after.row(0) == (23.0, 59.0, 58.0)

    def test_texts_in_the_form_found_or_stated(self) -> None:
        texts = ["13/02/2024 10:00", "01/02/2024 11:00", None]
        assert made(DateParts("x", parts=("month", "hour")), x=texts).rows() == [(2.0, 10.0), (2.0, 11.0), (None, None)]
        step = DateParts("x", parts=("month",), format="%m/%d/%Y %H:%M", errors="missing")
        assert made(step, x=texts)["x_month"].to_list() == [None, 1.0, None]

    def test_order_of_day_and_month_is_not_guessed(self) -> None:
        with pytest.raises(
            RecipeError, match=r"'x' can be read with the day or the month first, e.g. '01/02/2024'.*State which"
        ):
            made(DateParts("x"), x=["01/02/2024", "03/04/2024"])

    def test_what_cannot_be_read_is_counted_and_shown(self) -> None:
        texts = ["2024-01-31", "tomorrow", None, "2024-02-30", "x" * 1_000_000, "2024-02-29"]
        with pytest.raises(
            RecipeError,
            match=r"^Step 1 \(date_parts\): The column 'x' has a value that is no moment in 3 rows: 'tomorrow' in row 1, "
            r"'2024-02-30' in row 3, 'x{59}… in row 4\. Hint: .*errors: missing",
        ):
            made(DateParts("x"), x=texts)
        recipe, _ = fitted(DateParts("x", parts=("day",)), pl.DataFrame({"x": texts[:1]}))
        with pytest.raises(
            RecipeError, match=r"Step 1 \(date_parts\): The value 'tomorrow' of the column 'x' is no moment"
        ):
            recipe.row()({"x": "tomorrow"})

    def test_numbers_count_in_a_stated_unit_and_zone(self) -> None:
        seconds = [1_711_843_200, 1_711_846_800, None]  # 2024-03-31 at midnight and one o'clock, UTC
        after = made(DateParts("x", parts=("hour",), unit="s", time_zone="Europe/Berlin"), x=seconds)
        assert after["x_hour"].to_list() == [1.0, 3.0, None]
        with pytest.raises(RecipeError, match=r"'x' holds Int64, and a number alone is no moment.*unit: s"):
            made(DateParts("x"), x=seconds)

    def test_a_clock_without_zone_is_told_in_no_other(self) -> None:
        with pytest.raises(RecipeError, match=r"'x' has no time zone, so its clock cannot be told in Asia/Tokyo"):
            made(DateParts("x", time_zone="Asia/Tokyo"), x=[datetime(2024, 1, 1)])

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"format": "%Q"}, "holds '%Q', which has no meaning"),
            ({"time_zone": "Europe/Atlantis"}, "There is no time zone 'Europe/Atlantis'"),
            ({"parts": ["fortnight"]}, "`parts` of date_parts"),
        ],
    )
    def test_options_without_meaning_are_refused(self, options: dict[str, Any], message: str) -> None:
        with pytest.raises(ConfigError, match=message):
            Recipe.from_dict([{"op": "date_parts", "columns": "x", **options}])


class TestElapsed:
    def test_time_between_two_columns(self) -> None:
        after = made(
            DateDifference("shipped", since="ordered", unit="hours"),
            ordered=[datetime(2024, 1, 1, 12), None, datetime(2024, 1, 2)],
            shipped=[datetime(2024, 1, 2), datetime(2024, 1, 2), datetime(2024, 1, 1, 23, 30)],
        )
        assert after["shipped_hours_since_ordered"].to_list() == [12.0, None, -0.5]

    def test_days_count_from_midnight(self) -> None:
        after = made(DateDifference("x", since="day"), day=[date(2024, 2, 28)], x=[datetime(2024, 3, 1, 6)])
        assert after["x_days_since_day"].to_list() == [2.25]

    def test_the_day_on_which_clocks_go_forward_has_23_hours(self) -> None:
        days = pl.Series("x", [datetime(2024, 3, 31), datetime(2024, 4, 1)]).dt.replace_time_zone("Europe/Berlin")
        step = DateDifference("x", reference="2024-03-31", unit="hours")
        recipe, after = fitted(step, days.to_frame())
        assert after["x_hours"].to_list() == [0.0, 23.0]
        assert recipe.row()({"x": datetime(2024, 4, 1, tzinfo=BERLIN)})["x_hours"] == 23.0
        assert recipe.learned()["steps"][0]["learned"] == {"x": "2024-03-30T23:00:00+00:00"}

    def test_first_moment_is_that_of_the_training_rows(self) -> None:
        days = pl.DataFrame({"x": [date(2024, 1, 5), date(2024, 1, 2), None]})
        recipe, after = fitted(DateDifference("x", reference="first", keep=False), days)
        assert after["x_days"].to_list() == [3.0, 0.0, None]
        assert recipe.transform(pl.DataFrame({"x": [date(2024, 1, 1)]}))["x_days"].to_list() == [-1.0]
        assert recipe.output_schema["x_days"].direction is Direction.KEEPS

    def test_clocks_with_and_without_zone_are_not_compared(self) -> None:
        plain = pl.Series("plain", [datetime(2024, 1, 1)])
        frame = pl.DataFrame([plain, plain.dt.replace_time_zone("UTC").alias("zoned")])
        with pytest.raises(RecipeError, match=r"'zoned' has a time zone, and 'plain' has none"):
            fitted(DateDifference("plain", since="zoned"), frame)

    @pytest.mark.parametrize("options", [{}, {"since": "a", "reference": "first"}, {"reference": "soon"}])
    def test_one_start_is_needed(self, options: dict[str, Any]) -> None:
        with pytest.raises(ConfigError, match=r"one of them is needed|which is no moment"):
            Recipe.from_dict([{"op": "date_difference", "columns": "x", **options}])

    def test_waves_have_their_period(self) -> None:
        hours = [datetime(2024, 1, 1) + timedelta(hours=6 * n) for n in range(5)]
        after = made(Fourier("x", "1d", 2, keep=False), x=hours)
        assert after.columns == ["x_1d_sin_1", "x_1d_cos_1", "x_1d_sin_2", "x_1d_cos_2"]
        assert after["x_1d_sin_1"].to_list() == pytest.approx([0, 1, 0, -1, 0], abs=1e-12)
        assert after["x_1d_cos_2"].to_list() == pytest.approx([1, -1, 1, -1, 1], abs=1e-12)
        with pytest.raises(ConfigError, match=r"'1 month' is no length of time"):
            Recipe.from_dict([{"op": "fourier", "columns": "x", "period": "1 month"}])


class TestTimestamps:
    FRAME = pl.DataFrame({"at": ["2024-01-01", "soon", None, "2024-01-04"], "y": [1, 2, 3, 4]})

    def test_rows_are_dropped_in_fitting_only_and_with_their_target(self) -> None:
        schema = Schema((Column("at", "String", Kind.TEXT), Column("y", "Int64", Kind.NUMERIC, role=Role.TARGET)))
        done = Recipe((ValidateTimestamps("at", policy="drop"),)).prepare(self.FRAME, schema)
        assert done.frame["at"].to_list() == [datetime(2024, 1, 1), datetime(2024, 1, 4)]
        assert done.target.tolist() == [1, 4]
        assert done.rows.tolist() == [0, 3]
        assert done.recipe.transform(self.FRAME)["at"].to_list() == [
            datetime(2024, 1, 1),
            None,
            None,
            datetime(2024, 1, 4),
        ]
        assert done.recipe.learned()["steps"][0]["learned"]["at"]["invalid"] == 2

    def test_rows_are_indicated(self) -> None:
        _, after = fitted(ValidateTimestamps("at", policy="indicate"), self.FRAME)
        assert after["at_invalid"].to_list() == [False, True, True, False]
        assert after["at"].dtype == pl.Datetime("us")
        _, after = fitted(ValidateTimestamps("at", policy="indicate", cast=False), self.FRAME)
        assert after["at"].to_list() == self.FRAME["at"].to_list()

    def test_rows_are_refused(self) -> None:
        with pytest.raises(RecipeError, match=r"is missing or is no moment in 2 rows: 'soon' in row 1, None in row 2"):
            fitted(ValidateTimestamps("at"), self.FRAME)
        moments = pl.DataFrame({"at": [datetime(2024, 1, 1), None]})
        with pytest.raises(RecipeError, match=r"has a value that is missing in 1 row: None in row 1"):
            fitted(ValidateTimestamps("at"), moments)

    def test_rows_of_a_lazy_frame_are_dropped_too(self) -> None:
        schema = Schema((Column("at", "String", Kind.TEXT), Column("y", "Int64", Kind.NUMERIC)))
        done = Recipe((ValidateTimestamps("at", policy="drop"),)).prepare(self.FRAME.lazy(), schema)
        assert done.rows.tolist() == [0, 3]

    def test_a_restaurant_that_opens_at_one(self) -> None:
        after = made(DatetimeRange("at", "2024-01-01T13:00", "hour"), customers=[10, 14, 24, 40])
        assert [moment.hour for moment in after["at"]] == [13, 14, 15, 16]

    def test_month_ends_and_quarters(self) -> None:
        after = made(DatetimeRange("at", "2024-01-31", "month"), x=range(4))
        assert after["at"].dt.date().to_list() == [
            date(2024, 1, 31),
            date(2024, 2, 29),
            date(2024, 3, 31),
            date(2024, 4, 30),
        ]
        after = made(DatetimeRange("at", "2024-01-31", "quarter", 2), x=range(2))
        assert after["at"].dt.date().to_list() == [date(2024, 1, 31), date(2024, 7, 31)]

    def test_days_keep_the_time_of_day_and_hours_do_not(self) -> None:
        days = made(DatetimeRange("at", "2024-03-30T02:30", "day", time_zone="Europe/Berlin"), x=range(3))
        assert [moment.strftime("%d %H:%M") for moment in days["at"]] == ["30 02:30", "31 03:30", "01 02:30"]
        hours = made(DatetimeRange("at", "2024-03-30T02:30", "hour", 24, time_zone="Europe/Berlin"), x=range(3))
        assert [moment.strftime("%d %H:%M") for moment in hours["at"]] == ["30 02:30", "31 03:30", "01 03:30"]

    def test_each_series_begins_at_the_start_in_its_own_order(self) -> None:
        frame = pl.DataFrame({"shop": ["a", "b", "a", "b"], "turn": [2, 1, 1, 2], "sold": [1, 2, 3, 4]})
        _, after = fitted(DatetimeRange("at", "2024-01-01", "day", by=("shop",), order_by=("turn",)), frame)
        days = {(row["shop"], row["turn"]): row["at"].day for row in after.to_dicts()}
        assert days == {("a", 1): 1, ("a", 2): 2, ("b", 1): 1, ("b", 2): 2}

    def test_a_start_with_a_zone_needs_a_zone(self) -> None:
        with pytest.raises(ConfigError, match=r"has a time zone, and the new column has none"):
            Recipe.from_dict([{"op": "datetime_range", "name": "at", "start": "2024-01-01T00:00Z", "unit": "day"}])
        after = made(DatetimeRange("at", "2024-01-01T00:00Z", "day", time_zone="UTC"), x=[1])
        assert after["at"].to_list() == [datetime(2024, 1, 1, tzinfo=UTC)]
