import datetime as dt
import gzip

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from polars.testing import assert_frame_equal

from clew.collect import batches as module
from clew.collect.batches import open_batches
from clew.collect.files import StoredFile
from clew.collect.read_csv import read_csv
from clew.core.errors import DataError

ROWS = 5000
EVERY_TYPE = pl.DataFrame(
    {
        "whole": range(ROWS),
        "small": pl.Series([i % 200 for i in range(ROWS)], dtype=pl.UInt8),
        "float": [i / 7 for i in range(ROWS)],
        "text": [f'täxt, {i}\n"quoted"' if i % 3 else None for i in range(ROWS)],
        "flag": [i % 2 == 0 for i in range(ROWS)],
        "day": [dt.date(2024, 1, 1) + dt.timedelta(days=i % 400) for i in range(ROWS)],
        "moment": pl.Series([dt.datetime(2024, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=i) for i in range(ROWS)]),
        "clock": [dt.time(i % 24) for i in range(ROWS)],
        "lasting": [dt.timedelta(seconds=i) for i in range(ROWS)],
        "label": pl.Series([["a", "b"][i % 2] for i in range(ROWS)], dtype=pl.Categorical),
        "price": pl.Series(range(ROWS)).cast(pl.Decimal(12, 2)),
        "list": [[i, i + 1] for i in range(ROWS)],
        "struct": [{"x": i} for i in range(ROWS)],
        "bytes": [b"\x00%d" % i for i in range(ROWS)],
    }
)  # fmt: skip


def small_batches(monkeypatch, rows=700):
    monkeypatch.setattr(module, "_FEWEST", rows)
    monkeypatch.setattr(module, "_BATCH_BYTES", 1)
    monkeypatch.setattr(module, "_FIRST_ROWS", 100)


@pytest.mark.parametrize("group", [300, 5000])
def test_a_parquet_file_passes_by_as_it_is(tmp_path, monkeypatch, group):
    small_batches(monkeypatch)
    path = tmp_path / "x.parquet"
    EVERY_TYPE.write_parquet(path, row_group_size=group)
    opened = open_batches(path)
    parts = list(opened)
    assert len(parts) > 3
    assert_frame_equal(pl.concat(parts), pl.read_parquet(path))
    assert (opened.rows, opened.names) == (ROWS, tuple(EVERY_TYPE.columns))
    assert opened.size_bytes == pytest.approx(EVERY_TYPE.estimated_size(), rel=0.3)
    assert_frame_equal(pl.concat(list(opened)), EVERY_TYPE)  # again


@pytest.mark.parametrize("stream", [False, True])
def test_an_arrow_file_passes_by_as_it_is(tmp_path, stream):
    path = tmp_path / "x.arrow"
    plain = EVERY_TYPE.drop("label")
    (plain.write_ipc_stream if stream else plain.write_ipc)(path)
    assert_frame_equal(pl.concat(list(open_batches(path))), plain)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_csv_file_passes_by_as_text_that_reading_it_whole_gives(tmp_path, monkeypatch, encoding, separator):
    monkeypatch.setattr(module, "_BLOCK_BYTES", 1 << 16)
    small_batches(monkeypatch)
    path = tmp_path / "x.csv"
    flat = EVERY_TYPE.drop("list", "struct", "bytes", "clock", "lasting")
    path.write_bytes(flat.write_csv(separator=separator).encode(encoding))
    parts = list(open_batches(path))
    assert len(parts) > 3
    assert_frame_equal(pl.concat(parts), read_csv(StoredFile.local(path)).frame)


def test_a_cell_of_a_megabyte_passes(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1," + "x" * 1_000_000 + "\n2,y\n", encoding="utf-8")
    assert pl.concat(list(open_batches(path)))["b"].str.len_bytes().to_list() == [1_000_000, 1]


def test_a_record_that_is_too_large_for_a_batch_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_BLOCK_BYTES", 1 << 16)
    path = tmp_path / "x.csv"
    path.write_text("a,b\n" + "1,2\n" * 20_000 + "1," + "x" * 300_000 + "\n" + "1,2\n" * 20_000, encoding="utf-8")
    with pytest.raises(DataError, match="'x.csv' cannot be read: a record is larger than 65.5 kB"):
        list(open_batches(path))


def test_names_are_cleaned_as_elsewhere(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text(" a ,,\n1,2,3\n", encoding="utf-8")
    assert open_batches(path).names == ("a", "column_2", "column_3")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("a,b\n", r"has a header \('a', 'b'\) and no rows"),
        ("a,a\n1,2\n", "repeats the column 'a'"),
        ("a,A\n1,2\n", "differ only in case"),
        ("a,b\n1,2\n3\n", "cannot be read.*Expected 2 columns, got 1"),
    ],
)
def test_a_broken_csv_file_is_refused_with_its_name(tmp_path, text, message):
    path = tmp_path / "broken.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=message):
        list(open_batches(path))


def test_a_row_that_breaks_far_down_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_BLOCK_BYTES", 1 << 12)
    path = tmp_path / "x.csv"
    path.write_text("a,b\n" + "1,2\n" * 5000 + "1,2,3\n", encoding="utf-8")
    with pytest.raises(DataError, match="'x.csv' cannot be read.*Expected 2 columns, got 3"):
        list(open_batches(path))


@pytest.mark.parametrize("name", ["x.parquet", "x.arrow"])
def test_a_file_of_another_format_is_refused(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(gzip.compress(b"nothing of the kind" * 100))
    with pytest.raises(DataError, match=f"'{name}' cannot be read"):
        open_batches(path)


def test_a_parquet_file_without_rows_is_refused(tmp_path):
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"a": pa.array([], pa.int64())}), path)
    with pytest.raises(DataError, match="is empty|no rows"):
        open_batches(path)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(DataError, match="There is no file"):
        open_batches(tmp_path / "x.parquet")


@pytest.mark.parametrize("ending", [".parquet", ".arrow", ".csv"])
def test_some_columns_pass_by_alone(tmp_path, monkeypatch, ending):
    small_batches(monkeypatch)
    path = tmp_path / f"x{ending}"
    frame = EVERY_TYPE.select("whole", pl.col("text").alias("a.b"), pl.struct(b="small").alias("a"), "float")
    frame = frame.drop("a") if ending == ".csv" else frame
    {".parquet": frame.write_parquet, ".arrow": frame.write_ipc, ".csv": frame.write_csv}[ending](path)
    opened = open_batches(path)
    some = pl.concat(list(opened.of(["float", "a.b"])))
    assert some.columns == ["a.b", "float"]
    assert_frame_equal(some, pl.concat(list(opened)).select("a.b", "float"))
