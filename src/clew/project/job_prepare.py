"""The job "prepare": a recipe of the project over a dataset of the project, into a file of the project."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from clew.core.errors import UsageError
from clew.core.progress import Progress
from clew.project import api
from clew.project.project import Project

#: The folder in which an older file may be written over.
PREPARED = "prepared"


def work(folder: Path, arguments: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Fit a recipe on a dataset version, apply it, and write what comes out.

    Parameters
    ----------
    folder : Path
        The project.
    arguments : mapping
        ``recipe``, ``out`` and, optionally, ``fitted``: places below the project folder. ``dataset`` and ``version``
        (default: the latest); ``target`` (default: the project's, where the dataset has it); ``engine`` as of
        `clew.project.api.prepare`.
    progress : Progress
        Called with a message and the share that is done.

    Raises
    ------
    UsageError
        If a place is outside of the project, or something that is not in ``prepared/`` would be written over.
    """
    recipe = inside(folder, arguments["recipe"])
    out = to_write(folder, arguments["out"])
    fitted = to_write(folder, arguments["fitted"]) if "fitted" in arguments else None
    progress(f"reading {arguments['dataset']}")
    with Project(folder) as project:
        data = project.dataset(arguments["dataset"], arguments.get("version"))
        target = arguments.get("target", project.config.file.problem.target)
    if "target" not in arguments and target not in data.schema:
        target = None
    progress(f"preparing {len(data)} rows")
    result = api.prepare(
        data,
        recipe=recipe,
        out=out,
        fitted=fitted,
        target=target,
        engine=arguments.get("engine", "polars"),
        progress=progress,
    )
    return result | {"out": out.relative_to(folder.resolve()).as_posix()}


def inside(folder: Path, name: str) -> Path:
    """Return a place in the project.

    Raises
    ------
    UsageError
        If it is outside, or among what Clew keeps for itself.
    """
    home = folder.resolve()
    place = (home / name).resolve()
    if not place.is_relative_to(home) or place == home:
        raise UsageError(
            f"{name!r} is no place in the project folder.", hint="Name one below it, such as prepared/rows.parquet."
        )
    if any(part.startswith(".") for part in place.relative_to(home).parts):
        raise UsageError(f"{name!r} is hidden or kept by Clew.", hint="Name a place such as prepared/rows.parquet.")
    return place


def to_write(folder: Path, name: str) -> Path:
    """Return a place in the project that may be written.

    Raises
    ------
    UsageError
        As of `inside`, and if something lies there that is not of ``prepared/``.
    """
    place = inside(folder, name)
    if place.exists() and not place.is_relative_to(folder.resolve() / PREPARED):
        raise UsageError(
            f"{name!r} exists, and only files in {PREPARED}/ are written over.",
            hint=f"Name another place, such as {PREPARED}/{place.name}.",
        )
    return place
