"""A domain model that is being written, held against the rows."""

import polars as pl
import pytest

import clew
from clew.core.finding import Severity
from clew.define.domain import AsOf, Relation
from clew.explore.violations import check_column, check_keys, check_rule, does_not_apply


@pytest.fixture
def people():
    return clew.read(
        pl.DataFrame(
            {
                "age": [31, -4, 200, None, 52],
                "size": ["s", "m", "xl", "huge", None],
                "s*": ["1", "2", "x", "4", "5"],
                "code": ["A1", "A22", "b3", "A4", "A5"],
            }
        )
    )


@pytest.mark.parametrize(
    ("column", "facts", "expected"),
    [
        ("age", {"minimum": 0, "maximum": 120}, [("minimum", 1, (1,)), ("maximum", 1, (2,))]),
        ("age", {"nullable": False}, [("nullable", 1, (3,))]),
        ("age", {"minimum": -10}, []),
        ("age", {}, []),
        ("size", {"allowed": ["s", "m", "l", "xl"]}, [("allowed", 1, (3,))]),
        ("size", {"order": ["s", "m", "xl"]}, [("order", 1, (3,))]),
        ("code", {"pattern": "A[0-9]"}, [("pattern", 2, (1, 2))]),
        ("s*", {"kind": "numeric"}, [("kind", 1, (2,))]),
        ("s*", {"allowed": ["1", "2", "x", "4"]}, [("allowed", 1, (4,))]),
        ("code", {"kind": "datetime"}, [("kind", 5, (0, 1, 2, 3, 4))]),
    ],
)
def test_rows_that_break_a_fact_are_counted_and_named(people, column, facts, expected):
    checked = check_column(people, column, facts)
    assert checked.error is None
    assert [(item.about, item.broken, item.positions) for item in checked.violations] == expected
    for item in checked.violations:
        assert [row[column] for row in item.cells] == [people.frame[column][row] for row in item.positions]


def test_a_column_is_read_by_what_is_stated(people):
    """Numbers in a column of texts: the range is held against what they mean."""
    numbers = clew.read(pl.DataFrame({"n": ["10", "9", "100"]}), domain=None)
    checked = check_column(numbers, "n", {"kind": "numeric", "maximum": 50})
    assert [(item.about, item.positions) for item in checked.violations] == [("maximum", (2,))]


@pytest.mark.parametrize(
    ("column", "facts", "message"),
    [
        ("age", {"minimum": 5, "maximum": 1}, "above its maximum"),
        ("age", {"minimun": 5}, "Did you mean 'minimum'"),
        ("code", {"pattern": "("}, "no regular expression"),
        ("agee", {}, "Did you mean 'age'"),
    ],
)
def test_a_statement_that_says_nothing_is_explained(people, column, facts, message):
    assert message in str(check_column(people, column, facts).error)


def test_a_fact_that_says_nothing_about_such_values_is_named(people):
    assert does_not_apply(people, "size", {"minimum": 1, "pattern": "s"}) == ("minimum",)
    assert does_not_apply(people, "age", {"minimum": 1, "pattern": "s"}) == ("pattern",)


def test_a_rule_shows_the_cells_it_reads(people):
    (broken,) = check_rule(
        people, {"name": "adult", "rule": "age >= 18 or size == 's'", "severity": "error"}
    ).violations
    assert (broken.says, broken.broken, broken.positions, broken.severity) == ("adult", 1, (1,), Severity.ERROR)
    assert broken.cells == ({"age": -4, "size": "m"},)
    assert check_rule(people, "age is null or age > -10").violations == ()
    assert "Did you mean 'age'" in str(check_rule(people, "agee > 1").error)
    assert "needs" in str(check_rule(people, "age >").error)


def test_keys_that_find_nothing_and_keys_that_repeat():
    left = clew.read(pl.DataFrame({"plane": ["a", "b", "x", None, "y"], "n": [1, 2, 3, 4, 5]}))
    right = clew.read(pl.DataFrame({"tail": ["a", "b", "b", "c", "c", "c"], "seats": [1, 2, 3, 4, 5, 6]}))
    relation = Relation("flights", "planes", {"plane": "tail"})
    unmatched, repeated = check_keys(left, right, relation).violations
    assert (unmatched.about, unmatched.broken, unmatched.rows, unmatched.positions) == ("unmatched", 3, 5, (2, 4))
    assert "1 of them without a key" in unmatched.says
    assert unmatched.cells == ({"plane": "x"}, {"plane": "y"})
    assert (repeated.about, repeated.broken, repeated.severity) == ("repeated", 2, Severity.ERROR)
    assert repeated.cells[0] == {"tail": "c"}
    as_of = Relation("flights", "planes", {"plane": "tail"}, as_of=AsOf("n", "seats"))
    assert [item.about for item in check_keys(left, right, as_of).violations] == ["unmatched"]
    wrong = Relation("flights", "planes", {"plan": "tail"})
    assert "Did you mean 'plane'" in str(check_keys(left, right, wrong).error)
