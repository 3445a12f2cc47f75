import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing.parametric import column, dataframes

from clew.explore import missingness
from clew.explore.missingness import MissingPatterns, columns_with_missing
from clew.explore.statistics import describe

PEOPLE = pl.DataFrame(
    {
        "name": ["a", "b", "c", "d", "e"],
        "born": [1990, None, None, None, 1991],
        "height": [1.7, float("nan"), None, 1.8, 1.9],
        "weight": [None, None, None, 70.0, 71.0],
    }
)
ANY = dataframes([column(name, dtype=pl.Float64) for name in "abcd"], max_size=40, allow_null=True)


def test_combinations_are_counted(make_schema):
    names = columns_with_missing(describe(PEOPLE, make_schema(PEOPLE)))
    assert names == ("born", "height", "weight")
    known = MissingPatterns.of(PEOPLE, names)
    assert known.combinations() == [
        (("born", "height", "weight"), 2),
        ((), 1),
        (("born",), 1),
        (("weight",), 1),
    ]
    assert (known.rows, known.complete, known.unlisted) == (5, 1, 0)
    assert known.to_dict()["combinations"][0] == {"columns": ["born", "height", "weight"], "rows": 2, "share": 0.4}


@given(ANY)
def test_the_correlation_is_that_of_the_gaps(frame):
    known = MissingPatterns.of(frame, frame.columns)
    gone = np.stack(
        [(frame[name].is_null() | frame[name].is_nan().fill_null(value=True)).to_numpy() for name in "abcd"]
    )
    assert np.array_equal(known.together, gone.astype(int) @ gone.T)
    found = known.correlation()
    for i in range(4):
        for j in range(4):
            if 0 < gone[i].sum() < len(frame) and 0 < gone[j].sum() < len(frame):
                assert found[i, j] == pytest.approx(np.corrcoef(gone[i], gone[j])[0, 1])
            else:
                assert np.isnan(found[i, j])
    json.dumps(known.to_dict() if len(frame) else {}, allow_nan=False)


@given(ANY, st.integers(0, 40))
def test_two_parts_give_the_whole(frame, cut):
    one, other = (MissingPatterns.of(part, frame.columns) for part in (frame[:cut], frame[cut:]))
    assert one.merge(other) == other.merge(one) == MissingPatterns.of(frame, frame.columns)


def test_of_very_many_combinations_the_frequent_ones_stay(monkeypatch):
    monkeypatch.setattr(missingness, "KEPT", 4)
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({name: np.where(rng.random(4000) < share, np.nan, 1.0) for name, share in
                          zip("abcd", (0.5, 0.3, 0.1, 0.05), strict=True)})  # fmt: skip
    whole = MissingPatterns.of(frame, frame.columns)
    merged = MissingPatterns.of(frame[:1000], frame.columns).merge(MissingPatterns.of(frame[1000:], frame.columns))
    assert whole.combinations()[:2] == merged.combinations()[:2]
    assert whole.unlisted > 0
    assert np.array_equal(whole.together, merged.together)


def test_pairs_that_go_together_are_listed_first():
    gone = np.arange(100) < 30
    frame = pl.DataFrame(
        {"a": np.where(gone, np.nan, 1), "b": np.where(gone, np.nan, 2), "c": np.where(gone, 1, np.nan)}
    )
    pairs = MissingPatterns.of(frame, frame.columns).pairs()
    assert [(item["columns"], round(item["correlation"], 9), item["together"]) for item in pairs] == [
        (["a", "b"], 1.0, 30),
        (["a", "c"], -1.0, 0),
        (["b", "c"], -1.0, 0),
    ]


def test_a_wide_table_is_looked_at_where_most_is_missing(make_schema):
    frame = pl.DataFrame({f"x{i}": [None if row <= i else row for row in range(100)] for i in range(80)})
    names = columns_with_missing(describe(frame, make_schema(frame)))
    assert names == tuple(f"x{i}" for i in range(17, 80))
    assert MissingPatterns.of(frame, names).together[-1, -1] == 80
