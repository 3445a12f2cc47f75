"""Intervals of a regression: how often they hold on test rows, how wide they are, and their pinball loss.

On every table of numbers (``CLEW_DATA`` names their folder) with its fixed test rows, at most `MOST_ROWS` of the
training rows are learnt from. Compared are

``clew``
    What `clew train --trials 4` says.
``same``
    The same model with one distance for all rows: quantiles of what it left unexplained on rows that judged it.
``quantile``
    LightGBM's quantile regressions of the target, one for each level of `LEVELS`, with 300 rounds.

The pinball loss is the mean over `LEVELS`. Figures depend on data, seeds and versions, not on how busy the machine is.
"""

import os
import sys
import time
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from automl_tables import Table, manifest, table_of
from machine import describe, keep
from numpy.typing import NDArray

import clew
from clew.collect.split import SplitSpec
from clew.core.progress import silent
from clew.define.problem import Task, define_problem
from clew.train.finish.intervals import Learnt, learn_spread
from clew.train.finish.making import make
from clew.train.job import job_of
from clew.train.model import FittedModel
from clew.train.search.plan import ListPlan
from clew.train.search.portfolio import configurations
from clew.train.search.run import run_trials
from clew.train.spec import TrainSpec
from clew.train.threads import blas_threads

MOST_ROWS, MOST_TEST_ROWS, TRIALS = 12_000, 6_000, 4
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
Numbers = NDArray[np.float64]


def measured(table: Table) -> dict[str, Any]:
    """Return the figures of a table."""
    learn, test = drawn(table.train, MOST_ROWS), drawn(table.test, MOST_TEST_ROWS)
    truth = test[table.target].cast(pl.Float64).to_numpy()
    model, residual, learnt = fitted(learn, table.target)
    found = {
        "clew": model.quantiles(test, LEVELS),
        "same": model.predict(test).prediction[:, None] + np.quantile(residual, LEVELS),
        "quantile": own(learn, test, table.target),
    }
    losses = {name: loss(truth, quantiles) for name, quantiles in found.items()}
    return {
        "rows": [len(learn), len(test)],
        "pinball": {name: round(value / losses["same"], 4) for name, value in losses.items()},
        "covered": {name: round(covered(truth, quantiles), 4) for name, quantiles in found.items()},
        "width": {name: round(width(quantiles) / width(found["same"]), 4) for name, quantiles in found.items()},
        "said": learnt.to_dict(),
    }


def drawn(rows: pl.DataFrame, most: int) -> pl.DataFrame:
    """Return so many of the rows at most."""
    return rows if len(rows) <= most else rows.sample(most, seed=0)


def fitted(learn: pl.DataFrame, target: str) -> tuple[FittedModel, Numbers, Learnt]:
    """Return a model with its intervals, and what it left unexplained on rows that judged it."""
    data = clew.read(learn).with_target(target)
    problem = define_problem(data.frame[target], data.schema[target], task=Task.REGRESSION)
    spec = TrainSpec(trials=TRIALS, max_latency_ms=None)
    started = time.monotonic()
    job = job_of(data, problem, spec, validation=None, started=started)
    with blas_threads(job.workers * job.threads):
        plan = ListPlan(list(islice(configurations(job.algorithms, spec.seed), TRIALS)))
        found = run_trials(plan, job.folds, workers=job.workers, threads=job.threads, progress=silent)
        made = make(job, found, silent)
        judged = made.chosen.predictions
        how = {"seed": spec.seed, "workers": job.workers, "threads": job.threads}
        learnt = learn_spread(job.folds, judged, made.prepared, **how)
    if learnt is None:
        sys.exit("fewer than 20 rows judge")
    return replace(made.model, spread=learnt.spread), judged.truth - judged.prediction, learnt


def own(learn: pl.DataFrame, test: pl.DataFrame, target: str) -> Numbers:
    """Return quantiles by regressions of the target itself."""
    found = [
        clew.AutoRegressor(
            trials=1,
            algorithms=("lightgbm",),
            params={"objective": "quantile", "alpha": level, "n_estimators": 300},
            split=SplitSpec(folds=2),
            max_latency_ms=None,
        )
        .fit(clew.read(learn), target=target)
        .predict(test)
        for level in LEVELS
    ]
    return np.sort(np.stack(found, axis=1), axis=1)


def loss(truth: Numbers, quantiles: Numbers) -> float:
    """Return the mean pinball loss."""
    levels = np.array(LEVELS)
    over = truth[:, None] - quantiles
    return float(np.maximum(levels * over, (levels - 1.0) * over).mean())


def covered(truth: Numbers, quantiles: Numbers) -> float:
    """Return the share of rows between the outermost levels."""
    return float(((truth >= quantiles[:, 0]) & (truth <= quantiles[:, -1])).mean())


def width(quantiles: Numbers) -> float:
    """Return the mean distance of the outermost levels."""
    return float((quantiles[:, -1] - quantiles[:, 0]).mean())


def main() -> None:
    """Measure all tables and keep the figures."""
    if "CLEW_DATA" not in os.environ:
        sys.exit("CLEW_DATA names no folder of real tables.")
    folder, tables = Path(os.environ["CLEW_DATA"]), {}
    for name in manifest(folder):
        table = table_of(folder, name)
        if table.task is Task.REGRESSION:
            tables[name] = measured(table)
            print(name, tables[name], flush=True)
    mean = {
        name: round(float(np.exp(np.mean([np.log(told["pinball"][name]) for told in tables.values()]))), 4)
        for name in ("clew", "same", "quantile")
    }
    keep("intervals", {**describe("clew", "lightgbm"), "pinball": mean, "tables": tables}, shown=False)


if __name__ == "__main__":
    main()
