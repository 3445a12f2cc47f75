import json
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing.parametric import column, dataframes

from clew.collect.source import read
from clew.core.errors import ArtifactError, SchemaError, UsageError
from clew.core.schema import Kind
from clew.explore.statistics import PROBABILITIES, TableStatistics, describe
from clew.explore.texts import Texts

ANY_FRAME = dataframes(
    [
        column("number", dtype=pl.Float64),
        column("whole", dtype=pl.Int64),
        column("small", dtype=pl.UInt8),
        column("label", dtype=pl.String),
        column("flag", dtype=pl.Boolean),
        column("day", dtype=pl.Date),
        column("moment", dtype=pl.Datetime("us")),
    ],
    max_size=40,
    allow_null=True,
)


def mixed(rows, seed=0):
    rng = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "number": rng.normal(size=rows),
            "heavy": rng.standard_cauchy(size=rows),
            "whole": rng.integers(0, 5000, size=rows),
            "label": rng.choice(["red", "green", "blue"], size=rows),
            "code": [f"c{value}" for value in rng.integers(0, 3000, size=rows)],
            "moment": pl.Series(rng.integers(0, 10**15, size=rows)).cast(pl.Datetime("us")),
            "flag": rng.random(rows) < 0.3,
        }
    ).with_columns(pl.when(pl.col("whole") % 10 > 0).then(pl.col("number")).alias("number"))


def test_the_figures_are_those_of_the_rows(make_schema):
    frame = mixed(5000)
    known = describe(frame, make_schema(frame))
    for name in ("number", "heavy", "whole"):
        values, found = frame[name].drop_nulls(), known[name]
        assert found.rows == 5000
        assert found.missing == frame[name].null_count()
        assert found.distinct == values.n_unique()
        assert (found.minimum, found.maximum) == (values.min(), values.max())
        assert found.mean == pytest.approx(values.mean())
        assert found.std == pytest.approx(values.std())
        assert found.quantiles == pytest.approx(np.quantile(values.to_numpy(), PROBABILITIES))
        first, third = values.quantile(0.25, "linear"), values.quantile(0.75, "linear")
        low, high = first - 1.5 * (third - first), third + 1.5 * (third - first)
        assert found.numbers.outliers == ((values < low) | (values > high)).sum()
        assert found.numbers.negatives == (values < 0).sum()
        assert sum(found.histogram.counts) == found.present
    assert dict(known["label"].values.items) == dict(frame["label"].value_counts().iter_rows())


def agree(merged, whole):
    """Hold a merge against a look at the whole: exactly, or within the stated error."""
    assert merged.rows == whole.rows
    for name, found in merged.columns.items():
        truth = whole[name]
        for exact in ("rows", "missing", "minimum", "maximum", "lengths"):
            assert getattr(found, exact) == getattr(truth, exact), (name, exact)
        for close in ("mean", "std", "skewness", "kurtosis") if truth.moments else ():
            assert getattr(found, close) == pytest.approx(getattr(truth, close), rel=1e-6, abs=1e-6), (name, close)
        if found.distinct_exact:
            assert found.distinct == truth.distinct
        elif truth.distinct:
            assert found.distinct == pytest.approx(truth.distinct, rel=0.13)
        if found.values.exact:
            assert found.values == truth.values
            assert found.quantiles == pytest.approx(truth.quantiles)
            assert found.histogram == truth.histogram
            assert found.numbers == truth.numbers


@settings(deadline=None, max_examples=20)
@given(ANY_FRAME, st.data())
def test_two_chunks_give_the_whole(make_schema_static, frame, data):
    cut = data.draw(st.integers(0, len(frame)))
    schema = make_schema_static(frame)
    parts = describe(frame[:cut], schema), describe(frame[cut:], schema)
    whole = describe(frame, schema)
    for found in (parts[0].merge(parts[1]), parts[1].merge(parts[0])):
        assert found.rows == whole.rows
        for name, merged in found.columns.items():
            truth = whole[name]
            assert (merged.missing, merged.minimum, merged.maximum) == (truth.missing, truth.minimum, truth.maximum)
            assert merged.values == truth.values
            assert merged.lengths == truth.lengths
            assert merged.distinct == truth.distinct
            assert merged.numbers == truth.numbers
            assert merged.quantiles == truth.quantiles


