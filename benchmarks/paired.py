"""The error of answers on test rows, and of the same answers on rows drawn again: what a difference is worth."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.define.problem import Task

RESAMPLES = 1000


def counts_of(rows: int) -> NDArray[Any]:
    """Return how often each test row counts: once in the first line, as drawn with replacement in the others."""
    drawn = np.random.default_rng(0).multinomial(rows, np.full(rows, 1.0 / rows), RESAMPLES)
    return np.vstack([np.ones(rows, dtype=np.int64), drawn])


def errors(task: Task, truth: NDArray[Any], answers: NDArray[Any], counts: NDArray[Any]) -> NDArray[Any]:
    """Return the error for each way of counting the test rows, shape (ways,).

    It is 1 - the area under the ROC curve, the log loss, or the root mean squared error.
    """
    if task is Task.BINARY:
        return 1.0 - _area(truth, answers[:, 1], counts)
    if task is Task.MULTICLASS:
        losses = -np.log(np.clip(answers[np.arange(len(truth)), truth], 1e-15, 1.0))
        return np.asarray(counts @ losses / counts.sum(axis=1))
    return np.asarray(np.sqrt(counts @ (truth - answers) ** 2 / counts.sum(axis=1)))


def verdict(mine: NDArray[Any], theirs: NDArray[Any]) -> tuple[float, float, str]:
    """Return the limits of the 95 % interval of how much smaller my error is, and win, tie or loss."""
    low, high = np.quantile((theirs - mine)[1:], (0.025, 0.975))
    return float(low), float(high), "win" if low > 0 else "loss" if high < 0 else "tie"


def _area(truth: NDArray[Any], score: NDArray[Any], counts: NDArray[Any]) -> NDArray[Any]:
    """Return the area under the ROC curve of rows counted several times; ties count half."""
    order = np.argsort(score, kind="stable")
    starts = np.flatnonzero(np.diff(score[order], prepend=-np.inf))
    found = []
    for count in counts:
        positive = np.add.reduceat((count * (truth == 1))[order], starts)
        negative = np.add.reduceat((count * (truth == 0))[order], starts)
        below = np.cumsum(negative) - negative / 2.0
        found.append((positive @ below) / (positive.sum() * negative.sum()))
    return np.array(found)
