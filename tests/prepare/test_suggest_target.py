"""What a suggestion has to do with the target: nothing is chosen by it, and training rows never see their own."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from clew.collect.source import read
from clew.collect.split import SplitSpec
from clew.define.problem import define_problem
from clew.prepare.suggest import suggest
from clew.train.automl import TrainSpec, train

ROWS = 1500
RNG = np.random.default_rng(1)
NOISE = pl.DataFrame(
    {
        "user": [f"u{i}" for i in RNG.integers(0, 400, ROWS)],
        "street": [f"street {i}" for i in RNG.integers(0, 120, ROWS)],
        "x": RNG.normal(size=ROWS),
        "y": RNG.permutation(np.repeat(["no", "yes"], ROWS // 2)),
    }
)
FAMILIES = ["any", "linear", "trees"]


def area(values: pl.Series, truth: pl.Series) -> float:
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(truth.to_numpy() == "yes", values.to_numpy()))


@pytest.mark.parametrize("family", FAMILIES)
def test_no_step_is_chosen_by_the_target(family: str) -> None:
    shuffled = NOISE.with_columns(y=NOISE["y"].sample(fraction=1.0, shuffle=True, seed=3))
    assert suggest(NOISE, "y", for_model=family).to_dict() == suggest(shuffled, "y", for_model=family).to_dict()


@pytest.mark.parametrize("family", FAMILIES)
def test_mean_of_noise_tells_training_rows_nothing(family: str) -> None:
    recipe = suggest(NOISE, "y", for_model=family).recipe
    assert any(step.learns_from_target for step in recipe.steps)
    prepared = recipe.prepare(NOISE, target="y")
    for name in ("user_target_mean", "street_target_mean"):
        assert abs(area(prepared.frame[name], NOISE["y"]) - 0.5) < 0.05
    # As a new row, a training row would get what was learnt from itself too.
    assert area(prepared.recipe.transform(NOISE)["user_target_mean"], NOISE["y"]) > 0.6


@pytest.mark.parametrize("algorithm", ["linear", "lightgbm"])
def test_noise_with_many_values_gains_nothing_in_training(algorithm: str) -> None:
    dataset = read(NOISE).with_target("y")
    problem = define_problem(dataset.frame["y"], dataset.schema["y"])
    spec = TrainSpec(trials=1, algorithms=(algorithm,), cpus=1, split=SplitSpec(folds=3))
    result = train(dataset, replace(problem, metric="roc_auc"), spec)
    assert result.score.low < 0.5 < result.score.high
    assert result.score.value < 0.55
