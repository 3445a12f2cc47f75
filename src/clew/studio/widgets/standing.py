"""How far a project is along the thread."""

from clew.core.errors import ClewError
from clew.project.standing import standing
from clew.studio.studio import Studio
from clew.studio.thread import PLACES


def standing_of(studio: Studio, name: str) -> dict[str, str]:
    """Return, for each place that shows a stage, how the stage stands; empty for a project that cannot be opened."""
    try:
        known = standing(studio.workspace.project(name))
    except ClewError:
        return {}  # the page itself says why
    return {place.key: known[stage] for place in PLACES for stage in place.stages if stage in known}
