"""The recipe of a project while people build it: one file in ``recipes/``, which clew.yaml names.

Everything here is a change of that file with a title, so that it can be undone, and so that nobody overwrites what
somebody else saved meanwhile; see `clew.project.edits`.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from clew.core.errors import UsageError
from clew.prepare.blocks import is_plain, with_step
from clew.prepare.recipe import Recipe
from clew.prepare.text import write
from clew.project.clewyaml import with_prepare
from clew.project.config import CONFIG_NAME
from clew.project.edits import FileText
from clew.project.project import Project

#: The file of a recipe that was begun in the studio or by a remedy.
FIRST = "recipes/main.yaml"


def recipe_file(project: Project) -> str | None:
    """Return the name of the file that clew.yaml names as the recipe; None where it names none, or states the steps.

    Raises
    ------
    UsageError
        If it names a file that is not in ``recipes/``.
    """
    stated = project.config.file.prepare
    if not isinstance(stated, str):
        return None
    project.edits.read(stated)  # says what is wrong with a name that is none of a project's texts
    return stated


def read_recipe(project: Project, file: FileText) -> Recipe:
    """Return the steps of a recipe file as it was read.

    Raises
    ------
    ConfigError
        If the text is no recipe.
    """
    place = project.folder / file.name
    if is_plain(file.text):
        return replace(Recipe.from_yaml(file.text), folder=place.parent)
    return Recipe.from_file(place)


def begin_recipe(project: Project, text: str | None = None, *, title: str = "Begin a recipe") -> FileText:
    """Make the project's own recipe file, and name it in clew.yaml.

    Steps that clew.yaml states itself are moved into the file.

    Parameters
    ----------
    project : Project
        An open one.
    text : str, optional
        What it begins with; by default the steps that clew.yaml states, or none.
    title : str
        For the history.

    Raises
    ------
    UsageError
        If the project has a recipe file already.
    ConflictError
        If somebody else changes clew.yaml at the same moment.
    """
    if recipe_file(project) is not None:
        raise UsageError(f"The project has a recipe already: {recipe_file(project)}.", hint="Change that one.")
    stated = project.config.file.prepare
    begun = text if text is not None else write(stated) if isinstance(stated, list) else "[]\n"
    config = project.edits.read(CONFIG_NAME)
    name = _free_name(project)
    file = project.edits.write(name, begun, expected="", title=title)
    project.edits.write(
        CONFIG_NAME, with_prepare(config.text, name), expected=config.version, title=f"Use the recipe {name}"
    )
    return file


def add_step(
    project: Project, step: Mapping[str, Any], *, title: str, remark: str = "", at: int | None = None
) -> FileText:
    """Put a step into the project's recipe; a project without one gets one.

    Parameters
    ----------
    project : Project
        An open one.
    step : mapping
        The step in its text form.
    title : str
        For the history.
    remark : str, optional
        What stands above the step.
    at : int, optional
        Its position, from 0; by default the end.

    Raises
    ------
    ConfigError
        If the step is none.
    UsageError
        If the recipe is no plain list of steps.
    ConflictError
        If somebody else changes the recipe at the same moment.
    """
    Recipe.from_dict([dict(step)])
    name = recipe_file(project)
    file = project.edits.read(name) if name is not None else begin_recipe(project)
    text = with_step(file.text, step, at, remark=remark)
    return project.edits.write(file.name, text, expected=file.version, title=title)


def step_of(remedy: Mapping[str, Any]) -> dict[str, Any]:
    """Return the remedy of a finding as a step in its text form."""
    columns = remedy.get("columns")
    return {"op": remedy["op"], **({"columns": columns} if columns else {}), **(remedy.get("options") or {})}


def _free_name(project: Project) -> str:
    name, copy = FIRST, 2
    while project.edits.read(name).exists:
        name, copy = f"recipes/main-{copy}.yaml", copy + 1
    return name
