"""CSV files as people and programs write them."""

import codecs
import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.collect.files import StoredFile
from clew.collect.read_csv import DELIMITERS, read_csv, sniff
from clew.collect.source import read

NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


def spelt(rows: list[list[str]], delimiter: str = ",", **options) -> bytes:
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter, **options).writerows(rows)
    return file.getvalue().encode()


cell = st.text(st.characters(exclude_characters="\0\r", exclude_categories=["Cs"]), max_size=6) | st.sampled_from(
    ["", '"', '""', 'a"b', ",", ";", "a,b", "x\ny", " ", "1,5", "ü"]
)


@settings(max_examples=200)
@given(
    st.integers(2, 4).flatmap(lambda n: st.lists(st.lists(cell, min_size=n, max_size=n), min_size=1, max_size=5)),
    st.sampled_from(DELIMITERS),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_every_cell_comes_through_as_it_was_written(tmp_path_factory, rows, delimiter, quoting, end):
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    header = [f"c{i}" for i in range(len(rows[0]))]
    path.write_bytes(spelt([header, *rows], delimiter, quoting=quoting, lineterminator=end))
    frame = read_csv(StoredFile.local(path), delimiter=delimiter).frame
    assert frame.columns == header
    assert [list(row) for row in frame.rows()] == rows


@pytest.mark.parametrize("delimiter", DELIMITERS, ids=NAMES.get)
def test_the_delimiter_is_found_out(tmp_path, delimiter):
    rows = [
        ["name", "size, cm", "note; or so"],
        ["a", "1,5", "x|y"],
        ["b", "2,5", "multi\nline"],
        ["c", "3", "tab\there"],
    ]
    path = tmp_path / "a.csv"
    path.write_bytes(spelt(rows, delimiter))
    data = read(path)
    assert data.schema.names == ("name", "size, cm", "note; or so")
    assert data.frame["size, cm"].to_list() == [1.5, 2.5, 3.0]


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a,b\n1,2\n", ","),
        ("a;b\n1,5;2,5\n", ";"),
        ("a,b;c\n1,2;3\n", ","),
        ("text\nhello; world\n", ","),
        ("a|b\n1|2\n", "|"),
        ('"a;b",c\n"1;2",3\n', ","),
    ],
)
def test_the_header_decides_between_delimiters(text, delimiter):
    assert sniff(text.encode()) == delimiter


def test_a_stated_delimiter_wins(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b;c\n1,2;3\n")
    assert read(path, delimiter=";").frame.columns == ["a,b", "c"]


@pytest.mark.parametrize(
    ("encoding", "mark", "option"),
    [
        ("utf-8", b"", None),
        ("utf-8", codecs.BOM_UTF8, None),
        ("utf-16-le", codecs.BOM_UTF16_LE, None),
        ("utf-16-be", codecs.BOM_UTF16_BE, None),
        ("utf-32-le", codecs.BOM_UTF32_LE, None),
        ("utf-8", codecs.BOM_UTF8, "utf-8"),
        ("utf-8", b"", "UTF8"),
        ("utf-16-le", codecs.BOM_UTF16_LE, "utf-16"),
        ("utf-16-le", b"", "utf-16-le"),
        ("cp1252", b"", "cp1252"),
        ("latin-1", b"", "latin-1"),
    ],
)
def test_encodings(tmp_path, encoding, mark, option):
    path = tmp_path / "a.csv"
    path.write_bytes(mark + "größe,name\n1,Jürgen\n".encode(encoding))
    frame = read(path, encoding=option).frame
    assert frame.to_dict(as_series=False) == {"größe": [1], "name": ["Jürgen"]}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_and_blank_lines(tmp_path, end):
    path = tmp_path / "a.csv"
    path.write_bytes(end.join(["", "a,b", "1,2", "", "3,4", ""]).encode())
    assert read(path).frame.rows() == [(1, 2), (3, 4)]


def test_a_record_may_be_longer_than_a_block(tmp_path):
    path = tmp_path / "a.csv"
    long = "x" * (1 << 24)
    path.write_bytes(spelt([["a", "b"], ["1", long + "\n" + long], ["2", "y"]]))
    assert read(path).frame["b"].str.len_bytes().to_list() == [(1 << 25) + 1, 1]


def test_stray_quotes_inside_a_text_are_part_of_it(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('a,b\n5" pipe,x\n6 "inch",y\n')
    assert read(path).frame["a"].to_list() == ['5" pipe', '6 "inch"']


def test_one_column_needs_no_delimiter(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("x\n1\n2\n")
    assert read(path).frame["x"].to_list() == [1, 2]


def test_a_column_without_a_name_is_called_by_its_position(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(",x,,column_3_\n0,5,a,1\n1,6,b,2\n2,5,b,3\n")
    data = read(path)
    assert data.schema.names == ("column_1", "x", "column_3", "column_3_")
    assert [(f.column, f.evidence["counts_rows"]) for f in data.findings if f.code == "DQ108"] == [
        ("column_1", True),
        ("column_3", False),
    ]
    assert data.schema["column_1"].role == "id"
    assert data.schema["column_3"].role == "feature"


def test_a_file_without_a_header_is_noticed(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("5.1,3.5,setosa\n4.9,3.0,setosa\n")
    assert "DQ112" in [finding.code for finding in read(path).findings]
    path.write_text("country,2019,2020\nA,1,2\n")
    assert read(path).findings == ()
