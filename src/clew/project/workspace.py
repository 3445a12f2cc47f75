"""A folder of projects, kept open: what a server needs to show them to several people at once."""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from clew.collect.dataset import Dataset
from clew.core.errors import ClewError, UsageError, did_you_mean
from clew.project.config import CONFIG_NAME, Config
from clew.project.project import Project

#: Memory for rows that are kept at hand, in bytes.
KEPT_BYTES = 2 * 1024**3


@dataclass(frozen=True, slots=True)
class Entry:
    """A project below the root of a workspace.

    Parameters
    ----------
    name : str
        Name of its folder, which is its name in addresses.
    folder : Path
        Where it is.
    config : Config or None
        Its clew.yaml; None if that breaks a rule.
    error : ClewError or None
        What is wrong with clew.yaml.
    """

    name: str
    folder: Path
    config: Config | None
    error: ClewError | None


class Workspace:
    """Projects in a folder, or one project; use it as a context manager, or call `close`.

    Safe for several threads: handles are opened once, and rows that were read are kept within a limit.

    Parameters
    ----------
    root : Path
        A folder with projects in it, or a project.
    kept_bytes : int, default `KEPT_BYTES`
        Memory that rows at hand may take; those asked for least recently go first.
    """

    def __init__(self, root: Path, *, kept_bytes: int = KEPT_BYTES) -> None:
        self.root = root.resolve()
        self.alone = (self.root / CONFIG_NAME).is_file()
        self._kept_bytes = kept_bytes
        self._lock = threading.RLock()
        self._projects: dict[str, Project] = {}
        self._datasets: OrderedDict[tuple[str, str, int], Dataset] = OrderedDict()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every project."""
        with self._lock:
            for project in self._projects.values():
                project.close()
            self._projects.clear()
            self._datasets.clear()

    def names(self) -> tuple[str, ...]:
        """Return the names of the projects, sorted."""
        return tuple(sorted(folder.name for folder in self._folders()))

    def entries(self) -> tuple[Entry, ...]:
        """Return the projects with their configuration, sorted by name."""
        return tuple(self.entry(name) for name in self.names())

    def entry(self, name: str) -> Entry:
        """Return one project with its configuration, or with what is wrong with it.

        Raises
        ------
        UsageError
            If there is no such project.
        """
        folder = self.folder(name)
        try:
            return Entry(name, folder, self.project(name).config, None)
        except ClewError as error:
            return Entry(name, folder, None, error)

    def folder(self, name: str) -> Path:
        """Return the folder of a project.

        Raises
        ------
        UsageError
            If there is no such project.
        """
        for folder in self._folders():
            if folder.name == name:
                return folder
        raise UsageError(f"There is no project {name!r} in this workspace.", hint=did_you_mean(name, self.names()))

    def project(self, name: str) -> Project:
        """Return an open project, whose configuration follows its files.

        Raises
        ------
        UsageError
            If there is no such project.
        """
        folder = self.folder(name)
        with self._lock:
            if name not in self._projects:
                self._projects[name] = Project(folder)
            return self._projects[name]

    def dataset(self, name: str, dataset: str | None = None, version: int | None = None) -> Dataset:
        """Return a dataset version of a project; rows that were asked for lately are at hand.

        Parameters
        ----------
        name : str
            The project.
        dataset : str, optional
            By default the project's own rows.
        version : int, optional
            By default the latest.

        Raises
        ------
        UsageError
            If there is no such project, dataset or version.
        """
        project = self.project(name)
        chosen = dataset if dataset is not None else project.config.name
        known = version if version is not None else int(project.datasets(chosen)[-1]["version"])
        key = (name, chosen, known)
        with self._lock:
            if key in self._datasets:
                self._datasets.move_to_end(key)
                kept = self._datasets[key]
                schema = project.config.domain.apply(kept.schema, missing="ignore")
                return kept if schema == kept.schema else Dataset.of(kept.frame, schema, kept.source, kept.findings)
        read = project.dataset(chosen, known)
        with self._lock:
            self._datasets[key] = read
            self._forget()
        return read

    def new_folder(self, name: str) -> Path:
        """Return the folder that a new project of this name would have.

        Raises
        ------
        UsageError
            If the workspace is a project itself, or the name cannot name a folder, or is taken.
        """
        if self.alone:
            raise UsageError(
                f"{self.root.name} is a project, and projects do not stand in one another.",
                hint=f"Start `clew studio {self.root.parent}` to make another one beside it.",
            )
        plain = name.strip()
        if not plain[:1].isalnum() or len(plain) > 60 or not all(c.isalnum() or c in " _.-" for c in plain):
            raise UsageError(
                f"{name!r} cannot name a project.",
                hint="Use at most 60 letters, digits, spaces, '_', '.' and '-', a letter or digit first.",
            )
        folder = self.root / plain
        if folder.exists():
            raise UsageError(f"There is {plain!r} already in this workspace.", hint="Choose another name.")
        return folder

    def _folders(self) -> Iterator[Path]:
        if self.alone:
            yield self.root
        elif self.root.is_dir():
            for item in self.root.iterdir():
                if not item.name.startswith(".") and (item / CONFIG_NAME).is_file():
                    yield item

    def _forget(self) -> None:
        sizes = {key: int(kept.frame.estimated_size()) for key, kept in self._datasets.items()}
        while len(self._datasets) > 1 and sum(sizes.values()) > self._kept_bytes:
            key, _ = self._datasets.popitem(last=False)
            del sizes[key]
