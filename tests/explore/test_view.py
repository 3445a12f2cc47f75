import csv
import io
import json
import threading
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import polars as pl
import pytest

from clew.collect.source import read
from clew.core.errors import UsageError
from clew.core.schema import Column, Kind, Schema
from clew.explore.conditions import AnyOf, Condition
from clew.explore.shown import WHOLE
from clew.explore.view import Order, View


def viewed(**columns: object) -> View:
    return view_of(pl.DataFrame(columns))


def view_of(frame: pl.DataFrame, **kinds: Kind) -> View:
    columns = (
        Column(name, str(dtype), kinds.get(name, Kind.NUMERIC if dtype.is_numeric() else Kind.TEXT))
        for name, dtype in frame.schema.items()
    )
    return View(frame, Schema(tuple(columns)))


def positions(view: View, *conditions: Condition | AnyOf, search: str = "") -> list[int]:
    return view.window(0, 1000, conditions=conditions, search=search).positions


def sorted_by(view: View, *orders: Order) -> list[int]:
    return view.window(0, 1000, orders=orders).positions


def test_a_window_shows_some_rows_and_says_how_many_there_are():
    view = viewed(n=range(10), name=[f"row {i}" for i in range(10)])
    window = view.window(2, 4)
    assert window.rows == [["2", "row 2"], ["3", "row 3"]]
    assert (window.total, window.positions) == (10, [2, 3])
    assert window.to_dict()["positions"] == [2, 3]


def test_what_lies_beyond_the_end_is_left_out():
    view = viewed(n=range(10))
    assert view.window(8, 20).positions == [8, 9]
    beyond = view.window(100, 200)
    assert (beyond.rows, beyond.total, beyond.positions) == ([], 10, [])
    found = view.window(1, 20, conditions=(Condition("n", "greater", 7),))
    assert (found.positions, found.total) == ([9], 2)


def test_a_window_may_show_some_columns_in_any_order():
    view = viewed(a=[1], b=[2], c=[3])
    assert view.window(0, 1, columns=["c", "a"]).rows == [["3", "1"]]
    assert view.window(0, 1, columns=[]).rows == [[]]
    assert view.window(0, 1, columns=["c"], orders=(Order("b"),)).rows == [["3"]]


@pytest.mark.parametrize(("start", "stop"), [(-1, 5), (5, 4)])
def test_places_that_make_no_window_are_refused(start: int, stop: int):
    with pytest.raises(UsageError, match=f"no rows from {start} to {stop}"):
        viewed(n=[1]).window(start, stop)


def test_missing_values_come_last_in_either_direction():
    view = viewed(x=[2.0, None, float("nan"), 1.0, float("inf")])
    assert sorted_by(view, Order("x")) == [3, 0, 4, 1, 2]
    assert sorted_by(view, Order("x", descending=True)) == [4, 0, 3, 1, 2]


def test_where_the_first_column_ties_the_next_decides_and_then_the_table():
    view = viewed(a=["y", "x", "x", "y", "x"], b=[1, 2, 3, 1, 2])
    assert sorted_by(view, Order("a")) == [1, 2, 4, 0, 3]
    assert sorted_by(view, Order("a", descending=True)) == [0, 3, 1, 2, 4]
    assert sorted_by(view, Order("a"), Order("b", descending=True)) == [2, 1, 4, 0, 3]


def test_an_ordinal_is_sorted_by_its_order_and_what_it_does_not_name_comes_after():
    frame = pl.DataFrame({"size": ["large", "small", None, "huge", "medium", "average"]})
    column = Column("size", "String", Kind.ORDINAL, order=("small", "medium", "large"))
    view = View(frame, Schema((column,)))
    assert sorted_by(view, Order("size")) == [1, 4, 0, 5, 3, 2]


def test_bytes_are_sorted_by_their_size_and_categories_by_their_spelling():
    view = viewed(
        b=[b"zzz", b"z", None], c=pl.Series(["b", "a", "B"], dtype=pl.Enum(["b", "B", "a"])), d=[None, True, False]
    )
    assert sorted_by(view, Order("b")) == [1, 0, 2]
    assert sorted_by(view, Order("c")) == [2, 1, 0]
    assert sorted_by(view, Order("d")) == [2, 1, 0]


def test_lists_have_no_order():
    with pytest.raises(UsageError, match="has no order"):
        viewed(a=[[1]]).window(0, 1, orders=(Order("a"),))


