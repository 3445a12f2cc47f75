"""The job "run": run what has changed in a project, after whoever holds it."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from clew.core.progress import Progress
from clew.project.project import Project


def work(folder: Path, arguments: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Run a project; a job waits as long as another run takes, for it can be cancelled.

    Parameters
    ----------
    folder : Path
        The project.
    arguments : mapping
        ``stage`` and ``force`` of `Project.run`. What code a recipe may run is no argument: jobs are kept in the
        project, which may come from somebody else.
    progress : Progress
        Called with a message and the share that is done.
    """
    with Project(folder) as project:
        result = project.run(
            stage=arguments.get("stage"),
            force=arguments.get("force", False),
            wait_s=math.inf,
            progress=progress,
        )
    return result.to_dict()
