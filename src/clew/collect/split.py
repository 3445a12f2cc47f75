"""Who learns and who judges: splits that respect groups, time and classes.

One declared structure gives every split of the project, so that no two stages disagree about it:

- rows of one **group** are never on both sides;
- with a **time**, judging is always later than learning: rows of one moment stay together, and `gap` keeps a distance;
- otherwise rows are shuffled, and classes are **stratified**: each part holds its share of a class within one row.

Time comes before stratification. Time and groups together hold both promises, at the price of rows that neither side
may use: a group seen on both sides of the border keeps only one of its two parts.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.collect.duration import parse_duration
from clew.collect.parts import allocate_groups, cut_time, part_groups
from clew.core.errors import DataError, UsageError
from clew.core.schema import Role, Schema
from clew.define.problem import Problem


@dataclass(frozen=True, slots=True)
class SplitSpec:
    """How to split.

    Parameters
    ----------
    holdout : float, default 0.2
        Share of the rows kept for the final judgement, between 0 and 1.
    folds : int, default 5
        Number of folds of a cross-validation, at least 2.
    stratify : bool, default True
        Whether every part gets its share of each class, where the task has classes.
    gap : str, optional
        Least distance in time between learning and judging: a length of time (``"1d"``, ``"12h"``), or a plain number
        where the time column holds numbers.
    """

    holdout: float = 0.2
    folds: int = 5
    stratify: bool = True
    gap: str | None = None


@dataclass(frozen=True, slots=True)
class Structure:
    """What a splitter has to know about the rows.

    Parameters
    ----------
    rows : int
        Number of rows.
    target : ndarray of int64, shape (rows,), optional
        Class of each row as a code; only used to stratify.
    groups : ndarray of int64, shape (rows,), optional
        Group of each row as a code.
    time : ndarray, shape (rows,), optional
        Moment of each row, datetime64[us] or numbers.
    stratify : bool, default False
        Whether the target has classes.
    """

    rows: int
    target: NDArray[Any] | None = None
    groups: NDArray[Any] | None = None
    time: NDArray[Any] | None = None
    stratify: bool = False

    def take(self, rows: NDArray[Any]) -> Self:
        """Return the structure of some rows, by positions (int) or by a mask (bool, shape (rows,))."""

        def pick(values: NDArray[Any] | None) -> NDArray[Any] | None:
            return None if values is None else values[rows]

        count = int(np.count_nonzero(rows)) if rows.dtype == bool else len(rows)
        return type(self)(count, pick(self.target), pick(self.groups), pick(self.time), self.stratify)


@dataclass(frozen=True, slots=True)
class Split:
    """Positions of the rows that learn and of the rows that judge, each ascending.

    Parameters
    ----------
    train, test : ndarray of int64
        Disjoint positions.
    """

    train: NDArray[np.int64]
    test: NDArray[np.int64]


def structure_of(frame: pl.DataFrame, schema: Schema, problem: Problem | None = None) -> Structure:
    """Read the structure off a table: groups and time from the roles, classes from the problem.

    Several group columns together make one group per combination. A row without a group is a group of its own.

    Parameters
    ----------
    frame : polars.DataFrame
        The rows.
    schema : Schema
        Their columns.
    problem : Problem, optional
        Names the target; without it nothing is stratified.

    Raises
    ------
    DataError
        If a time is missing, or the time column holds neither moments nor numbers, or there are two time columns.
    """
    stratify = problem is not None and problem.task.is_classification and problem.target in frame.columns
    target = _codes(frame.select(problem.target)) if problem is not None and stratify else None
    names = [column.name for column in schema.by_role(Role.GROUP) if column.name in frame.columns]
    groups = _codes(frame.select(names)) if names else None
    if groups is not None:
        alone = frame.select(pl.all_horizontal(pl.col(names).is_null())).to_series().to_numpy()
        groups = groups.copy()
        groups[alone] = groups.max(initial=0) + 1 + np.arange(int(alone.sum()))
    return Structure(frame.height, target, groups, _time(frame, schema), stratify)


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
        return np.unique(structure.target, return_inverse=True)[1].astype(np.int64)
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
    shuffled = rng.permutation(structure.rows)
    by_class = shuffled[np.argsort(classes[shuffled], kind="stable")]
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    mask = np.zeros(structure.rows, dtype=bool)
    for start, chosen in zip(starts, counts, strict=True):
        mask[by_class[start : start + chosen]] = True
    return mask


def _dealt(classes: NDArray[np.int64], count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Deal the rows to folds like cards, class after class: classes and folds both come out even within one row."""
    shuffled = rng.permutation(len(classes))
    by_class = shuffled[np.argsort(classes[shuffled], kind="stable")]
    part = np.empty(len(classes), dtype=np.int64)
    part[by_class] = rng.permutation(count)[np.arange(len(classes)) % count]
    return part


def _forward(
    structure: Structure, spec: SplitSpec, start: Any, end: Any, rng: np.random.Generator
) -> Split:
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


def _codes(frame: pl.DataFrame) -> NDArray[np.int64]:
    """Number the distinct rows in the order of their values, so that codes do not depend on the order of rows."""
    rank = pl.struct(pl.all()).rank("dense") if frame.width > 1 else pl.all().rank("dense")
    return frame.select(rank.fill_null(0).cast(pl.Int64).alias("code"))["code"].to_numpy()


def _time(frame: pl.DataFrame, schema: Schema) -> NDArray[Any] | None:
    names = [column.name for column in schema.by_role(Role.TIME) if column.name in frame.columns]
    if not names:
        return None
    if len(names) > 1:
        shown = " and ".join(repr(name) for name in names)
        raise DataError(
            f"The columns {shown} both have the role time; a row has one moment.", hint="Keep the role for one."
        )
    values = frame[names[0]]
    if missing := values.null_count():
        raise DataError(
            f"The time column {names[0]!r} is missing in {missing} of {len(values)} rows.",
            hint="Fill or remove these rows: a row without a moment cannot be put before or after others.",
        )
    if values.dtype == pl.Date:
        values = values.cast(pl.Datetime("us"))
    if isinstance(values.dtype, pl.Datetime):
        return values.dt.convert_time_zone("UTC").dt.replace_time_zone(None).dt.cast_time_unit("us").to_numpy()
    if values.dtype.is_numeric():
        return values.to_numpy()
    raise DataError(
        f"The time column {names[0]!r} holds {values.dtype}; moments or numbers are needed.",
        hint="State its date format in the domain, or choose another column.",
    )
