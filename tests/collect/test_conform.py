"""New rows take the form of a known schema, as a table and one at a time alike."""

import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.collect.conform import RowConformer, conform, conform_row
from clew.collect.infer import infer
from clew.core.errors import SchemaError
from clew.core.schema import Column, Kind, Role, Schema


def column(dtype: str, kind: Kind = Kind.NUMERIC, **facts: object) -> Column:
    return Column("x", dtype, kind, **facts)  # type: ignore[arg-type]


COLUMNS = [
    column("Int64"),
    column("Int8"),
    column("UInt64"),
    column("Float64"),
    column("Float32"),
    column("Float64", format="1,234.5", unit="USD"),
    column("Int64", format="1.234,5"),
    column("Float64", unit="share"),
    column("Int64", missing=("-999", "NA")),
    column("String", Kind.CATEGORICAL),
    column("String", Kind.CATEGORICAL, missing=("?",)),
    column("String", Kind.CATEGORICAL, format="No/Yes"),
    column("Boolean", Kind.BOOLEAN),
    column("Date", Kind.DATETIME),
    column("Date", Kind.DATETIME, format="DD/MM/YYYY"),
    column("Datetime(us)", Kind.DATETIME, format="MM/DD/YYYY"),
    column("Datetime(us, Europe/Berlin)", Kind.DATETIME),
    column("Datetime(ns)", Kind.DATETIME),
]

pieces = st.sampled_from(
    [
        *"0123456789.,-+eE%$€ /:TZ'",
        "1",
        "12",
        "2024",
        "01",
        "31",
        "inf",
        "nan",
        "NA",
        "?",
        "None",
        "true",
        "No",
        "USD",
        "Mar",
    ]
)
#: Polars knows the summer time of zones up to this year only.
LAST = datetime(2099, 12, 31)
texts = st.one_of(
    st.lists(pieces, max_size=8).map("".join),
    st.text(max_size=6),
    st.floats().map(str),
    st.integers(-(2**70), 2**70).map(str),
    st.datetimes(max_value=LAST).map(str),
    st.dates().map(lambda day: day.strftime("%d/%m/%Y") if day.year > 999 else "01/01/2024"),
    st.datetimes(max_value=LAST, timezones=st.just(UTC)).map(lambda moment: moment.isoformat()),
)
VALUES = {
    "text": (texts, pl.String),
    "whole": (st.integers(-(2**63), 2**63 - 1), pl.Int64),
    "small": (st.integers(-2, 3), pl.Int64),
    "unsigned": (st.integers(0, 2**64 - 1), pl.UInt64),
    "float": (st.floats(), pl.Float64),
    "whole float": (st.integers(-5, 5).map(float), pl.Float64),
    "truth": (st.booleans(), pl.Boolean),
    "day": (st.dates(max_value=LAST.date()), pl.Date),
    "moment": (st.datetimes(max_value=LAST), pl.Datetime("us")),
    "zoned": (
        st.datetimes(min_value=datetime(2, 1, 1), max_value=LAST, timezones=st.just(UTC)),
        pl.Datetime("us", "UTC"),
    ),
}


def one_by_one(values: list, schema: Schema) -> tuple[list, dict]:
    """Conform value by value: what came out, and the problems by row."""
    conformer = RowConformer(schema)
    results, problems = [], {}
    for row, value in enumerate(values):
        try:
            results.append(conformer({"x": value}, row)["x"])
        except SchemaError as error:
            results.append(None)
            problems[row] = (error.problems[0].problem, error.problems[0].expected)
    return results, problems


def same(a: object, b: object) -> bool:
    return a == b or (isinstance(a, float) and isinstance(b, float) and math.isnan(a) and math.isnan(b))


@pytest.mark.parametrize("resolution", ["ms", "us", "ns"])
def test_duration_counts_in_seconds_as_it_does_where_types_are_inferred(resolution):
    durations = pl.Series("x", [timedelta(days=1, milliseconds=250), None], dtype=pl.Duration(resolution))
    inferred, schema, _ = infer(durations.to_frame())

    assert inferred["x"].to_list() == [86400.25, None]
    assert conform(durations.to_frame(), schema).equals(inferred)
    for cell in (durations[0], np.timedelta64(86_400_250, "ms"), pd.Timedelta(days=1, milliseconds=250)):
        assert conform_row({"x": cell}, schema) == {"x": 86400.25}
    for cell in (pd.NaT, np.timedelta64("NaT")):
        assert conform_row({"x": cell}, schema) == {"x": None}


