"""Figures over stretches of a column agree with a plain look at the stretch, and one stretch with many."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.prepare.ranges import Ranges

VALUES = st.lists(st.one_of(st.just(math.nan), st.floats(-1e6, 1e6)), max_size=40)


@settings(deadline=None, max_examples=80)
@given(values=VALUES, data=st.data())
def test_every_stretch(values: list[float], data: st.DataObject) -> None:
    column = np.array(values, dtype=np.float64)
    bound = st.integers(0, len(column))
    ends = sorted(data.draw(st.tuples(bound, bound)))
    stretch = column[ends[0] : ends[1]]
    known = stretch[~np.isnan(stretch)]
    low, high = np.array([ends[0]] * 2), np.array([ends[1]] * 2)
    for ranges, expected in (
        (Ranges.sums(column), (len(known), known.sum())),
        (Ranges.smallest(column), (known.min(initial=math.inf),)),
        (Ranges.largest(column), (known.max(initial=-math.inf),)),
        (
            Ranges.spreads(column),
            (len(known), known.mean() if len(known) else 0.0, known.var() * len(known) if len(known) else 0.0),
        ),
    ):
        many, one = ranges.over(low, high), ranges.over_one(*ends)
        assert tuple(part[1] for part in many) == one
        assert np.allclose(one, expected, rtol=1e-9, atol=1e-6)


def test_small_values_behind_large_ones_keep_their_digits() -> None:
    column = np.array([1e17, 3e17, 0.1, 0.2, 0.4])
    assert Ranges.sums(column).over_one(2, 5)[1] == 0.1 + 0.2 + 0.4
    count, mean, squares = Ranges.spreads(column).over_one(2, 5)
    assert math.isclose(math.sqrt(squares / (count - 1)), np.std([0.1, 0.2, 0.4], ddof=1))
    assert math.isclose(mean, 0.7 / 3)


def test_huge_values_do_not_overflow_beside_nothing() -> None:
    column = np.array([math.nan, 1e300, math.nan])
    assert Ranges.spreads(column).over_one(0, 3) == (1.0, 1e300, 0.0)
