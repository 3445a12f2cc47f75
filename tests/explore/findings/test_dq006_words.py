import polars as pl
import pytest

from clew.core.schema import Kind


@pytest.mark.parametrize("word", ["?", "unknown", "Unknown ", "N/A", "-", "tbd", "", "  "])
def test_a_word_for_nothing_is_found(look, word):
    found = look(pl.DataFrame({"x": ["red", "blue", word] * 20}))["DQ006", "x"]
    assert found.evidence["values"] == {word: 20}
    assert found.evidence["count"] == 20


def test_blanks_in_free_text_are_counted_though_not_listed(look):
    texts = [f"a sentence of its own, number {i}" for i in range(3000)] + ["", "\t"] * 5
    found = look(pl.DataFrame({"x": texts}), x={"kind": Kind.TEXT})["DQ006", "x"]
    assert found.evidence["count"] == 10


@pytest.mark.parametrize("word", ["none", "other", "no", "unknown soldier", "NANA"])
def test_a_word_with_a_meaning_is_not(look, word):
    assert ("DQ006", "x") not in look(pl.DataFrame({"x": ["red", "blue", word] * 20}))


def test_a_declared_value_is_not(look):
    frame = pl.DataFrame({"x": ["yes", "no", "unknown"] * 20})
    assert ("DQ006", "x") not in look(frame, x={"allowed": ("yes", "no", "unknown")})
