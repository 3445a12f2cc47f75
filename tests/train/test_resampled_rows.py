"""A recipe may repeat and invent training rows; who judges, and who says when to stop, never learns from such a row."""

import numpy as np
import polars as pl
import pytest

from clew.collect.dataset import Dataset
from clew.collect.split import SplitSpec
from clew.core.errors import RecipeError
from clew.core.schema import Column, Kind, Role, Schema
from clew.define.problem import define_problem
from clew.prepare.recipe import Recipe
from clew.prepare.steps import Balance, Drop, Sample, TargetMean
from clew.train.automl import TrainSpec, train
from clew.train.folds.preparation import Folds
from clew.train.folds.rows import rows_of
from clew.train.folds.splits import all_splits

SCHEMA = Schema(
    (
        Column("a", "Float64", Kind.NUMERIC),
        Column("c", "String", Kind.CATEGORICAL),
        Column("number", "Float64", Kind.NUMERIC),
        Column("w", "Float64", Kind.NUMERIC, role=Role.WEIGHT),
        Column("y", "String", Kind.CATEGORICAL, role=Role.TARGET),
    )
)


def table(rows: int = 900) -> Dataset:
    """One row in ten is of the class yes; the column number tells rows apart."""
    rng = np.random.default_rng(0)
    yes = rng.random(rows) < 0.1
    return Dataset.of(
        pl.DataFrame(
            {
                "a": rng.normal(size=rows) + yes,
                "c": [f"c{i}" for i in rng.integers(0, 5, rows)],
                "number": np.arange(rows, dtype=np.float64),
                "w": rng.random(rows) + 0.5,
                "y": np.where(yes, "yes", "no").tolist(),
            }
        ),
        SCHEMA,
        "made up",
    )


def folds_of(recipe: Recipe, data: Dataset) -> Folds:
    rows = rows_of(data, define_problem(data.frame["y"], data.schema["y"]))
    return Folds(rows, recipe, all_splits(rows, SplitSpec(), 0, validation=None), SplitSpec(), seed=0)


@pytest.mark.parametrize("method", ["oversample", "undersample", "smote"])
def test_rows_keep_their_answer_and_weight_on_the_way_into_the_matrix(method: str) -> None:
    data = table()
    folds = folds_of(Recipe((Balance(method),)), data)  # type: ignore[arg-type]
    for split, fold in zip(folds.splits, folds, strict=True):
        learn, origins = fold.prepared.learn, fold.prepared.origins
        assert origins is not None
        assert np.bincount(learn.target).tolist() == [max(np.bincount(learn.target))] * 2
        source = split.train[origins.rows]
        assert (learn.target == (data.frame["y"].to_numpy()[source] == "yes")).all()
        assert learn.weight is not None
        assert (learn.weight == data.frame["w"].to_numpy()[source]).all()
        plain = (origins.parents == origins.parents[:, :1]).all(axis=1)
        number = learn.matrix.numeric[:, learn.matrix.layout.numeric.index("number")]
        assert (number[plain] == source[plain]).all()
        assert len(fold.judged.numeric) == len(split.test)


@pytest.mark.parametrize("method", ["oversample", "smote"])
def test_rows_that_say_when_to_stop_have_no_copy_or_child_that_teaches(method: str) -> None:
    folds = folds_of(Recipe((Balance(method),)), table())  # type: ignore[arg-type]
    for fold in folds:
        origins, stop = fold.prepared.origins, fold.stop
        assert origins is not None
        assert stop is not None
        assert not set(origins.parents[stop.train].ravel()) & set(origins.parents[stop.test].ravel())
        assert len(set(origins.rows[stop.test])) == len(stop.test)
        share = fold.prepared.learn.target[stop.test].mean()
        assert share == pytest.approx(0.1, abs=0.03)  # as rare as where it is judged


def test_what_a_row_becomes_is_not_learnt_from_its_copies() -> None:
    """The mean of the answers per number would be the answer, if copies taught one another."""
    data = table(300)
    data = Dataset.of(data.frame.with_columns(c=pl.col("number").cast(pl.Int64).cast(pl.String)), SCHEMA, "made up")
    recipe = Recipe((Balance(), TargetMean("c", smoothing=0.0), Drop(["a", "number"])))
    done = recipe.prepare(data.frame, SCHEMA)
    # Each gets the overall mean of rows that none of its parents had a part in.
    assert done.frame["c_target_mean"].is_between(0.3, 0.7).all()


def test_nothing_is_learnt_from_the_target_after_rows_were_mixed() -> None:
    """Mixtures tie a class together: what a fold learns without its part of them is wrong about the class."""
    recipe = Recipe((Balance("smote"), TargetMean("c")))
    data = table(300)
    with pytest.raises(RecipeError, match=r"Step 2 \(target_mean\).*after one that mixes rows \(step 1, balance\)"):
        recipe.prepare(data.frame.with_columns(c=pl.col("number").cast(pl.String)), SCHEMA)


def test_model_learns_from_balanced_rows_and_is_judged_on_the_others() -> None:
    data = table()
    recipe = Recipe((Sample(share=0.9), Balance("smote", 0.5)))
    result = train(
        data,
        define_problem(data.frame["y"], data.schema["y"]),
        TrainSpec(trials=2, algorithms=("linear", "lightgbm"), recipe=recipe, cpus=1),
    )
    assert result.score.rows == 900
    assert result.score.value > 0.6
    assert len(result.model.predict(data.frame)) == 900
