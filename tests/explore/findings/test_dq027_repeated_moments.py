from datetime import datetime, timedelta

import numpy as np
import polars as pl

from clew.core.schema import Role

RNG = np.random.default_rng(0)
DAYS = [datetime(2024, 1, 1) + timedelta(days=i) for i in range(100)]


def measured(moments):
    return pl.DataFrame({"at": moments, "value": RNG.normal(size=len(moments))})


def test_a_moment_that_comes_twice_is_found(found_closer):
    found = found_closer(measured([*DAYS, DAYS[7]]), at={"role": Role.TIME})["DQ027", "at"]
    assert found.evidence["count"] == 1
    assert found.evidence["rows"] == [100]
    assert found.evidence["moments"] == ["2024-01-08T00:00:00"]


def test_many_rows_a_moment_are_how_the_table_is(found_closer):
    assert ("DQ027", "at") not in found_closer(measured(sorted(DAYS * 3)), at={"role": Role.TIME})


def test_series_of_groups_may_share_moments(found_closer):
    frame = measured(DAYS * 2).with_columns(plant=pl.Series(["a"] * 100 + ["b"] * 100))
    assert ("DQ027", "at") not in found_closer(frame, at={"role": Role.TIME}, plant={"role": Role.GROUP})
    assert ("DQ027", "at") not in found_closer(measured(DAYS), at={"role": Role.TIME})
