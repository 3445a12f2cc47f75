import math

import pytest

from clew.core.readable import number, part, percent, size


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "\N{EN DASH}"),
        (0, "0"),
        (1990, "1990"),
        (12345, "12,345"),
        (-12345, "-12,345"),
        (10**18, "1.000e+18"),
        (0.0, "0"),
        (2.0, "2"),
        (0.123456, "0.1235"),
        (-3.14159, "-3.142"),
        (1234.5, "1234"),
        (9999.7, "10,000"),
        (98765.4, "98,765"),
        (1e20, "1.000e+20"),
        (1.5e-7, "1.500e-07"),
        (math.inf, "∞"),
        (-math.inf, "\N{MINUS SIGN}\N{INFINITY}"),
        (math.nan, "nan"),
    ],
)
def test_numbers(value, text):
    assert number(value) == text


def test_digits_can_be_chosen():
    assert number(math.pi, 6) == "3.14159"


@pytest.mark.parametrize(
    ("share", "text"),
    [(None, "\N{EN DASH}"), (0.0, "0 %"), (1.0, "100 %"), (1e-5, "< 0.1 %"), (0.99999, "> 99.9 %"), (0.1234, "12.3 %")],
)
def test_shares(share, text):
    assert percent(share) == text


@pytest.mark.parametrize(
    ("count", "rows", "text"),
    [(12, 41188, "12 of 41,188 rows (< 0.1 %)"), (1, 1, "1 of 1 row (100 %)"), (0, 0, "0 of 0 rows")],
)
def test_parts(count, rows, text):
    assert part(count, rows) == text


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (2_340_000, "2.34 MB"), (5 * 10**15, "5,000 TB")]
)
def test_sizes(count, text):
    assert size(count) == text
