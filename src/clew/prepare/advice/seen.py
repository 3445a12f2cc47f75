"""What a rule looks at, and what it says."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, Self, TypeAlias

import polars as pl

from clew.core.finding import Finding
from clew.core.schema import Column, Schema
from clew.define.problem import Task
from clew.explore.checks.table import Table
from clew.explore.column import ColumnStatistics
from clew.explore.statistics import TableStatistics, describe
from clew.prepare.recipe import Recipe
from clew.prepare.step import Step

#: Kinds of models that a recipe can be meant for.
ModelFamily: TypeAlias = Literal["any", "linear", "trees"]
#: This many rows are wanted for each column that a step adds for the sake of detail: fewer say more about chance.
ROWS_A_COLUMN = 30


@dataclass(frozen=True, slots=True)
class Advice:
    """A step that is proposed, and why.

    Parameters
    ----------
    step : Step
        What to do.
    reason : str
        One or two plain sentences with the figures that led to it.
    """

    step: Step
    reason: str


@dataclass(frozen=True)
class Seen:
    """What the rules look at.

    Parameters
    ----------
    frame : polars.DataFrame
        Training rows.
    schema : Schema
        Columns still in play.
    statistics : TableStatistics
        Of these rows.
    target : str, optional
        Name of the target.
    task : Task, optional
        Kind of answer.
    classes : int
        Number of labels; 0 for a regression.
    asked_at : str
        Moment of the question, relative to the row's time.
    for_model : {"any", "linear", "trees"}
        Kind of model that comes after the recipe.
    findings : tuple of Finding
        What a profile of these rows found.
    """

    frame: pl.DataFrame
    schema: Schema
    statistics: TableStatistics
    target: str | None
    task: Task | None
    classes: int
    asked_at: str = "0h"
    for_model: ModelFamily = "any"
    findings: tuple[Finding, ...] = ()

    @property
    def features(self) -> list[tuple[Column, ColumnStatistics]]:
        """Features with what is known about their values."""
        return [(column, self.statistics[column.name]) for column in self.schema.features]

    @property
    def rows(self) -> int:
        """Number of training rows."""
        return self.frame.height

    @property
    def room(self) -> int:
        """Columns that may be added for the sake of detail, with `ROWS_A_COLUMN` rows for each."""
        return self.rows // ROWS_A_COLUMN

    def is_free(self, column: Column, *endings: str) -> bool:
        """Return whether no column of the table has a name that a step would make: that of a column and an ending."""
        return not any(f"{column.name}{ending}" in self._names for ending in endings)

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(self.frame.columns)

    @property
    def table(self) -> Table:
        """The same for the checks that look for findings."""
        return Table(self.frame, self.schema, self.statistics, self.task, asked_at=self.asked_at)

    def without(self, columns: tuple[Column, ...]) -> Self:
        """Return what is left when columns are dropped."""
        return replace(self, schema=self.schema.drop([column.name for column in columns]))

    def after(self, step: Step) -> Self | None:
        """Return what the rows look like after a step that makes columns; only those are described anew.

        None if one of them would have the name of another column, so that the recipe could not run.
        """
        read = step.inputs(self.schema)
        names = [column.name for column in read]
        done = Recipe((step,)).prepare(self.frame.select(names), Schema(read))
        fitted, out = done.recipe, done.frame
        new = fitted.chain.steps[0].new
        if self._names & {column.name for column in new} - set(names):
            return None
        gone = set(names) - set(fitted.output_schema.names)
        made = describe(out, Schema(new))
        known = {**self.statistics.columns, **made.columns}
        return replace(
            self,
            frame=self.frame.with_columns(out.select([column.name for column in new])).drop(gone),
            schema=self.schema.with_columns(*new).drop(gone),
            statistics=TableStatistics(self.rows, {name: known[name] for name in known if name not in gone}),
        )