def test_columns_that_do_not_exist_are_named_with_the_nearest():
    view = viewed(fare=[1])
    for asked in (
        {"orders": (Order("fair"),)},
        {"conditions": (Condition("fair", "missing"),)},
        {"columns": ("fair",)},
    ):
        with pytest.raises(UsageError, match="'fair'") as caught:
            view.window(0, 1, **asked)
        assert caught.value.hint == "Did you mean 'fare'?"


@pytest.mark.parametrize(
    ("op", "value", "rows"),
    [
        ("contains", "AN", [0, 1]),
        ("contains", "a.a", [3]),
        ("contains", "", [0, 1, 2, 3, 4]),
        ("not_contains", "an", [2, 3, 4, 5]),
        ("starts_with", "ban", [0]),
        ("ends_with", "a", [0, 3]),
        ("ends_with", "É\n", [4]),
        ("equals", "anna", []),
        ("equals", "Ann", [1]),
        ("not_equals", "Ann", [0, 2, 3, 4, 5]),
        ("in", ["Ann", None, ""], [1, 2, 5]),
        ("in", [], []),
        ("not_in", ["Ann", None], [0, 2, 3, 4]),
        ("missing", None, [5]),
        ("present", None, [0, 1, 2, 3, 4]),
    ],
)
@pytest.mark.parametrize("dtype", [pl.String, pl.Categorical, pl.Enum(["Banana", "Ann", "", "A.a", "é\n"])])
def test_conditions_on_texts(op: str, value: object, rows: list[int], dtype: pl.DataType):
    view = viewed(t=pl.Series(["Banana", "Ann", "", "A.a", "é\n", None], dtype=dtype))
    assert positions(view, Condition("t", op, value)) == rows


@pytest.mark.parametrize(
    ("op", "value", "rows"),
    [
        ("equals", 2, [1]),
        ("equals", "2", [1]),
        ("equals", 2.5, []),
        ("not_equals", 2, [0, 2, 3]),
        ("less", 2, [0]),
        ("less", 2.5, [0, 1]),
        ("less_or_equal", 2, [0, 1]),
        ("greater", 1.5, [1, 2]),
        ("greater_or_equal", 3, [2]),
        ("between", (2, 3), [1, 2]),
        ("between", [3, 2], []),
        ("in", (1, 3.0, None), [0, 2, 3]),
        ("less", 10**30, [0, 1, 2]),
        ("greater", -(10**30), [0, 1, 2]),
        ("missing", None, [3]),
    ],
)
@pytest.mark.parametrize("dtype", [pl.Int64, pl.UInt8, pl.Float64, pl.Float32, pl.Decimal(10, 2)])
def test_conditions_on_numbers(op: str, value: object, rows: list[int], dtype: pl.DataType):
    view = viewed(n=pl.Series([1, 2, 3, None], dtype=dtype))
    assert positions(view, Condition("n", op, value)) == rows


def test_whole_numbers_beyond_those_that_floats_tell_apart_are_compared_exactly():
    view = viewed(n=[2**53, 2**53 + 1], u=pl.Series([2**64 - 1, 2**64 - 2], dtype=pl.UInt64))
    assert positions(view, Condition("n", "equals", str(2**53 + 1))) == [1]
    assert positions(view, Condition("u", "equals", 2**64 - 1)) == [0]
    assert view.window(0, 2).rows[1] == ["9007199254740993", "18446744073709551614"]


def test_a_number_of_single_precision_equals_what_is_shown_of_it():
    view = viewed(x=pl.Series([0.1], dtype=pl.Float32), d=pl.Series([Decimal("0.10")]))
    assert view.window(0, 1).rows == [["0.1", "0.10"]]
    assert positions(view, Condition("x", "equals", 0.1), Condition("d", "equals", 0.1)) == [0]


def test_a_number_that_is_none_is_missing():
    view = viewed(x=[float("nan"), 1.0, None, float("inf")])
    assert positions(view, Condition("x", "missing")) == [0, 2]
    assert positions(view, Condition("x", "greater", 0)) == [1, 3]
    assert positions(view, Condition("x", "not_equals", 1)) == [0, 2, 3]
    assert [row[0] for row in view.window(0, 4).rows] == ["NaN", "1.0", None, "inf"]


