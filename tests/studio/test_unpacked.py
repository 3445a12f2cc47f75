"""Files that are small and unpack to very much are refused before anything reads them."""

import gzip
import struct
import zipfile

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.studio.live.places import workbook

from clew.core.errors import DataError, UsageError
from clew.studio.unpacked import check_unpacked

ROWS = pl.DataFrame({"a": range(1000), "b": ["x", "y"] * 500})


def test_usual_files_pass(tmp_path):
    workbook(tmp_path / "rows.xlsx")
    ROWS.write_parquet(tmp_path / "rows.parquet")
    (tmp_path / "rows.csv.gz").write_bytes(gzip.compress(ROWS.write_csv().encode()))
    with pa.output_stream(str(tmp_path / "rows.csv.zst"), compression="zstd") as out:
        out.write(ROWS.write_csv().encode())
    for name in ("rows.xlsx", "rows.parquet", "rows.csv.gz", "rows.csv.zst"):
        check_unpacked(tmp_path / name)


def test_a_workbook_of_white_space_is_refused(tmp_path):
    path = tmp_path / "bomb.xlsx"
    workbook(path, b" " * 30_000_000)
    assert path.stat().st_size < 100_000
    with pytest.raises(UsageError, match=r"'bomb.xlsx' unpacks to more than 10.5 MB. Hint: Split it"):
        check_unpacked(path, max_workbook_bytes=10 * 1024**2)


def test_a_workbook_that_lies_about_its_size_is_refused(tmp_path):
    path = tmp_path / "liar.xlsx"
    workbook(path, b" " * 30_000_000)
    with zipfile.ZipFile(path) as archive:
        sheet = next(item for item in archive.infolist() if item.filename.endswith("sheet1.xml"))
    content = bytearray(path.read_bytes())
    while (at := content.find(struct.pack("<L", sheet.file_size))) >= 0:
        content[at : at + 4] = struct.pack("<L", 2000)
    path.write_bytes(content)
    with pytest.raises(DataError, match="'liar.xlsx' cannot be unpacked"):
        check_unpacked(path, max_workbook_bytes=10 * 1024**2)


@pytest.mark.parametrize("packing", ["gzip", "zstd"])
def test_compressed_text_is_counted_to_the_limit(tmp_path, packing):
    path = tmp_path / f"bomb.csv.{'gz' if packing == 'gzip' else 'zst'}"
    with pa.output_stream(str(path), compression=packing) as out:
        for _ in range(30):
            out.write(b"1,1\n" * 250_000)
    assert path.stat().st_size < 100_000
    with pytest.raises(UsageError, match=r"unpacks to more than 10.5 MB"):
        check_unpacked(path, max_text_bytes=10 * 1024**2)
    check_unpacked(path, max_text_bytes=30 * 1024**2)


def test_a_parquet_file_of_equal_values_is_judged_by_its_cells(tmp_path):
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"a": pa.repeat(1, 1_000_000), "b": pa.repeat("x", 1_000_000)}), path)
    assert path.stat().st_size < 10_000
    with pytest.raises(UsageError, match=r"unpacks to more than 1,999,999 cells"):
        check_unpacked(path, max_cells=1_999_999)
    check_unpacked(path, max_cells=2_000_000)


@pytest.mark.parametrize("name", ["broken.csv.gz", "broken.csv.zst", "broken.parquet", "cut.xlsx"])
def test_a_damaged_file_is_told(tmp_path, name):
    path = tmp_path / name
    if name == "cut.xlsx":
        workbook(path)
        content = path.read_bytes()
        path.write_bytes(content[:300] + b"\0" * 300 + content[600:])
    else:
        path.write_bytes(b"this is neither")
    with pytest.raises(DataError, match=name):
        check_unpacked(path)
