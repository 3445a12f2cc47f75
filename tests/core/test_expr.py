"""One expression, three ways to run: what the frame says is what the row says."""

import math
from datetime import date, datetime
from typing import Any

import duckdb
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
        "at": [datetime(2024, 2, 29, 23, 30, 59, 7), None, datetime(2023, 12, 31), datetime(2024, 1, 1, 5), datetime(1969, 1, 1)],
        "c": [0.1, -2.675, None, 1e300, 1000.0],
    }
)  # fmt: skip


def on_frame(text: str, frame: pl.DataFrame) -> list:
    return frame.select("a", value=parse(text).frame(pl))["value"].to_list()


def on_engine(text: str, native: Any) -> list:
    selected = nw.from_native(native).with_columns(value=parse(text).to_narwhals())["value"].to_polars()
    return (selected.fill_nan(None) if selected.dtype.is_float() else selected).to_list()


def as_sql(text: str, frame: pl.DataFrame) -> list:
    with duckdb.connect() as connection:
        connection.register("rows", frame.to_arrow())
        return [row[0] for row in connection.execute(f"SELECT {parse(text).to_sql()} FROM rows").fetchall()]  # noqa: S608


def same(left, right) -> bool:
    if isinstance(left, float) and isinstance(right, float) and math.isnan(left) and math.isnan(right):
        return True
    return left == right and (left is None) == (right is None)


def near(left, right) -> bool:
    """As `same`, but engines may round logarithms and powers in the last place."""
    if isinstance(left, datetime) != isinstance(right, datetime) and None not in {left, right}:
        left, right = (datetime(x.year, x.month, x.day) if not isinstance(x, datetime) else x for x in (left, right))
    numbers = all(isinstance(x, int | float) and not isinstance(x, bool) and math.isfinite(x) for x in (left, right))
    return math.isclose(left, right, rel_tol=1e-14) if numbers else same(left, right)


TEXTS = [
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
    "c / 3",
    "c / 0",
    "b / a",
    "`pm2.5` % 3",
    "a % 3",
    "a % 0",
    "c % 0.7",
    "c % 0",
    "a % `pm2.5`",
    "b == b",
    "b >= 2.5",
    "a ≠ 3 or a ≤ 0 or a ≥ 7",
    "and(a > 0, b > 0, ok)",
    "or(not(ok), a = 3)",
    "add(a, subtract(b, multiply(c, 2)))",
    "divide(c, 7)",
    "mod(a, 3)",
    "negate(c)",
    "negate(3) + a",
    "if(a > 0, 'up', 'down')",
    "if(a > 0, a, 0)",
    "if(ok, c, 1.5)",
    "case(a > 2, 'many', a > 0, 'some', 'none')",
    "case(a > 2, 'many', a > 0, 'some')",
    "case when a > 2 then b when ok then c end",
    "case when t = 'JFK' then 1 else 0 end",
    "abs(a)",
    "sqrt(`pm2.5`)",
    "log(`pm2.5`)",
    "ln(c)",
    "log10(c)",
    "log10(`pm2.5` * 1000)",
    "log2(`pm2.5`)",
    "exp(`pm2.5`)",
    "exp(c)",
    "pow(`pm2.5`, 3)",
    "pow(c, 0.5)",
    "pow(a, `pm2.5`)",
    "power(a, -1)",
    "floor(c)",
    "ceil(c)",
    "ceiling(-0.5 + a)",
    "floor(a)",
    "round(c)",
    "round(c, 2)",
    "round(`pm2.5` / 2)",
    "sign(c)",
    "sign(a)",
    "lower(t)",
    "upper(t)",
    "length(t)",
    "concat(t, '-', lower(t))",
    "substring(t, 2)",
    "substring(t, 1, 2)",
    "replace(t, 'r', 'rr')",
    "replace(t, ' ', '')",
    "trim(concat('  ', t, ' \t'))",
    "starts_with(t, 'x')",
    "ends_with(t, 'K')",
    "contains(t, 'g')",
    "coalesce(a, `pm2.5`)",
    "least(a, `pm2.5`)",
    "greatest(a, `pm2.5`)",
    "year(day)",
    "month(at)",
    "day(at)",
    "hour(at)",
    "minute(at)",
    "second(at)",
    "weekday(day)",
    "day_of_year(day)",
    "day >= date('2024-01-01')",
    "at < datetime('2024-01-01T05:00:00')",
    "date_diff('day', day, at)",
    "date_diff('hour', at, datetime('2024-01-01T00:00:00'))",
    "date_diff('week', day, date('2024-03-01'))",
    "date_diff('second', day, at) + date_diff('minute', day, at)",
    "date_diff('month', date('2023-11-30'), day)",
    "date_diff('year', at, day)",
    "date_trunc('month', at)",
    "date_trunc('week', day)",
    "date_trunc('quarter', day)",
    "date_trunc('year', at)",
    "date_trunc('day', at)",
    "date_trunc('hour', at)",
    "date_trunc('minute', at)",
    "date_trunc('second', at)",
    "((a))",
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_row_gets_what_the_frame_gets(text):
    expression = parse(text)
    assert parse(str(expression)) == expression
    rows = [expression.evaluate(row) for row in ROWS.iter_rows(named=True)]
    frame = on_frame(text, ROWS)
    assert all(same(one, other) for one, other in zip(rows, frame, strict=True)), (rows, frame)


@pytest.mark.parametrize("text", TEXTS)
def test_sql_gives_what_the_frame_gives(text):
    frame, sql = on_frame(text, ROWS), as_sql(text, ROWS)
    assert all(near(one, other) for one, other in zip(sql, frame, strict=True)), (sql, frame)


@pytest.mark.parametrize("engine", ["pandas", "pyarrow"])
@pytest.mark.parametrize(
    "text", [text for text in TEXTS if text != "ok and null"]
)  # Arrow's null has a type of its own
def test_other_engines_give_what_polars_gives(text, engine):
    """Without NaN, of which each engine has an opinion of its own; a recipe turns it into a missing value."""
    clean = ROWS.fill_nan(None)
    native = clean.to_pandas(use_pyarrow_extension_array=True) if engine == "pandas" else clean.to_arrow()
    frame = [None if isinstance(value, float) and math.isnan(value) else value for value in on_frame(text, clean)]
    got = on_engine(text, native)
    assert all(near(one, other) for one, other in zip(got, frame, strict=True)), (got, frame)


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
        ("a.__class__", r"has '\.' at position 2"),
        ("eval('1')", "'eval', which is no function"),
        ("open('/etc/passwd')", "'open', which is no function"),
        ("+".join(["a"] * 400), r"'a\+a.*'… chains more than 250 operations.*Compute it in several steps"),
        (" or ".join(["ok"] * 400), "chains more than 250 operations"),
        ("log10(" * 40 + "a" + ")" * 40, "repeats its parts more than 20000 times"),
        ("(" * 30 + "a" + " between 0 and 1)" * 30, "repeats its parts more than 20000 times"),
        ("replace(" * 9 + "t" + ", 'a', 'aaaaaaaaaa')" * 9, "makes a text more than 1000 times as long"),
        ("1e999 + a", "a number that no float can hold"),
        ("a in (" + ",".join("1" * 5 for _ in range(1500)) + ")", "chains more than 250"),
        ("substring(t, a)", "'substring' needs a whole number from 1 to 10000 as argument 2, and `a` came"),
        ("substring(t, 0)", "a whole number from 1 to 10000"),
        ("replace(t, '', 'x')", "not an empty one"),
        ("round(b, 16)", "a whole number from 0 to 15"),
        ("date_diff('fortnight', day, at)", "one of 'second', 'minute'"),
        ("if(ok, 1, 'x')", "chooses between a number and a text.*Let all choices be numbers"),
        ("if(ok, 1)", "'if' takes 3 arguments, and 2 came"),
        ("case when ok then 1", "needs 'end'"),
        ("case when ok 1 end", "needs 'then'"),
        ("avg(a)", "calls 'avg', a figure over many rows.*derive and filter"),
        ("and(ok)", "'and' takes 2 to 250 arguments, and 1 came"),
        ("(" * 60 + "a" + ")" * 60, "nested more than 50 deep"),
    ],
)
def test_what_is_no_expression_says_where(text, message):
    with pytest.raises(ConfigError, match=message):
        parse(text)


