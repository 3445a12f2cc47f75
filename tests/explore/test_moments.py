import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from clew.explore.moments import Moments

numbers = st.lists(st.floats(-1e6, 1e6), min_size=0, max_size=60).map(np.array)


def test_it_agrees_with_scipy():
    values = np.random.default_rng(1).gamma(2.0, size=500)
    found = Moments.of(values)
    assert found.mean == pytest.approx(values.mean())
    assert found.std == pytest.approx(values.std(ddof=1))
    assert found.skewness == pytest.approx(stats.skew(values))
    assert found.kurtosis == pytest.approx(stats.kurtosis(values))


@given(numbers, numbers)
def test_two_parts_give_the_whole(one, other):
    merged, whole = Moments.of(one).merge(Moments.of(other)), Moments.of(np.concatenate((one, other)))
    assert merged.count == whole.count
    scale = max(1.0, float(np.abs(np.concatenate((one, other, [0.0]))).max()))
    for name, power in (("mean", 1), ("m2", 2), ("m3", 3), ("m4", 4)):
        assert getattr(merged, name) == pytest.approx(getattr(whole, name), rel=1e-9, abs=1e-9 * scale**power * 100)


def test_many_chunks_far_from_zero_stay_accurate():
    values = 1e8 + np.random.default_rng(2).normal(size=100_000)
    merged = Moments()
    for chunk in np.array_split(values, 97):
        merged = merged.merge(Moments.of(chunk))
    assert merged.std == pytest.approx(values.std(ddof=1), rel=1e-6)
    assert merged.skewness == pytest.approx(stats.skew(values), abs=1e-4)
    assert merged.kurtosis == pytest.approx(stats.kurtosis(values), abs=1e-4)


def test_what_does_not_vary_has_no_shape():
    constant = Moments.of(np.full(1000, 0.1))
    assert constant.std == pytest.approx(0.0, abs=1e-12)
    assert constant.skewness is None
    assert constant.kurtosis is None
    assert Moments.of(np.array([3.0])).std is None
    assert Moments().std is None


def test_what_overflows_is_not_known():
    huge = Moments.of(np.array([-1e300, 1e300, 5e299]))
    assert huge.mean == pytest.approx(5e299 / 3)
    assert huge.std is None
    assert huge.skewness is None


@given(numbers)
def test_it_survives_json(values):
    found = Moments.of(values)
    assert Moments.from_list(found.to_list()) == found


def test_infinite_sums_survive_json():
    huge = Moments.of(np.array([-1e200, 1e200]))
    assert huge.m2 == math.inf
    assert Moments.from_list(huge.to_list()).m2 == math.inf
