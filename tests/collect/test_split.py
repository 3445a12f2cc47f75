"""Splits that respect groups, time and classes: every promise as a property."""

import itertools
from datetime import date, datetime

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from clew.collect.split import Split, SplitSpec, Structure, folds, holdout, ranks, structure_of
from clew.core.errors import DataError, UsageError
from clew.core.schema import Column, Kind, Role, Schema
from clew.define.problem import Problem, Task

sizes = st.integers(2, 60)
seeds = st.integers(0, 5)
shares = st.floats(0.05, 0.95)


def codes(rows: int, highest: int) -> st.SearchStrategy[np.ndarray]:
    return st.lists(st.integers(0, highest), min_size=rows, max_size=rows).map(np.array)


@st.composite
def structures(draw, *, groups: bool = False, time: bool = False, classes: bool = False) -> Structure:
    rows = draw(sizes)
    return Structure(
        rows,
        target=draw(codes(rows, 3)) if classes else None,
        groups=draw(codes(rows, 8)) if groups else None,
        time=draw(codes(rows, 20)).astype("datetime64[D]").astype("datetime64[us]") if time else None,
        stratify=classes,
    )


def check_promises(split: Split, structure: Structure, gap_days: int = 0) -> None:
    assert len(split.train)
    assert len(split.test)
    assert not set(split.train) & set(split.test)
    for side in (split.train, split.test):
        assert side.dtype == np.int64
        assert (np.diff(side) > 0).all()
        assert side[0] >= 0
        assert side[-1] < structure.rows
    if structure.groups is not None:
        assert not set(structure.groups[split.train]) & set(structure.groups[split.test])
    if structure.time is not None:
        distance = structure.time[split.test].min() - structure.time[split.train].max()
        assert distance >= np.timedelta64(gap_days, "D")
        assert distance > np.timedelta64(0, "D")


@given(structures(), shares, seeds)
def test_a_holdout_takes_its_share_of_the_rows(structure, share, seed):
    split = holdout(structure, SplitSpec(holdout=share), seed)
    check_promises(split, structure)
    assert len(split.train) + len(split.test) == structure.rows
    assert abs(len(split.test) - share * structure.rows) <= 1


@given(structures(classes=True), shares, seeds)
def test_a_stratified_holdout_takes_its_share_of_every_class_within_one_row(structure, share, seed):
    split = holdout(structure, SplitSpec(), seed, share)
    check_promises(split, structure)
    assert len(split.train) + len(split.test) == structure.rows
    counts = np.bincount(structure.target)
    tested = np.bincount(structure.target[split.test], minlength=len(counts))
    alone = (counts == 1).all() or (counts * share < 1).all()
    assert (np.abs(tested - share * counts) < 1).all() or alone
    if not alone:
        assert ((counts - tested)[counts > 0] > 0).all(), "every class has a row to learn from"


@given(structures(classes=True), st.integers(2, 6), seeds)
def test_folds_judge_every_row_once_and_share_classes_evenly(structure, k, seed):
    assume(structure.rows >= k)
    splits = folds(structure, SplitSpec(folds=k), seed)
    assert len(splits) == k
    assert sorted(np.concatenate([split.test for split in splits])) == list(range(structure.rows))
    per_class = np.array([np.bincount(structure.target[split.test], minlength=4) for split in splits])
    assert (per_class.max(axis=0) - per_class.min(axis=0) <= 1).all()
    per_fold = per_class.sum(axis=1)
    assert per_fold.max() - per_fold.min() <= 1
    for split in splits:
        check_promises(split, structure)
        assert len(split.train) + len(split.test) == structure.rows


@given(structures(groups=True, classes=True), st.integers(2, 5), shares, seeds)
def test_groups_are_never_shared(structure, k, share, seed):
    distinct = len(set(structure.groups))
    assume(distinct >= k)
    split = holdout(structure, SplitSpec(holdout=share), seed)
    check_promises(split, structure)
    assert len(split.train) + len(split.test) == structure.rows
    splits = folds(structure, SplitSpec(), seed, k)
    for split in splits:
        check_promises(split, structure)
    assert sorted(np.concatenate([split.test for split in splits])) == list(range(structure.rows))


@given(structures(time=True), shares, st.integers(0, 4), seeds)
def test_a_holdout_in_time_looks_forward_over_the_gap(structure, share, gap, seed):
    assume(len(set(structure.time)) >= 2)
    spec = SplitSpec(holdout=share, gap=f"{gap}d")
    try:
        split = holdout(structure, spec, seed)
    except DataError as error:
        assert gap
        assert "gap" in str(error)
        return
    check_promises(split, structure, gap)
    start = structure.time[split.test].min()
    assert (structure.time[split.test] >= start).all()
    assert len(split.test) == (structure.time >= start).sum(), "rows of one moment stay together"
    if gap == 0:
        assert len(split.train) + len(split.test) == structure.rows


