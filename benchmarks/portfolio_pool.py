"""What each configuration of a pool answers on real tables: measured once, kept, and found again.

The pool holds the defaults of every algorithm, the list that people made, and configurations drawn from the space of
each algorithm. Every one is fitted to some folds of the training rows (never the test rows) of every table, on one
thread. Kept are its answers for the judging rows and the processor seconds of a fit, which do not depend on what else
the machine does.
"""

import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from environments import CACHE
from numpy.typing import NDArray

from clew.collect.dataset import Dataset
from clew.collect.source import read
from clew.collect.split import SplitSpec
from clew.core.errors import DataError
from clew.core.fingerprint import of_json
from clew.define.problem import define_problem
from clew.prepare.suggest import suggest
from clew.train.ensemble.judge import Judge
from clew.train.estimators import ESTIMATORS, get_estimator
from clew.train.folds.preparation import Folds
from clew.train.folds.rows import rows_of
from clew.train.folds.splits import all_splits
from clew.train.search.fit import run_fold
from clew.train.search.journal import versions
from clew.train.search.portfolio import QUICK, trial_seed
from clew.train.search.trial import Configuration
from clew.train.space import draw

FOLDER = CACHE / "portfolio"
#: Training rows below which a table takes no part: its losses are chance.
FEWEST_ROWS = 500
#: Training rows of the rarer of two classes below which a table takes no part, for the same reason.
FEWEST_RARE = 100
#: Training rows times columns times classes above which a table takes no part: it would cost as much as all others.
MOST_CELLS = 500_000
#: Judging rows after which no further fold is fitted, and folds at most.
ENOUGH_ROWS, MOST_FOLDS = 1_500, 3
Named = tuple[str, Mapping[str, Any]]
#: The list that people made before one was learnt; what is learnt is compared with it.
BY_HAND: tuple[Named, ...] = (
    ("catboost", {}),
    ("lightgbm", {}),
    ("xgboost", {}),
    ("extra_trees", {}),
    ("linear", {}),
    ("gaussian_process", {}),
    ("svm", {}),
    ("network", {}),
    ("splines", {}),
    ("knn", {}),
    ("random_forest", {}),
    ("hist_gradient_boosting", {}),
    ("tree", {}),
    (
        "lightgbm",
        {
            "learning_rate": 0.03,
            "num_leaves": 96,
            "min_child_samples": 6,
            "colsample_bytree": 0.7,
            "wide_categories": False,
        },
    ),
    ("catboost", {"learning_rate": 0.05, "depth": 8, "l2_leaf_reg": 6.0, "rsm": 0.8}),
    ("lightgbm", {"extra_trees": True, "num_leaves": 48, "min_child_samples": 8}),
    (
        "xgboost",
        {
            "learning_rate": 0.03,
            "max_depth": 9,
            "min_child_weight": 3.0,
            "colsample_bytree": 0.6,
            "wide_categories": False,
        },
    ),
    ("catboost", {"learning_rate": 0.05, "depth": 4, "l2_leaf_reg": 2.0, "one_hot_max_size": 2}),
    ("lightgbm", {"num_leaves": 10, "min_child_samples": 30, "colsample_bytree": 0.5, "reg_lambda": 5.0}),
    ("linear", {"alpha": 20.0}),
    ("xgboost", {"max_depth": 4, "colsample_bytree": 0.5, "reg_lambda": 5.0, "wide_categories": False}),
)


@dataclass(frozen=True)
class Table:
    """Training rows of a table, cut into folds.

    Parameters
    ----------
    name : str
        Its name.
    folds : Folds
        Those that are fitted.
    judge : Judge
        Of all judging rows, in the order of the folds.
    """

    name: str
    folds: Folds
    judge: Judge


def names_of(folder: Path, most: int) -> list[str]:
    """Return the names of the tables that say something, and are not dearer than all others together."""
    found = []
    for item in _manifest(folder):
        rows = item["rows"] - item["test_rows"]
        cells = min(rows, most) * item["cols"] * (item["n_classes"] if item["n_classes"] > 2 else 1)
        rare = min(rows, most) * item["minority_pct"] / 100.0 if item["task"] == "binary" else FEWEST_RARE
        if rows >= FEWEST_ROWS and rare >= FEWEST_RARE and cells <= MOST_CELLS:
            found.append(item["name"])
    return found


def _manifest(folder: Path) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads((folder / "tables.json").read_text(encoding="utf-8"))
    return listed


