"""What the parts of the recipe's page may ask of it."""

from collections.abc import Mapping
from typing import Any, Protocol

from clew.prepare.bench import StepOutcome
from clew.prepare.recipe import Recipe
from clew.project.edits import FileText
from clew.project.project import Project
from clew.studio.desks import Desk


class RecipePage(Protocol):
    """The page of the recipe, as its parts see it; positions are counted from 0, numbers of steps from 1."""

    name: str
    project: Project
    desk: Desk
    file: FileText | None
    recipe: Recipe
    outcomes: tuple[StepOutcome, ...]
    chosen: int
    at: int
    replaces: bool

    @property
    def source(self) -> str:
        """The text of the recipe."""

    @property
    def drafting(self) -> bool:
        """Whether a step is being made or changed."""

    def look_at(self, step: int) -> None:
        """Look at a step, by its number; 0 for the rows as they enter."""

    def draft(self, step: Mapping[str, Any], at: int | None = None, *, replaces: bool = False) -> None:
        """Open the form of a step: a new one, or the one at a position."""

    def move(self, at: int, to: int) -> None:
        """Move a step."""

    def switch(self, at: int) -> None:
        """Switch a step off, or on again."""

    def remove(self, at: int) -> None:
        """Take a step out."""

    def add(self, step: Mapping[str, Any], reason: str = "", at: int | None = None) -> None:
        """Put a step in as it is."""

    def change(self, title: str, text: str, chosen: int) -> None:
        """Save a change of the text, and look at a step afterwards."""

    def save(self, text: str, title: str) -> bool:
        """Write the text of the recipe; return whether it was written."""

    def reload(self) -> None:
        """Show the recipe as it stands now."""
