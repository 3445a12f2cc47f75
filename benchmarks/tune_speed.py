"""How soon tuning is as good as RandomizedSearchCV at its end: same pipeline, space, folds and metric, ten seeds.

The pipeline is XGBoost with a fixed number of rounds on the columns as they are, so that both sides fit the very same
models; the script checks that a combination has the same score on both. RandomizedSearchCV tries 60 combinations.
Clew may try as many; what counts is the processor time after which its best finished combination is at least as good as
the best of the 60. A seed in which it never is counts as one whose ratio is infinite. Time is that of the process, on
one thread, so that other work on the machine changes it little.
"""

import argparse
import json
import math
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from machine import RESULTS, describe, keep

from clew.collect.dataset import Dataset
from clew.collect.source import read
from clew.collect.split import SplitSpec, folds, structure_of
from clew.define.problem import define_problem
from clew.prepare.recipe import Recipe
from clew.train.tune.result import TuneResult
from clew.train.tune.spec import Stopping, Strategy, TuneSpec
from clew.train.tune.tuner import tune

ROUNDS, COMBINATIONS, SEEDS, FOLDS = 60, 60, 10, 5
SPACE: dict[str, Any] = {
    "n_estimators": ROUNDS,
    "learning_rate": {"low": 0.01, "high": 0.5, "scale": "log"},
    "max_depth": {"low": 1, "high": 10},
    "min_child_weight": {"low": 0.1, "high": 50.0, "scale": "log"},
    "subsample": {"low": 0.3, "high": 1.0},
    "colsample_bytree": {"low": 0.2, "high": 1.0},
    "reg_lambda": {"low": 0.01, "high": 100.0, "scale": "log"},
    "reg_alpha": {"low": 0.001, "high": 10.0, "scale": "log"},
    "gamma": {"low": 0.0, "high": 5.0},
}
#: Numeric tables: those that scikit-learn ships, and some of CLEW_DATA.
_SHIPPED = {"cancer": "load_breast_cancer", "diabetes": "load_diabetes"}
_OTHERS = {
    "phoneme": "roc_auc",
    "wine_quality": "rmse",
    "abalone": "rmse",
    "mammography": "roc_auc",
    "higgs_7k": "roc_auc",
}
_SCORING = {"roc_auc": "roc_auc", "rmse": "neg_root_mean_squared_error"}


def tables() -> dict[str, tuple[Dataset, str]]:
    """Return the tables with their metric; only numbers, none missing."""
    from sklearn import datasets

    found = {
        name: (pl.from_pandas(getattr(datasets, loader)(as_frame=True).frame), "target")
        for name, loader in _SHIPPED.items()
    }
    folder = os.environ.get("CLEW_DATA")
    if folder:
        told = {item["name"]: item for item in json.loads((Path(folder) / "tables.json").read_text())}
        for name in _OTHERS:
            if name in told:
                found[name] = (read(str(Path(folder) / "tables" / f"{name}.parquet")).frame, told[name]["target"])
    numeric = {}
    for name, (frame, target) in found.items():
        kept = [c for c in frame.columns if c != target and frame[c].dtype.is_numeric() and not frame[c].null_count()]
        data = read(frame.select(*(pl.col(c).cast(pl.Float64) for c in kept), target).head(3000)).with_target(target)
        numeric[name] = (data, _OTHERS.get(name, "rmse" if name == "diabetes" else "roc_auc"))
    return numeric


def randomized(data: Dataset, metric: str, seed: int) -> tuple[float, float]:
    """Return the best score of RandomizedSearchCV, and the seconds of processor time that it took."""
    from scipy.stats import loguniform, randint, uniform
    from sklearn.model_selection import RandomizedSearchCV
    from xgboost import XGBClassifier, XGBRegressor

    features, target, splits = _arrays(data, metric, seed)
    family = XGBRegressor if metric == "rmse" else XGBClassifier
    fixed = {"n_estimators": ROUNDS, "n_jobs": 1, "tree_method": "hist", "random_state": seed}
    drawn = {}
    for name, told in SPACE.items():
        if not isinstance(told, dict):
            continue
        low, high = told["low"], told["high"]
        if isinstance(low, int):
            drawn[name] = randint(low, high + 1)
        else:
            drawn[name] = loguniform(low, high) if told.get("scale") == "log" else uniform(low, high - low)
    search = RandomizedSearchCV(
        family(**fixed), drawn, n_iter=COMBINATIONS, cv=splits, scoring=_SCORING[metric], random_state=seed, refit=False
    )
    started = time.process_time()
    search.fit(features, target)
    return abs(float(search.best_score_)), time.process_time() - started


def ours(data: Dataset, metric: str, seed: int) -> tuple[TuneResult, list[float]]:
    """Return a tuning, and the seconds of processor time after which each of its trials was told."""
    told: list[float] = []
    started = time.process_time()

    def listen(message: str, done: float | None = None) -> None:  # noqa: ARG001 - what a Progress takes
        count = int(message.split(maxsplit=1)[0]) if message[:1].isdigit() else 0
        told.extend([time.process_time() - started] * (count - len(told)))

    result = tune(data, _problem(data, metric), spec_of(seed), progress=listen)
    return result, told


