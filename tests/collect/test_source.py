"""Rows come in from every common format and frame, and mean the same wherever they come from."""

import json
from datetime import UTC, date, datetime, timedelta

import duckdb
import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import xlsxwriter

from clew.collect.dataset import Dataset
from clew.collect.source import ENDINGS, read, write
from clew.core.errors import DataError, UsageError
from clew.core.schema import Kind, Role
from clew.define.domain import Domain
from clew.store.tables import Tables

FRAME = pl.DataFrame(
    {
        "id": [11, 12, 13],
        "code": ["007", "12", None],
        "size": [1.5, None, -2.0],
        "when": [datetime(2024, 1, 31, 10, 20), None, datetime(2024, 2, 1)],
        "day": [date(2024, 1, 31), date(2024, 2, 1), None],
        "ok": [True, False, None],
        "text": ['quote " and, comma', "two\nlines", "ü"],
    }
)
FORMATS = ("csv", "tsv", "parquet", "json", "jsonl", "ndjson", "xlsx", "arrow", "feather", "ipc")


@pytest.mark.parametrize("ending", FORMATS)
def test_a_table_is_the_same_from_every_format(tmp_path, ending):
    path = write(FRAME, tmp_path / f"a.{ending}")
    data = read(path)
    expected = read(FRAME)
    assert data.schema == expected.schema
    assert data.frame.equals(expected.frame)
    assert data.fingerprint == expected.fingerprint
    assert data.source == str(path)
    assert data.schema["id"].role is Role.ID


def frames() -> dict[str, object]:
    pandas = FRAME.to_pandas()
    return {
        "polars": FRAME,
        "lazy": FRAME.lazy(),
        "pandas": pandas,
        "pandas, arrow types": FRAME.to_pandas(use_pyarrow_extension_array=True),
        "pandas, odd index": pandas.set_index(pd.Index([5, 5, 9])),
        "pandas, named index": pandas.set_index("id"),
        "arrow": FRAME.to_arrow(),
        "record batch": FRAME.to_arrow().combine_chunks().to_batches()[0],
        "record batches": pa.RecordBatchReader.from_batches(FRAME.to_arrow().schema, FRAME.to_arrow().to_batches()),
        "chunks": pl.concat([FRAME.head(1), FRAME.tail(2)], rechunk=False),
        "duckdb": duckdb.from_arrow(FRAME.to_arrow()),
        "narwhals": nw.from_native(FRAME.to_pandas()),
        "narwhals, lazy": nw.from_native(FRAME.lazy()),
    }


@pytest.mark.parametrize("kind", frames())
def test_a_table_is_the_same_from_every_frame(kind):
    data = read(frames()[kind])
    # pandas knows no days, only moments.
    days = FRAME["day"].cast(pl.Datetime("us")) if "pandas" in kind or kind == "narwhals" else FRAME["day"]
    if kind == "pandas, arrow types":
        days = FRAME["day"]
    expected = read(FRAME.with_columns(days))
    assert data.schema == expected.schema
    assert data.frame.equals(expected.frame)
    assert data.fingerprint == expected.fingerprint


def test_a_dataset_is_returned_as_it_is():
    data = read(FRAME)
    assert read(data) is data


def test_a_delta_table_is_read_with_its_types(tmp_path):
    tables = Tables(tmp_path)
    frame = FRAME.with_columns(
        kind=pl.Series(["a", "b", "a"], dtype=pl.Categorical), n=pl.Series([1, 2, 255], dtype=pl.UInt8)
    )
    tables.write("t", frame)
    data = read(tmp_path / "t")
    assert data.frame.columns == frame.columns
    assert data.schema["n"].dtype == "UInt8"
    FRAME.write_delta(tmp_path / "theirs")
    assert read(tmp_path / "theirs").fingerprint == read(FRAME).fingerprint


def test_pandas_objects_of_different_types_become_text():
    data = read(pd.DataFrame({"x": pd.Series([1, "a", 2.5, None, np.nan], dtype=object)}))
    assert data.frame["x"].to_list() == ["1", "a", "2.5", None, None]
    assert [finding.code for finding in data.findings] == ["DQ103"]


