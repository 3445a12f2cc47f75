import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from clew.explore.distance import (
    chi_square,
    cramers_v,
    jensen_shannon,
    kolmogorov_smirnov,
    population_stability,
    shares,
)

COUNTS = st.lists(st.integers(0, 500), min_size=2, max_size=8)
PAIRS = st.integers(2, 8).flatmap(
    lambda k: st.tuples(*(st.lists(st.integers(0, 500), min_size=k, max_size=k) for _ in range(2)))
)


def floats(counts: list[int]) -> np.ndarray:
    return np.array(counts, dtype=np.float64)


def test_the_stability_index_is_the_textbook_sum():
    before, later = floats([1000, 2000, 7000]), floats([3000, 2000, 5000])
    textbook = 0.2 * math.log(3) + 0.0 + -0.2 * math.log(5 / 7)
    assert population_stability(before, later) == pytest.approx(textbook, rel=2e-3)


def test_an_empty_cell_leaves_the_stability_index_finite():
    assert 1 < population_stability(floats([500, 500, 0]), floats([0, 500, 500])) < 10


def test_the_jensen_shannon_distance_is_scipys():
    from scipy.spatial.distance import jensenshannon

    before, later = floats([5, 0, 30, 65]), floats([20, 10, 0, 70])
    assert jensen_shannon(before, later) == pytest.approx(jensenshannon(before, later, base=2))
    assert jensen_shannon(floats([9, 0]), floats([0, 4])) == pytest.approx(1.0)


def test_chi_square_is_scipys():
    before, later = floats([50, 30, 20, 0]), floats([10, 25, 15, 0])
    expected = stats.chi2_contingency([[50, 30, 20], [10, 25, 15]], correction=False)
    assert chi_square(before, later) == pytest.approx((expected.statistic, expected.pvalue))


def test_one_cell_says_nothing():
    assert chi_square(floats([10, 0]), floats([20, 0])) == (0.0, 1.0)
    assert population_stability(floats([10]), floats([99])) == pytest.approx(0.0)


def test_cramers_v_is_scipys_for_samples_of_one_size():
    before, later = floats([60, 30, 10]), floats([30, 30, 40])
    table = np.array([before, later]).astype(int)
    assert cramers_v(before, later) == pytest.approx(stats.contingency.association(table))
    assert cramers_v(before * 7, later) == pytest.approx(cramers_v(before, later))
    assert cramers_v(floats([3, 0]), floats([0, 5])) == 1.0


def test_kolmogorov_smirnov_is_scipys():
    random = np.random.default_rng(0)
    before, later = random.normal(size=400), random.normal(0.3, 1, size=300)
    points = np.union1d(before, later)
    cumulated = [np.searchsorted(np.sort(sample), points, side="right") / len(sample) for sample in (before, later)]
    expected = stats.ks_2samp(before, later, method="asymp")
    statistic, p_value = kolmogorov_smirnov(*cumulated, 400, 300)
    assert statistic == pytest.approx(expected.statistic)
    assert p_value == pytest.approx(expected.pvalue, rel=0.25)
    assert kolmogorov_smirnov(np.array([]), np.array([]), 0, 3) == (0.0, 1.0)


@given(COUNTS)
def test_equal_shares_are_no_distance(counts):
    same = floats(counts)
    assert jensen_shannon(same, same) == pytest.approx(0, abs=1e-7)
    assert population_stability(same, same) == pytest.approx(0, abs=1e-12)
    assert cramers_v(same, same) == pytest.approx(0, abs=1e-12)


@given(PAIRS)
def test_distances_are_symmetric_and_bounded(pair):
    before, later = map(floats, pair)
    assert population_stability(before, later) >= -1e-12
    assert population_stability(before, later) == pytest.approx(population_stability(later, before))
    if before.sum() and later.sum():
        assert 0 <= jensen_shannon(before, later) <= 1
        assert jensen_shannon(before, later) == pytest.approx(jensen_shannon(later, before))


def test_shares_of_nothing_are_nothing():
    assert shares(floats([0, 0])).tolist() == [0, 0]
