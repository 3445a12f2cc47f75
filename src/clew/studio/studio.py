"""What every page is given."""

from collections.abc import Callable
from dataclasses import dataclass

from clew.project.workspace import Workspace
from clew.studio.uploads import Uploads


@dataclass(frozen=True)
class Studio:
    """The studio of one server; pages get it as their first argument.

    Parameters
    ----------
    workspace : Workspace
        The projects.
    uploads : Uploads
        Files that came in and belong to no project yet.
    """

    workspace: Workspace
    uploads: Uploads


#: Builds a page inside the current slot; takes the studio, and by name what stands in its address.
Page = Callable[..., object]