@pytest.mark.parametrize(
    ("values", "expected", "kind"),
    [
        (pd.period_range("2024-01", periods=2, freq="M"), ["2024-01", "2024-02"], Kind.CATEGORICAL),
        (pd.interval_range(0, 2), ["(0, 1]", "(1, 2]"], Kind.CATEGORICAL),
        (pd.arrays.SparseArray([0.0, 1.0]), [0.0, 1.0], Kind.NUMERIC),
        (pd.to_timedelta(["1h", "90s"]), [3600.0, 90.0], Kind.NUMERIC),
        (pd.Categorical(["u", None]), ["u", None], Kind.CATEGORICAL),
        (pd.array([1, None], dtype="Int64"), [1, None], Kind.NUMERIC),
        (pd.array([True, None], dtype="boolean"), [True, None], Kind.BOOLEAN),
        (np.array([1.5, np.nan], dtype="float16"), [1.5, None], Kind.NUMERIC),
        (
            pd.to_datetime(["2024-01-01", None]).tz_localize("UTC"),
            [datetime(2024, 1, 1, tzinfo=UTC), None],
            Kind.DATETIME,
        ),
    ],
)
def test_types_of_pandas(values, expected, kind):
    data = read(pd.DataFrame({"x": values}))
    assert data.frame["x"].to_list() == expected
    assert data.schema["x"].kind is kind


def test_names_that_are_no_text():
    assert read(pd.DataFrame([[1, 2]])).schema.names == ("0", "1")
    levels = pd.MultiIndex.from_tuples([("a", "x"), ("a", "y")])
    assert read(pd.DataFrame([[1, 2]], columns=levels)).schema.names == ("a_x", "a_y")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ([{"a": 1}, {"b": "x"}], {"a": [1, None], "b": [None, "x"]}),
        ([{"a": 1}, {"a": 2.5}], {"a": [1.0, 2.5]}),
        ([{"a": 1}, {"a": "x"}], {"a": ["1", "x"]}),
        ([{"a": True}, {"a": "x"}], {"a": ["true", "x"]}),
        ([{"a": float("nan")}, {"a": 1}], {"a": [None, 1.0]}),
        ([{"a": 2**53 + 1}], {"a": [2**53 + 1]}),
        ([{"a": 2**64}], {"a": [str(2**64)]}),
        ([{"a": 10**50}], {"a": [str(10**50)]}),
        ({"a": [1, 2], "b": ["x", None]}, {"a": [1, 2], "b": ["x", None]}),
        ({"columns": ["a"], "index": [0], "data": [[1]]}, {"a": [1]}),
        ({"a": {"0": 1, "1": 2}, "b": {"0": "x", "1": "y"}}, {"a": [1, 2], "b": ["x", "y"]}),
        ({"a": 1, "b": "x"}, {"a": [1], "b": ["x"]}),
        ([{"a": {"x": 1}}, {"a": None}], {"a": [{"x": 1}, None]}),
    ],
)
def test_layouts_of_json(tmp_path, content, expected):
    path = tmp_path / "a.json"
    path.write_text("\ufeff" + json.dumps(content), encoding="utf-8")
    assert read(path).frame.to_dict(as_series=False) == expected


def test_json_lines_in_a_json_file_and_the_order_of_many_columns(tmp_path):
    wide = {f"c{i}": i for i in range(100)}
    (tmp_path / "a.json").write_text(f"{json.dumps(wide)}\n{json.dumps(wide)}\n")
    (tmp_path / "b.jsonl").write_text(f"{json.dumps(wide)}\n\n{json.dumps(wide)}\n")
    (tmp_path / "c.json").write_text(json.dumps([wide, wide]))
    for name in ("a.json", "b.jsonl", "c.json"):
        data = read(tmp_path / name)
        assert data.frame.columns == list(wide)
        assert len(data) == 2


@pytest.fixture
def workbook(tmp_path):
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(path)
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet("Sales")
    rows = [
        ["id", "price", "code", "when", "mix", "gone", ""],
        [1, 1 / 3, "007", 45000, 1, None, 5],
        [2, 3, "12", 45001, "x", None, 6],
    ]
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            sheet.write(i, j, value, day if j == 3 and i else None)
    sheet.write_blank(9, 0, None, day)
    book.add_worksheet("Notes").write_row(0, 0, ["a"])
    book.add_worksheet("Empty")
    book.close()
    return path


def test_a_workbook_is_read_in_the_types_of_its_cells(workbook):
    data = read(workbook)
    assert data.frame.to_dict(as_series=False) == {
        "id": [1, 2],
        "price": [1 / 3, 3.0],
        "code": ["007", "12"],
        "when": [date(2023, 3, 15), date(2023, 3, 16)],
        "mix": ["1", "x"],
        "gone": [None, None],
        "column_7": [5, 6],
    }
    assert {"DQ108", "DQ115"} <= {finding.code for finding in data.findings}


