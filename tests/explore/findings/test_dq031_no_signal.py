import numpy as np
import polars as pl

RNG = np.random.default_rng(1)
NOISE = pl.DataFrame({f"x{i}": RNG.normal(size=500) for i in range(5)})


def test_features_that_say_nothing_together_are_found(found_closer):
    for answer in (RNG.choice(["yes", "no"], 500), RNG.normal(size=500)):
        found = found_closer(NOISE.with_columns(y=pl.Series(answer)), target="y")["DQ031", "y"]
        assert found.evidence["power"] <= found.evidence["chance"]
        assert found.evidence["p_value"] > 0.05


def test_features_that_only_matter_together_are_not(found_closer):
    # Neither of the two says anything alone.
    both = (NOISE["x0"] > 0) == (NOISE["x1"] > 0)
    answer = both.replace_strict([True, False], ["yes", "no"], return_dtype=pl.String)
    assert ("DQ031", "y") not in found_closer(NOISE.with_columns(y=answer), target="y")
