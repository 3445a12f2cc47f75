"""Other distributions: the contract, and the values beside scikit-learn."""

import math
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import preprocessing
from tests.prepare.rows import NUMBERS, cases, check_every_value, check_random_rows, few_examples

from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Kind, Schema
from clew.prepare.options import check
from clew.prepare.recipe import FittedRecipe, Recipe
from clew.prepare.step import Step
from clew.prepare.steps import PowerTransform, QuantileTransform
from clew.testing.step import check_step

CASES = [
    QuantileTransform(NUMBERS),
    QuantileTransform(NUMBERS, 5, "normal"),
    QuantileTransform("grade", 2),
    PowerTransform(NUMBERS),
    PowerTransform(NUMBERS, standardize=False),
    PowerTransform("grade", "box_cox"),
]
RANDOM = np.random.default_rng(3)
FRAME = pl.DataFrame(
    {
        "even": RANDOM.uniform(0.5, 3.0, 800),
        "long": RANDOM.lognormal(0.0, 1.2, 800),
        "few": RANDOM.integers(1, 6, 800) * 1.0,
        "far": RANDOM.normal(5000.0, 30.0, 800),
    }
)
NEW = pl.DataFrame({name: FRAME[name].reverse() * 1.2 for name in FRAME.columns})
SIGNED = pl.DataFrame({name: FRAME[name] - FRAME[name].median() for name in FRAME.columns})


@cases(CASES)
def test_contract_on_every_value(step: Step) -> None:
    check_every_value(step)


@few_examples
@cases(CASES)
@given(data=st.data())
def test_contract_on_random_rows(step: Step, data: st.DataObject) -> None:
    check_random_rows(step, data)


@pytest.mark.parametrize("step", [PowerTransform("all", "box_cox"), QuantileTransform("all")], ids=lambda step: step.op)
def test_contract_on_ordinary_numbers(step: Step) -> None:
    check_step(step, FRAME.head(60), schema_of(FRAME))


def schema_of(frame: pl.DataFrame) -> Schema:
    return Schema(tuple(Column(name, "Float64", Kind.NUMERIC) for name in frame.columns))


def fitted(step: Step, frame: pl.DataFrame) -> FittedRecipe:
    return Recipe([step]).learn(frame, schema_of(frame))


@pytest.mark.parametrize("frame", [FRAME, SIGNED], ids=["positive", "signed"])
@pytest.mark.parametrize("count", [10, 100, 1000])
def test_shares_as_scikit_learn(frame: pl.DataFrame, count: int) -> None:
    theirs = preprocessing.QuantileTransformer(n_quantiles=min(count, 800), subsample=None).fit(frame.to_numpy())
    new = NEW if frame is FRAME else SIGNED.reverse() * 0.9
    got = fitted(QuantileTransform("all", count), frame).transform(new).to_numpy()
    np.testing.assert_allclose(got, theirs.transform(new.to_numpy()), rtol=1e-9, atol=1e-9)


def test_normal_values_as_scikit_learn() -> None:
    theirs = preprocessing.QuantileTransformer(n_quantiles=50, output_distribution="normal", subsample=None)
    got = fitted(QuantileTransform("all", 50, "normal"), FRAME).transform(NEW).to_numpy()
    np.testing.assert_allclose(got, theirs.fit(FRAME.to_numpy()).transform(NEW.to_numpy()), rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize(
    ("step", "frame", "new"),
    [
        (PowerTransform("all"), FRAME, NEW),
        (PowerTransform("all"), SIGNED, SIGNED.reverse() * 2),
        (PowerTransform("all", standardize=False), SIGNED, SIGNED),
        (PowerTransform("all", "box_cox"), FRAME, NEW),
        (PowerTransform("all", "box_cox", standardize=False), FRAME, NEW),
    ],
    ids=["yeo_johnson", "signed", "raw", "box_cox", "raw_box_cox"],
)
def test_powers_as_scikit_learn(step: PowerTransform, frame: pl.DataFrame, new: pl.DataFrame) -> None:
    """The exponents are as likely as theirs; given the same exponent, the values agree."""
    method: Any = step.method.replace("_", "-")
    theirs = preprocessing.PowerTransformer(method, standardize=step.standardize).fit(frame.to_numpy())
    done = fitted(step, frame)
    learnt = done.learned()["steps"][0]["learned"]
    exponents = np.array([learnt[name]["lambda"] for name in frame.columns])
    np.testing.assert_allclose(exponents, theirs.lambdas_, rtol=2e-5, atol=2e-5)
    theirs.lambdas_ = exponents
    if step.standardize:
        raw = preprocessing.PowerTransformer(method, standardize=False).fit(frame.to_numpy())
        raw.lambdas_ = exponents
        theirs._scaler.fit(raw.transform(frame.to_numpy()))
    got = done.transform(new).to_numpy()
    np.testing.assert_allclose(got, theirs.transform(new.to_numpy()), rtol=1e-9, atol=1e-9)


def test_many_rows_are_led_by_a_few() -> None:
    """Above 40 000 rows the search starts on some of them; all of them decide."""
    values = RANDOM.lognormal(0.0, 0.7, 60_000)
    theirs = preprocessing.PowerTransformer("box-cox", standardize=False).fit(values[:, None])
    learnt = fitted(PowerTransform("x", "box_cox"), pl.DataFrame({"x": values})).learned()["steps"][0]["learned"]
    assert learnt["x"]["lambda"] == pytest.approx(theirs.lambdas_[0], abs=1e-5)


def test_a_long_tail_becomes_symmetric() -> None:
    after = fitted(PowerTransform("long"), FRAME).transform(FRAME)["long"]
    assert abs(after.skew()) < 0.2 < 2.0 < FRAME["long"].skew()
    assert after.mean() == pytest.approx(0.0, abs=1e-9)
    assert after.std(ddof=0) == pytest.approx(1.0)


def test_constant_columns_stay_what_they_are() -> None:
    frame = pl.DataFrame({"x": [4.0, 4.0, None]})
    assert fitted(PowerTransform("x"), frame).transform(frame)["x"].to_list() == [4.0, 4.0, None]
    assert fitted(QuantileTransform("x"), frame).transform(frame)["x"].to_list() == [0.5, 0.5, None]


def test_infinite_values_lie_at_the_ends() -> None:
    frame = pl.DataFrame({"x": [1.0, 2.0, 3.0, math.inf, -math.inf]})
    assert fitted(QuantileTransform("x"), frame).transform(frame)["x"].to_list() == [0.0, 0.5, 1.0, 1.0, 0.0]


def test_box_and_cox_take_numbers_above_zero_only() -> None:
    frame = pl.DataFrame({"x": [1.0, 0.0, 5.0]})
    with pytest.raises(RecipeError, match="'x' has a value that is not above 0 in 1 row: 0.0 in row 1.*yeo_johnson"):
        fitted(PowerTransform("x", "box_cox"), frame)
    done = fitted(PowerTransform("x", "box_cox"), frame.filter(pl.col("x") > 0))
    with pytest.raises(RecipeError, match="Step 1.*'x' has a value that is not above 0 in 1 row: 0.0 in row 1"):
        done.transform(frame)
    with pytest.raises(RecipeError, match="Step 1.*'x' has the value 0.0, which is not above 0"):
        done.row()({"x": 0.0})


def test_quantiles_must_be_some() -> None:
    for count in (1, 100_001):
        with pytest.raises(ConfigError, match="2 to 100000 are possible"):
            check(QuantileTransform("x", count))
