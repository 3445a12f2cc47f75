"""What the stages of a project had to say when they last ended well."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clew.project.project import Project
from clew.project.runner import RESULT


@dataclass(frozen=True, slots=True)
class StageSummary:
    """The latest result of a stage.

    Parameters
    ----------
    stage : str
        Its name.
    run : int
        Number of the run.
    started : str
        UTC, ISO 8601.
    seconds : float
        How long it took.
    folder : Path
        Where its files are.
    summary : mapping
        JSON-ready; what the stage has to say.
    """

    stage: str
    run: int
    started: str
    seconds: float
    folder: Path
    summary: Mapping[str, Any]


def latest_results(project: Project) -> dict[str, StageSummary]:
    """Return the latest result of each stage that has one.

    Parameters
    ----------
    project : Project
        An open one.
    """
    found: dict[str, StageSummary] = {}
    for stage, run in project.database.runs.last_done().items():
        folder = project.home / "stages" / stage / str(run.output.get("folder", ""))
        place = folder / RESULT
        if place.is_file():
            summary = json.loads(place.read_text(encoding="utf-8"))
            found[stage] = StageSummary(stage, run.id, run.started, run.seconds or 0.0, folder, summary)
    return found
