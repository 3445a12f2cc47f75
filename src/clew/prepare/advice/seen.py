"""What a rule looks at, and what it says."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import polars as pl

from clew.core.schema import Column, Schema
from clew.define.problem import Task
from clew.explore.column import ColumnStatistics
from clew.explore.statistics import TableStatistics
from clew.prepare.step import Step

#: Kinds of models that a recipe can be meant for.
ModelFamily: TypeAlias = Literal["any", "linear", "trees"]


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
    """

    frame: pl.DataFrame
    schema: Schema
    statistics: TableStatistics
    target: str | None
    task: Task | None
    classes: int
    asked_at: str = "0h"
    for_model: ModelFamily = "any"

    @property
    def features(self) -> list[tuple[Column, ColumnStatistics]]:
        """Features with what is known about their values."""
        return [(column, self.statistics[column.name]) for column in self.schema.features]