@pytest.fixture(scope="module")
def make_schema_static():
    from clew.core.schema import Column, Schema

    kinds = {
        "number": ("Float64", Kind.NUMERIC),
        "whole": ("Int64", Kind.NUMERIC),
        "small": ("UInt8", Kind.NUMERIC),
        "label": ("String", Kind.CATEGORICAL),
        "flag": ("Boolean", Kind.BOOLEAN),
        "day": ("Date", Kind.DATETIME),
        "moment": ("Datetime(us)", Kind.DATETIME),
    }
    return lambda frame: Schema(tuple(Column(name, *kinds[name]) for name in frame.columns))


@pytest.mark.parametrize("chunks", [2, 13])
def test_many_chunks_give_the_whole(make_schema, chunks):
    frame = mixed(20_000)
    schema = make_schema(frame)
    size = len(frame) // chunks + 1
    parts = [describe(frame[start : start + size], schema) for start in range(0, len(frame), size)]
    merged = parts[0]
    for part in parts[1:]:
        merged = merged.merge(part)
    whole = describe(frame, schema)
    agree(merged, whole)
    assert not merged["number"].quantiles_exact
    assert merged["label"].distinct_exact
    for name in ("number", "heavy", "whole"):
        ordered = np.sort(frame[name].drop_nulls().to_numpy())
        low = np.searchsorted(ordered, merged[name].quantiles, side="left") / len(ordered)
        high = np.searchsorted(ordered, merged[name].quantiles, side="right") / len(ordered)
        assert np.all(low - 0.005 <= PROBABILITIES)
        assert np.all(high + 0.005 >= PROBABILITIES)
        far = abs(merged[name].numbers.outliers - whole[name].numbers.outliers)
        assert far <= 0.01 * len(ordered)


@settings(deadline=None, max_examples=20)
@given(ANY_FRAME)
def test_it_survives_strict_json(make_schema_static, frame):
    known = describe(frame, make_schema_static(frame))
    text = json.dumps(known.to_dict(), allow_nan=False)
    assert TableStatistics.from_dict(json.loads(text)).to_dict() == known.to_dict()


def test_what_was_stored_can_still_be_merged(make_schema):
    one, other = mixed(4000, 1), mixed(4000, 2)
    schema = make_schema(one)
    stored = TableStatistics.from_dict(json.loads(json.dumps(describe(one, schema).to_dict())))
    fresh = describe(other, schema)
    assert stored.merge(fresh).to_dict() == describe(one, schema).merge(fresh).to_dict()


ODD = {
    "nothing": pl.Series([None, None], dtype=pl.Null),
    "empty numbers": pl.Series([None, None], dtype=pl.Float64),
    "not a number": pl.Series([float("nan"), 1.0]),
    "infinite": pl.Series([float("inf"), -float("inf")]),
    "huge": pl.Series([2**63 - 1, -(2**63)]),
    "huge without sign": pl.Series([2**64 - 1, 0], dtype=pl.UInt64),
    "very huge": pl.Series([2**100, -(2**100)], dtype=pl.Int128),
    "far apart": pl.Series([1.7e308, -1.7e308]),
    "price": pl.Series([Decimal("1.10"), Decimal("2.20")]),
    "lasting": pl.Series([timedelta(seconds=1.5), timedelta(days=2)]),
    "clock": pl.Series([time(23, 59, 59), time(0)]),
    "day": pl.Series([date(1, 1, 1), date(9999, 12, 31)]),
    "zoned": pl.Series([datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 1, 0, 0, 0, 7, tzinfo=UTC)]),
    "nanoseconds": pl.Series([1, 2]).cast(pl.Datetime("ns")),
    "list": pl.Series([[1], [2, 3]]),
    "struct": pl.Series([{"a": 1}, {"a": 2}]),
    "bytes": pl.Series([b"\x00", b"\xff"]),
    "enum": pl.Series(["a", "b"], dtype=pl.Enum(["a", "b"])),
    "category": pl.Series(["a", "b"], dtype=pl.Categorical),
    "long text": pl.Series(["x" * 10_000, "short"]),
    "blank": pl.Series(["", " padded "]),
    "true": pl.Series([True, True]),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_columns_are_described_merged_and_stored(make_schema, name):
    frame = pl.DataFrame({name: ODD[name]})
    schema = make_schema(frame)
    whole = describe(frame, schema)
    merged = describe(frame[:1], schema).merge(describe(frame[1:], schema))
    for field in ("rows", "missing", "distinct", "minimum", "maximum", "quantiles", "numbers", "lengths", "histogram"):
        assert getattr(merged[name], field) == getattr(whole[name], field), field
    assert TableStatistics.from_dict(json.loads(json.dumps(whole.to_dict(), allow_nan=False))) == whole
    assert describe(frame[:0], schema).merge(whole) == whole


