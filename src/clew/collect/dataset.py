"""A table that knows what its columns are, where it came from and what was noticed while reading it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import polars as pl

from clew.collect.dataset_view import dataset_view
from clew.collect.fingerprint import fingerprint
from clew.core.errors import DataError, did_you_mean
from clew.core.finding import Finding
from clew.core.schema import Kind, Role, Schema


@dataclass(frozen=True, eq=False)
class Dataset:
    """Rows, their schema and their origin; never changed in place.

    Parameters
    ----------
    frame : polars.DataFrame, shape (rows, columns)
        The rows; row ids are positions from 0.
    schema : Schema
        One entry per column of `frame`, in the same order.
    source : str
        Where the rows came from: a path, or the type of the frame.
    findings : tuple of Finding
        What reading noticed (codes ``DQ101…``).
    name : str, optional
        Name in the project, if it is kept there.
    version : int, optional
        Version of that name.
    known_fingerprint : str, optional
        The fingerprint, where it was kept with the rows.
    """

    frame: pl.DataFrame
    schema: Schema
    source: str
    findings: tuple[Finding, ...] = ()
    name: str | None = None
    version: int | None = None
    known_fingerprint: str | None = None

    @classmethod
    def of(cls, frame: pl.DataFrame, schema: Schema, source: str, findings: Sequence[Finding] = ()) -> Self:
        """Make a dataset.

        Raises
        ------
        DataError
            If frame and schema name different columns.
        """
        if tuple(frame.columns) != schema.names:
            raise DataError(
                f"The schema names {len(schema)} columns, the table has {frame.width}, and they differ.",
                hint="Conform the table to the schema first: clew.collect.conform.conform(frame, schema).",
            )
        return cls(frame, schema, source, tuple(findings))

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over content and schema, equal for equal content; see `clew.collect.fingerprint`."""
        return self.known_fingerprint or fingerprint(self.frame, self.schema)

    def __len__(self) -> int:
        return self.frame.height

    def __repr__(self) -> str:
        return f"Dataset({self.source!r}, {len(self)} rows, {self.frame.width} columns)"

    def take(self, rows: Any) -> Self:
        """Return the dataset of some rows, by positions (int array) or by a mask (bool array, shape (rows,))."""
        picked = pl.Series(values=rows)
        frame = self.frame.filter(picked) if picked.dtype == pl.Boolean else self.frame[picked]
        return replace(self, frame=frame, known_fingerprint=None, name=None, version=None)

    def with_target(self, name: str) -> Self:
        """Return the dataset with one column as its target.

        A boolean target that the file spells as text ("Yes"/"No") gets its spelling back, so that labels of
        predictions read like labels of the data.

        Raises
        ------
        DataError
            If there is no such column.
        """
        if name not in self.schema:
            raise DataError(
                f"There is no column {name!r} to be the target.", hint=did_you_mean(name, self.schema.names)
            )
        others = {c.name: Role.FEATURE for c in self.schema.by_role(Role.TARGET) if c.name != name}
        schema = self.schema.with_columns(*(replace(self.schema[n], role=role) for n, role in others.items()))
        column, frame = schema[name], self.frame
        if frame.schema[name] == pl.Boolean and column.format:
            false, true = column.format.split("/")
            spelt = frame[name].replace_strict({False: false, True: true}, return_dtype=pl.String)
            frame = frame.clone().replace_column(frame.get_column_index(name), spelt.alias(name))
            column = replace(column, dtype="String", kind=Kind.CATEGORICAL)
        schema = schema.with_columns(replace(column, role=Role.TARGET))
        return replace(self, frame=frame, schema=schema, known_fingerprint=None)

    def to_dict(self) -> dict[str, Any]:
        """Return what is known about the rows, without the rows, as JSON-ready values."""
        return {
            "source": self.source,
            "name": self.name,
            "version": self.version,
            "rows": len(self),
            "columns": self.schema.to_dict(),
            "fingerprint": self.fingerprint,
            "findings": [finding.to_dict() for finding in self.findings],
        }

    def _repr_html_(self) -> str:
        return dataset_view(self)
