"""Work in steps is told as one bar that never goes back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.core.progress import InSteps

SHARES = st.one_of(st.none(), st.floats(-1, 2, allow_nan=False))


def told_by(weights, steps):
    """Go through steps, each a name and what it says of itself, and return what the listener heard."""
    heard = []
    work = InSteps(lambda message, done=None: heard.append((message, done)), weights)
    for name, words in steps:
        work.begin(name)
        for message, done in words:
            work(message, done)
    return heard


def test_a_step_fills_its_part_of_the_whole():
    heard = told_by([1, 3], [("read", [("half", 0.5)]), ("fit", [("fold 1", 1 / 3), ("fold 3", 1.0)])])
    assert heard == [
        ("read", 0.0),
        ("read: half", 0.125),
        ("fit", 0.25),
        ("fit: fold 1", 0.5),
        ("fit: fold 3", 1.0),
    ]


def test_a_step_that_counts_twice_does_not_go_back():
    heard = told_by([1], [("look", [("numbers", 0.0), ("numbers", 0.8), ("texts", 0.0), ("texts", 0.9)])])
    assert [done for _, done in heard] == [0.0, 0.0, 0.8, 0.8, 0.9]


def test_what_is_said_before_the_first_step_is_passed_on():
    heard = []
    InSteps(lambda message, done=None: heard.append((message, done)), [1.0])("waiting")
    assert heard == [("waiting", 0.0)]


@given(
    weights=st.lists(st.floats(0.01, 100), min_size=1, max_size=5),
    shares=st.lists(st.lists(SHARES, max_size=4), min_size=1, max_size=7),
)
def test_the_whole_only_grows_and_stays_between_0_and_1(weights, shares):
    heard = told_by(weights, [("step", [("at work", share) for share in part]) for part in shares])
    done = [share for _, share in heard]
    assert done == sorted(done)
    assert min(done) >= 0
    assert max(done) == pytest.approx(min(max(done), 1.0))
