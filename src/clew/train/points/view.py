"""Points for people: what a report says about how rows became points."""

from typing import TYPE_CHECKING

from clew.core.excerpt import names
from clew.core.html import Html, pairs

if TYPE_CHECKING:
    from clew.train.points.points import Points

#: Columns and steps that are named.
_NAMED = 40


def compared(points: "Points", title: str) -> Html:
    """Return the columns that rows are compared by, under a title, and the steps of the recipe."""
    known = [(title, names(points.compared, _NAMED))]
    if points.recipe.steps:
        known.append(("recipe", names([step.op for step in points.recipe.steps], _NAMED)))
    return pairs(known)
