"""A view against plain Python: every order, condition and search on any table gives the same rows."""

import math
from datetime import datetime, timedelta
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.core.schema import Column, Kind, Schema
from clew.explore.conditions import Condition
from clew.explore.view import Order, View

DTYPES = {"whole": pl.Int64, "float": pl.Float64, "text": pl.String, "truth": pl.Boolean, "at": pl.Datetime("us")}
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "whole": st.integers(-3, 3),
    "float": st.sampled_from([-1.5, -0.0, 0.0, 0.1, 2.0, math.inf, -math.inf, math.nan]),
    "text": st.text("aAbBé\n.", max_size=3),
    "truth": st.booleans(),
    "at": st.integers(0, 72).map(lambda hours: datetime(2024, 2, 28) + timedelta(hours=hours)),
}
ROWS = st.lists(st.fixed_dictionaries({name: st.none() | value for name, value in VALUES.items()}), max_size=12)
ORDERS = st.lists(st.builds(Order, st.sampled_from(sorted(VALUES)), st.booleans()), max_size=3)
NUMBERS = st.integers(-3, 3) | st.sampled_from([-1.5, 0.1, 2.5])
DAYS = st.integers(0, 3).map(lambda days: (datetime(2024, 2, 28) + timedelta(days=days)).date().isoformat())
COMPARISONS = st.sampled_from(["equals", "not_equals", "less", "less_or_equal", "greater", "greater_or_equal"])
CONDITIONS = st.lists(
    st.builds(Condition, st.sampled_from(["whole", "float"]), COMPARISONS, NUMBERS)
    | st.builds(Condition, st.just("at"), COMPARISONS, DAYS)
    | st.builds(Condition, st.just("whole"), st.just("between"), st.tuples(NUMBERS, NUMBERS))
    | st.builds(
        Condition,
        st.just("text"),
        st.sampled_from(["contains", "not_contains", "starts_with", "ends_with", "equals", "not_equals"]),
        VALUES["text"],
    )
    | st.builds(Condition, st.just("truth"), st.sampled_from(["equals", "not_equals"]), st.booleans())
    | st.builds(
        Condition, st.just("text"), st.sampled_from(["in", "not_in"]), st.lists(st.none() | VALUES["text"], max_size=3)
    )
    | st.builds(Condition, st.sampled_from(sorted(VALUES)), st.sampled_from(["missing", "present"])),
    max_size=3,
)


def table(rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame([pl.Series(name, [row[name] for row in rows], dtype=dtype) for name, dtype in DTYPES.items()])


def view_of(frame: pl.DataFrame) -> View:
    return View(frame, Schema(tuple(Column(name, str(dtype), Kind.TEXT) for name, dtype in frame.schema.items())))


def is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def compares(value: Any, op: str, wanted: Any) -> bool:
    if isinstance(value, datetime):
        value = value.date().isoformat()  # a date is the whole day
    return {
        "equals": value == wanted,
        "less": value < wanted,
        "less_or_equal": value <= wanted,
        "greater": value > wanted,
        "greater_or_equal": value >= wanted,
    }[op]


def passes(row: dict[str, Any], condition: Condition) -> bool:
    value, op, wanted = row[condition.column], condition.op, condition.value
    if op == "missing":
        return is_missing(value)
    if op in {"present", "not_equals", "not_contains", "not_in"}:
        opposite = {"present": "missing", "not_equals": "equals", "not_contains": "contains", "not_in": "in"}[op]
        return not passes(row, Condition(condition.column, opposite, wanted))
    if op == "in":
        return value in wanted
    if is_missing(value):
        return False
    if op == "between":
        return wanted[0] <= value <= wanted[1]
    if op in {"contains", "starts_with", "ends_with"}:
        low, part = value.lower(), wanted.lower()
        return {"contains": part in low, "starts_with": low.startswith(part), "ends_with": low.endswith(part)}[op]
    return compares(value, op, wanted)


def expected(rows: list[dict[str, Any]], orders: list[Order], conditions: list[Condition], search: str) -> list[int]:
    left = [i for i, row in enumerate(rows) if all(passes(row, condition) for condition in conditions)]
    if search.strip():
        word = search.strip().lower()
        left = [i for i in left if rows[i]["text"] is not None and word in rows[i]["text"].lower()]
    for order in reversed(orders):  # sorting is stable: the first order is applied last
        there = [i for i in left if not is_missing(rows[i][order.column])]
        gone = [i for i in left if is_missing(rows[i][order.column])]
        there.sort(key=lambda i: rows[i][order.column], reverse=order.descending)
        left = there + gone
    return left


@settings(max_examples=300, deadline=None)
@given(ROWS, ORDERS, CONDITIONS, st.just("") | st.text("aAé. ", max_size=2), st.integers(0, 6), st.integers(0, 6))
def test_a_view_is_what_plain_python_makes_of_the_rows(rows, orders, conditions, search, start, length):
    view = view_of(table(rows))
    wanted = expected(rows, orders, conditions, search)
    window = view.window(start, start + length, orders=orders, conditions=conditions, search=search)
    assert window.total == len(wanted)
    assert window.positions == wanted[start : start + length]
    numbers = [None if rows[i]["whole"] is None else str(rows[i]["whole"]) for i in window.positions]
    assert [row[0] for row in window.rows] == numbers


@settings(max_examples=100, deadline=None)
@given(ROWS, ORDERS, CONDITIONS, st.text("aAé. ", max_size=2))
def test_what_is_saved_is_the_whole_view(rows, orders, conditions, search):
    frame = table(rows)
    view = view_of(frame)
    data = b"".join(view.csv(orders=orders, conditions=conditions, search=search))
    read = pl.read_csv(data, schema=dict(frame.schema))
    assert read.equals(frame[expected(rows, orders, conditions, search)])


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(width=64) | st.none(), min_size=1, max_size=8))
def test_a_number_reads_back_from_what_is_shown(numbers):
    view = view_of(pl.DataFrame({"x": pl.Series(numbers, dtype=pl.Float64)}))
    for number, [cell] in zip(numbers, view.window(0, len(numbers)).rows, strict=True):
        assert (cell is None and number is None) or repr(float(cell)) == repr(number)
