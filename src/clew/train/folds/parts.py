"""Into which parts the rows that judge fall, so that what is chosen on some can be judged on others."""

import numpy as np
from numpy.typing import NDArray

from clew.collect.split import SplitSpec, Structure, folds
from clew.train.folds.preparation import Folds

#: Parts into which the judging rows are cut where there is one split only.
_PARTS = 5


def parts_of(rows_folds: Folds, seed: int) -> NDArray[np.int64]:
    """Return the part of each judging row, such that a choice can be made without the part that it is judged on.

    Parameters
    ----------
    rows_folds : Folds
        Their judging rows, in the order of the splits: each split is a part, or a single one is cut into five, or as
        many as it has groups.
    seed : int
        Of that cut.
    """
    if len(rows_folds) > 1:
        return np.repeat(np.arange(len(rows_folds)), [len(split.test) for split in rows_folds.splits])
    source = rows_folds.validation or rows_folds.rows
    judged = np.arange(len(source)) if rows_folds.validation else rows_folds.splits[0].test
    whole = source.structure.take(judged)
    # Choosing members needs no forward look: the models themselves have not seen these rows.
    known = Structure(whole.rows, whole.target, whole.groups, None, whole.stratify)
    units = whole.rows if whole.groups is None else len(np.unique(whole.groups))
    # What is chosen on rows of a single group can only be judged on rows of the same group.
    known = known if units > 1 else Structure(whole.rows)
    cut = folds(known, SplitSpec(), seed, min(_PARTS, units if units > 1 else whole.rows))
    parts = np.zeros(whole.rows, dtype=np.int64)
    for number, split in enumerate(cut):
        parts[split.test] = number
    return parts
