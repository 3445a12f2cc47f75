"""Dates and times as people write them, read as a column and one at a time."""

from datetime import datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.collect.moments import DAY_FIRST, MONTH_FIRST, iso_form, looks_like_moments, read_moment, read_moments

ORDERS = [None, DAY_FIRST, MONTH_FIRST]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-01-31", datetime(2024, 1, 31)),
        ("2024/1/5", datetime(2024, 1, 5)),
        ("31.01.2024", datetime(2024, 1, 31)),
        ("31 Jan 2024", datetime(2024, 1, 31)),
        ("31-JAN-2024", datetime(2024, 1, 31)),
        ("January 31, 2024", datetime(2024, 1, 31)),
        ("Sept. 5 2024", datetime(2024, 9, 5)),
        ("2024-01-31 10:20", datetime(2024, 1, 31, 10, 20)),
        ("2024-01-31T10:20:30.25", datetime(2024, 1, 31, 10, 20, 30, 250000)),
        ("2024-01-31 12:05 AM", datetime(2024, 1, 31, 0, 5)),
        ("2024-01-31 12:05 pm", datetime(2024, 1, 31, 12, 5)),
        ("2024-01-31 10:20:30.123456000", datetime(2024, 1, 31, 10, 20, 30, 123456)),
    ],
)
@pytest.mark.parametrize("order", ORDERS)
def test_what_can_mean_one_day_only_is_read_in_any_order(text, moment, order):
    assert read_moment(text, order)[0] == moment


@pytest.mark.parametrize(
    ("text", "hours"),
    [("Z", 0), ("UTC", 0), ("+02:00", -2), ("-0530", 5.5), ("+01", -1), (" +01:00", -1)],
)
def test_a_zone_is_taken_to_utc(text, hours):
    moment, zoned, timed = read_moment(f"2024-01-31T10:00{text}", None)
    assert (moment, zoned, timed) == (datetime(2024, 1, 31, 10) + timedelta(hours=hours), True, True)


def test_day_and_month_follow_the_order_of_the_column():
    assert read_moment("01/02/2024", None) is None
    assert read_moment("01/02/2024", DAY_FIRST)[0] == datetime(2024, 2, 1)
    assert read_moment("01/02/2024", MONTH_FIRST)[0] == datetime(2024, 1, 2)


@pytest.mark.parametrize(
    "text",
    [
        *("", "2024", "2024-01", "20240131", "2024-02-30", "2023-02-29", "2024-13-01", "0000-01-01", "1/2/24"),
        *("2024-01-31 24:00", "2024-01-31 10:60", "2024-01-31 13:00 PM", "2024-01-31 0:30 AM", "31 Foo 2024"),
        *("2024-01-31 10:20:30.1234567", "0001-01-01T00:00+01:00", "9999-12-31T23:00-02:00", "10:20:30", "1.2.3.4"),
    ],
)
@pytest.mark.parametrize("order", ORDERS)
def test_what_is_no_date(text, order):
    assert read_moment(text, order) is None
    assert read_moments(pl.Series([text]), order)["moment"][0] is None


pieces = st.sampled_from(
    [*"0123456789-/.: TZ,+", "2024", "12", "31", "01", "00", "Jan", "september", "May", "AM", "pm", "UTC"]
)
days = st.dates().map(lambda day: [str(day.year).zfill(4), str(day.month), str(day.day)])
dates = st.builds(
    lambda parts, order, gap: gap.join(parts[i] for i in order),
    days,
    st.sampled_from([(0, 1, 2), (2, 1, 0), (1, 2, 0)]),
    st.sampled_from(["-", "/", "."]),
)
clocks = st.sampled_from(
    ["", " 10:20", "T1:02:03", " 3:05 PM", " 12:00 am", "T10:20:30.5Z", " 10:20:30+02:00", "T23:59:59.999999-1100"]
)
texts = st.builds(str.__add__, dates, clocks) | st.lists(pieces, max_size=10).map("".join)


@settings(max_examples=150)
@given(st.lists(texts, min_size=1, max_size=4), st.sampled_from(ORDERS))
def test_column_and_cell_read_alike(values, order):
    column = read_moments(pl.Series(values), order).rows()
    for text, (moment, zoned, timed) in zip(values, column, strict=True):
        read = read_moment(text, order)
        assert moment == (read and read[0])
        assert read is None or (zoned, timed) == read[1:]
        assert read is None or looks_like_moments(pl.Series([text]))[0]


@pytest.mark.parametrize(
    ("texts", "form"),
    [
        (["2024-01-31", None], "Date"),
        (["2024-01-31 10:20:30", "2024-01-31 10:20:30.5"], "Datetime(us)"),
        (["2024-01-31T10:20:30"], "Datetime(us)"),
        (["2024-01-31", "2024-01-31 10:20:30"], None),
        (["2024-02-30"], None),
        (["0000-01-01"], None),
    ],
)
def test_one_iso_form_is_recognised_quickly(texts, form):
    assert iso_form(pl.Series(texts)) == form
