"""What the steps on texts give, in values that can be checked by hand."""

import sys
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Kind, Schema
from clew.prepare.recipe import FittedRecipe, Recipe
from clew.prepare.step import Step
from clew.prepare.steps import FormatString, SearchAndEdit, ValidateString
from clew.prepare.textual.validating import _ASKED as QUESTIONS

SCHEMA = Schema((Column("x", "String", Kind.TEXT),))


def fitted(step: Step, values: list[str | None]) -> tuple[FittedRecipe, pl.DataFrame]:
    frame = pl.DataFrame({"x": values}, schema={"x": pl.String})
    recipe = Recipe([step]).learn(frame, SCHEMA)
    after: pl.DataFrame = recipe.transform(frame)
    assert after.to_dicts() == [recipe.row()(row) for row in frame.to_dicts()]
    return recipe, after


def last(step: Step, *values: str | None) -> list[Any]:
    """Return the last column that a step makes."""
    return fitted(step, list(values))[1].to_series(-1).to_list()


class TestFormatString:
    @pytest.mark.parametrize(
        ("step", "before", "after"),
        [
            (FormatString("x", "left_pad", width=5, fill="."), "ab", "...ab"),
            (FormatString("x", "left_pad", width=2), "abc", "ab"),
            (FormatString("x", "left_pad", width=2, truncate=False), "abc", "abc"),
            (FormatString("x", "right_pad", width=4, fill="é"), "日本", "日本éé"),
            (FormatString("x", "center_pad", width=6, fill="*"), "ab", "**ab**"),
            (FormatString("x", "prepend_zeros", width=5), "-42", "-0042"),
            (FormatString("x", "prepend_zeros", width=5), "42", "00042"),
            (FormatString("x", "strip"), "\u2003\ta b\n", "a b"),
            (FormatString("x", "strip_left", characters="ab"), "abcab", "cab"),
            (FormatString("x", "strip_right", characters="ab"), "abcab", "abc"),
            (FormatString("x", "lower"), "ΌΔΟΣ ÄB", "όδος äb"),
            (FormatString("x", "upper"), "straße", "STRASSE"),
            (FormatString("x", "capitalize"), "éCOLE de Paris", "École de paris"),
            (FormatString("x", "swap_case"), "aBç", "AbÇ"),
            (FormatString("x", "add_affixes", prefix="No. ", suffix="$1"), "7", "No. 7$1"),
            (FormatString("x", "remove_symbols"), " a\u00a0b\n", "ab"),
            (FormatString("x", "remove_symbols", characters="-.]"), "a-b.c]", "abc"),
        ],
        ids=lambda value: value.operation if isinstance(value, Step) else "",
    )
    def test_operations(self, step: Step, before: str, after: str) -> None:
        assert last(step, before, None) == [after, None]

    def test_new_column_keeps_its_source(self) -> None:
        recipe, after = fitted(FormatString("x", "upper", output="{column}_big"), ["a"])
        assert after.to_dicts() == [{"x": "a", "x_big": "A"}]
        assert recipe.output_schema["x_big"].raw_sources == ("x",)
        assert recipe.output_schema["x_big"].kind is Kind.TEXT

    @pytest.mark.parametrize(
        ("step", "message"),
        [
            (FormatString("x", "left_pad"), r"`operation: left_pad` needs `width`"),
            (FormatString("x", "lower", width=3), r"`width` means nothing .* `operation: lower`"),
            (FormatString("x", "left_pad", width=0), "1 to 10000 is needed"),
            (FormatString("x", "left_pad", width=3, fill="ab"), "exactly one character"),
            (FormatString("x", "strip", characters=""), "empty `characters`"),
            (FormatString("x", "add_affixes"), "neither `prefix` nor `suffix`"),
            (FormatString("x", "lower", output=""), "empty `output`"),
        ],
        ids=str,
    )
    def test_options_must_make_sense(self, step: Step, message: str) -> None:
        with pytest.raises(ConfigError, match=message):
            fitted(step, ["a"])

    def test_numbers_are_no_texts(self) -> None:
        schema = Schema((Column("x", "Int64", Kind.CATEGORICAL),))
        with pytest.raises(RecipeError, match=r"Step 1 \(format_string\).*'x' holds Int64.*to: text"):
            Recipe([FormatString("x", "lower")]).learn(pl.DataFrame({"x": [1]}), schema)


