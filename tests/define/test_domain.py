import pytest

from clew.core.errors import ConfigError
from clew.core.schema import Column, Kind, Role, Schema
from clew.define.domain import Domain

SCHEMA = Schema((Column("age", "Int64", Kind.NUMERIC), Column("grade", "String", Kind.CATEGORICAL)))


def test_facts_reach_the_schema():
    domain = Domain.from_dict(
        {"columns": {"age": {"unit": "a", "minimum": 0, "role": "group"}, "grade": {"order": ["low", "high"]}}}
    )
    schema = domain.apply(SCHEMA)
    assert (schema["age"].unit, schema["age"].minimum, schema["age"].role) == ("a", 0, Role.GROUP)
    assert (schema["grade"].kind, schema["grade"].order) == (Kind.ORDINAL, ("low", "high"))


def test_it_survives_its_dictionary():
    stated = {
        "columns": {"age": {"minimum": 0}},
        "relations": [
            {"left": "a", "right": "b", "on": {"k": "k"}},
            {"left": "a", "right": "c", "on": {"k": "j"}, "as_of": {"left": "t", "right": "u", "offset": "-3h"}},
        ],
        "rules": [{"name": "adult", "rule": "(age >= 18)", "severity": "error"}],
    }
    assert Domain.from_dict(stated).to_dict() == stated


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        ({"columns": {"age": {"minimun": 0}}}, "states 'minimun'.*Did you mean 'minimum'"),
        ({"columns": {"age": {"kind": "numerc"}}}, "kind 'numerc'.*Did you mean 'numeric'"),
        ({"columns": {"age": {"role": "key"}}}, "role 'key', which does not exist"),
        ({"columns": {"age": {"minimum": "low"}}}, "minimum 'low'; it must be a number"),
        ({"columns": {"age": {"minimum": 5, "maximum": 1}}}, "minimum of 5 above its maximum of 1"),
        ({"columns": {"age": {"monotonic": "up"}}}, "'increasing' or 'decreasing'"),
        ({"columns": {"age": {"monotonic": ["up"]}}}, "'increasing' or 'decreasing'"),
        ({"columns": {"age": {"available_after": True}}}, "available_after True; it must be text, e.g. '3h'"),
        ({"columns": {"age": {"missing": "NA"}}}, "missing 'NA'; it must be a list of words"),
        ({"columns": {"age": 5}}, "The column 'age' states 5, which is no fact"),
        ({"columns": ["age"]}, "`columns` of a domain model is"),
        ({"columns": {"code": {"pattern": "["}}}, "pattern '\\[' of the column 'code' is no regular expression"),
        ({"columns": {"age": {"unit": 7}}}, "unit 7; it must be text"),
        ({"columns": {"age": {"nullable": "no"}}}, "nullable 'no'; it must be true or false"),
        ({"columns": {"age": {"order": ["a", "a"]}}}, "list of different values"),
        ({"columns": {"age": {"allowed": []}}}, "list of different values"),
        ({"relations": [{"left": "a", "on": "k"}]}, "lacks 'right'"),
        ({"relations": [{"left": "a", "right": "b", "on": "k", "kindd": 1}]}, "Did you mean 'kind'"),
        ({"relations": [{"left": "a", "right": "b", "on": "k", "kind": "many"}]}, "many_to_one, one_to_one"),
        ({"relations": [{"left": "a", "right": "b", "on": "k", "as_of": {"left": "t"}}]}, "needs 'left' and 'right'"),
        ({"rules": ["age >"]}, "the end came"),
        ({"rules": [{"name": "x"}]}, "lacks its expression"),
        ({"rules": [{"rule": "age > 1", "severity": "bad"}]}, "info, warning or error"),
    ],
)
def test_what_breaks_a_rule_is_named(stated, message):
    with pytest.raises(ConfigError, match=message):
        Domain.from_dict(stated)


def test_a_column_that_is_not_there_is_named():
    with pytest.raises(ConfigError, match="'agee', which the table does not have.*Did you mean 'age'"):
        Domain.from_dict({"columns": {"agee": {"unit": "a"}}}).apply(SCHEMA)
    assert Domain.from_dict({"columns": {"agee": {}}}).apply(SCHEMA, missing="ignore") == SCHEMA
