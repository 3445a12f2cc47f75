"""Which texts mean that there is no value, and when they are a category."""

import polars as pl
import pytest

from clew.collect.infer import infer
from clew.collect.missing import SPACE, stripped
from clew.core.schema import Kind
from clew.define.domain import Domain


def read(values: list, **facts: object) -> tuple[pl.Series, object, dict]:
    domain = Domain({"x": facts}) if facts else None
    frame, schema, findings = infer(pl.DataFrame({"x": pl.Series(values, dtype=pl.String)}), domain)
    return frame["x"], schema["x"], {finding.code: finding for finding in findings}


@pytest.mark.parametrize(
    "word", ["?", "NA", "N/A", "n/a", "null", "NULL", "None", "nan", "NaN", "-", "--", ".", "#N/A", "<NA>", "\\N"]
)
@pytest.mark.parametrize("others", [["1", "2.5", "3"], ["2024-01-01", "2024-02-01"], ["yes", "no"] * 5])
def test_a_word_that_is_no_value_of_the_type_is_missing(word, others):
    values, column, findings = read([*others, word])
    assert values[-1] is None
    assert values.null_count() == 1
    assert column.kind in {Kind.NUMERIC, Kind.DATETIME, Kind.BOOLEAN}
    assert findings["DQ101"].evidence == {"words": {word: 1}, "rows": len(others) + 1}


@pytest.mark.parametrize("word", ["missing", "unknown", "Unknown"])
def test_unknown_is_missing_among_numbers_and_a_value_among_words(word):
    assert read(["1", "2", word])[0].to_list() == [1, 2, None]
    assert read(["yes", "no", "no", word])[0].to_list() == ["yes", "no", "no", word]
    assert read(["a", "b", word])[0].to_list() == ["a", "b", word]


@pytest.mark.parametrize("word", ["?", "nan", "NULL", "#DIV/0!"])
def test_what_only_machines_write_is_missing_however_frequent(word):
    values, _, findings = read(["a", "b"] + [word] * 8)
    assert values.null_count() == 8
    assert findings["DQ101"].evidence["words"] == {word: 8}


@pytest.mark.parametrize("word", ["None", "NA", "-", "n/a"])
def test_a_frequent_word_beside_few_others_is_a_category(word):
    values, column, findings = read(["gravel", "paved", "paved"] + [word] * 2)
    assert values.null_count() == 0
    assert word not in column.missing
    assert "?" in column.missing
    assert findings["DQ102"].evidence == {"words": {word: 2}}
    assert "DQ101" not in findings


@pytest.mark.parametrize("word", ["None", "NA", "-", "n/a"])
def test_a_rare_word_is_missing_among_categories(word):
    values, column, findings = read(["gravel", "paved"] * 5 + [word])
    assert values[-1] is None
    assert column.missing is None
    assert findings["DQ101"].evidence["words"] == {word: 1}


def test_a_frequent_word_beside_many_others_is_missing():
    values, _, _ = read([f"name {i}" for i in range(30)] + ["-"] * 20)
    assert values.null_count() == 20


def test_namibia_stays_a_country():
    values, _, findings = read(["DE", "FR", "US", "NA", "IT"] * 6 + ["ZA"] * 30)
    assert values.null_count() == 0
    assert findings["DQ102"].detail == "'NA' (6) was kept as a value."
    assert read(["DE", "FR", "Italy"] * 9 + ["NA"])[0].null_count() == 1


def test_blank_is_always_missing():
    values, _, findings = read(["a", "", "  ", "\u00a0", None, "b"])
    assert values.to_list() == ["a", None, None, None, None, "b"]
    assert findings["DQ101"].evidence["words"] == {"blank": 2}, "an empty cell is no disguise"


def test_nothing_but_missing_values_is_unknown():
    values, column, _ = read(["", "NA", None])
    assert (column.kind, column.dtype, values.null_count()) == (Kind.UNKNOWN, "String", 3)


def test_stated_words_are_the_only_ones():
    assert read(["1", "2", "-999"], missing=["-999"])[0].to_list() == [1, 2, None]
    assert read(["1", "2", "-999.0"], missing=["-999"])[0].to_list() == [1.0, 2.0, None]
    assert read(["a", "tbd", "None", "?"], missing=["tbd"])[0].to_list() == ["a", None, "None", "?"]
    assert read(["a", "b", "None"], missing=[])[0].to_list() == ["a", "b", "None"]
    assert read(["1", "x", "3"], missing=["x"], kind="numeric")[0].to_list() == [1, None, 3]


def test_stated_numbers_are_missing_in_typed_columns_too():
    frame, _, _ = infer(pl.DataFrame({"x": [1.5, -999.0, None]}), Domain({"x": {"missing": ["-999"]}}))
    assert frame["x"].to_list() == [1.5, None, None]


def test_all_white_space_is_stripped():
    assert stripped(pl.Series([f"{SPACE}a b{SPACE}", SPACE, "a"])).to_list() == ["a b", None, "a"]


def test_values_keep_the_space_around_them():
    assert read([" a", "a", " ?"])[0].to_list() == [" a", "a", None]
