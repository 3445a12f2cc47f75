"""What people type about a domain model, as data."""

import pytest

from clew.core.schema import Column, Kind
from clew.define.domain import AsOf, Relation
from clew.project.modelling import (
    as_of_fields,
    check_columns,
    check_relations,
    difference_of,
    keys_text,
    listed,
    relation_of,
    rows_to_check,
    stated,
    tables,
)
from clew.project.workspace import Workspace

CONFIG = """\
name: flights
problem: {target: late}
data:
  source: flights
  tables: {flights: flights.csv, planes: planes.csv}
domain:
  columns:
    delay: {minimum: 0}
    nothing:
  relations:
    - {left: flights, right: planes, on: tail}
  rules:
    - delay < 100
    - {name: named, rule: delay > -100, severity: error}
"""


@pytest.fixture
def workspace(tmp_path):
    folder = tmp_path / "flights"
    folder.mkdir()
    (folder / "clew.yaml").write_text(CONFIG, encoding="utf-8")
    rows = "tail,delay,late\n" + "a,5,yes\nb,-3,no\nx,7,no\n" * 10
    (folder / "flights.csv").write_text(rows, encoding="utf-8")
    (folder / "planes.csv").write_text("tail,seats\na,10\nb,20\nb,30\n", encoding="utf-8")
    with Workspace(tmp_path) as opened:
        yield opened


def test_what_is_stated_is_read_as_it_is_written(workspace):
    found = stated(workspace.project("flights"))
    assert found.columns == {"delay": {"minimum": 0}, "nothing": {}}
    assert [rule["name"] for rule in found.rules] == ["delay < 100", "named"]
    assert [rule["severity"] for rule in found.rules] == ["warning", "error"]
    assert found.relations == (Relation("flights", "planes", {"tail": "tail"}),)


def test_statements_are_held_against_the_tables_as_they_are(workspace):
    project = workspace.project("flights")
    assert rows_to_check(workspace, "flights") is None, "nothing is kept yet"
    data = tables(project)
    checked = check_columns(data["flights"], {"delay": {"minimum": 0}, "gone": {}})
    assert checked["delay"].broken == 10
    assert "no column 'gone'" in str(checked["gone"].error)
    fits, absent = check_relations(
        data, [Relation("flights", "planes", {"tail": "tail"}), Relation("flights", "crew", {"tail": "tail"})]
    )
    assert [(item.about, item.broken) for item in fits.violations] == [("unmatched", 10), ("repeated", 1)]
    assert "There is no table 'crew'" in str(absent.error)


def test_only_what_became_different_is_stated():
    before = {"kind": "numeric", "minimum": 0, "format": "1,234.5"}
    assert difference_of(before, {**before, "minimum": 1, "unit": "km"}) == {"minimum": 1, "unit": "km"}
    assert difference_of(before, {**before, "minimum": None}) == {"minimum": None}
    assert difference_of(before, {**before, "unit": None}) == {}


def test_values_are_typed_one_a_line():
    number, text = Column("a", "Int64", Kind.NUMERIC), Column("b", "String", Kind.CATEGORICAL)
    assert listed("1\n 2.5\n\n1\nmany\n", number) == [1, 2.5, "many"]
    assert listed("1\n2", text) == ["1", "2"]
    assert listed(" \n", text) is None


def test_a_relation_is_typed_as_pairs():
    relation, error = relation_of("flights", "airports", "dest = faa\nday\n", "many_to_one", {"left": "", "right": ""})
    assert error is None
    assert relation == Relation("flights", "airports", {"dest": "faa", "day": "day"})
    assert keys_text(relation) == "dest = faa\nday"
    known = AsOf("hour", "seen", "-3h", "6h")
    relation, _ = relation_of("flights", "weather", "origin", "many_to_one", as_of_fields(known))
    assert relation.as_of == known
    for keys, moments, message in (("", {}, "needs a key"), ("a", {"left": "hour"}, "needs 'left' and 'right'")):
        relation, error = relation_of("a", "b", keys, "many_to_one", moments)
        assert relation is None
        assert message in str(error)
