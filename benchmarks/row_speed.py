"""How long one row takes through 15 steps over 30 columns, beside ColumnTransformer and skrub's TableVectorizer.

The recipe and the ColumnTransformer do the same work; the TableVectorizer does what it does by itself. Each is fitted
on the same rows and then asked for one row at a time, as a server is: a dict for Clew, a frame of one row, made
beforehand, for the peers. A round is one fresh process each; the figure of a process is the median of its calls.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

import numpy as np
import polars as pl
from machine import describe, keep

ROWS, ROUNDS = 20_000, 5
NUMBERS, LABELS = [f"n{i}" for i in range(20)], [f"c{i}" for i in range(8)]
PEER = ("skrub==0.11.0", "pandas==3.1.1", "pyarrow")
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "clew-benchmarks"

_OURS = """
import json, statistics, sys, time
import polars as pl
from clew.prepare.recipe import Recipe
frame = pl.read_parquet(sys.argv[1])
numbers = [name for name in frame.columns if name.startswith("n")]
labels = [name for name in frame.columns if name.startswith("c")]
recipe = Recipe.from_yaml(f'''
- {{op: missing_indicator, columns: [n0, n1, n2, n3], always: true}}
- {{op: fill_missing, columns: {numbers}, strategy: median}}
- {{op: clip_outliers, columns: {numbers}, method: iqr}}
- {{op: log, columns: [n0, n1]}}
- {{op: derive, name: ratio, expression: "n2 / (n3 + 1)"}}
- {{op: derive, name: total, expression: "n4 + n5 + n6"}}
- {{op: bin, columns: n7, n_bins: 5}}
- {{op: scale, columns: {[*numbers[:7], *numbers[8:], "ratio", "total"]}}}
- {{op: fill_missing, columns: {labels}, strategy: constant, value: none}}
- {{op: group_rare, columns: {labels[:4]}, min_share: 0.02, other: rare}}
- {{op: one_hot, columns: {labels[:3]}}}
- {{op: ordinal, columns: {labels[3:6]}}}
- {{op: count_encode, columns: c6}}
- {{op: date_parts, columns: when, parts: [month, weekday, hour]}}
- {{op: target_mean, columns: c7}}
''')
fitted = recipe.prepare(frame, target="y").recipe
assert len(fitted.steps) == 15
rows = fitted.row()
ones = [row for row in frame.head(500).drop("y").to_dicts()]
def call(row):
    started = time.perf_counter(); rows(row); return time.perf_counter() - started
for row in ones: call(row)
print(json.dumps(statistics.median(call(row) for _ in range(10) for row in ones) * 1000))
"""

_CALLED = """
def call(one):
    started = time.perf_counter(); fitted.transform(one); return time.perf_counter() - started
ones = [rows.iloc[[i]] for i in range(100)]
for one in ones[:20]: call(one)
print(json.dumps(statistics.median(call(one) for one in ones) * 1000))
"""
_TRANSFORMER = (
    """
import json, statistics, sys, time
import numpy as np, pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer, KBinsDiscretizer, OneHotEncoder, OrdinalEncoder, StandardScaler, TargetEncoder)
frame = pd.read_parquet(sys.argv[1])
rows, truth = frame.drop(columns="y"), frame["y"]
numbers = [name for name in rows if name.startswith("n")]
ends = rows[numbers].quantile([0.25, 0.75])
def clipped(values):
    low, high = ends[values.columns].to_numpy()
    return np.clip(values, low - 1.5 * (high - low), high + 1.5 * (high - low))
def number(*more):
    imputer = SimpleImputer(strategy="median").set_output(transform="pandas")
    return make_pipeline(imputer, FunctionTransformer(clipped), *more)
def filled(encoder):
    return make_pipeline(SimpleImputer(strategy="constant", fill_value="none"), encoder)
