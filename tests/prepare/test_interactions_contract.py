"""Combinations of numbers: the contract, and the values beside scikit-learn and by hand."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.preprocessing import PolynomialFeatures
from tests.prepare.rows import NUMBERS, cases, check_every_value, check_random_rows, few_examples

from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Direction, Kind, Schema
from clew.prepare.options import check
from clew.prepare.recipe import FittedRecipe, Recipe
from clew.prepare.step import Step
from clew.prepare.steps import Pairs, Polynomial

CASES = [
    Polynomial(NUMBERS),
    Polynomial(["small", "real", "single"], 3, interaction_only=True),
    Polynomial("whole", 3),
    Pairs(NUMBERS, ("product", "ratio", "difference")),
]


@cases(CASES)
def test_contract_on_every_value(step: Step) -> None:
    check_every_value(step)


@few_examples
@cases(CASES)
@given(data=st.data())
def test_contract_on_random_rows(step: Step, data: st.DataObject) -> None:
    check_random_rows(step, data)


def fitted(step: Step, frame: pl.DataFrame) -> FittedRecipe:
    columns = (Column(name, str(dtype), Kind.NUMERIC, monotonic="increasing") for name, dtype in frame.schema.items())
    return Recipe([step]).learn(frame, Schema(tuple(columns)))


@pytest.mark.parametrize("degree", [2, 3, 4])
@pytest.mark.parametrize("alone", [True, False])
def test_products_as_scikit_learn(degree: int, *, alone: bool) -> None:
    values = np.random.default_rng(0).normal(size=(40, 4))
    theirs = PolynomialFeatures(degree, interaction_only=alone, include_bias=False)
    frame = pl.DataFrame(values, schema=["a", "b", "c", "d"])
    got = fitted(Polynomial("all", degree, interaction_only=alone), frame).transform(frame)
    np.testing.assert_allclose(got.to_numpy(), theirs.fit_transform(values), rtol=1e-12)
    named = theirs.get_feature_names_out(["a", "b", "c", "d"])
    assert got.columns == [name.replace(" ", "*") for name in named]


def test_pairs() -> None:
    frame = pl.DataFrame({"a": [6.0, 1.0, None], "b": [3.0, 0.0, 2.0]})
    got = fitted(Pairs("all", ("product", "ratio", "difference")), frame).transform(frame)
    assert got.select(pl.exclude("a", "b")).to_dict(as_series=False) == {
        "a*b": [18.0, 0.0, None],
        "a/b": [2.0, None, None],
        "b/a": [0.5, 0.0, None],
        "a-b": [3.0, 1.0, None],
    }


def test_only_odd_powers_keep_the_order() -> None:
    schema = fitted(Polynomial("all", 3), pl.DataFrame({"a": [1.0], "b": [2.0]})).output_schema
    kept = {column.name for column in schema if column.direction is Direction.KEEPS}
    assert kept == {"a", "b", "a^3", "b^3"}
    assert schema["a^2*b"].sources == ("a", "b")


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (Polynomial("all", 3), "It would make 23375 columns of 50 columns up to degree 3, and 2000 are the most"),
        (Pairs("all", ("product", "ratio")), "It would make 3675 columns of 50 columns two by two"),
    ],
    ids=["polynomial", "pairs"],
)
def test_too_many_combinations_are_refused(step: Step, message: str) -> None:
    frame = pl.DataFrame({f"c{j}": [1.0] for j in range(50)})
    with pytest.raises(RecipeError, match=f"Step 1.*{message}.*Hint: Choose fewer"):
        fitted(step, frame)


@pytest.mark.parametrize("options", [{"degree": 1}, {"degree": 6}])
def test_degree_must_make_sense(options: Any) -> None:
    with pytest.raises(ConfigError, match="2 to 5 are possible"):
        check(Polynomial("a", **options))


def test_operations_must_be_some() -> None:
    for operations in ((), ("product", "product")):
        with pytest.raises(ConfigError, match="each is named once"):
            check(Pairs("a", operations))
