"""What a step changes: rows and distributions before and after it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.core.jsonable import plain
from clew.prepare.column_change import ColumnChange
from clew.prepare.prefix import Prefix
from clew.prepare.preview_page import render, summary
from clew.prepare.step import Step
from clew.store.files import place_of_page, write_atomic


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
        Position and column of the cells in `after` that differ from `before`; none where the step makes other rows.
    learned : mapping
        What the step learnt.
    seconds : float
        Wall time of fitting and applying the recipe up to the step, whenever that was.
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


def change(earlier: Prefix, later: Prefix, number: int, step: Step, rows: int, sampled_from: int | None) -> Preview:
    """Compare training rows before and after a step.

    Parameters
    ----------
    earlier, later : Prefix
        The rows before the step and after it; the same twice where it is switched off.
    number : int
        Position of the step in the recipe, from 1.
    step : Step
        The step.
    rows : int
        Rows to show.
    sampled_from : int or None
        Rows that there are, if these are a sample.
    """
    origins = _origins(earlier, later)
    comparable = origins is not None or len(earlier.frame) == len(later.frame)
    shown = earlier.frame.head(rows) if origins is None else earlier.frame[origins[:rows]]
    after = later.frame.head(rows)
    fitted = None if step.disabled else later.fitting.chain.steps[-1]
    return Preview(
        number=number,
        op=step.op,
        rows_in=len(earlier.frame),
        rows_out=len(later.frame),
        sampled_from=sampled_from,
        columns=_changes(earlier, later, origins, comparable=comparable),
        before=shown,
        after=after,
        changed=_changed_cells(shown, after) if comparable else frozenset(),
        learned={} if fitted is None else dict(step.learned(fitted.columns, fitted.state)),
        seconds=later.seconds,
    )


def _origins(earlier: Prefix, later: Prefix) -> NDArray[np.int64] | None:
    """Return, for each row after the step, where it stood before it; None if all rows stand where they stood."""
    old, new = earlier.fitting.origins, later.fitting.origins
    if new is None or new is old:
        return None
    if old is None:
        return new.rows
    there, first = np.unique(old.rows, return_index=True)
    return np.asarray(first[np.searchsorted(there, new.rows)], dtype=np.int64)


def _changes(
    earlier: Prefix, later: Prefix, origins: NDArray[np.int64] | None, *, comparable: bool
) -> tuple[ColumnChange, ...]:
    old, new = earlier.fitting.chain.output, later.fitting.chain.output
    names = [*old.names, *(name for name in new.names if name not in old)]
    cells = {name: _differences(earlier, later, name, origins) if comparable else None for name in names}
    touched = [n for n in names if n not in old or n not in new or old[n] != new[n] or cells[n] != 0]
    if len(earlier.frame) != len(later.frame):
        touched = names  # other rows: every distribution may be another one
    before, after = (
        side.describe(n for n in touched if n in schema) for side, schema in ((earlier, old), (later, new))
    )
    changes = []
    for name in touched:
        word = "added" if name not in old else "removed" if name not in new else "changed"
        changes.append(ColumnChange(name, word, cells[name], before.get(name), after.get(name)))
    return tuple(changes)


def _differences(earlier: Prefix, later: Prefix, name: str, origins: NDArray[np.int64] | None) -> int | None:
    """Count the cells of a column that differ; None where it is on one side only."""
    if name not in earlier.frame.columns or name not in later.frame.columns:
        return None
    if origins is None and earlier.shares(later, name):
        return 0
    before = earlier.frame[name]
    return int(_differ(before if origins is None else before[origins], later.frame[name]).sum())


def _differ(before: pl.Series, after: pl.Series) -> pl.Series:
    if before.dtype != after.dtype and before.dtype.is_numeric() and after.dtype.is_numeric():
        before, after = before.cast(pl.Float64), after.cast(pl.Float64)
    if before.dtype != after.dtype and (before.dtype.is_nested() or after.dtype.is_nested()):
        return before.is_not_null() | after.is_not_null()
    if before.dtype != after.dtype:
        before, after = before.cast(pl.String, strict=False), after.cast(pl.String, strict=False)
    return before.ne_missing(after)


def _changed_cells(before: pl.DataFrame, after: pl.DataFrame) -> frozenset[tuple[int, str]]:
    cells: set[tuple[int, str]] = set()
    for name in after.columns:
        new = _differ(before[name], after[name]).arg_true() if name in before.columns else range(len(after))
        cells.update((int(position), name) for position in new)
    return frozenset(cells)
