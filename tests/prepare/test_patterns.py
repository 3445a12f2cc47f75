"""One dialect of patterns: a row, Polars and RE2 read it alike, and what they could not is refused with a reason."""

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st

from clew.core.errors import ConfigError
from clew.prepare.textual.pattern import Pattern, dollars, literal, pattern

CHARACTERS = "ab1_ -\nAé\u212aKk\u017f👍É\u00a0"
ATOMS = [
    r"\d",
    r"\w",
    r"\s",
    r"\D",
    r"\W",
    r"\S",
    ".",
    "[a-k]",
    r"[^\d é]",
    r"[\Wa]",
    "^",
    "$",
    r"\b",
    "a",
    "k",
    "é",
    "👍",
]
COUNTS = ["", "", "", "*", "+", "?", "{2}", "{1,3}", "{2,}", "*?", "+?", "??", "{1,2}?"]
texts = st.lists(st.text(CHARACTERS, max_size=8), min_size=1, max_size=12)
atoms = st.builds(str.__add__, st.sampled_from(ATOMS), st.sampled_from(COUNTS))
written = st.recursive(
    st.lists(atoms, min_size=1, max_size=4).map("".join),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("|".join),
        st.builds("{}{}){}".format, st.sampled_from(["(", "(?:", "(?P<x>"]), inner, st.sampled_from(COUNTS)),
        st.builds(str.__add__, inner, inner),
    ),
    max_leaves=6,
)


@given(written, st.booleans(), texts)
@settings(max_examples=400, deadline=None)
def test_all_engines_read_a_pattern_alike(text: str, ignore_case: bool, cells: list[str]) -> None:
    try:
        read = pattern(text, ignore_case=ignore_case)
    except ConfigError:
        reject()
    series, array = pl.Series(cells), pa.array(cells)
    assert series.str.contains(read.rust).to_list() == [read.contains(cell) for cell in cells]
    for group in range(read.groups + 1):
        assert series.str.extract(read.rust, group).to_list() == [read.extract(cell, group) for cell in cells]
    if read.portable:
        assert pc.match_substring_regex(array, read.rust).to_pylist() == [read.contains(cell) for cell in cells]
    if not read.may_be_empty:
        assert series.str.extract_all(read.rust).to_list() == [read.find_all(cell) for cell in cells]
        replaced = [read.replace(cell, "$<1>") for cell in cells]
        assert series.str.replace_all(read.rust, dollars("$<1>")).to_list() == replaced
        if read.portable:
            assert pc.replace_substring_regex(array, read.rust, "$<1>").to_pylist() == replaced


@given(st.text(max_size=6), st.text(max_size=3))
def test_literal_text_is_found_and_nothing_else(text: str, around: str) -> None:
    assume(text.strip("\x00"))
    exact = pattern(literal(text), whole=True)
    assert exact.contains(text)
    assert exact.contains(around) == (around == text)
    assert pl.Series([text, around]).str.contains(exact.rust).to_list() == [True, around == text]


@pytest.mark.parametrize(
    ("text", "matches", "others"),
    [
        (r"^\d+$", ["42"], ["42\n", "٣", "4 2", ""]),
        (r"\w", ["a", "_"], ["é", "-"]),
        (r"^\s$", ["\u3000", "\x0b"], ["\x1c", "\u200b"]),
        (r"(?i)straße", ["STRAẞE", "\u017ftraße"], ["strasse"]),
        (r"(?i)[^k]", ["x"], ["k", "K", "\u212a"]),
        (r"^.$", ["\r", "👍"], ["\n"]),
        (r"\bto\b", ["to", "goéto"], ["tom", "_to"]),
        (r"[]a-]", ["]", "-"], ["b"]),
        (r"\x41\u00e9\u{1f600}", ["Aé😀"], ["Aé"]),
    ],
)
def test_what_patterns_mean(text: str, matches: list[str], others: list[str]) -> None:
    read = pattern(text)
    for cells, expected in ((matches, True), (others, False)):
        assert [read.contains(cell) for cell in cells] == [expected] * len(cells)
        assert pl.Series(cells).str.contains(read.rust).to_list() == [expected] * len(cells)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a(?=b)", r"looks ahead, which not every engine can \(at character 3\)"),
        ("(?<!a)b", "looks behind"),
        (r"(a)\1", r"has `\\1`, which is unknown here"),
        (r"\p{L}", r"Known are \\d \\w"),
        ("(a*)*", "repeats what may be empty"),
        ("^*", "repeats what may be empty"),
        ("a*+", "repeats a repeat"),
        ("*a", "repeats nothing"),
        ("(?s).", "flags or a group of an unknown kind"),
        ("(a", "group without an end"),
        ("a)", r"`\)` too many"),
        ("[a", "ends in the middle"),
        ("{", "that is no repeat"),
        ("a{3,2}", "ends below its start"),
        ("(?:a{50}){50}", "more than 1000 times"),
        ("[[:alpha:]]", "Spell the characters out"),
        (r"[^\x00-\u{10ffff}]", "class of no characters"),
        ("\ud800", "half a character"),
        (r"\xzz", "wrong number"),
        ("(" * 200 + "a" + ")" * 200, "more than 100 deep"),
        (r"(?:\w\W\s\S){900}" * 40, "too large"),
    ],
)
def test_what_engines_would_read_differently_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        pattern(text)


def test_a_long_text_cannot_keep_a_row_waiting() -> None:
    """Trying one way after another would take years: (a+)+b has twice as many ways with each character."""
    read: Pattern = pattern("(a+)+b")
    assert read.limit == 0
    assert not read.contains("a" * 100_000)
    assert pattern(r"\s+$").limit == 1000
    assert pattern(r"\s+$").extract(" " * 1_000_000 + "x") is None


def test_both_ways_around_the_limit_agree() -> None:
    read = pattern(r"(\d+)-(\w*)")
    for size in (1, read.limit // 2, read.limit, 3 * read.limit):
        text = "x" * size + " 12-ab 3-"
        assert (read.extract(text, 2), read.find_all(text)) == ("ab", ["12-ab", "3-"])
        assert read.replace(text, "$1").endswith("x $1 $1")
        assert read.contains(text)
