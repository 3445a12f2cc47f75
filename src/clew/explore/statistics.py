"""Statistics of a table in one pass over its columns, mergeable over chunks of rows.

`describe` looks at each column once; `TableStatistics.merge` combines what was learnt from different rows, so
``describe(a).merge(describe(b))`` says of ``a`` and ``b`` together what ``describe`` would: exactly for counts,
extremes and moments, and within a stated error for quantiles and distinct values of columns with very many of them.
Training statistics travel with a model as the baseline against which monitoring compares what comes in later.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from clew.core.errors import ArtifactError, SchemaError
from clew.core.progress import Progress, silent
from clew.core.schema import Schema
from clew.explore.column import PROBABILITIES, ColumnStatistics
from clew.explore.counts import Lengths, NumberCounts
from clew.explore.describe import describe_column
from clew.explore.histogram import Histogram
from clew.explore.parallel import side_by_side
from clew.explore.values import ValueCounts
from clew.explore.views import statistics_view

__all__ = [
    "PROBABILITIES",
    "ColumnStatistics",
    "Histogram",
    "Lengths",
    "NumberCounts",
    "TableStatistics",
    "ValueCounts",
    "describe",
]

#: From this many rows on, columns are described side by side.
_MANY_ROWS = 50_000

#: Version of the form that `TableStatistics.to_dict` writes.
FORMAT = 1


@dataclass(frozen=True, slots=True)
class TableStatistics:
    """What is known about the values of a table.

    Parameters
    ----------
    rows : int
        Rows seen.
    columns : mapping of str to ColumnStatistics
        By name, in the order of the schema.
    """

    rows: int
    columns: Mapping[str, ColumnStatistics]

    def __getitem__(self, name: str) -> ColumnStatistics:
        return self.columns[name]

    def __contains__(self, name: object) -> bool:
        return name in self.columns

    def merge(self, other: "TableStatistics") -> "TableStatistics":
        """Return the statistics of the rows of both together.

        Parameters
        ----------
        other : TableStatistics
            Of other rows with the same columns, in any order.

        Raises
        ------
        SchemaError
            If the columns differ, or hold different families of values.
        """
        if self.columns.keys() != other.columns.keys():
            odd = sorted(self.columns.keys() ^ other.columns.keys())
            raise SchemaError(
                f"Statistics of tables with different columns cannot be merged: only one has {odd!r}.",
                hint="Describe both parts with the same schema.",
            )
        merged = {name: column.merge(other.columns[name]) for name, column in self.columns.items()}
        return TableStatistics(self.rows + other.rows, merged)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as strict JSON values."""
        return {
            "format": FORMAT,
            "rows": self.rows,
            "columns": [column.to_dict() for column in self.columns.values()],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "TableStatistics":
        """Rebuild from `to_dict`.

        Raises
        ------
        ArtifactError
            If it was written in another format.
        """
        if data.get("format") != FORMAT:
            raise ArtifactError(
                f"These table statistics have format {data.get('format')!r}; this version reads {FORMAT}.",
                hint="Compute them again from the rows, or use the version of Clew that wrote them.",
            )
        columns = [ColumnStatistics.from_dict(item) for item in data["columns"]]
        return cls(data["rows"], {column.name: column for column in columns})

    def __repr__(self) -> str:
        return f"TableStatistics({self.rows} rows, {len(self.columns)} columns)"

    def _repr_html_(self) -> str:
        return statistics_view(self)


def describe(
    frame: pl.DataFrame, schema: Schema, *, mergeable: bool = True, progress: Progress = silent
) -> TableStatistics:
    """Compute the statistics of a table, one look at each column.

    Parameters
    ----------
    frame : DataFrame
        The rows.
    schema : Schema
        Its columns; those that the frame lacks, and columns of the frame that it does not name, are left out.
    mergeable : bool, default True
        Whether statistics of other rows are to be merged with these; else it is quicker.
    progress : Progress, default silent
        Told the name of each column.

    Returns
    -------
    TableStatistics
        Columns in the order of the schema.
    """
    there = set(frame.columns)
    columns = [column for column in schema if column.name in there]

    def look(position: int) -> ColumnStatistics:
        column = columns[position]
        progress(f"describing {column.name}", position / len(columns))
        return describe_column(frame[column.name], column, mergeable=mergeable)

    places = range(len(columns))
    described = side_by_side(look, places) if len(frame) >= _MANY_ROWS else list(map(look, places))
    return TableStatistics(len(frame), {column.name: known for column, known in zip(columns, described, strict=True)})
