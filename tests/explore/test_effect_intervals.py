"""The intervals hold the true value about as often as they say, and chance alone does not look like an effect."""

import math

import numpy as np
import pytest

from clew.explore.correlation_measures import contingency, cramers_v
from clew.explore.effect_intervals import correlation_ratio_interval, cramers_v_interval

DRAWS = 400


def drawn_table(rng: np.random.Generator, shares: np.ndarray, rows: int) -> np.ndarray:
    counts = rng.multinomial(rows, shares.ravel()).reshape(shares.shape).astype(float)
    return counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]


@pytest.mark.parametrize("strength", [0.0, 0.1, 0.4, 0.9])
@pytest.mark.parametrize("rows", [200, 2000])
def test_the_interval_of_cramers_v_holds_the_true_value(strength, rows):
    rng = np.random.default_rng(7)
    # A share `strength` of the rows has equal labels, the others two independent ones: V is `strength`.
    shares = (1 - strength) * np.full((3, 3), 1 / 9) + strength * np.eye(3) / 3
    held = 0
    for _ in range(DRAWS):
        low, high = cramers_v_interval(drawn_table(rng, shares, rows))
        held += low <= strength <= high
    assert held / DRAWS > 0.91


@pytest.mark.parametrize("strength", [0.0, 0.1, 0.5, 0.9])
@pytest.mark.parametrize("heavy", [False, True])
def test_the_interval_of_the_correlation_ratio_holds_the_true_value(strength, heavy):
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(DRAWS):
        codes = rng.integers(0, 4, 800)
        noise = rng.standard_t(6, 800) / math.sqrt(1.5) if heavy else rng.normal(size=800)
        effect = (codes - 1.5) / math.sqrt(1.25)
        low, high = correlation_ratio_interval(codes, strength * effect + math.sqrt(1 - strength**2) * noise)
        held += low <= strength <= high
    assert held / DRAWS > 0.91


def test_the_value_lies_in_its_interval():
    rng = np.random.default_rng(1)
    for _ in range(50):
        table = drawn_table(rng, rng.dirichlet(np.ones(20)).reshape(4, 5), 300)
        low, high = cramers_v_interval(table)
        assert low <= cramers_v(table) <= high


def test_labels_that_follow_from_each_other_are_certain():
    codes = np.arange(600) % 3
    low, high = cramers_v_interval(contingency(codes, codes))
    assert high == 1
    assert low > 0.99
    assert correlation_ratio_interval(codes, codes * 1e300) == pytest.approx((1, 1), abs=0.01)


def test_without_two_labels_or_anything_that_varies_there_is_no_interval():
    assert math.isnan(cramers_v_interval(np.array([[3.0, 4.0]]))[0])
    assert math.isnan(correlation_ratio_interval(np.zeros(9, dtype=np.int64), np.arange(9.0))[0])
    assert math.isnan(correlation_ratio_interval(np.arange(10) % 2, np.full(10, 0.1))[0])
    assert math.isnan(correlation_ratio_interval(np.arange(5), np.arange(5.0))[0])
