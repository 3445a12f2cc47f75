"""What a check gets to look at."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.core.schema import Column, Kind, Role, Schema
from clew.define.problem import Task
from clew.define.rules import Rule
from clew.explore.associations import Association
from clew.explore.column import ColumnStatistics
from clew.explore.statistics import TableStatistics

#: Fewer rows than this say nothing about a distribution.
MIN_ROWS = 20
#: Example rows or values listed in evidence.
EXAMPLES = 5
#: Characters of a text that evidence keeps.
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Table:
    """A table with all that was computed about it.

    Parameters
    ----------
    frame : DataFrame
        The rows.
    schema : Schema
        Their columns, the target with its role.
    statistics : TableStatistics
        Of these rows.
    task : Task, optional
        Kind of answer, where there is a target that allows one.
    associations : tuple of Association
        How much each feature says about the target.
    rules : tuple of Rule
        What must hold in every row.
    asked_at : str, default "0h"
        Moment of the question relative to the row's time.
    places : ndarray of int64, shape (rows,), optional
        Where the rows stand in a table that they are a sample of; None if they are all of it.
    """

    frame: pl.DataFrame
    schema: Schema
    statistics: TableStatistics
    task: Task | None = None
    associations: tuple[Association, ...] = ()
    rules: tuple[Rule, ...] = ()
    asked_at: str = "0h"
    places: NDArray[np.int64] | None = None

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.frame)

    def placed(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return where some rows, named by their positions here, stand in the whole table."""
        return rows if self.places is None else self.places[rows]

    def columns(self, *roles: Role) -> Iterator[tuple[Column, ColumnStatistics]]:
        """Yield the columns with one of these roles, all if none is named, with their statistics."""
        for column in self.schema:
            if not roles or column.role in roles:
                yield column, self.statistics[column.name]

    def features(self, *kinds: Kind) -> Iterator[tuple[Column, ColumnStatistics]]:
        """Yield the features of these kinds, of all if none is named, with their statistics."""
        for column, known in self.columns(Role.FEATURE):
            if not kinds or column.kind in kinds:
                yield column, known

    def where(self, condition: pl.Expr) -> list[int]:
        """Return the positions of the first rows for which a condition holds."""
        return self.frame.select(condition.arg_true().head(EXAMPLES)).to_series().to_list()

    def count(self, condition: pl.Expr) -> int:
        """Count the rows for which a condition holds; missing counts as not holding."""
        return int(self.frame.select(condition.sum()).item() or 0)


def brief(value: Any) -> Any:
    """Return a value as evidence keeps it: a long text is cut, everything else stays."""
    return f"{value[:_LONGEST]}…" if isinstance(value, str) and len(value) > _LONGEST else value


def shown(value: Any) -> str:
    """Return a value as a message shows it: texts in quotes, and not too long."""
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
