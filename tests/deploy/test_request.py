import json
import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from clew.deploy.errors import RequestError
from clew.deploy.media import parse_media_type
from clew.deploy.request import Columns, parse_rows

COLUMNS = Columns(("age", "city"), frozenset({"age", "city", "bought"}))
ROWS = [{"age": 31, "city": "Ulm"}, {"age": None, "city": "Köln"}]


def parse(body: object, media: str = "application/json", columns: Columns = COLUMNS) -> list:
    data = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return parse_rows(data, parse_media_type(media), columns)


@pytest.mark.parametrize(
    "body",
    [
        ROWS,
        [list(row.values()) for row in ROWS],
        [ROWS[0], list(ROWS[1].values())],
        {"dataframe_records": ROWS},
        {"dataframe_split": {"columns": ["age", "city"], "data": [[31, "Ulm"], [None, "Köln"]], "index": [0, 1]}},
        {"dataframe_split": {"columns": ["city", "age"], "data": [["Ulm", 31], ["Köln", None]]}},
        {"instances": ROWS},
        {"instances": [[31, "Ulm"], [None, "Köln"]], "signature_name": "serving_default"},
        {"inputs": ROWS, "params": {}},
        {"inputs": {"age": [31, None], "city": ["Ulm", "Köln"]}},
    ],
)
def test_every_shape_says_the_same_rows(body):
    assert parse(body) == ROWS


def test_a_bare_record_is_one_row():
    assert parse(ROWS[0]) == [ROWS[0]]
    assert parse({"inputs": ROWS[0]}) == [ROWS[0]]


def test_json_lines_hold_a_row_each():
    assert parse('{"age": 31, "city": "Ulm"}\n\n[null, "Köln"]\n', "application/jsonlines") == ROWS


def test_no_rows_are_no_rows():
    for body in ([], {"dataframe_records": []}, {"instances": []}, {"inputs": {"age": [], "city": []}}):
        assert parse(body) == []
    assert parse("age,city\n", "text/csv") == []


def test_csv_is_read_with_and_without_its_header():
    text = [{"age": "31", "city": "Ulm"}, {"age": None, "city": "Köln"}]
    assert parse("31,Ulm\n,Köln\n", "text/csv") == text
    assert parse("age,city\r\n31,Ulm\r\n,Köln\r\n", "text/csv") == text
    assert parse("city,age\nUlm,31\nKöln,", "text/csv; charset=utf-8") == text


def test_csv_keeps_quotes_commas_and_line_breaks_inside_cells():
    assert parse('1,"a ""b"", c\nd"\n', "text/csv") == [{"age": "1", "city": 'a "b", c\nd'}]


def test_a_csv_header_that_lacks_a_column_is_still_a_header():
    columns = Columns(("age", "city", "plan"), frozenset({"age", "city", "plan"}))
    assert parse("age,city\n31,Ulm", "text/csv", columns) == [{"age": "31", "city": "Ulm"}]


def test_the_caller_can_say_whether_there_is_a_header():
    assert parse("age,city", "text/csv; header=absent") == [{"age": "age", "city": "city"}]
    assert parse("a,b\n1,2", "text/csv; header=present") == [{"a": "1", "b": "2"}]
    with pytest.raises(RequestError, match="header='maybe'") as refused:
        parse("1,2", "text/csv; header=maybe")
    assert refused.value.status == 415


def test_a_table_of_one_column_may_send_bare_values():
    only = Columns(("text",), frozenset({"text"}))
    assert parse(["a", None], columns=only) == [{"text": "a"}, {"text": None}]
    assert parse("a\n\nb\n", "text/csv", only) == [{"text": "a"}, {"text": None}, {"text": "b"}]


def test_a_column_may_be_called_like_a_wrapper():
    columns = Columns(("inputs", "age"), frozenset({"inputs", "age"}))
    assert parse({"inputs": 3, "age": 31}, columns=columns) == [{"inputs": 3, "age": 31}]
    assert parse({"inputs": [[3, 31]]}, columns=columns) == [{"inputs": 3, "age": 31}]


