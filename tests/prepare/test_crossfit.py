import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.collect.split import SplitSpec, Structure
from clew.prepare.crossfit import inner_folds


@settings(deadline=None, max_examples=60)
@given(
    rows=st.integers(0, 40),
    groups=st.none() | st.integers(1, 10),
    moments=st.none() | st.integers(1, 20),
    classes=st.none() | st.integers(1, 4),
    seed=st.integers(0, 9),
)
def test_every_row_is_judged_once_and_by_others(
    rows: int, groups: int | None, moments: int | None, classes: int | None, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    known = Structure(
        rows,
        None if classes is None else rng.integers(0, classes, rows),
        None if groups is None else rng.integers(0, groups, rows),
        None if moments is None else rng.integers(0, moments, rows),
        stratify=classes is not None,
    )
    splits = inner_folds(known, SplitSpec(), seed)
    judged = np.concatenate([split.test for split in splits]) if splits else np.array([], dtype=int)
    assert sorted(judged.tolist()) == list(range(rows))
    for split in splits:
        assert not set(split.train) & set(split.test)
        if known.groups is not None:
            assert not set(known.groups[split.train]) & set(known.groups[split.test])


def test_later_rows_learn_from_earlier_ones_at_a_distance() -> None:
    known = Structure(60, time=np.arange(60))
    splits = inner_folds(known, SplitSpec(folds=4, gap="3"), 0)
    forward = [split for split in splits if split.test.min() >= 12]
    assert len(forward) == 4
    assert all(split.train.max() <= split.test.min() - 3 for split in forward)


@pytest.mark.parametrize("rows", [1, 2])
def test_single_rows_learn_from_the_others(rows: int) -> None:
    splits = inner_folds(Structure(rows, groups=np.zeros(rows)), SplitSpec(), 0)
    assert [split.test.tolist() for split in splits] == [list(range(rows))]
    assert splits[0].train.tolist() == []
