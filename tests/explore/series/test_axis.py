from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from clew.core.schema import Role
from clew.explore.series.axis import time_axis

TIME = {"role": Role.TIME}


@pytest.mark.parametrize(
    ("moments", "step"),
    [
        ([datetime(2024, 1, 1) + timedelta(minutes=15 * i) for i in range(60)], 900),
        ([date(2024, 1, 1) + timedelta(days=i) for i in range(60)], 86_400),
        ([date(2000 + i // 12, 1 + i % 12, 28) for i in range(60)], 30.4375 * 86_400),
        ([float(i) * 2.5 for i in range(60)], 2.5),
    ],
    ids=["quarter hours", "days", "months", "numbers"],
)
def test_the_usual_distance_is_found(make_table, moments, step):
    axis = time_axis(make_table(pl.DataFrame({"at": moments}), at=TIME))
    assert axis.step == step
    assert (axis.missing, axis.covered, axis.repeated) == (0, 1.0, 0)


def test_gaps_are_counted_in_steps_and_the_longest_come_first(make_table):
    places = [i for i in range(100) if i not in {10, 40, 41, 42}]
    frame = pl.DataFrame({"at": [datetime(2024, 1, 1) + timedelta(hours=i) for i in places]})
    axis = time_axis(make_table(frame.sample(fraction=1, shuffle=True, seed=1), at=TIME))
    assert axis.missing == 4
    assert [gap["missing"] for gap in axis.gaps] == [3, 1]
    assert axis.gaps[0]["after"] == datetime(2024, 1, 2, 15)
    assert axis.covered == 96 / 100


def test_events_have_no_usual_distance(make_table):
    waits = np.random.default_rng(0).exponential(60, 200).cumsum()
    frame = pl.DataFrame({"at": [datetime(2024, 1, 1) + timedelta(seconds=float(wait)) for wait in waits]})
    axis = time_axis(make_table(frame, at=TIME))
    assert (axis.step, axis.missing, axis.covered) == (None, 0, None)


def test_without_an_order_there_is_none(make_table):
    moments = [datetime(2024, 1, 1) + timedelta(hours=i) for i in range(60)]
    frame = pl.DataFrame({"start": moments, "end": moments})
    assert time_axis(make_table(frame)) is None
    assert time_axis(make_table(frame.select("start"))).column == "start"
    assert time_axis(make_table(frame.select("start")[::-1])) is None
    assert time_axis(make_table(frame.head(10), start=TIME)) is None
