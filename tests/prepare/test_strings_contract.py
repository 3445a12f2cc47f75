"""The steps on texts keep their contract on unusual rows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.prepare.rows import cases, check_every_value, check_random_rows, few_examples

from clew.prepare.step import Step
from clew.prepare.steps import FormatString, SearchAndEdit, ValidateString
from clew.prepare.textual.formatting import USES as FORMATS
from clew.prepare.textual.searching import USES as SEARCHES
from clew.prepare.textual.validating import _ASKED as QUESTIONS

TEXTS = ["word", "note", "figure", "size"]
CASES = [
    FormatString(TEXTS, "left_pad", width=4, fill="·"),
    FormatString(TEXTS, "left_pad", width=3, fill="0", truncate=False),
    FormatString(TEXTS, "right_pad", width=5),
    FormatString(TEXTS, "right_pad", width=2, fill="é", truncate=False),
    FormatString(TEXTS, "center_pad", width=6, fill="*"),
    FormatString(TEXTS, "center_pad", width=3, truncate=False),
    FormatString(TEXTS, "prepend_zeros", width=4),
    FormatString(TEXTS, "prepend_zeros", width=1, truncate=False),
    FormatString(TEXTS, "strip"),
    FormatString(TEXTS, "strip_left", characters="Hİ a"),
    FormatString(TEXTS, "strip_right", characters="!.\n]"),
    FormatString(TEXTS, "lower"),
    FormatString(TEXTS, "upper", output="{column}_big"),
    FormatString(TEXTS, "capitalize"),
    FormatString(TEXTS, "swap_case"),
    FormatString(TEXTS, "add_affixes", prefix="<$1>", suffix="\\"),
    FormatString(TEXTS, "remove_symbols"),
    FormatString(TEXTS, "remove_symbols", characters="^]-\\a👍"),
    SearchAndEdit(TEXTS, "find", substring="a"),
    SearchAndEdit(TEXTS, "find", substring="ñ", start=2, end=9),
    SearchAndEdit(TEXTS, "find_from_right", substring="l", start=1),
    SearchAndEdit(TEXTS, "contains", pattern=r"(?i)\bHELLO|ж.*\d$"),
    SearchAndEdit(TEXTS, "contains", pattern=r"[\s.]", output="{column}"),
    SearchAndEdit(TEXTS, "contains", pattern="$1[", literal=True),
    SearchAndEdit(TEXTS, "matches_prefix", pattern="ü|a", case_sensitive=False),
    SearchAndEdit(TEXTS, "find_all", pattern=r"\w+"),
    SearchAndEdit(TEXTS, "extract", pattern=r"([A-Z])(\d)?|(o)", group=2),
    SearchAndEdit(TEXTS, "extract", pattern=r"(?:l|o)+"),
    SearchAndEdit(TEXTS, "extract_between", left_delimiter="l", right_delimiter="l"),
    SearchAndEdit(TEXTS, "extract_from_position", start=1, length=2),
    SearchAndEdit(TEXTS, "extract_from_position", start=3),
    SearchAndEdit(TEXTS, "replace", pattern=r"[aeiou\s]+", replacement="_"),
    SearchAndEdit(TEXTS, "replace", pattern=r"\b(o)|l", replacement="$1\\1${x}"),
    SearchAndEdit(TEXTS, "replace", pattern="a|b.", case_sensitive=False),
    SearchAndEdit(TEXTS, "replace_between", left_delimiter="l", right_delimiter="l", replacement="…"),
    SearchAndEdit(TEXTS, "replace_from_position", start=2, length=1, replacement="日本"),
    SearchAndEdit(TEXTS, "regex_to_missing", pattern=r"\w*"),
    SearchAndEdit(TEXTS, "regex_to_missing", pattern=r"\b.+\b"),
    SearchAndEdit(TEXTS, "split"),
    SearchAndEdit(TEXTS, "split", max_splits=1),
    SearchAndEdit(TEXTS, "split", delimiter="l"),
    SearchAndEdit(TEXTS, "split", delimiter=" ", max_splits=1),
    SearchAndEdit(TEXTS, "split", parts=2),
    SearchAndEdit(TEXTS, "split", delimiter="o", parts=3, output="part of {column}"),
    ValidateString(TEXTS, "length_equals", length=1),
    ValidateString(TEXTS, "starts_with", text="ü"),
    ValidateString(TEXTS, "ends_with", text="\n"),
    *(ValidateString(TEXTS, question) for question in QUESTIONS),
]


@cases(CASES)
def test_contract_on_every_value(step: Step) -> None:
    check_every_value(step)


@few_examples
@cases(CASES)
@given(data=st.data())
def test_contract_on_random_rows(step: Step, data: st.DataObject) -> None:
    check_random_rows(step, data)


@pytest.mark.parametrize(("step", "operations"), [(FormatString, FORMATS), (SearchAndEdit, SEARCHES)])
def test_every_operation_is_tried(step: type[Step], operations: dict[str, object]) -> None:
    assert {case.operation for case in CASES if isinstance(case, step)} == set(operations)  # type: ignore[attr-defined]
