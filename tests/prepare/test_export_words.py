"""Remainders, rounding and parts of texts as SQL: DuckDB gives what the recipe gives, on the most unusual rows."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.core.errors import RecipeError
from clew.core.expr.functions import FUNCTIONS
from clew.core.expr.moments import MOMENTS as MOMENT_FUNCTIONS
from clew.core.expr.texts import TEXTS as TEXT_FUNCTIONS
from clew.core.schema import Column, Kind, Schema
from clew.prepare.lineage import derive
from clew.prepare.recipe import FittedRecipe, Recipe
from clew.prepare.registry import register
from clew.prepare.step import ColumnStep, Made
from clew.prepare.steps import Derive
from clew.testing.same import same

SCHEMA = Schema(
    (
        Column("x", "Float64", Kind.NUMERIC),
        Column("y", "Float64", Kind.NUMERIC),
        Column("whole", "Int64", Kind.NUMERIC),
        Column("word", "String", Kind.CATEGORICAL),
        Column("other", "String", Kind.CATEGORICAL),
    )
)
TYPES = {"x": pl.Float64, "y": pl.Float64, "whole": pl.Int64, "word": pl.String, "other": pl.String}
#: The remainders, roundings and parts of texts that an expression can ask for, and each of them within another.
EXPRESSIONS = [
    "x % y",
    "x % 3",
    "x % -0.3",
    "7 % x",
    "x % whole",
    "whole % -7",
    "whole % 0",
    "length(word) % 3",
    "length(word) % -3",
    "(x % 5) % y",
    "round(x)",
    "round(x, 1)",
    "round(x, 2)",
    "round(x, 15)",
    "round(whole)",
    "round(whole, 3)",
    "round(length(word), 2)",
    "round(x % y, 2) % 0.1",
    "1 / round(x * 0.1)",
    "log10(abs(whole))",
    "concat(word, other)",
    'concat(word, "\'; DROP TABLE rows; --", other, word)',
    "substring(word, 1)",
    "substring(word, 2)",
    "substring(word, 2, 1)",
    "substring(word, 3, 0)",
    "substring(word, 10000, 10000)",
    "concat(substring(word, 1, 1), '-', upper(substring(other, 2)))",
    "case when x % 2 = 1 then concat(word, '!') else substring(other, 2, 2) end",
]
NUMBERS = st.one_of(
    st.none(),
    st.floats(),
    st.integers(-2000, 2000).map(lambda n: n / 2),
    st.integers(-99_999, 99_999).map(lambda n: n / 1000),
    st.sampled_from([0.0, -0.0, 2.0**51 + 0.5, 2.0**52 + 1, 0.49999999999999994, 2.675, 1.005, 1e300, 5e-324]),
)
#: Without the character 0, which ends a text of DuckDB's clients in some places.
TEXTS = st.none() | st.text(st.characters(exclude_characters="\x00", codec="utf-8"), max_size=6)
WHOLE = st.none() | st.integers(-(2**63), 2**63 - 1) | st.integers(-9, 9)
ROW = st.tuples(NUMBERS, NUMBERS, WHOLE, TEXTS, TEXTS)


def learnt(expressions: Sequence[str], frame: pl.DataFrame) -> FittedRecipe:
    """Return a recipe that makes a column of each expression, which is also its name."""
    return Recipe([Derive(text, text) for text in expressions]).learn(frame, SCHEMA.select(frame.columns))


def by_sql(fitted: FittedRecipe, frame: pl.DataFrame) -> pl.DataFrame:
    with duckdb.connect() as connection:
        connection.register("rows", frame.to_arrow())
        return pl.DataFrame(connection.sql(fitted.to_sql()).to_arrow_table())


@pytest.fixture(scope="module")
def everything() -> FittedRecipe:
    return learnt(EXPRESSIONS, pl.DataFrame(schema=TYPES))


@given(frame=st.lists(ROW, min_size=1, max_size=30).map(lambda rows: pl.DataFrame(rows, TYPES, orient="row")))
@settings(max_examples=30, deadline=None)
def test_sql_gives_the_very_numbers_and_texts(everything: FittedRecipe, frame: pl.DataFrame) -> None:
    got, expected = by_sql(everything, frame), everything.transform(frame)
    assert set(EXPRESSIONS) <= set(got.columns)
    same(got, expected, "the query gives something else", ulps=0)


@pytest.mark.parametrize(
    ("expression", "values", "expected"),
    [
        # The sign of the divisor; DuckDB's own % has that of the dividend.
        ("x % 3", [7.0, -7.0, -7.5, 0.0, None, math.inf], [1.0, 2.0, 1.5, 0.0, None, None]),
        ("x % -3", [7.0, -7.0, 6.0, None], [-2.0, -1.0, 0.0, None]),
        ("-7 % x", [3.0, -3.0, 0.0, None], [2.0, -1.0, None, None]),
        ("x % 0", [1.0, None], [None, None]),
        # A half goes to the even neighbour.
        ("round(x)", [0.5, 1.5, 2.5, -0.5, -1.5, None], [0.0, 2.0, 2.0, 0.0, -2.0, None]),
        ("round(x, 1)", [0.25, 0.75, -0.25, 1e300, math.inf], [0.2, 0.8, -0.2, 1e300, math.inf]),
        # A hundred times 1.005 is less than a half; so large a number has no digits to round.
        ("round(x, 2)", [1.005, 2.675, 0.125, 2.0**46 + 1 / 64], [1.0, 2.68, 0.12, 2.0**46 + 1 / 64]),
        ("round(x)", [2.0**51 + 0.5, 2.0**51 + 1.5], [2.0**51, 2.0**51 + 2]),
    ],
)
def test_numbers(expression: str, values: list[float | None], expected: list[float | None]) -> None:
    frame = pl.DataFrame({"x": values}, schema={"x": pl.Float64})
    fitted = learnt([expression], frame)
    assert by_sql(fitted, frame)[expression].to_list() == expected
    assert fitted.transform(frame)[expression].to_list() == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("concat(word, '-', other)", ["日本語-a", "-b", None, None]),
        ("substring(word, 2)", ["本語", "", "bc", None]),
        ("substring(word, 2, 1)", ["本", "", "b", None]),
    ],
)
def test_texts(expression: str, expected: list[str | None]) -> None:
    frame = pl.DataFrame({"word": ["日本語", "", "abc", None], "other": ["a", "b", None, "d"]})
    fitted = learnt([expression], frame)
    assert by_sql(fitted, frame)[expression].to_list() == expected
    assert fitted.transform(frame)[expression].to_list() == expected


def call_of(function: str) -> str:
    """Return a call of a function with arguments that it takes."""
    written = {
        "contains": "word, 'a'",
        "date_diff": "'day', moment, moment",
        "date_trunc": "'day', moment",
        "ends_with": "word, 'a'",
        "replace": "word, 'a', 'b'",
        "starts_with": "word, 'a'",
        "substring": "word, 2",
    }
    column = "word" if function in TEXT_FUNCTIONS else "moment" if function in MOMENT_FUNCTIONS else "x"
    return f"{function}({written.get(function, ', '.join([column] * FUNCTIONS[function].arity[0]))})"


def test_the_page_names_the_functions_that_sql_lacks() -> None:
    frame = pl.DataFrame({"x": [1.5], "word": ["a"], "moment": [datetime(2024, 2, 29)]})
    lacking = []
    for function in FUNCTIONS:
        fitted = Recipe([Derive("made", call_of(function))]).learn(frame)
        fitted.to_python()
        try:
            fitted.to_sql()
        except RecipeError:
            lacking.append(f"`{function}`")
    page = Path(__file__).parents[2] / "docs" / "reference" / "steps" / "expressions.md"
    *first, last = sorted(lacking)
    assert f"save what calls {', '.join(first)} or {last};" in page.read_text(encoding="utf-8")


@register
@dataclass(frozen=True)
class Stated(ColumnStep):
    """A step of one's own that states an expression over texts."""

    accepts: ClassVar[frozenset[Kind]] = frozenset({Kind.CATEGORICAL})
    op: ClassVar[str] = "test_stated"
    word: str = ""

    def make(self, columns: Any, state: Any) -> Any:
        for column in columns:
            name = column.name
            expression = {
                "slice": lambda F, name=name: F.col(name).str.slice(-2),
                "separator": lambda F, name=name: F.concat_str(F.col(name), F.lit("b"), separator="-"),
                "nulls": lambda F, name=name: F.concat_str(F.col(name), F.lit("b"), ignore_nulls=True),
                "varying": lambda F, name=name: F.col(name).str.slice(F.col(name).str.len_chars() - 1),
            }[self.word]
            yield Made(derive(column, name="made"), (name,), expression, lambda value: value)


def test_a_step_of_ones_own_counts_from_the_end() -> None:
    frame = pl.DataFrame({"word": ["日本語", "a", "", None]})
    fitted = Recipe([Stated("word", word="slice")]).learn(frame, SCHEMA.select(["word"]))
    assert by_sql(fitted, frame)["made"].to_list() == ["本語", "a", "", None]


@pytest.mark.parametrize("word", ["separator", "nulls", "varying"])
def test_what_has_no_counterpart_is_named(word: str) -> None:
    frame = pl.DataFrame({"word": ["abc", None]})
    fitted = Recipe([Stated("word", word=word)]).learn(frame, SCHEMA.select(["word"]))
    said = r"Step 1 \(test_stated\) cannot be written as SQL: it uses `(concat_str|str\.slice)` with"
    with pytest.raises(RecipeError, match=said):
        fitted.to_sql()
