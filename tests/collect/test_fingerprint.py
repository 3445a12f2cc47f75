"""Equal content has an equal name, whatever its storage; other content has another."""

from datetime import UTC, datetime, time, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.collect.fingerprint import fingerprint
from clew.core.errors import DataError
from clew.core.schema import Column, Kind, Role, Schema


def of(series: pl.Series, **facts: object) -> str:
    return fingerprint(series.alias("x").to_frame(), Schema((Column("x", "", Kind.NUMERIC, **facts),)))  # type: ignore[arg-type]


def test_it_is_the_same_for_ever():
    frame = pl.DataFrame(
        {"n": [1, None], "f": [1.5, 2.0], "s": ["a", "bc"], "b": [True, False], "d": [datetime(2024, 1, 1), None]}
    )
    schema = Schema(tuple(Column(name, "", Kind.UNKNOWN) for name in frame.columns))
    assert fingerprint(frame, schema) == "ac0f7d80da895a79d9d63efa7d12b0283dd35befffda250e707415c63690ff9f"


@given(st.lists(st.none() | st.integers(-100, 100), min_size=1))
def test_width_and_chunks_do_not_matter(values):
    wide = pl.Series(values, dtype=pl.Int64)
    chunked = pl.concat([wide.head(1), wide.slice(1)], rechunk=False)
    assert of(wide) == of(wide.cast(pl.Int8)) == of(chunked)
    assert of(wide.cast(pl.Float64)) == of(wide.cast(pl.Float32))
    assert of(wide.cast(pl.String)) == of(chunked.cast(pl.String)) == of(wide.cast(pl.String).cast(pl.Categorical))


values = st.none() | st.sampled_from([0, 1, 2, 255])
lists = st.none() | st.lists(values, max_size=2)


@given(st.lists(lists, min_size=1, max_size=4), st.lists(lists, min_size=1, max_size=4))
def test_lists_and_structs_are_told_apart(a, b):
    one, two = pl.Series(a, dtype=pl.List(pl.Int64)), pl.Series(b, dtype=pl.List(pl.Int64))
    assert (of(one) == of(two)) == (a == b)
    packed = [pl.DataFrame({"l": series}).to_struct() for series in (one, two)]
    assert (of(packed[0]) == of(packed[1])) == (a == b)


DIFFERENT = [
    pl.Series([1, 2]),
    pl.Series([2, 1]),
    pl.Series([1, None]),
    pl.Series([None, 1]),
    pl.Series([1, 0]),
    pl.Series([1.0, 2.0]),
    pl.Series(["1", "2"]),
    pl.Series(["12", ""]),
    pl.Series(["12", None]),
    pl.Series([True, False]),
    pl.Series([1, 2]).cast(pl.Datetime("us")),
    pl.Series([1, 2]).cast(pl.Datetime("ns")),
    pl.Series([1, 2]).cast(pl.Datetime("us", "UTC")),
    pl.Series([1, 2]).cast(pl.Duration("us")),
    pl.Series([time(1), time(2)]),
    pl.Series([timedelta(1), timedelta(2)]),
    pl.Series([1, 2]).cast(pl.Date),
    pl.Series([b"1", b"2"]),
    pl.Series([[1], [2]]),
    pl.Series([[1, 2], []]),
    pl.Series([2**64, 1], dtype=pl.Int128),
    pl.Series([None, None]),
    pl.Series([None, None, None]),
]


def test_other_content_has_another_name():
    assert len({of(series) for series in DIFFERENT}) == len(DIFFERENT)


def test_facts_count_and_spelling_does_not():
    series = pl.Series([1, 2])
    assert of(series, unit="km") != of(series)
    assert of(series, role=Role.TARGET) != of(series)
    assert of(series, format="1,234.5", missing=("?",)) == of(series)


def test_moments_are_named_by_their_instant():
    utc = pl.Series([datetime(2024, 1, 1, tzinfo=UTC)])
    assert of(utc.dt.cast_time_unit("ns")) == of(utc) == of(utc.dt.cast_time_unit("ms"))


def test_missing_columns_of_any_type_are_alike():
    assert of(pl.Series([None, None], dtype=pl.String)) == of(pl.Series([None, None], dtype=pl.Int64))


def test_python_objects_have_none():
    with pytest.raises(DataError, match="Python objects"):
        of(pl.Series([object()], dtype=pl.Object))