def test_special_numbers_are_counted_apart(make_schema):
    frame = pl.DataFrame({"x": [0.0, -1.0, float("inf"), -float("inf"), float("nan"), None, 2.0]})
    found = describe(frame, make_schema(frame))["x"]
    assert found.missing == 2
    assert found.distinct == 3
    assert (found.minimum, found.maximum) == (-1.0, 2.0)
    assert (found.numbers.zeros, found.numbers.negatives) == (1, 2)
    assert (found.numbers.positive_infinities, found.numbers.negative_infinities) == (1, 1)
    assert found.mean == pytest.approx(1 / 3)


@pytest.mark.parametrize("name", ["number", "heavy", "whole"])
def test_robust_outliers_lie_five_deviations_of_the_bulk_from_the_median(make_schema, name):
    frame = mixed(5000)
    found = describe(frame, make_schema(frame))[name].numbers
    values = frame[name].drop_nulls().to_numpy()
    spread = np.clip(values, *np.quantile(values, [0.05, 0.95])).std()
    low, high = np.median(values) - 5 * spread, np.median(values) + 5 * spread
    assert (found.robust_low, found.robust_high) == pytest.approx((low, high))
    assert found.robust_outliers == np.sum((values < low) | (values > high))
    assert (found.robust_outliers > 0) is (name == "heavy")


def test_texts_are_measured_in_characters(make_schema):
    frame = pl.DataFrame({"x": ["äöü", " ", "", " b", "äöü", None]})
    found = describe(frame, make_schema(frame))["x"]
    assert (found.lengths.minimum, found.lengths.maximum, found.lengths.total) == (0, 3, 9)
    assert (found.lengths.blank, found.lengths.padded) == (2, 1)
    assert found.values.items[0] == ("äöü", 2)


def test_moments_are_iso_texts_and_seconds(make_schema):
    frame = pl.DataFrame({"x": [datetime(2024, 1, 1), datetime(2024, 1, 3)]})
    found = describe(frame, make_schema(frame))["x"]
    assert (found.minimum, found.maximum) == ("2024-01-01T00:00:00", "2024-01-03T00:00:00")
    assert found.quantiles[50] == datetime(2024, 1, 2, tzinfo=UTC).timestamp()


def test_long_and_rare_texts_are_not_stored(make_schema):
    frame = pl.DataFrame({"x": [f"note {i} " + "x" * 300 for i in range(2000)]})
    stored = json.dumps(describe(frame, make_schema(frame)).to_dict())
    assert "note" not in stored
    assert len(stored) < 30_000


def test_rows_fall_into_the_bins_of_another_histogram(make_schema):
    frame = pl.DataFrame({"x": [-float("inf"), 0.0, 1.0, 1.5, 2.0, 3.0, float("inf")]})
    found = describe(frame, make_schema(frame))["x"].counts_between(np.array([0.5, 1.0, 2.0]))
    assert found.tolist() == [2, 0, 3, 2]


def test_the_columns_are_those_of_both_frame_and_schema(make_schema):
    frame = pl.DataFrame({"b": [1], "a": [2]})
    schema = make_schema(frame).select(["a", "b"])
    assert list(describe(frame, schema).columns) == ["a", "b"]
    assert list(describe(frame.with_columns(c=1), schema).columns) == ["a", "b"]
    assert list(describe(frame.select("b"), schema).columns) == ["b"]