def test_a_date_is_the_whole_day_of_a_moment():
    moments = [datetime(2024, 3, 1), datetime(2024, 3, 1, 23, 59), datetime(2024, 3, 2), None]
    view = viewed(at=moments)
    assert positions(view, Condition("at", "equals", "2024-03-01")) == [0, 1]
    assert positions(view, Condition("at", "equals", date(2024, 3, 1))) == [0, 1]
    assert positions(view, Condition("at", "equals", "2024-03-01 23:59")) == [1]
    assert positions(view, Condition("at", "greater", "2024-03-01")) == [2]
    assert positions(view, Condition("at", "less_or_equal", "2024-03-01")) == [0, 1]
    assert positions(view, Condition("at", "less", "2024-03-02")) == [0, 1]
    assert positions(view, Condition("at", "between", ("2024-03-01", "2024-03-02"))) == [0, 1, 2]


def test_moments_are_compared_and_shown_in_the_zone_of_their_column():
    utc = [datetime(2024, 6, 30, 21, 30, tzinfo=UTC), datetime(2024, 6, 30, 22, 30, 0, 500, tzinfo=UTC)]
    view = viewed(at=pl.Series(utc).dt.convert_time_zone("Europe/Berlin"))
    assert [row[0] for row in view.window(0, 2).rows] == [
        "2024-06-30 23:30:00 +02:00",
        "2024-07-01 00:30:00.000500 +02:00",
    ]
    assert positions(view, Condition("at", "equals", "2024-07-01")) == [1]
    assert positions(view, Condition("at", "equals", "2024-06-30 23:30")) == [0]
    assert positions(view, Condition("at", "equals", "2024-06-30T21:30:00+00:00")) == [0]


def test_dates_times_and_durations_are_compared_as_what_they_are():
    view = viewed(
        d=[date(2024, 1, 1), date(2024, 1, 2)], t=[time(12, 30), time(8)], s=[timedelta(seconds=90), timedelta(days=1)]
    )
    assert positions(view, Condition("d", "greater", "2024-01-01")) == [1]
    assert positions(view, Condition("d", "equals", "2024-01-02 00:00:00")) == [1]
    assert positions(view, Condition("t", "less", "12:00")) == [1]
    assert positions(view, Condition("s", "greater_or_equal", 90)) == [0, 1]
    assert positions(view, Condition("s", "equals", 86_400)) == [1]
    assert view.window(0, 1).rows == [["2024-01-01", "12:30:00", "1m 30s"]]


def test_truth_values_and_what_is_nested():
    view = viewed(b=[True, False, None], c=[[1], None, []], d=[b"x", b"", None])
    assert positions(view, Condition("b", "equals", value=True)) == [0]
    assert positions(view, Condition("b", "equals", "False")) == [1]
    assert positions(view, Condition("b", "in", [False, None])) == [1, 2]
    assert positions(view, Condition("c", "missing")) == [1]
    assert positions(view, Condition("d", "present")) == [0, 1]


def test_all_conditions_have_to_hold_and_of_a_choice_one():
    view = viewed(n=[1, 2, 3, 4], t=["a", "b", "a", "b"])
    either = AnyOf((Condition("n", "less", 2), Condition("n", "greater", 3)))
    assert positions(view, either) == [0, 3]
    assert positions(view, either, Condition("t", "equals", "b")) == [3]
    with pytest.raises(UsageError, match="is empty"):
        positions(view, AnyOf(()))


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (lambda: Condition("n", "resembles", 1), "no condition 'resembles'"),
        (lambda: Condition("n", "contains", "1"), "cannot be compared by 'contains'"),
        (lambda: Condition("n", "equals", "many"), "compares Int64 with 'many'"),
        (lambda: Condition("n", "equals", None), "compares Int64 with None"),
        (lambda: Condition("n", "equals", value=True), "compares Int64 with True"),
        (lambda: Condition("n", "equals", float("inf")), "compares Int64 with inf"),
        (lambda: Condition("n", "in", 1), "needs a list"),
        (lambda: Condition("n", "between", [1]), "between two values has 1"),
        (lambda: Condition("at", "equals", "yesterday"), "with 'yesterday'"),
        (lambda: Condition("at", "equals", 5), "with 5"),
        (lambda: Condition("b", "equals", 1), "compares Boolean with 1"),
        (lambda: Condition("x", "equals", "1e999"), "compares Float64 with '1e999'"),
    ],
)
def test_a_condition_that_cannot_be_asked_says_why(condition: object, message: str):
    view = viewed(n=[1], at=[datetime(2024, 1, 1)], b=[True], x=[1.0])
    with pytest.raises(UsageError, match=message):
        positions(view, condition())


