"""The rows that are looked at: a table or what a server captured, read as far as it can be."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.collect.address import Address
from clew.collect.conform import reader_of
from clew.collect.fetch import fetch
from clew.collect.source import read
from clew.core.errors import DataError, SchemaError
from clew.core.predictions import Predictions
from clew.core.schema import Role, Schema
from clew.deploy.answer import probability_columns
from clew.deploy.batch import ignored_columns
from clew.deploy.bundle import Bundle
from clew.deploy.capture import MODEL, PREDICTION, PREFIX, REQUEST, ROW, TIME
from clew.deploy.reading import read_by
from clew.store.delta import read_table


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows in the form of the training table.

    Parameters
    ----------
    frame : DataFrame, shape (n, …)
        Columns of the training table that are there; a cell that cannot be read is null.
    unreadable : mapping of str to int
        Column → cells that cannot be read.
    missing : tuple of str
        Columns that the model needs and that are not there.
    extra : tuple of str
        Columns that the model does not know.
    predictions : Predictions or None
        What was answered, where it was captured.
    truth : ndarray, shape (n,), or None
        Labels, where there are any; None in a cell without one.
    others : int
        Captured rows that another model answered; they are left out.
    """

    frame: pl.DataFrame
    unreadable: Mapping[str, int]
    missing: tuple[str, ...]
    extra: tuple[str, ...]
    predictions: Predictions | None
    truth: NDArray[Any] | None
    others: int

    def __len__(self) -> int:
        return len(self.frame)


def gather(bundle: Bundle, data: Any, labels: Any = None) -> Rows:
    """Read rows, and labels if there are any.

    Parameters
    ----------
    bundle : Bundle
        The model.
    data : Dataset, frame or path
        Whatever `clew.read` takes; the Delta table of a capture among it, whose rows are put in the order in which
        they came.
    labels : Dataset, frame or path, optional
        What really was; see `_truth`.

    Raises
    ------
    DataError
        If the labels do not belong to the rows, or all captured rows are of another model.
    """
    table = _read(data, bundle.schema)
    others = 0
    captured = {REQUEST, ROW, TIME, MODEL, PREDICTION} <= set(table.columns)
    if captured:
        mine = table.filter(pl.col(MODEL) == bundle.id).sort(TIME, REQUEST, ROW)
        others = len(table) - len(mine)
        if others and not len(mine):
            raise DataError(
                f"All {others} captured rows were answered by another model than {bundle.id[:12]}.",
                hint="Name the bundle that was served, or the folder in which its rows are.",
            )
        table = mine
    frame, unreadable = conform_leniently(table, bundle.schema)
    extra = tuple(name for name in ignored_columns(bundle.model, table) if not (captured and name.startswith(PREFIX)))
    return Rows(
        frame,
        unreadable,
        missing=tuple(name for name in bundle.model.features if name not in table.columns),
        extra=extra,
        predictions=_captured(table, bundle) if captured else None,
        truth=_truth(bundle, table, frame, labels),
        others=others,
    )


def _read(data: Any, schema: Schema) -> pl.DataFrame:
    """Read every column, those of the schema as their cells are spelt where that can be."""
    if not isinstance(data, str | Path | Address):
        return read_by(data, schema)
    address = Address.of(data)
    if address.is_local and (Path(address.text) / "_delta_log").is_dir():
        return read_table(Path(address.text))
    fetched = fetch(address)
    table = read(fetched).frame
    try:
        known = read_by(fetched, schema.select(name for name in schema.names if name in table.columns))
    except SchemaError:
        return table
    return table.with_columns(known)


def conform_leniently(table: pl.DataFrame, schema: Schema) -> tuple[pl.DataFrame, dict[str, int]]:
    """Cast what can be cast.

    Parameters
    ----------
    table : DataFrame
        Rows as they came.
    schema : Schema
        What the columns should be; those that are not there are left out.

    Returns
    -------
    frame : DataFrame
        Null in the place of a cell that cannot be read.
    unreadable : dict of str to int
        Column → such cells, where there are any.
    """
    columns, unreadable = [], {}
    for column in schema:
        if column.name not in table.columns:
            continue
        found = reader_of(column).read_column(table[column.name])
        columns.append(found.values.alias(column.name))
        cells = sum(int(mask.sum()) for _, mask in found.problems)
        if cells:
            unreadable[column.name] = cells
    return (pl.DataFrame(columns) if columns else table.select([])), unreadable


def _captured(table: pl.DataFrame, bundle: Bundle) -> Predictions:
    """Return the captured answers."""
    classes = bundle.model.classes
    names = [PREFIX + name for name in probability_columns(classes)]
    # Read like the target: whoever inferred types on the way may have taken its labels for truth values.
    answers = conform_leniently(table.select(pl.col(PREDICTION).alias(bundle.problem.target)), bundle.schema)[0]
    return Predictions(
        prediction=_typed(answers[bundle.problem.target], bundle),
        probabilities=table.select(names).to_numpy().astype(np.float64) if classes else None,
        classes=classes,
        positive=bundle.problem.positive,
    )


def _truth(bundle: Bundle, table: pl.DataFrame, frame: pl.DataFrame, labels: Any) -> NDArray[Any] | None:
    """Return the label of each row.

    Labels come in a table with the target's column. It belongs to the rows by the captured request (and the row in
    it), by the column with the role of an id, or by its order.
    """
    target = bundle.problem.target
    if labels is None:
        return _typed(frame[target], bundle) if target in frame.columns else None
    known = _read(labels, bundle.schema)
    if target not in known.columns:
        raise DataError(
            f"The labels have no column {target!r}.", hint=f"They have {', '.join(map(repr, known.columns[:10]))}."
        )
    keys = _keys(bundle, table, known)
    if keys:
        known = _by_key(known, table, keys, target)
    elif len(known) != len(table):
        raise DataError(
            f"There are {len(known)} labels for {len(table)} rows, and no column that says which belongs to which.",
            hint=f"Give one label for each row in their order, or a column {REQUEST!r}.",
        )
    found, _ = conform_leniently(known.select(target), bundle.schema)
    return _typed(found[target], bundle)


def _keys(bundle: Bundle, table: pl.DataFrame, known: pl.DataFrame) -> list[str]:
    both = set(table.columns) & set(known.columns)
    if REQUEST in both:
        return [REQUEST, ROW] if ROW in both else [REQUEST]
    return [column.name for column in bundle.schema.by_role(Role.ID) if column.name in both]


def _by_key(known: pl.DataFrame, table: pl.DataFrame, keys: list[str], target: str) -> pl.DataFrame:
    """Bring labels into the order of the rows, with null where a row has none."""
    casts = [pl.col(key).cast(table.schema[key]) for key in keys]
    right = known.select(*casts, pl.col(target))
    if right.select(keys).is_duplicated().any():
        raise DataError(f"Some labels share the same {' and '.join(map(repr, keys))}.", hint="Keep one label for each.")
    return table.select(keys).join(right, on=keys, how="left", maintain_order="left")


def _typed(values: pl.Series, bundle: Bundle) -> NDArray[Any]:
    """Return labels as the model writes them: objects, or float64 with NaN where there is none."""
    if bundle.model.classes:
        return _objects(values)
    return values.cast(pl.Float64).to_numpy()


def _objects(values: pl.Series) -> NDArray[Any]:
    result = np.empty(len(values), dtype=object)
    result[:] = values.to_list()
    return result
