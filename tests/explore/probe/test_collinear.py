import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import LinearRegression

from clew.explore.probe.collinear import CAP, collinearity
from clew.explore.probe.question import ask

RNG = np.random.default_rng(0)


def mixed(rows=800):
    basis = RNG.normal(size=(rows, 3))
    frame = pl.DataFrame({f"x{i}": basis[:, i] for i in range(3)})
    return frame.with_columns(both=pl.col("x0") - pl.col("x1") + pl.Series(RNG.normal(0, 0.5, rows)))


def test_factors_are_one_over_one_minus_r2(make_table):
    frame = mixed()
    found = collinearity(make_table(frame))
    for name in frame.columns:
        others = frame.drop(name).to_numpy()
        r2 = LinearRegression().fit(others, frame[name].to_numpy()).score(others, frame[name].to_numpy())
        assert found.vif[name] == pytest.approx(1 / (1 - r2), rel=1e-6)


def test_variances_say_how_many_columns_the_numbers_are_worth(make_table):
    independent = collinearity(make_table(pl.DataFrame({f"x{i}": RNG.normal(size=5000) for i in range(4)})))
    assert independent.effective == pytest.approx(4, abs=0.02)
    one = RNG.normal(size=500)
    same = collinearity(make_table(pl.DataFrame({f"x{i}": one * (i + 1) for i in range(4)})))
    assert same.effective == pytest.approx(1, abs=1e-3)
    assert sum(same.variances) == pytest.approx(1)
    assert same.redundant == ("x1", "x2", "x3")
    assert set(same.vif.values()) == {CAP}


@pytest.mark.parametrize("answer", ["number", "label"])
def test_a_lasso_leaves_out_what_says_nothing(make_table, answer):
    frame = mixed().with_columns(noise=pl.Series(RNG.normal(size=800)))
    value = 2 * frame["x0"] - frame["x2"] + pl.Series(RNG.normal(0, 0.3, 800))
    target = value if answer == "number" else (value > 0).replace_strict([True, False], ["yes", "no"])
    table = make_table(frame.with_columns(y=target), target="y")
    lasso = collinearity(table, ask(table)).lasso
    assert lasso["noise"] == 0
    assert min(lasso["x0"], lasso["x2"]) > 0.2
    assert lasso["x0"] > lasso["x2"] > lasso["x1"]


def test_constants_few_rows_and_labels_are_left_alone(make_table):
    assert collinearity(make_table(mixed(30))) is None
    assert collinearity(make_table(pl.DataFrame({"x": RNG.normal(size=100), "same": [1.0] * 100}))) is None
    assert collinearity(make_table(pl.DataFrame({"x": RNG.normal(size=100), "town": ["a", "b"] * 50}))) is None