def test_what_was_asked_with_one_and_with_true_is_kept_apart():
    view = viewed(b=[True, False])
    assert positions(view, Condition("b", "equals", value=True)) == [0]
    with pytest.raises(UsageError, match="Boolean with 1"):
        positions(view, Condition("b", "equals", 1))


def test_a_search_looks_into_texts_and_codes_but_not_into_measurements():
    frame = pl.DataFrame(
        {"name": ["Ann", "Bob", None], "zip": [12345, 99, 7], "fare": [99.0, 1.0, 2.0], "kind": ["x", "y", "ANNA"]}
    )
    view = view_of(frame, zip=Kind.CATEGORICAL)
    assert positions(view, search="  ann ") == [0, 2]
    assert positions(view, search="99") == [1]
    assert positions(view, search="(") == []
    assert positions(view, search=" ") == [0, 1, 2]
    assert positions(viewed(n=[1, 2]), search="1") == []


def test_sorting_and_searching_go_together():
    view = viewed(t=["b", "ab", "c", "aab"], n=[1, 2, 3, 4])
    window = view.window(0, 2, orders=(Order("n", descending=True),), search="b")
    assert (window.positions, window.total) == ([3, 1], 3)


def test_rows_taken_from_a_table_say_where_they_stood_in_it():
    frame = pl.DataFrame({"n": [10, 20, 30]})
    view = View(frame, view_of(frame).schema, positions=pl.Series([5, 9, 2]))
    assert view.window(1, 3).positions == [9, 2]
    assert view.window(0, 1, orders=(Order("n", descending=True),)).positions == [2]


def test_long_texts_are_cut_and_say_how_long_they_are():
    view = viewed(t=["x" * 5000], b=[b"0" * 1500], many=[list(range(30))])
    text, data, many = view.window(0, 1).rows[0]
    assert text == "x" * 200 + "… (5,000 characters)"
    assert data == "1.5 kB"
    assert many.endswith("19, … (30 items)]")


def test_a_cell_looked_at_alone_is_shown_whole():
    view = viewed(t=["x" * 5000], many=[list(range(30))])
    text, many = view.window(0, 1, limits=WHOLE).rows[0]
    assert text == "x" * 5000
    assert json.loads(many) == list(range(30))


def test_nested_values_are_spelt_as_json():
    view = viewed(
        s=[{"a": 1, 'q"': "é"}, None, {"a": None, 'q"': None}],
        l=[["x", None], [], None],
        deep=[[{"b": b"12", "t": [date(2024, 1, 1)]}], None, [None]],
    )
    assert view.window(0, 3).rows == [
        ['{"a": 1, "q\\"": "é"}', '["x", null]', '[{"b": "2 B", "t": ["2024-01-01"]}]'],
        [None, "[]", None],
        ['{"a": null, "q\\"": null}', None, "[null]"],
    ]


def test_columns_may_be_called_anything():
    names = ["*", "^a.*$", "a.b", "", "row", "0", "a b", "é"]
    frame = pl.DataFrame([[2, 1, None]] * len(names), schema=[str(i) for i in range(len(names))])
    frame.columns = names
    view = view_of(frame)
    for name in names:
        condition = (Condition(name, "present"),)
        assert view.window(0, 3, orders=(Order(name),), conditions=condition).positions == [1, 0]
    header = next(iter(view.csv())).decode()
    assert next(csv.reader([header])) == names


@pytest.mark.parametrize(
    "values",
    [
        [1.5, float("nan"), None],
        ["x" * 300, "", None],
        [datetime(2024, 1, 1), None, None],
        [timedelta(1), None, None],
        [b"x", None, None],
        [["a"], [], None],
        [{"*": "x", "": 1.5}, None, None],
        [True, None, False],
    ],
)
def test_a_column_of_any_type_may_be_called_like_a_pattern(values):
    frame = pl.Series("x", values).to_frame()
    frame.columns = ["^a.*$"]
    named, pattern = View(pl.Series("x", values).to_frame(), view_of(frame).schema), view_of(frame)
    orders = (Order("^a.*$", descending=True),) if not frame.dtypes[0].is_nested() else ()
    conditions = (Condition("^a.*$", "present"),)
    found = pattern.window(0, 3, orders=orders, conditions=conditions)
    assert found.rows == [named.window(0, 3).rows[position] for position in found.positions]
    assert b"".join(pattern.csv()).count(b"\n") == 4


