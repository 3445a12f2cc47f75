from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from clew.core.schema import Role

RNG = np.random.default_rng(0)
START = datetime(2024, 1, 1)


def hours(places):
    moments = [START + timedelta(hours=int(place)) for place in places]
    return pl.DataFrame({"at": moments, "value": RNG.normal(size=len(moments))})


def test_missing_moments_of_a_regular_series_are_found(found_closer):
    found = found_closer(hours([*range(100), *range(105, 200)]), at={"role": Role.TIME})["DQ026", "at"]
    assert found.evidence["missing"] == 5
    assert found.evidence["rows"] == [99]
    assert found.evidence["gaps"][0]["before"] == "2024-01-05T09:00:00"


def test_the_only_column_of_moments_counts_if_the_rows_are_in_its_order(found_closer):
    frame = hours([*range(50), *range(60, 100)])
    assert ("DQ026", "at") in found_closer(frame)
    assert ("DQ026", "at") not in found_closer(frame.sample(fraction=1, shuffle=True, seed=0))


def test_every_group_is_a_series_of_its_own(found_closer):
    two = pl.concat([hours(range(60)).with_columns(plant=pl.lit(name)) for name in "ab"])
    facts = {"at": {"role": Role.TIME}, "plant": {"role": Role.GROUP}}
    assert ("DQ026", "at") not in found_closer(two, **facts)
    assert found_closer(two.filter(pl.int_range(pl.len()) != 90), **facts)["DQ026", "at"].evidence["missing"] == 1


@pytest.mark.parametrize(
    "moments",
    [
        [START + timedelta(hours=i) for i in range(100)],
        [datetime(2000 + i // 12, 1 + i % 12, 1) for i in range(100)],
        [START + timedelta(days=i) for i in range(200) if i % 7 < 5],
        sorted(START + timedelta(seconds=float(s)) for s in RNG.uniform(0, 1e6, 300)),
    ],
    ids=["hours", "months", "working days", "events"],
)
def test_whole_series_and_irregular_events_are_not(found_closer, moments):
    frame = pl.DataFrame({"at": moments, "value": RNG.normal(size=len(moments))})
    assert ("DQ026", "at") not in found_closer(frame, at={"role": Role.TIME})
