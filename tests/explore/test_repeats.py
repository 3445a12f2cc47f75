import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.explore import repeats
from clew.explore.checks.repeated import repeated_rows
from clew.explore.repeats import Repeats

ROWS = st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["a", "b", None])), min_size=1, max_size=60)


def framed(rows):
    return pl.DataFrame(rows, schema={"x": pl.Int64, "y": pl.String}, orient="row")


@given(ROWS, st.integers(0, 60))
def test_few_rows_are_counted_exactly_however_they_are_cut(rows, cut):
    frame = framed(rows)
    whole, parts = Repeats.of(frame), Repeats.of(frame[:cut]).merge(Repeats.of(frame[cut:]))
    assert whole.repeated == parts.repeated == int(repeated_rows(frame).sum())
    assert whole.exact
    assert parts.exact


@pytest.mark.parametrize("share", [0.0, 0.01, 0.4])
@pytest.mark.parametrize("chunks", [1, 7])
def test_many_rows_are_estimated_within_the_stated_error(monkeypatch, share, chunks):
    monkeypatch.setattr(repeats, "CAPACITY", 2048)
    rng = np.random.default_rng(0)
    rows = 40_000
    values = np.arange(rows)
    again = rng.random(rows) < share
    values[again] = rng.integers(0, rows, again.sum())
    frame = pl.DataFrame({"x": rng.permutation(values)})
    merged = Repeats.of(frame[:0])
    for part in frame.iter_slices(rows // chunks + 1):
        merged = merged.merge(Repeats.of(part))
    truth = int(repeated_rows(frame).sum())
    assert not merged.exact
    assert len(merged.hashes) <= 2048
    error = np.sqrt(max(share * (1 - share), 1e-12) / 2048)
    assert abs(merged.repeated - truth) / rows <= 5 * error
    if not truth:
        assert merged.repeated == 0


def test_nested_columns_are_not_compared():
    frame = pl.DataFrame({"x": [1, 1], "list": [[1], [2]]})
    assert Repeats.of(frame).repeated == 1
    assert Repeats.of(frame.select("list")).repeated == 0
