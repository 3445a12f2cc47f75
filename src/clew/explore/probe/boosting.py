"""Gradient boosting, nearly as it comes: the model that exploring asks how well features tell a target."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.collect.split import SplitSpec, Structure, holdout
from clew.define.problem import Task
from clew.explore.probe.question import COLUMNS_A_TREE, Question

#: Rounds of boosting at least and at most, and rounds without improvement that end it.
MIN_ROUNDS, MAX_ROUNDS, PATIENCE = 30, 100, 10
#: Trees times columns that a model may cost; a round grows a tree for each class.
_TREES = 10_000
#: Size of a step, and where few rounds have to do.
_STEP, _LARGE_STEP, _FEW_ROUNDS = 0.1, 0.2, 60
#: Bins of a column: on a few thousand rows as good as LightGBM's 255, in half the time.
_BINS = 63
#: Share of the learning rows that say when to stop.
_STOP_SHARE = 0.15
_OBJECTIVES = {Task.BINARY: "binary", Task.MULTICLASS: "multiclass", Task.REGRESSION: "regression"}

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Boosted:
    """A model of LightGBM (Ke et al. 2017).

    Parameters
    ----------
    booster : lightgbm.Booster
        The trees.
    task : Task
        Kind of answer.
    rounds : int
        Rounds learnt.
    gain : ndarray, shape (m,)
        What the splits on each column of the matrix gained.
    """

    booster: Any
    task: Task
    rounds: int
    gain: Floats

    def predict(self, values: Floats) -> Floats:
        """Return probabilities, shape (rows, classes), or numbers, shape (rows,)."""
        answer = np.asarray(self.booster.predict(values, num_threads=1), dtype=np.float64)
        return np.column_stack([1 - answer, answer]) if self.task is Task.BINARY else answer


def boost(question: Question, structure: Structure, rows: Rows, *, seed: int) -> Boosted:
    """Learn from some rows, and stop when a part of them, which does not learn, says so.

    Parameters
    ----------
    question : Question
        What is asked.
    structure : Structure
        What is known about all its rows, for setting aside those that say when to stop.
    rows : ndarray of int64
        Those that may be learnt from.
    seed : int
        Of the split and the model.

    Raises
    ------
    DataError
        If the rows do not allow to set some aside.
    """
    import lightgbm

    lightgbm.register_logger(_Quiet())
    split = holdout(structure.take(rows), SplitSpec(), seed, _STOP_SHARE)
    learn, stop = rows[split.train], rows[split.test]
    features, answers = question.features, question.answers
    params = _params(question, len(learn), seed)
    table = lightgbm.Dataset(
        features.values[learn], answers[learn], categorical_feature=list(features.categorical), params=dict(params)
    )
    watched = table.create_valid(features.values[stop], answers[stop])
    booster = lightgbm.train(
        params,
        table,
        _rounds(question),
        valid_sets=[watched],
        callbacks=[lightgbm.early_stopping(PATIENCE, verbose=False)],
    )
    gain = np.asarray(booster.feature_importance("gain"), dtype=np.float64)
    return Boosted(booster, question.task, int(booster.best_iteration), gain)


def _rounds(question: Question) -> int:
    columns = min(question.features.values.shape[1], COLUMNS_A_TREE)
    trees = question.classes if question.task is Task.MULTICLASS else 1
    return int(max(MIN_ROUNDS, min(MAX_ROUNDS, _TREES // (columns * trees))))


def _params(question: Question, rows: int, seed: int) -> dict[str, Any]:
    columns = question.features.values.shape[1]
    # A leaf must fit several times into a small table, else nothing is ever split.
    leaf = max(1, min(20, rows // 10))
    params = {"objective": _OBJECTIVES[question.task], "verbosity": -1, "seed": seed, "max_bin": _BINS}
    params["min_data_in_leaf"] = leaf
    params["lambda_l2"] = 1.0  # as XGBoost has it: without any, steps towards a rare label overshoot
    params["learning_rate"] = _STEP if _rounds(question) >= _FEW_ROUNDS else _LARGE_STEP
    params |= {"min_data_per_group": max(1, min(100, rows // 10))}
    # More threads hardly help on so few rows, and are many times slower where a core is busy.
    params |= {"num_threads": 1, "deterministic": True, "force_col_wise": True}
    if columns > COLUMNS_A_TREE:
        params["feature_fraction"] = COLUMNS_A_TREE / columns
    return params | ({"num_class": question.classes} if question.task is Task.MULTICLASS else {})


class _Quiet:
    """Takes the library's messages; what matters comes as an exception."""

    def info(self, message: str) -> None:
        """Drop a message."""

    def warning(self, message: str) -> None:
        """Drop a warning."""