plain = lambda function, *names: (FunctionTransformer(function), list(names))
few = OneHotEncoder(min_frequency=0.02, handle_unknown="infrequent_if_exist", sparse_output=False)
ranks = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
fitted = ColumnTransformer([
    ("gaps", *plain(lambda v: v.isna().to_numpy(), "n0", "n1", "n2", "n3")),
    ("tails", number(FunctionTransformer(np.log1p), StandardScaler()), ["n0", "n1"]),
    ("bins", number(KBinsDiscretizer(5, encode="ordinal", strategy="uniform")), ["n7"]),
    ("numbers", number(StandardScaler()), [name for name in numbers if name not in ("n0", "n1", "n7")]),
    ("ratio", *plain(lambda v: (v["n2"] / (v["n3"] + 1)).to_numpy()[:, None], "n2", "n3")),
    ("total", *plain(lambda v: v.sum(axis=1).to_numpy()[:, None], "n4", "n5", "n6")),
    ("few", filled(few), ["c0", "c1", "c2"]),
    ("ranks", filled(ranks), ["c3", "c4", "c5"]),
    ("means", filled(TargetEncoder(target_type="binary")), ["c6", "c7"]),
    ("parts", *plain(lambda v: np.column_stack(
        [v["when"].dt.month, v["when"].dt.day_of_week, v["when"].dt.hour]), "when")),
]).fit(rows, truth)
"""
    + _CALLED
)
_VECTORIZER = (
    """
import json, statistics, sys, time
import pandas as pd
from skrub import TableVectorizer
frame = pd.read_parquet(sys.argv[1])
rows = frame.drop(columns="y")
fitted = TableVectorizer().fit(rows, frame["y"])
"""
    + _CALLED
)


def rows_of(rows: int) -> pl.DataFrame:
    """Make a table of 20 numbers, some with gaps, 8 labels, a moment and a yes or no, and a target."""
    rng = np.random.default_rng(0)
    numbers = {name: rng.gamma(2.0, 3.0, rows) for name in NUMBERS}
    words = np.array([f"label {i}" for i in range(200)])
    labels = {name: words[(rng.random(rows) ** 3 * (20 if name < "c6" else 200)).astype(int)] for name in LABELS}
    moments = pl.Series(rng.integers(1_500_000_000, 1_700_000_000, rows) * 1_000_000).cast(pl.Datetime("us"))
    truth = (numbers["n0"] + rng.normal(0, 5, rows) > 6).astype(int)
    frame = pl.DataFrame({**numbers, **labels, "when": moments, "flag": rng.random(rows) < 0.5, "y": truth})
    gaps = [pl.when(pl.Series(rng.random(rows) > 0.1)).then(pl.col(name)).alias(name) for name in NUMBERS[:4]]
    return frame.with_columns(gaps)


def peer() -> Path:
    """Return the Python of the environment with skrub, made if need be."""
    folder = CACHE / "skrub"
    if not (folder / "done").exists():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([folder / "bin" / "python", "-m", "pip", "install", "--quiet", *PEER], check=True)
        (folder / "done").touch()
    return folder / "bin" / "python"


def milliseconds(python: str | Path, script: str, path: Path) -> float:
    """Return the median milliseconds of a row in a fresh process."""
    done = subprocess.run([python, "-W", "ignore", "-c", script, path], check=True, capture_output=True, text=True)
    return float(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """Measure in rounds of alternating order and keep the medians."""
    runs = {
        "clew": (sys.executable, _OURS),
        "ColumnTransformer": (sys.executable, _TRANSFORMER),
        "TableVectorizer": (peer(), _VECTORIZER),
    }
    rounds = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.parquet"
        rows_of(ROWS).write_parquet(path)
        for number in range(ROUNDS):
            order = list(runs) if number % 2 == 0 else list(reversed(runs))
            rounds.append({name: milliseconds(*runs[name], path) for name in order})
    peers = [name for name in runs if name != "clew"]
    keep(
        "row_speed",
        {
            **describe("clew", "polars", "scikit-learn", "pandas"),
            "skrub": PEER[0].partition("==")[2],
            "goal": "p50 <= 0.05 ms, ratios >= 30",
            "columns": 30,
            "steps": 15,
            "p50_ms": {name: round(statistics.median(each[name] for each in rounds), 4) for name in runs},
            "median_ratio": {
                name: round(statistics.median(each[name] / each["clew"] for each in rounds), 1) for name in peers
            },
        },
    )


if __name__ == "__main__":
    main()
