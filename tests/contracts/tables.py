"""The tables on which the contracts are run: real ones that packages ship, one made here, and more from CLEW_DATA."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import polars as pl


@dataclass(frozen=True)
class Table:
    """A table, what is asked of it, and the metric that decides."""

    name: str
    target: str
    metric: str
    load: Callable[[], pl.DataFrame]


def _penguins() -> pl.DataFrame:
    spec = find_spec("palmerpenguins")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return pl.read_csv(Path(spec.submodule_search_locations[0]) / "data" / "penguins.csv", null_values="NA")


def _sklearn(name: str) -> Callable[[], pl.DataFrame]:
    def load() -> pl.DataFrame:
        from sklearn import datasets

        return pl.from_pandas(getattr(datasets, name)(as_frame=True).frame)

    return load


def _tickets() -> pl.DataFrame:
    """Made: free text, dates, missing values, leading zeros, a percent and a currency column, high cardinality."""
    rng = np.random.default_rng(0)
    rows = 300
    angry = rng.random(rows) < 0.4
    words = np.where(angry, "this is BROKEN, refund me NOW!!!", "thank you, one small question")
    return pl.DataFrame(
        {
            "text": [f"{text} ({number})" for number, text in enumerate(words)],
            "opened": [date(2024, 1, 1) + timedelta(days=int(day)) for day in rng.integers(0, 500, rows)],
            "branch": [f"{code:04d}" for code in rng.integers(0, 80, rows)],
            "price": [f"${value:,.2f}" for value in rng.gamma(2, 900, rows)],
            "discount": [None if value < 0.1 else f"{value:.1%}" for value in rng.random(rows)],
            "escalated": ["yes" if flag else "no" for flag in angry ^ (rng.random(rows) < 0.1)],
        }
    )


def packaged() -> list[Table]:
    """Return the tables that are always there."""
    return [
        Table("penguins", "species", "log_loss", _penguins),
        Table("cancer", "target", "roc_auc", _sklearn("load_breast_cancer")),
        Table("diabetes", "target", "rmse", _sklearn("load_diabetes")),
        Table("tickets", "escalated", "roc_auc", _tickets),
    ]


#: Tables of CLEW_DATA that differ in what they are made of; large ones are cut.
EXTRA = ("titanic", "compas", "taxis_tip", "okcupid_stem", "car", "telco_churn", "video_games", "sms_spam")
EXTRA_ROWS = 1500


def extra() -> list[Table]:
    """Return some of the tables in CLEW_DATA, if it is there."""
    folder = Path(os.environ.get("CLEW_DATA", ""))
    if not os.environ.get("CLEW_DATA") or not (folder / "tables.json").is_file():
        return []
    manifest = {item["name"]: item for item in json.loads((folder / "tables.json").read_text())}

    def load(name: str) -> Callable[[], pl.DataFrame]:
        return lambda: pl.read_parquet(folder / "tables" / f"{name}.parquet").gather_every(
            max(1, manifest[name]["rows"] // EXTRA_ROWS)
        )

    return [Table(name, manifest[name]["target"], manifest[name]["metric"], load(name)) for name in EXTRA]
