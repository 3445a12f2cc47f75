from datetime import date

import polars as pl
import pytest

from clew.core.errors import ConfigError

BROKEN = {
    "minimum": ([1, -2, 3], {"minimum": 0.0}, [1], [-2]),
    "maximum": ([1.0, float("inf"), float("nan")], {"maximum": 10.0}, [1], [float("inf")]),
    "allowed texts": (["a", "b", None, "z"], {"allowed": ("a", "b")}, [3], ["z"]),
    "allowed numbers": ([1, 2, 7], {"allowed": (1, 2, 3)}, [2], [7]),
    "allowed truth": ([True, False], {"allowed": (True,)}, [1], [False]),
    "order": (["low", "odd"], {"order": ("low", "high")}, [1], ["odd"]),
    "pattern": (["AB12", "xAB12", "AB12\n"], {"pattern": "[A-Z]{2}[0-9]+"}, [1, 2], ["xAB12", "AB12\n"]),
    "nullable": ([1.0, None, float("nan")], {"nullable": False}, [1, 2], None),
}
HELD = {
    "range": ([0.0, 5.0, 10.0, None], {"minimum": 0.0, "maximum": 10.0}),
    "allowed": (["a", "b", None], {"allowed": ("a", "b", "c")}),
    "pattern": (["a|b", "a|b"], {"pattern": "a\\|b|c"}),
    "nullable": ([1, 2], {"nullable": False}),
    "a range of a text": (["a"], {"minimum": 0.0}),
    "nothing": ([date(2024, 1, 1)], {}),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_value_against_what_is_declared_is_found(look, case):
    values, facts, rows, examples = BROKEN[case]
    found = look(pl.DataFrame({"x": values}), x=facts)["DQ016", "x"]
    assert found.evidence["rows"] == rows
    assert found.evidence["count"] == len(rows)
    if examples is not None:
        assert found.evidence["examples"] == examples


@pytest.mark.parametrize("case", HELD)
def test_values_as_declared_are_not(look, case):
    values, facts = HELD[case]
    assert ("DQ016", "x") not in look(pl.DataFrame({"x": values}), x=facts)


def test_the_whole_text_has_to_match(look):
    frame = pl.DataFrame({"x": ["cat", "dog", "cats", "hotdog"]})
    assert look(frame, x={"pattern": "cat|dog"})["DQ016", "x"].evidence["examples"] == ["cats", "hotdog"]


def test_a_pattern_that_is_none_is_refused(look):
    with pytest.raises(ConfigError, match="pattern '\\[' of the column 'x' is no regular expression"):
        look(pl.DataFrame({"x": ["a"]}), x={"pattern": "["})
