"""Texts, numbers and moments become days and moments, or say which cells cannot."""

from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest

from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Direction, Kind, Schema
from clew.prepare.dtypes import dtype_name, is_moment
from clew.prepare.recipe import FittedRecipe, Recipe
from clew.prepare.steps import Cast, DateParts


def fit(step: Cast, values: Any) -> FittedRecipe:
    series = pl.Series("x", values)
    dtype = dtype_name(series.dtype)
    kind = Kind.DATETIME if is_moment(dtype) else Kind.TEXT if dtype == "String" else Kind.NUMERIC
    return Recipe((step,)).learn(series.to_frame(), Schema((Column("x", dtype, kind),)))


def x(step: Cast, values: Any) -> list[Any]:
    fitted, frame = fit(step, values), pl.Series("x", values).to_frame()
    after = fitted.transform(frame)["x"].to_list()
    assert after == [fitted.row()(row)["x"] for row in frame.to_dicts()]
    return after  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("spelling", "text"),
    [
        ("%d-%m-%Y", "29-02-2024"),
        ("%m/%d/%y", "2/29/24"),
        ("%d %b %Y", "29 FEB 2024"),
        ("%Y%m%d", "20240229"),
        ("%Y-%m-%d %H:%M", "2024-02-29 23:59"),
        ("infer", "2024-02-29T10:00:00.5"),
        ("infer", "29.02.2024"),
        ("infer", "February 29, 2024"),
    ],
)
def test_days_in_many_spellings(spelling: str, text: str) -> None:
    assert x(Cast("x", "date", format=spelling), [text, None]) == [date(2024, 2, 29), None]


def test_moments_of_texts_and_numbers() -> None:
    assert x(Cast("x", "datetime", format="%d-%m-%Y %H:%M"), ["01-02-2024 03:04"]) == [datetime(2024, 2, 1, 3, 4)]
    assert x(Cast("x", "datetime", unit="s"), [0, 86_400]) == [
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(1970, 1, 2, tzinfo=UTC),
    ]
    assert x(Cast("x", "date", unit="ms"), [86_400_000.0, None]) == [date(1970, 1, 2), None]


def test_moments_and_days_of_one_another() -> None:
    assert x(Cast("x", "date"), [datetime(2024, 2, 29, 23, 59), None]) == [date(2024, 2, 29), None]
    assert x(Cast("x", "datetime"), [date(2024, 2, 29), None]) == [datetime(2024, 2, 29), None]
    late = pl.Series([datetime(2024, 2, 28, 23, 30, tzinfo=UTC)]).dt.convert_time_zone("Europe/Berlin")
    assert x(Cast("x", "date"), late) == [date(2024, 2, 29)]  # the day in the column's own zone


def test_what_is_known_of_them() -> None:
    made = fit(Cast("x", "date", format="%d-%m-%Y"), ["01-02-2024"]).output_schema["x"]
    assert (made.dtype, made.kind, made.direction) == ("Date", Kind.DATETIME, Direction.LOSES)
    assert fit(Cast("x", "datetime", unit="s"), [1]).output_schema["x"].direction is Direction.KEEPS
    assert fit(Cast("x", "datetime"), ["2024-02-29T10:00Z"]).output_schema["x"].dtype == "Datetime(us, UTC)"


def test_days_can_be_taken_apart_afterwards() -> None:
    frame = pl.DataFrame({"x": ["31-12-2023", "01-02-2024"]})
    recipe = Recipe((Cast("x", "date", format="%d-%m-%Y"), DateParts("x", parts=("year", "month"))))
    assert recipe.fit_transform(frame).rows() == [(2023, 12), (2024, 2)]


def test_cells_that_cannot_be_read_are_told_or_missing() -> None:
    values = ["01-02-2024", "30-02-2024", None, "soon", "2024-02-01"]
    with pytest.raises(
        RecipeError,
        match=r"'x' has a value that is not of the form '%d-%m-%Y' in 3 rows: '30-02-2024' in row 1, 'soon' in row 3.*missing",
    ):
        x(Cast("x", "date", format="%d-%m-%Y"), values)
    fitted = fit(Cast("x", "date", format="%d-%m-%Y"), values[:1])
    with pytest.raises(RecipeError, match=r"Step 1 \(cast\): The value 'soon' of the column 'x' is not of the form"):
        fitted.row()({"x": "soon"})
    lenient = x(Cast("x", "date", errors="missing", format="%d-%m-%Y"), values)
    assert lenient == [date(2024, 2, 1), None, None, None, None]


@pytest.mark.parametrize(
    ("step", "values", "message"),
    [
        (Cast("x", "date"), ["01/02/2024", "03/04/2024"], "the day or the month first.*%d/%m/%Y"),
        (Cast("x", "date"), [1.5], "'x' holds Float64, and a number alone is no moment.*unit"),
        (Cast("x", "date"), [True], "'x' holds Boolean, which is no moment"),
        (Cast("x", "date", format="%Q"), ["a"], "'%Q', which has no meaning here"),
        (Cast("x", "number", format="%Y"), ["1"], "cast has `format`, which `to: number` has no use for"),
        (Cast("x", "text", unit="s"), [1], "cast has `unit`"),
    ],
)
def test_what_cannot_be(step: Cast, values: Any, message: str) -> None:
    with pytest.raises((RecipeError, ConfigError), match=message):
        x(step, values)
