"""Guesses from other columns: the contract, and the values beside scikit-learn."""

import math
import re
import warnings
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.experimental import enable_iterative_imputer  # noqa: F401 - makes the next import possible
from sklearn.impute import IterativeImputer
from sklearn.linear_model import Ridge
from tests.prepare.rows import NUMBERS, cases, check_every_value, check_random_rows, few_examples

from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Direction, Kind, Schema
from clew.prepare.options import check
from clew.prepare.recipe import FittedRecipe, Recipe
from clew.prepare.step import Step
from clew.prepare.steps import IterativeImpute

CASES = [
    IterativeImpute(NUMBERS),
    IterativeImpute(["small", "single", "real"], "ridge", max_iter=3, bounded=False),
    IterativeImpute(["small"]),
]


@cases(CASES)
def test_contract_on_every_value(step: Step) -> None:
    check_every_value(step)


@few_examples
@cases(CASES)
@given(data=st.data())
def test_contract_on_random_rows(step: Step, data: st.DataObject) -> None:
    check_random_rows(step, data)


def rows_with_gaps(seed: int, rows: int = 400, columns: int = 5, share: float = 0.2) -> NDArray[np.float64]:
    random = np.random.default_rng(seed)
    hidden = random.normal(size=(rows, 2))
    values = hidden @ random.normal(size=(2, columns)) + 0.1 * random.normal(size=(rows, columns))
    values = values * np.array([1.0, 100.0, 0.01, 7.0, 1e4])[:columns] + 3.0
    values[random.random(values.shape) < share] = np.nan
    return values


def frame_of(values: NDArray[np.float64]) -> pl.DataFrame:
    return pl.DataFrame(values, schema=[f"c{j}" for j in range(values.shape[1])], nan_to_null=True)


def fitted(step: Step, frame: pl.DataFrame) -> FittedRecipe:
    return Recipe([step]).learn(frame, Schema(tuple(Column(name, "Float64", Kind.NUMERIC) for name in frame.columns)))


@pytest.mark.parametrize("share", [0.0, 0.05, 0.3, 0.7])
@pytest.mark.parametrize(
    ("step", "theirs"),
    [
        (IterativeImpute("all", tol=0.01, bounded=False), {}),
        (IterativeImpute("all", bounded=False), {"tol": 0.001}),
        (IterativeImpute("all", tol=0.0, max_iter=4), {"max_iter": 4, "tol": 0.0, "bounded": True}),
        (
            IterativeImpute("all", "ridge", alpha=2.5, max_iter=5, tol=0.0, bounded=False),
            {"estimator": Ridge(2.5), "max_iter": 5, "tol": 0.0},
        ),
    ],
    ids=["bayesian", "longer", "bounded", "ridge"],
)
def test_as_scikit_learn_on_standardised_columns(step: Step, theirs: dict[str, Any], share: float) -> None:
    train, new = rows_with_gaps(1, share=share), rows_with_gaps(2, 50, share=0.4)
    mean, spread = np.nanmean(train, axis=0), np.nanstd(train, axis=0)
    scaled = (train - mean) / spread
    options = {"tol": 0.01, **theirs}
    if options.pop("bounded", False):
        options |= {"min_value": np.nanmin(scaled, axis=0), "max_value": np.nanmax(scaled, axis=0)}
    imputer = IterativeImputer(**options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        imputer.fit(scaled)
    expected = imputer.transform((new - mean) / spread) * spread + mean
    got = fitted(step, frame_of(train)).transform(frame_of(new)).to_numpy()
    np.testing.assert_allclose(got / spread, expected / spread, rtol=1e-9, atol=1e-9)


def test_gaps_are_guessed_from_the_other_columns() -> None:
    heights = np.linspace(140.0, 200.0, 61)
    inches = (heights / 2.54).round(1)
    frame = (
        pl.DataFrame({"cm": heights, "inch": inches})
        .with_row_index()
        .select(cm=pl.when(pl.col("index") != 40).then("cm"), inch=pl.when(pl.col("index") != 7).then("inch"))
    )
    done = fitted(IterativeImpute("all"), frame)
    after = done.transform(frame)
    assert after["cm"][40] == pytest.approx(180.0, abs=0.1)
    assert after["inch"][7] == pytest.approx(147 / 2.54, abs=0.1)
    assert after["cm"][41] == 181.0
    learnt = done.learned()["steps"][0]["learned"]
    assert learnt["agreed"]
    assert learnt["cm"]["weights"]["inch"] == pytest.approx(2.54, rel=0.01)
    assert done.row()({"cm": None, "inch": 100.0}) == {"cm": 200.0, "inch": 100.0}  # kept within what was seen


def test_infinite_values_stay_and_teach_nothing() -> None:
    frame = pl.DataFrame({"a": [1.0, 2.0, 3.0, 4.0, None], "b": [2.0, 4.0, 6.0, math.inf, math.inf]})
    after = fitted(IterativeImpute("all"), frame).transform(frame)
    assert after["b"].to_list() == [2.0, 4.0, 6.0, math.inf, math.inf]
    assert 1.0 < after["a"][4] < 3.0


def test_a_guess_is_as_protected_as_what_it_comes_from() -> None:
    schema = Schema(
        (
            Column("age", "Float64", Kind.NUMERIC, protected=True, monotonic="increasing"),
            Column("pay", "Float64", Kind.NUMERIC, unit="EUR"),
        )
    )
    frame = pl.DataFrame({"age": [1.0, 2.0, None], "pay": [None, 3.0, 4.0]})
    pay = Recipe([IterativeImpute("all")]).learn(frame, schema).output_schema["pay"]
    assert (pay.protected, pay.unit, pay.sources, pay.direction) == (True, "EUR", ("pay", "age"), Direction.KEEPS)


def test_too_many_columns_are_refused() -> None:
    wide = frame_of(np.zeros((3, 201)))
    with pytest.raises(RecipeError, match=re.escape("201 columns, and can guess 200 from one another at most. Hint")):
        fitted(IterativeImpute("all"), wide)


def test_figures_must_make_sense() -> None:
    for step in (IterativeImpute("x", alpha=-1.0), IterativeImpute("x", max_iter=0), IterativeImpute("x", tol=-1.0)):
        with pytest.raises(ConfigError, match="iterative_impute has"):
            check(step)
