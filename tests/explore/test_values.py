from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.explore.values import EXACT_VALUES, ValueCounts


def of(rows, kept=100):
    return ValueCounts.of(Counter(rows).items(), kept=kept)


labels = st.lists(st.sampled_from("abcdefg"), max_size=40)


@given(labels, labels)
def test_two_parts_give_the_whole(one, other):
    assert of(one).merge(of(other), kept=100) == of(one + other)


def test_the_most_frequent_come_first_and_ties_by_value():
    assert of("bbaac").items == (("a", 2), ("b", 2), ("c", 1))


def test_too_many_values_keep_the_frequent_ones_within_the_stated_bounds():
    rng_rows = [[i % 700 for i in range(3000)] + ["x"] * 500, list(range(500, 1800)) + ["x"] * 300 + [5] * 400]
    parts = [[str(row) for row in rows] for rows in rng_rows]
    merged = of(parts[0]).merge(of(parts[1]), kept=100)
    truth = Counter(parts[0] + parts[1])
    assert not merged.exact
    assert merged.rows == sum(truth.values())
    assert merged.items[0] == ("x", 800)
    listed = dict(merged.items)
    for value, count in listed.items():
        assert count <= truth[value] <= count + merged.error
    assert max(count for value, count in truth.items() if value not in listed) <= merged.unlisted


@pytest.mark.parametrize("seed", range(5))
def test_bounds_hold_over_many_merges(seed):
    rng = np.random.default_rng(seed)
    parts = [(rng.exponential(300, size=2500).astype(int) + shift).tolist() for shift in (0, 40, 2000, 10)]
    merged = of(parts[0], kept=50)
    for rows in parts[1:]:
        merged = merged.merge(of(rows, kept=50), kept=50)
    truth = Counter(row for rows in parts for row in rows)
    listed = dict(merged.items)
    assert merged.rows == sum(truth.values())
    assert all(count <= truth[value] <= count + merged.error for value, count in listed.items())
    assert all(count <= merged.unlisted for value, count in truth.items() if value not in listed)


def test_values_seen_once_are_not_listed_where_not_all_are():
    found = of([str(i) for i in range(EXACT_VALUES + 1)] + ["7"])
    assert found.items == (("7", 2),)
    assert found.other == EXACT_VALUES
    assert found.unlisted == 1


@given(labels)
def test_it_survives_json(rows):
    found = of(rows)
    assert ValueCounts.from_dict(found.to_dict()) == found
