"""The rows that a project may learn from: those of its latest kept version that are not held back to judge."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clew.collect.dataset import Dataset
from clew.core.errors import UsageError
from clew.define.problem import Problem
from clew.project.collected import Collected
from clew.project.project import Project
from clew.project.results import StageSummary, latest_results
from clew.project.views import learning_view


@dataclass(frozen=True, eq=False)
class Learning:
    """Rows to learn from, and where they stand.

    Parameters
    ----------
    dataset : Dataset
        The rows, with the facts of the domain model as it is now.
    positions : ndarray of int64, shape (rows,)
        Where each stands in the kept version.
    problem : Problem
        What is decided.
    name, version
        The dataset version that they are part of.
    run : int
        The run that kept it.
    """

    dataset: Dataset
    positions: NDArray[np.int64]
    problem: Problem
    name: str
    version: int
    run: int

    def __repr__(self) -> str:
        return f"Learning({len(self.positions)} rows of {self.name}@{self.version}, target {self.problem.target!r})"

    def _repr_html_(self) -> str:
        return learning_view(self)


def collected(project: Project) -> StageSummary:
    """Return the latest result of collecting.

    Raises
    ------
    UsageError
        If the project has kept no rows yet.
    """
    found = latest_results(project).get("collect")
    if found is None:
        raise UsageError(
            "The project has kept no rows yet.", hint=f"Run it: `clew run {project.folder.name} --stage collect`."
        )
    return found


def learning_rows(project: Project) -> Learning:
    """Read the rows that a project may learn from.

    Parameters
    ----------
    project : Project
        An open one.

    Raises
    ------
    UsageError
        If it has kept no rows yet.
    """
    found = collected(project)
    kept = Collected(project.tables, found.summary, found.folder)
    dataset, positions = kept.dataset, kept.split.train
    stated = project.config.domain.apply(dataset.schema, missing="ignore")
    target = dataset.schema.target
    # A target that was spelt as text keeps its spelling, whatever else is stated about it.
    schema = stated if target is None else stated.with_columns(target)
    learning = Dataset.of(dataset.frame, schema, dataset.source).take(positions)
    return Learning(learning, positions, kept.problem, found.summary["dataset"], found.summary["version"], found.run)
