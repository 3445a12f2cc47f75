"""Gaps along time: the contract on series with groups, and values that can be checked by hand."""

from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
import polars as pl
import pytest
from tests.prepare.rows import cases

from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Kind, Role, Schema
from clew.prepare.options import check
from clew.prepare.recipe import Recipe
from clew.prepare.step import Step
from clew.prepare.steps import FillAlongTime
from clew.testing.step import check_step

SCHEMA = Schema(
    (
        Column("shop", "String", Kind.CATEGORICAL, role=Role.GROUP),
        Column("at", "Datetime(us)", Kind.DATETIME, role=Role.TIME),
        Column("day", "Date", Kind.DATETIME),
        Column("hour", "Int64", Kind.NUMERIC),
        Column("sold", "Float64", Kind.NUMERIC, unit="kg"),
        Column("stock", "Int64", Kind.NUMERIC),
        Column("note", "String", Kind.CATEGORICAL),
    )
)
START = datetime(2024, 2, 28, 12)
COUNT = 24
FRAME = pl.DataFrame(
    {
        "shop": ["a", "b", None, "a", "b", "a"] * 4,
        "at": [None if i in {5, 20} else START + timedelta(hours=i * i) for i in range(COUNT)],
        "day": [date(2024, 2, 28) + timedelta(days=i) for i in range(COUNT)],
        "hour": list(range(COUNT)),
        "sold": [1.0, None, float("nan"), None, 4.0, -0.0, float("inf"), None] * 3,
        "stock": [None, 2**53 + 1, None, None, -7, None, 3, None] * 3,
        "note": [None, "x", None, "", None, "y"] * 4,
    },
    schema_overrides={"at": pl.Datetime("us")},
)
#: The other tests of all steps try these on the same rows.
ROWS = (FRAME, SCHEMA)
CASES = [
    FillAlongTime(["sold", "stock", "note"]),
    FillAlongTime(["sold", "stock", "note"], "backward", by=(), limit=1),
    FillAlongTime(["sold", "stock"], "interpolate"),
    FillAlongTime(["sold", "note"], time="hour", by=("note",)),
    FillAlongTime(["sold", "stock"], "interpolate", time="day", by=()),
    FillAlongTime(["sold", "stock"], "interpolate", time="stock", max_missing=0.3),
    FillAlongTime(["sold", "note"], "backward", time="stock", by=("note",), max_missing=0.5),
]


@cases(CASES)
def test_contract(step: Step) -> None:
    check_step(step, FRAME, SCHEMA)


def filled(step: Step, frame: pl.DataFrame, **roles: Role) -> list[Any]:
    types = {name: str(dtype) for name, dtype in frame.schema.items()}
    columns = (Column(name, types[name], Kind.NUMERIC, role=roles.get(name, Role.FEATURE)) for name in types)
    after: pl.DataFrame = Recipe([step]).learn(frame, Schema(tuple(columns))).transform(frame)
    return after["x"].to_list()


def test_values_come_from_the_rows_before_or_after_in_time() -> None:
    """The table stands in another order than time runs."""
    frame = pl.DataFrame({"t": [3, 1, 4, 2, 5], "x": [None, 10.0, None, None, 50.0]})
    assert filled(FillAlongTime("x", time="t"), frame) == [10.0, 10.0, 10.0, 10.0, 50.0]
    assert filled(FillAlongTime("x", time="t", limit=1), frame) == [None, 10.0, None, 10.0, 50.0]
    assert filled(FillAlongTime("x", "backward", time="t"), frame) == [50.0, 10.0, 50.0, 50.0, 50.0]
    assert filled(FillAlongTime("x", "interpolate", time="t"), frame) == [30.0, 10.0, 40.0, 20.0, 50.0]


def test_lines_are_drawn_over_uneven_times_as_pandas_draws_them() -> None:
    times = [0.0, 1.0, 4.0, 10.0, 11.0, 30.0]
    values = [None, 2.0, None, None, 7.0, None]
    frame = pl.DataFrame({"t": times, "x": values})
    theirs = pd.Series(values, index=times, dtype=float).interpolate("index", limit_area="inside")
    got = filled(FillAlongTime("x", "interpolate", time="t"), frame)
    assert got[0] is got[-1] is None
    assert got[1:5] == pytest.approx(theirs.iloc[1:5].to_list(), abs=1e-12)


def test_series_are_told_apart_by_the_group() -> None:
    frame = pl.DataFrame({"g": [1, 2, 1, 2], "t": [1, 2, 3, 4], "x": [5.0, None, None, 6.0]})
    assert filled(FillAlongTime("x", time="t"), frame, g=Role.GROUP) == [5.0, None, 5.0, 6.0]
    assert filled(FillAlongTime("x"), frame, t=Role.TIME) == [5.0, 5.0, 5.0, 6.0]


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (FillAlongTime("sold", time="when"), "no column 'when'"),
        (FillAlongTime("sold", time="note"), "'note' holds String, and the time must be moments or numbers"),
        (FillAlongTime("note", "interpolate"), "'note' holds String, between whose values there is no line"),
    ],
)
def test_what_cannot_be_filled_is_named(step: Step, message: str) -> None:
    with pytest.raises(RecipeError, match=rf"Step 1 \(fill_along_time\): .*{message}.*Hint"):
        Recipe([step]).learn(FRAME, SCHEMA)


def test_time_must_be_stated() -> None:
    with pytest.raises(RecipeError, match="0 columns have the role of time"):
        Recipe([FillAlongTime("sold")]).learn(FRAME, SCHEMA.with_facts("at", role=Role.FEATURE))


def test_limit_must_fill_something() -> None:
    for step in (FillAlongTime("x", limit=0), FillAlongTime("x", "interpolate", limit=2)):
        with pytest.raises(ConfigError, match="a whole number above 0"):
            check(step)


def test_one_row_has_no_rows_around_it() -> None:
    fitted = Recipe([FillAlongTime("sold")]).learn(FRAME, SCHEMA)
    assert not fitted.online
    with pytest.raises(RecipeError, match=r"because of step 1 \(fill_along_time\)"):
        fitted.row()
