import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.core.errors import SchemaError
from clew.core.jsonable import dumps, plain
from clew.core.schema import Column, Direction, Kind, Role, Schema

texts = st.text(max_size=8)
columns = st.builds(
    Column,
    name=texts,
    dtype=st.sampled_from(["Int64", "String"]),
    kind=st.sampled_from(Kind),
    role=st.sampled_from(Role),
    unit=st.none() | texts,
    minimum=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    allowed=st.none() | st.lists(texts, min_size=1).map(tuple),
    order=st.none() | st.lists(texts, min_size=1).map(tuple),
    monotonic=st.sampled_from([None, "increasing", "decreasing"]),
    protected=st.booleans(),
    sources=st.lists(texts).map(tuple),
    direction=st.sampled_from(Direction),
)


@given(st.lists(columns, unique_by=lambda column: column.name))
def test_a_schema_survives_its_dictionary(found):
    import json

    schema = Schema(tuple(found))
    assert Schema.from_dict(json.loads(dumps(schema.to_dict()))) == schema


def test_columns_are_found_by_name_and_role():
    schema = Schema((Column("y", "Int64", Kind.NUMERIC, role=Role.TARGET), Column("x", "Int64", Kind.NUMERIC)))
    assert schema.target.name == "y"
    assert [column.name for column in schema.features] == ["x"]
    assert schema.drop(["y", "gone"]).names == ("x",)
    assert schema.with_facts("x", unit="mm")["x"].unit == "mm"
    assert schema.with_columns(Column("z", "Int64", Kind.NUMERIC)).names == ("y", "x", "z")
    with pytest.raises(SchemaError, match="no column 'X'.*Did you mean 'x'"):
        schema["X"]


def test_json_has_no_word_for_what_is_no_number():
    assert plain({"a": float("nan"), "b": (float("inf"), 1), 3: {"x"}}) == {"a": None, "b": [None, 1], "3": ["x"]}
    with pytest.raises(TypeError, match="no plain form"):
        plain(object())