@given(structures(time=True), st.integers(2, 5), seeds)
def test_folds_in_time_go_forward_one_after_another(structure, k, seed):
    assume(len(set(structure.time)) > k)
    splits = folds(structure, SplitSpec(), seed, k)
    tested = np.concatenate([split.test for split in splits])
    assert len(tested) == len(set(tested)), "no row judges twice"
    assert sorted([*splits[0].train, *tested]) == list(range(structure.rows)), "and only the first stretch never does"
    for earlier, later in itertools.pairwise(splits):
        assert structure.time[earlier.test].max() < structure.time[later.test].min()
        assert set(earlier.train) < set(later.train)
    for split in splits:
        check_promises(split, structure)


@given(structures(groups=True, time=True), st.integers(0, 2), seeds)
def test_time_and_groups_hold_both_promises(structure, gap, seed):
    assume(len(set(structure.time)) > 3)
    for make in (lambda s: [holdout(structure, s, seed)], lambda s: folds(structure, s, seed, 3)):
        try:
            splits = make(SplitSpec(gap=f"{gap}d"))
        except DataError as error:
            assert "leaves one side empty" in str(error) or "gap" in str(error)
            continue
        for split in splits:
            check_promises(split, structure, gap)


@settings(max_examples=30)
@given(st.booleans(), st.booleans(), st.booleans(), st.data())
def test_the_same_seed_gives_the_same_split(groups, time, classes, data):
    structure = data.draw(structures(groups=groups, time=time, classes=classes))
    try:
        one = [holdout(structure, SplitSpec(), 3), *folds(structure, SplitSpec(), 3, 2)]
        two = [holdout(structure, SplitSpec(), 3), *folds(structure, SplitSpec(), 3, 2)]
    except DataError:
        return
    for a, b in zip(one, two, strict=True):
        assert (a.train == b.train).all()
        assert (a.test == b.test).all()


def test_another_seed_gives_another_split():
    structure = Structure(100)
    assert (holdout(structure, SplitSpec(), 0).test != holdout(structure, SplitSpec(), 1).test).any()


def test_groups_come_near_their_share_and_classes():
    rng = np.random.default_rng(0)
    structure = Structure(2000, rng.integers(0, 2, 2000), rng.integers(0, 150, 2000), None, stratify=True)
    for split in folds(structure, SplitSpec(), 0):
        assert len(split.test) == pytest.approx(400, abs=8)
        assert structure.target[split.test].mean() == pytest.approx(structure.target.mean(), abs=0.02)


def test_a_stated_class_of_one_row_learns():
    structure = Structure(21, np.array([0] * 20 + [1]), None, None, stratify=True)
    assert 20 in holdout(structure, SplitSpec(holdout=0.5), 0).train


def test_without_stratification_classes_play_no_part():
    target = np.array([0] * 50 + [1] * 50)
    structure = Structure(100, target, None, None, stratify=True)
    counts = {
        np.bincount(target[holdout(structure, SplitSpec(stratify=False), seed).test], minlength=2)[1]
        for seed in range(9)
    }
    assert len(counts) > 1


def test_a_gap_over_numbers_is_a_number():
    structure = Structure(10, time=np.arange(10))
    assert holdout(structure, SplitSpec(gap="3"), 0).train.tolist() == [0, 1, 2, 3, 4, 5]
    with pytest.raises(UsageError, match="plain number"):
        holdout(structure, SplitSpec(gap="3d"), 0)


@pytest.mark.parametrize(
    ("structure", "call", "error", "message"),
    [
        (Structure(1), lambda s: holdout(s, SplitSpec(), 0), DataError, "at least 2 rows, and there are 1"),
        (Structure(4), lambda s: folds(s, SplitSpec(), 0), DataError, "5 folds need at least 5 rows, and there are 4"),
        (Structure(9), lambda s: folds(s, SplitSpec(), 0, 1), UsageError, "at least 2 are needed"),
        (Structure(9), lambda s: holdout(s, SplitSpec(), 0, 1.0), UsageError, "a share between 0 and 1"),
        (Structure(9), lambda s: holdout(s, SplitSpec(holdout=0), 0), UsageError, "a share between 0 and 1"),
        (
            Structure(6, groups=np.array([1, 1, 1, 2, 2, 2])),
            lambda s: folds(s, SplitSpec(), 0, 3),
            DataError,
            "3 groups",
        ),
        (
            Structure(6, time=np.array([1, 1, 1, 2, 2, 2])),
            lambda s: folds(s, SplitSpec(), 0, 3),
            DataError,
            "different moments",
        ),
        (Structure(6, time=np.arange(6)), lambda s: holdout(s, SplitSpec(gap="9"), 0), DataError, "shorter gap"),
        (Structure(6, time=np.arange(6)), lambda s: holdout(s, SplitSpec(gap="-1"), 0), UsageError, "negative"),
        (
            Structure(6, groups=np.zeros(6), time=np.arange(6)),
            lambda s: holdout(s, SplitSpec(), 0),
            DataError,
            "single group",
        ),
    ],
)
def test_what_cannot_be_split_says_why(structure, call, error, message):
    with pytest.raises(error, match=message):
        call(structure)


