import numpy as np
import polars as pl
import pytest

RNG = np.random.default_rng(0)
ROWS = 1500


@pytest.mark.parametrize("kind", ["label", "number"])
def test_noise_has_no_say_and_what_matters_only_together_has(closer, kind):
    x, first, second = RNG.normal(size=(3, ROWS))
    value = x + 1.5 * np.sign(first * second) + RNG.normal(0, 0.5, ROWS)
    target = np.where(value > 0, "yes", "no") if kind == "label" else value
    noise = {f"noise{i}": RNG.normal(size=ROWS) for i in range(3)} | {"town": RNG.choice(list("abcd"), ROWS)}
    seen = closer(pl.DataFrame({"x": x, "first": first, "second": second, **noise, "y": target}), target="y")
    assert not {"x", "first", "second"} & set(seen.without_say)
    assert len(set(noise) & set(seen.without_say)) >= 3  # chance gives one of 20 a say
