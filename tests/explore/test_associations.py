import numpy as np
import polars as pl
import pytest

from clew.core.schema import Role
from clew.define.problem import Task
from clew.explore.associations import MAX_ROWS, associations
from clew.explore.binning import BINS, codes_of

RNG = np.random.default_rng(0)
ROWS = 3000
LABEL = RNG.random(ROWS) < 0.4
FRAME = pl.DataFrame(
    {
        "y": np.where(LABEL, "yes", "no"),
        "strong": LABEL + RNG.normal(0, 0.4, ROWS),
        "weak": LABEL + RNG.normal(0, 3, ROWS),
        "noise": RNG.normal(size=ROWS),
        "bowl": np.where(LABEL, 0, 2) * RNG.choice([-1, 1], ROWS) + RNG.normal(0, 0.4, ROWS),
        "colour": np.where(LABEL & (RNG.random(ROWS) < 0.7), "red", "blue"),
        "unique": [f"u{i}" for i in range(ROWS)],
        "list": [[1]] * ROWS,
    }
)


def power(frame, schema, task=Task.BINARY, **options):
    return {item.feature: item.power for item in associations(frame, schema, "y", task, **options)}


def test_features_are_ranked_by_what_they_say(make_schema):
    found = power(FRAME, make_schema(FRAME, "y"))
    assert list(found)[:2] == ["bowl", "strong"] or list(found)[:2] == ["strong", "bowl"]
    assert found["strong"] > 0.8
    assert found["bowl"] > 0.8
    assert 0.1 < found["weak"] < 0.4
    assert found["colour"] == pytest.approx(0.7, abs=0.05)
    assert found["noise"] < 0.06
    assert found["unique"] == 0
    assert "list" not in found
    assert "y" not in found


def test_many_labels_are_averaged(make_schema):
    frame = FRAME.with_columns(y=pl.Series(RNG.integers(0, 5, ROWS).astype(str))).with_columns(copy=pl.col("y"))
    found = power(frame, make_schema(frame, "y"), Task.MULTICLASS)
    assert found["copy"] == pytest.approx(1.0)
    assert found["noise"] < 0.06


def test_numbers_are_judged_by_their_ranks(make_schema):
    target = RNG.lognormal(0, 3, ROWS)
    frame = FRAME.with_columns(
        y=pl.Series(target), same=pl.Series(np.log(target)), other=pl.Series(RNG.normal(size=ROWS))
    )
    found = power(frame, make_schema(frame, "y"), Task.REGRESSION)
    assert found["same"] > 0.99
    assert found["other"] < 0.02


def test_that_a_value_is_missing_may_say_something(make_schema):
    frame = FRAME.with_columns(gap=pl.when(pl.Series(LABEL)).then(pl.col("noise")))
    assert power(frame, make_schema(frame, "y"))["gap"] == pytest.approx(1.0)


def test_rows_without_a_target_are_left_out(make_schema):
    frame = FRAME.with_columns(y=pl.when(pl.int_range(ROWS) % 2 == 0).then(pl.col("y")))
    (first, *_) = associations(frame, make_schema(frame, "y"), "y", Task.BINARY)
    assert first.rows == ROWS / 2


def test_the_same_seed_gives_the_same(make_schema):
    schema = make_schema(FRAME, "y")
    assert power(FRAME, schema, seed=1) == power(FRAME, schema, seed=1)
    assert power(FRAME, schema, seed=1) != power(FRAME, schema, seed=2)


def test_a_large_table_is_sampled(make_schema):
    frame = pl.DataFrame({"y": ["a", "b"] * MAX_ROWS, "x": range(2 * MAX_ROWS)})
    (only,) = associations(frame, make_schema(frame, "y"), "y", Task.BINARY)
    assert only.rows == MAX_ROWS


def test_excluded_columns_are_not_measured(make_schema):
    assert "noise" not in power(FRAME, make_schema(FRAME, "y", noise={"role": Role.EXCLUDE}))


@pytest.mark.parametrize("rows", [0, 3])
def test_too_few_rows_say_nothing(make_schema, rows):
    assert power(FRAME[:rows], make_schema(FRAME, "y")) == {}


def test_too_many_labels_say_nothing(make_schema):
    frame = FRAME.with_columns(y=pl.col("unique"))
    assert power(frame, make_schema(frame, "y"), Task.MULTICLASS) == {}


def test_bins_are_of_equal_frequency_with_tails_of_their_own():
    codes = codes_of(pl.Series(RNG.lognormal(0, 2, 100_000)))
    counts = np.bincount(codes)[1:]
    assert BINS <= len(counts) <= BINS + 6
    assert counts.max() < 1.2 * 100_000 / BINS
    assert counts[-1] == 100


@pytest.mark.parametrize(
    "values",
    [
        pl.Series([1.0, None, float("nan"), float("inf"), -float("inf"), 1.0]),
        pl.Series(["a", None, None, "b", "c", "a"]),
        pl.Series([True, None, None, False, None, True]),
        pl.Series([3, None, None, 1, 2, 3]).cast(pl.Date),
        pl.Series([3, None, None, 1, 2, 3]).cast(pl.Duration("us")),
    ],
)
def test_equal_values_share_a_bin_and_missing_ones_have_their_own(values):
    codes = codes_of(values).tolist()
    assert codes[0] == codes[5] != 0
    assert codes[1] == 0
    assert codes[2] == 0 or values.dtype.is_float()
    assert codes[3] != codes[0]


def test_nested_values_have_no_bins():
    assert codes_of(pl.Series([[1], [2]])) is None
