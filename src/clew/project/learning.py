"""The rows that a project may learn from: those of its latest kept version that are not held back to judge."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clew.collect.dataset import Dataset
from clew.core.errors import UsageError
from clew.core.schema import Schema
from clew.define.problem import Problem
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
    summary = found.summary
    schema = Schema.from_dict(summary["schema"])
    frame = project.tables.read(summary["dataset"], summary["version"])[list(schema.names)]
    with np.load(found.folder / "split.npz", allow_pickle=False) as stored:
        positions = stored["train"]
    problem = Problem.from_dict(summary["problem"])
    stated = project.config.domain.apply(schema, missing="ignore")
    target = schema.target
    # A target that was spelt as text keeps its spelling, whatever else is stated about it.
    schema = stated if target is None else stated.with_columns(target)
    dataset = Dataset.of(frame, schema, summary["source"]).take(positions)
    return Learning(dataset, positions, problem, summary["dataset"], summary["version"], found.run)
