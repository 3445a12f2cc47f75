"""How much each feature alone says about the target, judged on rows that had no say.

Every column is cut into bins (a value each for texts), one half of the rows learns what the target is in each bin, the
other half judges, and then the other way round. Rows of one group stay in one half. What comes out is comparable across
kinds of columns: 0 is no better than a guess, 1 is certainty.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.collect.split import SplitSpec, Structure, folds, structure_of
from clew.core.progress import Progress, silent
from clew.core.schema import Role, Schema
from clew.define.problem import Task
from clew.explore.binning import codes_of

#: More rows than this are sampled.
MAX_ROWS = 50_000
#: More labels than this are not looked at: it is an identifier or a text.
MAX_CLASSES = 100

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
_Measure = Callable[[Floats, Floats, Floats, Floats], float]


@dataclass(frozen=True, slots=True)
class Association:
    """What one feature alone says about the target.

    Parameters
    ----------
    feature : str
        Name of the column.
    power : float
        0 (no better than a guess) to 1 (certainty): for labels twice the area under the ROC curve minus 1, averaged
        over the labels; for numbers R² of the target's ranks, which a few huge targets do not rule.
    rows : int
        Rows that were judged.
    """

    feature: str
    power: float
    rows: int

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready values."""
        return {"feature": self.feature, "power": self.power, "rows": self.rows}


@dataclass(frozen=True, slots=True)
class _Half:
    """Rows that learn and rows that judge, with the targets of both."""

    learn: Codes
    judge: Codes
    known: Floats
    truth: Floats


def associations(
    frame: pl.DataFrame, schema: Schema, target: str, task: Task, *, seed: int = 0, progress: Progress = silent
) -> tuple[Association, ...]:
    """Measure how much each feature alone says about the target.

    Parameters
    ----------
    frame : DataFrame
        The rows; those without a target are left out, and at most 50 000 are looked at.
    schema : Schema
        Their columns; those with the role of a feature are measured.
    target : str
        The column to predict.
    task : Task
        Kind of answer.
    seed : int, default 0
        Seed of the sample and of the halves.
    progress : Progress, default silent
        Told the name of each feature.

    Returns
    -------
    tuple of Association
        The most telling first; nested columns are left out. Empty where there are fewer than 4 rows or more than 100
        labels.
    """
    rows = frame.filter(pl.col(target).is_not_null())
    if len(rows) > MAX_ROWS:
        chosen = np.random.default_rng(seed).choice(len(rows), MAX_ROWS, replace=False)
        rows = rows[np.sort(chosen)]
    truth = _truth(rows[target], task)
    if truth is None:
        return ()
    split = _halves(rows, schema, truth, task, seed)
    halves = [_Half(learn, judge, truth[learn], truth[judge]) for learn, judge in split]
    measure = _ranks if task is Task.REGRESSION else _labels
    there = set(frame.columns) - {target}
    features = [column.name for column in schema.features if column.name in there]
    found = []
    for position, name in enumerate(features):
        progress(f"relating {name} to the target", position / len(features))
        codes = codes_of(rows[name])
        if codes is not None:
            powers = [_power(codes, half, measure) for half in halves]
            found.append(Association(name, float(np.clip(np.mean(powers), 0, 1)), len(rows)))
    return tuple(sorted(found, key=lambda item: (-item.power, item.feature)))


def _truth(values: pl.Series, task: Task) -> Floats | None:
    """Return one column per label (or the ranks, from 0 to 1), shape (rows, k); None where nothing can be judged."""
    if len(values) < 4:
        return None
    if not task.is_classification:
        ranks = values.cast(pl.Float64).rank("average").to_numpy()
        return np.asarray(ranks / len(values), dtype=np.float64)[:, None]
    labels = values.cast(pl.String).rank("dense").to_numpy().astype(np.int64) - 1
    if labels.max() + 1 > MAX_CLASSES or labels.max() == 0:
        return None
    flags: Floats = np.eye(int(labels.max()) + 1)[labels]
    return flags[:, 1:] if flags.shape[1] == 2 else flags


