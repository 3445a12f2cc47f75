"""Training rows as a recipe takes them: from whatever the caller has, with schema, target and task."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.collect.address import Address
from clew.collect.dataset import Dataset
from clew.collect.source import read
from clew.core.errors import UsageError
from clew.core.schema import Column, Role, Schema
from clew.define.problem import Task, infer_task
from clew.prepare.dtypes import dtype_name, kind_of
from clew.prepare.frames import Frame, conformed, frame_of
from clew.prepare.step import Step, StepKind, Training, acting
from clew.prepare.table import Table, as_engine, truth_of


@dataclass(frozen=True, eq=False)
class Rows:
    """Training rows, and the engine to give them back in.

    Parameters
    ----------
    table : Table
        With the types of the schema.
    training : Training
        Schema, target, task, classes, seed.
    engine : narwhals.Implementation, optional
        Engine of the caller's frame, where it is not that of `table`.
    """

    table: Table
    training: Training
    engine: nw.Implementation | None = None

    def like(self, table: Table) -> Any:
        """Return prepared rows as the caller gave them."""
        return table.native() if self.engine is None else as_engine(table.polars(*table.types), self.engine)


def known_rows(
    data: Any,
    schema: Schema | None,
    target: Any,
    steps: Iterable[Step],
    *,
    task: Task | None,
    seed: int,
    folder: Path | None,
) -> Rows:
    """Read training rows and find out what is not stated.

    Parameters
    ----------
    data : frame, Dataset or path
        The rows.
    schema : Schema, optional
        Their columns; inferred if None.
    target : str or array-like, optional
        The target column, or the truth itself; by default the column that a step names, or that has the role.
    steps : iterable of Step
        The recipe, asked for the target's name; steps that are switched off have no say.
    task, seed, folder : optional
        As in `Recipe.prepare`.

    Raises
    ------
    UsageError
        If the truth has another length than the table.
    DataError
        If the rows cannot be read, or there is no such target.
    """
    steps = tuple(step for _, step in acting(steps))
    name = target if isinstance(target, str) else None
    engine: nw.Implementation | None = None
    frame: Frame
    if schema is None:
        dataset = read(data)
        named = name or (named_target(steps) if target is None and dataset.schema.target is None else None)
        dataset = dataset.with_target(named) if named else dataset
        frame, schema = nw.from_native(dataset.frame), dataset.schema
        engine = None if isinstance(data, Dataset | str | Path | Address) else frame_of(data).implementation
    else:
        frame = conformed(frame_of(data), schema)
        schema = schema.with_facts(name, role=Role.TARGET) if name else schema
    truth = None
    goes_along = any(step.learns_from_target or step.kind is StepKind.ROWS for step in steps)
    if target is not None and name is None:
        truth = _given(frame, target)
    elif schema.target is not None and (isinstance(frame, nw.DataFrame) or goes_along):
        table = Table.of(frame)
        truth = truth_of(table, schema.target.name) if schema.target.name in table.types else None
    if task is None and truth is not None and any(step.learns_from_target for step in steps):
        values = pl.Series("target", truth.tolist(), strict=False)
        column = schema.target or Column("target", dtype := dtype_name(values.dtype), kind_of(dtype))
        task = infer_task(values, column)
    return Rows(Table.of(frame), Training(schema, truth, task, _classes(truth, task), seed, folder), engine)


def named_target(steps: Iterable[Step]) -> str | None:
    """Return the target that steps name, for a table of which none is known; None if they name none.

    Raises
    ------
    UsageError
        If they name several.
    """
    names = {name for step in steps if (name := getattr(step, "target", None)) is not None}
    if len(names) > 1:
        shown = " and ".join(repr(name) for name in sorted(names))
        raise UsageError(f"Steps name several targets: {shown}.", hint="State the one that counts: `target=…`.")
    return names.pop() if names else None


def _given(frame: Frame, target: Any) -> NDArray[Any]:
    """Return a stated truth as an array: numbers as they are, anything else as objects."""
    truth = np.asarray(target)
    truth = truth if truth.dtype.kind in "biuf" else truth.astype(object)
    if truth.ndim != 1 or (isinstance(frame, nw.DataFrame) and len(truth) != len(frame)):
        rows = f"{len(frame)} rows" if isinstance(frame, nw.DataFrame) else "one value per row"
        raise UsageError(f"`target` has shape {truth.shape}, and the table has {rows}.", hint="Give one value per row.")
    return truth


def _classes(truth: NDArray[Any] | None, task: Task | None) -> tuple[Any, ...]:
    """Return the labels in sorted order, without the missing ones."""
    if truth is None or task is None or not task.is_classification:
        return ()
    if truth.dtype.kind in "biuf":
        return tuple(pl.Series(truth, nan_to_null=True).drop_nulls().unique().sort().to_list())
    return tuple(sorted({label for label in truth.tolist() if label is not None and label == label}))
