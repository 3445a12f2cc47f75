"""Nested cross-validation: the whole tuning done once more in each outer fold, and judged by rows it has not seen.

Cawley and Talbot, "On over-fitting in model selection and subsequent selection bias in performance evaluation", 2010.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from clew.collect.dataset import Dataset
from clew.collect.split import folds
from clew.core.errors import DataError, InputError
from clew.core.predictions import Predictions
from clew.core.progress import Progress
from clew.define.metrics import get_metric
from clew.define.problem import Problem
from clew.define.uncertainty import bootstrap
from clew.train.folds.rows import Rows, rows_of
from clew.train.model import FittedModel
from clew.train.tune.fit import LostFitError
from clew.train.tune.goals import Goals, own_metric
from clew.train.tune.result import NestedScore, TuneResult
from clew.train.tune.spec import TuneSpec


class Tune(Protocol):
    """`clew.train.tune.tuner.tune`."""

    def __call__(self, dataset: Dataset, problem: Problem, spec: TuneSpec, *, progress: Progress) -> TuneResult:
        """Tune."""


def nested_score(
    dataset: Dataset,
    problem: Problem,
    spec: TuneSpec,
    goals: Goals,
    tune: Tune,
    *,
    progress: Progress,
) -> NestedScore:
    """Judge a tuning by rows that had no part in it.

    Parameters
    ----------
    dataset : Dataset
        Labelled rows.
    problem : Problem
        What is decided.
    spec : TuneSpec
        How to tune; `nested` says into how many outer folds the rows are cut.
    goals : Goals
        What counts; the models are judged by its metric.
    tune : callable
        Tunes.
    progress : Progress
        Called with a message and the share that is done.

    Raises
    ------
    DataError
        If the structure of the rows allows no such folds, or nothing can be tuned in one of them; the message names it.
    """
    rows = rows_of(dataset, problem)
    count = spec.nested or 2
    # Answers carry labels as they are in the data, so a metric of the user's own needs no translation.
    metric = own_metric(goals, spec.metric) or get_metric(goals.metric, problem.task)
    answers, params = [], []
    # Another seed than that of the inner folds: rows that judge there must not stay together here.
    for number, split in enumerate(folds(rows.structure, spec.split, spec.seed + 1, count)):
        if not len(split.train) or not len(split.test):
            raise DataError(f"Outer fold {number + 1} of {count} has no rows.", hint="Use fewer outer folds.")
        journal = None if spec.journal is None else _inner(spec.journal, number, count)
        inner = replace(spec, nested=None, journal=journal, warm_start=(), transfer=False, refit=True)
        learning = Dataset.of(rows.frame[split.train], rows.schema, dataset.source)
        try:
            result = tune(learning, problem, inner, progress=_Outer(progress, number, count))
        except LostFitError:
            raise
        except InputError as error:
            raise DataError(f"In outer fold {number + 1} of {count}: {error.message}", hint=error.hint) from error
        if result.trained is None:
            raise DataError(f"The tuning in outer fold {number + 1} of {count} left no model.")
        params.append(dict(result.best.params))
        answers.append(_judged(result.trained.model, rows, split.test))
    score = bootstrap(metric, _together(answers), seed=spec.seed)
    return NestedScore(metric.name, score, tuple(metric(part) for part in answers), tuple(params))


def _inner(journal: Path, number: int, count: int) -> Path:
    """Return the journal of the tuning in an outer fold."""
    return journal.with_name(f"outer_{number + 1}_of_{count}.jsonl") if journal.suffix == ".jsonl" else journal


class _Outer:
    """Tells how far one of several outer folds is, as part of the whole."""

    def __init__(self, listener: Progress, number: int, count: int) -> None:
        self._listener, self._number, self._count = listener, number, count

    def __call__(self, message: str, done: float | None = None) -> None:
        share = (self._number + (done or 0.0)) / self._count
        self._listener(f"outer fold {self._number + 1} of {self._count}: {message}", share)


def _judged(model: FittedModel, rows: Rows, positions: NDArray[np.int64]) -> Predictions:
    answer = model.predict(Dataset.of(rows.frame[positions], rows.schema, "the outer fold"))
    judge = rows.judge(positions)
    return replace(answer, weight=judge.weight, group=judge.group)


def _together(parts: Sequence[Predictions]) -> Predictions:
    def joined(name: str) -> NDArray[Any] | None:
        values = [getattr(part, name) for part in parts]
        return None if any(value is None for value in values) else np.concatenate(values)

    names = ("prediction", "probabilities", "truth", "weight", "group")
    return replace(parts[0], row_id=None, **{name: cast("Any", joined(name)) for name in names})
