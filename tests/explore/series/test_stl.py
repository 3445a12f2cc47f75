import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.explore.series.loess import loess
from clew.explore.series.stl import stl

STEPS = np.arange(61)
SERIES = 3 * np.sin(2 * np.pi * STEPS / 12) + 0.05 * STEPS + 0.4 * np.cos(STEPS**2)
SERIES[30] += 8

#: Season, trend and weight at some points, by statsmodels 0.15 (period 12, seasonal 7, two inner and five outer turns).
EXPECTED = {
    0: {
        0: (0.379948004215, -0.020388869097, 1.0),
        7: (-1.643588252834, 0.443134679963, 1.0),
        29: (1.380035252166, 2.191185500107, 1.0),
        30: (1.971272601604, 2.25998555897, 1.0),
        60: (0.029240318803, 3.275848204009, 1.0),
    },
    5: {
        0: (0.372856517946, -0.011341852315, 0.991631510607),
        7: (-1.497781456112, 0.440082110173, 0.989626194435),
        29: (1.679875006716, 1.625357015016, 0.916452409801),
        30: (-0.19413664404, 1.682583169645, 0.0),
        60: (0.001699290698, 3.248572753621, 0.902603820439),
    },
}


@pytest.mark.parametrize("outer", [0, 5])
def test_it_gives_what_another_implementation_gives(outer):
    found = stl(SERIES, 12, outer=outer)
    for place, (season, trend, weight) in EXPECTED[outer].items():
        assert found.season[place] == pytest.approx(season, abs=1e-9)
        assert found.trend[place] == pytest.approx(trend, abs=1e-9)
        assert found.weights[place] == pytest.approx(weight, abs=1e-9)


def test_an_outlier_bends_neither_season_nor_trend():
    found = stl(SERIES, 12)
    assert found.weights[30] == 0
    assert found.rest[30] == pytest.approx(8, abs=1)


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 14), st.integers(0, 2**32 - 1))
def test_the_parts_add_up_to_the_series(period, seed):
    values = np.random.default_rng(seed).normal(size=3 * period + 5)
    found = stl(values, period, outer=1)
    np.testing.assert_allclose(found.season + found.trend + found.rest, values, atol=1e-12)


@settings(max_examples=20, deadline=None)
@given(st.integers(5, 30), st.floats(-5, 5), st.floats(-5, 5), st.integers(0, 2))
def test_a_straight_line_stays_one_and_goes_on(window, start, slope, beyond):
    line = start + slope * np.arange(12.0)
    smooth = loess(line, window, beyond=beyond)
    np.testing.assert_allclose(smooth, start + slope * np.arange(-beyond, 12.0 + beyond), atol=1e-8)


def test_points_without_weight_do_not_count():
    values = np.array([0.0, 1.0, 2.0, 99.0, 4.0, 5.0, 6.0])
    weights = (values < 50).astype(float)
    np.testing.assert_allclose(loess(values, 5, weights), np.arange(7.0), atol=1e-9)
    assert loess(values, 3, np.zeros(7)).tolist() == values.tolist()
