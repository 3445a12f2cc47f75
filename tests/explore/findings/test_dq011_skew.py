import numpy as np
import polars as pl
import pytest

RNG = np.random.default_rng(0)
TAILS = {"income": RNG.lognormal(10, 1, 2000), "waiting": RNG.exponential(1, 2000) ** 2}
OTHERS = {
    "normal": RNG.normal(size=2000),
    "uniform": RNG.uniform(size=2000),
    "one wild value": np.append(RNG.normal(size=2000), 1e6),
    "mostly zero": np.where(RNG.random(2000) < 0.95, 0, RNG.lognormal(size=2000)),
    "a rate with a pile at one": np.where(RNG.random(2000) < 0.1, 1.0, RNG.uniform(0, 0.1, 2000).round(2)),
    "few values": RNG.choice([0, 1, 50], 2000, p=[0.7, 0.25, 0.05]),
}


@pytest.mark.parametrize("case", TAILS)
def test_a_long_tail_is_found(look, case):
    found = look(pl.DataFrame({"x": TAILS[case]}))["DQ011", "x"]
    assert found.evidence["skewness"] > 2
    assert found.remedy == {"op": "log", "columns": ["x"], "options": {}}


def test_a_tail_on_the_left_has_no_logarithm(look):
    assert look(pl.DataFrame({"x": -TAILS["income"]}))["DQ011", "x"].remedy is None


@pytest.mark.parametrize("case", OTHERS)
def test_other_shapes_are_not(look, case):
    assert ("DQ011", "x") not in look(pl.DataFrame({"x": OTHERS[case]}))
