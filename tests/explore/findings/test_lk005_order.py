from datetime import datetime, timedelta

import numpy as np
import polars as pl

from clew.core.finding import Severity
from clew.core.schema import Role

RNG = np.random.default_rng(0)
ROWS = 600
RISK = np.sort(RNG.random(ROWS))
#: Cases were numbered as they came in, and more and more of them were ill.
ILL = np.where(RNG.random(ROWS) < RISK, "yes", "no")


def cases(order):
    frame = pl.DataFrame({"case_id": [f"K{i:05d}" for i in range(ROWS)], "x": RNG.normal(size=ROWS), "ill": ILL})
    return frame[order]


def test_numbers_given_in_the_order_of_the_target_are_found(found_closer):
    found = found_closer(cases(RNG.permutation(ROWS)), target="ill")
    assert found["LK005", "case_id"].severity is Severity.WARNING
    assert found["LK005", "case_id"].evidence["power"] > 0.5
    assert found["LK005", "case_id"].remedy == {"op": "drop", "columns": ["case_id"], "options": {}}
    assert ("LK005", None) not in found


def test_rows_sorted_by_the_target_are_found(found_closer):
    sorted_rows = np.argsort(ILL, kind="stable")
    found = found_closer(cases(sorted_rows).drop("case_id"), target="ill")["LK005", None]
    assert found.severity is Severity.INFO
    assert found.evidence["first"] == ["no"] * 5
    assert found.evidence["last"] == ["yes"] * 5


def test_rows_in_the_order_of_time_may_drift(found_closer):
    moments = [datetime(2024, 1, 1) + timedelta(hours=i) for i in range(ROWS)]
    frame = cases(np.argsort(ILL, kind="stable")).drop("case_id").with_columns(at=pl.Series(moments))
    assert ("LK005", None) not in found_closer(frame, target="ill", at={"role": Role.TIME})


def test_numbers_and_rows_in_any_order_are_not(found_closer):
    frame = cases(RNG.permutation(ROWS)).with_columns(case_id=pl.Series([f"K{i:05d}" for i in range(ROWS)]))
    assert not {("LK005", "case_id"), ("LK005", None)} & found_closer(frame, target="ill").keys()
