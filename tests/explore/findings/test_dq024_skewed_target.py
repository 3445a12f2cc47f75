import numpy as np
import polars as pl

RNG = np.random.default_rng(0)


def test_a_long_tail_of_the_target_is_found(look):
    frame = pl.DataFrame({"sales": RNG.lognormal(0, 1.5, 2000)})
    found = look(frame, target="sales")["DQ024", "sales"]
    assert found.evidence["skewness"] > 3
    assert "on the right" in found.detail
    assert "on the left" in look(frame.select(-pl.col("sales")), target="sales")["DQ024", "sales"].detail


def test_a_mild_tail_and_a_feature_are_not(look):
    assert ("DQ024", "sales") not in look(pl.DataFrame({"sales": RNG.gamma(2, 1, 2000)}), target="sales")
    assert ("DQ024", "sales") not in look(pl.DataFrame({"sales": RNG.lognormal(0, 1.5, 2000)}))
