"""Steps on arrays and structures keep their contract, also within single cells."""

from datetime import datetime
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from tests.prepare.rows import cases, few_examples

from clew.core.schema import Column, Kind, Role, Schema
from clew.prepare.step import Step
from clew.prepare.steps import Explode, ExtractFeatures, FillArray, FlattenStructured, ParseArray, StandardizeLength
from clew.testing.step import check_step

NAN, INF = float("nan"), float("inf")
PLACES = [
    {"city": "Ulm", "n": 1, "x": NAN, "in": {"a": 1}},
    None,
    {"city": None, "n": None, "x": None, "in": None},
    {"city": "", "n": 3, "x": INF, "in": {"a": None}},
    {"city": "ü", "n": -4, "x": 0.5, "in": {"a": 2}},
    {"city": "Ulm", "n": 2**60, "x": -0.0, "in": {"a": 3}},
]
FRAME = pl.DataFrame(
    {
        "load": [[1.0, None, 3.0], [], None, [NAN, 2.5, None, -1e300, INF], [None, None], [0.1, 0.2, 0.3, 0.1]],
        "counts": [[1, 2], [3], None, [], [2**53 + 1, None], [7, 7, 7, None, 8]],
        "tags": [["a", "b"], None, [""], ["ü", None, "a"], [], ["a"]],
        "when": [
            [datetime(2024, 1, 1)],
            None,
            [],
            [None],
            [datetime(1, 1, 1), datetime(2024, 2, 29)],
            [datetime(2024, 1, 1)],
        ],
        "deep": [[[1, 2], [3]], [], None, [[]], [None], [[4]]],
        "place": PLACES,
        "text": [
            '{"a": 1, "b": "x", "c": [1, {"d": null}], "e": true}',
            '{"a": 2.5, "b": null, "f": 12345678901234567890, "g": 1}',
            "",
            None,
            '{"a": NaN, "g": "x", "e": false, "": 0}',
            ' {"b":"\\u00fc\\ud83d\\ude00"} ',
        ],
        "bad": ['{"a": 1}', "[1]", '{"a": "x"}', "{", '"t"', '{"a": 1e999}'],
        "array": ["[1, 2.5, null]", "[]", "null", None, "[NaN, -Infinity]", "[3]"],
        "mixed": ['[1, "a"]', '["b"]', '{"a":1}', "[[1]]", "x", "[true]"],
        "who": [1, 2, 3, 4, 5, 6],
    },
    strict=False,
)


def column_of(name: str, dtype: pl.DataType) -> Column:
    if name == "who":
        return Column(name, "Int64", Kind.NUMERIC, role=Role.ID)
    return Column(name, str(dtype), Kind.TEXT if dtype == pl.String else Kind.NESTED)


SCHEMA = Schema(tuple(column_of(name, dtype) for name, dtype in FRAME.schema.items()))
#: The other tests of all steps try these on the same rows.
ROWS = (FRAME, SCHEMA)
CASES = [
    Explode("load"),
    Explode("tags", keep_empty=False, position="place_in"),
    Explode("deep"),
    Explode("when"),
    StandardizeLength(["load", "counts", "tags", "when", "deep"], 0.8),
    StandardizeLength(["load", "counts", "tags", "when"], 0.5, flatten=True),
    FillArray(["load", "counts", "tags", "when"]),
    FillArray(["load", "tags"], "backward", max_missing=0.4),
    FillArray(["load", "counts"], "interpolate"),
    FillArray(["load", "counts", "tags"], "most_frequent"),
    FillArray(["load", "counts"], "constant", 0),
    FillArray("tags", "constant", "-"),
    ExtractFeatures(["load", "counts"]),
    ExtractFeatures(["load", "counts"], "all", keep=True),
    ExtractFeatures("counts", "efficient"),
    FlattenStructured("place"),
    FlattenStructured("text"),
    FlattenStructured(["text", "bad"], ("a", "b"), errors="missing", keep=True),
    ParseArray("array"),
    ParseArray(["array", "mixed"], errors="missing"),
]


def check(step: Step, frame: pl.DataFrame) -> None:
    names = [column.name for column in step.inputs(SCHEMA)]
    check_step(step, frame.select(*names, "who"), SCHEMA.select((*names, "who")))


@cases(CASES)
def test_contract_on_every_cell(step: Step) -> None:
    check(step, FRAME)


@few_examples
@cases(CASES)
@given(data=st.data())
def test_contract_on_random_cells(step: Step, data: st.DataObject) -> None:
    numbers = st.none() | st.floats() | st.sampled_from([0.1, 0.2, 1e300])
    drawn: dict[str, list[Any]] = {
        "load": data.draw(st.lists(st.none() | st.lists(numbers, max_size=6), min_size=3, max_size=3)),
        "counts": data.draw(st.lists(st.none() | st.lists(st.none() | st.integers(-9, 9)), min_size=3, max_size=3)),
        "tags": data.draw(st.lists(st.none() | st.lists(st.none() | st.text(max_size=2)), min_size=3, max_size=3)),
    }
    rest = FRAME.head(3).drop(list(drawn))
    more = pl.DataFrame(drawn, schema={name: FRAME.schema[name] for name in drawn}).hstack(rest).select(FRAME.columns)
    check(step, pl.concat([more, FRAME]))