def _halves(rows: pl.DataFrame, schema: Schema, truth: Floats, task: Task, seed: int) -> list[tuple[Codes, Codes]]:
    known = structure_of(rows, schema.drop(column.name for column in schema.by_role(Role.TIME)))
    labels = truth.argmax(axis=1) if truth.shape[1] > 1 else truth[:, 0].astype(np.int64)
    stratify = task.is_classification
    # A single group cannot be on two sides.
    groups = known.groups if known.groups is not None and len(np.unique(known.groups)) > 1 else None
    structure = Structure(len(rows), labels if stratify else None, groups, None, stratify)
    return [(split.train, split.test) for split in folds(structure, SplitSpec(folds=2), seed, 2)]


def _power(codes: Codes, half: _Half, measure: _Measure) -> float:
    size = int(codes.max()) + 1
    counts, sums = _table(codes[half.learn], half.known, size)
    guess = _guess(half.known, counts, sums)
    counts, sums = _table(codes[half.judge], half.truth, size)
    return measure(guess, counts, sums, half.truth)


def _ranks(guess: Floats, counts: Floats, sums: Floats, truth: Floats) -> float:
    return _r2(guess[:, 0], counts, sums[:, 0], truth[:, 0])


def _labels(guess: Floats, counts: Floats, sums: Floats, truth: Floats) -> float:
    areas = [_roc_area(guess[:, label], sums[:, label], counts - sums[:, label]) for label in range(truth.shape[1])]
    known = [area for area in areas if area is not None]
    return 2 * float(np.mean(known)) - 1 if known else 0.0


def _guess(truth: Floats, counts: Floats, sums: Floats) -> Floats:
    """Return the guess for each bin and label, shape (size, k): its mean, drawn towards the overall one.

    The overall mean weighs as much as those rows of a bin that make both equally sure (Bühlmann 1967): the variance
    within bins divided by that between them. A bin of one row is not taken at its word, unless bins leave no doubt.
    """
    average, total = truth.mean(axis=0), truth.var(axis=0)
    filled = counts[:, None] > 0
    explained = np.sum(np.divide(sums**2, counts[:, None], out=np.zeros_like(sums), where=filled), axis=0)
    spare = max(len(truth) - int(filled.sum()), 0)
    within = (np.sum(truth**2, axis=0) - explained) / spare if spare else total
    between = np.maximum(total - within, 1e-9 * np.maximum(total, 1e-300))
    weight = np.maximum(within / between, 1e-6)
    return np.asarray((sums + weight * average) / (counts[:, None] + weight), dtype=np.float64)


def _table(codes: Codes, truth: Floats, size: int) -> tuple[Floats, Floats]:
    """Return rows per bin, shape (size,), and the sum of the target per bin and label, shape (size, k)."""
    counts = np.bincount(codes, minlength=size).astype(np.float64)
    sums = [np.bincount(codes, weights=truth[:, label], minlength=size) for label in range(truth.shape[1])]
    return counts, np.stack(sums, axis=1)


def _r2(guess: Floats, counts: Floats, sums: Floats, truth: Floats) -> float:
    total = float(np.sum((truth - truth.mean()) ** 2))
    left = float(np.sum(truth**2) - 2 * guess @ sums + counts @ guess**2)
    return 1 - left / total if total > 0 else 0.0


def _roc_area(guess: Floats, positive: Floats, negative: Floats) -> float | None:
    """Area under the ROC curve from counts per bin; bins with equal guesses are ties."""
    if positive.sum() == 0 or negative.sum() == 0:
        return None
    _, group = np.unique(guess, return_inverse=True)
    hits, misses = np.bincount(group, weights=positive), np.bincount(group, weights=negative)
    below = np.cumsum(misses) - misses
    return float(hits @ (below + misses / 2) / (hits.sum() * misses.sum()))
