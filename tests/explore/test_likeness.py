import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.explore.checks.repeated import repeated_rows
from clew.explore.duplicates import most_repeated
from clew.explore.likeness import alike

RNG = np.random.default_rng(0)


def measured(rows=200):
    return pl.DataFrame({name: RNG.normal(size=rows).round(6) for name in "uvwxy"})


def test_near_duplicates_are_those_of_a_look_at_every_pair(make_table):
    frame = measured(60)
    changed = frame.head(6).with_columns(u=pl.col("u") + 1)
    twice = frame[6:9].with_columns(v=pl.col("v") + 1, w=pl.col("w") + 1)
    table = make_table(pl.concat([frame, changed, twice]))
    rows = table.frame.rows()
    expected = {
        place
        for place, one in enumerate(rows)
        for other in rows
        if sum(a != b for a, b in zip(one, other, strict=True)) == 1
    }
    found = alike(table, repeated_rows(table.frame))
    assert found.near == len(expected) == 12
    assert {pair["column"] for pair in found.pairs} == {"u"}


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from("ab")), min_size=25, max_size=60))
def test_the_most_frequent_rows_are_those_that_counting_gives(rows):
    frame = pl.DataFrame(rows, schema=["number", "letter"], orient="row")
    found = most_repeated(frame, repeated_rows(frame))
    counted = frame.group_by("number", "letter").len().filter(pl.col("len") > 1).sort("len", descending=True)
    assert [item["times"] for item in found.frequent] == counted["len"].to_list()[:10]
    assert found.again == len(frame) - frame.n_unique()
    for item in found.frequent:
        assert all(frame.row(row, named=True) == item["values"] for row in item["rows"])


def test_missing_and_nested_values_are_compared_as_far_as_they_can_be():
    frame = pl.DataFrame({"x": [None, None, 1.0], "list": [[1], [2], [3]]})
    found = most_repeated(frame, repeated_rows(frame))
    assert found.frequent == ({"times": 2, "rows": [0, 1], "values": {"x": None}},)


def test_long_texts_are_cut_in_what_is_shown():
    frame = pl.DataFrame({"note": ["x" * 10**6] * 2 + ["y"]})
    (item,) = most_repeated(frame, repeated_rows(frame)).frequent
    assert item["values"]["note"] == "x" * 200 + "…"