def test_the_constants_of_pythons_writer_are_read():
    assert parse('{"age": NaN, "city": null}') == [{"age": None, "city": None}]
    assert parse('{"age": -Infinity, "city": ""}')[0]["age"] == float("-inf")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{", "not valid JSON"),
        (b'{"age": 1, "age": 2}', "'age' twice"),
        (b'{"dataframe_split": {"columns": ["age", "age"], "data": []}}', "named twice"),
        (b'{"dataframe_split": {"columns": 3, "data": []}}', "list of names"),
        (b'{"dataframe_split": {"columns": ["age"], "data": 3}}', "list of rows"),
        (b'{"dataframe_split": [1]}', "'columns' and 'data'"),
        (b'{"dataframe_records": {}}', "list of records"),
        (b'{"instances": 5}', "entry per row"),
        (b'{"inputs": 5}', "list of rows"),
        (b'{"inputs": {"age": [1], "city": [1, 2]}}', "differ in length"),
        (b'{"instances": [], "inputs": []}', "at once"),
        (b'"text"', "neither an object nor a list"),
        (b"\xff\xfe{", "not valid utf-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"age": 1' + b"0" * 5000 + b"}", "too many digits"),
        (b'{"age": "\\ud83d"}', "half a character"),
    ],
)
def test_a_body_that_cannot_be_parsed_is_told_so(body, message):
    with pytest.raises(RequestError, match=message) as refused:
        parse(body)
    assert refused.value.status == 400


def test_escapes_of_whole_characters_are_read():
    assert parse(b'{"age": 1, "city": "\\ud83d\\ude00 \\\\ud83d"}')[0]["city"] == "😀 \\ud83d"


@pytest.mark.parametrize(
    ("body", "media", "row"),
    [
        ([[1, "a"], [1]], "application/json", 1),
        ([{"age": 1}, 5], "application/json", 1),
        ({"dataframe_split": {"columns": ["age"], "data": [[1, 2]]}}, "application/json", 0),
        ("1,a\n1,b,c\n", "text/csv", 1),
    ],
)
def test_rows_of_the_wrong_shape_are_listed(body, media, row):
    with pytest.raises(RequestError) as refused:
        parse(body, media)
    assert refused.value.status == 422
    assert [problem["row"] for problem in refused.value.to_dict()["rows"]] == [row]


def test_broken_csv_names_its_line():
    with pytest.raises(RequestError, match="line 2") as refused:
        parse('1,a\n2,"b"c\n', "text/csv")
    assert refused.value.status == 400


def test_only_plain_encodings_are_read():
    assert parse("31,Köln".encode("latin-1"), "text/csv; charset=ISO-8859-1") == [{"age": "31", "city": "Köln"}]
    with pytest.raises(RequestError, match="charset 'idna'") as refused:
        parse(b"1,2", "text/csv; charset=idna")
    assert refused.value.status == 415


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["age", "city", "x", "inputs", "data"]), inner),
    max_leaves=8,
)
WRAPPED = st.tuples(st.sampled_from(["dataframe_split", "dataframe_records", "instances", "inputs"]), JSON_VALUES)


@given(JSON_VALUES | WRAPPED.map(lambda pair: {pair[0]: pair[1]}))
def test_any_json_gives_rows_or_a_refusal(document):
    _rows_or_refusal(json.dumps(document).encode(), "application/json")


@settings(max_examples=300)
@given(st.binary(max_size=80), st.sampled_from(["application/json", "text/csv", "application/jsonlines"]))
@example(b'"', "text/csv")
@example(b"\x00,\x00", "text/csv")
@example(b"\r\r\n\n", "text/csv")
def test_any_bytes_give_rows_or_a_refusal(body, media):
    _rows_or_refusal(body, media)


def _rows_or_refusal(body: bytes, media: str) -> None:
    try:
        rows = parse_rows(body, parse_media_type(media), COLUMNS)
    except RequestError as refusal:
        outcome = refusal.status in {400, 415, 422} and bool(json.dumps(refusal.to_dict()))
    else:
        outcome = all(isinstance(row, dict) and all(isinstance(name, str) for name in row) for row in rows)
    assert outcome


@given(st.lists(st.fixed_dictionaries({"age": st.integers() | st.none(), "city": st.text(max_size=5)}), max_size=5))
def test_every_shape_agrees_on_any_rows(rows):
    split = {"columns": ["city", "age"], "data": [[row["city"], row["age"]] for row in rows]}
    columnar = {name: [row[name] for row in rows] for name in ("age", "city")}
    positional = [[row["age"], row["city"]] for row in rows]
    bodies = [rows, {"dataframe_split": split}, {"inputs": columnar}, {"instances": positional}]
    assert [parse(body) for body in bodies] == [rows] * 4


def test_the_shapes_in_the_documentation_are_read():
    page = (Path(__file__).parents[2] / "docs" / "reference" / "http.md").read_text(encoding="utf-8")
    shapes = re.findall(r"```json\n(.*?)```", page, re.DOTALL)[0].splitlines()
    assert len(shapes) == 7
    for shape in shapes:
        assert parse(shape)[0] == ROWS[0]
