"""What looking at every row of a table yields, whether the rows fit into memory or pass by in batches."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.collect.dataset import Dataset
from clew.core.finding import Finding
from clew.core.progress import Progress, silent
from clew.core.schema import Kind, Schema
from clew.explore.checks.repeated import repeated_rows
from clew.explore.families import Family, family_of_series, to_microseconds
from clew.explore.instants import Instants
from clew.explore.missingness import MissingPatterns, columns_with_missing
from clew.explore.statistics import TableStatistics, describe


@dataclass(frozen=True, slots=True)
class Sample:
    """A uniform sample of the rows of a table that is too large to be held as a whole.

    Parameters
    ----------
    rows : int
        Rows drawn.
    of : int
        Rows that they were drawn from.
    seed : int
        Seed of the draw.
    """

    rows: int
    of: int
    seed: int

    def to_dict(self) -> dict[str, int]:
        """Return the fields as JSON-ready values."""
        return {"rows": self.rows, "of": self.of, "seed": self.seed}


@dataclass(frozen=True, slots=True)
class Observed:
    """A table after every row was looked at.

    Parameters
    ----------
    source : str
        Where the rows came from.
    schema : Schema
        Their columns.
    frame : DataFrame
        All rows; or a sample of them.
    statistics : TableStatistics
        Of all rows.
    instants : mapping of str to Instants
        Of all rows, for dates and datetimes.
    missing : MissingPatterns
        Of all rows.
    repeated : Series
        Whether each row of `frame` equals an earlier one, shape (rows,).
    repeated_rows : int
        Rows of the table that equal an earlier one.
    repeated_exact : bool
        Whether that is a count; else an estimate.
    size_bytes : int
        Memory that all rows take, or would take.
    findings : tuple of Finding
        What reading noticed.
    unreadable : mapping of str to int
        Cells that are no value of their column's type, where there are any; they count as missing.
    sample : Sample, optional
        What `frame` was drawn from, if it is not all rows.
    places : ndarray of int64, shape (rows of the sample,), optional
        Where the rows of the sample stand in the table, counted from 0.
    """

    source: str
    schema: Schema
    frame: pl.DataFrame
    statistics: TableStatistics
    instants: Mapping[str, Instants]
    missing: MissingPatterns
    repeated: pl.Series
    repeated_rows: int
    size_bytes: int
    repeated_exact: bool = True
    findings: tuple[Finding, ...] = ()
    unreadable: Mapping[str, int] = field(default_factory=dict)
    sample: Sample | None = None
    places: NDArray[np.int64] | None = None


def observe(data: Dataset, *, mergeable: bool = False, progress: Progress = silent) -> Observed:
    """Look at all rows of a table in memory.

    Parameters
    ----------
    data : Dataset
        The rows.
    mergeable : bool, default False
        Whether the statistics are to be merged with those of other rows.
    progress : Progress, default silent
        Told the name of each column.
    """
    frame, schema = data.frame, data.schema
    statistics = describe(frame, schema, mergeable=mergeable, progress=progress)
    # Where a column has another value in each row, no row can repeat.
    unique = any(known.distinct == known.present == len(frame) for known in statistics.columns.values())
    again = pl.Series("repeated", np.zeros(len(frame), dtype=bool)) if unique else repeated_rows(frame)
    return Observed(
        data.source,
        schema,
        frame,
        statistics,
        instants_of(frame, schema),
        MissingPatterns.of(frame, columns_with_missing(statistics)),
        again,
        int(again.sum()),
        int(frame.estimated_size()),
        findings=data.findings,
    )


def instants_of(frame: pl.DataFrame, schema: Schema) -> dict[str, Instants]:
    """Return when the rows happened, by each column of dates or datetimes."""
    return {
        column.name: Instants.of(to_microseconds(frame[column.name].drop_nulls()))
        for column in schema
        if column.kind is Kind.DATETIME and family_of_series(frame[column.name]) is Family.MOMENT
    }
