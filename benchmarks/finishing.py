"""What the end of a search is worth: how the same trials are best made into a model.

On real tables (``CLEW_DATA`` names their folder) with fixed test rows, at most `MOST_ROWS` training rows each, a fixed
list of configurations is fitted to every fold and, three times with different seeds, to all training rows. From the
answers for test rows follows, without a further fit:

``bag``, ``refit``, ``seeds``
    An ensemble whose members answer by the mean of the folds' models, by one model fitted to all rows, or by the mean
    of three such models.
``alone``, ``mean``, ``pooled``, ``settled``
    The best configuration, the greedy mean, that beside a second layer, and what `clew.train.ensemble.settling` makes
    of them, each refitted once.

Losses are the log loss or the root mean squared error, errors are by the metric of the table (1 - the area under the
ROC curve where that is it). They depend on data, seeds and versions, not on how busy the
machine is. Trials are kept under ``~/.cache/clew-benchmarks/finishing``, so that a run that was ended goes on.
"""

import argparse
import json
import os
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from machine import describe, keep
from numpy.typing import NDArray

from clew.collect.source import read
from clew.define.problem import Problem, Task, define_problem
from clew.train.ensemble.choice import Candidate, Choice, choose
from clew.train.ensemble.judge import Judge
from clew.train.ensemble.settling import settle
from clew.train.folds.parts import parts_of
from clew.train.folds.preparation import prepare
from clew.train.folds.rows import rows_of
from clew.train.job import Job, job_of
from clew.train.search.fit import FitRequest, fit_all, fit_stopping
from clew.train.search.portfolio import configurations
from clew.train.spec import TrainSpec
from clew.train.threads import blas_threads

MOST_ROWS, MOST_TEST_ROWS, CONFIGURATIONS, SEEDS = 2500, 4000, 12, 3
ALGORITHMS = ("catboost", "lightgbm", "xgboost", "extra_trees", "random_forest", "linear", "tree")
TABLES = (
    "credit_g", "insurance", "titanic", "abalone", "phoneme", "glass", "compas", "oil_spill", "attrition",
    "california_housing", "telco_churn", "mammography", "bike_sharing", "wine_quality", "taxis_tip", "bank_churn",
)  # fmt: skip
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "clew-benchmarks" / "finishing"
Scores = NDArray[np.float64]


def tried(folder: Path, name: str) -> dict[str, Any]:
    """Return a table's answers: from the cache, else fitted now."""
    kept = CACHE / f"{name}.npz"
    if not kept.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        np.savez(kept, **_fitted(folder, name))
    with np.load(kept) as stored:
        found = {key: stored[key] for key in stored.files}
    return found | {"info": json.loads(str(found["info"]))}


def _fitted(folder: Path, name: str) -> dict[str, Any]:
    told = next(item for item in json.loads((folder / "tables.json").read_text("utf-8")) if item["name"] == name)
    dataset = read(folder / "tables" / f"{name}.parquet").with_target(told["target"])
    test = np.load(folder / "splits" / f"{name}.npz")["test"]
    learn = _few(np.setdiff1d(np.arange(len(dataset)), test), MOST_ROWS, 0)
    target = dataset.schema.target
    if target is None:
        raise SystemExit(f"{name} has no target.")
    values = dataset.frame[target.name]
    problem = define_problem(values, target, task=told["task"], metric=told["metric"])
    judged = rows_of(dataset.take(_few(test, MOST_TEST_ROWS, 1)), problem)
    with blas_threads(1):
        job = job_of(dataset.take(learn), problem, TrainSpec(trials=1, cpus=1), validation=None, started=0.0)
        return _answers(job, judged, problem, name)


