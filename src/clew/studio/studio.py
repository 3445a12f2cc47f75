"""What every page is given."""

from collections.abc import Callable
from dataclasses import dataclass, field

from clew.project.exploring import LearningRows
from clew.project.notebook_server import NotebookServers
from clew.project.workspace import Workspace
from clew.studio.desks import Desks
from clew.studio.grids import Grids, Looks
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
    grids : Grids
        Tables that pages show for one visit.
    desks : Desks
        Where recipes are built.
    notebooks : NotebookServers
        JupyterLab of each project that was opened in a notebook.
    local : bool, default True
        Whether only this machine can reach the studio.
    looks : Looks
        Dataset versions with what is known about them.
    learning : LearningRows
        The rows that exploring looked at.
    """

    workspace: Workspace
    uploads: Uploads
    grids: Grids = field(default_factory=Grids)
    desks: Desks = field(default_factory=Desks)
    notebooks: NotebookServers = field(default_factory=NotebookServers)
    local: bool = True
    looks: Looks = field(init=False)
    learning: LearningRows = field(default_factory=LearningRows)

    def __post_init__(self) -> None:
        object.__setattr__(self, "looks", Looks(self.workspace))


#: Builds a page inside the current slot; takes the studio, and by name what stands in its address.
Page = Callable[..., object]
