"""What a search on few rows ends in: ways to make a model of the same trials, judged by thousands of other rows.

The few rows are drawn from the training rows of large real tables (``CLEW_DATA`` names their folder), and up to 5 000
other training rows judge; the fixed test rows take no part. So the error is known far better than the search itself can
know it. After 120 configurations, each finished one is fitted to all of the few rows, and from the answers follows,
without a further fit, the error of

``alone``, ``greedy``, ``greedy and pooled``, ``broad``, ``broad and pooled``
    The best configuration by the metric; the greedy mean; the plain mean of the best eight by the loss of rows; both
    beside a second layer.
``settled``
    What `clew.train.ensemble.settling` makes of them.

Trials are kept under ``~/.cache/clew-benchmarks/few_rows``, so that a run that was ended goes on.
"""

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from environments import CACHE
from machine import describe, keep

from clew.collect.source import read
from clew.core.progress import silent
from clew.define.problem import Problem, Task, define_problem
from clew.train.automl import search_by_number
from clew.train.ensemble.choice import MANY_ROWS, Candidate, Choice
from clew.train.ensemble.judge import Judge
from clew.train.ensemble.settling import forms_of, settle
from clew.train.folds.parts import parts_of
from clew.train.folds.preparation import prepare
from clew.train.folds.rows import rows_of
from clew.train.job import job_of
from clew.train.search.fit import refit_member, refit_request
from clew.train.search.trial import Trial
from clew.train.spec import TrainSpec
from clew.train.threads import blas_threads

TRIALS, JUDGES, CPUS = 120, 5000, 2
#: Table, rows, seed.
SAMPLES = (
    ("abalone", 300, 1), ("abalone", 700, 0), ("bank_marketing", 700, 0), ("bank_marketing", 1500, 1),
    ("beijing_pm25", 700, 0), ("cardio", 300, 1), ("cardio", 700, 0), ("cardio", 1500, 2), ("compas", 300, 1),
    ("compas", 700, 0), ("hflights_delay", 700, 0), ("mammography", 700, 0), ("mammography", 1500, 1),
    ("ucicc_default", 300, 1), ("ucicc_default", 700, 0), ("ucicc_default", 1500, 2), ("wine_quality", 500, 1),
    ("wine_white_mc", 500, 0),
)  # fmt: skip


def tried(folder: Path, name: str, rows: int, seed: int) -> dict[str, Any]:
    """Return the answers of all finished configurations: from the cache, else fitted now."""
    kept = CACHE / "few_rows" / f"{name}-{rows}-{seed}.npz"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        np.savez(kept, **_searched(folder, name, rows, seed))
    with np.load(kept) as stored:
        found = {key: stored[key] for key in stored.files}
    return found | {"info": json.loads(str(found["info"]))}


def _searched(folder: Path, name: str, rows: int, seed: int) -> dict[str, Any]:
    told = next(item for item in json.loads((folder / "tables.json").read_text("utf-8")) if item["name"] == name)
    dataset = read(folder / "tables" / f"{name}.parquet").with_target(told["target"])
    test = np.load(folder / "splits" / f"{name}.npz")["test"]
    drawn = np.random.default_rng(seed).permutation(np.setdiff1d(np.arange(len(dataset)), test))
    column = dataset.schema.target
    if column is None:
        raise SystemExit(f"{name} has no target.")
    problem = define_problem(dataset.frame[column.name], column, task=told["task"], metric=told["metric"])
    spec = TrainSpec(trials=TRIALS, cpus=CPUS, seed=seed)
    with blas_threads(1):
        job = job_of(dataset.take(drawn[:rows]), problem, spec, validation=None, started=time.monotonic())
        trials = search_by_number(job, silent).trials
        ready = prepare(job.rows, job.folds.recipe, job.folds.spec, seed=seed)
        judged = rows_of(dataset.take(drawn[rows : rows + JUDGES]), problem)
        asked = ready.matrix(judged)

        def answers(trial: Trial) -> Any:
            request = refit_request(trial, task=problem.task, classes=job.rows.classes, threads=1, deadline=None)
            return refit_member(request, ready.learn, None).predict(asked)

        with ThreadPoolExecutor(CPUS) as pool:
            found = list(pool.map(answers, trials))
    info = {"task": problem.task.value, "metric": problem.metric, "classes": list(map(str, problem.classes))}
    return {
        "oof": np.stack([trial.scores for trial in trials]).astype(np.float32),
        "test": np.stack(found).astype(np.float32),
        "algorithm": [trial.configuration.algorithm for trial in trials],
        "truth": job.folds.judge().truth,
        "parts": parts_of(job.folds, seed),
        "y": judged.target,
        "info": json.dumps(info),
    }


def errors(found: dict[str, Any]) -> dict[str, float]:
    """Return the error of each way on the rows that judge."""
    info, task = found["info"], Task(found["info"]["task"])
    classes = tuple(range(len(info["classes"]))) if task.is_classification else ()
    problem = Problem("y", task, info["metric"], classes, 1 if task is Task.BINARY else None)
    judge, test = (Judge.of(problem, found[name], None, None) for name in ("truth", "y"))
    algorithms = found["algorithm"].tolist()
    here, there = (
        [Candidate(a, s) for a, s in zip(algorithms, found[name].astype(np.float64), strict=True)]
        for name in ("oof", "test")
    )
    best = min(range(len(here)), key=lambda index: judge.best_loss(here[index].scores))
    settled = replace(settle(here, judge, found["parts"]).choice, calibrator=None)
    ways = {"alone": Choice((best,), (1.0,)), **forms_of(here, judge, rows=MANY_ROWS), "settled": settled}
    shift = 1.0 if test.metric.greater_is_better else 0.0
    return {way: test.loss(choice.scores(there)) + shift for way, choice in ways.items()}


def main() -> None:
    """Measure, print and keep."""
    folder = Path(os.environ["CLEW_DATA"])
    found = {f"{name}, {rows} rows": errors(tried(folder, name, rows, seed)) for name, rows, seed in SAMPLES}
    ways = list(next(iter(found.values())))
    ratios = {
        way: round(float(np.exp(np.mean([np.log(one[way] / one["settled"]) for one in found.values()]))), 4)
        for way in ways
    }
    print(f"{'':28}" + "".join(f"{way:>20}" for way in ways))
    for name, one in found.items():
        print(f"{name:28}" + "".join(f"{one[way]:20.5g}" for way in ways))
    print(f"{'error, to that of settled':28}" + "".join(f"{ratios[way]:20.4f}" for way in ways))
    keep("few_rows", {**describe("clew", "lightgbm", "catboost"), "tables": found, "error_to_settled": ratios})


if __name__ == "__main__":
    main()