def table_of(folder: Path, name: str, most: int) -> Table:
    """Return at most this many training rows of a table, prepared as the engine does by itself."""
    told = next(item for item in _manifest(folder) if item["name"] == name)
    dataset = read(folder / "tables" / f"{name}.parquet").with_target(told["target"])
    judges = np.load(folder / "splits" / f"{name}.npz")["test"]
    learners = np.setdiff1d(np.arange(len(dataset)), judges)
    if len(learners) > most:
        learners = np.sort(np.random.default_rng(0).choice(learners, most, replace=False))
    few = Dataset.of(dataset.frame[learners], dataset.schema, name)
    column = few.schema[told["target"]]
    problem = define_problem(few.frame[column.name], column, task=told["task"], metric=told["metric"])
    rows = rows_of(few, problem)
    spec = SplitSpec()
    splits = all_splits(rows, spec, 0, validation=None)
    enough = min(MOST_FOLDS, max(2, -(-ENOUGH_ROWS // len(splits[0].test))))
    folds = Folds(rows, suggest(few, problem).recipe, splits[:enough], spec, seed=0)
    return Table(name, folds, folds.judge())


def pool(draws: int) -> list[Named]:
    """Return the configurations: the quick one first, the defaults, the list made by hand, then draws of each."""
    listed = [QUICK[0], *((name, {}) for name in ESTIMATORS), *BY_HAND]
    for number in range(draws):
        for name, spec in ESTIMATORS.items():
            generator = np.random.default_rng([number, int(of_json(name)[:8], 16)])
            listed.append((name, draw(spec.space, generator)))
    once = {_filled(algorithm, params): (algorithm, dict(params)) for algorithm, params in reversed(listed)}
    return list(once.values())[::-1]


def position_of(listed: Sequence[Named], algorithm: str, params: Mapping[str, Any]) -> int:
    """Return where a configuration stands, defaults filled in."""
    return [_filled(*named) for named in listed].index(_filled(algorithm, params))


def _filled(algorithm: str, params: Mapping[str, Any]) -> str:
    return json.dumps([algorithm, get_estimator(algorithm).check(params)])


def key_of(algorithm: str, params: Mapping[str, Any], most: int) -> str:
    """Return the name under which an answer is kept: defaults, folds and versions are part of it."""
    told = {"algorithm": algorithm, "params": get_estimator(algorithm).check(params), "rows": most}
    told["folds"] = [ENOUGH_ROWS, MOST_FOLDS]
    return f"{algorithm}-{of_json({**told, 'versions': versions()})[:20]}"


def measure(folder: Path, names: Sequence[str], draws: int, most: int, algorithms: Sequence[str]) -> None:
    """Fit what is not there yet of some algorithms, one configuration after the other on all tables."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    tables: dict[str, Table] = {}
    for number, (algorithm, params) in enumerate(pool(draws)):
        for name in names if algorithm in algorithms else ():
            place = FOLDER / name / f"{key_of(algorithm, params, most)}.npz"
            if place.exists():
                continue
            if name not in tables:
                tables[name] = table_of(folder, name, most)
            _fit(tables[name], algorithm, params, place)
        print(f"{number + 1:4} {algorithm} {params}", flush=True)


def _fit(table: Table, algorithm: str, params: dict[str, Any], place: Path) -> None:
    configuration = Configuration(0, algorithm, params, trial_seed(0, 0))
    answers, seconds = [], []
    matrix = table.folds[0].prepared.learn.matrix
    takes_part = ESTIMATORS[algorithm].takes(len(matrix.numeric), matrix.numeric.shape[1] + matrix.codes.shape[1])
    try:
        for position in range(len(table.folds)) if takes_part else ():
            _ = table.folds[position]  # preparing is shared by all configurations, so it belongs to none
            started = time.process_time()
            answers.append(run_fold(configuration, table.folds, position, threads=1).scores)
            seconds.append(time.process_time() - started)
    except DataError as error:
        print(f"     {table.name}: {algorithm} {params} {error}", flush=True)
        answers, seconds = [], []
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_suffix(".part.npz")
    scores = np.concatenate(answers).astype(np.float32) if answers else np.empty(0, dtype=np.float32)
    np.savez_compressed(part, scores=scores, seconds=np.array(seconds))
    part.replace(place)


def known(
    names: Sequence[str], listed: Sequence[Named], most: int
) -> dict[str, dict[int, tuple[NDArray[np.float64], float]]]:
    """Return, by table, answers and seconds of the configurations that were measured on all tables.

    Those that did not work on a table, or take no part in it, are not there.
    """
    keys = [f"{key_of(algorithm, params, most)}.npz" for algorithm, params in listed]
    everywhere = [position for position, key in enumerate(keys) if all((FOLDER / n / key).exists() for n in names)]
    found: dict[str, dict[int, tuple[NDArray[np.float64], float]]] = {name: {} for name in names}
    for name in names:
        for position in everywhere:
            with np.load(FOLDER / name / keys[position]) as kept:
                if len(kept["scores"]):
                    found[name][position] = kept["scores"].astype(np.float64), float(kept["seconds"].mean())
    return found
