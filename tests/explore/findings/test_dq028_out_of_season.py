from datetime import datetime, timedelta

import numpy as np
import polars as pl

from clew.core.schema import Role

RNG = np.random.default_rng(0)
HOURS = np.arange(24 * 30)


def load(**changed):
    values = 50 + 10 * np.sin(2 * np.pi * HOURS / 24) + HOURS / 100 + RNG.normal(0, 1, len(HOURS))
    for place, value in changed.items():
        values[int(place[1:])] = value
    moments = [datetime(2024, 1, 1) + timedelta(hours=int(hour)) for hour in HOURS]
    return pl.DataFrame({"at": moments, "load": values})


def test_a_value_that_is_usual_at_another_hour_is_found(found_closer):
    # 40 is the usual load at night; row 150 is 6 o'clock in the morning, when the season is at its height.
    found = found_closer(load(h150=40.0), at={"role": Role.TIME})["DQ028", "load"]
    assert found.evidence["rows"][0] == 150
    assert found.evidence["period"] == 24
    assert found.evidence["anomalies"][0]["expected"] > 55


def test_a_clean_series_and_one_without_season_are_not(found_closer):
    assert ("DQ028", "load") not in found_closer(load(), at={"role": Role.TIME})
    rough = load().with_columns(load=pl.Series(RNG.standard_t(3, len(HOURS))))
    assert ("DQ028", "load") not in found_closer(rough, at={"role": Role.TIME})
