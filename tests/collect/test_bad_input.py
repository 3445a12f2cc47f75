"""Bad input and what is said about it: one line a case."""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from clew.collect.source import read
from clew.core.errors import DataError, InputError, SchemaError, UsageError
from clew.define.domain import Domain

GOOD = pl.DataFrame({"a": [1, 2], "b": ["x", "y"]})


def parquet(frame: pl.DataFrame) -> bytes:
    file = io.BytesIO()
    frame.write_parquet(file)
    return file.getvalue()


@dataclass(frozen=True)
class Case:
    """A file, what is said about it, and the way out."""

    name: str
    content: bytes | str
    message: str
    hint: str
    error: type[InputError] = DataError


CASES = [
    Case("empty.csv", "", "The file 'empty.csv' is empty.", "Check the export"),
    Case("blank.csv", "\n \r\n\n", "The file 'blank.csv' is empty.", "Check the export"),
    Case("header.csv", "a,b\n", "The file 'header.csv' has a header ('a', 'b') and no rows.", "Add rows"),
    Case("twice.csv", "a,b,a\n1,2,3\n", "The file 'twice.csv' repeats the column 'a' (2 times); names must be unique.", "Rename"),
    Case("spaces.csv", "a, a\n1,2\n", "The file 'spaces.csv' repeats the column 'a' (2 times); names must be unique.", "Rename"),
    Case("case.csv", "Age,age\n1,2\n", "The file 'case.csv' has the columns 'Age' and 'age', which differ only in case.", "Rename"),
    Case("pattern.csv", "a,^a.*$\n1,2\n", "The file 'pattern.csv' has the column '^a.*$', which reads as a pattern of names (* or ^…$).", "Rename"),
    Case("star.csv", "a,*\n1,2\n", "The file 'star.csv' has the column '*', which reads as a pattern of names (* or ^…$).", "Rename"),
    Case("long.csv", "a,b\n1,2\n1,2,3\n", "Line 3 of 'long.csv' has 3 fields where the header has 2.", "Quote texts"),
    Case("short.csv", "a,b\n1\n\n2\n", "Line 2 of 'short.csv' has 1 field where the header has 2; 1 more line does not fit either.", "Complete the line"),
    Case("quoted.csv", 'a,b\n"x\ny",1\n1,2,3\n', "Line 4 of 'quoted.csv' has 3 fields where the header has 2.", "Quote texts"),
    Case("rows.tsv", "a\tb\n1\t2\t3\n", "Line 2 of 'rows.tsv' has 3 fields where the header has 2.", "contain a tab"),
    Case("open.csv", 'a,b\n1,2\n3,"x\n4,5\n', "The file 'open.csv' opens quotes in the record on line 3 and never closes them.", "Close them"),
    Case("latin.csv", "name\nx\nJürgen\n".encode("latin-1"), "The file 'latin.csv' is not UTF-8: byte 0xfc at offset 8 (line 3) has no meaning in it.", "cp1252"),
    Case("koi.csv", b"a\n\x81\x8d\xff\n", "The file 'koi.csv' is not UTF-8: byte 0x81 at offset 2 (line 2) has no meaning in it.", "cp1250"),
    Case("nul.csv", b"a,b\n1,\0\n", "The file 'nul.csv' is not text: the byte at offset 6 is NUL.", "Check that it is a CSV file"),
    Case("table.csv", parquet(GOOD), "The file 'table.csv' is not text", "It looks like a .parquet file"),
    Case("wide.csv", "a,b\n1,2\n".encode("utf-16-le"), "The file 'wide.csv' is not text: the byte at offset 1 is NUL.", 'encoding="utf-16-le"'),
    Case("odd.csv", b"\xff\xfea\0,\0b\0\n\0x", "The file 'odd.csv' is not UTF-16-LE", "Name another encoding"),
    Case("junk.parquet", "no parquet at all", "The file 'junk.parquet' is no readable Parquet file", "Check that it is complete"),
    Case("cut.parquet", parquet(GOOD)[:-20], "The file 'cut.parquet' is no readable Parquet file", "Check that it is complete"),
    Case("empty.parquet", "", "The file 'empty.parquet' is empty.", "Check the export"),
    Case("norows.parquet", parquet(GOOD.head(0)), "The file 'norows.parquet' has a header ('a', 'b') and no rows.", "Add rows"),
    Case("cut.json", '[{"a":1},\n{"a"', "The file 'cut.json' is no valid JSON: Expecting ':' delimiter at line 2, column 5.", "complete"),
    Case("empty.json", " ", "The file 'empty.json' is empty.", "Check the export"),
    Case("list.json", "[1, 2]", "The file 'list.json' holds a list of int, and no table.", 'list of objects: [{"a": 1}, …]'),
    Case("nothing.json", "[]", "The file 'nothing.json' holds an empty list, and no table.", "list of objects"),
    Case("text.json", '"a"', "The file 'text.json' holds a str, and no table.", "list of objects"),
    Case("uneven.json", '{"a":[1,2],"b":[1]}', "The columns of 'uneven.json' differ in length: 'a' 2, 'b' 1.", "complete"),
    Case("ragged.json", '{"columns":["a","b"],"data":[[1,2],[3]]}', "The file 'ragged.json' has a row of 1 values for 2 columns.", "complete"),
    Case("latin.json", '[{"a":"Jürgen"}]'.encode("latin-1"), "The file 'latin.json' is not UTF-8, as JSON must be: byte 0xfc at offset 8.", "as UTF-8"),
    Case("cut.jsonl", '{"a":1}\n{"a":\n', "The file 'cut.jsonl' is no valid JSON: Expecting value at line 2, column 6.", "complete"),
    Case("junk.xlsx", "no workbook", "The file 'junk.xlsx' is no readable Excel workbook", "Open it in Excel"),
    Case("empty.xlsx", "", "The file 'empty.xlsx' is empty.", "Check the export"),
    Case("junk.arrow", "ARROW1 and junk", "The file 'junk.arrow' is no readable Arrow file", "Check that it is complete"),
    Case("junk.feather", "junk", "The file 'junk.feather' is no readable Arrow file", "Check that it is complete"),
    Case("table.docx", "x", "The file 'table.docx' ends in '.docx', and no such format is known.", "Give it one of .csv"),
    Case("table", "a\n1\n", "The file 'table' has no ending that tells its format.", "Give it one of .csv"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_bad_file_is_told_in_a_sentence_with_a_way_out(case, tmp_path):
    path = tmp_path / case.name
    path.write_bytes(case.content.encode() if isinstance(case.content, str) else case.content)
    with pytest.raises(case.error) as caught:
        read(path)
    assert caught.value.message.startswith(case.message)
    assert case.hint in str(caught.value.hint)
    assert len(str(caught.value)) < 320


def test_a_missing_file_is_told_with_its_neighbours(tmp_path):
    (tmp_path / "churn.csv").write_text("a\n1\n")
    (tmp_path / "notes.md").write_text("x")
    with pytest.raises(DataError, match=r"There is no file '.*chrun\.csv'\. Hint: Near it: 'churn\.csv'\."):
        read(tmp_path / "chrun.csv")
    with pytest.raises(DataError, match=r"there is no folder '.*dta'\. Hint: The path exists up to"):
        read(tmp_path / "dta" / "churn.csv")
    with pytest.raises(DataError, match=r"'https://host/churn.csv' is an address that is not read"):
        read("https://host/churn.csv")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"encoding": "utf-9"}, "no encoding 'utf-9'"),
        ({"delimiter": ";;"}, "one character is needed"),
        ({"delimiter": '"'}, "one character is needed"),
        ({"sheet": "x"}, "`sheet` is for .xlsx"),
    ],
)
def test_options_that_do_not_fit_are_refused(options, message, tmp_path):
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UsageError, match=message):
        read(tmp_path / "a.csv", **options)
    with pytest.raises(UsageError, match="are for files"):
        read(GOOD, **options)


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        (7, UsageError, "int is no table"),
        (None, UsageError, "NoneType is no table"),
        ([1, 2], UsageError, "list is no table"),
        (np.zeros((2, 2)), UsageError, "numpy ndarray is no table"),
        (pl.DataFrame(), DataError, "The polars DataFrame has no columns"),
        (GOOD.head(0), DataError, "no rows"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), DataError, r"repeats the column 'a' \(2 times\)"),
        (pd.DataFrame({"a": [object()]}), DataError, r"Column 'a' holds Python objects \(object\)"),
        (pd.DataFrame({"a": [1j]}), DataError, "Column 'a' holds complex numbers"),
        (pa.table([pa.array([1]), pa.array([2])], names=["a", "a"]), DataError, "repeats the column 'a'"),
        (pl.DataFrame({"a": pl.Series([object()], dtype=pl.Object)}), DataError, "Column 'a' holds Python objects"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str | type) else "",
)
def test_frames_that_are_no_tables_are_refused(data, error, message):
    with pytest.raises(error, match=message):
        read(data)


def test_cells_other_than_stated_are_listed(tmp_path):
    (tmp_path / "a.csv").write_text("age,when\n1,31/12/2024\nold,x\n")
    domain = Domain({"age": {"kind": "numeric"}, "when": {"kind": "datetime"}})
    with pytest.raises(SchemaError, match="Column 'when', row 0: '31/12/2024' is not a date, and 2 more") as caught:
        read(tmp_path / "a.csv", domain=domain)
    assert {(cell.row, cell.column, cell.got) for cell in caught.value.problems} == {
        (0, "when", "'31/12/2024'"),
        (1, "age", "'old'"),
        (1, "when", "'x'"),
    }


def test_a_file_without_rights_is_told(tmp_path):
    path = Path(tmp_path / "a.csv")
    path.mkdir()
    (path / "_delta_log").mkdir()
    with pytest.raises(DataError, match="no readable Delta table"):
        read(path)
