import pytest

from clew.core.svg import drawable, svg_of


def bars(label):
    return {
        "data": {"values": [{"x": label, "y": 1}]},
        "mark": "bar",
        "encoding": {"x": {"field": "x", "type": "nominal"}, "y": {"field": "y", "type": "quantitative"}},
    }


@pytest.mark.parametrize(
    "character", ["\0", "\x01", "\x08", "\x0b", "\x1b", "\x1f", "\u2028", "\u2029", "\ufffe", "\uffff", "\ud800"]
)
def test_a_character_that_cannot_be_drawn_is_replaced(character):
    assert drawable(f"a{character}b") == "a\N{REPLACEMENT CHARACTER}b"
    assert "\N{REPLACEMENT CHARACTER}" in svg_of(bars(f"a{character}b"))


@pytest.mark.parametrize("text", ["plain", "a\tb", "äöü €", "\U0001f600", "\u202e", "\ufeff", "שלום", "<b>&amp;</b>"])
def test_any_other_text_is_drawn_as_it_is(text):
    assert drawable(text) == text
    assert svg_of(bars(text)).startswith("<svg")


def test_an_address_is_not_loaded():
    spec = bars("x") | {"data": {"url": "https://example.org/data.json"}}
    with pytest.raises(ValueError, match="."):
        svg_of(spec)
