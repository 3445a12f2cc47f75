import polars as pl

from clew.core.finding import Severity
from clew.define.rules import Rule

FRAME = pl.DataFrame({"start": [1, 5, 3], "end": [2, 4, None]})


def test_a_broken_rule_is_found_with_its_severity(look):
    rule = Rule.from_dict({"name": "ends later", "rule": "end >= start", "severity": "error"})
    found = look(FRAME, rules=(rule,))["DQ017", None]
    assert found.severity is Severity.ERROR
    assert found.evidence["rows"] == [1]
    assert found.evidence["examples"] == [{"end": 4, "start": 5}]
    assert "ends later" in found.detail


def test_a_rule_about_one_column_names_it(look):
    assert ("DQ017", "start") in look(FRAME, rules=(Rule.from_dict("start < 4"),))


def test_a_rule_that_holds_is_not(look):
    assert not look(FRAME, rules=(Rule.from_dict("start > 0"),))
