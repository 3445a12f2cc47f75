"""How whole groups are handed out, and where time is cut: the arithmetic behind `clew.collect.split`."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.core.errors import DataError


def allocate_groups(
    groups: NDArray[Any], classes: NDArray[np.int64], shares: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Hand whole groups out to parts so that each part nears its share of every class.

    Greedy, as scikit-learn's ``StratifiedGroupKFold`` does it: the most uneven groups first, each to the part that
    lacks its classes most.

    Parameters
    ----------
    groups : ndarray, shape (n,)
        Group of each row.
    classes : ndarray of int64, shape (n,)
        Class codes from 0; all 0 where nothing is stratified.
    shares : ndarray of float64, shape (parts,)
        Share of the rows for each part, sum 1.
    rng : numpy.random.Generator
        Breaks ties.

    Returns
    -------
    ndarray of int64, shape (n,)
        Part of each row; no part is empty.

    Raises
    ------
    DataError
        If there are fewer groups than parts.
    """
    labels, codes = np.unique(groups, return_inverse=True)
    parts = len(shares)
    if len(labels) < parts:
        raise DataError(
            f"{parts} parts need at least {parts} groups, and there are {len(labels)}.",
            hint="Use fewer folds, or another group column.",
        )
    counts = np.zeros((len(labels), int(classes.max(initial=0)) + 1))
    np.add.at(counts, (codes, classes), 1)
    weight = 1 / np.maximum(counts.sum(axis=0), 1)
    shuffled = rng.permutation(len(labels))
    uneven = (counts * weight).max(axis=1)
    order = shuffled[np.argsort(-uneven[shuffled], kind="stable")]
    lacking = shares[:, None] * counts.sum(axis=0)[None, :] * weight
    part_of = np.empty(len(labels), dtype=np.int64)
    scaled = counts * weight
    for group in order:
        # What would be left to fill, squared: the part where this group removes most of it takes the group.
        gain = (lacking * scaled[group]).sum(axis=1)
        best = int(np.argmax(gain))
        part_of[group] = best
        lacking[best] -= scaled[group]
    _fill_empty(part_of, counts.sum(axis=1), parts)
    return part_of[codes]


def _fill_empty(part_of: NDArray[np.int64], sizes: NDArray[np.float64], parts: int) -> None:
    """Give each part without a group the smallest group of the part that has most groups."""
    for part in range(parts):
        held = np.bincount(part_of, minlength=parts)
        if held[part]:
            continue
        giving = np.flatnonzero(part_of == int(np.argmax(held)))
        part_of[giving[np.argmin(sizes[giving])]] = part


def cut_time(time: NDArray[Any], shares: Sequence[float]) -> list[Any]:
    """Find the moments at which about these shares of the rows have passed.

    Parameters
    ----------
    time : ndarray, shape (n,)
        Moment of each row.
    shares : sequence of float
        Ascending, within (0, 1).

    Returns
    -------
    list
        One moment per share, strictly ascending; rows at a moment belong to what begins there.

    Raises
    ------
    DataError
        If there are too few different moments.
    """
    moments, counts = np.unique(time, return_counts=True)
    cuts = len(shares)
    if len(moments) <= cuts:
        raise DataError(
            f"Splitting {cuts} times forward in time needs {cuts + 1} different moments, and there are {len(moments)}.",
            hint="Use fewer folds, a finer time column, or no time role.",
        )
    before = np.concatenate([[0], np.cumsum(counts)[:-1]])
    edges: list[Any] = []
    last = 0
    for done, share in enumerate(shares):
        nearest = int(np.argmin(np.abs(before - share * len(time))))
        # Leave a moment for each cut that is still to come.
        last = min(max(nearest, last + 1), len(moments) - (cuts - done))
        edges.append(moments[last])
    return edges


def part_groups(
    groups: NDArray[Any], learns: NDArray[np.bool_], judges: NDArray[np.bool_], rng: np.random.Generator
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Let every group that is on both sides keep one of them.

    Which groups judge is drawn so that the share of judging rows among those kept stays nearest to what it was.

    Parameters
    ----------
    groups : ndarray, shape (n,)
        Group of each row.
    learns, judges : ndarray of bool, shape (n,)
        The two sides, disjoint.
    rng : numpy.random.Generator
        Draws the groups.

    Returns
    -------
    tuple of two ndarrays of bool, shape (n,)
        The two sides without shared groups.

    Raises
    ------
    DataError
        If one side would be left empty.
    """
    labels, codes = np.unique(groups, return_inverse=True)
    learning = np.bincount(codes[learns], minlength=len(labels))
    judging = np.bincount(codes[judges], minlength=len(labels))
    both = rng.permutation(np.flatnonzero((learning > 0) & (judging > 0)))
    share = judges.sum() / (judges.sum() + learns.sum())
    # Let the first j of the drawn groups judge, the others learn: rows on either side for each j.
    judged = judging[learning == 0].sum() + np.concatenate([[0], np.cumsum(judging[both])])
    learnt = learning[judging == 0].sum() + learning[both].sum() - np.concatenate([[0], np.cumsum(learning[both])])
    possible = (judged > 0) & (learnt > 0)
    if not possible.any():
        raise DataError(
            "A split forward in time with whole groups leaves one side empty: a single group spans the border.",
            hint="Drop the role group or time, or use more groups.",
        )
    distance = np.where(possible, np.abs(judged / np.maximum(judged + learnt, 1) - share), np.inf)
    chosen = both[: int(np.argmin(distance))]
    is_judge = np.zeros(len(labels), dtype=bool)
    is_judge[chosen] = True
    is_learner = np.zeros(len(labels), dtype=bool)
    is_learner[both] = True
    is_learner[chosen] = False
    return learns & ~is_judge[codes], judges & ~is_learner[codes]
