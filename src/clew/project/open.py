"""From what the command line names to the things themselves."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from clew.collect.address import Address
from clew.collect.dataset import Dataset
from clew.collect.source import read
from clew.core.errors import ConfigError, UsageError
from clew.define.domain import Domain
from clew.deploy.bundle import Bundle, load
from clew.project.config import CONFIG_NAME, read_yaml
from clew.project.resolve import DatasetName, ModelName, parse_data, parse_model

if TYPE_CHECKING:
    from clew.project.project import Project


def find_project(start: Path) -> Path | None:
    """Return the nearest folder upward that holds a clew.yaml."""
    for folder in [start.resolve(), *start.resolve().parents]:
        if (folder / CONFIG_NAME).is_file():
            return folder
    return None


@contextmanager
def open_project(folder: Path | None) -> Iterator["Project"]:
    """Open a project, by default the nearest one upward.

    Raises
    ------
    UsageError
        If there is none.
    """
    found = folder if folder is not None else find_project(Path.cwd())
    if found is None:
        raise UsageError(
            "This is no project: neither this folder nor one above it holds a clew.yaml.",
            hint="Name one with --project DIR, or make one with `clew init DIR --data FILE --target COLUMN`.",
        )
    # A command that works without a project does not wait for the database and the stages to be loaded.
    from clew.project.project import Project

    with Project(found) as project:
        yield project


def open_data(data: Address, project: Path | None, *, domain: Domain | None = None) -> Dataset:
    """Read DATA.

    Parameters
    ----------
    data : Address
        Where rows are, or ``project:NAME[@VERSION]``.
    project : Path or None
        Project folder; by default the nearest upward.
    domain : Domain, optional
        Facts about the columns.
    """
    named = parse_data(data)
    if isinstance(named, DatasetName):
        with open_project(project) as opened:
            return read(opened.dataset(named.name, named.version), domain=domain)
    return read(named, domain=domain)


def file_or_dataset(data: Address, project: Path | None, domain: Domain | None = None) -> Dataset | Path:
    """Return DATA: a file as its path, so that its rows may pass by in batches; anything else as a dataset.

    Parameters
    ----------
    data, project, domain
        As of `open_data`.
    """
    plain = data.is_local and not data.options and Path(data.text).is_file()
    return Path(data.text) if plain else open_data(data, project, domain=domain)


def open_rows(data: Address, project: Path | None) -> Dataset | Address:
    """Return DATA for a model: a dataset of the project, or an address, which the model reads by its own schema.

    Parameters
    ----------
    data : Address
        Where rows are, or ``project:NAME[@VERSION]``.
    project : Path or None
        Project folder; by default the nearest upward.
    """
    named = parse_data(data)
    return open_data(data, project) if isinstance(named, DatasetName) else named


def open_bundle(text: str, project: Path | None, *, trust: Sequence[str] = ()) -> Bundle:
    """Load MODEL.

    Parameters
    ----------
    text : str
        A bundle folder, ``models:/NAME@ALIAS`` or ``models:/NAME/VERSION``.
    project : Path or None
        Project folder; by default the nearest upward.
    trust : sequence of str
        Types outside the allow-list that may be loaded.
    """
    named = parse_model(text)
    if isinstance(named, ModelName):
        with open_project(project) as opened:
            return load(opened.bundle_path(named.name, named.version), trust=tuple(trust))
    return load(named, trust=tuple(trust))


def domain_file(path: Path | None) -> Domain | None:
    """Read a domain model in YAML: the content of ``domain:`` in clew.yaml, or just its columns.

    Raises
    ------
    ConfigError
        If the file cannot be read or breaks a rule.
    """
    if path is None:
        return None
    if not path.is_file():
        raise ConfigError(f"There is no domain file {path}.")
    data = read_yaml(path)
    return Domain.from_dict(data if {"columns", "relations", "rules"} & set(data) else {"columns": data})
