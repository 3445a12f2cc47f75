"""Small tables to train on."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from clew.collect.dataset import Dataset
from clew.core.schema import Column, Kind, Role, Schema
from clew.define.problem import define_problem
from clew.prepare.recipe import Recipe
from clew.train.automl import TrainSpec

#: Recipe of tests: the columns as they are.
PLAIN = Recipe(())


def _table(task: str = "binary", rows: int = 240, seed: int = 0) -> Dataset:
    """Return rows whose answer depends on two numbers and a category."""
    random = np.random.default_rng(seed)
    a, b = random.normal(size=rows), random.normal(size=rows)
    c = random.choice(["red", "green", "blue"], rows)
    signal = np.sin(2 * a) + 0.5 * a * (c == "blue") + 0.3 * b + 1.2 * (c == "red") + 0.3 * random.normal(size=rows)
    if task == "regression":
        y = pl.Series("y", signal * 10 + 100)
        target = Column("y", "Float64", Kind.NUMERIC, Role.TARGET)
    else:
        edges = np.quantile(signal, [0.65] if task == "binary" else [0.4, 0.75])
        labels = np.array(["no", "yes"] if task == "binary" else ["low", "mid", "top"])
        y = pl.Series("y", labels[np.searchsorted(edges, signal)].tolist())
        target = Column("y", "String", Kind.CATEGORICAL, Role.TARGET)
    hole = random.random(rows) < 0.1
    frame = pl.DataFrame({"a": a, "b": b, "c": c.tolist()}).with_columns(
        y, b=pl.when(pl.Series(hole)).then(None).otherwise(pl.col("b"))
    )
    columns = (
        Column("a", "Float64", Kind.NUMERIC),
        Column("b", "Float64", Kind.NUMERIC),
        Column("c", "String", Kind.CATEGORICAL),
        target,
    )
    return Dataset.of(frame, Schema(columns), "made up")


def _problem(dataset: Dataset, **facts):
    column = dataset.schema.target
    return define_problem(dataset.frame[column.name], column, **facts)


def _spec(**changes) -> TrainSpec:
    """Return a spec that takes a second: three fast algorithms, their defaults."""
    base = TrainSpec(trials=3, algorithms=("linear", "tree", "lightgbm"), recipe=PLAIN, max_latency_ms=None)
    return replace(base, **changes)


@pytest.fixture
def binary() -> Dataset:
    return _table("binary")


@pytest.fixture
def multiclass() -> Dataset:
    return _table("multiclass")


@pytest.fixture
def regression() -> Dataset:
    return _table("regression")


@pytest.fixture
def make_table():
    """Return the maker of tables: task, rows, seed → dataset."""
    return _table


@pytest.fixture
def problem_of():
    """Return the maker of problems: dataset, facts → problem."""
    return _problem


@pytest.fixture
def quick_spec():
    """Return the maker of specs that take a second."""
    return _spec
