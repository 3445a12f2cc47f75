"""Rows made from training rows are split as these are."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.collect.split import Split, SplitSpec, Structure, folds
from clew.prepare.origins import Origins


def test_rows_are_followed_through_several_choices() -> None:
    origins = Origins.of(5).take(np.array([4, 2, 2, 0])).take(np.array([0, 1, 3]), np.array([0, 3, 3]))
    assert origins.rows.tolist() == [4, 2, 0]
    assert origins.parents.tolist() == [[4, 4], [2, 0], [0, 0]]
    assert origins.distinct.tolist() == [0, 2, 4]


def test_row_that_was_not_invented_stands_for_its_copies() -> None:
    origins = Origins(np.array([[1, 0], [1, 1], [1, 1], [0, 1]]))
    assert origins.firsts.tolist() == [3, 1]


@settings(deadline=None, max_examples=80)
@given(
    rows=st.integers(2, 20),
    made=st.integers(2, 40),
    parents=st.integers(1, 3),
    forward=st.booleans(),
    seed=st.integers(0, 9),
)
def test_no_row_is_judged_by_what_came_of_its_parents(
    rows: int, made: int, parents: int, forward: bool, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    origins = Origins(rng.integers(0, rows, (made, parents)))
    count = len(origins.distinct)
    if count < 2:
        return
    known = Structure(count)
    splits = list(folds(known, SplitSpec(), seed, min(3, count)))
    if forward:  # each learns from earlier ones only
        splits = [Split(split.train[split.train < split.test.min()], split.test) for split in splits]
    made_splits = origins.folds(splits)
    judged = np.concatenate([split.test for split in made_splits])
    assert sorted(judged.tolist()) == list(range(made))
    there = set(origins.distinct.tolist())
    for split in made_splits:
        behind = {int(p) for p in origins.parents[split.test].ravel()} & there
        assert not behind & {int(p) for p in origins.parents[split.train].ravel()}
    learning = origins.parents[origins.learning(splits[0])]
    assert not {int(p) for p in learning.ravel()} & {int(origins.distinct[i]) for i in splits[0].test}
