"""Who learns and who judges: splits that respect groups, time and classes.

One declared structure gives every split of the project, so that no two stages disagree about it:

- rows of one **group** are never on both sides;
- with a **time**, judging is always later than learning: rows of one moment stay together, and `gap` keeps a distance;
- otherwise rows are shuffled, and classes are **stratified**: each part holds its share of a class within one row.

Time comes before stratification. Time and groups together hold both promises, at the price of rows that neither side
may use: a group seen on both sides of the border keeps only one of its two parts.
"""

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.collect.parts import allocate_groups, cut_time, part_groups
from clew.collect.structure import Split, SplitSpec, Structure, ranks, structure_of
from clew.core.duration import parse_duration
from clew.core.errors import DataError, UsageError

__all__ = ["Split", "SplitSpec", "Structure", "folds", "holdout", "ranks", "structure_of"]


def holdout(structure: Structure, spec: SplitSpec, seed: int, share: float | None = None) -> Split:
    """Set rows aside for judging.

    Parameters
    ----------
    structure : Structure
        What is known about the rows.
    spec : SplitSpec
        How to split.
    seed : int
        Same seed, same split.
    share : float, optional
        Overrides ``spec.holdout``.

    Returns
    -------
    Split
        Without a time, every row is on one of the sides; with one, rows within the gap are on neither.

    Raises
    ------
    UsageError
        If the share or the gap makes no sense.
    DataError
        If the rows do not allow such a split.
    """
    wanted = spec.holdout if share is None else share
    if not 0 < wanted < 1:
        raise UsageError(f"`holdout` is {wanted!r}; a share between 0 and 1 is needed.", hint="Use e.g. 0.2.")
    if structure.rows < 2:
        raise DataError(f"A holdout needs at least 2 rows, and there are {structure.rows}.", hint="Add rows.")
    rng = np.random.default_rng(seed)
    if structure.time is not None:
        edges = cut_time(structure.time, [1 - wanted])
        return _forward(structure, spec, edges[0], None, rng)
    if structure.groups is not None:
        part = allocate_groups(structure.groups, _classes(structure, spec), np.array([1 - wanted, wanted]), rng)
        return _split_at(part == 1)
    return _split_at(_stratified_mask(structure, spec, wanted, rng))


def folds(structure: Structure, spec: SplitSpec, seed: int, k: int | None = None) -> tuple[Split, ...]:
    """Make the folds of a cross-validation.

    Without a time every row judges exactly once. With one, the rows are cut into k + 1 stretches of about equal
    length, and each of the last k is judged by what lies before it.

    Parameters
    ----------
    structure : Structure
        What is known about the rows.
    spec : SplitSpec
        How to split.
    seed : int
        Same seed, same folds.
    k : int, optional
        Overrides ``spec.folds``.

    Returns
    -------
    tuple of Split
        k splits.

    Raises
    ------
    UsageError
        If `k` or the gap makes no sense.
    DataError
        If there are fewer rows, groups or moments than the folds need.
    """
    count = spec.folds if k is None else k
    if count < 2:
        raise UsageError(f"`folds` is {count}; at least 2 are needed.", hint="Use e.g. 5.")
    if structure.rows < count:
        raise DataError(
            f"{count} folds need at least {count} rows, and there are {structure.rows}.",
            hint="Use fewer folds, or add rows.",
        )
    rng = np.random.default_rng(seed)
    if structure.time is not None:
        edges = cut_time(structure.time, [(i + 1) / (count + 1) for i in range(count)])
        ends = [*edges[1:], None]
        return tuple(_forward(structure, spec, a, b, rng) for a, b in zip(edges, ends, strict=True))
    classes = _classes(structure, spec)
    if structure.groups is not None:
        part = allocate_groups(structure.groups, classes, np.full(count, 1 / count), rng)
    else:
        part = _dealt(classes, count, rng)
    return tuple(_split_at(part == fold) for fold in range(count))


def _classes(structure: Structure, spec: SplitSpec) -> NDArray[np.int64]:
    """Return the codes of the classes to balance; one class where nothing is stratified."""
    if structure.stratify and spec.stratify and structure.target is not None:
        return ranks(pl.Series(structure.target))
    return np.zeros(structure.rows, dtype=np.int64)


def _split_at(judges: NDArray[np.bool_]) -> Split:
    return Split(np.flatnonzero(~judges), np.flatnonzero(judges))


def _stratified_mask(
    structure: Structure, spec: SplitSpec, share: float, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Choose the judging rows, each class within one row of its share (largest remainders)."""
    classes = _classes(structure, spec)
    sizes = np.bincount(classes)
    exact = sizes * share
    counts = np.floor(exact).astype(np.int64)
    total = min(max(round(structure.rows * share), 1), structure.rows - 1)
    # A class of one row learns: nobody can be judged on what was never seen.
    room = np.where((counts < exact) & (counts < sizes - 1), exact - counts, -1.0)
    if counts.sum() == 0 and (room < 0).all():
        room = np.where(sizes > counts, exact - counts, -1.0)
    order = np.argsort(-(room + rng.random(len(sizes)) * 1e-9), kind="stable")
    extra = [c for c in order if room[c] >= 0][: max(total - int(counts.sum()), 0)]
    counts[extra] += 1
    by_class = _shuffled_by_class(classes, rng)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    mask = np.zeros(structure.rows, dtype=bool)
    for start, chosen in zip(starts, counts, strict=True):
        mask[by_class[start : start + chosen]] = True
    return mask


def _dealt(classes: NDArray[np.int64], count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Deal the rows to folds like cards, class after class: classes and folds both come out even within one row."""
    by_class = _shuffled_by_class(classes, rng)
    part = np.empty(len(classes), dtype=np.int64)
    part[by_class] = rng.permutation(count)[np.arange(len(classes)) % count]
    return part


def _shuffled_by_class(classes: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the rows class after class, in random order within each."""
    shuffled = rng.permutation(len(classes))
    # Numbers of 16 bits are sorted in linear time.
    keys = classes.astype(np.int16) if classes.max(initial=0) < 2**15 else classes
    return shuffled[np.argsort(keys[shuffled], kind="stable")]


def _forward(structure: Structure, spec: SplitSpec, start: Any, end: Any, rng: np.random.Generator) -> Split:
    """Judge the rows in [start, end), learn from those before `start` less the gap."""
    time = structure.time
    if time is None:
        raise ValueError("A split forward in time needs a time.")
    judges = time >= start if end is None else (time >= start) & (time < end)
    learns = (time < start) & (time <= start - _gap(spec, time))
    if not learns.any():
        raise DataError(
            f"No row lies before {start} less the gap of {spec.gap!r}, so there is nothing to learn from.",
            hint="Use a shorter gap or fewer folds.",
        )
    if structure.groups is not None:
        learns, judges = part_groups(structure.groups, learns, judges, rng)
    return Split(np.flatnonzero(learns), np.flatnonzero(judges))


def _gap(spec: SplitSpec, time: NDArray[Any]) -> Any:
    """Return the gap in the time's own unit."""
    moments = time.dtype.kind == "M"
    if spec.gap is None:
        return np.timedelta64(0, "us") if moments else 0
    try:
        gap = np.timedelta64(parse_duration(spec.gap), "us") if moments else float(spec.gap)
    except ValueError:
        raise UsageError(
            f"`gap` is {spec.gap!r}, and the time column holds numbers.", hint='Use a plain number, e.g. "7".'
        ) from None
    if gap < (np.timedelta64(0, "us") if moments else 0):
        raise UsageError(f"`gap` is {spec.gap!r}; it cannot be negative.", hint='Use e.g. "1d".')
    return gap
