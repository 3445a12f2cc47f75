"""Globs and folders: many files are one table, the same as if all rows stood in one file."""

import gzip
import json
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.collect.source import read, write
from clew.core.errors import ClewError, DataError, UsageError
from clew.core.schema import Kind

FRAME = pl.DataFrame(
    {
        "code": ["007", "12", None, "5"],
        "size": [1.5, None, -2.0, 3.25],
        "when": [datetime(2024, 1, 31, 10, 20), None, datetime(2024, 2, 1), datetime(2024, 2, 2)],
        "ok": [True, False, None, True],
        "text": ['quote " and, comma', "two\nlines", "ü", "plain"],
    }
)


def same(data, expected) -> bool:
    return (
        data.frame.equals(expected.frame)
        and data.schema == expected.schema
        and data.fingerprint == expected.fingerprint
        and {note.code for note in data.findings} == {note.code for note in expected.findings}
    )


@pytest.mark.parametrize("ending", ["csv", "tsv", "parquet", "json", "jsonl", "xlsx", "arrow"])
def test_a_glob_of_parts_is_the_whole(tmp_path, ending):
    whole = read(write(FRAME, tmp_path / f"whole.{ending}"))
    (tmp_path / "parts").mkdir()
    write(FRAME.head(1), tmp_path / "parts" / f"a.{ending}")
    write(FRAME.slice(1, 2).select(reversed(FRAME.columns)), tmp_path / "parts" / f"b.{ending}")
    write(FRAME.tail(1), tmp_path / "parts" / f"c.{ending}")
    by_glob = read(tmp_path / "parts" / f"*.{ending}")
    assert same(by_glob, whole)
    assert same(read(tmp_path / "parts"), whole)
    assert by_glob.source == str(tmp_path / "parts" / f"*.{ending}")


cells = st.one_of(
    st.sampled_from(["", "NA", "?", "007", "1", "2.5", "yes", "no", "2024-01-31", "€5", 'a "b"', "x,y", "two\nlines"]),
    st.text("abc 019.,;-", max_size=6),
)


@settings(max_examples=50)
@given(st.lists(st.tuples(cells, cells), min_size=2, max_size=12), st.data())
def test_split_csv_is_read_like_the_whole(tmp_path_factory, rows, data):
    folder = tmp_path_factory.mktemp("parts")
    frame = pl.DataFrame(rows, schema={"a": pl.String, "b": pl.String}, orient="row")
    cuts = sorted(data.draw(st.sets(st.integers(1, len(rows) - 1), min_size=1, max_size=3)))
    (folder / "parts").mkdir()
    for number, (start, end) in enumerate(zip([0, *cuts], [*cuts, len(rows)], strict=True)):
        part = frame.slice(start, end - start)
        # The first file says in which order the columns stand.
        part.select(data.draw(st.permutations(["a", "b"])) if number else ["a", "b"]).write_csv(
            folder / "parts" / f"{number:02}.csv", quote_style="always"
        )
    frame.write_csv(folder / "whole.csv", quote_style="always")
    assert same(read(folder / "parts" / "*.csv"), read(folder / "whole.csv"))


values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.floats(-2, 2).map(lambda x: x / 4),
    st.sampled_from(["x", "1", "007"]),
)


@settings(max_examples=50)
@given(st.lists(st.dictionaries(st.sampled_from("ab"), values, min_size=1), min_size=2, max_size=8), st.data())
def test_split_json_lines_are_read_like_the_whole(tmp_path_factory, records, data):
    folder = tmp_path_factory.mktemp("parts")
    records = [{"id": number, **record} for number, record in enumerate(records)]
    cut = data.draw(st.integers(1, len(records) - 1))
    for name, part in (("parts/1", records[:cut]), ("parts/2", records[cut:]), ("whole", records)):
        path = folder / f"{name}.jsonl"
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join(json.dumps(record) + "\n" for record in part))
    whole, parts = read(folder / "whole.jsonl"), read(folder / "parts")
    assert parts.frame.select(whole.frame.columns).equals(whole.frame)
    assert {column.name: column for column in parts.schema} == {column.name: column for column in whole.schema}