class TestSearchAndEdit:
    @pytest.mark.parametrize(
        ("step", "before", "after"),
        [
            (SearchAndEdit("x", "find", substring="ñ"), "año ñ", 1),
            (SearchAndEdit("x", "find", substring="a", start=1), "aba", 2),
            (SearchAndEdit("x", "find", substring="b", end=1), "aba", -1),
            (SearchAndEdit("x", "find_from_right", substring="a"), "aba", 2),
            (SearchAndEdit("x", "contains", pattern=r"\d{3}"), "call 911", True),
            (SearchAndEdit("x", "contains", pattern=".", literal=True), "a", False),
            (SearchAndEdit("x", "matches_prefix", pattern="b"), "ab", False),
            (SearchAndEdit("x", "matches_prefix", pattern="B|A", case_sensitive=False), "ab", True),
            (SearchAndEdit("x", "find_all", pattern=r"\d+"), "1, 22 and 3", ["1", "22", "3"]),
            (SearchAndEdit("x", "extract", pattern=r"([A-Z]\w+)\.", group=1), "Braund, Mr. Owen", "Mr"),
            (SearchAndEdit("x", "extract", pattern=r"\d"), "none", None),
            (SearchAndEdit("x", "extract_between", left_delimiter="(", right_delimiter=")"), "a (b (c) d)", "b (c"),
            (SearchAndEdit("x", "extract_between", left_delimiter="<", right_delimiter=">"), "a > b <", None),
            (SearchAndEdit("x", "extract_from_position", start=2, length=3), "日本語です。", "語です"),
            (SearchAndEdit("x", "replace", pattern=r"\s+", replacement="$0"), "a  b\n", "a$0b$0"),
            (SearchAndEdit("x", "replace_between", left_delimiter="[", right_delimiter="]", replacement="-"), "a[b]c]d", "a[-]d"),
            (SearchAndEdit("x", "replace_between", left_delimiter="[", right_delimiter="]", replacement="-"), "]a[", "]a["),
            (SearchAndEdit("x", "replace_from_position", start=1, length=2, replacement="__!"), "abcd", "a__!d"),
            (SearchAndEdit("x", "replace_from_position", start=4, length=2, replacement="!"), "abcd", "abcd"),
            (SearchAndEdit("x", "regex_to_missing", pattern=r"\d{5}"), "12345", "12345"),
            (SearchAndEdit("x", "regex_to_missing", pattern=r"\d{5}"), "123456", None),
            (SearchAndEdit("x", "split"), " a\tb \n", ["a", "b"]),
            (SearchAndEdit("x", "split", delimiter=","), "a,,b", ["a", "", "b"]),
            (SearchAndEdit("x", "split", delimiter=",", max_splits=1), "a,b,c", ["a", "b,c"]),
            (SearchAndEdit("x", "split", max_splits=1), " a b  c ", ["a", "b  c"]),
            (SearchAndEdit("x", "split", delimiter=", ", parts=2), "Paris, FR", "FR"),
            (SearchAndEdit("x", "split", parts=3), "a b", None),
        ],
        ids=lambda value: value.operation if isinstance(value, Step) else "",
    )  # fmt: skip
    def test_operations(self, step: Step, before: str, after: object) -> None:
        assert last(step, before, None) == [after, None]

    def test_types_say_what_comes_out(self) -> None:
        kinds = {}
        for step in (
            SearchAndEdit("x", "find", substring="a"),
            SearchAndEdit("x", "contains", pattern="a"),
            SearchAndEdit("x", "find_all", pattern="a"),
            SearchAndEdit("x", "split", delimiter="a", parts=2),
        ):
            column = fitted(step, ["a"])[0].output_schema.columns[-1]
            kinds[column.name] = (column.dtype, column.kind)
        assert kinds == {
            "x_find": ("Int64", Kind.NUMERIC),
            "x_contains": ("Boolean", Kind.BOOLEAN),
            "x_find_all": ("List(String)", Kind.NESTED),
            "x_2": ("String", Kind.TEXT),
        }

    @pytest.mark.parametrize(
        ("step", "message"),
        [
            (SearchAndEdit("x", "find"), "needs `substring`"),
            (SearchAndEdit("x", "find", substring="a", pattern="b"), "`pattern` means nothing"),
            (SearchAndEdit("x", "find", substring="a", start=-1), "0 or more"),
            (SearchAndEdit("x", "contains", pattern=""), "empty `pattern`"),
            (SearchAndEdit("x", "contains", pattern="(?=a)"), "looks ahead"),
            (SearchAndEdit("x", "extract", pattern="a", group=1), "`group: 1`, and the pattern 'a' has 0"),
            (SearchAndEdit("x", "replace", pattern="a*"), "may match nothing at all"),
            (SearchAndEdit("x", "split", parts=1), "2 to 1000"),
            (SearchAndEdit("x", "split", parts=2, max_splits=2), "both `parts` and `max_splits`"),
        ],
        ids=str,
    )
    def test_options_must_make_sense(self, step: Step, message: str) -> None:
        with pytest.raises(ConfigError, match=message):
            fitted(step, ["a"])


