"""The list of what is tried: read from data, the same for the same seed."""

from itertools import islice

import pytest

from clew.train.estimators import ESTIMATORS, get_estimator
from clew.train.search.portfolio import QUICK, Portfolio, configurations, trial_seed

ALL = tuple(ESTIMATORS)


def test_list_that_ships_names_known_algorithms_and_parameters():
    portfolio = Portfolio.read()
    assert portfolio.made
    for algorithm, params in (*portfolio.first, *QUICK):
        get_estimator(algorithm).check(params)
    assert set(portfolio.shares) <= set(ALL)
    assert all(share > 0 for share in portfolio.shares.values())


def test_every_family_is_tried_before_anything_is_drawn():
    portfolio = Portfolio.read()
    missing = set(ALL) - {algorithm for algorithm, _ in portfolio.first}
    first = list(islice(configurations(ALL, 0), len(portfolio.first) + len(missing)))
    assert {configuration.algorithm for configuration in first} == set(ALL)


def test_longer_list_begins_like_the_shorter_one():
    short, long = (list(islice(configurations(ALL, 3), count)) for count in (20, 40))
    assert long[:20] == short
    assert len({configuration.seed for configuration in long}) == 40


def test_list_depends_on_the_seed():
    assert list(islice(configurations(ALL, 0), 40)) != list(islice(configurations(ALL, 1), 40))
    assert trial_seed(0, 1) != trial_seed(1, 0)


def test_only_named_algorithms_are_listed():
    assert {c.algorithm for c in islice(configurations(("linear", "tree"), 0), 30)} == {"linear", "tree"}


@pytest.mark.parametrize("shares", [{}, {"tree": 1000.0}])
def test_another_list_is_followed_and_completed(shares):
    portfolio = Portfolio((("tree", {"max_depth": 3}),), shares, {})
    listed = list(islice(configurations(("linear", "tree"), 0, portfolio=portfolio), 30))
    assert [(c.algorithm, dict(c.params)) for c in listed[:2]] == [("tree", {"max_depth": 3}), ("linear", {})]
    drawn = [c.algorithm for c in listed[2:]]
    assert drawn.count("tree") == 28 if shares else 0 < drawn.count("tree") < 28
