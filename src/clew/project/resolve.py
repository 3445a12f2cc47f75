"""What DATA and MODEL mean on the command line: files, or names in the project."""

import re
from pathlib import Path
from typing import NamedTuple

from clew.collect.address import Address
from clew.core.errors import UsageError

_DATASET = re.compile(r"project:(?P<name>[^@]+)(?:@(?P<version>\d+))?")
_MODEL = re.compile(r"models:/(?P<name>[^@/]+)(?:@(?P<alias>[^@/]+)|/(?P<version>[^@/]+))")


class DatasetName(NamedTuple):
    """A dataset kept by the project."""

    name: str
    version: int | None


class ModelName(NamedTuple):
    """A model registered in the project."""

    name: str
    version: str


def parse_data(data: Address) -> DatasetName | Address:
    """Read DATA: ``project:NAME[@VERSION]``, or where rows are.

    Raises
    ------
    UsageError
        If it begins like a project dataset and is none, or says more about it than its name.
    """
    text = data.text
    if not text.startswith("project:"):
        return data
    if data != Address(text):
        raise UsageError(
            f"`--query`, `--table` and `--filename-column` say nothing about {text!r}.", hint="Leave them away."
        )
    match = _DATASET.fullmatch(text)
    if match is None:
        raise UsageError(f"{text!r} is no dataset of a project.", hint="Write project:NAME or project:NAME@VERSION.")
    version = match["version"]
    return DatasetName(match["name"], int(version) if version else None)


def parse_model(text: str) -> ModelName | Path:
    """Read MODEL: ``models:/NAME@ALIAS``, ``models:/NAME/VERSION``, or a path.

    Raises
    ------
    UsageError
        If it begins like a registered model and is none.
    """
    if not text.startswith("models:"):
        return Path(text)
    match = _MODEL.fullmatch(text)
    if match is None:
        raise UsageError(f"{text!r} is no registered model.", hint="Write models:/NAME@ALIAS or models:/NAME/VERSION.")
    return ModelName(match["name"], match["alias"] or match["version"])