def test_a_class_with_fewer_rows_than_folds_is_spread():
    structure = Structure(20, np.array([0] * 17 + [1] * 3), None, None, stratify=True)
    tested = [int(structure.target[split.test].sum()) for split in folds(structure, SplitSpec(), 0)]
    assert sorted(tested) == [0, 0, 1, 1, 1]


FRAME = pl.DataFrame(
    {
        "when": [date(2024, 1, 3), date(2024, 1, 1), date(2024, 1, 2)],
        "house": ["b", None, None],
        "flat": [1, None, 2],
        "y": ["no", "yes", "no"],
    }
)


def schema(**roles: Role) -> Schema:
    kinds = {"when": Kind.DATETIME, "flat": Kind.NUMERIC}
    return Schema(
        tuple(Column(n, "", kinds.get(n, Kind.CATEGORICAL), roles.get(n, Role.FEATURE)) for n in FRAME.columns)
    )


def test_the_structure_is_read_off_the_roles_and_the_problem():
    problem = Problem("y", Task.BINARY, "roc_auc", ("no", "yes"), "yes")
    found = structure_of(FRAME, schema(when=Role.TIME, house=Role.GROUP, flat=Role.GROUP), problem)
    assert found.rows == 3
    assert found.stratify
    assert found.target.tolist() == [1, 2, 1]
    assert len(set(found.groups)) == 3, "several columns make one group per combination"
    assert found.time.tolist() == [datetime(2024, 1, 3), datetime(2024, 1, 1), datetime(2024, 1, 2)]
    part = found.take(np.array([2, 0]))
    assert (part.rows, part.target.tolist()) == (2, [1, 1])
    assert found.take(np.array([True, False, False])).rows == 1


def test_names_that_are_patterns_are_just_names():
    frame = FRAME.rename({"y": "*", "house": "^w.*$"})
    columns = Schema((Column("^w.*$", "", Kind.CATEGORICAL, Role.GROUP), Column("*", "", Kind.CATEGORICAL)))
    found = structure_of(frame, columns, Problem("*", Task.BINARY, "roc_auc", ("no", "yes"), "yes"))
    assert found.target.tolist() == [1, 2, 1]
    assert len(set(found.groups)) == 3


def test_rows_without_a_group_are_groups_of_their_own():
    found = structure_of(FRAME, schema(house=Role.GROUP))
    assert len(set(found.groups)) == 3
    assert not found.stratify


def test_regression_and_absent_targets_are_not_stratified():
    assert structure_of(FRAME, schema(), Problem("flat", Task.REGRESSION, "rmse")).target is None
    assert not structure_of(FRAME.drop("y"), schema().drop(["y"]), Problem("y", Task.BINARY, "roc_auc")).stratify


@pytest.mark.parametrize(
    ("frame", "roles", "message"),
    [
        (FRAME.with_columns(when=pl.lit(None, pl.Date)), {"when": Role.TIME}, "missing in 3 of 3 rows"),
        (FRAME, {"house": Role.TIME}, "missing in 2"),
        (FRAME, {"y": Role.TIME}, "moments or numbers are needed"),
        (FRAME, {"when": Role.TIME, "flat": Role.TIME}, "both have the role time"),
    ],
)
def test_a_time_that_is_none_is_refused(frame, roles, message):
    with pytest.raises(DataError, match=message):
        structure_of(frame, schema(**roles))


@given(
    st.one_of(
        st.lists(st.integers(-(2**63), 2**63 - 1)).map(lambda values: pl.Series(values, dtype=pl.Int64)),
        st.lists(st.integers(-3, 3)).map(lambda values: pl.Series(values, dtype=pl.Int8)),
        st.lists(st.integers(0, 2**64 - 1)).map(lambda values: pl.Series(values, dtype=pl.UInt64)),
        st.lists(st.booleans()).map(lambda values: pl.Series(values, dtype=pl.Boolean)),
        st.lists(st.text(max_size=3)).map(lambda values: pl.Series(values, dtype=pl.String)),
    )
)
def test_ranks_count_the_distinct_values_below(values):
    distinct = sorted(set(values.to_list()))
    assert ranks(values).tolist() == [distinct.index(value) for value in values.to_list()]
