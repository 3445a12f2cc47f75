"""Numbers as people write them, read as a column and one at a time."""

import math

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.collect.numbers import STYLES, Numbers, to_floats

STYLE_NAMES = [None, *STYLES]
UNITS = [None, "share", "%", "USD", "EUR", "km"]


@pytest.mark.parametrize(
    ("style", "unit", "text", "value"),
    [
        (None, None, "42", 42),
        (None, None, "-4.5e3", -4500.0),
        (None, None, ".5", 0.5),
        (None, None, "5.", 5.0),
        (None, None, "Infinity", math.inf),
        (None, None, "9007199254740993", 9007199254740993),
        ("1,234.5", None, "1,234,567.5", 1234567.5),
        ("1,234.5", None, "1,234", 1234),
        ("1.234,5", None, "1.234,5", 1234.5),
        ("1.234,5", None, "0,5", 0.5),
        ("1 234,5", None, "1\u202f234,5", 1234.5),
        ("1'234.5", None, "1'234.5", 1234.5),
        (None, "share", "12.5 %", 0.125),
        (None, "share", "0.125", 0.125),
        (None, "%", "12.5%", 12.5),
        ("1,234.5", "USD", "-$1,234.50", -1234.5),
        ("1,234.5", "USD", "$-5", -5),
        ("1 234,5", "EUR", "1 234,50 €", 1234.5),
        (None, "EUR", "EUR 5", 5),
    ],
)
def test_what_is_a_number(style, unit, text, value):
    numbers = Numbers(style, unit)
    assert numbers.read(text) == value
    assert type(numbers.read(text)) is type(value)


@pytest.mark.parametrize(
    ("style", "unit", "text"),
    [
        (None, None, ""),
        (None, None, "1,5"),
        (None, None, "1_000"),
        (None, None, "0x10"),
        (None, None, "\u0661"),
        (None, None, "1e999"),
        (None, None, "$5"),
        (None, None, "5%"),
        ("1,234.5", None, "1,23"),
        ("1,234.5", None, "0,123"),
        ("1.234,5", None, "1234.5"),
        (None, "USD", "€5"),
        (None, "USD", "+-5"),
    ],
)
def test_what_is_no_number(style, unit, text):
    assert Numbers(style, unit).read(text) is None


pieces = st.sampled_from([*"0123456789", *".,' \u202f+-eE%$€", "1", "123", "000", "inf", "nan", "USD", "US$", "12"])


@settings(max_examples=300)
@given(
    st.sampled_from(STYLE_NAMES),
    st.sampled_from(UNITS),
    st.lists(pieces, max_size=9).map("".join) | st.floats().map(str),
)
def test_column_and_cell_read_alike(style, unit, text):
    numbers = Numbers(style, unit)
    series = pl.Series([text])
    values = to_floats(numbers.spell(series))
    shares = numbers.shares(series)
    if shares is not None and shares[0]:
        values = values / 100
    read = numbers.read(text)
    if read is None:
        assert values[0] is None
    elif math.isnan(read):
        assert values[0] is None or math.isnan(values[0])
    else:
        assert values[0] == float(read)


@settings(max_examples=200)
@given(st.floats(allow_nan=False), st.sampled_from(["f", "e", "r"]))
def test_every_spelling_of_a_float_gives_its_bits(value, form):
    text = f"{value:.17g}" if form == "f" else f"{value:.17e}" if form == "e" else repr(value)
    assert float(Numbers().read(text)) == value
    assert to_floats(pl.Series([text]))[0] == value


@settings(max_examples=100)
@given(st.integers(-(10**15), 10**15), st.integers(0, 99))
def test_grouped_numbers_are_read_in_their_style(whole, cents):
    english = f"{whole:,}.{cents:02d}"
    value = float(f"{whole}.{cents:02d}")
    german = english.translate(str.maketrans(",.", ".,"))
    spaced = english.translate(str.maketrans({",": "\u00a0", ".": ","}))
    for style, text in (("1,234.5", english), ("1.234,5", german), ("1 234,5", spaced)):
        assert Numbers(style).read(text) == value
        assert to_floats(Numbers(style).spell(pl.Series([text])))[0] == value
