"""One expression, three ways to run: what the frame says is what the row says."""

import math
from datetime import date, datetime

import narwhals.stable.v2 as nw
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.core.errors import ConfigError, InputError
from clew.core.expr import parse
from clew.core.expr.functions import FUNCTIONS

ROWS = pl.DataFrame(
    {
        "a": [1, None, 3, -4, 0],
        "b": [2.5, 0.0, None, math.nan, math.inf],
        "t": ["Ärger", "", None, "x y", "JFK"],
        "ok": [True, False, None, True, False],
        "pm2.5": [1, 2, 3, 4, 5],
        "day": [date(2024, 2, 29), None, date(2023, 12, 31), date(2024, 1, 1), date(2024, 1, 7)],
        "at": [datetime(2024, 2, 29, 23, 30), None, datetime(2023, 12, 31), datetime(2024, 1, 1, 5), datetime(1969, 1, 1)],
    }
)  # fmt: skip


def on_frame(text: str, frame: pl.DataFrame) -> list:
    selected = nw.from_native(frame).select("a", value=parse(text).to_narwhals()).to_native()
    return selected["value"].to_list()


def same(left, right) -> bool:
    if isinstance(left, float) and isinstance(right, float) and math.isnan(left) and math.isnan(right):
        return True
    return left == right and (left is None) == (right is None)


@pytest.mark.parametrize(
    "text",
    [
        "a > 0",
        "a != 3 and b < 1",
        "not ok or a is null",
        "ok and null",
        "a in (1, 3)",
        "a not in (1, 3)",
        "t in ('JFK', 'x y')",
        "b between 0 and 3",
        "b not between 0 and 3",
        "a is not null and t is not null",
        "a + b * 2 - 1",
        "-a",
        "a / 2",
        "a / 0",
        "`pm2.5` % 3",
        "b == b",
        "b >= 2.5",
        "abs(a)",
        "sqrt(`pm2.5`)",
        "log(`pm2.5`)",
        "exp(`pm2.5`)",
        "lower(t)",
        "upper(t)",
        "length(t)",
        "coalesce(a, `pm2.5`)",
        "least(a, `pm2.5`)",
        "greatest(a, `pm2.5`)",
        "year(day)",
        "month(at)",
        "day(at)",
        "hour(at)",
        "weekday(day)",
        "day >= date('2024-01-01')",
        "at < datetime('2024-01-01T05:00:00')",
        "((a))",
    ],
)
def test_a_row_gets_what_the_frame_gets(text):
    expression = parse(text)
    rows = [expression.evaluate(row) for row in ROWS.iter_rows(named=True)]
    frame = on_frame(text, ROWS)
    assert all(same(one, other) for one, other in zip(rows, frame, strict=True)), (rows, frame)


numbers = st.one_of(st.none(), st.floats(width=32), st.integers(-1000, 1000).map(float))


@given(st.lists(st.tuples(numbers, numbers, numbers), min_size=1, max_size=20), st.data())
def test_any_combination_agrees(values, data):
    frame = pl.DataFrame(values, schema={"a": pl.Float64, "b": pl.Float64, "c": pl.Float64}, orient="row")
    comparison = st.tuples(
        st.sampled_from(["a", "b", "c", "a + b", "a * c"]),
        st.sampled_from(["<", "<=", ">", ">=", "==", "!="]),
        st.sampled_from(["a", "b", "c", "0", "1.5"]),
    ).map(" ".join)
    text = data.draw(
        st.recursive(
            comparison,
            lambda inner: st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda p: f"({p[0]}) {p[1]} ({p[2]})")
            | inner.map(lambda part: f"not ({part})"),
            max_leaves=5,
        )
    )  # fmt: skip
    expression = parse(text)
    assert parse(str(expression)) == expression
    rows = [expression.evaluate(row) for row in frame.iter_rows(named=True)]
    assert rows == on_frame(text, frame)


def test_it_prints_as_text_that_parses_to_itself():
    text = "not a in ('it''s', \"q\") and `odd name` >= -1.5 or day = date('2024-01-31')".replace("''", "\\'")
    expression = parse(text)
    assert parse(str(expression)) == expression
    assert expression.columns == {"a", "odd name", "day"}


def test_it_becomes_sql():
    assert parse("a > 1 and t != 'it' or `x\"y` is null").to_sql() == (
        "(((\"a\" > 1) AND (\"t\" != 'it')) OR (\"x\"\"y\" IS NULL))"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "needs a value or a column, and the end came"),
        ("a >", "needs a value or a column, and the end came"),
        ("a b", "needs an operator or the end, and 'b' at position 3"),
        ("a $ 1", r"has '\$' at position 3"),
        ("(a > 1", r"needs '\)', and the end came"),
        ("a not 3", "needs 'in' or 'between'"),
        ("a in 3", r"needs '\('"),
        ("lenght(t)", "'lenght', which is no function. Hint: Did you mean 'length'"),
        ("abs(a, b)", "'abs' takes 1 arguments, and 2 came"),
        ("date(a)", "takes one quoted ISO text"),
        ("date('2024-13-01')", "takes one quoted ISO text"),
        ("__import__('os').system('true')", "position 17"),
        ("a" * 10_001, "10000 characters"),
        ("(" * 60 + "a" + ")" * 60, "nested more than 50 deep"),
    ],
)
def test_what_is_no_expression_says_where(text, message):
    with pytest.raises(ConfigError, match=message):
        parse(text)


@pytest.mark.parametrize("text", ["t > 1", "t + 1", "a and ok", "not a", "lower(a)"])
def test_values_that_do_not_go_together_are_an_error_not_a_guess(text):
    with pytest.raises(InputError, match="cannot be computed"):
        parse(text).evaluate({"a": 1, "t": "x", "ok": True})


def test_a_missing_column_is_named():
    with pytest.raises(InputError, match="no column 'z'"):
        parse("z > 1").evaluate({"a": 1})


def test_every_function_is_tried_above():
    tried = test_a_row_gets_what_the_frame_gets.pytestmark[0].args[1]
    assert {name for name in FUNCTIONS if not any(f"{name}(" in text for text in tried)} == set()