def test_types_are_judged_over_all_files(tmp_path):
    (tmp_path / "1.csv").write_text("code,amount\n12,1\n13,2\n")
    (tmp_path / "2.csv").write_text("amount,code\n2.5,007\n")
    data = read(tmp_path)
    assert data.frame["code"].to_list() == ["12", "13", "007"]
    assert data.frame["amount"].to_list() == [1.0, 2.0, 2.5]
    pl.DataFrame({"code": [1, 2]}).write_parquet(tmp_path / "1.parquet")
    pl.DataFrame({"code": ["007", None]}).write_parquet(tmp_path / "2.parquet")
    assert read(tmp_path / "*.parquet").frame["code"].to_list() == ["1", "2", "007", None]


@pytest.mark.parametrize(
    ("first", "second", "dtype", "values"),
    [
        (pl.Series([1], dtype=pl.Int8), pl.Series([300], dtype=pl.Int32), "Int64", [1, 300]),
        (pl.Series([1]), pl.Series([0.5]), "Float64", [1.0, 0.5]),
        (pl.Series([2**63], dtype=pl.UInt64), pl.Series([-1]), "String", [str(2**63), "-1"]),
        (pl.Series([None], dtype=pl.Null), pl.Series([5]), "Int64", [None, 5]),
        (pl.Series([True]), pl.Series([1]), "String", ["true", "1"]),
        (pl.Series([date(2024, 1, 2)]), pl.Series([datetime(2024, 1, 2, 3)]), "Datetime(us)", [datetime(2024, 1, 2), datetime(2024, 1, 2, 3)]),
        (pl.Series(["a"], dtype=pl.Categorical), pl.Series(["b"]), "String", ["a", "b"]),
        (pl.Series([[1]]), pl.Series([[2.5]]), "List(Float64)", [[1.0], [2.5]]),
    ],
)  # fmt: skip
def test_columns_of_different_types_become_one_that_holds_both(tmp_path, first, second, dtype, values):
    first.alias("x").to_frame().write_parquet(tmp_path / "1.parquet")
    second.alias("x").to_frame().write_parquet(tmp_path / "2.parquet")
    data = read(tmp_path)
    assert (data.schema["x"].dtype, data.frame["x"].to_list()) == (dtype, values)


def test_zones_meet_in_utc_and_are_not_guessed(tmp_path):
    moments = pl.Series("at", [datetime(2024, 6, 1, 12)])
    moments.dt.replace_time_zone("Europe/Berlin").to_frame().write_parquet(tmp_path / "1.parquet")
    moments.dt.replace_time_zone("UTC").to_frame().write_parquet(tmp_path / "2.parquet")
    assert [str(at) for at in read(tmp_path).frame["at"]] == ["2024-06-01 10:00:00+00:00", "2024-06-01 12:00:00+00:00"]
    moments.to_frame().write_parquet(tmp_path / "3.parquet")
    with pytest.raises(DataError, match=r"Column 'at' has a time zone as .* in 1.parquet, and none as .* in 3.parquet"):
        read(tmp_path)


