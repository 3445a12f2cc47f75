"""Predictions for every row by a model that did not see it."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from clew.collect.split import Split, SplitSpec, Structure, folds, holdout
from clew.core.errors import DataError
from clew.core.predictions import Predictions
from clew.core.progress import Progress, silent
from clew.explore.parallel import side_by_side
from clew.explore.probe.boosting import Boosted, boost
from clew.explore.probe.features import Floats
from clew.explore.probe.question import Question

#: Parts that judge in turn, so that each model learns from 80 % of the rows.
FOLDS = 5


@dataclass(frozen=True, slots=True)
class CrossFit:
    """What the models said.

    Parameters
    ----------
    values : ndarray, shape (n, classes) or (n,)
        Probabilities or numbers of the judged rows.
    rows : ndarray of int64, shape (n,)
        The judged rows, as positions in the sample.
    models : tuple of Boosted
        One for each split.
    splits : tuple of Split
        Who learnt and who judged, as positions in the sample.
    """

    values: Floats
    rows: NDArray[np.int64]
    models: tuple[Boosted, ...]
    splits: tuple[Split, ...]

    def predictions(self, question: Question) -> Predictions:
        """Return them as predictions of the judged rows, with the truth."""
        problem, groups = question.problem, question.structure.groups
        truth, group = question.truth[self.rows], None if groups is None else groups[self.rows]
        if not question.task.is_classification:
            return Predictions(self.values, truth=truth, group=group)
        labels = np.empty(len(problem.classes), dtype=object)
        labels[:] = problem.classes
        said = labels[self.values.argmax(axis=1)]
        return Predictions(said, self.values, problem.classes, problem.positive, truth, group=group)


def cross_fit(
    question: Question, *, shuffled: bool = False, parts: int = FOLDS, seed: int = 0, progress: Progress = silent
) -> CrossFit | None:
    """Let models, five by default, judge the part of the rows that each of them did not see.

    Classes are stratified and groups stay together. With a time, a single model judges the latest 20 % of the rows.

    Parameters
    ----------
    question : Question
        What is asked.
    shuffled : bool, default False
        Judge every row even where there is a time, which lets models learn from later rows.
    parts : int, default 5
        Parts of the rows that judge in turn.
    seed : int, default 0
        Of the splits and models.
    progress : Progress, default silent
        Told about each model.

    Returns
    -------
    CrossFit or None
        None where the rows, groups or moments do not allow such splits.
    """
    structure = replace(question.structure, time=None) if shuffled else question.structure

    def ask(position: int, split: Split) -> Boosted:
        progress("asking a quick model", position / len(splits))
        return boost(question, structure, split.train, seed=seed)

    try:
        splits = _splits(structure, parts, seed)
        # A model learns in one thread, which leaves Python alone meanwhile.
        models = side_by_side(lambda each: ask(*each), enumerate(splits))
    except DataError:  # too few groups or moments to set some aside, and of the others some that say when to stop
        return None
    values = [model.predict(question.features.values[split.test]) for model, split in zip(models, splits, strict=True)]
    rows = np.concatenate([split.test for split in splits])
    order = np.argsort(rows)
    return CrossFit(np.concatenate(values)[order], rows[order], tuple(models), splits)


def _splits(structure: Structure, parts: int, seed: int) -> tuple[Split, ...]:
    if structure.time is not None:
        return (holdout(structure, SplitSpec(), seed, 1 / FOLDS),)
    return folds(structure, SplitSpec(), seed, parts)