def test_a_sheet_is_chosen_by_name_or_position(workbook):
    assert "DQ115" not in {finding.code for finding in read(workbook, sheet="Sales").findings}
    assert read(workbook, sheet=0).frame.height == 2
    with pytest.raises(DataError, match="The sheet 'Notes' of 'a.xlsx' has a header"):
        read(workbook, sheet=1)
    with pytest.raises(DataError, match="The sheet 'Empty' of 'a.xlsx' is empty"):
        read(workbook, sheet="Empty")
    with pytest.raises(DataError, match="no sheet 'Salse'.*Did you mean 'Sales'"):
        read(workbook, sheet="Salse")
    with pytest.raises(DataError, match="no sheet 9"):
        read(workbook, sheet=9)


def test_names_that_differ_in_case_are_kept_apart_in_typed_formats(tmp_path):
    frame = pl.DataFrame({"Max": [1, 2], "max": [3, 4]})
    data = read(write(frame, tmp_path / "a.parquet"))
    assert data.frame.equals(frame)
    assert [finding.code for finding in data.findings] == ["DQ118"]


def test_rows_are_read_by_a_known_schema(tmp_path):
    path = tmp_path / "new.csv"
    path.write_text("code,price,extra\n12,$5,x\n7,1234,y\n")
    train = read(pl.DataFrame({"code": ["007", "12"], "price": ["$1,234.50", "$2"], "y": ["Yes", "No"]})).with_target(
        "y"
    )
    new = read(path, schema=train.schema)
    assert new.frame.to_dict(as_series=False) == {"code": ["12", "7"], "price": [5.0, 1234.0]}
    assert new.schema == train.schema.drop(["y"])
    again = read(read(path), schema=train.schema)
    assert again.frame["code"].to_list() == ["12", "7"]


def test_the_domain_reaches_every_column(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("zip,when,id\n01234,01/02/2024,1\n5,03/04/2024,2\n")
    domain = Domain(
        {
            "zip": {"kind": "numeric", "unit": "km"},
            "when": {"format": "DD/MM/YYYY", "role": "time"},
            "id": {"role": "feature"},
        }
    )
    data = read(path, domain=domain)
    assert data.frame["zip"].to_list() == [1234, 5]
    assert data.frame["when"].to_list() == [date(2024, 2, 1), date(2024, 4, 3)]
    assert (data.schema["zip"].unit, data.schema["when"].role, data.schema["id"].role) == (
        "km",
        Role.TIME,
        Role.FEATURE,
    )


def test_every_ending_that_is_read_is_known():
    assert {f".{ending}" for ending in FORMATS} <= set(ENDINGS)


def test_writing_replaces_the_file_whole_or_says_why_not(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("old")
    with pytest.raises(DataError, match="cannot be written as .csv"):
        write(pl.DataFrame({"x": [[1, 2]]}), path)
    assert path.read_text() == "old"
    assert write(read(pl.DataFrame({"x": [1]})), path) == path
    assert path.read_text() == "x\n1\n"
    with pytest.raises(UsageError, match="ends in '.docx'"):
        write(FRAME, tmp_path / "a.docx")


def test_names_that_are_patterns_are_just_names(tmp_path):
    frame = pl.DataFrame({"b*": ["Yes", "No"], "^a": ["$1", "$2"], "a": [1, 2], "": ["x", "y"]})
    for ending in ("csv", "json", "parquet"):
        data = read(write(frame, tmp_path / f"a.{ending}")).with_target("b*")
        assert data.schema.names == ("b*", "^a", "a", "column_4")
        assert data.frame["b*"].to_list() == ["Yes", "No"]
        assert data.frame["^a"].to_list() == [1, 2]


def test_durations_are_told(tmp_path):
    data = read(pl.DataFrame({"took": [timedelta(seconds=90)]}))
    assert isinstance(data, Dataset)
    assert data.findings[0].detail == "Duration(us) became Float64 in seconds."


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_real_tables_are_the_same_from_text(real_tables, tmp_path, ending):
    for path in sorted((real_tables / "tables").glob("*.parquet")):
        original = pl.read_parquet(path)
        if ending == "csv" and len({name.lower() for name in original.columns}) < original.width:
            continue
        typed = read(path)
        text = read(write(original, tmp_path / f"{path.stem}.{ending}"))
        assert text.frame.equals(typed.frame), path.stem
        assert text.fingerprint == typed.fingerprint, path.stem
