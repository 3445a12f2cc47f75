"""'Fix it': the remedy of a finding as the first step of the project's recipe, and how to take it back.

A finding is about the rows as they are, so its remedy comes before all steps that change them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clew.core.errors import UsageError
from clew.prepare.recipe import Recipe
from clew.project.config import CONFIG_NAME
from clew.project.edits import FileText
from clew.project.project import Project
from clew.project.recipes import add_step, recipe_file, step_of


@dataclass(frozen=True, slots=True)
class Fixed:
    """A remedy that became a step.

    Parameters
    ----------
    recipe : FileText
        The recipe that has it now.
    config : FileText, optional
        clew.yaml, where the recipe is new and had to be named in it.
    """

    recipe: FileText
    config: FileText | None


def fix(project: Project, remedy: Mapping[str, Any], *, title: str, reason: str = "") -> Fixed:
    """Put the remedy of a finding at the beginning of the project's recipe; a project without one gets one.

    Parameters
    ----------
    project : Project
        An open one.
    remedy : mapping
        ``{"op", "columns", "options"}``.
    title : str
        What the change does, for the history.
    reason : str, optional
        Why, for whoever reads the recipe: a remark above the step.

    Raises
    ------
    UsageError
        If the recipe has that very step already, or is no plain list of steps.
    ConflictError
        If somebody else changes the recipe at the same moment.
    """
    if is_fixed(project, remedy):
        raise UsageError("The recipe has this very step already.", hint="Look at it in Prepare.")
    began = recipe_file(project) is None
    recipe = add_step(project, step_of(remedy), title=title, remark=reason, at=0)
    return Fixed(recipe, project.edits.read(CONFIG_NAME) if began else None)


def take_back(project: Project, fixed: Fixed) -> None:
    """Undo `fix`; a recipe that was made for it is no longer named in clew.yaml, and gone.

    Parameters
    ----------
    project : Project
        An open one.
    fixed : Fixed
        What was done.

    Raises
    ------
    ConflictError
        If one of the texts was changed since.
    """
    if fixed.config is not None:
        project.edits.undo(CONFIG_NAME, expected=fixed.config.version)
    before = project.edits.undo(fixed.recipe.name, expected=fixed.recipe.version)
    if fixed.config is not None:
        project.edits.undo(before.name, expected=before.version)


def is_fixed(project: Project, remedy: Mapping[str, Any]) -> bool:
    """Tell whether the project's recipe has the step of a remedy.

    Parameters
    ----------
    project : Project
        An open one.
    remedy : mapping
        ``{"op", "columns", "options"}``.
    """
    recipe = project.config.recipe
    return recipe is not None and Recipe.from_dict([step_of(remedy)]).to_dict()[0] in recipe.to_dict()
