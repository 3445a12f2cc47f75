import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clew.explore.histogram import Histogram, histogram
from clew.explore.quantiles import Distribution


def of(values, *, whole=False):
    unique, counts = np.unique(np.asarray(values, dtype=np.float64), return_counts=True)
    return histogram(Distribution.of(unique, counts), low=float(unique[0]), high=float(unique[-1]), whole=whole)


@given(st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=50))
@example([0.0, 5e-324])
@example([1e18, 1e18 + 256])
@example([-1e-310, 1e300])
@example([1.79e308, 1.7976931348623157e308])
def test_every_row_is_in_a_bin(values):
    found = of(values)
    assert sum(found.counts) == len(values)
    assert len(found.edges) == len(found.counts) + 1
    assert list(found.edges) == sorted(set(found.edges))
    assert found.edges[0] <= min(values)
    assert found.edges[-1] >= max(values)


@pytest.mark.parametrize("values", [[0.0, 1.7976931348623157e308], [-1.79e308, -1.0], [1e308] * 3 + [1.7e308]])
def test_huge_whole_numbers_have_bins(values):
    assert sum(of(values, whole=True).counts) == len(values)


@given(st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=50))
def test_whole_numbers_lie_between_edges(values):
    found = of(values, whole=True)
    inner = found.edges[found.open_left : len(found.edges) - found.open_right]
    assert all(edge % 1 == 0.5 for edge in inner)
    assert sum(found.counts) == len(values)


def test_edges_are_round():
    found = of(np.random.default_rng(0).uniform(0, 1, 1000))
    assert all(edge == round(edge, 2) for edge in found.edges)
    assert 20 <= len(found.counts) <= 51


def test_one_wild_value_does_not_squeeze_the_others():
    found = of([*np.random.default_rng(0).normal(size=1000), 1e6])
    assert found.open_right
    assert found.edges[-1] == 1e6
    assert found.counts[-1] == 1
    assert max(found.counts) < 200


def test_a_constant_has_one_bin_around_it():
    found = of([3.0, 3.0])
    assert found.counts == (2,)
    assert found.edges[0] < 3 < found.edges[1]


def test_a_range_too_wide_for_a_number_has_none():
    assert of([-1.7e308, 1.7e308]) is None


def test_it_survives_json():
    found = of([1.0, 2.0, 50.0, 2.5])
    assert Histogram.from_dict(found.to_dict()) == found


@pytest.mark.parametrize("count", [2, 7, 12, 24])
def test_few_whole_numbers_have_a_bin_each(count):
    assert of(np.arange(count), whole=True).counts == (1,) * count
