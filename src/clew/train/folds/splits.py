"""Which rows judge: the folds of the declared structure, or validation data."""

import numpy as np

from clew.collect.split import Split, SplitSpec, Structure, folds
from clew.core.errors import DataError
from clew.core.finding import Finding
from clew.train.codes import finding
from clew.train.folds.preparation import Folds
from clew.train.folds.rows import Rows


def all_splits(rows: Rows, spec: SplitSpec, seed: int, *, validation: Rows | None) -> tuple[Split, ...]:
    """Return the splits of a search.

    Parameters
    ----------
    rows : Rows
        The training rows.
    spec : SplitSpec
        Number of folds, stratification, gap.
    seed : int
        Of the folds.
    validation : Rows, optional
        Rows that judge: then there is one split, and every training row teaches.

    Returns
    -------
    tuple of Split
        Forward in time the latest comes first: it learns from most rows.

    Raises
    ------
    DataError
        If not even two folds can be made.
    """
    if validation is not None:
        return (Split(np.arange(len(rows)), np.empty(0, dtype=np.int64)),)
    count = min(spec.folds, _possible(rows.structure))
    if count < 2:
        raise DataError(
            "The rows form a single group or moment, so none can judge what the others teach.",
            hint="Give validation data, or take the role of group or time from the column.",
        )
    made = folds(rows.structure, spec, seed, count)
    filled = [split for split in made if len(split.train) and len(split.test)]
    teaching = [_teaches(rows, split) for split in filled]
    kept = tuple(split for split, teaches in zip(filled, teaching, strict=True) if teaches)
    if not all(teaching) and not rows.classes and rows.structure.time is None:
        # This fold holds the only rows that differ: without it, every score would be too good.
        usual = rows.target[filled[teaching.index(False)].train[0]]
        raise DataError(
            f"All rows with another target than {usual:g} would be in one fold, so they cannot both teach and judge.",
            hint="Add rows whose target differs, or give validation data.",
        )
    if not kept:
        raise DataError(
            "No fold holds rows with two answers to learn from beside rows to judge.",
            hint="Give validation data, use fewer folds, or add rows.",
        )
    return kept[::-1] if rows.structure.time is not None else kept


def _possible(structure: Structure) -> int:
    """Return how many folds the groups and moments allow."""
    counts = [structure.rows]
    if structure.groups is not None:
        counts.append(len(np.unique(structure.groups)))
    if structure.time is not None:
        counts.append(len(np.unique(structure.time)) - 1)
    return min(counts)


def _teaches(rows: Rows, split: Split) -> bool:
    """Return whether the learning side has more than one answer."""
    target = rows.target[split.train]
    return bool((target != target[0]).any())


def fewer_folds(made: int, asked: int, reason: str) -> Finding:
    """Say that there are fewer folds than the split names, and why."""
    return finding("ME106", f"{made} of {asked} folds are used: {reason}.", folds=made, asked=asked)


def score_from(folds_used: Folds, of_all: int) -> str:
    """Return in words which rows judged the ensemble.

    Parameters
    ----------
    folds_used : Folds
        The splits of the search.
    of_all : int
        Number of folds that the whole table was cut into.
    """
    if folds_used.validation is not None:
        return "validation data, ensemble chosen without the judged part"
    used = len(folds_used)
    kind = "forward validation in time" if folds_used.rows.structure.time is not None else "cross-validation"
    if used == 1:
        share = len(folds_used.splits[0].test) / max(1, len(folds_used.rows))
        where = "the latest" if folds_used.rows.structure.time is not None else "a holdout of"
        return f"{where} {share:.0%} of the rows, ensemble chosen without the judged part"
    part = f"{used} folds" if used == of_all else f"{used} of {of_all} folds"
    return f"{kind}, {part}, ensemble chosen without the judged fold"