def test_duration_is_refused_where_the_column_counts_in_another_unit():
    schema = Schema((column("Float64", unit="min"),))
    with pytest.raises(SchemaError, match="not a number"):
        conform(pl.DataFrame({"x": [timedelta(minutes=3)]}), schema)
    with pytest.raises(SchemaError, match="not a number"):
        conform_row({"x": timedelta(minutes=3)}, schema)


@pytest.mark.parametrize("column", COLUMNS, ids=lambda c: f"{c.dtype} {c.format or c.unit or c.missing or ''}")
@settings(max_examples=60)
@given(data=st.data())
def test_table_and_row_read_every_cell_alike(column, data):
    strategy, dtype = VALUES[data.draw(st.sampled_from(sorted(VALUES)))]
    values = data.draw(st.lists(st.none() | strategy, min_size=1, max_size=8))
    schema = Schema((column,))
    results, problems = one_by_one(values, schema)
    frame = pl.DataFrame({"x": pl.Series(values, dtype=dtype)})
    if column.dtype in {"Int64", "Int8", "UInt64"} and _mixes(results):
        return
    if problems:
        with pytest.raises(SchemaError) as caught:
            conform(frame, schema)
        assert {cell.row: (cell.problem, cell.expected) for cell in caught.value.problems} == problems
    else:
        answer = conform(frame, schema)["x"].to_list()
        assert all(same(a, b) for a, b in zip(answer, results, strict=True)), (values, answer, results)


def _mixes(results: list) -> bool:
    """Whether a column of whole numbers holds a fraction beside a number that floats cannot hold."""
    fractions = any(isinstance(value, float) for value in results)
    return fractions and any(isinstance(value, int) and abs(value) > 2**53 for value in results)


@settings(max_examples=100)
@given(st.lists(st.none() | texts, min_size=1, max_size=12))
def test_a_table_conforms_to_its_own_schema(values):
    frame, schema, _ = infer(pl.DataFrame({"x": pl.Series(values, dtype=pl.String)}))
    assert conform(frame, schema).equals(frame)
    raw = conform(pl.DataFrame({"x": pl.Series(values, dtype=pl.String)}), schema)
    assert raw.equals(frame), "what was inferred from text must be read from that text again"


@pytest.mark.parametrize(
    ("dtype", "value", "expected"),
    [
        ("Float64", "22", 22.0),
        ("Float64", 3, 3.0),
        ("Int64", "22", 22),
        ("Int64", 22.0, 22),
        ("Int64", "1e3", 1000),
        ("Int64", 3.7, 3.7),
        ("Int64", "007", 7),
        ("Float64", float("nan"), None),
        ("Float64", "NA", None),
        ("Float64", " \u00a0", None),
        ("Float64", "-inf", -math.inf),
        ("Float64", Decimal("1.5"), 1.5),
        ("Float64", np.float32(1.5), 1.5),
        ("Int64", np.int64(7), 7),
        ("Int64", pd.NA, None),
        ("Boolean", "YES", True),
        ("Boolean", 0, False),
        ("Boolean", "false", False),
        ("String", 5, "5"),
        ("String", 1.5, "1.5"),
        ("String", True, "true"),
        ("String", " a ", " a "),
        ("String", "", None),
        ("Date", "2024-01-31", date(2024, 1, 31)),
        ("Date", datetime(2024, 1, 31), date(2024, 1, 31)),
        ("Datetime(us)", pd.NaT, None),
        ("Datetime(us)", np.datetime64("2024-01-31T10:00"), datetime(2024, 1, 31, 10)),
        ("Datetime(us)", "2024-01-31", datetime(2024, 1, 31)),
        ("Datetime(us, UTC)", "2024-01-31T10:00+02:00", datetime(2024, 1, 31, 8, tzinfo=UTC)),
        ("Datetime(us, UTC)", "2024-01-31T10:00", datetime(2024, 1, 31, 10, tzinfo=UTC)),
    ],
)
def test_what_is_accepted(dtype, value, expected):
    assert conform_row({"x": value}, Schema((column(dtype),))) == {"x": expected}


