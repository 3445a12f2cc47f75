"""Where recipes are built: the learning rows of a project with the rows after each step, shared by all who visit."""

import threading
from collections import OrderedDict
from dataclasses import dataclass

from clew.prepare.bench import Bench
from clew.project.learning import Learning, learning_rows
from clew.project.project import Project
from clew.project.results import latest_results

#: Desks that are kept; each holds a sample of rows and what steps made of it.
_KEPT = 2


@dataclass(frozen=True, eq=False)
class Desk:
    """Where the recipe of a project is built.

    Parameters
    ----------
    learning : Learning
        Its learning rows.
    bench : Bench
        A sample of them, and the rows after each step that was tried.
    """

    learning: Learning
    bench: Bench


class Desks:
    """The desks of a server; safe for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, int, str], Desk] = OrderedDict()

    def get(self, project: Project) -> Desk:
        """Return the desk of a project; a new one where rows were collected anew or the domain model says otherwise.

        Raises
        ------
        UsageError
            If the project has kept no rows yet.
        """
        run = latest_results(project).get("collect")
        key = (str(project.folder), run.run if run else 0, str(project.config.domain.to_dict()))
        with self._lock:
            if key not in self._kept:
                learning = learning_rows(project)
                seed = project.config.file.train.seed
                split = project.config.split
                folder = project.folder / "recipes"
                self._kept[key] = Desk(learning, Bench(learning.dataset, seed=seed, folder=folder, split=split))
            self._kept.move_to_end(key)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
            return self._kept[key]
