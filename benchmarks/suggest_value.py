"""What a suggested recipe is worth: beside no recipe, and beside skrub's TableVectorizer, before two kinds of models.

On real tables (``CLEW_DATA`` names their folder) with fixed test rows, three preparations come before the same model:

``none``
    The least with which the model runs. Linear: numbers filled with the median and standardised, other columns filled
    with the most frequent value and one-hot encoded. Trees: numbers as they are, other columns as LightGBM's own
    categories. Moments are seconds since 1970.
``suggested``
    What `clew.prepare.suggest` says for that kind of model from the training rows, fitted on them; then ``none`` for
    what it leaves to the model.
``skrub``
    TableVectorizer as skrub's `tabular_pipeline` puts it together for that kind of model.

The linear model is scikit-learn's logistic or ridge regression, the trees are LightGBM's; both with fixed parameters
that were never tuned for a table. The difference of the metric on the test rows has a 95 % interval from resampling
these rows in pairs. A gain is the part of the error that a recipe removes, where the error is 1 - the area under the
ROC curve, the log loss, or the root mean squared error.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from machine import describe, keep
from numpy.typing import NDArray
from paired import RESAMPLES, counts_of, errors, verdict
from threadpoolctl import threadpool_limits

from clew.collect.dataset import Dataset
from clew.collect.source import read
from clew.core.schema import Kind, Role, Schema
from clew.define.problem import Task, infer_task
from clew.prepare.suggest import suggest

MOST_ROWS = 20_000
TABLES = (
    "adult", "bank_marketing", "telco_churn", "credit_g", "attrition", "ucicc_default", "bank_churn", "compas",
    "titanic", "sms_spam", "okcupid_stem", "nsl_kdd", "wine_white_mc", "california_housing", "insurance", "abalone",
    "bike_sharing", "taxis_tip", "beijing_pm25", "video_games", "hflights_delay",
)  # fmt: skip
PEER = ("skrub==0.11.0", "requests", "charset-normalizer", "urllib3", "pydot")
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "clew-benchmarks" / "skrub"
Matrix = tuple[Any, Any, list[int]]


@dataclass(frozen=True)
class Rows:
    """A table, divided: columns, training and test rows with their answers."""

    name: str
    schema: Schema
    task: Task
    train: pl.DataFrame
    test: pl.DataFrame

    @property
    def target(self) -> str:
        """Name of the target."""
        return next(column.name for column in self.schema if column.role is Role.TARGET)

    def truth(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return the answers of training and test rows: numbers, or positions among the sorted labels."""
        both = pl.concat([self.train[self.target], self.test[self.target]])
        values = both.to_numpy()
        if self.task.is_classification:
            values = np.unique(both.cast(pl.String).to_numpy(), return_inverse=True)[1]
        return values[: len(self.train)], values[len(self.train) :]

    def only(self, names: list[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return some columns of training and test rows."""
        return self.train.select(names), self.test.select(names)


def tables(folder: Path, names: tuple[str, ...]) -> Iterator[Rows]:
    """Yield the tables, at most `MOST_ROWS` training rows of each."""
    manifest = {item["name"]: item for item in json.loads((folder / "tables.json").read_text(encoding="utf-8"))}
    for name in names:
        dataset = read(folder / "tables" / f"{name}.parquet").with_target(manifest[name]["target"])
        target = dataset.schema.target
        if target is None:
            raise SystemExit(f"{name} has no target.")
        judges = np.load(folder / "splits" / f"{name}.npz")["test"]
        learners = np.setdiff1d(np.arange(len(dataset)), judges)
        if len(learners) > MOST_ROWS:
            learners = np.sort(np.random.default_rng(0).choice(learners, MOST_ROWS, replace=False))
        answered = pl.col(target.name).is_not_null()
        train, test = (dataset.frame[rows].filter(answered) for rows in (learners, judges))
        yield Rows(name, dataset.schema, infer_task(train[target.name], target), train, test)


def plain(train: pl.DataFrame, test: pl.DataFrame, schema: Schema, *, linear: bool) -> Matrix:
    """Return the least that a model runs with: training and test rows, and the columns that are categories."""
    features = [column for column in schema.features if column.name in train.columns]
    moments = {c.name: pl.col(c.name).dt.epoch("s") for c in features if train.schema[c.name].is_temporal()}
    moments = {name: moment for name, moment in moments.items() if train.schema[name] != pl.Time}
    train, test = train.with_columns(**moments), test.with_columns(**moments)
    numbers = [c.name for c in features if c.name in moments or _is_number(train.schema[c.name], c.kind)]
    others = [column.name for column in features if column.name not in numbers]
    floats = [_columns(frame, numbers, pl.Float64) for frame in (train, test)]
    floats = [np.where(np.isfinite(values), values, np.nan) for values in floats]
    texts = [_columns(frame, others, pl.String).astype(object) for frame in (train, test)]
    return _for_linear(floats, texts) if linear else _for_trees(floats, texts)


def _is_number(dtype: pl.DataType, kind: Kind) -> bool:
    return (dtype.is_numeric() or dtype == pl.Boolean) and kind is not Kind.CATEGORICAL


def _columns(frame: pl.DataFrame, names: list[str], dtype: Any) -> NDArray[Any]:
    return frame.select(pl.col(names).cast(dtype)).to_numpy().reshape(len(frame), len(names))


def _for_linear(floats: list[NDArray[Any]], texts: list[NDArray[Any]]) -> Matrix:
    from scipy.sparse import hstack
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    filled = SimpleImputer(strategy="median", keep_empty_features=True)
    modal = SimpleImputer(strategy="most_frequent", missing_values=None, keep_empty_features=True)
    parts = []
    if floats[0].shape[1]:
        numbers = make_pipeline(filled, StandardScaler())
        parts.append((numbers.fit_transform(floats[0]), numbers.transform(floats[1])))
    if texts[0].shape[1]:
        labels = make_pipeline(modal, OneHotEncoder(handle_unknown="ignore"))
        parts.append((labels.fit_transform(texts[0]), labels.transform(texts[1])))
    dense = all(isinstance(train, np.ndarray) for train, _ in parts)
    joined = [np.hstack(side) if dense else hstack(side).tocsr() for side in zip(*parts, strict=True)]
    return joined[0], joined[1], []


def _for_trees(floats: list[NDArray[Any]], texts: list[NDArray[Any]]) -> Matrix:
    for position in range(texts[0].shape[1]):
        codes = {label: code for code, label in enumerate(sorted(set(texts[0][:, position]) - {None}))}
        for side in texts:
            side[:, position] = [codes.get(label, np.nan) for label in side[:, position]]
    first = floats[0].shape[1]
    joined = [np.hstack([numbers, labels.astype(float)]) for numbers, labels in zip(floats, texts, strict=True)]
    return joined[0], joined[1], list(range(first, joined[0].shape[1]))


def without(rows: Rows, *, linear: bool) -> Matrix:
    """Prepare with no recipe."""
    return plain(rows.train, rows.test, rows.schema, linear=linear)


def suggested(rows: Rows, *, linear: bool) -> Matrix:
    """Prepare with the suggested recipe."""
    dataset = Dataset.of(rows.train, rows.schema, rows.name)
    recipe = suggest(dataset, rows.target, for_model="linear" if linear else "trees").recipe
    done = recipe.prepare(dataset, target=rows.target, task=rows.task)
    return plain(done.frame, done.recipe.transform(rows.test), done.recipe.output_schema, linear=linear)


def with_skrub(rows: Rows, *, linear: bool) -> Matrix:
    """Prepare as skrub's `tabular_pipeline` does."""
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from skrub import DatetimeEncoder, SquashingScaler, TableVectorizer, ToCategorical

    train, test = (side.to_pandas() for side in rows.only([column.name for column in rows.schema.features]))
    if linear:
        table = TableVectorizer(datetime=DatetimeEncoder(periodic_encoding="spline"))
        pipeline = make_pipeline(table, SimpleImputer(add_indicator=True), SquashingScaler(max_absolute_value=5))
        return np.asarray(pipeline.fit_transform(train)), np.asarray(pipeline.transform(test)), []
    table = TableVectorizer(low_cardinality=ToCategorical())
    return table.fit_transform(train), table.transform(test), []


def predictions(rows: Rows, matrix: Matrix, *, linear: bool) -> NDArray[Any]:
    """Fit the model and answer the test rows."""
    from lightgbm import LGBMClassifier, LGBMRegressor
    from sklearn.linear_model import LogisticRegression, Ridge

    train, test, categories = matrix
    truth = rows.truth()[0]
    labels = rows.task.is_classification
    if linear:
        model = LogisticRegression(max_iter=500) if labels else Ridge(solver="lsqr" if _is_sparse(train) else "auto")
        model.fit(train, truth)
    else:
        options = {"n_estimators": 200, "learning_rate": 0.05, "random_state": 0, "n_jobs": 1, "verbose": -1}
        options["min_child_weight"] = 1.0  # as XGBoost; the log loss of rare classes diverges with LightGBM's 0.001
        model = LGBMClassifier(**options) if labels else LGBMRegressor(**options)
        model.fit(train, truth, categorical_feature=categories or "auto")
    return np.asarray(model.predict_proba(test) if labels else model.predict(test))


def _is_sparse(values: Any) -> bool:
    return not isinstance(values, np.ndarray)


def compared(rows: Rows, ours: NDArray[Any], other: NDArray[Any]) -> dict[str, Any]:
    """Return how much smaller the error is with the suggestion, with an interval."""
    truth = rows.truth()[1]
    counts = counts_of(len(truth))
    mine, theirs = (errors(rows.task, truth, answers, counts) for answers in (ours, other))
    low, high, result = verdict(mine, theirs)
    return {
        "error": round(float(mine[0]), 5),
        "error_other": round(float(theirs[0]), 5),
        "difference": round(float(theirs[0] - mine[0]), 5),
        "interval": [round(low, 5), round(high, 5)],
        "gain": round(float((theirs[0] - mine[0]) / theirs[0]), 4) if theirs[0] else 0.0,
        "result": result,
    }


PREPARATIONS: dict[str, Callable[..., Matrix]] = {
    "none": without,
    "suggested": suggested,
    "skrub": with_skrub,
}


def measure(rows: Rows, *, linear: bool) -> dict[str, Any]:
    """Measure all preparations of one table before one kind of model."""
    answers, seconds, widths = {}, {}, {}
    for name, prepare in PREPARATIONS.items():
        started = time.perf_counter()
        matrix = prepare(rows, linear=linear)
        seconds[name], widths[name] = round(time.perf_counter() - started, 2), matrix[0].shape[1]
        answers[name] = predictions(rows, matrix, linear=linear)
    return {
        "rows": [len(rows.train), len(rows.test)],
        "columns": widths,
        "prepare_s": seconds,
        **{f"against_{name}": compared(rows, answers["suggested"], answers[name]) for name in ("none", "skrub")},
    }


def summary(found: dict[str, dict[str, Any]], against: str) -> dict[str, Any]:
    """Return the median gain over the tables, and how many were won and lost beyond the interval."""
    results = [item[against]["result"] for item in found.values()]
    gains = [item[against]["gain"] for item in found.values()]
    counts = {
        f"{result}s" if result != "loss" else "losses": results.count(result) for result in ("win", "tie", "loss")
    }
    return {"median_gain": round(statistics.median(gains), 4), "mean_gain": round(statistics.mean(gains), 4), **counts}


def peer() -> None:
    """Put skrub beside what is installed; it is content with our versions of everything else."""
    if not (CACHE / "skrub").exists():
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(CACHE), *PEER]
        subprocess.run(pip, check=True)
    sys.path.append(str(CACHE))


def main() -> None:
    """Measure the tables, print a line for each, and keep the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("tables", nargs="*", help="Names of tables (default: all; only then the figures are kept).")
    parser.add_argument("--model", choices=("linear", "trees"), help="Default: both.")
    options = parser.parse_args()
    folder = os.environ.get("CLEW_DATA")
    if folder is None:
        sys.exit("CLEW_DATA names no folder of real tables.")
    peer()
    warnings.filterwarnings("ignore")  # of convergence and names of columns, from the libraries that are compared
    found: dict[str, dict[str, Any]] = {"linear": {}, "trees": {}}
    for rows in tables(Path(folder), tuple(options.tables) or TABLES):
        for model in [options.model] if options.model else ("linear", "trees"):
            with threadpool_limits(1):  # threads that wait for a busy core would slow all of it down
                found[model][rows.name] = known = measure(rows, linear=model == "linear")
            shown = [f"{key} {known[key]['gain']:+.3f} {known[key]['result']}" for key in known if "against" in key]
            print(f"{rows.name:20} {model:7} {'  '.join(shown)}  {known['prepare_s']}", flush=True)
    comparisons = ("against_none", "against_skrub")
    result = {
        **describe("clew", "scikit-learn", "lightgbm", "polars"),
        "peer": PEER[0],
        "training_rows_at_most": MOST_ROWS,
        "threads_of_a_model": 1,
        "resamples": RESAMPLES,
        "summary": {
            model: {key: summary(known, key) for key in comparisons} for model, known in found.items() if known
        },
        "tables": found,
    }
    print(json.dumps(result["summary"], indent=1))
    if not options.tables and not options.model:
        keep("suggest_value", result)


if __name__ == "__main__":
    main()
