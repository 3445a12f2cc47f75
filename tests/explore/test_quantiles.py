import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.explore.quantiles import CAPACITY, RANK_ERROR, Distribution, QuantileSketch

SHARES = np.linspace(0, 1, 101)


def counted(values):
    unique, counts = np.unique(np.asarray(values, dtype=np.float64), return_counts=True)
    return Distribution.of(unique, counts)


def rank_error(values, sketch):
    """Largest distance between a wanted share and the shares at which the sketch's quantile really stands."""
    ordered, found = np.sort(values), sketch.distribution().quantiles(SHARES)
    low = np.searchsorted(ordered, found, side="left") / len(ordered)
    high = np.searchsorted(ordered, found, side="right") / len(ordered)
    return float(np.max(np.maximum(np.maximum(low - SHARES, SHARES - high), 0)))


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=200), st.lists(st.floats(0, 1), min_size=1, max_size=5))
def test_quantiles_of_counts_are_those_of_the_rows(values, shares):
    found = counted(values).quantiles(np.array(shares))
    assert found == pytest.approx(np.quantile(values, shares), abs=1e-9)


@given(st.lists(st.integers(0, 20), max_size=60), st.lists(st.integers(-1, 21), min_size=1, max_size=8))
def test_counting_below(values, edges):
    edges = np.sort(np.array(edges, dtype=np.float64))
    found = counted(values) if values else QuantileSketch().distribution()
    assert found.below(edges).tolist() == [sum(v < e for v in values) for e in edges]
    assert found.below(edges, inclusive=True).tolist() == [sum(v <= e for v in values) for e in edges]


def test_few_rows_are_kept_whole():
    values = np.random.default_rng(0).normal(size=CAPACITY)
    sketch = QuantileSketch.of(counted(values))
    assert sketch.exact
    assert sketch.rows == CAPACITY
    assert sketch.distribution().quantiles(SHARES) == pytest.approx(np.quantile(values, SHARES))


@pytest.mark.parametrize("draw", ["normal", "sorted", "heavy", "lumpy"])
@pytest.mark.parametrize("chunks", [1, 7, 100])
def test_ranks_stay_within_the_stated_error(draw, chunks):
    rng = np.random.default_rng(5)
    values = {
        "normal": rng.normal(size=50_000),
        "sorted": np.arange(50_000.0),
        "heavy": rng.standard_cauchy(size=50_000),
        "lumpy": np.round(rng.exponential(size=50_000), 2),
    }[draw]
    sketch = QuantileSketch()
    for chunk in np.array_split(values, chunks):
        sketch = sketch.merge(QuantileSketch.of(counted(chunk)))
    assert sketch.rows == len(values)
    assert not sketch.exact
    assert rank_error(values, sketch) < RANK_ERROR


def test_merging_in_any_order_gives_the_same():
    rng = np.random.default_rng(3)
    one, other = (QuantileSketch.of(counted(rng.normal(size=5000))) for _ in range(2))
    assert one.merge(other).to_list() == other.merge(one).to_list()


def test_a_sketch_stays_small():
    sketch = QuantileSketch()
    for seed in range(60):
        sketch = sketch.merge(QuantileSketch.of(counted(np.random.default_rng(seed).normal(size=3000))))
    assert sum(map(len, sketch.levels)) < 4 * CAPACITY


def test_the_sketch_survives_json_to_the_bit():
    sketch = QuantileSketch.of(counted(np.random.default_rng(4).normal(size=9000) * 1e-300))
    again = QuantileSketch.from_list(sketch.to_list())
    assert [level.tolist() for level in again.levels] == [level.tolist() for level in sketch.levels]


def test_nothing_has_no_quantile():
    empty = QuantileSketch().distribution()
    assert empty.rows == 0
    assert len(empty.quantiles(SHARES)) == 0