def test_a_table_without_rows_or_columns_is_a_view_like_any_other():
    assert viewed(n=[]).window(0, 10, orders=(Order("n"),), search="x").rows == []
    nothing = view_of(pl.DataFrame())
    assert nothing.window(0, 10).total == 0
    assert b"".join(nothing.csv()).strip() == b""


def test_saved_as_csv_a_view_is_what_it_shows_with_nothing_cut():
    view = viewed(t=["=1+1", "x" * 5000, 'a "b", c\n', "", None], n=[3, 1, 2, 4, 5])
    data = b"".join(view.csv(orders=(Order("n", descending=True),), conditions=(Condition("n", "less", 5),)))
    rows = list(csv.reader(io.StringIO(data.decode(), newline="")))
    assert rows == [["t", "n"], ["", "4"], ["=1+1", "3"], ['a "b", c\n', "2"], ["x" * 5000, "1"]]
    assert pl.read_csv(data)["t"].to_list()[0] == ""
    assert b"".join(view.csv(columns=["n"], search="=1")) == b"n\n3\n"


def test_a_csv_file_of_many_parts_has_one_header_and_every_row():
    view = viewed(n=range(600_000), m=range(600_000))
    parts = list(view.csv(orders=(Order("n", descending=True),)))
    assert len(parts) > 3
    assert pl.read_csv(b"".join(parts))["n"].to_list() == list(range(599_999, -1, -1))


def test_every_type_can_be_saved_as_csv():
    zone = "America/New_York"
    view = viewed(
        at=pl.Series([datetime(2024, 1, 1, 12, tzinfo=UTC)]).dt.convert_time_zone(zone),
        day=[date(2024, 1, 1)],
        t=[time(1, 2)],
        s=[timedelta(milliseconds=1500)],
        b=[b"\xff"],
        l=[[1.5, None]],
        st=[{"a": b"\x00", "d": timedelta(seconds=1), "n": Decimal("1.10")}],
        ar=pl.Series([[1, 2]], dtype=pl.Array(pl.Int64, 2)),
        c=pl.Series(["x"], dtype=pl.Categorical),
        n=pl.Series([None]),
        dec=[Decimal("1.10")],
        big=[1e300],
    )
    lines = b"".join(view.csv()).decode()
    row = dict(zip(*csv.reader(io.StringIO(lines)), strict=True))
    assert datetime.fromisoformat(row["at"][:26] + row["at"][-5:]) == datetime(2024, 1, 1, 12, tzinfo=UTC)
    assert (row["day"], row["s"], row["b"], row["n"], row["dec"]) == ("2024-01-01", "1.5", "/w==", "", "1.10")
    assert json.loads(row["l"]) == [1.5, None]
    assert json.loads(row["st"]) == {"a": "AA==", "d": 1.0, "n": "1.10"}
    assert json.loads(row["ar"]) == [1, 2]
    assert (row["c"], float(row["big"])) == ("x", 1e300)


def test_what_is_saved_can_be_read_again(tmp_path):
    view = viewed(n=[1, None, 3], x=[0.1, 2.5, None], t=["a", "b, c", None], at=[datetime(2024, 1, 1, 12), None, None])
    file = tmp_path / "saved.csv"
    file.write_bytes(b"".join(view.csv()))
    assert read(str(file)).frame.equals(view.frame)


def test_scrolling_asks_for_no_second_sort():
    view = viewed(n=range(1000))
    first = view.positions(orders=(Order("n", descending=True),))
    assert view.positions(orders=(Order("n", descending=True),)) is first


def test_several_threads_share_a_view():
    view = viewed(n=range(10_000), t=[str(i) for i in range(10_000)])
    answers: list[list[int]] = []

    def ask(at: int) -> None:
        window = view.window(at, at + 1, orders=(Order("n", descending=True),), search="7")
        answers.append(window.positions)

    threads = [threading.Thread(target=ask, args=(at,)) for at in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sevens = [i for i in range(9_999, -1, -1) if "7" in str(i)]
    assert sorted(answer[0] for answer in answers) == sorted(sevens[:8])
