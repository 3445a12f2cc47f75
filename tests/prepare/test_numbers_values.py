"""Steps on numbers beside scikit-learn, and in figures that can be checked by hand."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from sklearn import preprocessing

from clew.core.errors import RecipeError
from clew.core.schema import Column, Kind, Schema
from clew.prepare.recipe import FittedRecipe, Recipe
from clew.prepare.step import Step
from clew.prepare.steps import ClipOutliers, InvalidateOutliers, RemoveOutliers, Scale

RANDOM = np.random.default_rng(7)
NUMBERS = pl.DataFrame(
    {"a": RANDOM.normal(5.0, 2.0, 300), "b": RANDOM.lognormal(0.0, 1.0, 300), "c": RANDOM.integers(-9, 9, 300) * 1.0}
)
NEW = pl.DataFrame({name: NUMBERS[name].reverse() * 1.3 - 0.7 for name in NUMBERS.columns})


def schema_of(frame: pl.DataFrame, **facts: Any) -> Schema:
    return Schema(tuple(Column(name, str(dtype), Kind.NUMERIC, **facts) for name, dtype in frame.schema.items()))


def fitted(steps: Step | Sequence[Step], frame: pl.DataFrame, **facts: Any) -> FittedRecipe:
    return Recipe([steps] if isinstance(steps, Step) else steps).learn(frame, schema_of(frame, **facts))


def applied(step: Step, frame: pl.DataFrame, new: pl.DataFrame | None = None) -> pl.DataFrame:
    """Fit, transform, and check that rows one by one give the same."""
    done = fitted(step, frame)
    after: pl.DataFrame = done.transform(frame if new is None else new)
    assert after.to_dicts() == [done.row()(row) for row in (frame if new is None else new).to_dicts()]
    return after


def near(got: pl.DataFrame, expected: NDArray[Any], tolerance: float = 1e-9) -> None:
    np.testing.assert_allclose(got.to_numpy(), expected, rtol=tolerance, atol=tolerance)


class TestScaling:
    @pytest.mark.parametrize(
        ("step", "theirs"),
        [
            (Scale("all"), preprocessing.StandardScaler()),
            (Scale("all", with_centering=False), preprocessing.StandardScaler(with_mean=False)),
            (Scale("all", with_scaling=False), preprocessing.StandardScaler(with_std=False)),
            (Scale("all", "minmax"), preprocessing.MinMaxScaler()),
            (Scale("all", "minmax", feature_range=(-1.0, 3.0)), preprocessing.MinMaxScaler((-1.0, 3.0))),
            (Scale("all", "robust"), preprocessing.RobustScaler()),
            (
                Scale("all", "robust", with_centering=False, quantile_range=(0.05, 0.9)),
                preprocessing.RobustScaler(with_centering=False, quantile_range=(5.0, 90.0)),
            ),
            (Scale("all", "maxabs"), preprocessing.MaxAbsScaler()),
        ],
        ids=lambda item: "" if isinstance(item, Step) else type(item).__name__,
    )
    def test_as_scikit_learn(self, step: Step, theirs: Any) -> None:
        expected = theirs.fit(NUMBERS.to_numpy()).transform(NEW.to_numpy())
        near(applied(step, NUMBERS, NEW), expected)

    def test_constant_columns_do_not_explode(self) -> None:
        same = pl.DataFrame({"a": [3.0, 3.0], "b": [0.0, 0.0]})
        assert applied(Scale("all", "minmax", feature_range=(1.0, 2.0)), same).rows() == [(1.0, 1.0)] * 2
        assert applied(Scale("all", "maxabs"), same).rows() == [(1.0, 0.0)] * 2


class TestOutliers:
    def test_robust_deviations_are_not_inflated_by_the_outliers(self) -> None:
        """Median ± 5 times the standard deviation after clipping to the 5th and 95th percentile."""
        frame = pl.DataFrame({"x": [*range(99), 100_000]}, schema={"x": pl.Float64})
        low, high = np.quantile(frame["x"], [0.05, 0.95])
        spread = np.clip(frame["x"], low, high).std()
        edges = fitted(ClipOutliers("x", "robust_std"), frame).learned()["steps"][0]["learned"]["x"]
        assert edges == pytest.approx({"low": 49.5 - 5 * spread, "high": 49.5 + 5 * spread})
        by_std = fitted(ClipOutliers("x", "std"), frame).learned()["steps"][0]["learned"]["x"]
        assert by_std["high"] > 30_000

    def test_stated_range(self) -> None:
        whole = pl.DataFrame({"x": [-5, 0, 3, 9, None]})
        assert applied(ClipOutliers("x", "range", lower=0.0, upper=4.0), whole)["x"].to_list() == [0, 0, 3, 4, None]
        halves = applied(ClipOutliers("x", "range", lower=-0.5), whole)
        assert halves["x"].to_list() == [-0.5, 0.0, 3.0, 9.0, None]
        missing = applied(InvalidateOutliers("x", "range", upper=3.0), whole)
        assert missing["x"].to_list() == [-5, 0, 3, None, None]
        assert missing["x"].dtype == pl.Int64

    def test_infinite_values_lie_far_out(self) -> None:
        frame = pl.DataFrame({"x": [1.0, 2.0, 3.0, math.inf, -math.inf]})
        assert applied(InvalidateOutliers("x"), frame)["x"].to_list() == [1.0, 2.0, 3.0, None, None]

    def test_rows_are_taken_from_training_only(self) -> None:
        frame = pl.DataFrame({"x": [1.0, 2.0, 3.0, 4.0, 500.0, None], "y": [0.0] * 3 + [1.0] * 3})
        done = Recipe([RemoveOutliers("all")]).prepare(frame, schema_of(frame), np.arange(6.0))
        assert done.rows is not None
        assert done.rows.tolist() == [0, 1, 2, 3, 5]
        assert done.target is not None
        assert done.target.tolist() == [0.0, 1.0, 2.0, 3.0, 5.0]
        assert done.recipe.transform(frame).equals(frame)
        assert done.recipe.row()({"x": 500.0, "y": 0.0}) == {"x": 500.0, "y": 0.0}
        learnt = done.recipe.learned()["steps"][0]["learned"]["x"]
        assert learnt == {"low": -1.0, "high": 7.0}

    def test_not_every_row_may_go(self) -> None:
        with pytest.raises(RecipeError, match=r"Step 1 \(remove_outliers\): Each of 2 rows has an outlier"):
            fitted(RemoveOutliers("x", "range", lower=5.0), pl.DataFrame({"x": [1.0, 2.0]}))
