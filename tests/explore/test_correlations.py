import json
import math

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from clew.core.schema import Role
from clew.define.problem import Task
from clew.explore import correlations as module
from clew.explore.associations import associations
from clew.explore.correlation_measures import (
    contingency,
    correlation_ratios,
    cramers_v,
    fisher_interval,
    mutual_information,
    product_moments,
    ranks,
    standardised,
)
from clew.explore.correlations import correlations
from clew.explore.statistics import describe

NUMBERS = st.lists(st.tuples(st.integers(-50, 50), st.floats(-1e6, 1e6)), min_size=4, max_size=60)
LABELS = st.lists(st.tuples(st.integers(-1, 4), st.integers(-1, 3)), min_size=4, max_size=80)


@given(NUMBERS, st.randoms())
def test_pearson_and_spearman_are_those_of_scipy(pairs, random):
    matrix = np.array(pairs, dtype=np.float64)
    assume(np.ptp(matrix[:, 0]) > 1e-3 and np.ptp(matrix[:, 1]) > 1e-3)
    expected = stats.pearsonr(*matrix.T).statistic, stats.spearmanr(*matrix.T).statistic
    gap = np.full((1, 2), np.nan)
    padded = np.concatenate((matrix, gap))
    pearson, rows = product_moments(padded)
    spearman, _ = product_moments(ranks(padded))
    assert rows[0, 1] == len(pairs)
    assert (pearson[0, 1], spearman[0, 1]) == pytest.approx(expected, abs=1e-6)
    assert pearson[0, 1] == pearson[1, 0]


def test_a_pair_is_judged_on_the_rows_that_have_both():
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(500, 3))
    matrix[:, 1] += matrix[:, 0]
    matrix[rng.random((500, 3)) < 0.2] = np.nan
    found, rows = product_moments(matrix)
    for i in range(3):
        for j in range(3):
            both = np.isfinite(matrix[:, i]) & np.isfinite(matrix[:, j])
            assert rows[i, j] == both.sum()
            assert found[i, j] == pytest.approx(np.corrcoef(matrix[both, i], matrix[both, j])[0, 1])


@pytest.mark.parametrize("scale", [1e-200, 1.0, 1e200])
@pytest.mark.parametrize("shift", [0.0, 1e9])
def test_very_large_and_very_small_numbers_correlate_alike(scale, shift):
    rng = np.random.default_rng(1)
    one = rng.normal(size=300)
    other = one + rng.normal(size=300)
    matrix = np.stack([(one + shift) * scale, other], axis=1)
    assert product_moments(matrix)[0][0, 1] == pytest.approx(np.corrcoef(one, other)[0, 1], rel=1e-4)


def test_a_constant_does_not_correlate():
    matrix = np.stack([np.full(50, 0.1), np.arange(50.0)], axis=1)
    assert np.isnan(product_moments(matrix)[0][0, 1])
    assert product_moments(np.empty((0, 2)))[0].shape == (2, 2)


@given(LABELS)
def test_the_table_of_labels_counts_the_rows_with_both(pairs):
    one, other = (np.array(codes, dtype=np.int64) for codes in zip(*pairs, strict=True))
    table = contingency(one, other)
    assert table.sum() == np.sum((one >= 0) & (other >= 0))
    if table.size:
        assert (table.sum(axis=0) > 0).all()
        assert (table.sum(axis=1) > 0).all()
    if min(table.shape) >= 2:
        value, turned = cramers_v(table), cramers_v(table.T)
        assert value == pytest.approx(turned, nan_ok=True)
        assert math.isnan(value) or 0 <= value <= 1
        assert 0 <= mutual_information(table) <= 1
        plain = stats.contingency.association(table.astype(int), method="cramer")
        assert math.isnan(value) or value <= plain + 1e-9 or value == 1


def test_labels_that_name_each_other_go_together_fully():
    table = np.diag([30.0, 20.0, 50.0])
    assert cramers_v(table) == pytest.approx(1)
    assert mutual_information(table) == pytest.approx(1, abs=0.05)


def test_the_correction_of_cramers_v_is_that_of_bergsma():
    table = np.array([[30.0, 10.0, 5.0], [10.0, 25.0, 20.0]])
    n, (r, k) = table.sum(), table.shape
    phi2 = stats.chi2_contingency(table, correction=False).statistic / n
    phi2 = max(0, phi2 - (r - 1) * (k - 1) / (n - 1))
    expected = math.sqrt(phi2 / min(r - (r - 1) ** 2 / (n - 1) - 1, k - (k - 1) ** 2 / (n - 1) - 1))
    assert cramers_v(table) == pytest.approx(expected)


def test_what_is_drawn_independently_hardly_goes_together():
    rng = np.random.default_rng(2)
    one, other = rng.integers(0, 30, 2000), rng.integers(0, 40, 2000)
    table = contingency(one, other)
    assert stats.contingency.association(table.astype(int), method="cramer") > 0.13
    assert cramers_v(table) < 0.05
    assert mutual_information(table) < 0.03
    numbers = rng.normal(size=(2000, 1))
    values, _ = correlation_ratios(rng.integers(0, 400, 2000), standardised(numbers), np.isfinite(numbers))
    assert values[0] < 0.15  # without the correction it would be 0.45