def test_tables_with_other_columns_or_types_are_refused(make_schema):
    one, other = pl.DataFrame({"a": [1], "b": [2]}), pl.DataFrame({"a": [1]})
    with pytest.raises(SchemaError, match="only one has \\['b'\\]"):
        describe(one, make_schema(one)).merge(describe(other, make_schema(other)))
    text = pl.DataFrame({"a": ["1"]})
    with pytest.raises(SchemaError, match="'a' cannot be merged: Int64 and String"):
        describe(other, make_schema(other)).merge(describe(text, make_schema(text)))


def test_another_format_is_refused():
    with pytest.raises(ArtifactError, match="format 99"):
        TableStatistics.from_dict({"format": 99, "rows": 0, "columns": []})


def test_progress_names_the_columns(make_schema):
    told = []
    frame = mixed(10)
    describe(frame, make_schema(frame), progress=lambda message, done: told.append((message, done)))
    assert told[0] == ("describing number", 0.0)
    assert len(told) == frame.width


@pytest.mark.parametrize("rows", [800, 1500, 6000])
@pytest.mark.parametrize("again", [0, 1, 40])
def test_texts_that_nearly_all_differ_are_counted_exactly(make_schema, rows, again):
    values = [f" täxt {i}" if i % 5 else f"text {i}\n" for i in range(rows)]
    values[rows - again :] = values[:again]
    values += ["same"] * (again // 10)
    frame = pl.DataFrame({"x": values}).sample(fraction=1, shuffle=True, seed=1)
    found = describe(frame, make_schema(frame))["x"]
    counted = frame["x"].value_counts(name="count")
    assert found.distinct == len(counted)
    assert found.once == counted.filter(pl.col("count") == 1).height
    listed = dict(found.values.items)
    repeated = dict(counted.filter(pl.col("count") > 1).iter_rows())
    assert {key: count for key, count in listed.items() if count > 1} == repeated
    assert found.values.rows == len(frame)
    assert found.lengths.total == int(frame["x"].str.len_chars().sum())
    assert found.lengths.padded == int((frame["x"].str.strip_chars() != frame["x"]).sum())


def test_numbers_and_texts_tell_how_many_values_come_once(make_schema):
    frame = pl.DataFrame({"n": [1.0, 1.0, 2.0, None], "t": ["a", "b", "b", None]})
    known = describe(frame, make_schema(frame))
    assert (known["n"].once, known["t"].once) == (1, 1)
    assert known.merge(known)["n"].once is None


def test_the_edges_of_texts_are_found_in_any_alphabet():
    values = pl.Series(["", " ", "a", " a", "a ", "\u00a0a", "a\u3000", "ä", "\u2003", "a\x1f", "éa", "\ta\t", "aé"])
    blank, padded = Texts.of(values).edges()
    stripped = values.str.strip_chars()
    assert blank.tolist() == (stripped == "").to_list()
    assert padded.tolist() == ((stripped != values) & (stripped != "")).to_list()
    part = Texts.of(values[3:7])
    assert part.edges()[1].tolist() == [True, True, True, True]
    assert part.characters().tolist() == [2, 2, 2, 2]


def test_statistics_that_are_not_to_be_merged_say_the_same_and_refuse_to_be():
    frame = mixed(5000)
    schema = read(frame).schema
    quick, whole = describe(frame, schema, mergeable=False), describe(frame, schema)
    for name, known in whole.columns.items():
        assert replace(quick[name], distinct_sketch=None) == replace(known, distinct_sketch=None)
        assert quick[name].once == known.once
    with pytest.raises(UsageError, match="not made to be merged"):
        quick.merge(quick)


@given(st.lists(st.text(min_size=1, max_size=3), max_size=30), st.integers(0, 20))
def test_nearly_unique_texts_are_counted_alike_with_and_without_a_sketch(odd, repeated):
    texts = sorted({*odd, *(f"text {place}" for place in range(1100))})
    frame = pl.DataFrame({"text": [*texts, *texts[:repeated]]})
    schema = read(pl.DataFrame({"text": ["a", "b"]})).schema
    quick, whole = (describe(frame, schema, mergeable=flag)["text"] for flag in (False, True))
    assert replace(quick, distinct_sketch=None) == replace(whole, distinct_sketch=None)
    assert quick.distinct == len(texts)
