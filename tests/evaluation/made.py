"""Predictions and small models with known properties, for the tests of evaluation."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from clew.collect.dataset import Dataset
from clew.core.predictions import Predictions
from clew.core.schema import Column, Kind, Schema
from clew.define.problem import Problem, Task, define_problem


def objects(values):
    values = list(values)
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def from_scores(truth, score, threshold=0.5, **details):
    """Binary predictions of "yes" and "no" from the probability of "yes"."""
    score = np.asarray(score, dtype=float)
    label = np.array(["no", "yes"], dtype=object)
    return Predictions(
        label[(score >= threshold).astype(int)],
        np.column_stack([1 - score, score]),
        ("no", "yes"),
        "yes",
        label[np.asarray(truth, dtype=int)],
        **details,
    )


def binary(rows, seed=0, *, skill=2.0, sharpness=1.0, share=0.4, **details):
    """Probabilities that the truth was drawn from; with a sharpness above 1, too sure of themselves."""
    random = np.random.default_rng(seed)
    logit = np.log(share / (1 - share)) + skill * random.normal(size=rows)
    truth = random.random(rows) < 1 / (1 + np.exp(-logit))
    return from_scores(truth, 1 / (1 + np.exp(-sharpness * logit)), **details)


def multiclass(rows, seed=0, *, classes=3, skill=1.5, **details):
    """Calibrated probabilities of classes c0, c1 …"""
    random = np.random.default_rng(seed)
    given = np.exp(skill * random.normal(size=(rows, classes)))
    given /= given.sum(axis=1, keepdims=True)
    truth = (given.cumsum(axis=1) < random.random((rows, 1))).sum(axis=1).clip(max=classes - 1)
    labels = objects(f"c{code}" for code in range(classes))
    return Predictions(labels[given.argmax(axis=1)], given, tuple(labels), None, labels[truth], **details)


def regression(rows, seed=0, *, noise=0.5, offset=0.0, **details):
    """Truth around the prediction, which is too low by `offset`."""
    random = np.random.default_rng(seed)
    predicted = 10 + random.normal(size=rows)
    return Predictions(predicted, truth=predicted + offset + noise * random.normal(size=rows), **details)


MADE = {Task.BINARY: binary, Task.MULTICLASS: multiclass, Task.REGRESSION: regression}


@dataclass(frozen=True)
class Rule:
    """A model that somebody wrote down: a formula over columns."""

    schema: Schema
    problem: Problem
    features: tuple[str, ...]
    formula: Callable[[pl.DataFrame], np.ndarray]
    online: bool = True
    threshold: float = 0.5

    def predict(self, data):
        answer = self.formula(data)
        truth = data[self.problem.target]
        if self.problem.task is Task.REGRESSION:
            return Predictions(answer, truth=truth.cast(pl.Float64).to_numpy())
        labels = objects(self.problem.classes)
        given = np.column_stack([1 - answer, answer])
        if self.problem.positive == self.problem.classes[0]:
            given = given[:, ::-1]
        said = np.where(answer >= self.threshold, self.problem.positive, labels[labels != self.problem.positive][0])
        return Predictions(
            said.astype(object), given, self.problem.classes, self.problem.positive, truth.to_numpy().astype(object)
        )


def dataset(frame):
    """A dataset of numbers, moments and labels."""
    kinds = {pl.Float64: Kind.NUMERIC, pl.Datetime: Kind.DATETIME, pl.String: Kind.CATEGORICAL}
    columns = (Column(name, str(dtype), kinds[dtype.base_type()]) for name, dtype in frame.schema.items())
    return Dataset.of(frame, Schema(tuple(columns)), "a test")


def rule(data: Dataset, target, features, formula, **details):
    """A rule over the columns of a dataset."""
    data = data.with_target(target)
    problem = define_problem(data.frame[target], data.schema[target], metric=details.pop("metric", None))
    return Rule(data.schema, problem, tuple(features), formula, **details)


def sales(rows=600, seed=0):
    """A table in which `amount` and the date of `bought` decide about `paid`, and `noise` about nothing."""
    random = np.random.default_rng(seed)
    amount = random.normal(size=rows)
    days = random.integers(0, 700, rows)
    winter = (days // 30) % 12 < 6
    chance = 1 / (1 + np.exp(-(2.5 * amount + 2.0 * winter - 1)))
    paid = np.where(random.random(rows) < chance, "yes", "no")
    start = np.datetime64("2023-01-01")
    frame = pl.DataFrame(
        {
            "amount": amount,
            "bought": (start + days.astype("timedelta64[D]")).astype("datetime64[us]"),
            "noise": random.normal(size=rows),
            "paid": paid,
        }
    )
    return dataset(frame)


def sales_chance(frame):
    days = (frame["bought"] - datetime(2023, 1, 1)).dt.total_days().to_numpy()
    winter = (days // 30) % 12 < 6
    return 1 / (1 + np.exp(-(2.5 * frame["amount"].to_numpy() + 2.0 * winter - 1)))
