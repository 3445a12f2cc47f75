from datetime import datetime, time, timedelta

import numpy as np
import polars as pl
import pytest

from clew.core.schema import Kind
from clew.define.problem import Task
from clew.explore.pictures import MAX_BARS, Parts, parts_of, pictures
from clew.explore.statistics import describe

ROWS = 500
RNG = np.random.default_rng(0)
FRAME = pl.DataFrame(
    {
        "y": RNG.choice(["a", "b", "c"], ROWS),
        "number": RNG.normal(size=ROWS),
        "whole": RNG.integers(0, 200, ROWS),
        "few": RNG.choice([1.5, 2.5, 10.0], ROWS),
        "label": [f"l{i}" for i in RNG.zipf(1.5, ROWS) % 40],
        "flag": RNG.random(ROWS) < 0.5,
        "moment": [datetime(2024, 1, 1) + timedelta(hours=i) for i in range(ROWS)],
        "clock": [time(i % 24) for i in range(ROWS)],
        "lasting": [timedelta(seconds=i) for i in range(ROWS)],
        "text": [f"a text {'x' * (i % 37)} {i}" for i in range(ROWS)],
        "list": [[1]] * ROWS,
    }
)


def drawn(frame, schema, target=None, task=None):
    known = describe(frame, schema)
    parts, codes = parts_of(frame, known[target] if target else None, task)
    return parts, pictures(frame, schema, known, codes)


def test_every_row_is_drawn_once(make_schema):
    schema = make_schema(FRAME, text={"kind": Kind.TEXT})
    parts, found = drawn(FRAME, schema)
    assert parts == Parts()
    assert found.keys() == set(FRAME.columns) - {"list"}
    for name, picture in found.items():
        assert sum(map(sum, picture.counts)) == ROWS, name
        assert len(picture.labels) == len(picture.counts)
        assert picture.edges is None or len(picture.edges) == len(picture.counts) + 1


def test_bars_are_divided_by_the_labels_of_the_target(make_schema):
    holes = FRAME.with_columns(y=pl.when(pl.int_range(ROWS) >= 100).then(pl.col("y")))
    parts, found = drawn(holes, make_schema(holes, "y"), "y", Task.MULTICLASS)
    assert parts.names == ("a", "b", "c")
    for name, picture in found.items():
        totals = np.array(picture.counts).sum(axis=0).tolist()
        assert totals == [(holes["y"] == label).sum() for label in "abc"], name


def test_a_number_to_predict_is_divided_into_quarters(make_schema):
    parts, found = drawn(FRAME, make_schema(FRAME, "number"), "number", Task.REGRESSION)
    assert parts.ranked
    assert len(parts.names) == 4
    assert np.array(found["flag"].counts).sum(axis=0).tolist() == [125] * 4


def test_rare_labels_of_the_target_share_a_colour(make_schema):
    parts, found = drawn(FRAME, make_schema(FRAME, "label"), "label", Task.MULTICLASS)
    assert len(parts.names) == 6
    assert parts.names[-1] == "all others"
    assert sum(map(sum, found["number"].counts)) == ROWS


@pytest.mark.parametrize("target", ["flag", "whole"])
def test_truth_and_numbers_can_be_labels(make_schema, target):
    frame = FRAME.with_columns(whole=pl.col("whole") % 2)
    parts, found = drawn(frame, make_schema(frame, target), target, Task.BINARY)
    assert parts.names in {("False", "True"), ("0", "1")}
    assert np.array(found[target].counts).tolist() == np.diag(np.diag(found[target].counts)).tolist()


def test_numbers_with_few_values_have_a_bar_each_in_order(make_schema):
    _, found = drawn(FRAME, make_schema(FRAME))
    assert found["few"].edges is None
    assert found["few"].labels == ("1.5", "2.5", "10")
    assert found["flag"].labels == ("False", "True")


def test_an_ordinal_keeps_its_order(make_schema):
    frame = pl.DataFrame({"size": ["large", "small", "medium", "large"]})
    schema = make_schema(frame, size={"kind": Kind.ORDINAL, "order": ("small", "medium", "large")})
    assert drawn(frame, schema)[1]["size"].labels == ("small", "medium", "large")


def test_many_labels_end_in_one_bar(make_schema):
    _, found = drawn(FRAME, make_schema(FRAME))
    assert len(found["label"].labels) == MAX_BARS
    assert found["label"].labels[-1].endswith(" others")
    top = FRAME["label"].value_counts(sort=True)
    assert found["label"].counts[0] == (top["count"][0],)


def test_what_lies_far_out_is_gathered_and_said(make_schema):
    frame = pl.DataFrame({"x": [*RNG.normal(size=ROWS), 1e6]})
    picture = drawn(frame, make_schema(frame))[1]["x"]
    assert picture.note == "The last bar gathers 1 row up to 1,000,000."
    assert picture.edges[-1] < 100
    assert picture.counts[-1] == (1,)
    assert picture.labels[-1].endswith("to 1,000,000")


def test_moments_are_named_in_words(make_schema):
    _, found = drawn(FRAME, make_schema(FRAME))
    assert found["moment"].unit == "time"
    assert "2024-01-0" in found["moment"].labels[0]
    assert found["clock"].unit == "clock"
    assert found["clock"].labels[0].startswith("00:00 to ")


@pytest.mark.parametrize("values", [[None, None], [float("inf")] * 30, ["x", None], [1.0] * 30])
def test_odd_columns_do_not_break_a_chart(make_schema, values):
    frame = pl.DataFrame({"x": values})
    found = drawn(frame, make_schema(frame))[1]
    assert sum(sum(map(sum, picture.counts)) for picture in found.values()) <= len(values)
