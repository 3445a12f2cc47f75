import numpy as np
import polars as pl
import pytest

from clew.explore import reservoir as module
from clew.explore.reservoir import Reservoir


def drawn(rows, batch, seed=0, kept=100):
    reservoir = Reservoir(seed, kept)
    frame = pl.DataFrame({"row": np.arange(rows), "text": [f"text {i}" for i in range(rows)]})
    for start in range(0, rows, batch):
        reservoir.add(frame[start : start + batch])
    return reservoir.sample()


@pytest.mark.parametrize("batch", [7, 150, 1000])
def test_rows_stay_in_their_order_and_know_their_place(batch):
    frame, places = drawn(1000, batch)
    assert len(frame) == 100
    assert frame["row"].to_list() == places.tolist() == sorted(set(places.tolist()))
    assert frame["text"].to_list() == [f"text {place}" for place in places]


def test_few_rows_all_stay():
    frame, places = drawn(80, 30)
    assert frame["row"].to_list() == list(range(80)) == places.tolist()


def test_the_seed_decides_and_the_batches_do_not():
    assert drawn(1000, 10)[1].tolist() == drawn(1000, 333)[1].tolist()
    assert drawn(1000, 10)[1].tolist() != drawn(1000, 10, seed=1)[1].tolist()


def test_every_row_is_equally_likely():
    counts = np.zeros(200)
    for seed in range(2000):
        counts[drawn(200, 37, seed, 20)[1]] += 1
    # Binomial with mean 200 and standard deviation 13.4.
    assert np.all(np.abs(counts - 200) < 5 * 13.4)
    halves = counts[:100].sum(), counts[100:].sum()
    assert abs(halves[0] - halves[1]) < 5 * 13.4 * np.sqrt(200)


def test_huge_rows_are_fewer(monkeypatch):
    monkeypatch.setattr(module, "SAMPLE_BYTES", 100_000)
    monkeypatch.setattr(module, "_FEWEST", 3)
    reservoir = Reservoir(0, 100)
    for _ in range(30):
        reservoir.add(pl.DataFrame({"x": ["y" * 10_000] * 20}))
    frame, _ = reservoir.sample()
    assert 3 <= len(frame) <= 12
