import numpy as np
import polars as pl
import pytest

from clew.core.finding import Severity

RNG = np.random.default_rng(0)
LABEL = RNG.choice(["a", "b", "c"], 400)
NUMBER = RNG.normal(size=400)


@pytest.mark.parametrize(
    ("target", "feature"),
    [
        (LABEL, LABEL),
        (LABEL, np.unique(LABEL, return_inverse=True)[1]),
        (NUMBER, NUMBER),
        (NUMBER.round() + 0.0, NUMBER.round().astype(int)),
    ],
)
def test_a_copy_is_an_error_and_named_once(look, target, feature):
    found = look(pl.DataFrame({"x": feature, "y": target}), target="y")
    assert found["LK002", "x"].severity is Severity.ERROR
    assert found["LK002", "x"].remedy["op"] == "drop"
    assert ("LK001", "x") not in found


def test_a_copy_may_know_more_rows_than_the_target(look):
    holes = pl.when(pl.int_range(400) > 50).then(pl.Series(LABEL))
    assert ("LK002", "x") in look(pl.DataFrame({"x": LABEL}).with_columns(y=holes), target="y")


def test_a_finer_label_is_no_copy(look):
    finer = np.char.add(LABEL, RNG.choice(["1", "2"], 400))
    found = look(pl.DataFrame({"x": finer, "y": LABEL}), target="y")
    assert ("LK002", "x") not in found
    assert ("LK001", "x") in found


def test_another_column_is_not(look):
    assert ("LK002", "x") not in look(pl.DataFrame({"x": RNG.permutation(LABEL), "y": LABEL}), target="y")
