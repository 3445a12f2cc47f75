"""What a step does, seen before it is used: rows and distributions before and after."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.collect.source import read
from clew.core.errors import UsageError
from clew.core.jsonable import plain
from clew.explore.statistics import describe
from clew.prepare.column_change import ColumnChange
from clew.prepare.preview_page import render, summary
from clew.prepare.recipe import Prepared, Recipe
from clew.store.files import place_of_page, write_atomic

#: Rows that a preview looks at; more are sampled.
SAMPLE_ROWS = 100_000


@dataclass(frozen=True, eq=False)
class Preview:
    """What a step does to training rows.

    Parameters
    ----------
    number : int
        Position of the step in the recipe, from 1.
    op : str
        Name of the step.
    rows_in, rows_out : int
        Rows that reach the step and leave it.
    sampled_from : int or None
        Rows that there are, if only a sample was looked at.
    columns : tuple of ColumnChange
        What it adds, removes and changes.
    before, after : polars.DataFrame
        The first rows, as many as asked for; where the step keeps rows apart or repeats them, `before` shows the rows
        that stand in `after`.
    changed : frozenset of (int, str)
        Position and column of the cells in `after` that differ from `before`.
    learned : mapping
        What the step learnt.
    seconds : float
        Wall time of fitting and applying the recipe up to the step.
    """

    number: int
    op: str
    rows_in: int
    rows_out: int
    sampled_from: int | None
    columns: tuple[ColumnChange, ...]
    before: pl.DataFrame
    after: pl.DataFrame
    changed: frozenset[tuple[int, str]]
    learned: Mapping[str, Any]
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON-ready values; rows as lists of mappings."""
        return {
            "number": self.number,
            "op": self.op,
            "rows_in": self.rows_in,
            "rows_out": self.rows_out,
            "sampled_from": self.sampled_from,
            "columns": [column.to_dict() for column in self.columns],
            "before": plain(self.before.to_dicts()),
            "after": plain(self.after.to_dicts()),
            "changed": [list(cell) for cell in sorted(self.changed)],
            "learned": plain(self.learned),
            "seconds": self.seconds,
        }

    def __repr__(self) -> str:
        return f"Preview(step {self.number}, {self.op}: {self.rows_in} → {self.rows_out} rows)"

    def _repr_html_(self) -> str:
        return summary(self)

    def save(self, path: str | Path) -> Path:
        """Write the preview as one HTML file that needs nothing else.

        Parameters
        ----------
        path : path-like
            A file that ends in ``.html``.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        UsageError
            If the file would be of another type.
        """
        place = place_of_page(path, "preview")
        write_atomic(place, render(self))
        return place


def preview(
    recipe: Recipe,
    data: Any,
    target: str | None = None,
    *,
    step: int | None = None,
    rows: int = 10,
    seed: int = 0,
    folder: Path | None = None,
) -> Preview:
    """Show what a step of a recipe does to training rows, without keeping anything.

    Parameters
    ----------
    recipe : Recipe
        The steps; those after the one in question do not matter.
    data : frame, Dataset or path
        Training rows. Of more than `SAMPLE_ROWS` a sample is taken, which the result says.
    target : str, optional
        The target column, by default the one with that role.
    step : int, optional
        Position of the step, from 1; by default the last.
    rows : int, default 10
        Rows to show.
    seed : int, default 0
        Seed of the sample and of all random choices.
    folder : Path, optional
        Where relative file names of the recipe start; by default the working folder.

    Raises
    ------
    UsageError
        If there is no such step.
    RecipeError
        If a step up to this one cannot do its work.
    """
    position = len(recipe.steps) if step is None else step
    if not 1 <= position <= len(recipe.steps):
        raise UsageError(
            f"The recipe has no step {position}.", hint=f"It has {len(recipe.steps)}; they are counted from 1."
        )
    started = time.perf_counter()
    dataset = read(data)
    dataset = dataset if target is None else dataset.with_target(target)
    sample = dataset
    if len(dataset) > SAMPLE_ROWS:
        chosen = np.random.default_rng(seed).choice(len(dataset), SAMPLE_ROWS, replace=False)
        sample = dataset.take(np.sort(chosen))
    earlier, later = (
        replace(recipe, steps=recipe.steps[:count]).prepare(sample, seed=seed, folder=folder)
        for count in (position - 1, position)
    )
    origins = _origins(earlier, later)
    before = earlier.frame if origins is None else earlier.frame[origins]
    return Preview(
        number=position,
        op=recipe.steps[position - 1].op,
        rows_in=len(earlier.frame),
        rows_out=len(later.frame),
        sampled_from=len(dataset) if sample is not dataset else None,
        columns=_changes(earlier, later, before, comparable=origins is not None or len(before) == len(later.frame)),
        before=before.head(rows),
        after=later.frame.head(rows),
        changed=_changed_cells(before.head(rows), later.frame.head(rows)),
        learned=later.recipe.learned()["steps"][-1]["learned"],
        seconds=time.perf_counter() - started,
    )


def _origins(earlier: Prepared, later: Prepared) -> NDArray[np.int64] | None:
    """Return, for each row after the step, where it stood before it; None if all rows stand where they stood."""
    if later.rows is None or later.rows is earlier.rows:
        return None
    if earlier.rows is None:
        return later.rows
    where = {int(row): position for position, row in reversed(list(enumerate(earlier.rows)))}
    return np.array([where[int(row)] for row in later.rows], dtype=np.int64)


def _changes(earlier: Prepared, later: Prepared, before: pl.DataFrame, *, comparable: bool) -> tuple[ColumnChange, ...]:
    old, new = earlier.recipe.output_schema, later.recipe.output_schema
    names = [*old.names, *(name for name in new.names if name not in old)]
    cells = {name: _differences(before, later.frame, name) if comparable else None for name in names}
    touched = [n for n in names if n not in old or n not in new or old[n] != new[n] or cells[n] != 0]
    if len(earlier.frame) != len(later.frame):
        touched = names  # other rows: every distribution may be another one
    described = [describe(done.frame, done.recipe.output_schema.select(n for n in touched if n in done.frame.columns))
                 for done in (earlier, later)]  # fmt: skip
    changes = []
    for name in touched:
        word = "added" if name not in old else "removed" if name not in new else "changed"
        sides = [statistics.columns.get(name) for statistics in described]
        changes.append(ColumnChange(name, word, cells[name], *sides))
    return tuple(changes)


def _differences(before: pl.DataFrame, after: pl.DataFrame, name: str) -> int | None:
    """Count the cells of a column that differ; None where it is on one side only, or the sides cannot be compared."""
    if name not in before.columns or name not in after.columns:
        return None
    return int(_differ(before[name], after[name]).sum())


def _differ(before: pl.Series, after: pl.Series) -> pl.Series:
    if before.dtype != after.dtype and before.dtype.is_numeric() and after.dtype.is_numeric():
        before, after = before.cast(pl.Float64), after.cast(pl.Float64)
    if before.dtype != after.dtype:
        before, after = before.cast(pl.String, strict=False), after.cast(pl.String, strict=False)
    return before.ne_missing(after)


def _changed_cells(before: pl.DataFrame, after: pl.DataFrame) -> frozenset[tuple[int, str]]:
    if len(before) != len(after):
        return frozenset()
    cells: set[tuple[int, str]] = set()
    for name in after.columns:
        new = _differ(before[name], after[name]).arg_true() if name in before.columns else range(len(after))
        cells.update((int(position), name) for position in new)
    return frozenset(cells)