def test_eta_is_the_share_of_the_variance_between_labels():
    rng = np.random.default_rng(3)
    codes = rng.integers(-1, 4, 400)
    numbers = np.stack([codes * 2.0 + rng.normal(size=400), rng.normal(size=400) * 1e9, np.full(400, 3.0)], axis=1)
    numbers[rng.random((400, 3)) < 0.1] = np.nan
    values, rows = correlation_ratios(codes, standardised(numbers), np.isfinite(numbers))
    for at in range(2):
        both = (codes >= 0) & np.isfinite(numbers[:, at])
        known, labels = numbers[both, at], codes[both]
        n, groups = len(known), np.unique(labels)
        within = sum(np.sum((known[labels == g] - known[labels == g].mean()) ** 2) for g in groups)
        epsilon = 1 - within / (n - len(groups)) * (n - 1) / np.sum((known - known.mean()) ** 2)
        assert values[at] == pytest.approx(math.sqrt(max(0, epsilon)), abs=1e-9)
        assert rows[at] == n
    assert np.isnan(values[2])


def test_intervals_hold_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(4)
    truth, held = 0.6, {False: 0, True: 0}
    spearman = 6 / math.pi * math.asin(truth / 2)
    for _ in range(400):
        one = rng.normal(size=80)
        other = truth * one + math.sqrt(1 - truth**2) * rng.normal(size=80)
        for of_ranks, value, true in (
            (False, stats.pearsonr(one, other).statistic, truth),
            (True, stats.spearmanr(one, other).statistic, spearman),
        ):
            low, high = fisher_interval(value, 80, of_ranks=of_ranks)
            held[of_ranks] += low <= true <= high
    assert all(0.92 <= count / 400 <= 0.98 for count in held.values())


def mixed(rows=600):
    rng = np.random.default_rng(5)
    size = rng.normal(size=rows)
    return pl.DataFrame(
        {
            "size": size,
            "weight": size * 3 + rng.normal(size=rows),
            "class": np.where(size > 0, "large", "small"),
            "colour": rng.choice(["red", "green", "blue"], rows),
            "grade": np.where(size + rng.normal(size=rows) > 0, "A", "B"),
            "since": (np.datetime64("2020-01-01", "us") + (size * 1e10).astype("timedelta64[us]")),
            "note": [f"n{i}" for i in range(rows)],
            "same": 1,
            "list": [[1]] * rows,
        }
    )


def test_each_pair_gets_the_measure_that_fits(make_schema):
    frame = mixed()
    schema = make_schema(frame, "grade")
    known = correlations(frame, schema, describe(frame, schema))
    assert known.columns == ("size", "weight", "class", "colour", "since", "grade")  # the target last
    assert (known.rows, known.sampled, known.left_out) == (600, False, ())
    measures = {(pair.one, pair.other): pair.measure for pair in known.pairs}
    assert measures["size", "weight"] == measures["size", "since"] == "spearman"
    assert measures["size", "class"] == measures["weight", "grade"] == "eta"
    assert measures["class", "grade"] == measures["colour", "grade"] == "cramers_v"
    strongest = known.pairs[0]
    assert (strongest.one, strongest.other) == ("size", "since")
    assert strongest.value == pytest.approx(1)
    pair = next(p for p in known.pairs if (p.one, p.other) == ("size", "weight"))
    assert pair.low < pair.value < pair.high
    assert pair.pearson == pytest.approx(np.corrcoef(frame["size"], frame["weight"])[0, 1])
    json.dumps(known.to_dict(), allow_nan=False)


def test_roles_decide_who_takes_part(make_schema):
    frame = mixed()
    schema = make_schema(frame, size={"role": Role.ID}, colour={"role": Role.EXCLUDE}, weight={"role": Role.WEIGHT})
    known = correlations(frame, schema, describe(frame, schema))
    assert known.columns == ("weight", "class", "grade", "since")


def test_many_columns_and_rows_are_cut_and_said(make_schema, monkeypatch):
    monkeypatch.setattr(module, "MAX_COLUMNS", 3)
    monkeypatch.setattr(module, "MAX_ROWS", 200)
    frame = mixed()
    schema = make_schema(frame, "grade")
    statistics = describe(frame, schema)
    telling = associations(frame, schema, "grade", Task.BINARY)
    known = correlations(frame, schema, statistics, telling, seed=1)
    best = [item.feature for item in telling if item.feature not in {"note", "same", "list"}][:2]
    assert set(known.columns) == {*best, "grade"}
    assert (known.rows, known.sampled, len(known.left_out)) == (200, True, 3)
    assert known == correlations(frame, schema, statistics, telling, seed=1)
    assert known != correlations(frame, schema, statistics, telling, seed=2)


@pytest.mark.parametrize("frame", [mixed(0), mixed(1), mixed(5), pl.DataFrame({"x": [float("nan")] * 20})])
def test_tiny_tables_have_no_pairs(make_schema, frame):
    schema = make_schema(frame)
    known = correlations(frame, schema, describe(frame, schema))
    assert known.pairs == ()


def test_infinities_take_no_part(make_schema):
    frame = mixed().with_columns(pl.when(pl.int_range(600) < 3).then(float("inf")).otherwise("weight").alias("weight"))
    schema = make_schema(frame)
    known = correlations(frame, schema, describe(frame, schema))
    pair = next(p for p in known.pairs if (p.one, p.other) == ("size", "weight"))
    assert pair.rows == 597


def test_every_measure_has_its_interval(make_schema):
    rng = np.random.default_rng(0)
    label = rng.integers(0, 3, 900)
    frame = pl.DataFrame(
        {
            "number": label + rng.normal(size=900),
            "other": rng.normal(size=900),
            "label": label.astype(str),
            "alike": np.where(rng.random(900) < 0.7, label, rng.integers(0, 3, 900)).astype(str),
        }
    )
    schema = make_schema(frame)
    found = {pair.measure: pair for pair in correlations(frame, schema, describe(frame, schema)).pairs[::-1]}
    assert found.keys() == {"spearman", "cramers_v", "eta"}
    for pair in found.values():
        assert 0 < pair.high - pair.low < 0.3
        assert pair.low <= pair.value <= pair.high