def test_columns_may_be_called_like_words_that_mean_something_elsewhere():
    assert parse("case > 1 and by < 2 or `end` = then").columns == {"case", "by", "end", "then"}
    assert parse("case when when > 1 then then else else end").columns == {"when", "then", "else"}


def test_aggregates_are_read_where_somebody_learns_them():
    expression = parse("price - avg(price by `shop name`) / count() + max(abs(x))", aggregates=True)
    assert parse(str(expression), aggregates=True) == expression
    assert expression.columns == {"price", "shop name", "x"}
    for text, message in [
        ("avg(a - avg(a))", "the aggregate 'avg' within 'avg'"),
        ("max(a, b)", "takes one argument.*is `greatest`"),
        ("sum(a by)", "needs a column"),
        ("avg()", "needs a value or a column"),
    ]:
        with pytest.raises(ConfigError, match=message):
            parse(text, aggregates=True)
    with pytest.raises(ConfigError, match=r"`sum\(a\)` is a figure over many rows"):
        parse("sum(a)", aggregates=True).evaluate({"a": 1})


@given(st.text("ab1()+-*/%<>='\", .tcawhenlsdy`", max_size=60))
def test_any_text_is_an_expression_or_an_error_that_says_so(text):
    try:
        expression = parse(text, aggregates=True)
    except ConfigError:
        return
    assert parse(str(expression), aggregates=True) == expression


@pytest.mark.parametrize(
    "text",
    ["+".join(["a"] * 200), "(" * 49 + "a" + "+1)" * 49, "-" * 5000 + "a", "not " * 2000 + "ok", "pow(pow(9, 9), 9)"],
    ids=["chain", "brackets", "signs", "nots", "powers"],
)  # fmt: skip
def test_long_expressions_run(text):
    rows = [parse(text).evaluate(row) for row in ROWS.iter_rows(named=True)]
    assert all(same(one, other) for one, other in zip(rows, on_frame(text, ROWS), strict=False))


@given(st.lists(st.floats(allow_nan=False), min_size=1, max_size=20), st.sampled_from([-3, 0.1, 7, 1e-5, 60.0, 2.5]))
def test_dividing_by_a_number_is_exact(values, divisor):
    """Polars multiplies by the inverse of a number that it divides by; a row and SQL divide."""
    frame = pl.DataFrame({"a": values})
    for text in (
        f"a / {divisor}",
        f"a % {divisor}",
        f"pow(a, {abs(divisor)})",
        "pow(abs(a), 2 + a - a)",
        "round(a, 3)",
        "log10(a)",
    ):
        rows = [parse(text).evaluate({"a": value}) for value in values]
        assert all(same(one, other) for one, other in zip(rows, on_frame(text, frame), strict=True)), (text, rows)


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
