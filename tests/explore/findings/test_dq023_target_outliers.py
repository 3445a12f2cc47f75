import numpy as np
import polars as pl
import pytest

RNG = np.random.default_rng(0)
PRICES = RNG.normal(100, 10, 1000)


def test_targets_far_out_are_found_the_farthest_first(look):
    frame = pl.DataFrame({"price": [*PRICES, 400.0, -300.0, 1000.0]})
    found = look(frame, target="price")["DQ023", "price"]
    assert found.evidence["count"] == 3
    assert found.evidence["rows"] == [1002, 1001, 1000]
    assert found.evidence["values"] == [1000.0, -300.0, 400.0]


def test_limits_are_five_deviations_of_the_clipped_values_from_the_median(look):
    values = np.append(PRICES, 1000.0)
    evidence = look(pl.DataFrame({"price": values}), target="price")["DQ023", "price"].evidence
    clipped = np.clip(values, *np.quantile(values, (0.05, 0.95)))
    assert evidence["high"] == pytest.approx(np.median(values) + 5 * clipped.std(ddof=1), rel=1e-3)
    assert evidence["low"] == pytest.approx(np.median(values) - 5 * clipped.std(ddof=1), rel=1e-3)


def test_an_honest_spread_and_features_are_not(look):
    assert ("DQ023", "price") not in look(pl.DataFrame({"price": PRICES}), target="price")
    assert ("DQ023", "price") not in look(pl.DataFrame({"price": [*PRICES, 1000.0]}))
