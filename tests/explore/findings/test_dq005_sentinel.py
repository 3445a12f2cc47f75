import numpy as np
import polars as pl
import pytest

from clew.core.finding import Severity

RNG = np.random.default_rng(1)
TENS = RNG.integers(0, 60, 500).tolist()
BODY_MASS = RNG.normal(30, 5, 500).round(1).clip(18).tolist()

SENTINELS = {
    "-999 below measurements": ([*RNG.normal(20, 5, 500), *[-999.0] * 20], -999, Severity.WARNING),
    "999 above days": ([*TENS, *[999] * 30], 999, Severity.WARNING),
    "999 in nearly all rows": ([*TENS, *[999] * 9000], 999, Severity.WARNING),
    "99999 above amounts": ([*RNG.integers(0, 9000, 500).tolist(), *[99_999] * 9], 99_999, Severity.WARNING),
    "-1 below counts": ([*TENS, *[-1] * 50], -1, Severity.WARNING),
    "0 below body mass": ([*BODY_MASS, *[0.0] * 11], 0, Severity.INFO),
}
NUMBERS = {
    "one wild value": [*RNG.normal(20, 5, 500), -999.0],
    "99 among neighbours": [*range(99), *[99] * 20] * 3,
    "zeros of a count": [*RNG.poisson(3, 500).tolist()],
    "zeros of an amount": [0.0] * 200 + RNG.exponential(5000, 500).tolist(),
    "differences around zero": RNG.integers(-1, 20, 500).tolist() + [-1] * 3 + [-2] * 3,
    "a sign": [-1, 0, 1] * 100,
    "a normal distribution": RNG.normal(0, 1, 500).tolist(),
    "temperatures": RNG.normal(0, 12, 500).round().tolist(),
}


@pytest.mark.parametrize("case", SENTINELS)
def test_a_number_far_from_all_others_that_repeats_is_found(look, case):
    values, value, severity = SENTINELS[case]
    found = look(pl.DataFrame({"x": values}))["DQ005", "x"]
    assert found.evidence["value"] == value
    assert found.evidence["count"] == values.count(value)
    assert [values[row] for row in found.evidence["rows"]] == [value] * len(found.evidence["rows"])
    assert found.severity is severity
    assert f'missing: ["{value}"]' in found.detail or f'missing: ["{float(value)}"]' in found.detail


@pytest.mark.parametrize("case", NUMBERS)
def test_numbers_that_mean_what_they_say_are_not(look, case):
    assert ("DQ005", "x") not in look(pl.DataFrame({"x": NUMBERS[case]}, strict=False))
