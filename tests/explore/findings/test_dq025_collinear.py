import numpy as np
import polars as pl
import pytest

from clew.core.finding import Severity

RNG = np.random.default_rng(0)
ONE, OTHER, THIRD = RNG.normal(size=(3, 1000))


def test_a_number_that_follows_from_others_is_found(found_closer):
    frame = pl.DataFrame({"one": ONE, "other": OTHER, "third": THIRD, "mix": ONE + OTHER + RNG.normal(0, 0.4, 1000)})
    found = found_closer(frame)["DQ025", None]
    assert found.severity is Severity.INFO
    assert found.remedy is None
    assert found.evidence["columns"][0] == "mix"
    assert "third" not in found.evidence["columns"]
    assert found.evidence["vif"]["mix"] == pytest.approx(1 + 2 / 0.16, rel=0.1)


def test_an_exact_sum_can_be_dropped(found_closer):
    frame = pl.DataFrame({"one": ONE, "other": OTHER, "third": THIRD, "sum": 2 * ONE - OTHER + 3})
    found = found_closer(frame)["DQ025", None]
    assert found.severity is Severity.WARNING
    assert found.remedy == {"op": "drop", "columns": ["sum"], "options": {}}


def test_independent_and_correlated_numbers_are_not(found_closer):
    frame = pl.DataFrame({"one": ONE, "other": OTHER, "half": ONE + RNG.normal(size=1000)})
    assert ("DQ025", None) not in found_closer(frame)