class TestValidateString:
    @pytest.mark.parametrize(
        ("step", "yes", "no"),
        [
            (ValidateString("x", "length_equals", length=2), "日本", "a"),
            (ValidateString("x", "starts_with", text="a."), "a.b", "ab"),
            (ValidateString("x", "ends_with", text="é"), "caf\u00e9", "cafe\u0301"),
            (ValidateString("x", "is_alphanumeric"), "a1é", "a 1"),
            (ValidateString("x", "is_alpha"), "aé", "a1"),
            (ValidateString("x", "is_digit"), "1²", "½"),
            (ValidateString("x", "is_space"), " \n\u2003", ""),
            (ValidateString("x", "is_title"), "Hello The World", "Hello the World"),
            (ValidateString("x", "is_lower"), "ab 1ß", "aB"),
            (ValidateString("x", "is_upper"), "AB 1", "1"),
            (ValidateString("x", "is_numeric"), "½", "1.5"),
            (ValidateString("x", "is_decimal"), "٣", "²"),
        ],
        ids=lambda value: value.operation if isinstance(value, Step) else "",
    )
    def test_questions(self, step: Step, yes: str, no: str) -> None:
        assert last(step, yes, no, None) == [True, False, None]

    @settings(max_examples=200, deadline=None)
    @given(st.lists(st.text(st.characters(max_codepoint=127), max_size=6), min_size=1))
    def test_patterns_answer_as_python_does(self, texts: list[str]) -> None:
        series = pl.Series(texts)
        for question, operation in QUESTIONS.items():
            assert operation.on_column(series, pl.Boolean()).to_list() == [operation.function(t) for t in texts], (
                question
            )

    def test_every_character_is_judged_alike(self) -> None:
        points = [point for point in range(sys.maxunicode + 1) if not 0xD800 <= point < 0xE000]
        texts = pl.Series([chr(point) for point in points])
        for operation in QUESTIONS.values():
            expected = [operation.function(text) for text in texts.to_list()]
            assert operation.on_column(texts, pl.Boolean()).to_list() == expected

    def test_options_must_make_sense(self) -> None:
        with pytest.raises(ConfigError, match="needs `text`"):
            fitted(ValidateString("x", "starts_with"), ["a"])
        with pytest.raises(ConfigError, match="`length` means nothing"):
            fitted(ValidateString("x", "is_title", length=1), ["a"])