@pytest.mark.parametrize(
    ("dtype", "value", "problem"),
    [
        ("Float64", "abc", "is not a number"),
        ("Float64", "1,5", "is not a number"),
        ("Float64", [1], "is not a number"),
        ("Float64", 10**400, "is beyond the range of Float64"),
        ("Float32", 1e300, "is beyond the range of Float32"),
        ("Int64", "99999999999999999999", "is beyond the range of Int64"),
        ("Boolean", "maybe", "is not true or false"),
        ("Boolean", 2, "is not true or false"),
        ("String", ["a"], "is not a text"),
        ("Date", "31/01/2024", "is not a date"),
        ("Date", "2024-02-30", "is not a date"),
        ("Date", "2024-01-31 10:00", "has a time of day, and the column holds days"),
        ("Datetime(us)", "2024-01-31T10:00Z", "has a time zone, and the column has none"),
        ("Datetime(us, Europe/Berlin)", "2024-03-31 02:30", "does not exist in the column's time zone"),
    ],
)
def test_what_is_refused(dtype, value, problem):
    with pytest.raises(SchemaError) as caught:
        conform_row({"x": value}, Schema((column(dtype),)))
    assert caught.value.problems[0].problem == problem
    assert repr(value)[:20] in str(caught.value)


def test_a_fraction_widens_a_table_of_whole_numbers():
    schema = Schema((column("Int64"),))
    assert conform(pl.DataFrame({"x": ["1", "2.5", None]}), schema)["x"].to_list() == [1.0, 2.5, None]
    with pytest.raises(SchemaError, match="cannot stand exactly"):
        conform(pl.DataFrame({"x": [str(2**53 + 1), "2.5"]}), schema)


def test_whole_numbers_keep_their_narrow_type_where_they_fit():
    schema = Schema((column("UInt8"),))
    assert conform(pl.DataFrame({"x": [1, 255]}), schema)["x"].dtype == pl.UInt8
    assert conform(pl.DataFrame({"x": [1, 256]}), schema)["x"].dtype == pl.Int64


def test_a_label_is_spelt_as_in_training():
    schema = Schema((column("String", Kind.CATEGORICAL, format="No/Yes"),))
    assert conform(pl.DataFrame({"x": [True, False, None]}), schema)["x"].to_list() == ["Yes", "No", None]


SCHEMA = Schema(
    (
        Column("id", "Int64", Kind.NUMERIC, Role.ID),
        Column("age", "Int64", Kind.NUMERIC),
        Column("city", "String", Kind.CATEGORICAL),
        Column("y", "String", Kind.CATEGORICAL, Role.TARGET),
    )
)


def test_columns_come_in_schema_order_without_extra_ones():
    frame = conform(pl.DataFrame({"city": ["a"], "extra": [1], "age": ["3"]}), SCHEMA)
    assert frame.columns == ["age", "city"]
    assert list(conform_row({"city": "a", "extra": 1, "age": "3"}, SCHEMA)) == ["age", "city"]


def test_a_missing_feature_is_named():
    with pytest.raises(SchemaError, match="'age'.*Did you mean|'age'"):
        conform(pl.DataFrame({"city": ["a"], "Age": [1]}), SCHEMA)
    with pytest.raises(SchemaError, match="'city'"):
        conform_row({"age": 1}, SCHEMA)


def test_the_target_is_wanted_only_on_request():
    frame = pl.DataFrame({"age": [1], "city": ["a"]})
    assert conform(frame, SCHEMA).columns == ["age", "city"]
    with pytest.raises(SchemaError, match="'y'"):
        conform(frame, SCHEMA, require_target=True)


def test_all_wrong_cells_are_listed_in_the_order_of_rows():
    frame = pl.DataFrame({"age": ["1", "x", "3", "y"], "city": pl.Series(["a", "b", "c", "d"])})
    with pytest.raises(SchemaError, match="'x' is not a number, and 1 more cell cannot") as caught:
        conform(frame, SCHEMA)
    assert [(cell.row, cell.got) for cell in caught.value.problems] == [(1, "'x'"), (3, "'y'")]
    many = pl.DataFrame({"age": ["x"] * 500, "city": ["a"] * 500})
    with pytest.raises(SchemaError, match="499 more") as caught:
        conform(many, SCHEMA)
    assert len(caught.value.problems) == 100


def test_a_row_names_its_position_and_all_its_problems():
    with pytest.raises(SchemaError) as caught:
        RowConformer(SCHEMA)({"age": "x", "city": [1]}, 7)
    assert [(cell.row, cell.column) for cell in caught.value.problems] == [(7, "age"), (7, "city")]


def test_repeated_hour_is_the_first_of_both():
    schema = Schema((column("Datetime(us, Europe/Berlin)", Kind.DATETIME),))
    moment = conform_row({"x": "2024-10-27 02:30"}, schema)["x"]
    assert moment.utcoffset() == timedelta(hours=2)
    assert conform(pl.DataFrame({"x": ["2024-10-27 02:30"]}), schema)["x"][0] == moment


def test_unseen_categories_are_kept():
    assert conform_row({"age": 1, "city": "never seen"}, SCHEMA)["city"] == "never seen"
