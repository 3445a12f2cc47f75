"""The tables of a folder with fixed splits, and how one is handed to a system."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.define.problem import Task

#: A column is free text where its cells are mostly different and this many words long.
_TEXT_SHARE, _TEXT_WORDS = 0.5, 4.0


@dataclass(frozen=True)
class Table:
    """A table, divided.

    Parameters
    ----------
    name : str
        Its name.
    task : Task
        Kind of answer.
    metric : str
        What decides: ``roc_auc``, ``log_loss`` or ``rmse``.
    target : str
        Column to predict.
    train, test : DataFrame
        Rows with their answers; labels as strings.
    checksum : str
        First 16 digits of the SHA-256 of the file.
    """

    name: str
    task: Task
    metric: str
    target: str
    train: pl.DataFrame
    test: pl.DataFrame
    checksum: str

    @property
    def labels(self) -> list[str]:
        """The classes in order; empty for a regression."""
        if not self.task.is_classification:
            return []
        return sorted(set(self.train[self.target]) | set(self.test[self.target]))

    @property
    def truth(self) -> NDArray[Any]:
        """Answers of the test rows: positions among the labels, or numbers."""
        if not self.task.is_classification:
            return self.test[self.target].to_numpy().astype(np.float64)
        position = {label: number for number, label in enumerate(self.labels)}
        return np.array([position[label] for label in self.test[self.target]])

    def hand_over(self, folder: Path, limit_s: float | None) -> None:
        """Write what a system may see."""
        self.train.write_parquet(folder / "train.parquet")
        self.test.drop(self.target).write_parquet(folder / "test.parquet")
        told = {
            "task": self.task.value,
            "metric": self.metric,
            "target": self.target,
            "labels": self.labels,
            "texts": [name for name in self.train.columns if name != self.target and _is_text(self.train[name])],
            "limit_s": limit_s,
        }
        (folder / "told.json").write_text(json.dumps(told), encoding="utf-8")


def manifest(folder: Path) -> dict[str, dict[str, Any]]:
    """Return what is known of each table, by name."""
    listed = json.loads((folder / "tables.json").read_text(encoding="utf-8"))
    return {item["name"]: item for item in listed}


def table_of(folder: Path, name: str) -> Table:
    """Read a table; rows without an answer are left out."""
    told = manifest(folder)[name]
    target, task = told["target"], Task(told["task"])
    path = folder / "tables" / f"{name}.parquet"
    frame = pl.read_parquet(path)
    judges = np.load(folder / "splits" / f"{name}.npz")["test"]
    learners = np.setdiff1d(np.arange(len(frame)), judges)
    frame = frame.with_columns(pl.col(pl.Categorical, pl.Enum).cast(pl.String))
    if task.is_classification:
        frame = frame.with_columns(pl.col(target).cast(pl.String))
    answered = pl.col(target).is_not_null()
    train, test = (frame[rows].filter(answered) for rows in (learners, judges))
    checksum = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    return Table(name, task, told["metric"], target, train, test, checksum)


def _is_text(values: pl.Series) -> bool:
    present = values.drop_nulls()
    if values.dtype != pl.String or not len(present) or present.n_unique() < _TEXT_SHARE * len(present):
        return False
    words = present.str.split(" ").list.len().mean()
    return isinstance(words, float) and words >= _TEXT_WORDS
