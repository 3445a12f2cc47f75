"""Bins and rounding: the contract, and the values beside scikit-learn and by hand."""

import math
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.cluster import KMeans
from sklearn.preprocessing import KBinsDiscretizer
from tests.prepare.rows import NUMBERS, cases, check_every_value, check_random_rows, few_examples

from clew.core.errors import ConfigError
from clew.core.schema import Column, Direction, Kind, Schema
from clew.prepare.options import check
from clew.prepare.recipe import FittedRecipe, Recipe
from clew.prepare.step import Step
from clew.prepare.steps import Bin, Round

CASES = [
    Bin(NUMBERS),
    Bin(NUMBERS, "quantile", 4, labels=("a", "b", "c", "d")),
    Bin(NUMBERS, "kmeans", 3, labels="interval"),
    Bin(["whole", "real", "grade"], "edges", edges=(-1.0, 0.0, 1.5)),
    Bin("small", "edges", edges=(0.0,), labels=("low", "high")),
    Round(NUMBERS),
    Round(NUMBERS, 2),
    Round(["whole", "real", "single"], -2, "down"),
    Round(["small", "real", "single"], 1, "up"),
]
RANDOM = np.random.default_rng(5)
FRAME = pl.DataFrame({"a": RANDOM.normal(size=500), "b": RANDOM.lognormal(size=500), "c": RANDOM.integers(0, 9, 500)})


@cases(CASES)
def test_contract_on_every_value(step: Step) -> None:
    check_every_value(step)


@few_examples
@cases(CASES)
@given(data=st.data())
def test_contract_on_random_rows(step: Step, data: st.DataObject) -> None:
    check_random_rows(step, data)


def fitted(step: Step, frame: pl.DataFrame) -> FittedRecipe:
    types = {name: str(dtype) for name, dtype in frame.schema.items()}
    return Recipe([step]).learn(frame, Schema(tuple(Column(n, types[n], Kind.NUMERIC, unit="m") for n in types)))


def made(step: Step, values: list[Any], new: list[Any] | None = None) -> list[Any]:
    frame = pl.DataFrame({"x": values}, strict=False)
    after: pl.DataFrame = fitted(step, frame).transform(frame if new is None else pl.DataFrame({"x": new}))
    return after["x"].to_list()


@pytest.mark.parametrize("bins", [2, 5, 20])
@pytest.mark.parametrize("strategy", ["uniform", "quantile"])
def test_bins_as_scikit_learn(strategy: Any, bins: int) -> None:
    names = ["a", "b"]
    theirs = KBinsDiscretizer(bins, encode="ordinal", strategy=strategy, quantile_method="linear", subsample=None)
    theirs.fit(FRAME.select(names).to_numpy())
    done = fitted(Bin(names, strategy, bins), FRAME)
    got = done.transform(FRAME)
    learnt = done.learned()["steps"][0]["learned"]
    for name, edges in zip(names, theirs.bin_edges_, strict=True):
        np.testing.assert_allclose(learnt[name]["edges"], edges[1:-1], rtol=1e-9)
    np.testing.assert_array_equal(got.select(names).to_numpy(), theirs.transform(FRAME.select(names).to_numpy()))


@pytest.mark.parametrize("bins", [2, 5, 20])
@pytest.mark.parametrize("name", ["a", "b"])
def test_centres_are_as_close_to_their_values_as_those_of_scikit_learn(name: str, bins: int) -> None:
    values = FRAME[name].to_numpy()
    theirs = KMeans(bins, tol=0.0, n_init=10, random_state=0).fit(values[:, None])
    numbers = fitted(Bin(name, "kmeans", bins), FRAME).transform(FRAME)[name].to_numpy()
    spread = sum(((values[numbers == n] - values[numbers == n].mean()) ** 2).sum() for n in range(bins))
    assert set(numbers) == set(range(bins))
    assert spread <= 1.05 * theirs.inertia_


def test_values_on_and_beyond_the_borders() -> None:
    step = Bin("x", "edges", edges=(18.0, 65.0))
    assert made(step, [17, 18, 64, 65, None]) == [0, 1, 1, 2, None]
    assert made(step, [17.9, 18.0, math.inf, -math.inf, math.nan]) == [0, 1, 2, 0, None]
    named = Bin("x", "edges", edges=(18.0, 65.0), labels=("young", "working", "retired"))
    assert made(named, [17, 18, 65, None]) == ["young", "working", "retired", None]
    assert made(Bin("x", "edges", edges=(0.1, 0.25), labels="interval"), [0.0, 0.1, 1.0]) == [
        "(-inf, 0.1)",
        "[0.1, 0.25)",
        "[0.25, inf)",
    ]


def test_labels_are_an_ordinal_that_keeps_the_order() -> None:
    column = fitted(Bin("a", labels=("1", "2", "3", "4", "5")), FRAME).output_schema["a"]
    assert (column.kind, column.order, column.unit) == (Kind.ORDINAL, ("1", "2", "3", "4", "5"), None)
    assert column.direction is Direction.KEEPS


def test_borders_that_coincide_make_fewer_bins() -> None:
    assert made(Bin("x", "quantile", 4), [1, 1, 1, 1, 1, 1, 2, 3]) == [0, 0, 0, 0, 0, 0, 1, 1]
    assert made(Bin("x", "kmeans"), [7.0, 7.0, None]) == [0, 0, None]
    assert made(Bin("x"), [7.0, 7.0], [8.0, 6.0]) == [0, 0]


def test_rounding() -> None:
    assert made(Round("x"), [0.5, 1.5, 2.5, -0.5, None]) == [0.0, 2.0, 2.0, 0.0, None]
    assert made(Round("x", 2), [2.675, 1.005, 0.1 + 0.2, 1e300]) == [2.68, 1.0, 0.3, 1e300]
    assert made(Round("x", -2), [149.0, 150.0, 250.0, 251.0]) == [100.0, 200.0, 200.0, 300.0]
    assert made(Round("x", 1, "down"), [0.19, -0.11, 3.0]) == [0.1, -0.2, 3.0]
    assert made(Round("x", 1, "up"), [0.11, -0.19, math.inf]) == [0.2, -0.1, math.inf]
    assert made(Round("x", 3), [1, 2]) == [1.0, 2.0]
    assert fitted(Round("a", 1), FRAME).output_schema["a"].unit == "m"


@given(st.floats(-1e9, 1e9), st.integers(0, 6))
def test_rounded_values_are_the_nearest_floats_to_decimal_numbers(value: float, decimals: int) -> None:
    rounded = fitted(Round("x", decimals), pl.DataFrame({"x": [0.0]})).row()({"x": value})["x"]
    assert rounded == float(f"{rounded:.{decimals}f}")
    assert abs(rounded - value) <= 0.5000001 * 10**-decimals


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (Bin("x", n_bins=1), "2 to 100 are possible"),
        (Bin("x", "edges"), "they belong together.*Borders go with"),
        (Bin("x", edges=(1.0,)), "they belong together"),
        (Bin("x", "edges", edges=(2.0, 1.0)), "rising numbers are needed"),
        (Bin("x", "edges", edges=()), "rising numbers are needed"),
        (Bin("x", "edges", edges=(1.0,), labels=("a",)), "1 labels for 2 bins.*n borders make n . 1 bins"),
        (Bin("x", labels=("a", "b")), "2 labels for 5 bins"),
        (Round("x", 16), "-15 to 15 are possible"),
    ],
)
def test_options_must_make_sense(step: Step, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        check(step)
