import numpy as np
import polars as pl
import pytest

from clew.core.finding import Severity

RNG = np.random.default_rng(0)
BASE = RNG.normal(50, 5, 2000)
OTHERS = {
    "normal": RNG.normal(size=20_000),
    "exponential": RNG.exponential(size=2000),
    "mostly one value": np.where(RNG.random(2000) < 0.8, 0.0, RNG.normal(size=2000)),
    "two groups": np.append(RNG.normal(0, 1, 1900), RNG.normal(500, 1, 100)),
}


@pytest.mark.parametrize(("wild", "severity"), [(150.0, Severity.INFO), (-1e6, Severity.WARNING)])
def test_a_wild_value_is_found(look, wild, severity):
    found = look(pl.DataFrame({"x": [*BASE, wild, None]}))["DQ012", "x"]
    assert found.severity is severity
    assert found.evidence["rows"] == [2000]
    assert found.evidence["examples"] == [wild]
    assert found.evidence["count"] == 1
    assert found.remedy["op"] == "clip_outliers"


@pytest.mark.parametrize("case", OTHERS)
def test_ordinary_tails_are_not(look, case):
    assert ("DQ012", "x") not in look(pl.DataFrame({"x": OTHERS[case]}))


def test_infinities_have_a_finding_of_their_own(look):
    found = look(pl.DataFrame({"x": [*BASE, float("inf")]}))
    assert ("DQ012", "x") not in found
    assert ("DQ013", "x") in found
