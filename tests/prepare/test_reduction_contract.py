"""Principal components: the contract, and the values beside scikit-learn."""

import math
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler
from tests.prepare.rows import NUMBERS, cases, check_every_value, check_random_rows, few_examples

from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Kind, Schema
from clew.prepare import components
from clew.prepare.options import check
from clew.prepare.recipe import FittedRecipe, Recipe
from clew.prepare.step import Step
from clew.prepare.steps import Pca
from clew.testing.step import check_step

CASES = [
    Pca(NUMBERS),
    Pca(["small", "single", "real"], 2, prefix="part", keep=True),
    Pca(["small", "single"], variance_threshold=0.5, center=False),
    Pca(["small", "grade"], scale=False),
    Pca(["small", "single", "real"], 2, output_style="vector"),
]


@cases(CASES)
def test_contract_on_every_value(step: Step) -> None:
    check_every_value(step)


@few_examples
@cases(CASES)
@given(data=st.data())
def test_contract_on_random_rows(step: Step, data: st.DataObject) -> None:
    check_random_rows(step, data)


def rows(count: int, width: int, hidden: int = 3, seed: int = 0) -> NDArray[np.float64]:
    random = np.random.default_rng(seed)
    values = random.normal(size=(count, hidden)) @ random.normal(size=(hidden, width))
    result: NDArray[np.float64] = values * np.arange(1, width + 1) + 0.2 * random.normal(size=(count, width)) + 5.0
    return result


def frame_of(values: NDArray[np.float64]) -> pl.DataFrame:
    return pl.DataFrame(values, schema=[f"c{j}" for j in range(values.shape[1])])


def fitted(step: Step, frame: pl.DataFrame) -> FittedRecipe:
    return Recipe([step]).learn(frame, Schema(tuple(Column(name, "Float64", Kind.NUMERIC) for name in frame.columns)))


@pytest.mark.parametrize("shape", [(300, 6), (20, 40)], ids=["long", "wide"])
@pytest.mark.parametrize("scale", [True, False])
@pytest.mark.parametrize(("option", "theirs"), [({"n_components": 3}, 3), ({"variance_threshold": 0.9}, 0.9)])
def test_as_scikit_learn(shape: tuple[int, int], option: Any, theirs: Any, *, scale: bool) -> None:
    train, new = rows(*shape), rows(7, shape[1], seed=1)
    scaler = StandardScaler(with_std=scale).fit(train)
    model = PCA(theirs, svd_solver="full").fit(scaler.transform(train))
    done = fitted(Pca("all", scale=scale, **option), frame_of(train))
    np.testing.assert_allclose(
        done.transform(frame_of(new)).to_numpy(), model.transform(scaler.transform(new)), rtol=1e-8, atol=1e-8
    )
    learnt = done.learned()["steps"][0]["learned"]
    explained = [component["explained"] for component in learnt.values()]
    np.testing.assert_allclose(explained, model.explained_variance_ratio_, rtol=1e-9)


@pytest.mark.parametrize("option", [{"n_components": 4}, {"variance_threshold": 0.999}], ids=str)
def test_wide_tables_are_projected_at_random_with_a_seed(monkeypatch: pytest.MonkeyPatch, option: Any) -> None:
    monkeypatch.setattr(components, "_EXACT", 50)
    monkeypatch.setattr(components, "_FIRST", 2)
    train = rows(200, 120, hidden=4)
    exact = PCA(4, svd_solver="full").fit(StandardScaler().fit_transform(train))
    done = fitted(Pca("all", **option), frame_of(train))
    got = done.transform(frame_of(train))
    assert got.width == 4
    np.testing.assert_allclose(got.to_numpy(), exact.transform(StandardScaler().fit_transform(train)), atol=1e-6)
    assert fitted(Pca("all", **option), frame_of(train)).transform(frame_of(train)).equals(got)


def test_many_weights_give_one_row_the_same_bits() -> None:
    """Above a thousand weights one row is computed by another loop."""
    train = rows(120, 60, hidden=40)
    check_step(Pca("all", 30), frame_of(train).head(40), fitted(Pca("all"), frame_of(train)).schema)


def test_the_sources_go_and_the_components_are_told() -> None:
    frame = pl.DataFrame({"a": [1.0, 2.0, 3.0, 4.0], "b": [2.0, 4.0, 6.0, 8.1], "c": ["x", "y", "x", "y"]})
    schema = Schema((*(Column(n, "Float64", Kind.NUMERIC) for n in "ab"), Column("c", "String", Kind.CATEGORICAL)))
    done = Recipe([Pca(["a", "b"], prefix="size")]).learn(frame, schema)
    assert done.transform(frame).columns == ["c", "size_1"]
    learnt = done.learned()["steps"][0]["learned"]["size_1"]
    assert learnt["explained"] > 0.99
    assert learnt["weights"] == pytest.approx({"a": math.sqrt(0.5), "b": math.sqrt(0.5)})
    assert done.output_schema["size_1"].sources == ("a", "b")
    kept = Recipe([Pca(["a", "b"], keep=True)]).learn(frame, schema)
    assert kept.transform(frame).columns == ["a", "b", "c", "pca_1"]


def test_a_row_with_a_gap_has_no_components() -> None:
    frame = pl.DataFrame({"a": [1.0, 2.0, 3.0, None, 5.0], "b": [1.0, -1.0, 2.0, 2.0, math.inf]})
    done = fitted(Pca("all", 1), frame)
    got = done.transform(frame)["pca_1"].to_list()
    assert got[3:] == [None, None]
    assert got[:3] == fitted(Pca("all", 1), frame.head(3)).transform(frame.head(3))["pca_1"].to_list()


def test_constant_columns_have_no_part() -> None:
    values = rows(50, 3)
    with_constant = frame_of(values).with_columns(c3=pl.lit(7.0))
    got = fitted(Pca("all", 3), with_constant).transform(with_constant)
    np.testing.assert_allclose(got.to_numpy(), fitted(Pca("all", 3), frame_of(values)).transform(frame_of(values)))
    flat = pl.DataFrame({"a": [1.0, 1.0], "b": ["x", "y"]})
    schema = Schema((Column("a", "Float64", Kind.NUMERIC), Column("b", "String", Kind.CATEGORICAL)))
    assert Recipe([Pca("a")]).learn(flat, schema).transform(flat).columns == ["b"]


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (Pca("a", 2, 0.9), "one of them says how many"),
        (Pca("a", 0), "a whole number above 0"),
        (Pca("a", variance_threshold=95.0), "Write 95 % as 0.95"),
    ],
)
def test_options_must_make_sense(step: Step, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        check(step)


def test_texts_have_no_components() -> None:
    frame = pl.DataFrame({"c": ["x", "y"]})
    with pytest.raises(RecipeError, match=r"Step 1 \(pca\): The column 'c' is categorical"):
        Recipe([Pca("c")]).learn(frame, Schema((Column("c", "String", Kind.CATEGORICAL),)))
