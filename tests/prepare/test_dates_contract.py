"""Steps on moments keep their contract, for moments, for texts that write them, and for numbers that count from 1970."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.prepare.rows import cases, check_every_value, check_random_rows, few_examples

from clew.core.schema import Column, Kind, Schema
from clew.prepare.step import Step
from clew.prepare.steps import DateDifference, DateParts, DatetimeRange, Fourier, ValidateTimestamps
from clew.testing.step import check_step

MOMENTS = ["moment", "zoned", "day"]
CASES = [
    DateParts(MOMENTS, parts="all"),
    DateParts("moment", parts="all", cyclic=True),
    DateParts(["zoned", "day"], parts=("quarter", "weekday", "is_month_end"), cyclic=True),
    DateParts("zoned", parts="all", time_zone="Asia/Tokyo", keep=True),
    DateParts(MOMENTS, output_style="vector", cyclic=True),
    DateParts("whole", unit="ns", errors="missing", output_style="vector"),
    DateParts(["whole", "small"], unit="s", errors="missing"),
    DateParts(["real", "whole"], unit="ms", errors="missing", parts="all", cyclic=True),
    DateParts("whole", unit="ns", errors="missing"),
    DateDifference(["moment", "day"], reference="first"),
    DateDifference(["moment", "day"], since="moment", unit="weeks"),
    DateDifference("zoned", reference="2020-01-01", unit="seconds", keep=False),
    Fourier(["moment", "day"], ("1d", "7d"), 2),
    Fourier("zoned", "365.25d", keep=False),
    ValidateTimestamps(MOMENTS, policy="indicate"),
    ValidateTimestamps(MOMENTS, policy="drop"),
    ValidateTimestamps("zoned", policy="indicate", time_zone="UTC"),
    ValidateTimestamps("whole", policy="drop", unit="us"),
    ValidateTimestamps(["real", "small"], policy="indicate", unit="s", cast=False),
    DatetimeRange("at", "2024-03-30T02:30", "hour", time_zone="Europe/Berlin"),
    DatetimeRange("at", "2024-01-31", "month", 2, by=("word",), order_by=("whole",)),
]
TEXTS = [
    DateParts("stamp", errors="missing", parts="all"),
    DateParts("stamp", format="%d/%m/%Y %H:%M", errors="missing", cyclic=True),
    DateParts("zoned", time_zone="Europe/Berlin", errors="missing"),
    ValidateTimestamps("stamp", policy="indicate"),
    ValidateTimestamps("stamp", policy="drop", format="%d/%m/%Y %H:%M"),
    ValidateTimestamps("zoned", policy="drop", time_zone="Asia/Tokyo"),
    ValidateTimestamps("stamp", policy="indicate", cast=False),
]

STAMPS = [
    *(
        "31/12/2024 23:59",
        "29/02/2023 10:00",
        "1/2/2024 0:05",
        " 13/01/1969 05:00\n",
        "31.12.2024",
        "2024-02-30",
        "NaT",
    ),
    *("soon", "", "13/13/2024", "31 Dec 2024 11:30 PM", "0000-01-01", "٣/٣/2024 00:00"),
]
ZONED = [
    "2024-03-31T01:00:00Z",
    "2024-03-31 02:30 +01:00",
    "2024-10-27T00:30:00-00:30",
    "1899-12-31T23:30:00Z",
    "later",
]
SCHEMA = Schema((Column("stamp", "String", Kind.TEXT), Column("zoned", "String", Kind.CATEGORICAL)))


def texts(stamps: list[str | None], zoned: list[str | None]) -> pl.DataFrame:
    return pl.DataFrame({"stamp": stamps, "zoned": zoned}, schema={"stamp": pl.String, "zoned": pl.String})


def every_text() -> pl.DataFrame:
    rows = len(STAMPS) + 1
    return texts([*STAMPS, None], ([*ZONED, None] * rows)[:rows])


@cases(CASES)
def test_contract_on_every_value(step: Step) -> None:
    check_every_value(step)


@few_examples
@cases(CASES)
@given(data=st.data())
def test_contract_on_random_rows(step: Step, data: st.DataObject) -> None:
    check_random_rows(step, data)


@cases(TEXTS)
def test_contract_on_texts(step: Step) -> None:
    check_step(step, every_text(), SCHEMA)


@few_examples
@cases(TEXTS)
@given(data=st.data())
def test_contract_on_random_texts(step: Step, data: st.DataObject) -> None:
    rows = data.draw(st.integers(1, 8))
    cells = [st.none() | st.sampled_from(values) for values in (STAMPS, ZONED)]
    drawn = texts(*(data.draw(st.lists(cell, min_size=rows, max_size=rows)) for cell in cells))
    check_step(step, pl.concat([drawn, every_text()]), SCHEMA)


@pytest.mark.parametrize("step", [DateParts("stamp"), ValidateTimestamps("stamp")], ids=lambda step: step.op)
def test_contract_holds_where_nothing_is_wrong(step: Step) -> None:
    check_step(step, texts(["31/12/2024 23:59", "01/02/2024 00:00"], ["", None]), SCHEMA)
