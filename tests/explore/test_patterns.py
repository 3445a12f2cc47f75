import string

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.explore.patterns import LEAST_SHARE, LONGEST, MOST, patterns_of


def found(texts):
    known = patterns_of(pl.Series(texts, dtype=pl.String), exact=True)
    return [item.text for item in known.patterns]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["12-3456", "345-1", "7-22"], ["{digits:1-3}-{digits:1-4}"]),
        (["AB-17", "CD-123"], ["{upper:2}-{digits:2-3}"]),
        (["SKU-17", "SKU-123"], ["SKU-{digits:2-3}"]),
        (["Ann Lee", "Roberto Diaz"], ["{name:3-7} {name:3-4}"]),
        (["red", "green"], ["{lower:3-5}"]),
        (["McKay", "iPhone", "eBay"], ["{mixed:4-6}"]),
        ([f"{i * 7919 % 65536:04x}" for i in range(300)], ["{alnum:4}"]),
        (["a  b", "a \tb"], ["a{whitespace:2}b"]),
        (["a b", "c d"], ["{lower:1} {lower:1}"]),
        (["{1}", "{22}"], ["{{{digits:1-2}}}"]),
        (["ça", "où"], ["{lower:2}"]),
        (["Élan", "Über"], ["{name:4}"]),
        (["北京", "上海市"], ["{mixed:2-3}"]),
        (["٣٤", "12"], ["{digits:2}"]),
        (["", ""], [""]),
        (["same"], ["{lower:4}"]),
        (["\U000f0000", "\U000f0000x"], ["{any:1-2}"]),
    ],
)
def test_texts_of_a_form_have_a_pattern(texts, expected):
    assert found(texts) == expected


def test_the_share_of_a_pattern_is_its_confidence_and_the_others_are_listed():
    texts = ["2024-01-01"] * 60 + ["1999-12-31"] * 30 + ["unknown!"] + ["(none)"]
    known = patterns_of(pl.Series([*texts, None]), exact=False)
    first = known.patterns[0]
    assert (first.text, first.count, first.share) == ("{digits:4}-{digits:2}-{digits:2}", 90, 90 / 92)
    assert (known.rows, known.exact, known.others) == (92, False, 2)
    assert set(known.examples) == {"unknown!", "(none)"}


def test_prose_has_no_form():
    texts = [f"it {'was ' * (i % 7)}said, {'and ' * (i % 11)}then; {i}." for i in range(200)]
    known = patterns_of(pl.Series(texts), exact=True)
    assert len(known.patterns) == 1
    assert known.patterns[0].text.startswith("{any:")
    assert (known.patterns[0].share, known.others) == (1.0, 0)


def test_very_long_texts_belong_to_no_form():
    texts = ["ab", "cd"] * 10 + ["x" * (LONGEST + 1), "y" * 1_000_000]
    known = patterns_of(pl.Series(texts), exact=True)
    assert known.patterns[0].text == "{lower:2}"
    assert (known.others, known.examples) == (2, ())


def test_nothing_has_no_pattern():
    assert patterns_of(pl.Series([None], dtype=pl.String), exact=True) is None


ALPHABET = string.ascii_letters + string.digits + " -_.,/(){}[]^$#\\\n\té中٣Ⅷ́"


@given(st.lists(st.text(ALPHABET, max_size=12), min_size=1, max_size=40))
def test_counts_add_up_and_every_expression_matches_its_texts(texts):
    values = pl.Series(texts, dtype=pl.String)
    known = patterns_of(values, exact=True)
    assert known.rows == len(texts)
    assert sum(item.count for item in known.patterns) + known.others == len(texts)
    assert len(known.patterns) <= MOST
    for item in known.patterns:
        assert item.share == item.count / len(texts)
        assert item.share >= LEAST_SHARE
        matched = values.str.contains(f"^(?:{item.regex})$").sum()
        assert matched >= item.count, item
    either = "|".join(f"(?:{item.regex})" for item in known.patterns)
    assert values.str.contains(f"^(?:{either})$").sum() >= len(texts) - known.others
    for example in known.examples:
        assert example in texts


@given(st.lists(st.sampled_from(["a1", "b22", "-", "Zed", "x y"]), min_size=1, max_size=60), st.randoms())
def test_the_order_of_the_rows_does_not_matter(texts, random):
    shuffled = texts[:]
    random.shuffle(shuffled)
    one, other = (patterns_of(pl.Series(each), exact=True) for each in (texts, shuffled))
    assert one == other
