"""Target encoding: the figures, and that no training row sees its own answer."""

import math

import numpy as np
import polars as pl
import pytest
from scipy.stats import pearsonr

from clew.core.schema import Column, Kind, Role, Schema
from clew.define.problem import Task
from clew.prepare.recipe import Recipe
from clew.prepare.steps import TargetMean

SCHEMA = Schema((Column("x", "String", Kind.CATEGORICAL),))


def encoded(step: TargetMean, values: list[object], truth: list[object], new: list[object], task: Task) -> list[object]:
    frame = pl.DataFrame({"x": values}, schema={"x": pl.String})
    fitted = Recipe([step]).learn(frame, SCHEMA, np.array(truth, dtype=object), task=task)
    after = fitted.transform(pl.DataFrame({"x": new}, schema={"x": pl.String}))
    return after["x_target_mean"].to_list()


def test_mean_is_drawn_towards_the_overall_mean() -> None:
    values, truth = ["a", "a", "a", "b", None], [1.0, 2.0, 3.0, 10.0, 4.0]
    got = encoded(TargetMean("x", smoothing=2.0), values, truth, ["a", "b", "z", None], Task.REGRESSION)
    assert got == pytest.approx([(6 + 2 * 4) / 5, (10 + 2 * 4) / 3, 4.0, (4 + 2 * 4) / 3])


def test_missing_category_that_was_not_seen_gets_the_overall_mean() -> None:
    assert encoded(TargetMean("x", smoothing=1.0), ["a", "b"], [1.0, 3.0], [None], Task.REGRESSION) == [2.0]


def test_binary_target_gives_the_share_of_the_last_class() -> None:
    got = encoded(
        TargetMean("x", smoothing=0.0), ["a", "a", "b", "b"], ["no", "yes", "yes", "yes"], ["a", "b"], Task.BINARY
    )
    assert got == [0.5, 1.0]


def test_rows_without_an_answer_teach_nothing() -> None:
    step = TargetMean("x", smoothing=0.0)
    assert encoded(step, ["a", "a", "b"], [1.0, math.nan, 5.0], ["a"], Task.REGRESSION) == [1.0]
    assert encoded(step, ["a", "a", "b"], ["n", None, "y"], ["a"], Task.BINARY) == [0.0]


def test_multiclass_gives_one_column_per_class_but_the_last() -> None:
    frame = pl.DataFrame({"x": ["a", "b"] * 10})
    truth = np.array(["p", "q", "r", "q"] * 5, dtype=object)
    done = Recipe([TargetMean("x")]).prepare(frame, SCHEMA, truth, task=Task.MULTICLASS)
    fitted, prepared = done.recipe, done.frame
    assert fitted.output_schema.names == ("x_target_mean=p", "x_target_mean=q")
    assert prepared.columns == ["x_target_mean=p", "x_target_mean=q"]


def test_column_that_says_nothing_is_drawn_close() -> None:
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({"x": [f"c{i}" for i in rng.integers(0, 50, 1000)]})
    noise = rng.normal(size=1000)
    means = frame["x"].str.slice(1).cast(pl.Int64).to_numpy() * 1.0
    recipe = Recipe([TargetMean("x")])
    flat = recipe.learn(frame, SCHEMA, noise, task=Task.REGRESSION).transform(frame)["x_target_mean"]
    steep = recipe.learn(frame, SCHEMA, means + noise, task=Task.REGRESSION).transform(frame)["x_target_mean"]
    raw = pl.DataFrame({"x": frame["x"], "y": noise}).group_by("x").mean()["y"].std()
    assert flat.std() < 0.5 * raw  # type: ignore[operator]
    assert np.abs(steep.to_numpy() - means).max() < 1.0


def test_identifier_of_training_rows_betrays_nothing() -> None:
    """A category per row: learnt naively, it would be the answer itself."""
    rng = np.random.default_rng(1)
    frame = pl.DataFrame({"x": [str(i // 2) for i in range(400)]})
    truth = rng.integers(0, 2, 400)
    prepared = Recipe([TargetMean("x", smoothing=0.0)]).prepare(frame, SCHEMA, truth, task=Task.BINARY).frame
    assert abs(pearsonr(prepared["x_target_mean"].to_numpy(), truth).statistic) < 0.2


def test_groups_never_teach_themselves() -> None:
    groups = [i // 10 for i in range(100)]
    frame = pl.DataFrame({"x": [f"c{g}" for g in groups], "who": groups})
    schema = SCHEMA.with_columns(Column("who", "Int64", Kind.NUMERIC, role=Role.GROUP))
    truth = np.array(groups, dtype=np.float64)
    done = Recipe([TargetMean("x", smoothing=0.0)]).prepare(frame, schema, truth, task=Task.REGRESSION)
    fitted, prepared = done.recipe, done.frame
    # Each category is a group, so what others say about it is the overall mean of the others.
    assert prepared["x_target_mean"].n_unique() <= 5
    assert fitted.transform(frame)["x_target_mean"].to_list() == pytest.approx(truth)


def test_time_goes_forward() -> None:
    rows = 120
    frame = pl.DataFrame({"x": ["a"] * rows, "t": range(rows)})
    schema = SCHEMA.with_columns(Column("t", "Int64", Kind.NUMERIC, role=Role.TIME))
    truth = np.arange(rows, dtype=np.float64)
    prepared = Recipe([TargetMean("x", smoothing=0.0)]).prepare(frame, schema, truth, task=Task.REGRESSION).frame
    later = prepared["x_target_mean"].to_list()[20:]
    assert all(value < moment for value, moment in zip(later, range(20, rows), strict=True))


@pytest.mark.parametrize("rows", [0, 1, 2, 3, 7])
def test_few_rows_are_enough(rows: int) -> None:
    frame = pl.DataFrame({"x": ["a", "b", None, "a", "b", "c", "a"][:rows]}, schema={"x": pl.String})
    truth = np.array(["n", "y", "y", "n", "y", "n", "y"][:rows], dtype=object)
    prepared = Recipe([TargetMean("x")]).prepare(frame, SCHEMA, truth, task=Task.BINARY).frame
    assert prepared.height == rows


def test_learnt_means_can_be_read() -> None:
    frame = pl.DataFrame({"x": ["a", "a", "b"]})
    fitted = Recipe([TargetMean("x", smoothing=0.0)]).learn(
        frame, SCHEMA, np.array([1.0, 2.0, 4.0]), task=Task.REGRESSION
    )
    learned = fitted.learned()["steps"][0]["learned"]
    assert learned["x"]["most_frequent"][0] == {"key": "a", "rows": 2, "mean_0": 1.5}
    assert learned["overall"] == pytest.approx([7 / 3])