def test_rows_come_in_the_order_of_sorted_paths_and_may_name_their_file(tmp_path):
    for name in ("b/2.csv", "a/10.csv", "a/9.csv", "c.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"x\n{name}\n")
    data = read(tmp_path, filename_column="file")
    assert data.frame["x"].to_list() == data.frame["file"].to_list() == ["a/10.csv", "a/9.csv", "b/2.csv", "c.csv"]
    assert read(tmp_path / "*" / "*.csv").frame["x"].to_list() == ["a/10.csv", "a/9.csv", "b/2.csv"]
    assert read(f"{tmp_path}/**/*.csv").frame["x"].to_list() == data.frame["x"].to_list()
    assert read(tmp_path / "[ab]").frame["x"].to_list() == ["a/10.csv", "a/9.csv", "b/2.csv"]
    assert read(tmp_path / "c.csv", filename_column="file").frame["file"].to_list() == ["c.csv"]
    with pytest.raises(UsageError, match="`filename_column` is 'x', and the files have such a column"):
        read(tmp_path, filename_column="x")


def test_a_relative_glob_and_a_file_whose_name_looks_like_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a[1].csv").write_text("x\n1\n")
    (tmp_path / "a2.csv").write_text("x\n2\n")
    assert read("a[1].csv").frame["x"].to_list() == [1]
    assert read("a*.csv").frame["x"].to_list() == [2, 1]
    assert read("./a?.csv").frame["x"].to_list() == [2]
    (tmp_path / "b.txt").write_text("x\n3\n")
    assert read("./b.txt").frame["x"].to_list() == [3]


def test_folders_that_state_columns(tmp_path):
    frame = pl.DataFrame({"day": [1, 2, 3], "year": [2023, 2024, 2024], "month": ["01", "02", None]})
    frame.write_parquet(pl.PartitionBy(tmp_path / "rows", key=["year", "month"], include_key=False))
    data = read(tmp_path / "rows")
    assert data.frame.sort("day").to_dict(as_series=False) == {
        "day": [1, 2, 3],
        "year": [2023, 2024, 2024],
        "month": ["01", "02", None],
    }
    # The columns stand in the folders below what was named.
    assert read(f"{tmp_path}/rows/year=2024").frame.columns == ["day", "month"]
    assert read(f"{tmp_path}/rows/year=*/**/*.parquet").frame.equals(data.frame)
    # Files that hold the column themselves are believed.
    (tmp_path / "own" / "year=2024").mkdir(parents=True)
    (tmp_path / "own" / "year=2024" / "a.csv").write_text("year\n2025\n")
    assert read(tmp_path / "own").frame["year"].to_list() == [2025]


@pytest.mark.parametrize("ending", ["csv", "tsv", "json", "jsonl"])
@pytest.mark.parametrize("compression", ["gz", "zst"])
def test_compressed_text_is_read_like_plain_text(tmp_path, ending, compression):
    plain = write(FRAME, tmp_path / f"rows.{ending}")
    packed = tmp_path / f"rows.{ending}.{compression}"
    half = len(plain.read_bytes()) // 2
    parts = (plain.read_bytes()[:half], plain.read_bytes()[half:])
    # Files that were put together of several compressed ones are common, and are read to their end.
    for part in parts:
        with packed.open("ab") as file:
            file.write(gzip.compress(part) if compression == "gz" else pa.compress(part, codec="zstd", asbytes=True))
    assert same(read(packed), read(plain))
    packed.rename(tmp_path / "sub").rename(packed)
    assert same(read(f"{tmp_path}/*.{compression}"), read(plain))


def test_what_else_lies_in_the_folder_is_left_out_and_told(tmp_path):
    (tmp_path / "a.csv").write_text("x\n1\n")
    (tmp_path / "README.md").write_text("About the rows.")
    (tmp_path / "script.py").write_text("print()")
    for hidden in ("_SUCCESS", ".part-0.crc"):
        (tmp_path / hidden).write_text("")
    data = read(tmp_path)
    assert data.frame["x"].to_list() == [1]
    assert [(note.code, note.detail) for note in data.findings] == [("DQ119", "2 files were not read: 'README.md', 'script.py'.")]  # fmt: skip


def test_a_field_that_some_json_files_lack_is_missing_there_and_told(tmp_path):
    (tmp_path / "1.jsonl").write_text('{"a": 1, "b": "x"}\n')
    (tmp_path / "2.jsonl").write_text('{"a": 2}\n')
    data = read(tmp_path)
    assert data.frame["b"].to_list() == ["x", None]
    assert [(note.code, note.column) for note in data.findings] == [("DQ121", "b")]


def test_a_part_without_rows_is_no_harm(tmp_path):
    (tmp_path / "1.csv").write_text("a,b\n")
    (tmp_path / "2.csv").write_text("b,a\n1,2\n")
    assert read(tmp_path).frame.to_dict(as_series=False) == {"a": [2], "b": [1]}


def test_images_in_a_parquet_file_are_known_as_such(tmp_path):
    png = b"\x89PNG\r\n\x1a\n rest"
    frame = pl.DataFrame({"picture": [png, None], "other": [b"\x00", b"\x01"]})
    schema = read(write(frame, tmp_path / "a.parquet")).schema
    assert (schema["picture"].kind, schema["other"].kind) == (Kind.IMAGE, Kind.NESTED)


def files(folder: Path, **content: str) -> None:
    for name, text in content.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


BAD = [
    ("nothing matches", {"a_dot_csv": "x\n1\n"}, "*.parquet", "No file matches '.*parquet'. Hint: .* holds 'a.csv'"),
    ("no such folder", {"a_dot_csv": "x\n1\n"}, "nowhere/*.csv", "No file matches .*: the folder '.*nowhere' is empty or not there"),
    ("several formats", {"a_dot_csv": "x\n1\n", "b_dot_json": "[]"}, ".", "1 CSV \\(e.g. 'a.csv'\\), 1 JSON \\(e.g. 'b.json'\\)"),
    ("tables and images", {"a_dot_csv": "x\n1\n", "b_dot_png": "x"}, ".", "1 CSV .*, 1 image"),
    ("column is gone", {"a_dot_csv": "Amount,x\n1,1\n", "b_dot_csv": "amount,x\n1,1\n"}, ".", "'b.csv' lacks the column 'Amount' that 'a.csv' has. Hint: It has 'amount'"),
    ("column is new", {"a_dot_csv": "x\n1\n", "b_dot_csv": "x,y\n1,1\n"}, "*.csv", "The file 'b.csv' has the column 'y', which 'a.csv' does not have"),
    ("levels differ", {"y=1__a_dot_csv": "x\n1\n", "z=1__a_dot_csv": "x\n1\n"}, ".", "folders of 'z=1/a.csv' state 'z', those of 'y=1/a.csv' 'y'"),
    ("a broken part", {"a_dot_csv": "x\n1\n", "b_dot_csv": "x\n1,2\n"}, ".", "Line 2 of 'b.csv' has 2 fields"),
    ("empty folder", {"a__b__c_dot_csv": "x\n"}, "a/b/..", "has a header \\('x'\\) and no rows"),
    ("nothing to read", {"a_dot_bin": "x"}, ".", "holds no file that can be read, but e.g. 'a.bin'"),
    ("Delta tables in it", {"t___delta_log__0_dot_json": "{}", "t__a_dot_parquet": ""}, ".", "holds Delta tables, e.g. 't'"),
    ("no gzip", {"a_dot_csv_dot_gz": "x\n1\n"}, "a.csv.gz", "The file 'a.csv.gz' is no readable gzip file"),
    ("no zstd", {"a_dot_csv_dot_zst": "x\n1\n"}, "a.csv.zst", "The file 'a.csv.zst' is no readable zstd file"),
    ("compressed twice", {"a_dot_parquet_dot_gz": "x"}, "a.parquet.gz", "is compressed, and only files of text are read so"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "data", "message"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_what_cannot_be_one_table_is_told(tmp_path, content, data, message):
    files(tmp_path, **content)
    with pytest.raises(DataError, match=message) as caught:
        read(f"{tmp_path}/{data}")
    assert len(str(caught.value)) < 400


def test_a_cut_archive_is_told(tmp_path):
    packed = gzip.compress(b"x\n" + b"1\n" * 1000)
    (tmp_path / "a.csv.gz").write_bytes(packed[:-12])
    with pytest.raises(DataError, match="no readable gzip file"):
        read(tmp_path / "a.csv.gz")
    (tmp_path / "b.csv.zst").write_bytes(pa.compress(b"x\n" + b"123\n" * 1000, codec="zstd", asbytes=True)[:-3])
    with pytest.raises(DataError, match="no readable zstd file"):
        read(tmp_path / "b.csv.zst")


def test_options_that_say_nothing_about_the_data_are_refused(tmp_path):
    (tmp_path / "a.csv").write_text("x\n1\n")
    data = read(tmp_path)
    for given_, options in ((FRAME, {"table": "x"}), (data, {"query": "select 1"}), (tmp_path, {"table": "x"})):
        with pytest.raises(ClewError, match="Leave it away|leave it away"):
            read(given_, **options)
    with pytest.raises(UsageError, match="`sheet` is for"):
        read(tmp_path, sheet=0)
