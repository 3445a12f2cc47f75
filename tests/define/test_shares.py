import numpy as np
import pytest
from scipy import stats

from clew.core.predictions import Predictions
from clew.define.shares import share_of

EVERY = np.ones(20, dtype=bool)
HIT = np.arange(20) < 15


def rows(**details):
    return Predictions(np.zeros(20), truth=np.zeros(20), **details)


def test_a_share_has_wilsons_interval_over_its_rows():
    interval = share_of(HIT, EVERY, rows())
    expected = stats.binomtest(15, 20).proportion_ci(method="wilson")
    assert (interval.value, interval.rows) == (0.75, 20)
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high))


def test_hits_outside_do_not_count():
    assert share_of(HIT, np.arange(20) >= 10, rows()).value == 0.5


def test_weights_shift_the_share_and_cost_certainty():
    weight = np.where(HIT, 1.0, 3.0)
    interval = share_of(HIT, EVERY, rows(weight=weight))
    effective = weight.sum() ** 2 / (weight**2).sum()
    assert interval.value == 0.5
    assert effective == pytest.approx(15.0)
    expected = stats.binomtest(15, 30).proportion_ci(method="wilson")
    assert interval.high - interval.low > expected.high - expected.low


@pytest.mark.parametrize("weight", [7.0, 1e-170, 1e160])
def test_equal_weights_change_nothing(weight):
    assert share_of(HIT, EVERY, rows(weight=np.full(20, weight))).to_dict() == pytest.approx(
        share_of(HIT, EVERY, rows()).to_dict()
    )


def test_rows_of_one_group_count_as_one():
    alone = share_of(HIT, EVERY, rows())
    grouped = share_of(HIT, EVERY, rows(group=np.arange(20) // 5))
    expected = stats.binomtest(3, 4).proportion_ci(method="wilson")
    assert grouped.value == alone.value
    assert (grouped.low, grouped.high) == pytest.approx((expected.low, expected.high))


def test_no_rows_have_no_share():
    assert share_of(HIT, ~EVERY, rows()).to_dict() == {"value": None, "low": None, "high": None, "rows": 0}


def test_all_and_none_lie_within_their_own_limits():
    for hit in (EVERY, ~EVERY):
        interval = share_of(hit, EVERY, rows())
        assert interval.low <= interval.value <= interval.high
        assert interval.low < interval.high
