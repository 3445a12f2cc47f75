"""Predict a whole table, in the order of its rows and with bounded memory."""

from typing import Any

import polars as pl

from clew.core.progress import Progress, silent
from clew.deploy.answer import to_frame
from clew.deploy.bundle import Bundle
from clew.deploy.reading import read_by
from clew.train.model import FittedModel

#: Rows predicted at a time: enough for the engines to run at full speed.
CHUNK_ROWS = 50_000


def predict(
    model: Bundle | FittedModel,
    data: Any,
    *,
    interval: float | None = None,
    chunk_rows: int = CHUNK_ROWS,
    progress: Progress = silent,
) -> pl.DataFrame:
    """Predict every row of a table.

    Parameters
    ----------
    model : Bundle or FittedModel
        What predicts.
    data : Dataset, frame or path
        Whatever `clew.read` takes, with the model's columns; others are ignored, see `ignored_columns`. A value that
        the model has never seen counts as unknown.
    interval : float, optional
        Share of rows whose truth is to lie between ``low`` and ``high``, e.g. 0.9; for a regression.
    chunk_rows : int, default 50_000
        Rows predicted at a time. A recipe that needs the whole table (a lag, a rolling mean) gets it at once.
    progress : Progress, default silent
        Called with a message and the share that is done.

    Returns
    -------
    DataFrame, shape (rows, 1 + k)
        ``prediction``, and for a classification ``probability_<class>`` for each of its k classes, or with an interval
        ``low`` and ``high``; rows in the order given.

    Raises
    ------
    SchemaError
        If a column that the model needs is missing, or a cell cannot be read.
    UsageError
        If an interval is asked for that cannot be given.
    """
    fitted = model.model if isinstance(model, Bundle) else model
    frame = read_by(data, fitted.table_schema)
    ignored = ignored_columns(fitted, frame)
    if ignored:
        progress(f"ignoring columns that the model does not know: {', '.join(ignored[:5])}")
    size = chunk_rows if fitted.online else max(1, len(frame))
    parts = []
    for start in range(0, max(1, len(frame)), size):
        parts.append(to_frame(fitted.predict(frame.slice(start, size), interval=interval)))
        progress("predicting", min(1.0, (start + size) / max(1, len(frame))))
    return pl.concat(parts)


def ignored_columns(model: FittedModel, frame: pl.DataFrame) -> tuple[str, ...]:
    """Return the columns of a table that the model has never heard of, in the order of the table."""
    return tuple(name for name in frame.columns if name not in model.schema)