def spec_of(seed: int) -> TuneSpec:
    """Return how Clew tunes: as it does by default."""
    return TuneSpec(
        ("xgboost",),
        space=SPACE,
        trials=COMBINATIONS,
        recipe=Recipe(()),
        split=SplitSpec(folds=FOLDS),
        refit=False,
        cpus=1,
        seed=seed,
    )


def check_same(data: Dataset, metric: str) -> float:
    """Return by how much the score of one combination differs between both sides."""
    from sklearn.model_selection import cross_val_score
    from xgboost import XGBClassifier, XGBRegressor

    values = {"learning_rate": 0.1, "max_depth": 4, "min_child_weight": 2.0, "subsample": 1.0, "colsample_bytree": 1.0}
    values |= {"reg_lambda": 1.0, "reg_alpha": 0.01, "gamma": 0.1, "n_estimators": ROUNDS}
    space = {name: [value] for name, value in values.items()} | {"max_depth": [4, 5]}
    spec = TuneSpec(
        ("xgboost",), Strategy.GRID, space, trials=1, stopping=Stopping.NONE, recipe=Recipe(()), refit=False, cpus=1,
        split=SplitSpec(folds=FOLDS),
    )  # fmt: skip
    mine = tune(data, _problem(data, metric), spec).trials[0].figures[metric]
    features, target, splits = _arrays(data, metric, 0)
    family = XGBRegressor if metric == "rmse" else XGBClassifier
    model = family(**values, n_jobs=1, tree_method="hist")
    other = abs(float(np.mean(cross_val_score(model, features, target, cv=splits, scoring=_SCORING[metric]))))
    return abs(mine - other) / abs(other)


def _problem(data: Dataset, metric: str) -> Any:
    column = data.schema.target
    assert column is not None  # noqa: S101 - every table here has one
    return define_problem(
        data.frame[column.name], column, metric=metric, task="regression" if metric == "rmse" else None
    )


def _arrays(data: Dataset, metric: str, seed: int) -> tuple[Any, Any, list[tuple[Any, Any]]]:
    problem = _problem(data, metric)
    features = data.frame.drop(problem.target).to_numpy().astype(np.float32)
    truth = data.frame[problem.target]
    if metric != "rmse":
        truth = truth == problem.positive
    made = folds(structure_of(data.frame, data.schema, problem), SplitSpec(folds=FOLDS), seed, FOLDS)
    return (
        features,
        truth.to_numpy().astype(np.float64 if metric == "rmse" else np.int64),
        [(s.train, s.test) for s in made],
    )


def compare(
    data: Dataset, metric: str, seed: int, search: Callable[..., tuple[float, float]] = randomized
) -> dict[str, Any]:
    """Measure one seed of one table."""
    best, seconds = search(data, metric, seed)
    result, told = ours(data, metric, seed)
    goal = result.goals.objectives[0]
    able = [t for t in result.trials if t.state == "complete" and goal.loss(t.figures[metric]) <= goal.loss(best)]
    reached = told[able[0].number] if able else math.inf
    return {
        "seed": seed,
        "theirs": best,
        "ours": result.score,
        "their_s": round(seconds, 2),
        "reached_s": round(reached, 2) if able else None,
        "reached_trial": able[0].number if able else None,
        "all_s": round(told[-1], 2),
        "ratio": round(reached / seconds, 3) if able else None,
    }


def main() -> None:
    """Measure, table after table; finished seeds are kept and not measured again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", help="names, separated by commas")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    options = parser.parse_args()
    path = RESULTS / "tune_speed.json"
    known = json.loads(path.read_text())["tables"] if path.exists() else {}
    for name, (data, metric) in tables().items():
        if options.tables and name not in options.tables.split(","):
            continue
        runs = known.setdefault(name, {"metric": metric, "rows": len(data), "runs": []})["runs"]
        difference = check_same(data, metric)
        if difference > 1e-6:
            raise SystemExit(f"{name}: the two sides fit other models (relative difference {difference:.2g}).")
        for seed in range(options.seeds):
            if all(run["seed"] != seed for run in runs):
                runs.append(compare(data, metric, seed))
                print(name, json.dumps(runs[-1]), flush=True)
        keep("tune_speed", summary(known), shown=False)
    print(json.dumps(summary(known), indent=1))


def summary(known: dict[str, Any]) -> dict[str, Any]:
    """Return all runs with their median ratios."""
    for told in known.values():
        ratios = [math.inf if run["ratio"] is None else run["ratio"] for run in told["runs"]]
        told["median_ratio"] = statistics.median(ratios) if ratios else None
        told["reached"] = sum(math.isfinite(ratio) for ratio in ratios)
    every = [math.inf if run["ratio"] is None else run["ratio"] for told in known.values() for run in told["runs"]]
    return {
        **describe("clew", "scikit-learn", "xgboost-cpu", "optuna"),
        "goal": "median ratio of processor time <= 1/3",
        "combinations": COMBINATIONS,
        "folds": FOLDS,
        "median_ratio": statistics.median(every) if every else None,
        "tables": known,
    }


if __name__ == "__main__":
    main()