def _answers(job: Job, judged: Any, problem: Problem, name: str) -> dict[str, Any]:
    """Fit every configuration to every fold and to all rows, and ask each fitted one about the test rows."""
    rows, folds = job.rows, job.folds
    whole = prepare(rows, folds.recipe, folds.spec, seed=folds.seed)
    asked, of_folds = whole.matrix(judged), [fold.prepared.matrix(judged) for fold in map(folds.__getitem__, range(5))]
    made: dict[str, Any] = {"truth": judged.target, "y": rows.target, "folds": parts_of(folds, 0)}
    made["oof_truth"] = np.concatenate([split.test for split in folds.splits])
    members = []
    for number, told in enumerate(islice(configurations(ALGORITHMS, 0), CONFIGURATIONS)):
        request = FitRequest(told, problem.task, rows.classes, 1, None)
        fitted = [fit_stopping(request, folds[place].sides) for place in range(5)]
        rounds = [one.rounds for one in fitted if one.rounds is not None]
        mean = round(float(np.mean(rounds))) if rounds else None
        made[f"oof{number}"] = np.concatenate([one.predict(folds[p].judged) for p, one in enumerate(fitted)])
        made[f"bag{number}"] = np.stack([one.predict(of_folds[p]) for p, one in enumerate(fitted)])
        seeds = [replace(told, seed=(told.seed + 7919 * seed) % (2**31 - 1)) for seed in range(SEEDS)]
        refits = [fit_all(replace(request, configuration=one, rounds=mean), whole.learn) for one in seeds]
        made[f"ref{number}"] = np.stack([one.predict(asked) for one in refits])
        members.append({"algorithm": told.algorithm, "params": dict(told.params)})
    info = {"name": name, "task": problem.task.value, "metric": problem.metric, "classes": rows.classes}
    positive = problem.classes.index(problem.positive) if problem.task is Task.BINARY else None
    return made | {"info": json.dumps(info | {"rows": len(rows), "members": members, "positive": positive})}


def _few(positions: NDArray[np.int64], most: int, seed: int) -> NDArray[np.int64]:
    if len(positions) <= most:
        return positions
    return np.sort(np.random.default_rng(seed).choice(positions, most, replace=False))


def judged_ways(found: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Return loss and error on test rows of each way to make the model."""
    info = found["info"]
    count, task = len(info["members"]), Task(info["task"])
    problem = Problem("y", task, info["metric"], tuple(range(info["classes"])), info["positive"])
    judge = Judge.of(problem, found["y"][found["oof_truth"]], None, None)
    test = Judge.of(problem, found["truth"], None, None)
    candidates = [Candidate(info["members"][i]["algorithm"], found[f"oof{i}"]) for i in range(count)]
    once = [found[f"ref{i}"][0] for i in range(count)]
    mean = choose(candidates, judge)
    settled = settle(candidates, judge, found["folds"])
    losses = [judge.best_loss(candidate.scores) for candidate in candidates]
    answers = {
        "bag": mean.scores(_as(candidates, [found[f"bag{i}"].mean(axis=0) for i in range(count)])),
        "refit": mean.scores(_as(candidates, once)),
        "seeds": mean.scores(_as(candidates, [found[f"ref{i}"].mean(axis=0) for i in range(count)])),
        "alone": once[int(np.argmin(losses))],
        "settled": settled.choice.scores(_as(candidates, once)),
        "uncalibrated": _without_calibrator(settled.choice).scores(_as(candidates, once)),
    }
    root = 1.0 if task.is_classification else 0.5
    return {
        way: {
            "loss": float(np.mean(_losses(test, scores))) ** root,
            "error": test.loss(scores) + (1.0 if test.metric.greater_is_better else 0.0),
        }
        for way, scores in answers.items()
    }


def _losses(test: Judge, scores: Scores) -> Scores:
    """Return the plain log loss of each row, or its squared error."""
    if not test.problem.task.is_classification:
        return test.row_losses(scores)
    chances: Scores = np.clip(scores[np.arange(len(test.truth)), test.truth], 1e-15, 1.0)
    return -np.log(chances)


def _as(candidates: Sequence[Candidate], scores: Sequence[Scores]) -> list[Candidate]:
    return [replace(candidate, scores=own) for candidate, own in zip(candidates, scores, strict=True)]


def _without_calibrator(choice: Choice) -> Choice:
    return replace(choice, calibrator=None)


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", default=",".join(TABLES), help="names, with commas between them")
    parser.add_argument("--cached", action="store_true", help="only tables whose trials are there")
    options = parser.parse_args()
    folder = Path(os.environ["CLEW_DATA"])
    names = [name for name in options.tables.split(",") if not options.cached or (CACHE / f"{name}.npz").exists()]
    found = {name: judged_ways(tried(folder, name)) for name in names}
    ways = list(next(iter(found.values())))
    summary = {way: {what: _against_refit(found, way, what) for what in ("loss", "error")} for way in ways}
    keep("finishing", {**describe("catboost", "lightgbm", "scikit-learn"), "tables": found, "summary": summary})


def _against_refit(found: dict[str, dict[str, dict[str, float]]], way: str, what: str) -> dict[str, float]:
    """Return the geometric mean of the ratios over tables, and on how many it is better or worse."""
    ratios = [ways[way][what] / ways["refit"][what] for ways in found.values()]
    return {
        "ratio_to_refit": float(np.exp(np.mean(np.log(ratios)))),
        "better": sum(ratio < 0.9999 for ratio in ratios),
        "worse": sum(ratio > 1.0001 for ratio in ratios),
    }


if __name__ == "__main__":
    main()
