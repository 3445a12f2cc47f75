"""Rows for a model, read by its schema: nothing is inferred from what they happen to hold."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from clew.collect.address import Address
from clew.collect.dataset import Dataset
from clew.collect.fetch import Fetched
from clew.collect.read_frame import read_frame
from clew.collect.source import read
from clew.core.schema import Role, Schema


def read_by(data: Any, schema: Schema) -> pl.DataFrame:
    """Read rows for a known schema.

    A column that holds only ``yes`` and ``no`` today is a text for a model that has also seen ``maybe``; inferring its
    type anew would lose that.

    Parameters
    ----------
    data : Dataset, frame, path or address
        Whatever `clew.read` takes.
    schema : Schema
        How the cells of a file are to be read. Columns that are not there are no concern here.

    Returns
    -------
    DataFrame
        Of a file the columns of the schema, conformed to it; of a frame or a dataset every column as it is.

    Raises
    ------
    DataError
        If there is no such file, or it cannot be read as a table.
    SchemaError
        If a cell of a file cannot be read.
    """
    if isinstance(data, Dataset):
        return data.frame
    if isinstance(data, pl.DataFrame):
        return data
    if isinstance(data, str | Path | Address | Fetched):
        return read(data, schema=without_roles(schema)).frame
    return read_frame(data)[0].frame


def without_roles(schema: Schema) -> Schema:
    """Return a schema that reads the same cells and demands no column: whether all are there is checked later."""
    return Schema(tuple(replace(column, role=Role.EXCLUDE) for column in schema))
