"""Bring new rows into the form of a known schema, as a table or one row at a time."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from clew.core.schema import Schema


def conform(frame: pl.DataFrame, schema: Schema, *, require_target: bool = False) -> pl.DataFrame:
    """Cast a table to a known schema (interim body: signatures are final)."""
    raise NotImplementedError


def conform_row(row: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
    """Cast one row to a known schema."""
    return RowConformer(schema)(row)


class RowConformer:
    """The same for one row, prepared once."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema

    def __call__(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Cast one row."""
        raise NotImplementedError
